"""Which hints were opened in an attempt, where they cost points.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no hint has cost points so far."""
    op.add_column("attempt", sa.Column("hints", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("attempt", "hints")
