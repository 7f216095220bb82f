"""How a call of the API is declared, read, carried out once, and answered; the same table makes its description."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, TypeVar

import msgspec
from flask import Blueprint, Response, abort, current_app, g, request
from itsdangerous import BadData, URLSafeSerializer
from msgspec import Meta, Struct

from learning.api.answers import claim_key, keep_answer
from learning.config import LANGUAGES
from learning.database import transaction
from learning.domain.errors import Refused, Unreadable
from learning.domain.permissions import Permission
from learning.web.access import requires
from learning.web.clock import now

MOST = 200  # items of one page
PAGE = 50

T = TypeVar("T")
blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


class Page(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a list to give: `limit` items, from where `cursor`, the `next` of the last answer, points."""

    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST)] = PAGE


class Nothing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a call that takes none, where one is sent all the same."""


@dataclass(frozen=True)
class Call:
    """One call: what it takes and gives. `answers` has for each status of success what the body is."""

    method: str
    path: str
    permission: Permission
    summary: str
    query: tuple[type[Struct], ...]
    body: type[Struct] | None
    media_types: tuple[str, ...]
    answers: Mapping[int, Any]
    is_kept: bool


CALLS: list[Call] = []


def call(
    method: str,
    path: str,
    permission: Permission,
    *,
    answers: Mapping[int, Any],
    query: Iterable[type[Struct]] = (),
    body: type[Struct] | None = None,
    media_types: Iterable[str] = ("application/json",),
    is_kept: bool = False,
    kept_as: Callable[[Any], Any] = lambda answer: answer,
    standing: Callable[..., Any] = lambda **_places: None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a view as a call.

    The view gets the places of the path, one argument for each struct of the query, then the body, and returns
    its answer, alone or with a status. With `is_kept` the call is carried out once for each `Idempotency-Key`;
    `kept_as` takes out of the answer what must not be stored. What `standing` finds at the places of the path is
    given with 200, whatever the key: there is nothing to carry out.
    """
    structs, kinds = tuple(query), tuple(media_types)
    takes_nothing = method != "GET" and body is None and "application/json" in kinds

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def answer(**places: Any) -> Response:
            _check_language()
            chosen = read_query(structs)
            sent = [] if body is None else [read_body(body)]
            if takes_nothing:
                read_no_body()
            if not is_kept:
                return _respond(*_with_status(view(*chosen, *sent, **places)))
            found = standing(**places)
            if found is not None:
                return _respond(found, 200)
            return _once(lambda: _with_status(view(*chosen, *sent, **places)), kept_as)

        summary = (view.__doc__ or "").partition("\n")[0]
        CALLS.append(Call(method, path, permission, summary, structs, body, kinds, dict(answers), is_kept))
        blueprint.add_url_rule(
            path, endpoint=view.__name__, view_func=requires(permission)(answer), methods=[method]
        )
        return view

    return decorate


def _with_status(answer: Any) -> tuple[Any, int]:
    return answer if isinstance(answer, tuple) else (answer, 200)


def _respond(answer: Any, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(msgspec.json.encode(answer), status, mimetype="application/json")


def _once(carry_out: Callable[[], tuple[Any, int]], kept_as: Callable[[Any], Any]) -> Response:
    """Carry a request out, or give the answer again that its key was given before; both in one transaction."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _respond(*carry_out())
    fingerprint = hashlib.sha256(
        b"\0".join((request.method.encode(), request.full_path.encode(), request.get_data()))
    ).digest()
    with transaction():
        before = claim_key(g.actor.id, key, fingerprint=fingerprint, now=now())
        if before is not None:
            response = Response(before.body, before.status, mimetype="application/json")
            response.headers["Idempotent-Replayed"] = "true"
            return response
        answer, status = carry_out()
        keep_answer(g.actor.id, key, status=status, body=msgspec.json.encode(kept_as(answer)))
    return _respond(answer, status)


def read_body(kind: type[T]) -> T:
    """Return the body as the struct; a request of another kind ends with 415. Raises Unreadable, Refused."""
    if request.mimetype != "application/json":
        abort(415)
    data = request.get_data()
    try:
        body = msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as fault:
        raise _refused(fault) from fault
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Unreadable("This is no JSON in UTF-8.", field="body") from fault
    if b"\\u0000" in data or b"\0" in data:
        raise Refused("The character NUL cannot be stored.", field="body")
    return body


def read_no_body() -> None:
    """Refuse, as `read_body` does, what is sent to a call that takes nothing; an empty object is nothing too."""
    if request.get_data() or request.form or request.files:
        read_body(Nothing)


def read_query(kinds: Iterable[type[Struct]]) -> list[Any]:
    """Return the query as structs; raises Refused for what none of them has, and for values of another type."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Refused("The parameter %(name)s is given twice.", field=name[:100], name=name[:100])
    given = {name: value for name, value in request.args.items() if name != "lang"}
    known = {field.encode_name for kind in kinds for field in msgspec.structs.fields(kind)}
    for name in given:
        if name not in known:
            raise Refused("There is no parameter %(name)s.", field=name[:100], name=name[:100])
    structs = []
    for kind in kinds:
        own = {field.encode_name for field in msgspec.structs.fields(kind)}
        structs.append(_convert({name: value for name, value in given.items() if name in own}, kind))
    return structs


def _convert(values: Mapping[str, str], kind: type[T]) -> T:
    """Return the values as the struct; raises Refused.

    msgspec reads `1e1` and `1.0` as numbers and `null` as nothing: here a number is its digits, and what shall
    be nothing is left out.
    """
    try:
        struct = msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as fault:
        raise _refused(fault) from fault
    for name, value in values.items():
        read = getattr(struct, name)
        if read is None or (type(read) is int and str(read) != value):
            raise _refused(msgspec.ValidationError(f"Expected plain digits - at `$.{name}`"))
    return struct


def _refused(fault: msgspec.ValidationError) -> Refused:
    """Return a refusal that names the field; msgspec says `what is wrong - at `$.field``."""
    what, _, place = str(fault).partition(" - at `")
    field = place.rstrip("`").removeprefix("$").removeprefix(".")
    if not field and "field `" in what:
        field = what.rpartition("field `")[2].rstrip("`")
    return Refused("This is not what is expected here: %(fault)s", field=field or "body", fault=what)


def _check_language() -> None:
    language = request.args.get("lang")
    if language is not None and language not in LANGUAGES:
        raise Refused("There is no such language.", field="lang")


def _cursors() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"cursor {request.path}")


def read_cursor(page: Page) -> int | None:
    """Return where the page begins, None for the first one; raises Refused for a cursor that is not of this list."""
    if page.cursor is None:
        return None
    try:
        place = _cursors().loads(page.cursor)
    except BadData as fault:
        raise Refused("This cursor is not one of this list.", field="cursor") from fault
    return int(place)


def write_cursor(place: int | None) -> str | None:
    """Return the `next` of a list that goes on, None for one that ends."""
    return None if place is None else str(_cursors().dumps(place))
