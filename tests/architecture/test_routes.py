"""Every route says who may come in, and the site does not start while one does not."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from learning.domain.permissions import Permission
from learning.web.access import PUBLIC, UndeclaredRoute, declared_permissions, public, requires

ROOT = Path(__file__).resolve().parents[2]
PUBLIC_ENDPOINTS = {
    "accounts.language",
    "accounts.sign_in",
    "accounts.sign_in_link",
    "accounts.sign_out",
    "api.openapi",
    "api.reference",
    "assets.file",
    "certificates.ask",
    "certificates.verify",
    "operations.healthz",
    "operations.readyz",
    "study.course",
    "study.dashboard",
    "study.media",
    "study.unit",
}
START = """
import sys
from pathlib import Path
from learning.accounts.views import blueprint
from learning.app import create_app
from learning.config import Config
from learning.web.access import public
view = lambda: ""
blueprint.add_url_rule("/planted", "planted", public(view) if sys.argv[2] == "declared" else view)
folder = Path(sys.argv[1])
create_app(Config.for_tests(database_url=f"sqlite:///{folder / 'site.db'}", data_dir=folder))
"""


def test_every_route_declares_a_permission_that_exists(app: Flask) -> None:
    declared = declared_permissions(app)
    assert set(declared) == {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(declared.values()) <= {PUBLIC, *map(str, Permission)}


def test_what_everyone_may_open_is_a_short_list(app: Flask) -> None:
    """A new public route is a decision: it is written here, or the build fails."""
    public_endpoints = {endpoint for endpoint, name in declared_permissions(app).items() if name == PUBLIC}
    assert public_endpoints == PUBLIC_ENDPOINTS


@pytest.mark.parametrize("word", ["declared", "undeclared"])
def test_the_site_does_not_start_with_an_undeclared_route(tmp_path: Path, word: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path), word],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode == 0) == (word == "declared"), result.stderr
    assert ("UndeclaredRoute: /planted" in result.stderr) == (word == "undeclared")


def test_a_declaration_below_another_decorator_counts() -> None:
    site = Flask(__name__, static_folder=None)
    site.get("/open")(public(lambda: ""))
    site.get("/edit", endpoint="edit")(requires(Permission.COURSE_EDIT)(lambda: ""))
    site.get("/forgotten", endpoint="forgotten")(lambda: "")
    with pytest.raises(UndeclaredRoute, match="/forgotten"):
        declared_permissions(site)
