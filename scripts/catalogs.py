"""Keep the translation catalogs true to the sources.

`update` rewrites them, `check` fails when they lag behind. English texts are the ids, so of the English catalog only
the forms of plurals are filled, by `update`. Vietnamese and Hebrew must be complete. A translation has the places,
the elements and the spaces around it that its text has.
"""

import argparse
import ast
import copy
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import PoFileError, read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "learning" / "translations"
LANGUAGES = ("vi", "en", "he")
COMPLETE = ("vi", "he")
LINE = 100
SOURCES = (
    ("learning", [("migrations/**", "ignore"), ("**.py", "python")]),
    ("templates", [("**.html", "jinja2"), ("**.txt", "jinja2")]),
)
MARKS = {
    "N_": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "lazy_npgettext": ((1, "c"), 2, 3),
    "__init__": None,  # an error that always says the same, says it to its base class
}
ERRORS = {"DomainError"}  # and what is derived from it takes a message id first
_CODE = re.compile("`[^`]*`")
_ELEMENT = re.compile(r"</?[a-z][^<>]*>")
_PLACE = re.compile(r"%\((\w+)\)[sd]|\{([a-z_]+)\}")
_NOISE = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Report-Msgid-Bugs-To|Last-Translator|Language-Team|Generated-By'
    r"|Project-Id-Version):.*\n",
    re.MULTILINE,
)


def error_names(package: Path) -> set[str]:
    """Return the names of all classes of errors that are told to people."""
    bases: dict[str, set[str]] = {}
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    names = set(ERRORS)
    while new := {name for name, parents in bases.items() if parents & names} - names:
        names |= new
    return names


def extract() -> Catalog:
    """Return what the sources and templates say."""
    keywords = {**DEFAULT_KEYWORDS, **MARKS, **dict.fromkeys(error_names(ROOT / "learning"))}
    template = Catalog(project="learning", charset="utf-8")
    for folder, methods in SOURCES:
        options = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
        found = extract_from_dir(
            ROOT / folder, methods, options, keywords, comment_tags=("Translators:",), strip_comment_tags=True
        )
        for name, _line, message, comments, context in sorted(found, key=lambda entry: entry[:2]):
            place = [(f"{folder}/{name}", 0)]
            template.add(message, None, place, auto_comments=comments, context=context)
    return template


def catalog_path(language: str) -> Path:
    """Return where the catalog of a language is kept."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """Return the catalog of a language, an empty one when there is none yet."""
    path = catalog_path(language)
    if not path.exists():
        return Catalog(locale=language, project="learning", charset="utf-8", fuzzy=False)
    return parse(language, path.read_bytes())


def parse(language: str, data: bytes) -> Catalog:
    """Return the catalog in a file; raises PoFileError where it is none, or has forms that its language has not."""
    return read_po(io.BytesIO(data), locale=language, abort_invalid=True)


def as_text(catalog: Catalog) -> str:
    """Return a catalog as the text of its file, without what changes while no text does."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=LINE, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    return _NOISE.sub("", buffer.getvalue().decode())


def update() -> None:
    """Bring all catalogs up to date; a text that has changed must be translated again, never guessed."""
    template = extract()
    for language in LANGUAGES:
        catalog = renewed(language, read(language), template)
        catalog_path(language).parent.mkdir(parents=True, exist_ok=True)
        catalog_path(language).write_text(as_text(catalog), encoding="utf-8")
        missing = sum(1 for message in catalog if message.id and not is_translated(message))
        print(f"{language}: {len(catalog)} texts, {missing} without a translation")


def renewed(language: str, catalog: Catalog, template: Catalog) -> Catalog:
    """Return the catalog with the texts of the template, which stays as it is; English gets its plurals."""
    catalog.header_comment = f"# The interface in the language `{language}`."
    catalog.update(copy.deepcopy(template), no_fuzzy_matching=True)  # new messages become the catalog's own
    if language == "en":
        fill_plurals(catalog)
    return catalog


def fill_plurals(catalog: Catalog) -> None:
    """Give the English plurals the forms that the sources say."""
    for message in catalog:
        if message.id and not isinstance(message.id, str):
            message.string = tuple(message.id)


def identity(message: Message) -> tuple[object, object]:
    """Return what makes a message this message."""
    return message.context, message.id


def texts(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """Return the singular and plural forms of an id or a translation."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def is_translated(message: Message) -> bool:
    """Tell whether every form of the message has a text."""
    forms = texts(message.string)
    return bool(forms) and all(forms)


def places(text: str) -> set[str]:
    """Return the names of what is put into a text."""
    return {first or second for first, second in _PLACE.findall(text)}


def elements(text: str) -> list[str]:
    """Return the tags in a text; what stands between backticks is an example."""
    return sorted(_ELEMENT.findall(_CODE.sub("", text)))


def has_lone_percent(text: str) -> bool:
    """Tell whether there is a sign in the text that formatting would stumble over."""
    return "%" in _PLACE.sub("", text).replace("%%", "")


def form_faults(text: str, said: str, *, of_one: bool) -> Iterator[str]:
    """Give what is wrong with one form of a translation; the form `of_one` may leave out the number it is for."""
    missing, unknown = places(text) - places(said), places(said) - places(text)
    if unknown or len(missing) > of_one:
        yield "other places than its text"
    if has_lone_percent(said) and not has_lone_percent(text):
        yield "a lone % sign"
    if elements(said) != elements(text):
        yield "other elements than its text"
    around = [(len(t) - len(t.lstrip()), len(t) - len(t.rstrip())) for t in (text, said)]
    if around[0] != around[1]:
        yield "other spaces around it than its text"


def message_faults(language: str, message: Message, forms: int) -> Iterator[str]:
    """Give what is wrong with one message of a language with so many forms of plurals."""
    ids, said = texts(message.id), texts(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not is_translated(message):
        if language in COMPLETE:
            yield "not translated"
        elif len(ids) > 1:
            yield "a plural without its forms"
        return
    if len(said) != (forms if len(ids) > 1 else 1):
        yield f"{len(said)} forms"
    found = {
        fault
        for number, form in enumerate(said)
        for fault in form_faults(
            ids[min(number, 1) if len(said) > 1 else -1], form, of_one=number < len(said) - 1
        )
    }
    yield from sorted(found)


def faults(language: str, template: Catalog, catalog: Catalog) -> Iterator[str]:
    """Give what is wrong with the catalog of one language."""
    proper = Catalog(locale=language)
    if catalog.plural_forms != proper.plural_forms:
        yield f"the header says {catalog.plural_forms}, the language has {proper.plural_forms}"
    wanted = {identity(message) for message in template if message.id}
    present = {identity(message): message for message in catalog if message.id}
    yield from (f"missing: {message!r}" for _context, message in wanted - set(present))
    yield from (f"stale: {message!r}" for _context, message in set(present) - wanted)
    for message in present.values():
        for fault in message_faults(language, message, proper.num_plurals):
            yield f"{fault}: {message.id!r}"


def check() -> int:
    """Print what is wrong with the catalogs; return the exit status."""
    template = extract()
    wrong = []
    for language in LANGUAGES:
        try:
            found = sorted(faults(language, template, parse(language, catalog_path(language).read_bytes())))
        except FileNotFoundError:
            found = ["there is no catalog"]
        except PoFileError as error:
            found = [f"line {error.lineno}: {error}"]
        wrong += [f"{language}: {fault}" for fault in found]
    for line in wrong:
        print(line)
    if wrong:
        print(
            f"{len(wrong)} faults in the catalogs. Type: make translations, then translate", file=sys.stderr
        )
        return 1
    print(f"{len(template)} texts; the catalogs {', '.join(LANGUAGES)} are fresh")
    return 0


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(description="Keep the translation catalogs true to the sources.")
    parser.add_argument("command", choices=("update", "check"))
    if parser.parse_args().command == "update":
        update()
    else:
        sys.exit(check())


if __name__ == "__main__":
    main()
