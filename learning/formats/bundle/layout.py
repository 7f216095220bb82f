"""Where files lie in a bundle, and what is refused by its name alone."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from learning.domain.content import LANGUAGES, is_slug
from learning.domain.diagnostics import Diagnostic, Findings
from learning.formats.prose import MEDIA_PATH, MEDIA_TYPES

MAX_FILES = 2_000
ROOTS = ("courses", "quizzes")

Kind = Literal["course", "unit", "quiz", "media"]

_LAYOUT = (
    "courses/<course>/course.<language>.md, courses/<course>/<unit>.<language>.md, courses/<course>/media/..., "
    "quizzes/<course>/<quiz>.<language>.quiz.md"
)
# What operating systems leave in folders; never content.
_LITTER = re.compile(r"(?:.*/)?(?:__MACOSX/.*|\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)")
_NOT_PORTABLE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file of a bundle; `slug` is of the unit or quiz, `course` for a course file, empty for media."""

    path: str
    kind: Kind
    course: str
    slug: str
    language: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of a bundle in the order of their paths."""

    files: tuple[BundleFile, ...]


class BundleRejected(Exception):
    """A bundle that is not read at all; `diagnostics` say why, each with the path inside."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(found.line_of_text() for found in self.diagnostics))


class Report:
    """Gathers the findings about the paths of one bundle."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def __bool__(self) -> bool:
        return bool(self.found)

    def add(self, path: str, number: str, variant: str = "", **params: str | int) -> None:
        """Note a finding about the path; raises as `diagnostic` does."""
        findings = Findings(path, "B")
        findings.add(number, variant, **params)  # type: ignore[arg-type]
        self.found += findings.all()

    def raise_if_any(self) -> None:
        """Raise BundleRejected with what was found, if anything."""
        if self.found:
            raise BundleRejected(self.found)


def place_of(path: str, data: bytes = b"") -> BundleFile | None:
    """Return the file that a path of the layout means, with these bytes; None outside the layout."""
    match PurePosixPath(path).parts:
        case ("courses", course, "media", _, *_):
            inside = path.removeprefix(f"courses/{course}/")
            is_media = MEDIA_PATH.fullmatch(inside) and inside.rsplit(".", 1)[-1].lower() in MEDIA_TYPES
            return BundleFile(path, "media", course, "", "", data) if is_media and is_slug(course) else None
        case ("courses", course, name) if name.endswith(".md") and not name.endswith(".quiz.md"):
            slug, _, language = name.removesuffix(".md").rpartition(".")
            kind: Kind = "course" if slug == "course" else "unit"
        case ("quizzes", course, name) if name.endswith(".quiz.md"):
            slug, _, language = name.removesuffix(".quiz.md").rpartition(".")
            kind = "quiz"
        case _:
            return None
    if language not in LANGUAGES or not is_slug(course) or not (kind == "course" or is_slug(slug)):
        return None
    return BundleFile(path, kind, course, slug, language, data)


def check_names(paths: Iterable[str], report: Report, *, any_place: bool = False) -> list[str]:
    """Return the paths without litter; notes unsafe and colliding ones, and unknown ones save in `any_place`."""
    seen: dict[str, str] = {}
    kept = []
    for path in paths:
        parts = path.split("/")
        if _NOT_PORTABLE.search(path) or not path or any(part in {"", ".", ".."} for part in parts):
            report.add(path, "002")
            continue
        if _LITTER.fullmatch(path):
            continue
        folded = unicodedata.normalize("NFC", path).casefold()
        if folded in seen:
            report.add(path, "007", other=seen[folded])
        seen.setdefault(folded, path)
        kept.append(path)
        if not any_place:
            _note_place(path, report)
    if len(kept) > MAX_FILES:
        report.found = []
        report.add("", "005", limit=MAX_FILES)
    elif not kept and not report.found:
        report.add("", "009")
    return kept


def _note_place(path: str, report: Report) -> None:
    if place_of(path) is not None:
        return
    name = path.rsplit("/", 1)[-1]
    stem = name.removesuffix(".md").removesuffix(".quiz")
    slug, _, language = stem.rpartition(".")
    if not name.endswith(".md") or path.split("/", maxsplit=1)[0] not in ROOTS or path.count("/") != 2:
        report.add(path, "008", expected=_LAYOUT)
    elif language not in LANGUAGES:
        report.add(path, "008", "language")
    elif not is_slug(path.split("/")[1]):
        report.add(path, "008", "slug", slug=path.split("/")[1])
    elif slug != "course" and not is_slug(slug):
        report.add(path, "008", "slug", slug=slug)
    else:
        report.add(path, "008", expected=_LAYOUT)
