"""Pictures as they are served, made of those that came.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; pictures so far are made anew when they are asked for."""
    op.add_column("media_file", sa.Column("served", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("media_file", "served")
