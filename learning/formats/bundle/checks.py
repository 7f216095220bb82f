"""What is told only by looking at several files: twins, units, quizzes, pictures; and `content check`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Protocol

from learning.domain.content import CompletionRule, CourseFile, QuizFile, UnitFile
from learning.domain.diagnostics import Diagnostic, Findings, diagnostic
from learning.domain.questions.twins import check_twins
from learning.domain.task import check_twin
from learning.formats import course as course_format
from learning.formats import quiz_settings as quiz_format
from learning.formats import unit as unit_format
from learning.formats.bundle.archive import read_bundle
from learning.formats.bundle.layout import Bundle, BundleFile
from learning.formats.course import parse_course
from learning.formats.pictures import MAX_PIXELS, BadPicture, is_picture, serve_picture
from learning.formats.prose import pictures
from learning.formats.quiz import parse_quiz
from learning.formats.rendering import (
    Renderer,
    RenderRefused,
    fragments_of_course,
    fragments_of_quiz,
    fragments_of_unit,
)
from learning.formats.text import Parsed, split_lines
from learning.formats.unit import parse_unit

AnyFile = CourseFile | UnitFile | QuizFile


Prerequisites = Mapping[str, Sequence[str]]


class _Parser(Protocol):
    """What the three readers have in common."""

    def __call__(self, source: bytes, *, file: str, language: str) -> Parsed[AnyFile]: ...


_PARSERS: dict[str, _Parser] = {"course": parse_course, "unit": parse_unit, "quiz": parse_quiz}
_FAMILIES = {"course": "C", "unit": "U", "quiz": "Q"}
_SETTINGS = {
    "course": course_format.SETTING_KEYS,
    "unit": unit_format.SETTING_KEYS,
    "quiz": quiz_format.SETTING_KEYS,
}


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file with what reading it gave."""

    file: BundleFile
    parsed: Parsed[AnyFile]

    def findings(self) -> Findings:
        """Return an empty collection of findings about this file."""
        return Findings(self.file.path, _FAMILIES[self.file.kind])

    def line(self, key: str) -> int:
        """Return the line of a key of the front matter."""
        return self.parsed.keys.get(key, 1)


def parse_file(file: BundleFile) -> Parsed[AnyFile]:
    """Read a course, unit or quiz file; raises KeyError for media."""
    return _PARSERS[file.kind](file.data, file=file.path, language=file.language)


def check_bundle(
    bundle: Bundle, renderer: Renderer | None = None, *, others: Prerequisites | None = None
) -> list[Diagnostic]:
    """Return everything found in the files, alone and together; with a renderer also what cannot be shown.

    `others` are courses that are not in the bundle, with the courses that come before each.
    """
    read = [ReadFile(file, parse_file(file)) for file in bundle.files if file.kind != "media"]
    found = [finding for entry in read for finding in entry.parsed.diagnostics]
    media = {file.path for file in bundle.files if file.kind == "media"}
    if renderer is not None:
        found += [not_a_picture(file.path) for file in bundle.files if not _can_be_served(file)]
    for entry in read:
        found += _check_media(entry, media)
        if renderer is not None:
            found += _check_rendering(entry, renderer)
    by_course: dict[str, list[ReadFile]] = {}
    for entry in read:
        by_course.setdefault(entry.file.course, []).append(entry)
    for course, entries in by_course.items():
        found += _check_course(course, entries)
    found += _check_prerequisites(read, others or {})
    found += _check_quiz_names(read)
    return sorted(found, key=lambda finding: (finding.file, finding.line, finding.column, finding.code))


def _can_be_served(file: BundleFile) -> bool:
    if file.kind == "media" and is_picture(file.path):
        try:
            serve_picture(file.data)
        except BadPicture:
            return False
    return True


def not_a_picture(path: str) -> Diagnostic:
    """Return what is told of a file that should be a picture and is none."""
    return diagnostic("B011", file=path, line=1, column=1, limit=MAX_PIXELS // 1_000_000)


def _check_media(entry: ReadFile, media: Iterable[str]) -> Iterable[Diagnostic]:
    findings = entry.findings()
    lines = split_lines(entry.file.data.decode("utf-8", "replace"))
    for picture in pictures(lines):
        path = f"courses/{entry.file.course}/{picture.target}"
        if picture.target.startswith("media/") and ".." not in picture.target and path not in media:
            findings.add("051", "missing", line=picture.line, column=picture.column, target=picture.target)
    return findings.all()


def _check_rendering(entry: ReadFile, renderer: Renderer) -> Iterable[Diagnostic]:
    match entry.parsed.value:
        case UnitFile() as unit:
            fragments = fragments_of_unit(unit)
        case CourseFile() as course:
            fragments = fragments_of_course(course)
        case QuizFile() as quiz:
            fragments = fragments_of_quiz(quiz)
        case _:
            return ()
    try:
        renderer.render(fragments, language=entry.file.language)
    except RenderRefused as refusal:
        return (refusal.diagnostic(entry.file.path, entry.file.kind),)
    return ()


def _check_course(course: str, entries: list[ReadFile]) -> Iterable[Diagnostic]:
    """Check one course with its units and quizzes."""
    courses = [entry for entry in entries if entry.file.kind == "course"]
    originals = [entry for entry in courses if "units" in entry.parsed.keys]
    if not courses:
        # Without its course nothing can be said about a quiz or unit but that.
        first = entries[0]
        findings = Findings(first.file.path, "C")
        findings.add("092", "no_course", course=course)
        return findings.all()
    if not originals:
        findings = courses[0].findings()
        findings.add("092", "none")
        return findings.all()
    found: list[Diagnostic] = []
    for other in originals[1:]:
        findings = other.findings()
        findings.add("092", "several", line=other.line("units"), other=originals[0].file.path)
        found += findings.all()
    original = originals[0]
    groups: dict[tuple[str, str], dict[str, ReadFile]] = {}
    for entry in entries:
        groups.setdefault((entry.file.kind, entry.file.slug), {})[entry.file.language] = entry
    found += _check_course_file(original, groups)
    for (kind, slug), twins in groups.items():
        if kind == "unit":
            found += _check_unit(slug, twins, original=original, groups=groups)
        found += _check_settings(twins, original.file.language)
        if kind == "quiz":
            found += _check_quiz_twins(twins, original.file.language)
        elif kind == "unit":
            found += _check_tasks(twins, original.file.language)
    return found


def _check_course_file(
    original: ReadFile, groups: Mapping[tuple[str, str], Mapping[str, ReadFile]]
) -> Iterable[Diagnostic]:
    findings = original.findings()
    course = original.parsed.value
    if not isinstance(course, CourseFile):
        return ()
    for unit in course.units:
        if course.language not in groups.get(("unit", unit), {}):
            path = f"{unit}.{course.language}.md"
            findings.add("090", line=original.line("units"), unit=unit, path=path)
    if original.file.course in course.prerequisites:
        findings.add("093", line=original.line("prerequisites"))
    if course.diagnostic and ("quiz", course.diagnostic) not in groups:
        line = original.line("diagnostic")
        findings.add("094", line=line, slug=course.diagnostic, course=original.file.course)
    return findings.all()


def _check_unit(
    slug: str,
    twins: Mapping[str, ReadFile],
    *,
    original: ReadFile,
    groups: Mapping[tuple[str, str], Mapping[str, ReadFile]],
) -> Iterable[Diagnostic]:
    course = original.parsed.value
    entry = twins.get(original.file.language)
    if entry is None:
        return ()
    findings = entry.findings()
    if isinstance(course, CourseFile) and slug not in course.units:
        findings.add("093")
    unit = entry.parsed.value
    if isinstance(unit, UnitFile) and unit.quiz and ("quiz", unit.quiz) not in groups:
        findings.add("092", line=entry.line("quiz"), slug=unit.quiz, course=entry.file.course)
    return findings.all()


def _check_settings(twins: Mapping[str, ReadFile], language: str) -> Iterable[Diagnostic]:
    """Note twins without the file in the course's language, and settings that stand in a twin."""
    found: list[Diagnostic] = []
    any_twin = next(iter(twins.values()))
    kind = any_twin.file.kind
    path = any_twin.file.path.replace(f".{any_twin.file.language}.", f".{language}.")
    for twin_language, twin in twins.items():
        findings = twin.findings()
        if kind != "course" and language not in twins:
            findings.add("080", "no_original", original=path)
        elif twin_language != language:
            for key in _SETTINGS[kind]:
                if key in twin.parsed.keys and not (kind == "course" and key == "units"):
                    findings.add("004", "twin", line=twin.line(key), key=key, original=path)
        found += findings.all()
    return found


def _check_quiz_twins(twins: Mapping[str, ReadFile], language: str) -> Iterable[Diagnostic]:
    original = twins.get(language)
    if original is None or not isinstance(original.parsed.value, QuizFile):
        return ()
    found: list[Diagnostic] = []
    for twin_language, twin in twins.items():
        if twin_language != language and isinstance(twin.parsed.value, QuizFile):
            name = original.file.path.rsplit("/", 1)[-1]
            value = twin.parsed.value
            found += check_twins(original.parsed.value, value, twin.file.path, original_name=name)
    return found


def _check_tasks(twins: Mapping[str, ReadFile], language: str) -> Iterable[Diagnostic]:
    """Note a task that nobody can hand in, and twins whose task differs."""
    original = twins.get(language)
    if original is None or not isinstance(unit := original.parsed.value, UnitFile):
        return ()
    findings = original.findings()
    if unit.task is not None and CompletionRule.TASK not in unit.completion:
        findings.add("094", line=unit.task.line)
    found = list(findings.all())
    for twin_language, twin in twins.items():
        if twin_language != language and isinstance(twin.parsed.value, UnitFile):
            differences = twin.findings()
            name = original.file.path.rsplit("/", 1)[-1]
            check_twin(unit.task, twin.parsed.value.task, differences, name=name)
            found += differences.all()
    return found


def _check_prerequisites(read: Iterable[ReadFile], others: Prerequisites) -> Iterable[Diagnostic]:
    """Note prerequisites that no course has as its name, and those that come before themselves in the end."""
    originals = {
        entry.file.course: (entry, entry.parsed.value)
        for entry in read
        if isinstance(entry.parsed.value, CourseFile) and entry.parsed.value.is_original
    }
    before = {**others, **{slug: course.prerequisites for slug, (_entry, course) in originals.items()}}
    found: list[Diagnostic] = []
    for slug, (entry, course) in originals.items():
        findings, line = entry.findings(), entry.line("prerequisites")
        for unknown in (name for name in course.prerequisites if name not in before):
            findings.add("093", "unknown", line=line, slug=unknown)
        way = _way_back(slug, before)
        if len(way) > 2:  # itself alone is told by the course's own check
            findings.add("093", "circle", line=line, circle=" → ".join(way))
        found += findings.all()
    return found


def _way_back(start: str, before: Prerequisites) -> list[str]:
    """Return the shortest way from a course over what comes before it to itself; empty where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        for name in before.get(way[-1], ()):
            if name == start:
                return [*way, name]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _check_quiz_names(read: Iterable[ReadFile]) -> Iterable[Diagnostic]:
    courses: dict[str, str] = {}
    found: list[Diagnostic] = []
    for entry in read:
        if entry.file.kind != "quiz":
            continue
        course = courses.setdefault(entry.file.slug, entry.file.course)
        if course != entry.file.course:
            findings = entry.findings()
            findings.add("090", slug=entry.file.slug, other=f"quizzes/{course}/")
            found += findings.all()
    return found


def check_paths(paths: Iterable[Path], renderer: Renderer | None = None) -> list[Diagnostic]:
    """Check files and folders as `content check` names them, whole courses with all they refer to.

    Raises BundleRejected as `read_bundle` does, FileNotFoundError for a path that is not there.
    """
    found: list[Diagnostic] = []
    for path in paths:
        root = _root_of(path)
        if root is None:
            found += _check_alone(path, renderer)
            continue
        prefix = path.resolve().relative_to(root).as_posix()
        inside = "" if prefix == "." else prefix
        for finding in check_bundle(read_bundle(root), renderer):
            if not inside or finding.file == inside or finding.file.startswith(inside + "/"):
                tail = PurePosixPath(finding.file).relative_to(inside) if inside else finding.file
                found.append(replace(finding, file=(path / tail).as_posix()))
    return list(dict.fromkeys(found))


def _root_of(path: Path) -> Path | None:
    """Return the folder that holds `courses` or `quizzes` around a path; None for one that stands alone."""
    if not path.exists():
        raise FileNotFoundError(path)
    resolved = path.resolve()
    if resolved.is_dir() and any((resolved / name).is_dir() for name in ("courses", "quizzes")):
        return resolved
    for folder in (resolved, *resolved.parents):
        if folder.name in {"courses", "quizzes"}:
            return folder.parent
    return None


def _check_alone(path: Path, renderer: Renderer | None) -> Iterable[Diagnostic]:
    """Check a ZIP, or a text outside the layout by itself; its kind and language are told by its name."""
    if path.is_dir() or path.suffix == ".zip":
        return check_bundle(read_bundle(path), renderer)
    name = path.name
    is_quiz = name.endswith(".quiz.md")
    slug, _, language = name.removesuffix(".md").removesuffix(".quiz").rpartition(".")
    kind = "quiz" if is_quiz else "course" if slug == "course" else "unit"
    language = language if language in {"vi", "en", "he"} else "vi"
    parsed = _PARSERS[kind](path.read_bytes(), file=path.as_posix(), language=language)
    file = BundleFile(path.as_posix(), "unit", "", slug, language, b"")
    entry = ReadFile(replace(file, kind="quiz" if is_quiz else "unit"), parsed)
    return [*parsed.diagnostics, *(_check_rendering(entry, renderer) if renderer else ())]
