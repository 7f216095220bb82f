"""Dated posts of people, due days, and where an enrollment's figures stood before it moved.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = "kind IN ('province', 'department', 'commune', 'ward', 'village')"
MORE_KINDS = "kind IN ('province', 'department', 'commune', 'ward', 'village', 'team')"


def upgrade() -> None:
    """Add the tables and columns; everybody gets her post of today since her account was made."""
    _replace_kinds(KINDS, MORE_KINDS)
    _make_memberships()
    op.add_column("assignment", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column("assignment", sa.Column("due_days", sa.Integer(), nullable=True))
    op.add_column(
        "enrollment", sa.Column("is_counted", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("enrollment", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_table(
        "enrollment_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_enrollment_change_enrollment_id_enrollment")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_enrollment_change_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_change")),
    )
    for column in ("changed_at", "enrollment_id", "organization_id"):
        op.create_index(f"ix_enrollment_change_{column}", "enrollment_change", [column])
    op.add_column("figure_entry", sa.Column("due_on", sa.Date(), nullable=True))
    op.drop_index("uq_figure_entry_event", table_name="figure_entry")
    _index_events(sa.text("coalesce(due_on, '0001-01-01')"))
    op.create_table(
        "figure_due",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=11), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_figure_due_course_id_course")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_figure_due_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_due")),
    )
    op.create_index("ix_figure_due_organization_id", "figure_due", ["organization_id"])
    op.create_index(
        "uq_figure_due_place", "figure_due", ["course_id", "period", "organization_id", "due_on"], unique=True
    )


def _make_memberships() -> None:
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=True),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("absence", sa.String(length=12), nullable=True),
        sa.Column("absent_from", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "audience IN ('cadre', 'civil_servant', 'public_employee', 'team_member', 'citizen')",
            name=op.f("ck_membership_audience"),
        ),
        sa.CheckConstraint(
            "absence IN ('leave', 'secondment', 'retirement')", name=op.f("ck_membership_absence")
        ),
        sa.CheckConstraint(
            "(absence IS NULL) = (absent_from IS NULL)", name=op.f("ck_membership_absence_has_day")
        ),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= began_on", name=op.f("ck_membership_ends_after_beginning")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_membership_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    for column in ("organization_id", "person_id"):
        op.create_index(f"ix_membership_{column}", "membership", [column])
    main, still = sa.text("is_main AND ended_on IS NULL"), sa.text("ended_on IS NULL")
    op.create_index(
        "uq_membership_main",
        "membership",
        ["person_id"],
        unique=True,
        sqlite_where=main,
        postgresql_where=main,
    )
    op.create_index(
        "uq_membership_open",
        "membership",
        ["person_id", "organization_id"],
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )
    op.execute(
        "INSERT INTO membership (person_id, organization_id, is_main, position, began_on)"
        " SELECT id, organization_id, true, '', date(created_at) FROM person"
    )


def downgrade() -> None:
    """Remove them; who moved stays where she is, and what was due no longer is."""
    op.drop_table("figure_due")
    op.drop_index("uq_figure_entry_event", table_name="figure_entry")
    _index_events()
    op.drop_column("figure_entry", "due_on")
    op.drop_table("enrollment_change")
    for table, column in (
        ("enrollment", "due_on"),
        ("enrollment", "is_counted"),
        ("assignment", "due_days"),
        ("assignment", "due_on"),
    ):
        op.drop_column(table, column)
    op.drop_table("membership")
    op.execute("UPDATE organization SET kind = 'village' WHERE kind = 'team'")
    _replace_kinds(MORE_KINDS, KINDS)


def _index_events(*more: sa.TextClause) -> None:
    op.create_index(
        "uq_figure_entry_event",
        "figure_entry",
        ["event_id", "measure", "organization_id", sa.text("coalesce(unit_id, 0)"), *more],
        unique=True,
    )


def _replace_kinds(before: str, after: str) -> None:
    """Let organizations have other kinds.

    SQLite can change a constraint only by rewriting its text: sqlite.org/lang_altertable.html, section 8. A copy
    of the table would not do, since half of the others refer to it.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_organization_kind"), "organization", type_="check")
        op.create_check_constraint(op.f("ck_organization_kind"), "organization", after)
        return
    op.execute("PRAGMA writable_schema = ON")
    statement = sa.text(
        "UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE name = 'organization'"
    )
    op.execute(statement.bindparams(before=before, after=after))
    op.execute("PRAGMA writable_schema = RESET")
