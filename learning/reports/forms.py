"""Forms of the manager's pages."""

from datetime import date

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from learning.web.forms import Form


class AssignmentForm(Form):
    """A course for an organization and everyone below it."""

    course = SelectField(_("Course"), [InputRequired(_("Choose a course."))])
    organization = SelectField(_("Organization"), [InputRequired(_("Choose an organization."))])
    title = StringField(
        _("Title of this round"),
        [InputRequired(_("Type a title.")), Length(max=200, message=_("At most 200 characters."))],
        description=_("For example: Round 1 of 2026."),
        render_kw={"dir": "auto"},
    )


class AsOfForm(Form):
    """The day a report stands for."""

    class Meta:
        """A filter in the address changes nothing, so it needs no token."""

        csrf = False

    as_of = DateField(validators=[Optional()])

    def day(self, today: date) -> date:
        """Return the day asked for when it is one and not in the future, else today."""
        if not self.validate() or self.as_of.data is None or self.as_of.data > today:
            return today
        chosen: date = self.as_of.data
        return chosen
