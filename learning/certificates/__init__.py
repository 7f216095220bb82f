"""Certificates: what somebody completed, as it was called then, with a code to ask whether it is real."""
