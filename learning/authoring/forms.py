"""Forms of the trainer's pages."""

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, InputRequired, Length, NoneOf, Optional, Regexp
from wtforms.widgets import HiddenInput

from learning.authoring.services import EFFECTS
from learning.config import LANGUAGES
from learning.domain.content import RESERVED_SLUGS, SLUG
from learning.formats.exchange import FORMATS
from learning.web.forms import Form

EFFECT_LABELS = (
    SelectChoice("wording", _("Wording only: nobody has to do anything")),
    SelectChoice("reread", _("Please read again: completion is kept, readers see a badge")),
    SelectChoice("repass", _("Must pass again: everyone does this unit once more")),
)


class EditorForm(Form):
    """The text of a document with a note and the effect on those who finished it."""

    source = TextAreaField(_("Text"), render_kw={"spellcheck": "true", "rows": "30"})
    note = StringField(
        _("Note on this change"),
        [Length(max=500, message=_("At most 500 characters."))],
        description=_("What changed and why, for the history."),
        render_kw={"dir": "auto"},
    )
    effect = RadioField(
        _("Effect on people who did this already"),
        [AnyOf(EFFECTS, _("Choose one of the effects."))],
        choices=list(EFFECT_LABELS),
        default="wording",
    )
    language = HiddenField(validators=[Optional(), AnyOf(LANGUAGES, _("This language is not known."))])
    base_revision = IntegerField(validators=[Optional()], widget=HiddenInput())


# The address of a unit called so would be the one of its course's history.
_TAKEN = (*sorted(RESERVED_SLUGS), "revisions")


class NewDocumentForm(Form):
    """A new unit or quiz."""

    title = StringField(
        _("Title"), [InputRequired(_("Type a title.")), Length(max=300, message=_("At most 300 characters."))]
    )
    slug = StringField(
        _("Name in the address"),
        [
            InputRequired(_("Type a name.")),
            Regexp(SLUG.pattern + r"\Z", message=_("Small letters a-z, digits and hyphens only.")),
            NoneOf(_TAKEN, _("This name has a meaning of its own in addresses; choose another.")),
        ],
        description=_("Small letters a-z, digits and hyphens, such as doc-duong-dan."),
    )


class QuizFileForm(Form):
    """A quiz of another system."""

    file = FileField(_("File"), [FileRequired(_("Choose a file."))])
    format = SelectField(
        _("Format"),
        [AnyOf(("", *FORMATS), _("Choose one of the formats."))],
        choices=[
            SelectChoice("", _("By the name of the file")),
            *(SelectChoice(name, form.title) for name, form in FORMATS.items()),
        ],
        default="",
        validate_choice=False,
    )


class SaveQuizForm(NewDocumentForm):
    """An imported quiz after it was looked at."""

    token = HiddenField()
    format = HiddenField()


class ImportForm(Form):
    """A ZIP with courses and quizzes."""

    file = FileField(_("ZIP file"), [FileRequired(_("Choose a file."))])


class RegradingForm(Form):
    """Marking attempts anew: why, whether anybody may lose by it, and which texts the trainer has seen."""

    reason = StringField(
        _("Reason"),
        [
            InputRequired(_("Say in a few words what was wrong.")),
            Length(max=500, message=_("At most 500 characters.")),
        ],
        description=_("What was wrong with the key. It is kept with the marking."),
        render_kw={"dir": "auto"},
    )
    losses = HiddenField(validators=[AnyOf(("yes", "no"))])
    latest_id = IntegerField(validators=[InputRequired()], widget=HiddenInput())
