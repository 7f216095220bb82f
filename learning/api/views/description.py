"""The description of the API: for programs, and as a page for people."""

from flask import Response, current_app, render_template
from msgspec import json

from learning.api.calls import CALLS, blueprint
from learning.api.openapi import describe, openapi_path
from learning.web.access import public


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """Give the description of all calls."""
    site = current_app.config["SITE"]
    return Response(json.encode(describe(site.site_name, site.site_url)), mimetype="application/json")


@blueprint.get("/")
@public
def reference() -> str:
    """Show the calls to people who write programs."""
    calls = tuple((call, openapi_path(call.path)) for call in CALLS)
    return render_template("api/reference.html", calls=calls, site_url=current_app.config["SITE"].site_url)
