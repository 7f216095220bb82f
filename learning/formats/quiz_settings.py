"""The front matter of a quiz: a preset and what refines it, read and written."""

from dataclasses import replace
from datetime import datetime

from learning.domain.content import PRESETS, GradeMethod, PartialRule, Preset, QuizSettings, Show
from learning.domain.questions.choices import percent
from learning.formats.front_matter import FrontMatter
from learning.formats.values import (
    BadValue,
    read_count,
    read_draw,
    read_duration,
    read_enum,
    read_list,
    read_moment,
    read_set,
    read_share,
    read_tags,
    read_word,
    write_duration,
    write_set,
)

TEXT_KEYS = ("title", "summary")
SETTING_KEYS = (
    "preset", "pass", "attempts", "grade", "time", "shuffle", "draw", "partial", "navigate", "per_page",
    "wait", "show_after_submit", "show_after_close", "opens", "closes", "tags",
)  # fmt: skip
KEYS = TEXT_KEYS + SETTING_KEYS

_SHUFFLED = ("questions", "choices")


def read_settings(front: FrontMatter) -> QuizSettings:
    """Return the preset with what the front matter refines; notes values that cannot be read."""
    preset = PRESETS[front.get("preset", read_enum(Preset), Preset.PRACTICE)]
    shuffle = front.get("shuffle", _read_shuffle, _shuffled(preset))
    settings = replace(
        preset,
        pass_share=front.get("pass", read_share, preset.pass_share),
        attempts=front.get("attempts", read_count(1, 1000, unlimited="unlimited"), preset.attempts),
        grade=front.get("grade", read_enum(GradeMethod), preset.grade),
        time_limit=front.get("time", read_duration, preset.time_limit),
        shuffle_questions="questions" in shuffle,
        shuffle_choices="choices" in shuffle,
        draw=front.get("draw", read_draw, preset.draw),
        partial=front.get("partial", read_enum(PartialRule), preset.partial),
        show_after_submit=front.get("show_after_submit", read_set(Show), preset.show_after_submit),
        show_after_close=front.get("show_after_close", read_set(Show), preset.show_after_close),
        navigate="forward"
        if front.get("navigate", read_word(("free", "forward")), "free") == "forward"
        else "free",
        per_page=front.get("per_page", read_count(1, 200, unlimited="all"), preset.per_page),
        wait=front.get("wait", read_duration, preset.wait),
        opens=front.get("opens", read_moment, None),
        closes=front.get("closes", read_moment, None),
        tags=front.get("tags", read_tags, ()),
    )
    if settings.opens and settings.closes and settings.closes <= settings.opens:
        front.findings.add("004", "order", line=front.line("closes"), key="closes", earlier="opens")
    return settings


def _read_shuffle(value: str) -> frozenset[str]:
    parts = read_list(value)
    if parts == ("none",):
        return frozenset()
    for part in parts:
        if part not in _SHUFFLED:
            raise BadValue(part, "questions, choices", (*_SHUFFLED, "none"))
    return frozenset(parts)


def _shuffled(settings: QuizSettings) -> frozenset[str]:
    wanted = (settings.shuffle_questions, settings.shuffle_choices)
    return frozenset(name for name, on in zip(_SHUFFLED, wanted, strict=True) if on)


def write_settings(settings: QuizSettings) -> dict[str, str]:
    """Return the entries that give these settings: the preset, and each value that differs from it."""
    preset = PRESETS[settings.preset]
    ours, theirs = _entries(settings), _entries(preset)
    return {key: value for key, value in ours.items() if key == "preset" or (value != theirs[key] and value)}


def _entries(settings: QuizSettings) -> dict[str, str]:
    return {
        "preset": settings.preset,
        "pass": percent(settings.pass_share),
        "attempts": "unlimited" if settings.attempts is None else str(settings.attempts),
        "grade": settings.grade,
        "time": write_duration(settings.time_limit),
        "shuffle": ", ".join(name for name in _SHUFFLED if name in _shuffled(settings)) or "none",
        "draw": ", ".join(f"{tag}={count}" for tag, count in settings.draw),
        "partial": settings.partial,
        "navigate": settings.navigate,
        "per_page": "all" if settings.per_page is None else str(settings.per_page),
        "wait": write_duration(settings.wait),
        "show_after_submit": write_set(settings.show_after_submit, Show),
        "show_after_close": write_set(settings.show_after_close, Show),
        "opens": _write_moment(settings.opens),
        "closes": _write_moment(settings.closes),
        "tags": ", ".join(settings.tags),
    }


def _write_moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
