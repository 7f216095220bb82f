"""Attempts can be marked anew by a corrected key, and what that changed be undone.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STANDING = sa.text("undone_at IS NULL")


def upgrade() -> None:
    """Add the tables; nothing was marked anew so far."""
    op.create_table(
        "regrading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("latest_id", sa.Integer(), nullable=False),
        sa.Column("nobody_loses", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("gained", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("newly_passed", sa.Integer(), nullable=False),
        sa.Column("newly_failed", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name="fk_regrading_quiz_id_quiz"),
        sa.ForeignKeyConstraint(["latest_id"], ["revision.id"], name="fk_regrading_latest_id_revision"),
        sa.ForeignKeyConstraint(["applied_by_id"], ["person.id"], name="fk_regrading_applied_by_id_person"),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name="fk_regrading_undone_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_regrading"),
    )
    op.create_index(
        "uq_regrading_standing",
        "regrading",
        ["quiz_id", "latest_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    op.create_index("ix_regrading_latest_id", "regrading", ["latest_id"])
    op.create_index("ix_regrading_applied_by_id", "regrading", ["applied_by_id"])
    op.create_index("ix_regrading_undone_by_id", "regrading", ["undone_by_id"])
    op.create_table(
        "regrading_revision",
        sa.Column("regrading_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("is_original", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["regrading_id"], ["regrading.id"], name="fk_regrading_revision_regrading_id_regrading"
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name="fk_regrading_revision_revision_id_revision"
        ),
        sa.PrimaryKeyConstraint("regrading_id", "language", name="pk_regrading_revision"),
    )
    op.create_index("ix_regrading_revision_revision_id", "regrading_revision", ["revision_id"])
    op.create_table(
        "regraded_attempt",
        sa.Column("regrading_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("marks", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["regrading_id"], ["regrading.id"], name="fk_regraded_attempt_regrading_id_regrading"
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_regraded_attempt_attempt_id_attempt"
        ),
        sa.PrimaryKeyConstraint("regrading_id", "attempt_id", name="pk_regraded_attempt"),
    )
    op.create_index("ix_regraded_attempt_attempt_id", "regraded_attempt", ["attempt_id"])
    op.create_table(
        "completion_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_completion_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("satisfied", sa.String(40), nullable=False),
        sa.Column("revision_sha256", sa.String(64), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["unit_completion_id"],
            ["unit_completion.id"],
            name="fk_completion_correction_unit_completion_id_unit_completion",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_completion_correction"),
    )
    op.create_index(
        "ix_completion_correction_unit_completion_id", "completion_correction", ["unit_completion_id"]
    )
    op.create_index("ix_completion_correction_cause", "completion_correction", ["cause"])
    op.create_table(
        "enrollment_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name="fk_enrollment_correction_enrollment_id_enrollment"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_enrollment_correction"),
    )
    op.create_index("ix_enrollment_correction_enrollment_id", "enrollment_correction", ["enrollment_id"])
    op.create_index("ix_enrollment_correction_cause", "enrollment_correction", ["cause"])


def downgrade() -> None:
    """Remove the tables; marks and completions stay as they were corrected."""
    for table in (
        "enrollment_correction",
        "completion_correction",
        "regraded_attempt",
        "regrading_revision",
        "regrading",
    ):
        op.drop_table(table)
