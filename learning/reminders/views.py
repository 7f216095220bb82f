"""The pages of reminders: what the next run does and why, for administrators and for managers; the letters."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from learning.config import LANGUAGES
from learning.courses.queries import list_courses
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Permission
from learning.domain.reminding import Outcome, Rhythm
from learning.domain.settings import parse
from learning.i18n import current_language
from learning.mail.delivery import find_server
from learning.mail.queries import count_mail
from learning.organizations.queries import list_within
from learning.progress.clock import current_moment
from learning.reminders import pages, queries, schedules, services
from learning.reminders.forms import LetterForm, ScheduleForm
from learning.reminders.queries import Titles
from learning.reminders.texts import LETTERS, TEXTS, read_wishes
from learning.settings.queries import read
from learning.web.access import get_actor, requires
from learning.web.clock import zone
from learning.web.forms import see_other

blueprint = Blueprint("reminders", __name__)


@blueprint.get("/admin/reminders/")
@requires(Permission.MAIL_MANAGE)
def overview() -> str:
    """Show what the next runs do, what the last did, and why somebody hears nothing."""
    actor, moment, wishes = get_actor(), current_moment(), read_wishes()
    scope = actor.scope(Permission.REPORT_READ_NAMES)
    digests, managers = pages.digests_ahead(wishes, moment=moment, zone=zone())
    services.record_names_seen(actor, "reminders", moment=moment, how="managers")
    return render_template(
        "reminders/overview.html",
        wishes=wishes,
        server=find_server(),
        mails=count_mail(),
        learners=pages.learners_ahead(scope, wishes, moment=moment, zone=zone()),
        digests=digests,
        managers=managers,
        letters=LETTERS,
        letter_languages=LANGUAGES,
    )


@blueprint.get("/reports/reminders/")
@requires(Permission.REPORT_READ_NAMES)
def own() -> str:
    """Show a manager what the next runs do with her own people, and what she herself is told."""
    actor, moment, wishes = get_actor(), current_moment(), read_wishes()
    scope = actor.scope(Permission.REPORT_READ_NAMES)
    digest_at, digest = pages.own_digest(actor, wishes, moment=moment, zone=zone())
    return render_template(
        "reminders/own.html",
        wishes=wishes,
        learners=pages.learners_ahead(scope, wishes, moment=moment, zone=zone()),
        digest=digest,
        digest_at=digest_at,
    )


@blueprint.get("/reports/reminders/people/")
@requires(Permission.REPORT_READ_NAMES)
def people() -> str:
    """List people of the scope with what the next run does and why; looking at names is put on record."""
    actor, moment = get_actor(), current_moment()
    search, outcome = request.args.get("q", "").strip()[:200], request.args.get("outcome", "")
    rows, total = pages.list_people(
        actor.scope(Permission.REPORT_READ_NAMES),
        language=current_language(),
        moment=moment,
        zone=zone(),
        outcome=outcome if outcome in set(Outcome) else "",
        search=search,
    )
    services.record_names_seen(actor, "reminders", moment=moment, how="list")
    return render_template(
        "reminders/people.html",
        rows=rows,
        total=total,
        search=search,
        outcome=outcome,
        outcomes=list(Outcome),
        every=read_wishes().rules.every,
    )


@blueprint.route("/admin/reminders/letters/<letter>/", methods=["GET", "POST"])
@requires(Permission.MAIL_MANAGE)
def letter(letter: str) -> ResponseReturnValue:
    """Show a letter as somebody would get it, change its text, and send it to oneself to look at."""
    kind, _dot, code = letter.partition(".")
    setting = TEXTS.get((kind, code))
    if setting is None:
        raise NotFound(letter)
    actor, moment, now_text = get_actor(), current_moment(), read(setting)
    form = LetterForm(data={"text": now_text, "seen": now_text})
    status = 200
    preview = None
    try:
        if not form.is_submitted() or form.validate():
            text = str(parse(setting, form.text.data))
            preview = pages.preview_letter(
                actor, kind, code, text, username=form.person.data or "", moment=moment
            )
            services.record_names_seen(actor, f"person:{preview.person.id}", moment=moment, how="preview")
            action = request.form.get("action")
            if action == "save":
                seen = str(parse(setting, form.seen.data))
                is_new = services.save_letter(actor, setting, text, seen=seen, moment=moment)
                flash(
                    _("Saved.") if is_new else _("This is what it was before; nothing was changed."),
                    "success",
                )
                return see_other(url_for("reminders.letter", letter=letter))
            if action == "test":
                _send_test(preview)
        else:
            status = 422
    except NotFound:
        form.person.errors = [_("There is nobody of your organizations with this user name.")]
        status = 422
    except Conflict as conflict:
        form.seen.data = now_text
        flash(_(conflict.message), "warning")
        status = 409
    except Refused as refusal:
        form.text.errors = [_(refusal.message, **refusal.params)]
        status = 422
    title = next(one.title for one in LETTERS if one.name == kind)
    page = {"title_id": title, "setting": setting, "kind": kind, "code": code, "now_text": now_text}
    return render_template("reminders/letter.html", form=form, preview=preview, **page), status


def _send_test(preview: pages.Preview) -> None:
    outcome = services.send_test(get_actor(), preview.writing, moment=current_moment())
    if outcome is Outcome.MAIL:
        flash(_("A test is on its way to your address."), "success")
    elif outcome is Outcome.NO_ADDRESS:
        flash(
            _("Nothing was sent: your account has no e-mail address. Type one under “My account”."), "warning"
        )
    else:
        flash(_("Nothing was sent: no mail is set up."), "warning")


@blueprint.route("/reports/schedules/", methods=["GET", "POST"])
@requires(Permission.REPORT_READ)
def schedule() -> ResponseReturnValue:
    """List the reports that people are told of, with what became of it last, and add one."""
    actor, moment, language, titles = get_actor(), current_moment(), current_language(), Titles()
    scope, form = actor.scope(Permission.REPORT_READ), ScheduleForm()
    form.course.choices = [
        SelectChoice(row.slug, titles.of(row.id, language))
        for row in list_courses(("/",))
        if row.is_published
    ]
    form.organization.choices = [SelectChoice(row.code, row.name) for row in list_within(scope)]
    form.recipients.choices = [SelectChoice(one.id, one.name) for one in schedules.list_candidates(actor)]
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            wish = schedules.NewSchedule(
                form.course.data, form.organization.data, Rhythm(form.rhythm.data), form.recipients.data
            )
            try:
                schedules.schedule_report(actor, wish, moment=moment)
            except Refused as refusal:
                form[refusal.field].errors = [_(refusal.message, **refusal.params)]
            else:
                flash(_("Saved."), "success")
                return see_other(url_for("reminders.schedule"))
    services.record_names_seen(actor, "report_schedules", moment=moment, how="list")
    rows = [(row, titles.of(row.course_id, language)) for row in queries.list_schedules(scope)]
    return render_template("reminders/schedule.html", form=form, rows=rows), status


@blueprint.post("/reports/schedules/<int:number>/end")
@requires(Permission.REPORT_READ)
def end_schedule(number: int) -> ResponseReturnValue:
    """Tell nobody of a report any more."""
    schedules.end_schedule(get_actor(), number, moment=current_moment())
    flash(_("Nobody is told of this report any more."), "success")
    return see_other(url_for("reminders.schedule"))
