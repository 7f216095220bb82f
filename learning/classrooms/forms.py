"""Forms of the pages of sessions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from learning.classrooms.help_log import Help
from learning.classrooms.queries.help_log import HelpRow
from learning.classrooms.queries.sessions import SessionRow, Subject
from learning.classrooms.services import Plan
from learning.domain.help_log import HelpKind
from learning.web.forms import Form
from learning.web.pages import isolate

EVENING = (time(19, 0), time(21, 0))


class SessionForm(Form):
    """A session; days and times are those of the site's zone."""

    subject = SelectField(
        _("Course or unit"),
        [InputRequired(_("Choose a course or a unit."))],
        description=_("A session for a whole course counts for each of its units that ask for a session."),
    )
    title = StringField(_("Title"), [InputRequired(_("Type a title."))], render_kw={"dir": "auto"})
    place = StringField(
        _("Place"),
        [InputRequired(_("Say where it is."))],
        description=_("For example: the village hall, upper floor."),
        render_kw={"dir": "auto"},
    )
    day = DateField(_("Day"), [InputRequired(_("Choose a day."))])
    starts = TimeField(_("Starts at"), [InputRequired(_("Choose a time."))], default=EVENING[0])
    ends = TimeField(_("Ends at"), [InputRequired(_("Choose a time."))], default=EVENING[1])
    seats = IntegerField(
        _("Seats"),
        [Optional()],
        description=_("Left empty: as many as come."),
        render_kw={"inputmode": "numeric", "min": "1"},
    )
    organization = SelectField(
        _("Held by"),
        [InputRequired(_("Choose an organization."))],
        description=_("Only people of this organization and below it can be invited and marked present."),
    )
    invited = SelectMultipleField(
        _("Invited organizations"),
        description=_("Everyone there and below. Tick none to invite all of the organization that holds it."),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    trainer = StringField(
        _("User name of the trainer"),
        description=_("Left empty: you. Who is named here may mark attendance, wherever she is from."),
        render_kw={"dir": "ltr", "autocapitalize": "none", "autocomplete": "off"},
    )
    note = TextAreaField(
        _("Note for those who come"),
        description=_("What to bring, how to get there."),
        render_kw={"rows": "3", "dir": "auto"},
    )
    seen = HiddenField()

    def offer(
        self,
        subjects: Sequence[Subject],
        holders: Mapping[str, str],
        places: Mapping[str, str],
    ) -> None:
        """Set what can be chosen: courses with their units, and organizations by their codes."""
        self.subject.choices = [
            choice
            for subject in subjects
            for choice in (
                SelectChoice(
                    subject.slug,
                    gettext("Whole course: %(course)s", course=isolate(subject.title, plain=True)),
                    optgroup=subject.title,
                ),
                *(
                    SelectChoice(f"{subject.slug}/{slug}", title, optgroup=subject.title)
                    for slug, title in subject.units
                ),
            )
        ]
        self.organization.choices = [SelectChoice(code, name) for code, name in holders.items()]
        self.invited.choices = [SelectChoice(code, name) for code, name in places.items()]

    def plan(self, zone: ZoneInfo) -> Plan:
        """Return what was typed, once validated; a session that ends before it starts is left to the service."""
        course, _slash, unit = self.subject.data.partition("/")
        return Plan(
            course=course,
            unit=unit,
            organization=self.organization.data,
            invited=tuple(self.invited.data or ()),
            trainer=(self.trainer.data or "").strip(),
            title=self.title.data,
            place=self.place.data,
            starts_at=datetime.combine(self.day.data, self.starts.data, zone),
            ends_at=datetime.combine(self.day.data, self.ends.data, zone),
            seats=self.seats.data,
            note=self.note.data or "",
        )


def session_data(session: SessionRow, invited: Iterable[str], zone: ZoneInfo) -> dict[str, object]:
    """Return the fields of a form that says what a session is."""
    starts, ends = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    return {
        "subject": f"{session.course_slug}/{session.unit_slug}" if session.unit_slug else session.course_slug,
        "title": session.title,
        "place": session.place,
        "day": starts.date(),
        "starts": starts.time(),
        "ends": ends.time(),
        "seats": session.seats,
        "organization": session.organization_code,
        "invited": list(invited),
        "trainer": session.trainer_username,
        "note": session.note,
        "seen": session.changed_at.isoformat(),
    }


class CancelForm(Form):
    """Why a session does not take place."""

    reason = StringField(
        _("Reason"),
        [InputRequired(_("Give the reason in one line; the invited people read it."))],
        render_kw={"dir": "auto"},
    )


_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z"


class MarkForm(Form):
    """A mark, `<person>:<presence>:<number of the mark that was seen>`; `event_id` names the sending."""

    mark = HiddenField(
        validators=[
            InputRequired(),
            Regexp(r"[1-9][0-9]{0,8}:(present|absent|unmarked):(0|[1-9][0-9]{0,8})\Z"),
        ]
    )
    event_id = HiddenField(validators=[InputRequired(), Regexp(_UUID)])


class CodeForm(Form):
    """The code that the trainer shows."""

    code = StringField(
        _("Code of the session"),
        [
            InputRequired(_("Type the code.")),
            Length(max=40, message=_("A code has six digits. The trainer shows it.")),
        ],
        description=_("Six digits; they change every few minutes."),
        render_kw={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"},
    )


HELP_KINDS = {
    HelpKind.PUBLIC_SERVICES: _("Online public services"),
    HelpKind.SHOPPING: _("Shopping online"),
    HelpKind.PAYMENT: _("Paying online"),
    HelpKind.SAFETY: _("Protecting oneself online"),
    HelpKind.PLATFORMS: _("Other platforms of the place"),
    HelpKind.OTHER: _("Something else"),
}


class HelpForm(Form):
    """An entry of the log of help."""

    helped_on = DateField(_("Day"), [InputRequired(_("Choose a day."))])
    organization = SelectField(_("Organization"), [InputRequired(_("Choose an organization."))])
    place = StringField(
        _("Place"),
        [InputRequired(_("Say where it was, in one line of at most 200 characters."))],
        description=_("For example: the village hall, the market."),
        render_kw={"dir": "auto"},
    )
    kind = RadioField(
        _("What the help was about"),
        [InputRequired(_("Choose what the help was about."))],
        choices=[SelectChoice(kind.value, name) for kind, name in HELP_KINDS.items()],
    )
    people = IntegerField(
        _("How many people were helped"),
        [InputRequired(_("Type how many people were helped."))],
        render_kw={"inputmode": "numeric", "min": "1"},
    )
    note = TextAreaField(
        _("Note"),
        description=_("Never names, numbers or addresses of those who were helped."),
        render_kw={"rows": "2", "dir": "auto"},
    )
    sure = BooleanField(_("It is no number of a person; keep it as it is"))

    def offer(self, places: Mapping[str, str]) -> None:
        """Set the organizations to choose from, by their codes."""
        self.organization.choices = [SelectChoice(code, name) for code, name in places.items()]

    def entry(self) -> Help:
        """Return what was typed, once validated."""
        return Help(
            helped_on=self.helped_on.data,
            organization=self.organization.data,
            place=self.place.data,
            kind=self.kind.data,
            people=self.people.data,
            note=self.note.data or "",
            is_sure=bool(self.sure.data),
        )


def help_data(entry: HelpRow) -> dict[str, object]:
    """Return the fields of a form that says what an entry is."""
    return {
        "helped_on": entry.helped_on,
        "organization": entry.organization_code,
        "place": entry.place,
        "kind": entry.kind,
        "people": entry.people,
        "note": entry.note,
    }
