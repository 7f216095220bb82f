"""Texts of letters: what may stand in them, and what is filled in."""

import pytest

from learning.domain.errors import Refused
from learning.domain.letters import fill, letter_check
from learning.domain.wording import visible
from learning.reminders.texts import TEXTS

PLACES = ("name", "site", "courses")
check = letter_check(PLACES, "courses")
GOOD = "# Nhắc hạn: {site}\n\nKính gửi {name},\n\n{courses}\n\nGặp gỡ, gọi điện: được."


def test_every_letter_that_comes_with_the_site_may_be_sent() -> None:
    assert len(TEXTS) == 12
    for setting in TEXTS.values():
        assert setting.check is not None
        setting.check(setting.default)
        assert visible(setting.default.replace("\n", " ")) == setting.default.replace("\n", " ")


def test_a_text_is_filled_once_and_its_first_line_is_the_subject() -> None:
    check(GOOD)
    subject, body = fill(GOOD, {"name": "{site} Thử", "site": "Trang thử", "courses": "- một\n- hai"})
    assert subject == "Nhắc hạn: Trang thử"
    assert body == "Kính gửi {site} Thử,\n\n- một\n- hai\n\nGặp gỡ, gọi điện: được.\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Kính gửi {name}\n{courses}", "Line 1: begin with #"),
        ("# \n{courses}", "Line 1: begin with #"),
        (f"# {'x' * 121}\n{{courses}}", "at most 120"),
        ("# a {courses}\n{courses}", "Line 1: {courses} is not known here. Known: {name}, {site}."),
        ("# a\n\nXin {ten}\n{courses}", "Line 3: {ten} is not known here. Known: {name}, {site}, {courses}."),
        ("# a\n{name\n{courses}", "Line 2: a brace"),
        ("# a\nname}\n{courses}", "Line 2: a brace"),
        ("# a\n{}\n{courses}", "Line 2: {} is not known"),
        ("# a\nxem {courses} nhé", "{courses} on a line of its own"),
        ("# a\n{courses}\nhttps://hoc.example", "Line 3: our mail has no links"),
        ("# a\n{courses}\nvào WWW.hoc.example", "Line 3: our mail has no links"),
        ("# a\n{courses}\n[đây](/sign-in)", "Line 3: our mail has no links"),
        ("# KHẨN: học ngay\n{courses}", "“KHẨN” presses people"),
        ("# a\n{courses}\nhãy học ngay lập tức", "“ngay lập tức” presses people"),
        ("# a\n{courses}\nAct now!", "presses people"),
        ("# a\n{courses}\nדחוף", "presses people"),
    ],
)
def test_what_will_not_do_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        check(text)
    assert words in str(refused.value)
