"""How enrollments and units stood at a past moment, though results were corrected and people moved since.

Of what was corrected or moved later, the first row after the moment tells how it stood. Statements outer-join these
rows by these conditions, and read these columns in place of those of the facts.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select

from learning.progress.models import (
    CompletionCorrection,
    Enrollment,
    EnrollmentChange,
    EnrollmentCorrection,
    UnitCompletion,
)

Moment = datetime | ColumnElement[datetime]


class PlaceThen(NamedTuple):
    """Where the figures of an enrollment stood, whether they did, when it was due, and under which audience."""

    organization_id: ColumnElement[int]
    is_counted: ColumnElement[bool]
    due_on: ColumnElement[Any]
    audience: ColumnElement[str]


class UnitThen(NamedTuple):
    """How a unit stood."""

    state: ColumnElement[str]
    completed_at: ColumnElement[Any]
    failed_at: ColumnElement[Any]


def enrollment_corrected_after(moment: Moment) -> ColumnElement[bool]:
    """Return on what to join `EnrollmentCorrection` to an enrollment."""
    first = (
        select(func.min(EnrollmentCorrection.id))
        .where(EnrollmentCorrection.corrected_at >= moment)
        .group_by(EnrollmentCorrection.enrollment_id)
    )
    return and_(EnrollmentCorrection.enrollment_id == Enrollment.id, EnrollmentCorrection.id.in_(first))


def enrollment_changed_after(moment: Moment) -> ColumnElement[bool]:
    """Return on what to join `EnrollmentChange` to an enrollment."""
    first = (
        select(func.min(EnrollmentChange.id))
        .where(EnrollmentChange.changed_at >= moment)
        .group_by(EnrollmentChange.enrollment_id)
    )
    return and_(EnrollmentChange.enrollment_id == Enrollment.id, EnrollmentChange.id.in_(first))


def unit_corrected_after(moment: Moment) -> ColumnElement[bool]:
    """Return on what to join `CompletionCorrection` to a person's unit."""
    first = (
        select(func.min(CompletionCorrection.id))
        .where(CompletionCorrection.corrected_at >= moment)
        .group_by(CompletionCorrection.unit_completion_id)
    )
    return and_(
        CompletionCorrection.unit_completion_id == UnitCompletion.id, CompletionCorrection.id.in_(first)
    )


COURSE_COMPLETED_THEN: ColumnElement[Any] = case(
    (EnrollmentCorrection.id.is_(None), Enrollment.completed_at), else_=EnrollmentCorrection.completed_at
)
_STAYED = EnrollmentChange.id.is_(None)
PLACE_THEN = PlaceThen(
    case((_STAYED, Enrollment.organization_id), else_=EnrollmentChange.organization_id),
    case((_STAYED, Enrollment.is_counted), else_=EnrollmentChange.is_counted),
    case((_STAYED, Enrollment.due_on), else_=EnrollmentChange.due_on),
    case((_STAYED, Enrollment.audience), else_=EnrollmentChange.audience),
)
_AS_NOW = CompletionCorrection.id.is_(None)
UNIT_THEN = UnitThen(
    case((_AS_NOW, UnitCompletion.state), else_=CompletionCorrection.state),
    case((_AS_NOW, UnitCompletion.completed_at), else_=CompletionCorrection.completed_at),
    case((_AS_NOW, UnitCompletion.failed_at), else_=CompletionCorrection.failed_at),
)
