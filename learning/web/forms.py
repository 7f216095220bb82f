"""The root of all forms."""

from flask import Flask, Response, request
from flask_wtf import FlaskForm
from werkzeug.utils import redirect as _redirect

# Bytes of a form without files, and of JSON: the largest text, each byte written as %XX, and more.
FORM_SIZE = 2 * 1024 * 1024


def init_forms(app: Flask) -> None:
    """Bound forms without files, and JSON, far below uploads, whichever way the browser encodes them."""
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_SIZE

    @app.before_request
    def bound_what_is_no_file() -> None:
        if request.mimetype in ("application/x-www-form-urlencoded", "application/json"):
            request.max_content_length = FORM_SIZE


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
