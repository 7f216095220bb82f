"""Answers that people mark, what they gave for them, and notices that tell it.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; no answer so far was to be marked by a person."""
    op.add_column("attempt", sa.Column("waiting", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "answer_to_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'second_look', 'marked')", name=op.f("ck_answer_to_mark_state")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_answer_to_mark_attempt_id_attempt"),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name="fk_answer_to_mark_quiz_id_quiz"),
        sa.PrimaryKeyConstraint("id", name="pk_answer_to_mark"),
        sa.UniqueConstraint("attempt_id", "question_id", name="uq_answer_to_mark_attempt_id_question_id"),
    )
    op.create_index("ix_answer_to_mark_queue", "answer_to_mark", ["quiz_id", "question_id", "state"])
    op.create_table(
        "hand_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("marker_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("asks_second_look", sa.Boolean(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer_to_mark.id"], name="fk_hand_mark_answer_id_answer_to_mark"
        ),
        sa.ForeignKeyConstraint(["marker_id"], ["person.id"], name="fk_hand_mark_marker_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_hand_mark"),
    )
    op.create_index("ix_hand_mark_answer_id", "hand_mark", ["answer_id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_notice_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("person_id", "kind", "subject", name="uq_notice_person_id_kind_subject"),
    )
    op.create_index(
        "ix_notice_standing",
        "notice",
        ["person_id"],
        sqlite_where=sa.text("dismissed_at IS NULL"),
        postgresql_where=sa.text("dismissed_at IS NULL"),
    )


def downgrade() -> None:
    """Remove them, and what people gave."""
    op.drop_table("notice")
    op.drop_table("hand_mark")
    op.drop_table("answer_to_mark")
    op.drop_column("attempt", "waiting")
