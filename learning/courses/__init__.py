"""Courses, units and quizzes as Markdown documents with immutable revisions."""
