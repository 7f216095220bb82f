"""What one person is allowed at a quiz beyond its rules.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nobody was allowed anything beyond the rules so far."""
    op.create_table(
        "allowance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("attempts >= 0 AND minutes >= 0", name=op.f("ck_allowance_not_negative")),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name="fk_allowance_given_by_id_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_allowance_person_id_person"),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name="fk_allowance_quiz_id_quiz"),
        sa.PrimaryKeyConstraint("id", name="pk_allowance"),
    )
    op.create_index("ix_allowance_of", "allowance", ["person_id", "quiz_id", "round"])
    op.create_index("ix_allowance_quiz_id", "allowance", ["quiz_id"])


def downgrade() -> None:
    """Remove it, and with it what was allowed."""
    op.drop_table("allowance")
