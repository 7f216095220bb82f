"""Everything that is kept about one person, gathered from all features for her alone."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, and_, or_, select

from learning.accounts.models import ApiToken, HeldForm, Membership, Person, RoleHeld, SignInLink, UserSession
from learning.administration.models import ImportRun
from learning.api.models import IdempotentAnswer
from learning.audit.models import AuditEntry
from learning.certificates.models import Certificate
from learning.classrooms.models import ClassCredit, ClassMark, ClassReply, ClassSession, HelpEntry
from learning.courses.models import Course, Document, Quiz, Revision, Unit
from learning.database import current_session
from learning.domain.permissions import Actor
from learning.evaluations.models import EvaluationGiven
from learning.mail.models import Mail
from learning.notices.models import Notice
from learning.organizations.models import Organization
from learning.progress.models import (
    Assignment,
    Concession,
    Credit,
    Enrollment,
    EnrollmentChange,
    UnitCompletion,
)
from learning.quizzes.models import AllowanceGiven, AnswerToMark, Attempt, HandMarkGiven, Regrading, Response
from learning.reminders.models import Reminder, ReportRecipient, ReportSchedule
from learning.tasks.models import TaskMark, TaskSubmission

Rows = list[Mapping[str, Any]]


def list_personal_data(actor: Actor) -> dict[str, Rows]:
    """Return by kind the rows kept about the actor, without secrets: no hash of a password or a token."""
    return {name: _rows(statement) for name, statement in personal_rows(actor.id).items()}


def _rows(statement: Select[*tuple[Any, ...]]) -> Rows:
    return [dict(row) for row in current_session().execute(statement).mappings()]


def personal_rows(person_id: int) -> dict[str, Select[*tuple[Any, ...]]]:
    """Return by kind what selects the rows kept about a person."""
    return {
        "person": select(
            Person.id,
            Person.username,
            Person.name,
            Organization.code.label("organization"),
            Person.language,
            Person.email,
            Person.created_at,
        )
        .join(Organization, Organization.id == Person.organization_id)
        .where(Person.id == person_id),
        "roles": select(RoleHeld.role, Organization.code.label("organization"))
        .join(Organization, Organization.id == RoleHeld.organization_id)
        .where(RoleHeld.person_id == person_id)
        .order_by(RoleHeld.id),
        "sessions": select(UserSession.created_at, UserSession.last_seen_at)
        .where(UserSession.person_id == person_id)
        .order_by(UserSession.created_at),
        "sign_in_links": select(SignInLink.expires_at, SignInLink.used_at)
        .where(SignInLink.person_id == person_id)
        .order_by(SignInLink.expires_at),
        "held_forms": select(HeldForm.path, HeldForm.fields, HeldForm.held_at)
        .where(HeldForm.person_id == person_id)
        .order_by(HeldForm.id),
        "tokens": select(
            ApiToken.name,
            ApiToken.is_read_only,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.last_used_at,
            ApiToken.revoked_at,
        )
        .where(ApiToken.person_id == person_id)
        .order_by(ApiToken.id),
        "enrollments": select(
            Course.slug.label("course"),
            Organization.code.label("organization"),
            Enrollment.cycle,
            Enrollment.how,
            Enrollment.enrolled_at,
            Enrollment.started_at,
            Enrollment.completed_at,
            Enrollment.due_on,
            Enrollment.extended_to,
            Enrollment.renew_by,
            Enrollment.is_counted,
            Enrollment.is_exempt,
            Enrollment.is_credited,
        )
        .join(Course, Course.id == Enrollment.course_id)
        .join(Organization, Organization.id == Enrollment.organization_id)
        .where(Enrollment.person_id == person_id)
        .order_by(Enrollment.id),
        "enrollment_changes": select(
            Course.slug.label("course"),
            Organization.code.label("organization"),
            EnrollmentChange.changed_at,
            EnrollmentChange.due_on,
            EnrollmentChange.is_counted,
        )
        .join(Enrollment, Enrollment.id == EnrollmentChange.enrollment_id)
        .join(Course, Course.id == Enrollment.course_id)
        .join(Organization, Organization.id == EnrollmentChange.organization_id)
        .where(Enrollment.person_id == person_id)
        .order_by(EnrollmentChange.id),
        "concessions": select(
            Course.slug.label("course"),
            Concession.kind,
            Concession.due_on,
            Concession.reason,
            Concession.given_at,
            Concession.ended_at,
        )
        .join(Enrollment, Enrollment.id == Concession.enrollment_id)
        .join(Course, Course.id == Enrollment.course_id)
        .where(Enrollment.person_id == person_id)
        .order_by(Concession.id),
        "concessions_given": select(
            Course.slug.label("course"), Concession.kind, Concession.reason, Concession.given_at
        )
        .join(Enrollment, Enrollment.id == Concession.enrollment_id)
        .join(Course, Course.id == Enrollment.course_id)
        .where((Concession.given_by_id == person_id) | (Concession.ended_by_id == person_id))
        .order_by(Concession.id),
        "credits": select(
            Course.slug.label("course"),
            Credit.text,
            Credit.done_on,
            Credit.evidence_sha256,
            Credit.asked_at,
            Credit.state,
            Credit.decided_at,
            Credit.reason,
        )
        .join(Course, Course.id == Credit.course_id)
        .where(Credit.person_id == person_id)
        .order_by(Credit.id),
        "credits_decided": select(
            Course.slug.label("course"), Credit.asked_at, Credit.state, Credit.decided_at, Credit.reason
        )
        .join(Course, Course.id == Credit.course_id)
        .where(
            Credit.person_id != person_id,
            (Credit.asked_by_id == person_id) | (Credit.decided_by_id == person_id),
        )
        .order_by(Credit.id),
        "posts": select(
            Organization.code.label("organization"),
            Membership.is_main,
            Membership.position,
            Membership.audience,
            Membership.began_on,
            Membership.ended_on,
            Membership.absence,
            Membership.absent_from,
        )
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.id),
        "completions": select(
            Course.slug.label("course"),
            Unit.slug.label("unit"),
            UnitCompletion.cycle,
            UnitCompletion.round,
            UnitCompletion.is_credited,
            UnitCompletion.state,
            UnitCompletion.started_at,
            UnitCompletion.completed_at,
            UnitCompletion.failed_at,
        )
        .join(Unit, Unit.id == UnitCompletion.unit_id)
        .join(Course, Course.id == Unit.course_id)
        .where(UnitCompletion.person_id == person_id)
        .order_by(UnitCompletion.id),
        "certificates": select(
            Certificate.code,
            Course.slug.label("course"),
            Certificate.cycle,
            Certificate.person_name,
            Certificate.course_title,
            Certificate.issuer,
            Revision.number.label("revision"),
            Certificate.completed_on,
            Certificate.valid_until,
            Certificate.issued_at,
            Certificate.revoked_at,
            Certificate.revocation,
            Certificate.official_number,
        )
        .join(Course, Course.id == Certificate.course_id)
        .join(Revision, Revision.id == Certificate.revision_id)
        .where(Certificate.person_id == person_id)
        .order_by(Certificate.id),
        "evaluations": select(Course.slug.label("course"), EvaluationGiven.cycle)
        .join(Course, Course.id == EvaluationGiven.course_id)
        .where(EvaluationGiven.person_id == person_id)
        .order_by(Course.slug, EvaluationGiven.cycle),
        "attempts": select(
            Attempt.id,
            Quiz.slug.label("quiz"),
            Attempt.number,
            Attempt.started_at,
            Attempt.submitted_at,
            Attempt.score,
            Attempt.max_score,
            Attempt.passed,
            Attempt.hints,
        )
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Attempt.person_id == person_id)
        .order_by(Attempt.id),
        "responses": select(
            Response.attempt_id.label("attempt"),
            Response.question_id.label("question"),
            Response.value,
            Response.language,
            Response.sequence,
            Response.received_at,
        )
        .join(Attempt, Attempt.id == Response.attempt_id)
        .where(Attempt.person_id == person_id)
        .order_by(Response.id),
        "marks": select(
            AnswerToMark.attempt_id.label("attempt"),
            AnswerToMark.question_id.label("question"),
            HandMarkGiven.points,
            HandMarkGiven.comment,
            HandMarkGiven.marked_at,
        )
        .join(AnswerToMark, AnswerToMark.id == HandMarkGiven.answer_id)
        .join(Attempt, Attempt.id == AnswerToMark.attempt_id)
        .where(Attempt.person_id == person_id, AnswerToMark.state == "marked")
        .order_by(HandMarkGiven.id),
        "tasks": select(
            Course.slug.label("course"),
            Unit.slug.label("unit"),
            TaskSubmission.number,
            TaskSubmission.text,
            TaskSubmission.state,
            TaskSubmission.submitted_at,
        )
        .join(Unit, Unit.id == TaskSubmission.unit_id)
        .join(Course, Course.id == Unit.course_id)
        .where(TaskSubmission.person_id == person_id)
        .order_by(TaskSubmission.id),
        "task_marks": select(
            Unit.slug.label("unit"),
            TaskSubmission.number,
            TaskMark.accepted,
            TaskMark.points,
            TaskMark.comment,
            TaskMark.marked_at,
        )
        .join(TaskSubmission, TaskSubmission.id == TaskMark.submission_id)
        .join(Unit, Unit.id == TaskSubmission.unit_id)
        .where(TaskSubmission.person_id == person_id, TaskSubmission.state.in_(("accepted", "returned")))
        .order_by(TaskMark.id),
        "task_marks_given": select(
            TaskMark.submission_id.label("submission"),
            TaskMark.accepted,
            TaskMark.points,
            TaskMark.comment,
            TaskMark.marked_at,
        )
        .where(TaskMark.marker_id == person_id)
        .order_by(TaskMark.id),
        "marks_given": select(
            AnswerToMark.id.label("answer"),
            HandMarkGiven.points,
            HandMarkGiven.comment,
            HandMarkGiven.marked_at,
        )
        .join(AnswerToMark, AnswerToMark.id == HandMarkGiven.answer_id)
        .where(HandMarkGiven.marker_id == person_id)
        .order_by(HandMarkGiven.id),
        "regradings": select(
            Quiz.slug.label("quiz"), Regrading.reason, Regrading.applied_at, Regrading.undone_at
        )
        .join(Quiz, Quiz.id == Regrading.quiz_id)
        .where((Regrading.applied_by_id == person_id) | (Regrading.undone_by_id == person_id))
        .order_by(Regrading.id),
        "allowances": select(
            Quiz.slug.label("quiz"),
            AllowanceGiven.cycle,
            AllowanceGiven.round,
            AllowanceGiven.attempts,
            AllowanceGiven.minutes,
            AllowanceGiven.reason,
            AllowanceGiven.given_at,
        )
        .join(Quiz, Quiz.id == AllowanceGiven.quiz_id)
        .where(AllowanceGiven.person_id == person_id)
        .order_by(AllowanceGiven.id),
        "allowances_given": select(
            Quiz.slug.label("quiz"),
            AllowanceGiven.attempts,
            AllowanceGiven.minutes,
            AllowanceGiven.reason,
            AllowanceGiven.given_at,
        )
        .join(Quiz, Quiz.id == AllowanceGiven.quiz_id)
        .where(AllowanceGiven.given_by_id == person_id)
        .order_by(AllowanceGiven.id),
        "class_replies": select(
            ClassSession.title, ClassSession.starts_at, ClassReply.reply, ClassReply.replied_at
        )
        .join(ClassSession, ClassSession.id == ClassReply.session_id)
        .where(ClassReply.person_id == person_id)
        .order_by(ClassReply.replied_at),
        "class_marks": select(
            ClassSession.title, ClassSession.starts_at, ClassMark.presence, ClassMark.how, ClassMark.marked_at
        )
        .join(ClassSession, ClassSession.id == ClassMark.session_id)
        .where(ClassMark.person_id == person_id)
        .order_by(ClassMark.id),
        "class_marks_given": select(
            ClassMark.session_id.label("session"), ClassMark.presence, ClassMark.marked_at
        )
        .where(ClassMark.marked_by_id == person_id)
        .order_by(ClassMark.id),
        "class_credits": select(
            ClassCredit.session_id.label("session"), Unit.slug.label("unit"), ClassCredit.round
        )
        .join(Unit, Unit.id == ClassCredit.unit_id)
        .where(ClassCredit.person_id == person_id)
        .order_by(ClassCredit.session_id, ClassCredit.unit_id),
        "class_sessions": select(
            ClassSession.title, ClassSession.place, ClassSession.starts_at, ClassSession.state
        )
        .where((ClassSession.trainer_id == person_id) | (ClassSession.created_by_id == person_id))
        .order_by(ClassSession.id),
        "help_entries": select(
            HelpEntry.helped_on,
            Organization.code.label("organization"),
            HelpEntry.place,
            HelpEntry.kind,
            HelpEntry.people,
            HelpEntry.note,
            HelpEntry.created_at,
        )
        .join(Organization, Organization.id == HelpEntry.organization_id)
        .where(HelpEntry.author_id == person_id)
        .order_by(HelpEntry.id),
        "notices": select(Notice.kind, Notice.detail, Notice.created_at, Notice.dismissed_at)
        .where(Notice.person_id == person_id)
        .order_by(Notice.id),
        "mails": select(
            Mail.kind, Mail.address, Mail.subject, Mail.body, Mail.state, Mail.queued_at, Mail.ended_at
        )
        .where(Mail.person_id == person_id)
        .order_by(Mail.id),
        "reminders": select(Reminder.kind, Reminder.day, Reminder.outcome)
        .where(Reminder.person_id == person_id)
        .order_by(Reminder.id),
        "reports_by_mail": select(
            Course.slug.label("course"),
            Organization.code.label("organization"),
            ReportSchedule.rhythm,
            ReportSchedule.created_at,
            ReportSchedule.ended_at,
            ReportRecipient.outcome,
        )
        .join(Course, Course.id == ReportSchedule.course_id)
        .join(Organization, Organization.id == ReportSchedule.organization_id)
        .outerjoin(
            ReportRecipient,
            and_(ReportRecipient.schedule_id == ReportSchedule.id, ReportRecipient.person_id == person_id),
        )
        .where(or_(ReportSchedule.created_by_id == person_id, ReportRecipient.id.is_not(None)))
        .order_by(ReportSchedule.id),
        "files_taken_over": select(
            ImportRun.kind, ImportRun.state, ImportRun.created_at, ImportRun.ended_at, ImportRun.error_count
        )
        .where(ImportRun.person_id == person_id)
        .order_by(ImportRun.id),
        "kept_answers": select(IdempotentAnswer.key, IdempotentAnswer.status, IdempotentAnswer.created_at)
        .where(IdempotentAnswer.person_id == person_id)
        .order_by(IdempotentAnswer.created_at, IdempotentAnswer.key),
        "texts": select(Document.path, Revision.number, Revision.note, Revision.created_at)
        .join(Document, Document.id == Revision.document_id)
        .where(Revision.author_id == person_id)
        .order_by(Revision.id),
        "assignments": select(
            Course.slug.label("course"),
            Organization.code.label("organization"),
            Assignment.title,
            Assignment.created_at,
            Assignment.withdrawn_at,
        )
        .join(Course, Course.id == Assignment.course_id)
        .join(Organization, Organization.id == Assignment.organization_id)
        .where(Assignment.created_by_id == person_id)
        .order_by(Assignment.id),
        "deeds": select(AuditEntry.at, AuditEntry.action, AuditEntry.subject)
        .where(AuditEntry.actor_id == person_id)
        .order_by(AuditEntry.id),
        "deeds_about_you": select(AuditEntry.at, AuditEntry.action)
        .where(AuditEntry.subject == f"person:{person_id}", AuditEntry.actor_id.is_distinct_from(person_id))
        .order_by(AuditEntry.id),
    }
