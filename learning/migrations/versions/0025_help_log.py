"""The log of the help that community teams give; and in which cycle a session was counted.

Revision ID: 0025
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "help_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("helped_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('public_services', 'shopping', 'payment', 'safety', 'platforms', 'other')",
            name=op.f("ck_help_entry_kind"),
        ),
        sa.CheckConstraint("people >= 1", name=op.f("ck_help_entry_people")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_help_entry_author_id_person")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_help_entry_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_entry")),
    )
    op.create_index(op.f("ix_help_entry_author_id"), "help_entry", ["author_id"], unique=False)
    op.create_index(
        "ix_help_entry_organization", "help_entry", ["organization_id", "helped_on"], unique=False
    )
    op.add_column(
        "class_credit", sa.Column("cycle", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )


def downgrade() -> None:
    """Remove them, with what was logged."""
    op.drop_column("class_credit", "cycle")
    op.drop_index("ix_help_entry_organization", table_name="help_entry")
    op.drop_index(op.f("ix_help_entry_author_id"), table_name="help_entry")
    op.drop_table("help_entry")
