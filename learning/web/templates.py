"""Templates compiled once for each language, with their fixed texts and addresses already in them.

A page has some thirty texts that never change within a language. Looked up while the page is made they are a
third of its cost; put in when the template is compiled they cost nothing, and Jinja joins them to their markup.
"""

import re
from collections.abc import MutableMapping
from typing import Any

from flask import url_for
from flask.templating import Environment
from flask_babel import force_locale, get_translations
from jinja2 import Template, nodes
from jinja2.ext import InternationalizationExtension
from jinja2.visitor import NodeTransformer

from learning.i18n import current_language
from learning.web.assets import asset_url

_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class Constants(NodeTransformer):
    """Puts its value in place of each call that always gives the same within a language.

    These are `_("text")` with nothing to be put into it, `url_for("endpoint")` and `asset("file")`.
    """

    def __init__(self, translations: Any) -> None:
        """Take the texts from a catalog with the methods of gettext."""
        self._translations = translations

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  (the name that Jinja gives)
        """Return the call, or its value when it can be known already."""
        self.generic_visit(node)
        match node:
            case nodes.Call(
                node=nodes.Name(name=name),
                args=[nodes.Const(value=str(argument))],
                kwargs=[],
                dyn_args=None,
                dyn_kwargs=None,
            ):
                return self._value(name, argument, node.lineno) or node
        return node

    def _value(self, name: str, argument: str, line: int) -> nodes.Expr | None:
        if name == "_":
            text = self._translations.gettext(argument) % {}  # as at run time: %% is a per cent sign
            return nodes.MarkSafeIfAutoescape(nodes.Const(text), lineno=line)
        if name == "url_for":
            return nodes.Const(url_for(argument), lineno=line)
        if name == "asset":
            return nodes.Const(asset_url(argument), lineno=line)
        return None


class Templates(Environment):
    """The environment that Flask asks for templates; it gives those of the request's language."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Begin without a language, as what is set up at start goes into all of them."""
        super().__init__(*args, **options)
        self._by_language: dict[str, Templates] = {}
        self.constants: Constants | None = None
        self.language = ""

    def get_or_select_template(
        self,
        template_name_or_list: str | Template | list[str | Template],
        parent: str | None = None,
        globals: Any = None,  # noqa: A002  (the name that Jinja gives)
    ) -> Template:
        """Return the template in the language of the request; one that includes another stays in its own."""
        if self.constants is not None:
            return super().get_or_select_template(template_name_or_list, parent, globals)
        language = current_language()
        spoken = self._by_language.get(language) or self._speak(language)
        return spoken.get_or_select_template(template_name_or_list, parent, globals)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the names every template knows in one dict: nothing is added after the start."""
        return {**self.globals, **(d or {})}

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """Return the source without the indentation of its lines, which only its writers need."""
        return super().preprocess(_INDENTATION.sub("", source), name, filename)

    def _speak(self, language: str) -> "Templates":
        with force_locale(language):
            translations = get_translations()
        spoken: Any = self.overlay()  # of this class; Jinja types it as its own
        spoken.globals = dict(self.globals)
        spoken.language = language
        spoken.constants = Constants(translations)
        del spoken.install_gettext_translations  # the base's, which would install into the base
        InternationalizationExtension(spoken)
        spoken.install_gettext_translations(translations, newstyle=True)
        return self._by_language.setdefault(language, spoken)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        return template if self.constants is None else self.constants.visit(template)
