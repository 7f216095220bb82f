"""What templates, style sheets and scripts must not contain, and which templates nobody shows."""

import ast
import fnmatch
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, meta
from jinja2.nodes import Concat, Const, Expr, Include

NAMESPACES = ("http://www.w3.org/",)  # names of XML vocabularies; nothing is fetched from them
SUFFIXES = (".html", ".txt", ".xml")
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_TAG = re.compile(r"<([a-zA-Z][\w-]*)((?:\"[^\"]*\"|'[^']*'|[^>\"'])*)>", re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*(?:=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+))?")
_FOREIGN = re.compile(r"(?:https?|wss?):\/\/[^\s\"'`)<>]*|(?<=[\"'(=])\/\/[\w.-]+\.[\w]+", re.IGNORECASE)
_PHYSICAL = re.compile(
    r"(?<![\w-])("
    r"(?:scroll-)?(?:margin|padding)-(?:left|right)"
    r"|border-(?:left|right)(?:-\w+)?"
    r"|border-(?:top|bottom)-(?:left|right)-radius"
    r"|left|right"
    r"|(?:float|clear|text-align|text-align-last|caption-side)\s*:\s*(?:left|right)"
    r")(?=\s*[:;}])"
)


def _blank(match: re.Match[str]) -> str:
    """Keep the lines of what is taken out, so that numbers of lines stay right."""
    return "x" + "\n" * match.group().count("\n")


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def inline_code(source: str) -> Iterator[tuple[int, str]]:
    """Give line and text of each script, style or event handler written into a template."""
    text = _JINJA.sub(_blank, source)
    for tag in _TAG.finditer(text):
        name, line = tag.group(1).lower(), _line(text, tag.start())
        attributes = {found[1].lower(): found[2] or "" for found in _ATTRIBUTE.finditer(tag.group(2))}
        if name == "style":
            yield line, "<style>"
        if name == "script" and "src" not in attributes:
            yield line, "<script> without src"
        for attribute, value in attributes.items():
            if attribute == "style" or re.fullmatch(r"on[a-z]+", attribute):
                yield line, f"{attribute}= on <{name}>"
            if "javascript:" in value.lower():
                yield line, f"javascript: in {attribute}="


def foreign_origins(source: str) -> Iterator[tuple[int, str]]:
    """Give line and address of everything that names another site."""
    for found in _FOREIGN.finditer(source):
        if not found.group().startswith(NAMESPACES):
            yield _line(source, found.start()), found.group()


def physical_properties(css: str) -> Iterator[tuple[int, str]]:
    """Give line and name of properties that mean a side of the screen: they are wrong from right to left."""
    text = _COMMENT.sub(_blank, css)
    for found in _PHYSICAL.finditer(text):
        yield _line(text, found.start()), found.group(1)


def _literal(node: ast.AST) -> str | None:
    """Return a string written in Python, with `*` for what is put in at run time."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return None


def shown_templates(package: Path) -> set[str]:
    """Return names and patterns of templates that the sources mention."""
    shown = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = _literal(node)
            if text and text.endswith(SUFFIXES) and "/" in text and not re.search(r"\s", text):
                shown.add(text)
    return shown


def references(templates: Path) -> dict[str, set[str]]:
    """Return for each template the ones it extends, includes or imports."""
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    found = {}
    for path in sorted(path for path in templates.rglob("*") if path.suffix in SUFFIXES):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        found[path.relative_to(templates).as_posix()] = {
            name for name in meta.find_referenced_templates(tree) if name
        } | {pattern for include in tree.find_all(Include) if (pattern := _pattern(include.template))}
    known = list(found)
    return {
        name: {one for other in others for one in (fnmatch.filter(known, other) or [other])}
        for name, others in found.items()
    }


def _pattern(name: Expr) -> str | None:
    """Return a name put together in a template, with `*` for what is put in at run time."""
    if not isinstance(name, Concat):
        return None
    return "".join(node.value if isinstance(node, Const) else "*" for node in name.nodes)


def template_faults(package: Path, templates: Path) -> list[str]:
    """Return templates that nobody shows, that are shown but absent, or that cannot be parsed."""
    try:
        graph = references(templates)
    except TemplateSyntaxError as error:
        return [f"line {error.lineno}: {error.message}"]
    shown = shown_templates(package)
    faults = [
        f"{name} is shown and does not exist"
        for name in sorted(shown)
        if name.endswith(".html") and not any(fnmatchcase(known, name) for known in graph)
    ]
    reached: set[str] = set()
    waiting = [name for name in graph if any(fnmatchcase(name, pattern) for pattern in shown)]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        missing = graph[name] - set(graph)
        faults += [f"{name} names {other}, which does not exist" for other in sorted(missing)]
        waiting += graph[name] - reached - missing
    return faults + [f"{name} is shown by nobody" for name in graph if name not in reached]
