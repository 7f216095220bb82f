"""Whether the site lives and is ready, for whoever watches over it."""

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from learning.operations.queries import is_migrated
from learning.web.access import public

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Say that the database answers and has its tables."""
    ready = is_migrated()
    return jsonify(status="ready" if ready else "not migrated"), 200 if ready else 503
