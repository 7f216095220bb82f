"""Files from one quiz format into another, with the pictures beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from learning.config import LANGUAGES
from learning.courses.services import ContentRejected
from learning.domain.content import QuizFile
from learning.domain.errors import Refused
from learning.formats.exchange import (
    FORMATS,
    Exported,
    Format,
    Imported,
    Loss,
    Losses,
    Target,
    format_of,
    write_foreign,
)
from learning.formats.exchange.convert import Render
from learning.formats.prose import MEDIA_PATH, pictures
from learning.formats.quiz import parse_quiz
from learning.formats.rendering import RenderRefused
from learning.formats.slugs import slug_of

OURS = "quiz"
OURS_SUFFIX = ".quiz.md"
EXCHANGED = (OURS, *FORMATS)


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a file: every loss, and whether anything was written."""

    losses: tuple[Loss, ...]
    is_written: bool


def convert_file(
    source: Path,
    result: Path,
    *,
    formats: tuple[str | None, str | None],
    language: str | None,
    render: Render,
) -> Converted:
    """Convert a file by the names of two formats, or by the endings where they are None.

    Raises Refused for an unknown ending, ContentRejected for a quiz of ours with errors, OSError.
    """
    reads, writes = _named(source, formats[0], source.read_bytes()), _named(result, formats[1])
    language = language or _language_of(result.name) or _language_of(source.name) or LANGUAGES[0]
    if reads is None:
        quiz, losses = _parse(source, language), Losses()
        media = _media_beside(source)
    else:
        imported = reads.read(source.read_bytes(), Target(language, _stem(source.name)))
        losses = Losses()
        losses.extend(imported.losses)
        if imported.quiz is None:
            return Converted(losses.all(), is_written=False)
        quiz, media = imported.quiz, dict(imported.media)
        if writes is None:
            write_imported(imported, result)
    if writes is None and reads is None:
        _write(result, source.read_bytes())
    elif writes is not None:
        exported = _exported(quiz, writes, render, media=media, name=source.name)
        losses.extend(exported.losses)
        if not exported.data:
            return Converted(losses.all(), is_written=False)
        _write(result, exported.data)
    return Converted(losses.all(), is_written=True)


def write_imported(imported: Imported, result: Path) -> None:
    """Write a quiz as ours, its files into `media/` beside it; raises OSError."""
    for path, data in imported.media.items():
        target = result.parent / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, data)
    _write(result, imported.source.encode())


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises OSError."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _exported(
    quiz: QuizFile, form: Format, render: Render, *, media: Mapping[str, bytes], name: str
) -> Exported:
    try:
        return write_foreign(quiz, form, render, media)
    except RenderRefused as refusal:
        raise ContentRejected([refusal.diagnostic(name, "quiz")]) from refusal


def name_of_file(slug: str, form: Format) -> str:
    """Return the name of an exported file."""
    return f"{slug}{form.suffixes[0]}"


def media_of(quiz_source: str) -> list[str]:
    """Return the paths below `media/` that a quiz shows or links to."""
    found = (picture.target for picture in pictures(quiz_source.split("\n")))
    return sorted({path for path in found if MEDIA_PATH.fullmatch(path)})


def _named(path: Path, name: str | None, data: bytes = b"") -> Format | None:
    if name == OURS or (name is None and path.name.endswith(OURS_SUFFIX)):
        return None
    form = FORMATS[name] if name else format_of(path.name, data)
    if form is None:
        raise Refused(
            "The format of %(name)s is not known by its ending; say --from or --to.", name=path.name
        )
    return form


def _stem(name: str) -> str:
    return name.split(".", 1)[0]


def _language_of(name: str) -> str | None:
    return next((part for part in name.split(".")[1:] if part in LANGUAGES), None)


def _parse(source: Path, language: str) -> QuizFile:
    parsed = parse_quiz(source.read_bytes(), file=source.name, language=language)
    if parsed.value is None:
        raise ContentRejected(parsed.diagnostics)
    return parsed.value


def _media_beside(source: Path) -> Mapping[str, bytes]:
    """Return the files of a quiz, from beside it or from its course, as the layout of bundles has it."""
    folders = [source.parent, source.parent.parent.parent / "courses" / source.parent.name]
    found = {}
    for path in media_of(source.read_text("utf-8")):
        file = next((folder / path for folder in folders if (folder / path).is_file()), None)
        if file is not None:
            found[path] = file.read_bytes()
    return found


def slug_for(title: str) -> str:
    """Return a name in the address for an imported quiz."""
    return slug_of(title, length=64) or "bai-nhap"
