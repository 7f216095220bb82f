"""Attempts and responses; a grade is what the marking of an attempt gave."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base
from learning.domain.marks import Record


class Attempt(Base):
    """One sitting of a quiz: a stored random seed, and the score once submitted, an exact fraction as `5/3`.

    `cycle` is that of the person in the course and `round` the unit's at the start: attempts of an earlier one neither
    count nor are counted in a later one.
    `position` is the page of questions that was reached. `seen` tells how often earlier attempts asked each
    question that this one could draw, so that it drew others first. `marks` is what each question won and what was
    chosen in it, as `domain.marks` writes it; attempts submitted before there was such a thing have none. `waiting`
    counts the answers that a person still has to mark; the score is without them. `hints` counts by question those
    that were opened where they cost points.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("person_id", "quiz_id", "number"),
        Index(
            "uq_attempt_open",
            "person_id",
            "quiz_id",
            unique=True,
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
        CheckConstraint("(submitted_at IS NULL) = (score IS NULL)", name="submitted_has_score"),
        CheckConstraint("(submitted_at IS NULL) = (passed IS NULL)", name="submitted_has_result"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"), index=True)
    number: Mapped[int]
    cycle: Mapped[int] = mapped_column(default=1, server_default="1")
    round: Mapped[int]
    seed: Mapped[bytes] = mapped_column(LargeBinary(16))
    started_at: Mapped[datetime]
    deadline: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    score: Mapped[str | None] = mapped_column(Text)
    max_score: Mapped[str | None] = mapped_column(Text)
    passed: Mapped[bool | None]
    position: Mapped[int] = mapped_column(server_default="1")
    seen: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    marks: Mapped[Record | None] = mapped_column(JSON(none_as_null=True))
    waiting: Mapped[int] = mapped_column(server_default="0")
    hints: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))


class AttemptRevision(Base):
    """The revision of each language twin that an attempt keeps, whatever is published later."""

    __tablename__ = "attempt_revision"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    is_original: Mapped[bool]


class Response(Base):
    """An answer as it came in; of several to a question the highest (sequence, id) counts."""

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("attempt_id", "event_id"),
        CheckConstraint("sequence >= 0", name="sequence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    question_id: Mapped[str] = mapped_column(String(40))
    event_id: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int]
    language: Mapped[str] = mapped_column(String(2))
    value: Mapped[str | list[str] | None] = mapped_column(JSON)
    received_at: Mapped[datetime]


class Regrading(Base):
    """Attempts marked anew by a corrected key, until it is undone; `latest_id` is its newest revision.

    The numbers are those of people, as they were when it was applied; attempts at the earlier text that are
    submitted later are marked by it too.
    """

    __tablename__ = "regrading"
    __table_args__ = (
        Index(
            "uq_regrading_standing",
            "quiz_id",
            "latest_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"))
    latest_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    nobody_loses: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(500))
    attempts: Mapped[int]
    gained: Mapped[int]
    lost: Mapped[int]
    newly_passed: Mapped[int]
    newly_failed: Mapped[int]
    applied_at: Mapped[datetime]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)


class RegradingRevision(Base):
    """The revision of each language that has the corrected key."""

    __tablename__ = "regrading_revision"

    regrading_id: Mapped[int] = mapped_column(ForeignKey("regrading.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    is_original: Mapped[bool]


class RegradedAttempt(Base):
    """What an attempt had before it was marked anew."""

    __tablename__ = "regraded_attempt"

    regrading_id: Mapped[int] = mapped_column(ForeignKey("regrading.id"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True, index=True)
    score: Mapped[str] = mapped_column(Text)
    passed: Mapped[bool]
    marks: Mapped[Record | None] = mapped_column(JSON(none_as_null=True))


class AnswerToMark(Base):
    """An answer that a person marks, from the submission on; `state` is a word of `MarkState`."""

    __tablename__ = "answer_to_mark"
    __table_args__ = (
        UniqueConstraint("attempt_id", "question_id"),
        Index("ix_answer_to_mark_queue", "quiz_id", "question_id", "state"),
        CheckConstraint("state IN ('waiting', 'second_look', 'marked')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"))
    question_id: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    submitted_at: Mapped[datetime]


class HandMarkGiven(Base):
    """What a person gave for an answer; nothing is ever changed here, the latest of an answer counts.

    `points` has an exact fraction for each line of the rubric.
    """

    __tablename__ = "hand_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer_to_mark.id"), index=True)
    marker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    points: Mapped[list[str]] = mapped_column(JSON)
    comment: Mapped[str] = mapped_column(Text)
    asks_second_look: Mapped[bool]
    marked_at: Mapped[datetime]


class AllowanceGiven(Base):
    """What a person is allowed at a quiz beyond its rules, in one cycle and round; the latest of them counts."""

    __tablename__ = "allowance"
    __table_args__ = (
        Index("ix_allowance_of", "person_id", "quiz_id", "round"),
        CheckConstraint("attempts >= 0 AND minutes >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"), index=True)
    cycle: Mapped[int] = mapped_column(default=1, server_default="1")
    round: Mapped[int]
    attempts: Mapped[int]
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
