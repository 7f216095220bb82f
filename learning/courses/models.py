"""Courses, units and quizzes as rows with stable ids, and the documents and revisions that hold their text."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base

MEDIA_PATH_MAXIMUM = 200


class Course(Base):
    """A course; title and text stand in the published revision of its document in each language.

    What its published text says besides is mirrored here: `audience` as a list with commas, `valid_for` and
    `renew_window` in months, `renew_on` as `day-month`.
    """

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(2))
    owner_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    is_published: Mapped[bool] = mapped_column(default=False)
    is_open: Mapped[bool] = mapped_column(default=False, server_default=false())
    gives_certificate: Mapped[bool] = mapped_column(default=False, server_default=false())
    audience: Mapped[str] = mapped_column(String(100), default="", server_default="")
    valid_for: Mapped[int | None]
    renew_window: Mapped[int | None]
    renew_on: Mapped[str | None] = mapped_column(String(5))


class CoursePrerequisite(Base):
    """A course that is completed before another is begun, by its slug: it may not be on the site yet."""

    __tablename__ = "course_prerequisite"

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), primary_key=True)


class Quiz(Base):
    """A quiz of a course; its slug is unique in the site."""

    __tablename__ = "quiz"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)


class Unit(Base):
    """A part of a course; position, rules and quiz mirror the published text, `round` counts "must pass again"."""

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("course_id", "slug"),
        CheckConstraint("round >= 1", name="round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    slug: Mapped[str] = mapped_column(String(64))
    position: Mapped[int | None]
    is_published: Mapped[bool] = mapped_column(default=False)
    required: Mapped[bool] = mapped_column(default=True)
    minutes: Mapped[int | None]
    section: Mapped[str | None] = mapped_column(Text)
    completion: Mapped[str] = mapped_column(String(40), default="read")
    quiz_id: Mapped[int | None] = mapped_column(ForeignKey("quiz.id"), index=True)
    reviewed_on: Mapped[date | None]
    round: Mapped[int] = mapped_column(default=1)


class Document(Base):
    """One Markdown file: a course, unit or quiz in one language; publishing moves its pointer."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("kind IN ('course', 'unit', 'quiz')", name="kind"),
        CheckConstraint(
            "(kind = 'course' AND unit_id IS NULL AND quiz_id IS NULL)"
            " OR (kind = 'unit' AND unit_id IS NOT NULL AND quiz_id IS NULL)"
            " OR (kind = 'quiz' AND unit_id IS NULL AND quiz_id IS NOT NULL)",
            name="subject",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    quiz_id: Mapped[int | None] = mapped_column(ForeignKey("quiz.id"), index=True)
    published_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", use_alter=True))


class Revision(Base):
    """One saved state of a document: its bytes as they came and what was rendered from them; never changed."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    source: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[dict[str, str]] = mapped_column(JSON)
    toc: Mapped[list[list[str | int]]] = mapped_column(JSON)
    renderer: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(500), default="")
    effect: Mapped[str] = mapped_column(String(8), default="wording")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]


class MediaFile(Base):
    """A file of a course, kept byte for byte for export; a picture is served as it was made anew."""

    __tablename__ = "media_file"
    __table_args__ = (UniqueConstraint("course_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    path: Mapped[str] = mapped_column(String(MEDIA_PATH_MAXIMUM))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    served: Mapped[bytes | None] = mapped_column(LargeBinary)
