"""Attempts keep what each of their questions won, and what was chosen in it.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; attempts so far are marked anew when somebody looks at all of them."""
    op.add_column("attempt", sa.Column("marks", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("attempt", "marks")
