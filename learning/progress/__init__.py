"""Assignments, enrollments, completion of units and courses, and the ledger of figures."""
