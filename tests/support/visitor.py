"""Somebody at a browser without scripts: follows no redirect by itself, sends forms with their tokens."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape

from flask import current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from learning.accounts import services
from learning.accounts.queries import get_actor
from learning.database import transaction

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
EVENT = re.compile(r'name="event_id"[^>]*value="([^"]+)"')
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')


class Visitor:
    """One browser window with its cookies."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def be(self, username: str) -> None:
        """Hold a session of the person, as after signing in (which has its own tests and costs a hash)."""
        person = get_actor(username)
        now: datetime = current_app.config["CLOCK"]() if current_app else datetime.now(UTC)
        with transaction():
            session = services._open_session(person.id, now=now)
        self.client.set_cookie(current_app.config["SESSION_TOKEN_COOKIE"], session.token)

    def get(self, path: str, **options: object) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **options)

    def token(self, page: str) -> str:
        """Return the CSRF token that the page's forms carry."""
        found = TOKEN.search(self.client.get(page).text)
        assert found, f"{page} has no form"
        return unescape(found.group(1))

    def post(
        self, path: str, data: Mapping[str, object] | None = None, *, page: str, **options: object
    ) -> TestResponse:
        """Send a form that was open on `page`."""
        fields = {"csrf_token": self.token(page), **(data or {})}
        return self.client.post(path, data=fields, **options)


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field on a page."""
    for tag in HIDDEN.findall(page):
        if f'name="{name}"' in tag:
            value = re.search(r'value="([^"]*)"', tag)
            return unescape(value.group(1)) if value else ""
    raise AssertionError(f"there is no hidden field {name}")


def without_tokens(page: str) -> str:
    """Return the page without what differs each time it is opened: tokens, and the names of events."""
    return EVENT.sub("", TOKEN.sub("", page))


def source_of(page: str) -> str:
    """Return the text in the editor's box."""
    box = re.search(r'<textarea[^>]*name="source"[^>]*>\s?\n?(.*?)</textarea>', page, re.DOTALL)
    assert box, "there is no editor on the page"
    return unescape(box.group(1)).replace("\r\n", "\n").lstrip("\n")
