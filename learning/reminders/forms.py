"""Forms of the pages of reminders."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from learning.domain.reminding import Rhythm
from learning.domain.settings import LONGEST_TEXT
from learning.web.forms import Form


class LetterForm(Form):
    """The text of a letter, and somebody with whose data it is shown; `seen` is the text when the page was opened."""

    seen = HiddenField()
    text = TextAreaField(
        _("Text of the mail"), validators=[Length(max=LONGEST_TEXT)], render_kw={"rows": 16, "dir": "auto"}
    )
    person = StringField(
        _("Show it as this person would get it"),
        validators=[Length(max=100)],
        description=_("A user name. Empty: the first person for whom it is due."),
        render_kw={"dir": "ltr", "autocapitalize": "none", "spellcheck": "false"},
    )


def _somebody(_form: Form, chosen: SelectMultipleField) -> None:
    if not chosen.data:
        raise ValidationError(gettext("Choose who is to be told."))


class ScheduleForm(Form):
    """A report, by what rhythm to tell of it, and whom."""

    course = SelectField(_("Course"), [InputRequired(_("Choose a course."))])
    organization = SelectField(_("Organization"), [InputRequired(_("Choose an organization."))])
    rhythm = SelectField(
        _("How often"),
        choices=[
            SelectChoice(Rhythm.WEEKLY.value, _("each Monday")),
            SelectChoice(Rhythm.MONTHLY.value, _("on the first day of a month")),
            SelectChoice(Rhythm.QUARTERLY.value, _("on the first day of a quarter")),
        ],
        default=Rhythm.MONTHLY.value,
    )
    recipients = SelectMultipleField(
        _("Who is told"),
        [_somebody],  # InputRequired would have the browser ask for every box to be ticked
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
