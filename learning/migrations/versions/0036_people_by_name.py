"""The people of an organization by their names, so that a page of them is read without all the others.

Revision ID: 0036
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the index by organization and name in place of the one by organization."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("person", "sort_key", type_=sa.Text(collation="C"))
    op.create_index("ix_person_organization_name", "person", ["organization_id", "sort_key"])
    op.drop_index("ix_person_organization_id", table_name="person")


def downgrade() -> None:
    """Put the index by organization back."""
    op.create_index("ix_person_organization_id", "person", ["organization_id"])
    op.drop_index("ix_person_organization_name", table_name="person")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("person", "sort_key", type_=sa.Text(collation="default"))
