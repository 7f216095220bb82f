"""What all pages of the trainer stand on: the blueprint, addresses, findings in the reader's language."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, current_app, url_for
from flask_babel import gettext as _

from learning.authoring.pages import Finding
from learning.domain.diagnostics import Diagnostic
from learning.domain.permissions import Permission
from learning.formats.rendering import Renderer

blueprint = Blueprint("authoring", __name__, url_prefix="/authoring")
EDIT = Permission.COURSE_EDIT


def renderer() -> Renderer:
    """Return the standing renderer of this process."""
    standing: Renderer = current_app.extensions["renderer"]
    return standing


def findings(diagnostics: Iterable[Diagnostic]) -> tuple[Finding, ...]:
    """Return diagnostics with their texts in the reader's language."""
    return tuple(Finding(d.file, d.line, d.column, d.code, d.severity.value, d.text(_)) for d in diagnostics)


def document_url(action: str, kind: str, course: str, slug: str, **more: Any) -> str:
    """Return the address of what one does with a document."""
    names: dict[str, dict[str, Any]] = {
        "course": {"course": course},
        "unit": {"course": course, "unit": slug},
        "quiz": {"quiz": slug},
    }
    return url_for(f"authoring.{action}_{kind}", **names[kind], **more)
