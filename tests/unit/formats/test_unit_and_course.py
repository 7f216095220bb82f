"""Units and courses are read as their authors mean them, and every slip is told with its place."""

from datetime import date

import pytest

from learning.domain.content import CompletionRule, CourseFile, UnitFile
from learning.formats.course import parse_course
from learning.formats.text import Parsed
from learning.formats.unit import parse_unit

UNIT = """\
---
title: Đọc đường dẫn
summary: Tìm chủ thật.
section: Phần một
required: no
minutes: 15
completion: read and quiz
quiz: doc-duong-dan
competences: dc:4.1, iu:14
reviewed_on: 2026-11-22
review_by: 2027-05-22
legal_basis: Luật An ninh mạng 2018
ai_generated: a.png
---

Mở đầu.

## Ba bước
"""
COURSE = """\
---
title: Nhận diện lừa đảo
summary: Bốn đòn tâm lý.
units: bon-don, doc-duong-dan
owner: 24-BTGDV
audience: can-bo, nguoi-dan
competences: dc:1.1
prerequisites: co-ban
diagnostic: thu-suc
valid_for: 24 months
renew_window: 3 months
renew_on: 31-12
certificate: yes
open: no
author_note: chưa duyệt
---

Lời dẫn.

## Mục tiêu

Học xong, bạn có thể:

- gọi tên `bốn` đòn tâm lý
  trong một tin nhắn;
- đọc một đường dẫn.

## Khác

- không phải mục tiêu
"""


def unit(text: str) -> Parsed[UnitFile]:
    return parse_unit(text.encode(), file="a.vi.md", language="vi")


def course(text: str) -> Parsed[CourseFile]:
    return parse_course(text.encode(), file="course.vi.md", language="vi")


def good_unit(text: str) -> UnitFile:
    read = unit(text).value
    assert read is not None
    return read


def good_course(text: str) -> CourseFile:
    read = course(text).value
    assert read is not None
    return read


def test_a_unit_has_its_settings_and_its_text() -> None:
    read = good_unit(UNIT)
    assert (read.title, read.summary, read.section) == ("Đọc đường dẫn", "Tìm chủ thật.", "Phần một")
    assert (read.required, read.minutes, read.quiz) == (False, 15, "doc-duong-dan")
    assert read.completion == (CompletionRule.READ, CompletionRule.QUIZ)
    assert read.competences == ("dc:4.1", "iu:14")
    assert (read.reviewed_on, read.review_by) == (date(2026, 11, 22), date(2027, 5, 22))
    assert (read.legal_basis, read.ai_generated) == ("Luật An ninh mạng 2018", ("a.png",))
    assert read.body == "Mở đầu.\n\n## Ba bước"
    assert unit(UNIT).keys["completion"] == 7


def test_a_unit_without_settings_is_required_and_read() -> None:
    read = good_unit("---\ntitle: a\n---\nb")
    assert (read.required, read.completion, read.quiz) == (True, (CompletionRule.READ,), None)


def test_a_unit_with_a_quiz_is_completed_by_it() -> None:
    assert good_unit("---\ntitle: a\nquiz: b\n---\n").completion == (CompletionRule.QUIZ,)


def test_a_task_is_a_section_of_the_text() -> None:
    text = "---\ntitle: a\ncompletion: task\n---\n## Nhiệm vụ {#task points=5}\n"
    assert good_unit(text).completion == (CompletionRule.TASK,)


def test_a_course_has_its_settings_its_text_and_its_outcomes() -> None:
    read = good_course(COURSE)
    assert read.is_original
    assert read.units == ("bon-don", "doc-duong-dan")
    assert (read.owner, read.audience, read.competences) == ("24-BTGDV", ("cadre", "citizen"), ("dc:1.1",))
    assert (read.prerequisites, read.diagnostic) == (("co-ban",), "thu-suc")
    assert (read.valid_for, read.renew_window, read.renew_on) == (24, 3, (31, 12))
    assert (read.certificate, read.open, read.author_note) == (True, False, "chưa duyệt")
    assert read.outcomes == ("gọi tên `bốn` đòn tâm lý trong một tin nhắn;", "đọc một đường dẫn.")
    assert read.body.startswith("Lời dẫn.")


def test_a_twin_of_a_course_has_only_words() -> None:
    read = good_course("---\ntitle: Spotting scams\n---\n## Outcomes\n- name them\n")
    assert not read.is_original
    assert read.outcomes == ("name them",)


UNIT_SLIPS = {
    "no front matter": ("Chỉ có chữ\n", (1, 1, "U003")),
    "no title": ("---\nsummary: a\n---\n", (1, 1, "U004")),
    "unknown key": ("---\ntitle: a\ncompletoin: read\n---\n", (3, 1, "U004")),
    "unknown rule": ("---\ntitle: a\ncompletion: raed\n---\n", (3, 13, "U004")),
    "rule twice": ("---\ntitle: a\ncompletion: read and read\n---\n", (3, 13, "U004")),
    "yes in Vietnamese": ("---\ntitle: a\nrequired: có\n---\n", (3, 11, "U004")),
    "minutes in words": ("---\ntitle: a\nminutes: mười\n---\n", (3, 10, "U004")),
    "no such day": ("---\ntitle: a\nreviewed_on: 2026-02-30\n---\n", (3, 14, "U004")),
    "review before": ("---\ntitle: a\nreviewed_on: 2026-02-03\nreview_by: 2026-02-03\n---\n", (4, 1, "U004")),
    "quiz name": ("---\ntitle: a\nquiz: Câu Hỏi\n---\n", (3, 7, "U004")),
    "fence": ("---\ntitle: a\n---\n~~~\nx\n", (4, 1, "U005")),
    "long line": ("---\ntitle: a\n---\n" + "a" * 2001, (1, 1, "U006")),
    "picture": ("---\ntitle: a\n---\n![](media/a.png)\n", (4, 1, "U051")),
    "html": ("---\ntitle: a\n---\n<div>\n", (4, 1, "U052")),
    "no quiz": ("---\ntitle: a\ncompletion: read and quiz\n---\n", (3, 1, "U090")),
    "no task": ("---\ntitle: a\ncompletion: task\n---\n", (3, 1, "U091")),
}


@pytest.mark.parametrize("name", UNIT_SLIPS)
def test_a_slip_in_a_unit_is_told_alone_and_at_its_place(name: str) -> None:
    text, expected = UNIT_SLIPS[name]
    assert [(d.line, d.column, d.code) for d in unit(text).diagnostics] == [expected]


COURSE_SLIPS = {
    "bad slug": ("---\ntitle: a\nunits: Bài 1\n---\n", (3, 1, "C011"), "use `bai-1`"),
    "reserved": ("---\ntitle: a\nunits: a, media\n---\n", (3, 1, "C011"), "`media` is a reserved name"),
    "unit twice": ("---\ntitle: a\nunits: a, b, a\n---\n", (3, 1, "C091"), "`a` is listed twice"),
    "months": ("---\ntitle: a\nvalid_for: 2 năm\n---\n", (3, 12, "C004"), "`24 months`"),
    "day of year": ("---\ntitle: a\nrenew_on: 31-02\n---\n", (3, 11, "C004"), "`31-12`"),
    "owner": ("---\ntitle: a\nowner: Ban Tuyên giáo\n---\n", (3, 8, "C004"), "`24-BTGDV`"),
}


@pytest.mark.parametrize("name", COURSE_SLIPS)
def test_a_slip_in_a_course_is_told_alone_with_a_remedy(name: str) -> None:
    text, expected, remedy = COURSE_SLIPS[name]
    diagnostics = course(text).diagnostics
    assert [(d.line, d.column, d.code) for d in diagnostics] == [expected]
    assert remedy in diagnostics[0].text()
    assert course(text).value is None
