"""The floors of the house hold, and the checker sees when they do not."""

from pathlib import Path

import pytest

from tests.architecture.floors import violations, wsgi_is_bare

ROOT = Path(__file__).resolve().parents[2]


def plant(root: Path, files: dict[str, str]) -> Path:
    """Write a small package, with the neighbors that imports need."""
    neighbors = ("courses/models", "courses/queries", "courses/services", "courses/views", "courses/forms")
    for name in (
        *neighbors,
        "web/access",
        "audit/services",
        "study/views",
        "reports/queries",
        "accounts/sessions",
    ):
        files = {f"learning/{name}.py": "", **files}
    files = {"learning/database.py": "", "learning/i18n.py": "", "learning/config.py": "", **files}
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(source)
    return root


def test_our_code_keeps_the_floors() -> None:
    assert violations(ROOT) == []


def test_wsgi_makes_the_application_and_nothing_else() -> None:
    source = (ROOT / "wsgi.py").read_text()
    assert wsgi_is_bare(source)
    assert not wsgi_is_bare(source + "\napp.debug = True\n")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (
            "study/queries",
            "from learning.courses import models, queries\nfrom learning.courses.services import x",
        ),
        (
            "study/views",
            "from learning.study import forms, queries, services\nfrom learning.web.access import requires",
        ),
        ("courses/services", "from learning.courses import media"),
        ("courses/media", "from learning.courses.models import Course"),
        ("accounts/services", "from learning.accounts.sessions import Session"),
        ("database", "from learning.config import Config"),
        ("app", "from learning.courses.views import blueprint"),
        ("domain/grading", "import fractions\nfrom learning.domain import attempt"),
        ("courses/views/lists", "from learning.courses.views import editor"),
        ("migrations/env", "def run():\n    from learning.app import create_app"),
    ],
)
def test_what_the_rules_allow_is_let_through(tmp_path: Path, file: str, source: str) -> None:
    if "/" in file and file.split("/")[1] == "views" and file.count("/") > 1:
        root = plant(tmp_path, {})
        (root / "learning/courses/views.py").unlink()
        plant_files = {"learning/courses/views/__init__.py": "", "learning/courses/views/editor.py": ""}
    else:
        root, plant_files = plant(tmp_path, {}), {}
    for name, text in {**plant_files, f"learning/{file}.py": source}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    assert violations(root) == []


@pytest.mark.parametrize(
    ("file", "source", "wrong"),
    [
        ("courses/services", "from learning.study import queries", "floor 6 imports from floor 11"),
        ("courses/services", "import learning.study.views", "floor 6 imports from floor 11"),
        (
            "courses/queries",
            "if True:\n    from learning.study.queries import x",
            "floor 6 imports from floor 11",
        ),
        ("study/queries", "from ..reports import queries", "neighbors"),
        ("web/access", "from learning.audit.services import record", "neighbors"),
        ("web/access", "from learning.accounts.sessions import Session", "floor 3 imports from floor 5"),
        ("config", "from learning.database import db", "config stands left of database"),
        ("courses/models", "from learning.courses.queries import list_courses", "models imports queries"),
        ("courses/queries", "from learning.courses import services", "queries imports services"),
        ("courses/services", "from learning.courses.forms import CourseForm", "services imports forms"),
        ("courses/cli", "from learning.courses.views import blueprint", "cli imports views"),
        ("courses/queries", "from learning.courses.media import Picture", "queries imports media"),
        ("study/views", "from learning.courses.views import blueprint", "views of courses are its own"),
        ("study/views", "from learning.courses.forms import CourseForm", "forms of courses are its own"),
        ("study/views", "from learning.app import create_app", "floor 11 imports from floor 14"),
        ("study/services", "def f():\n    import json", "import inside a function"),
        (
            "study/services",
            "class A:\n    def f(self):\n        from json import dumps",
            "import inside a function",
        ),
        (
            "study/services",
            "import importlib\nimportlib.import_module('learning.app')",
            "import inside a function",
        ),
        ("domain/rules", "import markdown", "standard library alone"),
        ("domain/rules", "from learning.formats import text", "floor 0 imports from floor 1"),
        ("formats/text", "from flask import g", "formats imports flask"),
        ("formats/text", "import flask_babel", "formats imports flask_babel"),
        ("formats/text", "import sqlalchemy.orm", "formats imports sqlalchemy"),
        ("courses/views", "from sqlalchemy import select", "views imports sqlalchemy"),
        ("courses/queries", "from flask import request", "queries imports flask"),
        ("courses/services", "from blinker import Signal", "signals"),
        ("courses/helpers", "", "says nothing"),
        ("web/utils/text", "", "says nothing"),
        ("surveys/models", "", "has no floor"),
        ("courses/services", "x = 1\n" * 501, "becomes a package"),
        ("courses/media", "from learning.courses import services", "in a circle"),
    ],
)
def test_planted_violations_are_found(tmp_path: Path, file: str, source: str, wrong: str) -> None:
    files = {"learning/courses/media.py": "", "learning/formats/text.py": ""}
    if wrong == "in a circle":
        files["learning/courses/services.py"] = "from learning.courses import media"
    root = plant(tmp_path, {**files, f"learning/{file}.py": source})
    found = violations(root)
    assert [line for line in found if wrong in line], found
