"""In-person sessions: planned, answered, attended; and the log of the help that community teams give."""
