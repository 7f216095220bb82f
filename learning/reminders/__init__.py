"""Reminders of what is due, digests for managers, notes that a report is ready: who gets which, and why not."""
