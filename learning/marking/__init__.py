"""Marking by hand: the queue of answers that people read, and what they give for them."""
