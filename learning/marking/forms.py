"""The form in which an answer is marked; its fields for points follow the rubric."""

from fractions import Fraction
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from learning.domain.hand_marks import STEP
from learning.domain.numbers import read_number, write_number
from learning.i18n import current_language
from learning.marking.queries import AnswerPage
from learning.web.forms import Form

LONGEST_COMMENT = 2_000


class PointsField(StringField):  # type: ignore[misc]  # WTForms has no types
    """Points as people type them, `1,5` or `1.5`; `fraction` is the number once validated."""

    fraction = Fraction(0)

    def __init__(self, most: Fraction, **more: Any) -> None:
        """`most` is what the line of the rubric is worth."""
        super().__init__(
            _("Points"),
            [InputRequired(_("Type the points, 0 for none."))],
            render_kw={"inputmode": "decimal", "autocomplete": "off", "size": "5", "dir": "ltr"},
            **more,
        )
        self.most = most

    def pre_validate(self, form: Form) -> None:
        """Read the number; raises ValidationError."""
        number = read_number(self.data or "", current_language())
        if self.data and (number is None or not 0 <= number <= self.most or number % STEP):
            raise ValidationError(
                _(
                    "Points from 0 to %(most)s, in quarters, such as 1.5.",
                    most=write_number(self.most, current_language()),
                )
            )
        self.fraction = number or Fraction(0)


class MarkForm(Form):
    """Points for each line, a comment, and whether a colleague should look too."""

    comment = TextAreaField(
        _("What you say to the learner"),
        [Length(max=LONGEST_COMMENT, message=_("At most 2,000 characters."))],
        render_kw={"rows": "4", "dir": "auto"},
    )
    second_look = BooleanField(_("A colleague should look at it too before the learner sees it"))
    seen = HiddenField()

    @property
    def points(self) -> tuple[Fraction, ...]:
        """The points for each line, in the order of the rubric."""
        return tuple(field.fraction for field in self if isinstance(field, PointsField))

    @property
    def seen_mark(self) -> int | None:
        """The latest mark that the marker saw."""
        return int(self.seen.data) if (self.seen.data or "").isdecimal() else None


def mark_form(page: AnswerPage) -> MarkForm:
    """Return the form for an answer, filled with what was given last."""
    fields = {f"points-{number}": PointsField(line.points) for number, line in enumerate(page.lines, start=1)}
    kind: type[MarkForm] = type("MarkFormOfAnswer", (MarkForm,), dict(fields))
    latest = page.given[0] if page.given else None
    data: dict[str, Any] = {"seen": str(latest.id) if latest else ""}
    if latest is not None:
        data["comment"] = latest.mark.comment
        data |= {
            f"points-{n}": write_number(one, current_language())
            for n, one in enumerate(latest.mark.points, start=1)
        }
    return kind(data=data)
