"""Who has evaluated a course, and, joined to it by nothing, what was said of it.

There is no row for an answer: the answers of all are counters. On SQLite the tables have no row numbers, which would
tell an order. Decision record 0023 says what that keeps from whom.
"""

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base

WAITING = ""  # the period of answers that are still too few to be told


class EvaluationGiven(Base):
    """That a person has evaluated a course in a cycle: not when, and not how."""

    __tablename__ = "evaluation_given"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  (SQLAlchemy's own form)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True, index=True)
    cycle: Mapped[int] = mapped_column(primary_key=True)


class EvaluationStatement(Base):
    """A statement that was asked; other words are another statement."""

    __tablename__ = "evaluation_statement"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text, unique=True)


class EvaluationCount(Base):
    """How many answered a statement about a course with a value, in a quarter, or among those who wait for more."""

    __tablename__ = "evaluation_count"
    __table_args__ = (
        CheckConstraint("value BETWEEN 1 AND 5", name="value"),
        CheckConstraint("n >= 0", name="n"),
        {"sqlite_with_rowid": False},
    )

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    statement_id: Mapped[int] = mapped_column(
        ForeignKey("evaluation_statement.id"), primary_key=True, index=True
    )
    value: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class EvaluationTotal(Base):
    """How many have evaluated a course in a quarter, or wait; and what they wrote, in the order of the alphabet."""

    __tablename__ = "evaluation_total"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  (as above)

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    n: Mapped[int]
    texts: Mapped[list[str]] = mapped_column(JSON)
