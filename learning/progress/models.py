"""Assignments, enrollments, completion of units, the ledger of figures and its sums."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, func, text, true
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class Assignment(Base):
    """A course given to an organization and everyone below it, or to those of some audiences or of one position.

    `audiences` are joined by commas, none means all; `repeats` asks for the course again in each of its cycles.
    """

    __tablename__ = "assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date | None]
    due_days: Mapped[int | None]
    audiences: Mapped[str] = mapped_column(String(80), default="", server_default="")
    position: Mapped[str] = mapped_column(String(200), default="", server_default="")
    repeats: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Enrollment(Base):
    """A person in a course, in one cycle; its figures stand at `organization_id`, unless she is away.

    They stand there under her `audience`, which is empty where none is known. `due_on` is the last day on which
    completing it is in time. Of several cycles the last is the current one; `renew_by` says by when a later cycle than
    the first is to be done. `extended_to` and `is_exempt` are what a
    standing `Concession` gives; `is_credited` says that training done elsewhere completed it.
    """

    __tablename__ = "enrollment"
    __table_args__ = (
        UniqueConstraint("person_id", "course_id", "cycle"),
        Index(
            "uq_enrollment_current",
            "person_id",
            "course_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        CheckConstraint("how IN ('assigned', 'self')", name="how"),
        CheckConstraint("completed_at IS NULL OR started_at IS NOT NULL", name="completed_is_started"),
        Index("ix_enrollment_course_organization", "course_id", "organization_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    cycle: Mapped[int] = mapped_column(default=1)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    how: Mapped[str] = mapped_column(String(8))
    enrolled_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    is_counted: Mapped[bool] = mapped_column(default=True, server_default=true())
    audience: Mapped[str] = mapped_column(String(16), default="", server_default="")
    due_on: Mapped[date | None]
    is_current: Mapped[bool] = mapped_column(default=True, server_default=true())
    renew_by: Mapped[date | None]
    extended_to: Mapped[date | None]
    is_exempt: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_credited: Mapped[bool] = mapped_column(default=False, server_default=false())


class Concession(Base):
    """More time for one person in one cycle of a course, or an exemption from it, until it is taken back."""

    __tablename__ = "concession"
    __table_args__ = (
        CheckConstraint("kind IN ('extension', 'exemption')", name="kind"),
        CheckConstraint("(kind = 'extension') = (due_on IS NOT NULL)", name="extension_has_day"),
        Index(
            "uq_concession_standing",
            "enrollment_id",
            "kind",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    due_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(300))
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)


class Credit(Base):
    """A request to count training done elsewhere for a course, and what was decided on it.

    The evidence is a file in the site's folder, named by its hash.
    """

    __tablename__ = "credit"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'approved', 'refused')", name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_has_moment"),
        Index(
            "uq_credit_waiting",
            "person_id",
            "course_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    text: Mapped[str] = mapped_column(String(1000))
    done_on: Mapped[date]
    evidence_sha256: Mapped[str | None] = mapped_column(String(64))
    evidence_type: Mapped[str | None] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300), default="")


class EnrollmentChange(Base):
    """Where an enrollment's figures stood, under which audience, and when it was due, until that changed."""

    __tablename__ = "enrollment_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    changed_at: Mapped[datetime] = mapped_column(index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    is_counted: Mapped[bool]
    audience: Mapped[str] = mapped_column(String(16), default="", server_default="")
    due_on: Mapped[date | None]


class UnitCompletion(Base):
    """A person's unit in one cycle and round; moments once set are never overwritten.

    A round ends at `superseded_at`, when the unit must be passed again. `is_credited` says that it was not done
    here, but training done elsewhere was counted for it.
    """

    __tablename__ = "unit_completion"
    __table_args__ = (
        UniqueConstraint("person_id", "unit_id", "cycle", "round"),
        CheckConstraint("state IN ('in_progress', 'completed', 'passed', 'failed')", name="state"),
        CheckConstraint(
            "(state IN ('completed', 'passed')) = (completed_at IS NOT NULL)", name="finished_has_moment"
        ),
        CheckConstraint("state <> 'failed' OR failed_at IS NOT NULL", name="failed_has_moment"),
        Index("ix_unit_completion_enrollment", "enrollment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    cycle: Mapped[int]
    round: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    satisfied: Mapped[str] = mapped_column(String(40), default="")
    revision_sha256: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    is_credited: Mapped[bool] = mapped_column(default=False, server_default=false())


class CompletionCorrection(Base):
    """How a person's unit stood until a correction of results; `cause` names what corrected it.

    With these rows every past day can be recounted, and a correction be undone to what was before.
    """

    __tablename__ = "completion_correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_completion_id: Mapped[int] = mapped_column(ForeignKey("unit_completion.id"), index=True)
    cause: Mapped[str] = mapped_column(String(40), index=True)
    corrected_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    satisfied: Mapped[str] = mapped_column(String(40))
    revision_sha256: Mapped[str | None] = mapped_column(String(64))
    completed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


class EnrollmentCorrection(Base):
    """When a person had completed the course until a correction of results."""

    __tablename__ = "enrollment_correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    cause: Mapped[str] = mapped_column(String(40), index=True)
    corrected_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class FigureEntry(Base):
    """One posting of the ledger: `n` more (or fewer) of a measure at an organization; rows are only added.

    Only what is open has a day when it is due.
    """

    __tablename__ = "figure_entry"
    __table_args__ = (
        # One event posts a measure once to one place and due day; the course's own figure has no unit.
        Index(
            "uq_figure_entry_event",
            "event_id",
            "measure",
            "organization_id",
            func.coalesce(text("unit_id"), text("0")),
            func.coalesce(text("due_on"), text("'0001-01-01'")),
            "audience",
            unique=True,
        ),
        CheckConstraint("n <> 0", name="n"),
        # What was recorded later than it happened, which is little.
        Index(
            "ix_figure_entry_late",
            "course_id",
            "happened_on",
            sqlite_where=text("happened_on < recorded_on"),
            postgresql_where=text("happened_on < recorded_on"),
        ),
        Index(
            "ix_figure_entry_course", "course_id", "measure", "organization_id", "unit_id", "recorded_on", "n"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(36))
    recorded_on: Mapped[date]
    happened_on: Mapped[date]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    cycle: Mapped[int]
    measure: Mapped[str] = mapped_column(String(16))
    n: Mapped[int]
    due_on: Mapped[date | None]
    audience: Mapped[str] = mapped_column(String(16), default="", server_default="")


class FigureSum(Base):
    """What the entries of a period amount to at one place, so that a report need not add them up.

    `period` is `all`, a month (`m2026-11`) or a day (`d2026-11-23`). The rows follow from the ledger and can be
    made anew from it; what stood on a day is `all` less what was recorded since. Without an `audience` it is the sum
    of everybody's, those of whom none is known among them.
    """

    __tablename__ = "figure_sum"
    __table_args__ = (
        Index(
            "uq_figure_sum_place",
            "course_id",
            "audience",
            "period",
            func.coalesce(text("unit_id"), text("0")),
            "organization_id",
            unique=True,
        ),
        # Of courses as a whole, for what reads many periods and no units.
        Index(
            "ix_figure_sum_course",
            "course_id",
            "audience",
            "period",
            "organization_id",
            sqlite_where=text("unit_id IS NULL"),
            postgresql_where=text("unit_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    period: Mapped[str] = mapped_column(String(11))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    enrolled: Mapped[int]
    started: Mapped[int]
    completed: Mapped[int]
    passed: Mapped[int]
    failed: Mapped[int]
    audience: Mapped[str] = mapped_column(String(16), server_default="")
    did_start: Mapped[int] = mapped_column(server_default="0")
    did_complete: Mapped[int] = mapped_column(server_default="0")
    did_pass: Mapped[int] = mapped_column(server_default="0")
    did_fail: Mapped[int] = mapped_column(server_default="0")
    joined: Mapped[int] = mapped_column(server_default="0")
    left: Mapped[int] = mapped_column(server_default="0")


class FigureDue(Base):
    """How many enrollments at one organization are open and due on a day, summed up by periods as `FigureSum` is."""

    __tablename__ = "figure_due"
    __table_args__ = (
        Index(
            "uq_figure_due_place", "course_id", "audience", "period", "organization_id", "due_on", unique=True
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    period: Mapped[str] = mapped_column(String(11))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    due_on: Mapped[date]
    n: Mapped[int]
    audience: Mapped[str] = mapped_column(String(16), server_default="")
