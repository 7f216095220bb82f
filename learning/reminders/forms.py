"""Forms of the pages of reminders."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length

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
