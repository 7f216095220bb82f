"""The fields about certificates."""

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import Length

from learning.certificates.models import OFFICIAL_NUMBER_MAXIMUM
from learning.web.forms import Form


class OfficialNumberForm(Form):
    """The person's own note of another body's confirmation."""

    official_number = StringField(
        _("Number of the official confirmation"),
        [Length(max=OFFICIAL_NUMBER_MAXIMUM, message=_("At most 100 characters."))],
        description=_(
            "Your own note, if you have one from the body that confirms digital skills. It is not checked here."
        ),
        render_kw={"autocomplete": "off", "maxlength": OFFICIAL_NUMBER_MAXIMUM, "dir": "auto"},
    )
