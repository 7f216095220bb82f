"""Forms of the administrators' pages."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from learning.domain.membership import AUDIENCE_NAMES, Absence
from learning.domain.permissions import Role
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


# --- People

ROLE_NAMES = {
    Role.LEARNER: _("Learner"),
    Role.TRAINER: _("Trainer"),
    Role.MANAGER: _("Manager"),
    Role.ADMINISTRATOR: _("Administrator"),
}
ABSENCE_NAMES = {
    Absence.LEAVE: _("On leave"),
    Absence.SECONDMENT: _("Seconded elsewhere"),
    Absence.RETIREMENT: _("Retired"),
}
_LTR = {"dir": "ltr", "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}


def _roles() -> SelectField:
    choices = [SelectChoice(role.value, name) for role, name in ROLE_NAMES.items()]
    return SelectField(_("Role"), choices=choices)


def _organization(text: object, **more: object) -> StringField:
    return StringField(
        text,
        [InputRequired(_("Type the code of an organization."))],
        description=_("Its code; begin to type the name and choose."),
        render_kw={**_LTR, "list": "organizations", "maxlength": 32, **more},
    )


class PersonForm(Form):
    """Somebody to be added."""

    name = StringField(
        _("Full name"), [InputRequired(_("Type the name."))], render_kw={"dir": "auto", "autocomplete": "off"}
    )
    username = StringField(_("User name"), [InputRequired(_("Type a user name."))], render_kw=_LTR)
    organization = _organization(_("Organization"))
    role = _roles()
    email = StringField(_("E-mail address"), description=_("May stay empty."), render_kw=_LTR)


class MoveForm(Form):
    """Where a person belongs from today on."""

    organization = _organization(_("New organization"))


class PostForm(Form):
    """What a person is at her main post."""

    position = StringField(_("Position"), [Length(max=200)], render_kw={"dir": "auto", "autocomplete": "off"})
    audience = SelectField(
        _("Audience"),
        choices=[
            SelectChoice("", _("not said")),
            *(SelectChoice(audience.value, _(name)) for audience, name in AUDIENCE_NAMES.items()),
        ],
    )


class AbsenceForm(Form):
    """Why a person is away from today on, or that she is there."""

    absence = SelectField(
        _("From today on she is"),
        choices=[
            SelectChoice("", _("At work")),
            *(SelectChoice(absence.value, name) for absence, name in ABSENCE_NAMES.items()),
        ],
    )


class _SpanForm(Form):
    """Days between which something holds."""

    first = DateField(_("First day"), [Optional()])
    last = DateField(_("Last day"), [Optional()])


class RoleForm(_SpanForm):
    """A role to be given; without days it begins at once and has no end."""

    role = _roles()
    organization = _organization(_("At"))


class DeputyForm(_SpanForm):
    """Who acts for a person, until when."""

    deputy = StringField(
        _("User name of the deputy"), [InputRequired(_("Type a user name."))], render_kw=_LTR
    )


class FileForm(Form):
    """A file of people or of organizations."""

    file = FileField(_("File"), [FileRequired(_("Choose a file."))])
