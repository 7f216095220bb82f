"""People, their posts and roles, their sessions, one-time sign-in links, and forms held over an expired session."""

from datetime import date, datetime

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

HELD_PATH_MAXIMUM = 300  # no address of a form of ours is longer


class Person(Base):
    """Someone who may sign in; `generation` counts what ends all her sessions (password changed, disabled).

    `organization_id` is that of her main post, kept here for the sake of every list; `accounts.services` writes both.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_organization_name", "organization_id", "sort_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    # Its order is that of code points, whatever order of letters the database has.
    sort_key: Mapped[str] = mapped_column(Text().with_variant(Text(collation="C"), "postgresql"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    language: Mapped[str | None] = mapped_column(String(2))
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(Text)
    generation: Mapped[int] = mapped_column(default=1)
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Membership(Base):
    """A post that a person has at an organization; the main one says where her figures stand.

    `ended_on` is the first day on which she has it no more. An absence lasts from `absent_from` until she is back.
    """

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint(
            "audience IN ('cadre', 'civil_servant', 'public_employee', 'team_member', 'citizen')",
            name="audience",
        ),
        CheckConstraint("absence IN ('leave', 'secondment', 'retirement')", name="absence"),
        CheckConstraint("(absence IS NULL) = (absent_from IS NULL)", name="absence_has_day"),
        CheckConstraint("ended_on IS NULL OR ended_on >= began_on", name="ends_after_beginning"),
        Index(
            "uq_membership_main",
            "person_id",
            unique=True,
            sqlite_where=text("is_main AND ended_on IS NULL"),
            postgresql_where=text("is_main AND ended_on IS NULL"),
        ),
        Index(
            "uq_membership_open",
            "person_id",
            "organization_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    is_main: Mapped[bool]
    position: Mapped[str] = mapped_column(String(200), default="")
    audience: Mapped[str | None] = mapped_column(String(16))
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    absence: Mapped[str | None] = mapped_column(String(12))
    absent_from: Mapped[date | None]


class RoleHeld(Base):
    """A role held by a person at an organization and so over everything below it.

    `ended_on` is the first day on which it is held no more. What a deputy holds for somebody names the role it is
    lent from, lasts no longer than that one, and is taken with it.
    """

    __tablename__ = "role_held"
    __table_args__ = (
        UniqueConstraint("person_id", "role", "organization_id"),
        CheckConstraint("role IN ('learner', 'trainer', 'manager', 'administrator')", name="role"),
        CheckConstraint(
            "ended_on IS NULL OR began_on IS NULL OR ended_on > began_on", name="ends_after_beginning"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(16))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    began_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    lent_by_id: Mapped[int | None] = mapped_column(ForeignKey("role_held.id"), index=True)


class UserSession(Base):
    """One signed-in browser; the cookie's token is kept as a hash only."""

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_last_seen_at", "last_seen_at"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    generation: Mapped[int]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class ApiToken(Base):
    """A key with which a person's programs call the API; kept as a hash only, and shown once."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    is_read_only: Mapped[bool]
    generation: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInLink(Base):
    """A one-time link with which a new person sets a password."""

    __tablename__ = "sign_in_link"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class HeldForm(Base):
    """What a person sent when her session had just expired; it waits for her next sign-in."""

    __tablename__ = "held_form"
    __table_args__ = (UniqueConstraint("person_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    path: Mapped[str] = mapped_column(String(HELD_PATH_MAXIMUM))
    fields: Mapped[list[list[str]]] = mapped_column(JSON)
    held_at: Mapped[datetime]
