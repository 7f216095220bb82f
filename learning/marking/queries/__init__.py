"""Reading what waits to be marked: answers to questions, and what was handed in for tasks."""
