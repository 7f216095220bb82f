"""The append-only record of who did what: who changed rights, content and assignments, and who looked at names."""
