"""The forms in which answers and tasks are marked; their fields for points follow the rubric."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import AnyOf, Length

from learning.domain.hand_marks import STEP
from learning.domain.numbers import read_number, write_number
from learning.i18n import current_language
from learning.marking.queries.pages import AnswerPage, SubmissionPage
from learning.web.forms import Form

LONGEST_COMMENT = 2_000


class PointsField(StringField):  # type: ignore[misc]  # WTForms has no types
    """Points as people type them, `1,5` or `1.5`; `fraction` is the number once validated."""

    fraction = Fraction(0)

    def __init__(self, most: Fraction, **more: Any) -> None:
        """`most` is what the line of the rubric is worth."""
        super().__init__(
            _("Points"),
            render_kw={"inputmode": "decimal", "autocomplete": "off", "size": "5", "dir": "ltr"},
            **more,
        )
        self.most = most

    def pre_validate(self, form: Form) -> None:
        """Read the number; raises ValidationError."""
        if not self.data and form.needs_points:
            raise ValidationError(_("Type the points, 0 for none."))
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
    needs_points = True

    @property
    def points(self) -> tuple[Fraction, ...]:
        """The points for each line, in the order of the rubric."""
        return tuple(field.fraction for field in self if isinstance(field, PointsField))

    def restore(self, fields: Mapping[str, str]) -> None:
        """Put back what was typed: points, comment, second look; what was seen meanwhile stays as it is now."""
        for field in self:
            if isinstance(field, PointsField) or field in (self.comment, self.second_look):
                field.data = fields.get(field.name)

    @property
    def seen_mark(self) -> int | None:
        """The latest mark that the marker saw."""
        return int(self.seen.data) if (self.seen.data or "").isdecimal() else None


class TaskMarkForm(MarkForm):
    """The same, with the decision that the button pressed says: who returns a task need give no points."""

    ACCEPT, RETURN = "accept", "return"
    decision = HiddenField(validators=[AnyOf((ACCEPT, RETURN))])

    @property
    def accepted(self) -> bool:
        """Whether the task is accepted."""
        return bool(self.decision.data == self.ACCEPT)

    @property
    def needs_points(self) -> bool:  # type: ignore[override]
        """Whether each line must have points."""
        return bool(self.decision.data != self.RETURN)

    def validate_comment(self, field: TextAreaField) -> None:
        """Ask for a reason where the task is returned."""
        if self.decision.data == self.RETURN and not (field.data or "").strip():
            raise ValidationError(_("Write what is missing, so that the learner knows what to do."))


def mark_form(page: AnswerPage) -> MarkForm:
    """Return the form for an answer, filled with what was given last."""
    return _form(MarkForm, page)


def task_mark_form(page: SubmissionPage) -> TaskMarkForm:
    """Return the form for something handed in, filled with what was given last."""
    return _form(TaskMarkForm, page)


AnyForm = TypeVar("AnyForm", bound=MarkForm)


def _form(base: type[AnyForm], page: AnswerPage | SubmissionPage) -> AnyForm:
    fields = {f"points-{number}": PointsField(line.points) for number, line in enumerate(page.lines, start=1)}
    kind: type[AnyForm] = type(f"{base.__name__}ByRubric", (base,), dict(fields))
    latest = page.given[0] if page.given else None
    data: dict[str, Any] = {"seen": str(latest.id) if latest else ""}
    if latest is not None:
        data["comment"] = latest.mark.comment
        data |= {
            f"points-{n}": write_number(one, current_language())
            for n, one in enumerate(latest.mark.points, start=1)
        }
    return kind(data=data)
