"""Questions: their shapes, and one file a type that reads, serves, grades and writes it."""
