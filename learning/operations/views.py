"""Whether the site lives and is ready, for whoever watches over it."""

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from learning.database import db
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
    row = db.session.execute(text("SELECT version_num FROM alembic_version")).one_or_none()
    return jsonify(status="ready" if row else "not migrated"), 200 if row else 503
