"""Forms of the pages of sessions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from learning.classrooms.queries.sessions import SessionRow, Subject
from learning.classrooms.services import Plan
from learning.web.forms import Form

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
        self.subject.choices = {
            subject.title: [
                SelectChoice(subject.slug, gettext("Whole course: %(course)s", course=subject.title)),
                *(SelectChoice(f"{subject.slug}/{slug}", title) for slug, title in subject.units),
            ]
            for subject in subjects
        }
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
