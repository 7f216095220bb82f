"""What no database can hold is refused at the door: numbers too large in an address, and the character NUL.

PostgreSQL and SQLite each fail in their own way on such values, and both failures would look like our mistake.
"""

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

from learning.domain.errors import Unreadable

LARGEST = 2**31 - 1
NUL = "\0"


class StoredInteger(IntegerConverter):
    """A whole number of an address that an id can have, in plain digits; any other is no page."""

    regex = "[1-9][0-9]*"

    def __init__(self, map: Map) -> None:  # noqa: A002  (the name that Werkzeug gives)
        super().__init__(map, max=LARGEST)


def init_values(app: Flask) -> None:
    """Bound the numbers in addresses, which must come before the routes, and refuse NUL wherever it stands.

    Fields without a name are refused with it.
    """
    app.url_map.converters["int"] = StoredInteger
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    if NUL in request.path:
        abort(404)
    sent = (request.args, request.form) if request.method == "POST" else (request.args,)
    for fields in sent:
        for name, value in fields.items(multi=True):
            # A part of a form whose name is no text has none at all.
            if name is None or NUL in name or NUL in value:
                raise Unreadable("The character NUL cannot be stored.", field=name or "body")
