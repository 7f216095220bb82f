"""Who may import whom: the table of floors, the order inside a package, the checker that reads the sources.

The checker parses and never imports, so that it also works on trees that tests plant in a folder.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

# From the ground up. What stands in one row does not import its neighbors, except on the floor named below.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("domain",),
    ("formats",),
    ("config", "database", "i18n"),
    ("web", "audit", "limits", "settings", "jobs"),
    ("organizations", "mail"),
    ("accounts",),
    ("courses",),
    ("certificates", "notices"),
    ("progress",),
    ("quizzes", "tasks", "evaluations"),
    ("classrooms", "practice"),
    ("study", "authoring", "marking", "assigning", "reports", "administration", "reminders"),
    ("operations",),
    ("api",),
    ("app",),
)
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}
ORDERED_FLOOR = FLOOR_OF["config"]  # single modules: each may import those to its left
FIRST_FEATURE = FLOOR_OF["organizations"]
APP = FLOOR_OF["app"]

# Inside a package a module imports what has a smaller number. Any other name counts as services: it may
# import models and queries, and stands beside the services, which may import it and which it may import.
ORDER = {"models": 0, "queries": 1, "services": 2, "forms": 3, "views": 4, "cli": 4}
OTHER = ORDER["services"]
UNORDERED = ("domain", "formats", "web", *FLOORS[ORDERED_FLOOR], "app")
INNER = ("forms", "views", "cli")  # nobody outside the package imports these, except app.py

# Outside our own package.
WITHOUT_FRAMEWORK = ("flask", "sqlalchemy", "werkzeug", "jinja2", "wtforms", "alembic")
NEVER = {
    "models": ("flask", "wtforms", "werkzeug"),
    "queries": ("flask", "wtforms", "werkzeug"),
    "services": ("wtforms", "jinja2"),
    "forms": ("sqlalchemy",),
    "views": ("sqlalchemy",),
}
BANNED_NAMES = ("utils", "util", "helpers", "helper", "common", "manager", "managers", "misc")
EXEMPT = ("migrations", "translations")
LONGEST = 500
WSGI = "from learning.app import create_app\n\napp = create_app()"


@dataclass(frozen=True)
class Import:
    """One name imported by one module."""

    line: int
    target: str
    is_inside_function: bool


@dataclass(frozen=True)
class Module:
    """One source file of the package, with its dotted name."""

    name: str
    path: Path
    imports: tuple[Import, ...]
    lines: int

    @property
    def parts(self) -> list[str]:
        """Return the names below `learning`."""
        return self.name.split(".")[1:]

    @property
    def package(self) -> str:
        """Return the package or single module directly below `learning`."""
        return self.parts[0] if self.parts else ""

    @property
    def place(self) -> str:
        """Return the name that has a place in the order inside the package."""
        return self.parts[1] if len(self.parts) > 1 else ""


def _imports(tree: ast.Module, name: str, *, is_package: bool) -> Iterator[Import]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, functions)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, id(node) in inside)
        elif isinstance(node, ast.ImportFrom):
            base = name.split(".") if is_package else name.split(".")[:-1]
            prefix = base[: len(base) - node.level + 1] if node.level else []
            origin = ".".join([*prefix, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(node.lineno, f"{origin}.{alias.name}", id(node) in inside)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "__import__",
            "import_module",
            "importlib.import_module",
        }:
            yield Import(node.lineno, "importlib", is_inside_function=True)


def read_modules(root: Path) -> list[Module]:
    """Parse all sources of the package below the folder `root`."""
    modules = []
    for path in sorted((root / "learning").rglob("*.py")):
        relative = path.relative_to(root).with_suffix("")
        if len(relative.parts) > 1 and relative.parts[1] in EXEMPT:
            continue
        is_package = relative.name == "__init__"
        name = ".".join(relative.parent.parts if is_package else relative.parts)
        source = path.read_text(encoding="utf-8")
        imports = tuple(_imports(ast.parse(source), name, is_package=is_package))
        modules.append(Module(name, path.relative_to(root), imports, source.count("\n")))
    return modules


def _resolve(target: str, known: set[str]) -> str:
    """Return the module that an imported name belongs to, the name itself when there is no such module."""
    name = target
    while "." in name:
        if name in known:
            return name
        name = name.rpartition(".")[0]
    return target


def _check_inward(module: Module, other: Module) -> str | None:
    """Judge an import from one part of our package to another; return what is wrong."""
    mine, theirs = FLOOR_OF[module.package], FLOOR_OF.get(other.package)
    if not other.package:
        return None
    if theirs is None:
        return f"{other.package} has no floor"
    if module.package == other.package:
        return _check_order(module, other)
    if theirs > mine:
        return f"floor {mine} imports from floor {theirs}"
    if theirs == mine:
        if mine != ORDERED_FLOOR:
            return f"{module.package} and {other.package} are neighbors on floor {mine}"
        row = FLOORS[ORDERED_FLOOR]
        if row.index(other.package) > row.index(module.package):
            return f"{module.package} stands left of {other.package}"
    if theirs >= FIRST_FEATURE and other.place in INNER and mine != APP:
        return f"{other.place} of {other.package} are its own"
    return None


def _check_order(module: Module, other: Module) -> str | None:
    if module.package in UNORDERED or not module.place or not other.place or module.place == other.place:
        return None
    mine, theirs = ORDER.get(module.place, OTHER), ORDER.get(other.place, OTHER)
    if theirs < mine or (theirs == mine == OTHER):
        return None
    return f"{module.place} imports {other.place}"


def _check_outward(module: Module, target: str) -> str | None:
    """Judge an import from outside our package; return what is wrong."""
    top = target.split(".", maxsplit=1)[0]
    if top == "blinker":
        return "signals hide who calls whom"
    if module.package == "domain" and top not in sys.stdlib_module_names:
        return f"domain imports {top}; it stands on the standard library alone"
    if module.package == "formats" and top.startswith(WITHOUT_FRAMEWORK):
        return f"formats imports {top}"
    if FLOOR_OF[module.package] >= FIRST_FEATURE and top.startswith(NEVER.get(module.place, ())):
        return f"{module.place} imports {top}"
    return None


def _check_module(module: Module) -> Iterator[str]:
    if module.lines > LONGEST:
        yield f"{module.path}: {module.lines} lines; from {LONGEST} on it becomes a package of the same name"
    yield from (
        f"{module.path}: a module named {part} says nothing" for part in module.parts if part in BANNED_NAMES
    )


def _check_cycles(modules: list[Module], known: set[str]) -> Iterator[str]:
    graph = {
        module.name: {_resolve(found.target, known) for found in module.imports} & known - {module.name}
        for module in modules
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield f"modules import each other in a circle: {' -> '.join(error.args[1])}"


def violations(root: Path) -> list[str]:
    """Return `file:line: what is wrong` for all rules of floors, order, names and size."""
    modules = read_modules(root)
    by_name = {module.name: module for module in modules}
    known = set(by_name)
    found: list[str] = []
    for module in modules:
        found += _check_module(module)
        if not module.package:
            continue
        if module.package not in FLOOR_OF:
            found.append(f"{module.path}: {module.package} has no floor; the table is in tests/architecture")
            continue
        for one in module.imports:
            name = _resolve(one.target, known)
            other = by_name.get(name)
            if other is None and name.startswith("learning."):
                other = Module(name, Path(), (), 0)
            wrong = _check_inward(module, other) if other else _check_outward(module, one.target)
            if one.is_inside_function:
                found.append(f"{module.path}:{one.line}: import inside a function")
            if wrong:
                found.append(f"{module.path}:{one.line}: {wrong}")
    found += _check_cycles(modules, known)
    return list(dict.fromkeys(found))


def wsgi_is_bare(source: str) -> bool:
    """Tell whether wsgi.py makes the application and does nothing else."""
    tree = ast.parse(source)
    if tree.body and isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Constant):
        tree.body.pop(0)
    return ast.dump(tree) == ast.dump(ast.parse(WSGI))
