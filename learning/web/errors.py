"""Every refusal as a page in the person's language: what happened, what was kept, what to do."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, current_app, jsonify, render_template, request
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from learning.database import is_busy
from learning.domain.errors import Conflict, DomainError, NotFound, Refused, TooManyTries, Unreadable
from learning.web.pages import address_of_page, isolate

RETRY_AFTER = 5
KEPT_FROM = 20  # characters; shorter fields are typed again in a moment
_NOT_TYPED = ("csrf_token", "event_id", "next")
_STATUS = {NotFound: 404, Conflict: 409, Unreadable: 400, Refused: 422, TooManyTries: 429}
_FIELD = {401: "Authorization", 403: "Authorization", 413: "body", 415: "Content-Type"}
_TITLES = {
    400: lazy_gettext("The request was not understood"),
    401: lazy_gettext("A token is needed"),
    403: lazy_gettext("This token may only read"),
    404: lazy_gettext("Page not found"),
    405: lazy_gettext("This address does not work that way"),
    409: lazy_gettext("Something changed in the meantime"),
    413: lazy_gettext("Too large"),
    415: lazy_gettext("Not in the form that is read here"),
    422: lazy_gettext("This cannot be accepted"),
    429: lazy_gettext("Too many tries"),
    500: lazy_gettext("Our mistake"),
    503: lazy_gettext("The site is busy"),
}

ErrorResponse = tuple[Any, int, dict[str, str]]


def init_errors(app: Flask) -> None:
    """Register the pages."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def error_page(
    status: int,
    message: str,
    *,
    retry_after: int | None = None,
    errors: Iterable[tuple[str, str]] = (),
) -> ErrorResponse:
    """Return the error page, or the same as problem details (RFC 9457) where a program asks.

    `errors` names the fields that were wrong, each with its message; some statuses say by themselves which it is.
    """
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    title = str(_TITLES.get(status, _TITLES[500]))
    if wants_json():
        named = list(errors)
        if not named and status in _FIELD:
            named = [(_FIELD[status], message)]
        problem = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": message,
            "errors": [{"field": field, "message": text} for field, text in named],
        }
        response = jsonify(problem)
        response.mimetype = "application/problem+json"
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return response, status, headers
    page = render_template(
        "errors/error.html",
        status=status,
        title=title,
        message=message,
        kept=_kept_fields(status),
        retry_after=retry_after,
        back_url=address_of_page() if request.method == "POST" else None,
    )
    return page, status, headers


def is_api() -> bool:
    """Tell whether the request is a program's call of the API."""
    return request.path.startswith("/api/v1/") and request.path != "/api/v1/"


def wants_json() -> bool:
    """Tell whether a program or a script of our pages asks, rather than a person's browser."""
    accepted = request.accept_mimetypes
    return is_api() or accepted.best_match(["text/html", "application/json"]) == "application/json"


def _kept_fields(status: int) -> tuple[tuple[str, str], ...]:
    """Return the long texts that were sent, so that the page can give them back."""
    if request.method != "POST" or status == 413:
        return ()
    return tuple(
        (name, value)
        for name, value in request.form.items()
        if len(value) >= KEPT_FROM and "password" not in name and name not in _NOT_TYPED
    )


def _domain_error(error: DomainError) -> ErrorResponse:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 422)
    message = gettext(error.message, **_shown(error.params)) if error.params else gettext(error.message)
    errors = getattr(error, "errors", None) or ([(error.field, message)] if error.field else [])
    return error_page(status, message, retry_after=getattr(error, "retry_after", None), errors=errors)


def _shown(params: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return what is put into a message; on a page, what people wrote keeps its direction to itself."""
    if wants_json():
        return dict(params)
    return {
        name: isolate(value, plain=True) if isinstance(value, str) else value
        for name, value in params.items()
    }


def _csrf_error(_error: CSRFError) -> ErrorResponse:
    return error_page(
        400,
        gettext(
            "The page was open for too long or in another window. Go back, reload it, and send it again."
        ),
    )


def _unknown_host(_error: SecurityError) -> ErrorResponse:
    """Answer without a page: it has addresses in it, and this request's host is none of ours."""
    if is_api():
        message = gettext("This host name is not served here.")
        return error_page(400, message, errors=[("Host", message)])
    return (
        "Bad request: this host name is not served here.\n",
        400,
        {"Content-Type": "text/plain; charset=utf-8"},
    )


def _too_large(_error: RequestEntityTooLarge) -> ErrorResponse:
    return error_page(
        413, gettext("What you sent is too large. Nothing was changed; your saved text is as it was.")
    )


def _database_error(error: DBAPIError) -> ErrorResponse:
    if is_busy(error):
        current_app.logger.warning("database busy: %s", error.orig)
        return error_page(
            503,
            gettext("Nothing was lost and nothing was changed. Try again in a few seconds."),
            retry_after=RETRY_AFTER,
        )
    if isinstance(
        error, IntegrityError
    ):  # two requests made the same thing at once; the other one was faster
        current_app.logger.warning("lost a race: %s", error.orig)
        return error_page(
            409, gettext("Somebody did the same at the same moment. Reload the page to see how it stands.")
        )
    return _unexpected(error)


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    messages = {
        404: gettext("This page does not exist, or it is not open to you."),
        403: gettext("This token may read and change nothing. Make one that may do more."),
        405: gettext("Open the page again and use its buttons."),
        415: gettext("Send application/json, or application/zip where files are imported."),
    }
    fallback = gettext("Go back, reload the page, and try again.")
    page, status, headers = error_page(error.code, messages.get(error.code, fallback))
    allow = dict(error.get_headers()).get("Allow")
    return page, status, headers | ({"Allow": allow} if allow else {})


def _unexpected(error: Exception) -> ErrorResponse:
    if current_app.config["PROPAGATE_EXCEPTIONS"]:
        raise error
    current_app.logger.error("unexpected error at %s", request.url_rule or "-", exc_info=error)
    return error_page(
        500, gettext("Something broke on our side; it was written to the log. Please try again.")
    )
