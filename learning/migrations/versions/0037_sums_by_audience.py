"""The sums of one audience side by side in their index, and an index of those of courses as a whole.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

UNIT = sa.text("coalesce(unit_id, 0)")
OF_COURSE = sa.text("unit_id IS NULL")


def upgrade() -> None:
    """Put the audience before the period."""
    _replace(
        ["course_id", "audience", "period", UNIT, "organization_id"],
        ["course_id", "audience", "period", "organization_id", "due_on"],
    )
    op.create_index(
        "ix_figure_sum_course",
        "figure_sum",
        ["course_id", "audience", "period", "organization_id"],
        sqlite_where=OF_COURSE,
        postgresql_where=OF_COURSE,
    )


def downgrade() -> None:
    """Put the audience last, as it was."""
    op.drop_index("ix_figure_sum_course", table_name="figure_sum")
    _replace(
        ["course_id", "period", UNIT, "organization_id", "audience"],
        ["course_id", "period", "organization_id", "due_on", "audience"],
    )


def _replace(sums: list[str | sa.TextClause], dues: list[str | sa.TextClause]) -> None:
    for table, columns in (("figure_sum", sums), ("figure_due", dues)):
        op.drop_index(f"uq_{table}_place", table_name=table)
        op.create_index(f"uq_{table}_place", table, columns, unique=True)
