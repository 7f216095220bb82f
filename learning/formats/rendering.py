"""Markdown to HTML in a standing process, so that a hostile text costs a child, never a request.

The child (`render_worker`) is started at the first use, killed when a text takes longer than allowed, and
started anew for the next one. It gets no environment of ours, so no secret, and a bounded amount of memory.
"""

import atexit
import json
import os
import selectors
import struct
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from learning.domain.content import CourseFile, QuizFile, UnitFile
from learning.domain.diagnostics import Diagnostic, diagnostic
from learning.domain.questions.model import Label
from learning.domain.questions.registry import TYPES

# Stored HTML is keyed by this: a new recipe or a new library renders everything anew.
RECIPE = 5
RENDERER_VERSION = f"{RECIPE}-{version('markdown')}-{version('pymdown-extensions')}-{version('nh3')}"

TIMEOUT_SECONDS = 5.0
START_SECONDS = 30.0
MAX_INPUT_BYTES = 2 * 1024 * 1024

_LENGTH = struct.Struct(">I")
_ROOT = Path(__file__).resolve().parent.parent.parent
_FAMILIES = {"quiz": "Q", "unit": "U", "course": "C"}


class RenderRefused(Exception):
    """A text that is not rendered; nothing of it may be shown but its escaped source."""

    variant: Literal["timeout", "failed"] = "failed"

    def diagnostic(self, file: str, kind: str) -> Diagnostic:
        """Return the refusal as a finding about a `quiz`, `unit` or `course` file."""
        return diagnostic(_FAMILIES[kind] + "007", self.variant, file=file)


class RenderTimeout(RenderRefused):
    """Rendering took too long and was stopped."""

    variant = "timeout"


class RenderFailed(RenderRefused):
    """Rendering broke, by nesting too deep, by too much memory or by a fault of a library."""


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of the table of contents; `title` is plain text."""

    id: str
    title: str
    level: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML under the names of the fragments, and the headings of the fragment `body`."""

    html: dict[str, str] = field(default_factory=dict)
    toc: tuple[Heading, ...] = ()


def fragments_of_unit(unit: UnitFile) -> dict[str, str]:
    """Return the Markdown of a unit by fragment name, the same names for language twins.

    Names are `body`, and where there is a task `task/title`, `task/body`, `task/rubric/<n>` (from 1), `task/model`.
    """
    fragments = {"body": unit.body}
    if unit.task is not None:
        fragments |= {"task/title": unit.task.title, "task/body": unit.task.body}
        for number, line in enumerate(unit.task.rubric, start=1):
            fragments[f"task/rubric/{number}"] = line.text
        if unit.task.model:
            fragments["task/model"] = unit.task.model
    return fragments


def fragments_of_course(course: CourseFile) -> dict[str, str]:
    """Return the Markdown of a course by fragment name."""
    return {"body": course.body}


def fragments_of_quiz(quiz: QuizFile) -> dict[str, str]:
    """Return the Markdown of a quiz by fragment name, the same names for language twins.

    Names are `intro` and below `q/<id>/`: `title`, `body`, `hint/<n>` (from 1), `explanation`, `correct`,
    `partly`, `incorrect`, `model`, and those of the type's answer. The author's notes are never rendered.
    """
    fragments = {"intro": quiz.intro}
    for question in quiz.questions:
        prefix = f"q/{question.id}"
        fragments[f"{prefix}/title"] = question.title
        fragments[f"{prefix}/body"] = question.body
        for name, text in TYPES[question.type].fragments(question.answer).items():
            fragments[f"{prefix}/{name}"] = text
        for number, hint in enumerate(question.hints, start=1):
            fragments[f"{prefix}/hint/{number}"] = hint
        for label in (Label.EXPLANATION, Label.CORRECT, Label.PARTLY, Label.INCORRECT, Label.MODEL):
            if text := question.quoted(label):
                fragments[f"{prefix}/{label}"] = text
    return fragments


class Renderer:
    """A handle on the standing process; may be shared by threads and survives a fork of this process."""

    def __init__(self, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        _renderers.add(self)

    def render(
        self,
        fragments: Mapping[str, str],
        *,
        language: str = "vi",
        media_base: str = "media/",
        strip_links: bool = False,
    ) -> Rendered:
        """Return the safe HTML of Markdown fragments; raises RenderTimeout or RenderFailed.

        `media_base` is put before the names of media files; `strip_links` leaves only the text of links.
        """
        request = {
            "fragments": dict(fragments),
            "language": language,
            "media_base": media_base,
            "strip_links": strip_links,
        }
        try:
            message = json.dumps(request).encode()
        except RecursionError as error:
            raise RenderFailed("the request cannot be written") from error
        if len(message) > MAX_INPUT_BYTES:
            raise RenderFailed("the text is too large")
        with self._lock:
            answer = self._ask(message)
        if "error" in answer:
            raise RenderFailed(str(answer["error"]))
        return Rendered(dict(answer["html"]), tuple(Heading(*heading) for heading in answer["toc"]))

    def close(self) -> None:
        """End the standing process; the next use starts another."""
        with self._lock:
            self._stop()

    @property
    def process_id(self) -> int | None:
        """The id of the standing process, None when there is none."""
        return self._process.pid if self._process else None

    def _ask(self, message: bytes) -> dict[str, Any]:
        process = self._process
        if process is None or process.poll() is not None:
            self._stop()
            process = self._start()
        try:
            _send(process, message, deadline=time.monotonic() + self._timeout)
            answer: dict[str, Any] = json.loads(_receive(process, time.monotonic() + self._timeout))
        except BaseException:
            # Whatever interrupted it, the child may be in the middle of an answer: it is of no use any more.
            self._stop()
            raise
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603  (our own module by our own interpreter)
            [sys.executable, "-m", "learning.formats.render_worker", str(int(self._timeout) + 2)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={"PATH": os.defpath, "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            bufsize=0,
        )
        self._process = process
        try:
            for pipe in (process.stdin, process.stdout):
                os.set_blocking(_number(pipe), False)
            _receive(process, time.monotonic() + START_SECONDS)
        except BaseException:
            self._stop()
            raise
        return process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            _close_pipes(process)

    def _forget(self) -> None:
        """In a forked child: leave the parent's process alone and begin without one."""
        process, self._process = self._process, None
        self._lock = Lock()
        if process is not None:
            _close_pipes(process)
            process.returncode = 0  # it is not ours to wait for


_renderers: weakref.WeakSet[Renderer] = weakref.WeakSet()


def _forget_all() -> None:
    for renderer in list(_renderers):
        renderer._forget()  # noqa: SLF001  (this module's own class)


def _close_all() -> None:
    for renderer in list(_renderers):
        renderer.close()


os.register_at_fork(after_in_child=_forget_all)
atexit.register(_close_all)


def _number(pipe: Any) -> int:
    return int(pipe.fileno())


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _wait(pipe: int, event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise RenderTimeout("rendering took too long")


def _send(process: subprocess.Popen[bytes], message: bytes, *, deadline: float) -> None:
    pipe = _number(process.stdin)
    rest = memoryview(_LENGTH.pack(len(message)) + message)
    while rest:
        _wait(pipe, selectors.EVENT_WRITE, deadline)
        try:
            rest = rest[os.write(pipe, rest) :]
        except BlockingIOError:
            continue
        except BrokenPipeError as error:
            raise RenderFailed("the process that renders has ended") from error


def _receive(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    (length,) = _LENGTH.unpack(_read(process, _LENGTH.size, deadline))
    return _read(process, length, deadline)


def _read(process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    pipe = _number(process.stdout)
    data = bytearray()
    while len(data) < size:
        _wait(pipe, selectors.EVENT_READ, deadline)
        try:
            part = os.read(pipe, size - len(data))
        except BlockingIOError:
            continue
        if not part:
            raise RenderFailed("the process that renders has ended")
        data += part
    return bytes(data)
