"""Templates compiled once for each language, with their fixed texts already in it.

A page has some thirty texts that never change within a language. Looked up while the page is made they are a
third of its cost; put in when the template is compiled they cost nothing, and Jinja joins them to their markup.
"""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from flask_babel import force_locale, get_translations
from jinja2 import Template, nodes
from jinja2.ext import InternationalizationExtension
from jinja2.visitor import NodeTransformer

from learning.i18n import current_language


class Texts(NodeTransformer):
    """Puts the translation in place of each `_("text")` that has nothing to be put into it."""

    def __init__(self, translations: Any) -> None:
        """Take the texts from a catalog with the methods of gettext."""
        self._translations = translations

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  (the name that Jinja gives)
        """Return the call, or the text when it can be known already."""
        self.generic_visit(node)
        match node:
            case nodes.Call(
                node=nodes.Name(name="_"),
                args=[nodes.Const(value=str(text))],
                kwargs=[],
                dyn_args=None,
                dyn_kwargs=None,
            ):
                translation = self._translations.gettext(text) % {}  # as at run time: %% is a per cent sign
                return nodes.MarkSafeIfAutoescape(nodes.Const(translation), lineno=node.lineno)
        return node


class Templates(Environment):
    """The environment that Flask asks for templates; it gives those of the request's language."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Begin without a language, as what is set up at start goes into all of them."""
        super().__init__(*args, **options)
        self._by_language: dict[str, Templates] = {}
        self.texts: Texts | None = None
        self.language = ""

    def get_or_select_template(
        self,
        template_name_or_list: str | Template | list[str | Template],
        parent: str | None = None,
        globals: Any = None,  # noqa: A002  (the name that Jinja gives)
    ) -> Template:
        """Return the template in the language of the request; one that includes another stays in its own."""
        if self.texts is not None:
            return super().get_or_select_template(template_name_or_list, parent, globals)
        language = current_language()
        spoken = self._by_language.get(language) or self._speak(language)
        return spoken.get_or_select_template(template_name_or_list, parent, globals)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the names every template knows in one dict: nothing is added after the start."""
        return {**self.globals, **(d or {})}

    def _speak(self, language: str) -> "Templates":
        with force_locale(language):
            translations = get_translations()
        spoken: Any = self.overlay()  # of this class; Jinja types it as its own
        spoken.globals = dict(self.globals)
        spoken.language = language
        spoken.texts = Texts(translations)
        del spoken.install_gettext_translations  # the base's, which would install into the base
        InternationalizationExtension(spoken)
        spoken.install_gettext_translations(translations, newstyle=True)
        return self._by_language.setdefault(language, spoken)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        return template if self.texts is None else self.texts.visit(template)
