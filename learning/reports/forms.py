"""Forms of the manager's pages."""

from collections.abc import Mapping
from datetime import date

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from learning.web.forms import Form

ALL_PAGES = "all"  # on one, to print
LONGEST_NUMBER = 6  # digits of the number of a page


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

    def asks_for_none(self, today: date) -> bool:
        """Tell whether what was typed is no day that can be shown: one to come, or none at all."""
        typed = (self.as_of.raw_data or [""])[0]
        return typed not in ("", self.day(today).isoformat())

    def day(self, today: date) -> date:
        """Return the day asked for when it is one and not in the future, else today."""
        if not self.validate() or self.as_of.data is None or self.as_of.data > today:
            return today
        chosen: date = self.as_of.data
        return chosen


def page_of(fields: Mapping[str, str]) -> int | None:
    """Return the number of the page that an address asks for, the first one for what is none, None for all."""
    text = fields.get("page", "")
    if text == ALL_PAGES:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return max(1, int(text)) if is_number else 1
