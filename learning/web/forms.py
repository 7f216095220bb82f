"""The root of all forms."""

from flask import Response
from flask_wtf import FlaskForm
from werkzeug.utils import redirect as _redirect


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form with its CSRF token; what was typed stays in it."""


def see_other(location: str) -> Response:
    """Return the answer to a successful POST: 303, so that a reload sends nothing twice."""
    return _redirect(location, code=303, Response=Response)  # type: ignore[return-value]


def local_path(target: str | None, default: str) -> str:
    """Return `target` when it is a path on this site, else `default`; no address can lead away."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if any(ord(c) < 32 or c == "\\" for c in target):
        return default
    return target
