"""The trainer's screens: lists, editor with preview, publishing, revisions."""
