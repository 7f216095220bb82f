"""Forms of the learner's pages."""

from uuid import UUID, uuid4

from wtforms import HiddenField, IntegerField, ValidationError
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from learning.web.forms import Form


class ReadForm(Form):
    """The button that says "I have read this", with the revision that was read."""

    revision = IntegerField(validators=[Optional(), NumberRange(1, 2**31 - 1)], widget=HiddenInput())


class ResponsesForm(Form):
    """The answers of an attempt; the fields `q-<id>` are read by their questions.

    `shown_in` is the language of the questions as they were shown, whatever was chosen since in another window.
    """

    event_id = HiddenField()
    sequence = IntegerField(validators=[Optional(), NumberRange(0, 2**31 - 1)], widget=HiddenInput())
    shown_in = HiddenField()
    confirm = HiddenField()

    def validate_event_id(self, field: HiddenField) -> None:
        """Accept a UUID or nothing."""
        try:
            UUID(field.data or str(uuid4()))
        except ValueError as error:
            raise ValidationError("not a UUID") from error
