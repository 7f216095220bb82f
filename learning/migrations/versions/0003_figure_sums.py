"""Sums of the ledger by period, so that a report takes the same time however many entries there are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STANDING = ("enrolled", "started", "completed", "passed", "failed")
# The period of an entry: all of them, its month, its day.
PERIODS = (
    "'all'",
    "'m' || substr(cast(recorded_on AS varchar(10)), 1, 7)",
    "'d' || cast(recorded_on AS varchar(10))",
)


def upgrade() -> None:
    """Add the table and fill it from the ledger."""
    op.create_table(
        "figure_sum",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=11), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        *(sa.Column(measure, sa.Integer(), nullable=False) for measure in STANDING),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_figure_sum_course_id_course"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_figure_sum_organization_id_organization"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_figure_sum_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_figure_sum"),
    )
    columns = ", ".join(STANDING)
    sums = ", ".join(f"sum(CASE WHEN measure = '{measure}' THEN n ELSE 0 END)" for measure in STANDING)
    among = ", ".join(f"'{measure}'" for measure in STANDING)
    for period in PERIODS:
        op.execute(
            f"INSERT INTO figure_sum (course_id, period, unit_id, organization_id, {columns})"  # noqa: S608
            f" SELECT course_id, period, unit_id, organization_id, {sums}"
            f" FROM (SELECT figure_entry.*, {period} AS period FROM figure_entry"
            f" WHERE measure IN ({among})) AS entry"
            " GROUP BY course_id, period, unit_id, organization_id"
        )
    op.create_index(
        "uq_figure_sum_place",
        "figure_sum",
        ["course_id", "period", sa.text("coalesce(unit_id, 0)"), "organization_id"],
        unique=True,
    )
    op.create_index("ix_figure_sum_organization_id", "figure_sum", ["organization_id"], unique=False)
    op.create_index("ix_figure_sum_unit_id", "figure_sum", ["unit_id"], unique=False)


def downgrade() -> None:
    """Remove the table; the ledger has it all."""
    op.drop_table("figure_sum")
