"""Cycles of courses that expire, and assignments to some audiences or one position.

Revision ID: 0016
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0024"
branch_labels = None
depends_on = None

_CYCLES = ("attempt", "allowance", "task_submission")


def upgrade() -> None:
    """Add the columns; all that was done so far is of the first cycle."""
    op.add_column(
        "assignment", sa.Column("audiences", sa.String(length=80), nullable=False, server_default="")
    )
    op.add_column(
        "assignment", sa.Column("position", sa.String(length=200), nullable=False, server_default="")
    )
    op.add_column("assignment", sa.Column("repeats", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(
        "enrollment", sa.Column("is_current", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("enrollment", sa.Column("renew_by", sa.Date(), nullable=True))
    op.create_index(
        "uq_enrollment_current",
        "enrollment",
        ["person_id", "course_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    for table in _CYCLES:
        op.add_column(table, sa.Column("cycle", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    """Remove them; only the current cycle of anybody stays countable, so later ones must not be there."""
    for table in _CYCLES:
        op.drop_column(table, "cycle")
    op.drop_index("uq_enrollment_current", table_name="enrollment")
    for table, column in (
        ("enrollment", "renew_by"),
        ("enrollment", "is_current"),
        ("assignment", "repeats"),
        ("assignment", "position"),
        ("assignment", "audiences"),
    ):
        op.drop_column(table, column)
