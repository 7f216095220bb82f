"""Files that administrators have the site take over.

Revision ID: 0027
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('people', 'organizations')", name=op.f("ck_import_run_kind")),
        sa.CheckConstraint(
            "state IN ('checked', 'waiting', 'running', 'done', 'refused')", name=op.f("ck_import_run_state")
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'refused')) = (file IS NULL)", name=op.f("ck_import_run_file_until_ended")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_run_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_person_id", "import_run", ["person_id"])
    op.create_index("ix_import_run_created_at", "import_run", ["created_at"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_import_run_created_at", table_name="import_run")
    op.drop_index("ix_import_run_person_id", table_name="import_run")
    op.drop_table("import_run")
