"""The WSGI entry point: a server imports `app` from here, and nothing else happens in this file."""

from learning.app import create_app

app = create_app()
