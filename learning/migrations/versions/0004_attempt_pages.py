"""Attempts remember the page of questions that was reached, and what was asked before them.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns; attempts so far had one page, and drew as if nothing had been asked before."""
    op.add_column("attempt", sa.Column("position", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("attempt", sa.Column("seen", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Remove the columns."""
    op.drop_column("attempt", "seen")
    op.drop_column("attempt", "position")
