"""The first schema: organizations, people, courses, attempts, progress, the ledger, the audit record."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Tables whose rows are added and never changed; the database itself refuses anything else.
APPEND_ONLY = ("audit_entry", "figure_entry")


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)

    op.create_table(
        "limit_counter",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("window_began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_limit_counter"),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('province', 'department', 'commune', 'ward', 'village')",
            name=op.f("ck_organization_kind"),
        ),
        sa.CheckConstraint("path LIKE '/%/'", name=op.f("ck_organization_path")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organization.id"], name="fk_organization_parent_id_organization"
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["organization.id"], name="fk_organization_successor_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
        sa.UniqueConstraint("code", name="uq_organization_code"),
        sa.UniqueConstraint("path", name="uq_organization_path"),
    )
    op.create_index("ix_organization_parent_id", "organization", ["parent_id"], unique=False)

    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["organization.id"], name="fk_course_owner_id_organization"),
        sa.PrimaryKeyConstraint("id", name="pk_course"),
        sa.UniqueConstraint("slug", name="uq_course_slug"),
    )
    op.create_index("ix_course_owner_id", "course", ["owner_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_person_organization_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("username", name="uq_person_username"),
    )
    op.create_index("ix_person_organization_id", "person", ["organization_id"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_assignment_course_id_course"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_assignment_created_by_id_person"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_assignment_organization_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
    )
    op.create_index("ix_assignment_course_id", "assignment", ["course_id"], unique=False)
    op.create_index("ix_assignment_created_by_id", "assignment", ["created_by_id"], unique=False)
    op.create_index("ix_assignment_organization_id", "assignment", ["organization_id"], unique=False)

    op.create_table(
        "enrollment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("how IN ('assigned', 'self')", name=op.f("ck_enrollment_how")),
        sa.CheckConstraint(
            "completed_at IS NULL OR started_at IS NOT NULL", name=op.f("ck_enrollment_completed_is_started")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_enrollment_course_id_course"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_enrollment_organization_id_organization"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_enrollment_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_enrollment"),
        sa.UniqueConstraint(
            "person_id", "course_id", "cycle", name="uq_enrollment_person_id_course_id_cycle"
        ),
    )
    op.create_index(
        "ix_enrollment_course_organization", "enrollment", ["course_id", "organization_id"], unique=False
    )
    op.create_index("ix_enrollment_organization_id", "enrollment", ["organization_id"], unique=False)

    op.create_table(
        "held_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_held_form_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_held_form"),
        sa.UniqueConstraint("person_id", "path", name="uq_held_form_person_id_path"),
    )
    op.create_table(
        "media_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_media_file_course_id_course"),
        sa.PrimaryKeyConstraint("id", name="pk_media_file"),
        sa.UniqueConstraint("course_id", "path", name="uq_media_file_course_id_path"),
    )
    op.create_table(
        "quiz",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_quiz_course_id_course"),
        sa.PrimaryKeyConstraint("id", name="pk_quiz"),
        sa.UniqueConstraint("slug", name="uq_quiz_slug"),
    )
    op.create_index("ix_quiz_course_id", "quiz", ["course_id"], unique=False)

    op.create_table(
        "role_held",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "role IN ('learner', 'trainer', 'manager', 'administrator')", name=op.f("ck_role_held_role")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_role_held_organization_id_organization"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_role_held_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_role_held"),
        sa.UniqueConstraint(
            "person_id", "role", "organization_id", name="uq_role_held_person_id_role_organization_id"
        ),
    )
    op.create_index("ix_role_held_organization_id", "role_held", ["organization_id"], unique=False)

    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sign_in_link_person_id_person"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in_link"),
    )
    op.create_index("ix_sign_in_link_person_id", "sign_in_link", ["person_id"], unique=False)

    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_user_session_person_id_person"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_user_session"),
    )
    op.create_index("ix_user_session_last_seen_at", "user_session", ["last_seen_at"], unique=False)
    op.create_index("ix_user_session_person_id", "user_session", ["person_id"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seed", sa.LargeBinary(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Text(), nullable=True),
        sa.Column("max_score", sa.Text(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(submitted_at IS NULL) = (passed IS NULL)", name=op.f("ck_attempt_submitted_has_result")
        ),
        sa.CheckConstraint(
            "(submitted_at IS NULL) = (score IS NULL)", name=op.f("ck_attempt_submitted_has_score")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_attempt_person_id_person"),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name="fk_attempt_quiz_id_quiz"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint("person_id", "quiz_id", "number", name="uq_attempt_person_id_quiz_id_number"),
    )
    op.create_index("ix_attempt_quiz_id", "attempt", ["quiz_id"], unique=False)
    op.create_index(
        "uq_attempt_open",
        "attempt",
        ["person_id", "quiz_id"],
        unique=True,
        sqlite_where=sa.text("submitted_at IS NULL"),
        postgresql_where=sa.text("submitted_at IS NULL"),
    )

    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("completion", sa.String(length=40), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.CheckConstraint("round >= 1", name=op.f("ck_unit_round")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_unit_course_id_course"),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name="fk_unit_quiz_id_quiz"),
        sa.PrimaryKeyConstraint("id", name="pk_unit"),
        sa.UniqueConstraint("course_id", "slug", name="uq_unit_course_id_slug"),
    )
    op.create_index("ix_unit_quiz_id", "unit", ["quiz_id"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("quiz_id", sa.Integer(), nullable=True),
        sa.Column("published_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'course' AND unit_id IS NULL AND quiz_id IS NULL)"
            " OR (kind = 'unit' AND unit_id IS NOT NULL AND quiz_id IS NULL)"
            " OR (kind = 'quiz' AND unit_id IS NULL AND quiz_id IS NOT NULL)",
            name=op.f("ck_document_subject"),
        ),
        sa.CheckConstraint("kind IN ('course', 'unit', 'quiz')", name=op.f("ck_document_kind")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_document_course_id_course"),
        sa.ForeignKeyConstraint(
            ["published_id"], ["revision.id"], name="fk_document_published_id_revision", use_alter=True
        ),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name="fk_document_quiz_id_quiz"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_document_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("path", name="uq_document_path"),
    )
    op.create_index("ix_document_course_id", "document", ["course_id"], unique=False)
    op.create_index("ix_document_quiz_id", "document", ["quiz_id"], unique=False)
    op.create_index("ix_document_unit_id", "document", ["unit_id"], unique=False)

    op.create_table(
        "figure_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n <> 0", name=op.f("ck_figure_entry_n")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_figure_entry_course_id_course"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_figure_entry_organization_id_organization"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_figure_entry_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_figure_entry"),
    )
    op.create_index(
        "ix_figure_entry_course",
        "figure_entry",
        ["course_id", "measure", "organization_id", "unit_id", "recorded_on", "n"],
        unique=False,
    )
    op.create_index("ix_figure_entry_organization_id", "figure_entry", ["organization_id"], unique=False)
    op.create_index("ix_figure_entry_unit_id", "figure_entry", ["unit_id"], unique=False)

    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_response_sequence")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_response_attempt_id_attempt"),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
        sa.UniqueConstraint("attempt_id", "event_id", name="uq_response_attempt_id_event_id"),
    )
    op.create_table(
        "unit_completion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("satisfied", sa.String(length=40), nullable=False),
        sa.Column("revision_sha256", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('completed', 'passed')) = (completed_at IS NOT NULL)",
            name=op.f("ck_unit_completion_finished_has_moment"),
        ),
        sa.CheckConstraint(
            "state <> 'failed' OR failed_at IS NOT NULL", name=op.f("ck_unit_completion_failed_has_moment")
        ),
        sa.CheckConstraint(
            "state IN ('in_progress', 'completed', 'passed', 'failed')", name=op.f("ck_unit_completion_state")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name="fk_unit_completion_enrollment_id_enrollment"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_unit_completion_person_id_person"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_unit_completion_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_completion"),
        sa.UniqueConstraint(
            "person_id", "unit_id", "cycle", "round", name="uq_unit_completion_person_id_unit_id_cycle_round"
        ),
    )
    op.create_index("ix_unit_completion_enrollment", "unit_completion", ["enrollment_id"], unique=False)
    op.create_index("ix_unit_completion_unit_id", "unit_completion", ["unit_id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("html", sa.JSON(), nullable=False),
        sa.Column("toc", sa.JSON(), nullable=False),
        sa.Column("renderer", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("effect", sa.String(length=8), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_revision_author_id_person"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_revision_document_id_document"),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
        sa.UniqueConstraint("document_id", "number", name="uq_revision_document_id_number"),
    )
    op.create_index("ix_revision_author_id", "revision", ["author_id"], unique=False)

    op.create_table(
        "attempt_revision",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("is_original", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_attempt_revision_attempt_id_attempt"
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name="fk_attempt_revision_revision_id_revision"
        ),
        sa.PrimaryKeyConstraint("attempt_id", "language", name="pk_attempt_revision"),
    )
    op.create_index("ix_attempt_revision_revision_id", "attempt_revision", ["revision_id"], unique=False)

    op.create_index(
        "uq_figure_entry_event",
        "figure_entry",
        ["event_id", "measure", "organization_id", sa.text("coalesce(unit_id, 0)")],
        unique=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key(
            "fk_document_published_id_revision", "document", "revision", ["published_id"], ["id"]
        )
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END"
        )


def downgrade() -> None:
    """Remove everything."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_document_published_id_revision", "document", type_="foreignkey")
    else:
        op.execute("UPDATE document SET published_id = NULL")
    op.drop_table("attempt_revision")
    op.drop_table("revision")
    op.drop_table("unit_completion")
    op.drop_table("response")
    op.drop_table("figure_entry")
    op.drop_table("document")
    op.drop_table("unit")
    op.drop_table("attempt")
    op.drop_table("user_session")
    op.drop_table("sign_in_link")
    op.drop_table("role_held")
    op.drop_table("quiz")
    op.drop_table("media_file")
    op.drop_table("held_form")
    op.drop_table("enrollment")
    op.drop_table("assignment")
    op.drop_table("person")
    op.drop_table("course")
    op.drop_table("organization")
    op.drop_table("limit_counter")
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
