"""Forms of the manager's pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length

from learning.domain.allowance import MOST_ATTEMPTS, MOST_MINUTES, Allowance
from learning.web.forms import Form

ALL_PAGES = "all"  # on one, to print
LONGEST_NUMBER = 6  # digits that are read at all


def page_of(fields: Mapping[str, str]) -> int | None:
    """Return the number of the page that an address asks for, the first one for what is none, None for all."""
    text = fields.get("page", "")
    if text == ALL_PAGES:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return max(1, int(text)) if is_number else 1


class CountField(IntegerField):  # type: ignore[misc]  # WTForms has no types
    """A whole number from 0 to `most`; what was typed instead stays in the field."""

    def __init__(self, label: str, most: int, **more: Any) -> None:
        """`most` is the largest number that is taken."""
        super().__init__(
            label, default=0, render_kw={"inputmode": "numeric", "min": "0", "max": str(most)}, **more
        )
        self.most = most

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; raises ValueError."""
        typed = valuelist[0].strip() if valuelist else ""
        is_number = typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER
        if not is_number or int(typed) > self.most:
            self.data = None
            raise ValueError(gettext("Type a whole number from 0 to %(most)s.", most=self.most))
        self.data = int(typed)


class AllowanceForm(Form):
    """What one person may have at a quiz beyond its rules."""

    attempts = CountField(_("Further attempts"), MOST_ATTEMPTS)
    minutes = CountField(_("Further minutes in each attempt"), MOST_MINUTES)
    reason = StringField(
        _("Reason"),
        [
            InputRequired(_("Type the reason; the person reads it, and it stays on record.")),
            Length(max=300, message=_("At most 300 characters.")),
        ],
        description=_("The person reads it. Nothing about health or family: “as agreed” will do."),
        render_kw={"dir": "auto", "autocomplete": "off"},
    )
    seen = HiddenField()

    @property
    def allowance(self) -> Allowance:
        """What was asked for, once validated."""
        return Allowance(self.attempts.data or 0, self.minutes.data or 0)

    @property
    def seen_allowance(self) -> int | None:
        """The latest allowance that the manager saw."""
        return int(self.seen.data) if (self.seen.data or "").isdecimal() else None
