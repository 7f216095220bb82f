"""Write docs/permissions.md and docs/routes.md from the code, so that they cannot say anything else.

`update` rewrites them, `check` fails when they lag behind.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from flask import Flask

from learning.app import create_app
from learning.config import Config
from learning.domain.permissions import ROLE_PERMISSIONS, SIGNED_IN, Permission, Role
from learning.web.access import PUBLIC, declared_permissions

ROOT = Path(__file__).resolve().parent.parent
REMEDY = "python -m scripts.reference update"
_NOTE = f"<!-- Made from the code by `{REMEDY}`; do not edit. -->"
_WHO = {Permission.ATTEMPT_OWN: "her own", Permission.ACCOUNT_OWN: "her own"}
_METHODS = ("GET", "POST")


def permissions_page() -> str:
    """Return docs/permissions.md: the table of roles and permissions."""
    roles = tuple(Role)
    lines = [
        "# Permissions",
        "",
        _NOTE,
        "",
        "A role is held at an organization and so over everything below it. What everyone signed in may do needs",
        "no role. What a person may not do or see does not exist for her: the answer is 404. This table comes from",
        "`learning/domain/permissions.py`; [routes.md](routes.md) says which address asks for what.",
        "",
        "| permission | " + " | ".join(roles) + " |",
        "|---|" + "---|" * len(roles),
    ]
    for permission in Permission:
        cells = (
            _WHO.get(permission, "yes")
            if permission in SIGNED_IN
            else "at and below her organization"
            if permission in ROLE_PERMISSIONS[role]
            else ""
            for role in roles
        )
        lines.append(f"| `{permission}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def routes_page(app: Flask) -> str:
    """Return docs/routes.md: every address with its method, its permission, its view and what it does."""
    declared = declared_permissions(app)
    lines = [
        "# Routes",
        "",
        _NOTE,
        "",
        f"Every address, what it asks for (`{PUBLIC}`: nothing), and the view that answers. The permissions are",
        "explained in [permissions.md](permissions.md). Each POST wants a CSRF token.",
        "",
        "| address | method | permission | view | does |",
        "|---|---|---|---|---|",
    ]
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))
    for rule in rules:
        methods = ", ".join(method for method in _METHODS if method in (rule.methods or ()))
        does = (app.view_functions[rule.endpoint].__doc__ or "").strip().splitlines()[0]
        lines.append(
            f"| `{rule.rule}` | {methods} | `{declared[rule.endpoint]}` | `{rule.endpoint}` | {does} |"
        )
    return "\n".join(lines) + "\n"


def pages(app: Flask) -> dict[Path, str]:
    """Return the pages by their paths."""
    return {
        ROOT / "docs" / "permissions.md": permissions_page(),
        ROOT / "docs" / "routes.md": routes_page(app),
    }


def stale(app: Flask) -> list[str]:
    """Return the names of the pages that lag behind the code."""
    return [path.name for path, text in pages(app).items() if not path.is_file() or path.read_text() != text]


def main() -> None:
    """Run the command; exits with 1 when `check` finds a page that lags behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("update", "check"))
    command = parser.parse_args().command
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        app = create_app(
            Config.for_tests(database_url=f"sqlite:///{data_dir / 'site.db'}", data_dir=data_dir)
        )
        if command == "update":
            for path, text in pages(app).items():
                path.write_text(text)
        elif names := stale(app):
            sys.exit(f"{', '.join(names)} lag behind the code: run {REMEDY}")


if __name__ == "__main__":
    main()
