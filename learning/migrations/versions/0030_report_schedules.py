"""Reports that people are told of by a rhythm.

Revision ID: 0030
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "report_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("rhythm", sa.String(length=10), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "rhythm IN ('weekly', 'monthly', 'quarterly')", name=op.f("ck_report_schedule_rhythm")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_report_schedule_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_report_schedule_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_report_schedule_created_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedule")),
    )
    for column in ("course_id", "organization_id", "created_by_id", "next_on"):
        op.create_index(f"ix_report_schedule_{column}", "report_schedule", [column])
    op.create_table(
        "report_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["report_schedule.id"],
            name=op.f("fk_report_recipient_schedule_id_report_schedule"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_report_recipient_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_recipient")),
        sa.UniqueConstraint(
            "schedule_id", "person_id", name=op.f("uq_report_recipient_schedule_id_person_id")
        ),
    )
    op.create_index("ix_report_recipient_person_id", "report_recipient", ["person_id"])


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_report_recipient_person_id", table_name="report_recipient")
    op.drop_table("report_recipient")
    for column in ("next_on", "created_by_id", "organization_id", "course_id"):
        op.drop_index(f"ix_report_schedule_{column}", table_name="report_schedule")
    op.drop_table("report_schedule")
