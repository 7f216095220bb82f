"""What every template can use: who is signed in, languages, numbers and dates as the reader writes them.

Texts that people wrote may run the other way than the page. What is put into a sentence is isolated, so that it
turns neither its neighbors nor their punctuation around.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from babel import Locale
from babel.numbers import format_decimal, format_percent
from flask import Flask, current_app, g, request, url_for
from jinja2 import StrictUndefined, pass_environment
from markupsafe import Markup, escape

from learning.config import LANGUAGES
from learning.domain.permissions import Permission
from learning.i18n import ENDONYMS, current_language, direction
from learning.web.clock import zone
from learning.web.templates import Templates

NOTHING = "–"
MOST_REMEMBERED = 4096
_PLACEHOLDER = (
    4294967311  # in an address, where another value will stand: a name for strings, a number for ids
)
_ISOLATED = Markup("<bdi>{}</bdi>")
_FIRST_STRONG, _END = "\u2068", "\u2069"
_PLACE = re.compile('<span data-(?:gap|part)="([^"]*)"></span>')
_CODE = re.compile("`([^`\n]+)`")


def init_pages(app: Flask) -> None:
    """Set up the template environment."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        number=number,
        percent=percent,
        date=local_date,
        datetime=local_datetime,
        time=local_time,
        fraction=fraction,
        isolate=isolate,
        with_code=with_code,
        pieces=pieces,
        by=by,
    )
    app.jinja_env.globals.update(addresses=addresses, remember=lru_cache(maxsize=MOST_REMEMBERED))
    app.context_processor(_page_context)


def _page_context() -> dict[str, Any]:
    actor = g.get("actor")
    language = current_language()
    return {
        "actor": actor,
        "can": lambda name: actor is not None and actor.may(Permission(name)),
        "language": language,
        "direction": direction(language),
        "languages": [(code, ENDONYMS[code]) for code in LANGUAGES],
        "site_name": current_app.config["SITE_NAME"],
        "request_path": address_of_page(),
    }


def address_of_page() -> str:
    """Return where the page shown can be opened again, in whatever language is chosen then.

    An address that takes only forms belongs to the page one step up.
    """
    path = request.path
    if request.method == "POST" and request.url_rule and "GET" not in (request.url_rule.methods or ()):
        path = path.rsplit("/", 1)[0] + "/"
    query = urlencode([pair for pair in request.args.items(multi=True) if pair[0] != "lang"])
    return f"{path}?{query}" if query else path


@lru_cache(maxsize=8192)
def _decimal(value: float, language: str) -> str:
    return format_decimal(value, format="#,##0.##", locale=Locale.parse(language))


@lru_cache(maxsize=1024)
def _percent(value: float, language: str) -> str:
    return format_percent(value, format="#,##0 %", locale=Locale.parse(language))


@pass_environment
def number(templates: Templates, value: int) -> str:
    """Return a count with the reader's separators."""
    return _decimal(value, templates.language)


@pass_environment
def fraction(templates: Templates, value: Fraction | None) -> str:
    """Return an exact fraction with at most two decimals."""
    return NOTHING if value is None else _decimal(float(value), templates.language)


@pass_environment
def percent(templates: Templates, share: Fraction | float | None, whole: int = 1) -> str:
    """Return a share of the whole in percent without decimals, or a dash where there is nothing to divide by.

    Rounded down, so that 100 % is never said of fewer than all.
    """
    if share is None or not whole:
        return NOTHING
    return _percent(int(share * 100 // whole) / 100, templates.language)


def local_date(moment: date | datetime | None) -> str:
    """Return the day in the site's zone; its order and digits are the same in every language of the site."""
    if moment is None:
        return NOTHING
    return (moment.astimezone(zone()) if isinstance(moment, datetime) else moment).strftime("%d/%m/%Y")


def local_datetime(moment: datetime | None) -> str:
    """Return day and time in the site's zone."""
    return NOTHING if moment is None else moment.astimezone(zone()).strftime("%H:%M %d/%m/%Y")


def local_time(moment: datetime) -> str:
    """Return the time of day in the site's zone."""
    return moment.astimezone(zone()).strftime("%H:%M")


def addresses(endpoint: str, name: str, **values: str | int) -> Callable[[str | int], str]:
    """Return what gives the addresses of a route that differ in its part `name` alone.

    A table of some hundred links costs then but one `url_for`.
    """
    parts: dict[str, Any] = {name: _PLACEHOLDER, **values}
    before, after = url_for(endpoint, **parts).split(str(_PLACEHOLDER))
    return lambda value: f"{before}{quote(str(value), safe='')}{after}"


def isolate(text: object, *, plain: bool = False) -> str:
    """Return a text that keeps its direction to itself; `plain` where there can be no element: in attributes."""
    return f"{_FIRST_STRONG}{text}{_END}" if plain else _ISOLATED.format(text)


def with_code(text: str) -> Markup:
    """Return a finding as HTML: what stands between backticks is code, which always runs from left to right."""
    return Markup(_CODE.sub(r'<code dir="ltr">\1</code>', str(escape(text))))  # noqa: S704  (escaped before)


def pieces(html: str) -> list[tuple[str, str | None]]:
    """Split the text of a question at its gaps or parts: pieces of HTML, each with the key of what follows."""
    parts = _PLACE.split(html)
    return list(zip(parts[::2], [*parts[1::2], None], strict=True))


def by(items: Iterable[Any], attribute: str) -> dict[str, Any]:
    """Return things by the value of an attribute in which they differ."""
    return {getattr(item, attribute): item for item in items}
