"""More time or an exemption for one person, and credit for training done elsewhere.

Revision ID: 0017
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the columns that refer to them; nobody was given anything so far."""
    _make_concessions()
    _make_credits()
    op.add_column("enrollment", sa.Column("extended_to", sa.Date(), nullable=True))
    op.add_column(
        "enrollment", sa.Column("is_exempt", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for table in ("enrollment", "unit_completion"):
        op.add_column(
            table, sa.Column("is_credited", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def _make_concessions() -> None:
    op.create_table(
        "concession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('extension', 'exemption')", name=op.f("ck_concession_kind")),
        sa.CheckConstraint(
            "(kind = 'extension') = (due_on IS NOT NULL)", name=op.f("ck_concession_extension_has_day")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name="fk_concession_enrollment_id_enrollment"
        ),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name="fk_concession_given_by_id_person"),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name="fk_concession_ended_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_concession"),
    )
    op.create_index(
        "uq_concession_standing",
        "concession",
        ["enrollment_id", "kind"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for column in ("enrollment_id", "given_by_id", "ended_by_id"):
        op.create_index(f"ix_concession_{column}", "concession", [column])


def _make_credits() -> None:
    op.create_table(
        "credit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("evidence_sha256", sa.String(length=64), nullable=True),
        sa.Column("evidence_type", sa.String(length=40), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'approved', 'refused')", name=op.f("ck_credit_state")),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_credit_decided_has_moment")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_credit_person_id_person"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_credit_course_id_course"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name="fk_credit_asked_by_id_person"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_credit_decided_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_credit"),
    )
    op.create_index(
        "uq_credit_waiting",
        "credit",
        ["person_id", "course_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    for column in ("person_id", "course_id", "asked_by_id", "decided_by_id"):
        op.create_index(f"ix_credit_{column}", "credit", [column])


def downgrade() -> None:
    """Remove them; who was exempt is counted again from the next change on, and what was credited stays completed."""
    for table in ("unit_completion", "enrollment"):
        op.drop_column(table, "is_credited")
    op.drop_column("enrollment", "is_exempt")
    op.drop_column("enrollment", "extended_to")
    op.drop_table("credit")
    op.drop_table("concession")
