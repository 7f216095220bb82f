"""Counters of tries in the database, shared by all processes of the site."""
