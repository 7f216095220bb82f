"""What people hand in for practical tasks, and what those who mark said of it.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nobody could hand in anything so far."""
    op.create_table(
        "task_submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'second_look', 'accepted', 'returned', 'replaced')",
            name=op.f("ck_task_submission_state"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_task_submission_person_id_person"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name="fk_task_submission_revision_id_revision"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_task_submission_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_task_submission"),
        sa.UniqueConstraint(
            "person_id",
            "unit_id",
            "round",
            "number",
            name="uq_task_submission_person_id_unit_id_round_number",
        ),
    )
    op.create_index("ix_task_submission_queue", "task_submission", ["unit_id", "state"])
    op.create_index("ix_task_submission_revision_id", "task_submission", ["revision_id"])
    op.create_table(
        "task_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("marker_id", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("asks_second_look", sa.Boolean(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["marker_id"], ["person.id"], name="fk_task_mark_marker_id_person"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["task_submission.id"], name="fk_task_mark_submission_id_task_submission"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_task_mark"),
    )
    op.create_index("ix_task_mark_marker_id", "task_mark", ["marker_id"])
    op.create_index("ix_task_mark_submission_id", "task_mark", ["submission_id"])


def downgrade() -> None:
    """Remove them, and what people handed in."""
    op.drop_table("task_mark")
    op.drop_table("task_submission")
