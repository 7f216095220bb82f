"""Practical tasks: what people hand in for the task of a unit, and what became of it."""
