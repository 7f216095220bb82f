"""Languages of the interface: which one a request speaks, its direction, and texts of errors and diagnostics."""

from collections.abc import Iterable

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale, gettext
from werkzeug.wrappers import Response

from learning.config import LANGUAGES
from learning.domain.diagnostics import Diagnostic
from learning.formats.tables import RowError

LANGUAGE_COOKIE = "language"
ENDONYMS = {"vi": "Tiếng Việt", "en": "English", "he": "עברית"}
_RIGHT_TO_LEFT = frozenset({"he"})


def init_i18n(app: Flask, default_language: str, time_zone: str) -> None:
    """Choose for each request its language, in this order: address, cookie, person, site."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(
        app,
        default_locale=default_language,
        default_timezone=time_zone,
        locale_selector=select_language,
    )
    app.config["DEFAULT_LANGUAGE"] = default_language


def select_language() -> str:
    """Return the language of this request; a browser set to English must not hide the Vietnamese site."""
    default: str = current_app.config["DEFAULT_LANGUAGE"]
    if not has_request_context():
        return default
    actor = g.get("actor")
    for wish in (
        request.args.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        actor.language if actor else None,
    ):
        if wish in LANGUAGES:
            return str(wish)
    return default


def remember_language(response: Response, language: str) -> None:
    """Let this browser keep the language for a year."""
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=365 * 86400,
        samesite="Lax",
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


def current_language() -> str:
    """Return the language in which texts are now given."""
    locale = get_locale()
    return locale.language if locale else "vi"


def direction(language: str) -> str:
    """Return `rtl` or `ltr`, as the attribute `dir` wants it."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


def by_preference(language: str, original: str) -> tuple[str, ...]:
    """Return languages in which to look for a text: the reader's, then the original's, then the rest."""
    return tuple(dict.fromkeys((language, original, *LANGUAGES)))


def diagnostic_lines(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """Return the linter's lines, in the order of files and places."""
    ordered = sorted(diagnostics, key=lambda d: (d.file, d.line, d.column, d.code))
    return [diagnostic.line_of_text(gettext) for diagnostic in ordered]


def row_error_line(error: RowError) -> str:
    """Return what is wrong in a row of a file as commands print it: the row, the column, why."""
    return f"row {error.row}: {error.column}: {row_error_text(error)}"


def row_error_text(error: RowError) -> str:
    """Return what is wrong in a row of a file."""
    return str(gettext(error.message, **error.params) if error.params else gettext(error.message))
