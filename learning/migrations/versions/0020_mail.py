"""The outbox, and where mail to a person goes.

Revision ID: 0020
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both."""
    op.add_column("person", sa.Column("email", sa.String(length=254), nullable=True))
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'unknown')", name=op.f("ck_mail_state")
        ),
        sa.CheckConstraint(
            "(state = 'sending') = (taken_at IS NOT NULL)", name=op.f("ck_mail_taken_while_sending")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mail_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_key")),
    )
    op.create_index("ix_mail_due", "mail", ["state", "due_at"])
    op.create_index("ix_mail_person_id", "mail", ["person_id"])


def downgrade() -> None:
    """Remove both; what waits is not sent."""
    op.drop_index("ix_mail_person_id", table_name="mail")
    op.drop_index("ix_mail_due", table_name="mail")
    op.drop_table("mail")
    op.drop_column("person", "email")
