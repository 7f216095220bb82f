"""Forms of signing in and of the own account.

The name of a field that takes a password has "password" in it: by this no error page gives it back.
"""

from flask_babel import lazy_gettext as _
from wtforms import (
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import EqualTo, InputRequired, Length, NumberRange

from learning.accounts.services import PASSWORD_MAXIMUM, PASSWORD_MINIMUM
from learning.config import LANGUAGES
from learning.domain.mail import ADDRESS_MAXIMUM
from learning.i18n import ENDONYMS
from learning.web.forms import Form

_PASSWORD_RULE = _("15 to 128 characters; a few words in a row are easy to keep.")


class SignInForm(Form):
    """User name and password."""

    username = StringField(
        _("User name"),
        [InputRequired(_("Type your user name."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "dir": "ltr"},
    )
    password = PasswordField(
        _("Password"),
        [InputRequired(_("Type your password."))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class NewPasswordForm(Form):
    """A first password, set by a one-time link."""

    password = PasswordField(
        _("New password"),
        [InputRequired(_("Type a password.")), Length(PASSWORD_MINIMUM, PASSWORD_MAXIMUM, _PASSWORD_RULE)],
        description=_PASSWORD_RULE,
        render_kw={"autocomplete": "new-password"},
    )
    password_again = PasswordField(
        _("New password, again"),
        [EqualTo("password", _("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )


class ChangePasswordForm(NewPasswordForm):
    """A new password, with the present one as proof."""

    current_password = PasswordField(
        _("Current password"),
        [InputRequired(_("Type your current password."))],
        render_kw={"autocomplete": "current-password"},
    )


class LanguageForm(Form):
    """The language of the interface."""

    language = SelectField(_("Language"), choices=[SelectChoice(code, ENDONYMS[code]) for code in LANGUAGES])
    next = HiddenField()


class EmailForm(Form):
    """Where mail to the person goes."""

    email = StringField(
        _("E-mail address"),
        validators=[Length(max=ADDRESS_MAXIMUM)],
        description=_(
            "Your work address. Empty: no mail; what the site has to tell you stands on your home page all the same."
        ),
        render_kw={"autocomplete": "email", "inputmode": "email", "dir": "ltr", "spellcheck": "false"},
    )


class TokenForm(Form):
    """A key for a program of the person's own."""

    name = StringField(
        _("What is it for?"),
        validators=[InputRequired(_("Give the token a name.")), Length(max=100)],
        description=_("For example: the office's monthly report"),
        render_kw={"dir": "auto"},
    )
    access = RadioField(
        _("What may it do?"),
        choices=[
            SelectChoice("read", _("Only read")),
            SelectChoice("all", _("All that I may do")),
        ],
        default="read",
    )
    days = IntegerField(
        _("Days it works"),
        validators=[InputRequired(_("Write a number of days.")), NumberRange(1, 365)],
        default=30,
    )
