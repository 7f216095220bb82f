"""Texts and archives as trainers have them, to and from objects of the domain; no web, no database."""
