"""The form in which people say what they think of a course."""

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import Length

from learning.domain.evaluation import LONGEST_WORDS
from learning.web.forms import Form


class EvaluationForm(Form):
    """What is written freely; the statements have fields of their own, `s-<key>`.

    The name of the field is none of those that are held for a person over an expired session.
    """

    said = TextAreaField(
        _("What would make the course better?"),
        [Length(max=LONGEST_WORDS, message=_("At most 1,000 characters."))],
        description=_("If you like. Write nothing by which you or others can be recognized."),
        render_kw={"rows": 4, "maxlength": LONGEST_WORDS, "dir": "auto", "autocomplete": "off"},
    )
