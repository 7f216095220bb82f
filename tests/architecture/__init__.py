"""The rules of the house as programs, each tried on planted violations before it judges our code."""
