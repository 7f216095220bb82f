"""Notices: what the site has to tell one person, on her home page, until she has read it."""
