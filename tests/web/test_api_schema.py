"""The API against its own description: requests made up from it, good and bad, and none may break it.

In process, and the same requests each time; `make soak` sends many more to a running server.
"""

import contextvars
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from learning.accounts.queries import get_actor
from learning.accounts.services import create_token
from learning.api.calls import CALLS

EXAMPLES = 15  # of each call and each kind, for each of the two people
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/zip")
def as_it_is(_context: Any, value: Any) -> bytes:
    """Send what stands for a ZIP as it was made up."""
    return value if isinstance(value, bytes) else repr(value).encode()


@pytest.mark.parametrize("username", ["admin", "learner"])
def test_no_request_breaks_the_api_or_its_promise(world: Flask, username: str) -> None:
    world.config["PROPAGATE_EXCEPTIONS"] = False
    now = world.config["CLOCK"]()
    token = create_token(get_actor(username), "thử", days=1, is_read_only=False, now=now)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world)
    sent: list[int] = []

    def send(case: schemathesis.Case[Any]) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        case.headers.update(headers)
        # As a server does it: requests know nothing of each other.
        response = contextvars.Context().run(case.call, headers=headers)
        if "Authorization" in response.request.headers:  # some requests are sent without, on purpose
            sent.append(response.status_code)
        else:
            assert response.status_code in (401, 404, 405)
        case.validate_response(response, checks=CHECKS)

    calls = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        calls += 1
        for mode in schemathesis.GenerationMode:
            cases = found.ok().as_strategy(generation_mode=mode)
            settings(
                max_examples=EXAMPLES,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(given(cases)(send))()
    assert calls == len(CALLS)
    assert min(sent) == 200
    assert {401, 403}.isdisjoint(sent)
    assert sent.count(200) + sent.count(201) > len(CALLS)
