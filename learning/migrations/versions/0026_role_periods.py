"""Roles held in a period, and those that deputies hold for others.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is held today has no end."""
    with op.batch_alter_table("role_held") as table:
        table.add_column(sa.Column("began_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("ended_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("lent_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_role_held_lent_by_id_role_held"), "role_held", ["lent_by_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_role_held_ends_after_beginning"),
            "ended_on IS NULL OR began_on IS NULL OR ended_on > began_on",
        )
        table.create_index(op.f("ix_role_held_lent_by_id"), ["lent_by_id"])


def downgrade() -> None:
    """Remove them; deputies hold nothing for others, and what has an end is no longer held: nobody gains a right."""
    op.execute("DELETE FROM role_held WHERE lent_by_id IS NOT NULL")
    op.execute("DELETE FROM role_held WHERE began_on IS NOT NULL OR ended_on IS NOT NULL")
    with op.batch_alter_table("role_held") as table:
        table.drop_index(op.f("ix_role_held_lent_by_id"))
        table.drop_constraint(op.f("ck_role_held_ends_after_beginning"), type_="check")
        table.drop_constraint(op.f("fk_role_held_lent_by_id_role_held"), type_="foreignkey")
        for column in ("lent_by_id", "ended_on", "began_on"):
            table.drop_column(column)
