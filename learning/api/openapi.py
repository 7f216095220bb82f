"""The description of the API in OpenAPI 3.1, made from the table of calls."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from learning.api.calls import CALLS, Call
from learning.config import LANGUAGES

_PLACE = re.compile(r"<(?:(int):)?(\w+)>")
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Chosen by you: the same request with the same key is carried out once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_LANGUAGE = {
    "name": "lang",
    "in": "query",
    "description": "The language of texts, as far as they have it.",
    "schema": {"type": "string", "enum": list(LANGUAGES)},
}
_PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "There is no token, or it does not work (any more).",
    "403": "The token may only read.",
    "404": "It does not exist, or is not open to you.",
    "405": "The address does not work that way.",
    "409": "Something changed in the meantime, or no attempt is left.",
    "413": "The request is too large.",
    "415": "The body is not in the form that is read here.",
    "422": "Something sent is not accepted; `errors` names the field.",
    "429": "Too many tries; `Retry-After` tells for how many seconds.",
    "503": "The site is busy; `Retry-After` tells for how many seconds.",
}
_RETRY = {
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}
_HEADERS = {
    "401": {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    "429": _RETRY,
    "503": _RETRY,
}
_REPLAYED = {
    "description": "Present when this is the answer that the first request with the key got.",
    "schema": {"type": "string", "enum": ["true"]},
}
_FILE = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "required": ["file"], "properties": {"file": _FILE}}


class FieldError(Struct, frozen=True, kw_only=True):
    """What was wrong with one field."""

    field: str
    message: str


class Problem(Struct, frozen=True, kw_only=True):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError]


def openapi_path(path: str) -> str:
    """Return a path as OpenAPI writes its places."""
    return _PLACE.sub(r"{\2}", path)


@cache
def describe(site_name: str, site_url: str) -> dict[str, Any]:
    """Return the whole description."""
    kinds = [Problem, *dict.fromkeys(_kinds(CALLS))]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(map(repr, kinds), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        paths.setdefault(openapi_path(call.path), {})[call.method.lower()] = _operation(call, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": site_name, "version": "1"},
        "servers": [{"url": f"{site_url}/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _kinds(calls: Iterable[Call]) -> Iterable[Any]:
    for call in calls:
        yield from (kind for kind in call.answers.values() if kind is not bytes)
        if call.body is not None:
            yield call.body


def _operation(call: Call, schema_of: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": call.summary,
        "tags": [call.path.split("/")[1]],
        "parameters": [*_places(call), *_query(call), _LANGUAGE, *([_KEY] if call.is_kept else [])],
        "responses": {
            str(status): {"description": call.summary, "content": _content(kind, schema_of)}
            for status, kind in call.answers.items()
        },
    }
    if call.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema_of[repr(call.body)]}},
        }
    elif call.media_types != ("application/json",):
        content = {
            kind: {"schema": _FORM if kind == "multipart/form-data" else _FILE} for kind in call.media_types
        }
        operation["requestBody"] = {"required": True, "content": content}
    if call.is_kept:
        for response in operation["responses"].values():
            response["headers"] = {"Idempotent-Replayed": _REPLAYED}
    problem = {"application/problem+json": {"schema": schema_of[repr(Problem)]}}
    for status, description in _PROBLEMS.items():
        operation["responses"][status] = {"description": description, "content": problem}
        if status in _HEADERS:
            operation["responses"][status]["headers"] = _HEADERS[status]
    return operation


def _content(kind: Any, schema_of: dict[str, Any]) -> dict[str, Any]:
    if kind is bytes:
        return {"application/zip": {"schema": _FILE}}
    return {"application/json": {"schema": schema_of[repr(kind)]}}


def _places(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1} if kind else {"type": "string", "minLength": 1},
        }
        for kind, name in _PLACE.findall(call.path)
    ]


def _query(call: Call) -> list[dict[str, Any]]:
    parameters = []
    for struct in call.query:
        schema = msgspec.json.schema(struct)
        fields = next(iter(schema["$defs"].values()))["properties"]
        for name, field in fields.items():
            parameters.append({"name": name, "in": "query", "required": False, "schema": _plain(field)})
    return parameters


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter, which is left out rather than sent as null."""
    options = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
    return {key: value for key, value in options[0].items() if key != "default"}
