"""Forms of assignments."""

from flask_babel import lazy_gettext as _
from wtforms import (
    DateField,
    FileField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from learning.assigning.services import Terms
from learning.domain.due import LONGEST_DAYS
from learning.domain.membership import AUDIENCE_NAMES
from learning.progress.assignments import Due, Whom
from learning.progress.credits import LONGEST_REASON, LONGEST_TEXT
from learning.web.forms import Form


def _reason(form: str) -> StringField:
    """Return the field of a reason; several forms of one page have one, so each has an id of its own."""
    return StringField(
        _("Reason"),
        [
            InputRequired(_("Type the reason; the person reads it, and it stays on record.")),
            Length(max=LONGEST_REASON, message=_("At most 300 characters.")),
        ],
        description=_("The person reads it. Nothing about health or family: “as agreed” will do."),
        id=f"{form}-reason",
        render_kw={"dir": "auto", "autocomplete": "off"},
    )


class _DueForm(Form):
    """A title, and until when."""

    title = StringField(
        _("Title of this round"),
        [InputRequired(_("Type a title.")), Length(max=200, message=_("At most 200 characters."))],
        description=_("For example: Round 1 of 2026."),
        render_kw={"dir": "auto"},
    )
    due_on = DateField(
        _("Due on"),
        [Optional()],
        description=_("The last day on which completing the course is in time. Left empty: no fixed day."),
    )
    due_days = IntegerField(
        _("Or due so many days after joining"),
        [
            Optional(),
            NumberRange(1, LONGEST_DAYS, _("Type a whole number from 1 to %(most)s.", most=LONGEST_DAYS)),
        ],
        description=_(
            "Counted from this day, and for those who join the organization later from the day they join."
        ),
        render_kw={"inputmode": "numeric", "min": "1", "max": str(LONGEST_DAYS)},
    )

    @property
    def due(self) -> Due:
        """When the course is to be due, once validated."""
        return Due(on=self.due_on.data, days=self.due_days.data)


class AssignmentForm(_DueForm):
    """A course for an organization and everyone below it, or for some of them."""

    course = SelectField(_("Course"), [InputRequired(_("Choose a course."))])
    organization = SelectField(_("Organization"), [InputRequired(_("Choose an organization."))])
    audiences = SelectMultipleField(
        _("Only for"),
        choices=[SelectChoice(name.value, _(text)) for name, text in AUDIENCE_NAMES.items()],
        description=_("Nothing ticked: for all."),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    position = StringField(
        _("Only for the position"),
        [Length(max=200, message=_("At most 200 characters."))],
        description=_("As it is written in people's main posts. Left empty: any position."),
        render_kw={"dir": "auto", "list": "positions", "autocomplete": "off"},
    )
    repeats = SelectField(
        _("When it expires"),
        choices=[
            SelectChoice("", _("ask for it again, if the course expires")),
            SelectChoice("yes", _("ask for it again")),
            SelectChoice("no", _("once is enough")),
        ],
        default="",
    )

    @property
    def terms(self) -> Terms:
        """What the assignment is to say, once validated."""
        repeats = {"": None, "yes": True, "no": False}[self.repeats.data]
        return Terms(self.due, Whom(tuple(self.audiences.data), self.position.data or ""), repeats)


class ChangeForm(_DueForm):
    """Another title and due day of an assignment; `seen` is what the page showed."""

    seen = HiddenField()


class ExtensionForm(Form):
    """Another last day for one person."""

    due_on = DateField(_("New last day"), [InputRequired(_("Type a day."))])
    reason = _reason("extension")


class ExemptionForm(Form):
    """That one person does not have to complete a course."""

    reason = _reason("exemption")


class CreditForm(Form):
    """Training done elsewhere, which is to be counted."""

    text = TextAreaField(
        _("What was done, and where"),
        [InputRequired(_("Tell what was done and where.")), Length(max=LONGEST_TEXT)],
        render_kw={"dir": "auto", "rows": "4"},
    )
    done_on = DateField(_("Day on which it was done"), [InputRequired(_("Type a day."))])
    evidence = FileField(
        _("Evidence"),
        description=_("For example a certificate: PDF, JPEG or PNG, at most 5 MB. Not needed."),
        render_kw={"accept": "application/pdf,image/jpeg,image/png"},
    )


class RefusalForm(Form):
    """Why training done elsewhere is not counted."""

    reason = _reason("refusal")
