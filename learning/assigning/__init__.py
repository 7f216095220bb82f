"""Screens on which managers give courses to organizations and see whom that reaches."""
