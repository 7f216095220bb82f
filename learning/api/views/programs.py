"""What is asked of every program before its call: that it leaves room for others, and that its token may write."""

from datetime import timedelta

from flask import abort, current_app, g, request
from flask.blueprints import BlueprintSetupState

from learning.api.calls import blueprint
from learning.limits.services import Allowance, Limit
from learning.web.clock import now

# Two hundred requests a second: what programs need stays far below, and two cores answer about three times as many,
# so that a loop gone wrong leaves the site to others.
TOKEN_LIMIT = Limit("api-token", tries=2000, window=timedelta(seconds=10))
BLOCK = 50  # so that one request in fifty writes, and two processes refuse at most fifty too early


@blueprint.record
def keep_an_allowance(state: BlueprintSetupState) -> None:
    """Give each application an allowance of its own."""
    state.app.extensions["api_allowance"] = Allowance(TOKEN_LIMIT, block=BLOCK)


@blueprint.before_request
def refuse_too_many_requests() -> None:
    """Refuse a token's requests beyond its limit; a request without one is answered further on."""
    token = g.get("token")
    if token is not None:
        current_app.extensions["api_allowance"].spend(str(token.token_id), now=now())


@blueprint.before_request
def refuse_to_write_with_a_token_that_reads() -> None:
    """Let a read-only token read; a request without a token is answered further on."""
    token = g.get("token")
    if token is not None and token.is_read_only and request.method not in ("GET", "HEAD", "OPTIONS"):
        abort(403)
