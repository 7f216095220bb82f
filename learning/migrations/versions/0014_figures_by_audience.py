"""Figures by audience, sums of what happened, and what was recorded later than it happened.

Revision ID: 0014
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0021"
branch_labels = None
depends_on = None

FLOWS = ("did_start", "did_complete", "did_pass", "did_fail", "joined", "left")
TABLES = ("enrollment", "enrollment_change", "figure_entry", "figure_sum", "figure_due")
# The period of an entry: all of them, its month, its day.
PERIODS = (
    "'all'",
    "'m' || substr(cast(recorded_on AS varchar(10)), 1, 7)",
    "'d' || cast(recorded_on AS varchar(10))",
)
UNIT = sa.text("coalesce(unit_id, 0)")
DUE = sa.text("coalesce(due_on, '0001-01-01')")
KEYS = {
    "uq_figure_entry_event": ("figure_entry", ["event_id", "measure", "organization_id", UNIT, DUE]),
    "uq_figure_sum_place": ("figure_sum", ["course_id", "period", UNIT, "organization_id"]),
    "uq_figure_due_place": ("figure_due", ["course_id", "period", "organization_id", "due_on"]),
}


def upgrade() -> None:
    """Add columns and keys; what stands has no audience until the nightly work gives it that of its person."""
    for table in TABLES:
        op.add_column(table, sa.Column("audience", sa.String(length=16), nullable=False, server_default=""))
    for measure in FLOWS:
        op.add_column("figure_sum", sa.Column(measure, sa.Integer(), nullable=False, server_default="0"))
    for name, (table, columns) in KEYS.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, [*columns, "audience"], unique=True)
    late = sa.text("happened_on < recorded_on")
    op.create_index(
        "ix_figure_entry_late",
        "figure_entry",
        ["course_id", "happened_on"],
        sqlite_where=late,
        postgresql_where=late,
    )
    _sum_flows()


def _sum_flows() -> None:
    names = ", ".join(f'"{measure}"' for measure in FLOWS)
    sums = ", ".join(f"sum(CASE WHEN measure = '{measure}' THEN n ELSE 0 END)" for measure in FLOWS)
    among = ", ".join(f"'{measure}'" for measure in FLOWS)
    values = ", ".join(f'"{measure}" = excluded."{measure}"' for measure in FLOWS)
    for period in PERIODS:
        op.execute(
            "INSERT INTO figure_sum (course_id, period, unit_id, organization_id, audience,"  # noqa: S608
            f" enrolled, started, completed, passed, failed, {names})"
            f" SELECT course_id, period, unit_id, organization_id, '', 0, 0, 0, 0, 0, {sums}"
            f" FROM (SELECT figure_entry.*, {period} AS period FROM figure_entry"
            f" WHERE measure IN ({among})) AS entry"
            " WHERE true GROUP BY course_id, period, unit_id, organization_id"
            " ON CONFLICT (course_id, period, coalesce(unit_id, 0), organization_id, audience)"
            f" DO UPDATE SET {values}"
        )


def downgrade() -> None:
    """Remove them; sums of single audiences go, those of everybody stay."""
    op.drop_index("ix_figure_entry_late", table_name="figure_entry")
    for table in ("figure_sum", "figure_due"):
        op.execute(f"DELETE FROM {table} WHERE audience <> ''")  # noqa: S608
    for name, (table, columns) in KEYS.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=True)
    for measure in FLOWS:
        op.drop_column("figure_sum", measure)
    for table in TABLES:
        op.drop_column(table, "audience")
