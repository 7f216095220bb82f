"""Forms of the administrators' pages."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectChoice, SelectField, StringField, TextAreaField

from learning.domain.settings import LONGEST_LINE, Kind, Setting, Value, as_text
from learning.web.forms import Form


class SettingForm(Form):
    """A setting of the site; `seen` is what it was when the page was opened."""

    seen = HiddenField()


class LineForm(SettingForm):
    """A setting of one line."""

    value = StringField(_("Value"), render_kw={"maxlength": LONGEST_LINE, "dir": "auto"})


class NumberForm(SettingForm):
    """A setting that is a whole number."""

    value = StringField(_("Value"), render_kw={"inputmode": "numeric", "dir": "ltr"})


class TextForm(SettingForm):
    """A setting of several lines."""

    value = TextAreaField(_("Value"), render_kw={"rows": 12, "dir": "auto"})


class YesNoForm(SettingForm):
    """A setting that is on or off."""

    value = SelectField(_("Value"), choices=[SelectChoice("yes", _("Yes")), SelectChoice("no", _("No"))])


_FORMS = {Kind.LINE: LineForm, Kind.NUMBER: NumberForm, Kind.TEXT: TextForm, Kind.YES_NO: YesNoForm}


def setting_form(setting: Setting[Any], value: Value) -> SettingForm:
    """Return the form of a setting with what it is now, or with what was sent."""
    text = as_text(setting, value)
    return _FORMS[setting.kind](data={"value": text, "seen": text})
