"""What courses say of audience, validity and prerequisites, and the certificates that they give.

Revision ID: 0022
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0015"
branch_labels = None
depends_on = None

KEYS = ("is_open", "gives_certificate", "audience", "valid_for", "renew_window", "renew_on")


def upgrade() -> None:
    """Add the columns and tables; `site prepare` fills them from the texts that are published."""
    op.add_column("course", sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(
        "course", sa.Column("gives_certificate", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("course", sa.Column("audience", sa.String(length=100), nullable=False, server_default=""))
    op.add_column("course", sa.Column("valid_for", sa.Integer(), nullable=True))
    op.add_column("course", sa.Column("renew_window", sa.Integer(), nullable=True))
    op.add_column("course", sa.Column("renew_on", sa.String(length=5), nullable=True))
    op.create_table(
        "course_prerequisite",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_course_prerequisite_course_id_course"),
        sa.PrimaryKeyConstraint("course_id", "slug", name="pk_course_prerequisite"),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("course_title", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation", sa.String(length=20), nullable=True),
        sa.Column("official_number", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revocation IS NULL)", name=op.f("ck_certificate_revoked_has_reason")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_certificate_course_id_course"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_certificate_person_id_person"),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_certificate_revision_id_revision"),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("code", name="uq_certificate_code"),
    )
    op.create_index(
        "uq_certificate_standing",
        "certificate",
        ["person_id", "course_id", "cycle"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    for column in ("course_id", "person_id", "revision_id"):
        op.create_index(f"ix_certificate_{column}", "certificate", [column])


def downgrade() -> None:
    """Remove them, and the certificates."""
    op.drop_table("certificate")
    op.drop_table("course_prerequisite")
    for column in reversed(KEYS):
        op.drop_column("course", column)
