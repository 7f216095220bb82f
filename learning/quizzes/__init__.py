"""Attempts, responses and grades."""
