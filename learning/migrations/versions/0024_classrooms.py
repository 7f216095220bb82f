"""In-person sessions: invitations, replies, marks, and what they satisfied.

Revision ID: 0024
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "class_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)",
            name=op.f("ck_class_session_cancelled_has_moment"),
        ),
        sa.CheckConstraint("state IN ('planned', 'held', 'cancelled')", name=op.f("ck_class_session_state")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_class_session_ends_after_start")),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_class_session_seats")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_class_session_course_id_course")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_class_session_created_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_class_session_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["trainer_id"], ["person.id"], name=op.f("fk_class_session_trainer_id_person")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_class_session_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_session")),
    )
    op.create_index("ix_class_session_course", "class_session", ["course_id", "starts_at"], unique=False)
    op.create_index(op.f("ix_class_session_created_by_id"), "class_session", ["created_by_id"], unique=False)
    op.create_index(
        "ix_class_session_organization", "class_session", ["organization_id", "starts_at"], unique=False
    )
    op.create_index(op.f("ix_class_session_trainer_id"), "class_session", ["trainer_id"], unique=False)
    op.create_index(op.f("ix_class_session_unit_id"), "class_session", ["unit_id"], unique=False)
    op.create_table(
        "class_credit",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_class_credit_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["class_session.id"], name=op.f("fk_class_credit_session_id_class_session")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_class_credit_unit_id_unit")),
        sa.PrimaryKeyConstraint("session_id", "person_id", "unit_id", name=op.f("pk_class_credit")),
    )
    op.create_index("ix_class_credit_unit", "class_credit", ["unit_id", "person_id"], unique=False)
    op.create_table(
        "class_invitation",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_class_invitation_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["class_session.id"], name=op.f("fk_class_invitation_session_id_class_session")
        ),
        sa.PrimaryKeyConstraint("session_id", "organization_id", name=op.f("pk_class_invitation")),
    )
    op.create_index(
        op.f("ix_class_invitation_organization_id"), "class_invitation", ["organization_id"], unique=False
    )
    op.create_table(
        "class_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("presence", sa.String(length=10), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("marked_by_id", sa.Integer(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("how IN ('trainer', 'code')", name=op.f("ck_class_mark_how")),
        sa.CheckConstraint(
            "presence IN ('present', 'absent', 'unmarked')", name=op.f("ck_class_mark_presence")
        ),
        sa.ForeignKeyConstraint(
            ["marked_by_id"], ["person.id"], name=op.f("fk_class_mark_marked_by_id_person")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_class_mark_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["class_session.id"], name=op.f("fk_class_mark_session_id_class_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_mark")),
        sa.UniqueConstraint("event_id", name=op.f("uq_class_mark_event_id")),
        sa.UniqueConstraint(
            "session_id", "person_id", "number", name=op.f("uq_class_mark_session_id_person_id_number")
        ),
    )
    op.create_index(op.f("ix_class_mark_marked_by_id"), "class_mark", ["marked_by_id"], unique=False)
    op.create_index(op.f("ix_class_mark_person_id"), "class_mark", ["person_id"], unique=False)
    op.create_table(
        "class_reply",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reply", sa.String(length=10), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reply IN ('coming', 'waiting', 'not_coming')", name=op.f("ck_class_reply_reply")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_class_reply_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["class_session.id"], name=op.f("fk_class_reply_session_id_class_session")
        ),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_class_reply")),
    )
    op.create_index(op.f("ix_class_reply_person_id"), "class_reply", ["person_id"], unique=False)


def downgrade() -> None:
    """Remove them, with what was marked; completions stay."""
    op.drop_index(op.f("ix_class_reply_person_id"), table_name="class_reply")
    op.drop_table("class_reply")
    op.drop_index(op.f("ix_class_mark_person_id"), table_name="class_mark")
    op.drop_index(op.f("ix_class_mark_marked_by_id"), table_name="class_mark")
    op.drop_table("class_mark")
    op.drop_index(op.f("ix_class_invitation_organization_id"), table_name="class_invitation")
    op.drop_table("class_invitation")
    op.drop_index("ix_class_credit_unit", table_name="class_credit")
    op.drop_table("class_credit")
    op.drop_index(op.f("ix_class_session_unit_id"), table_name="class_session")
    op.drop_index(op.f("ix_class_session_trainer_id"), table_name="class_session")
    op.drop_index("ix_class_session_organization", table_name="class_session")
    op.drop_index(op.f("ix_class_session_created_by_id"), table_name="class_session")
    op.drop_index("ix_class_session_course", table_name="class_session")
    op.drop_table("class_session")
