"""What people say of courses: who has, and counters of all answers, joined by nothing.

Revision ID: 0023
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; those that must tell no order have no row numbers on SQLite."""
    op.create_table(
        "evaluation_given",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_evaluation_given_course_id_course"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_evaluation_given_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "course_id", "cycle", name="pk_evaluation_given"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_evaluation_given_course_id", "evaluation_given", ["course_id"])
    op.create_table(
        "evaluation_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation_statement"),
        sa.UniqueConstraint("text", name="uq_evaluation_statement_text"),
    )
    op.create_table(
        "evaluation_count",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_evaluation_count_n")),
        sa.CheckConstraint("value BETWEEN 1 AND 5", name=op.f("ck_evaluation_count_value")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_evaluation_count_course_id_course"),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["evaluation_statement.id"],
            name="fk_evaluation_count_statement_id_evaluation_statement",
        ),
        sa.PrimaryKeyConstraint("course_id", "period", "statement_id", "value", name="pk_evaluation_count"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_evaluation_count_statement_id", "evaluation_count", ["statement_id"])
    op.create_table(
        "evaluation_total",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_evaluation_total_course_id_course"),
        sa.PrimaryKeyConstraint("course_id", "period", name="pk_evaluation_total"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Remove them, and what was said."""
    for table in ("evaluation_total", "evaluation_count", "evaluation_statement", "evaluation_given"):
        op.drop_table(table)
