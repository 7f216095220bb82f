"""Forms of the learner's pages."""

from uuid import UUID, uuid4

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import NumberRange, Optional, Regexp
from wtforms.widgets import HiddenInput

from learning.web.forms import Form

MOST_PAGES = 1000


class ReadForm(Form):
    """The button that says "I have read this", with the revision that was read."""

    revision = IntegerField(validators=[Optional(), NumberRange(1, 2**31 - 1)], widget=HiddenInput())


class TaskForm(Form):
    """What is handed in for a task, with the text of the unit and the latest submission that were shown."""

    report = TextAreaField(_("What you did, and what came of it"), render_kw={"rows": "8", "dir": "auto"})
    revision = IntegerField(validators=[Optional(), NumberRange(1, 2**31 - 1)], widget=HiddenInput())
    after = IntegerField(validators=[Optional(), NumberRange(0, 2**31 - 1)], widget=HiddenInput())


class ResponsesForm(Form):
    """The answers of an attempt; the fields `q-<id>` are read by their questions.

    `shown_in` is the language of the questions as they were shown, whatever was chosen since in another window;
    `page` is the page of questions that was shown, all of them without one, and `to` the one to go to. `only` names
    the one question whose answer is sent. `hint` is one to be opened, as `<question>/<number>`.
    """

    event_id = HiddenField()
    sequence = IntegerField(validators=[Optional(), NumberRange(0, 2**31 - 1)], widget=HiddenInput())
    shown_in = HiddenField()
    page = IntegerField(validators=[Optional(), NumberRange(1, MOST_PAGES)], widget=HiddenInput())
    to = IntegerField(validators=[Optional(), NumberRange(1, MOST_PAGES)])
    confirm = HiddenField()
    only = HiddenField()
    hint = StringField(validators=[Optional(), Regexp(r"[a-z0-9-]{1,40}/[1-9][0-9]?\Z")])

    def validate_event_id(self, field: HiddenField) -> None:
        """Accept a UUID or nothing."""
        try:
            UUID(field.data or str(uuid4()))
        except ValueError as error:
            raise ValidationError("not a UUID") from error
