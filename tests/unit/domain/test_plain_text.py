"""What is one line of text: composed, readable, and unable to end the isolation it is shown in."""

import unicodedata

import pytest

from learning.domain.plain_text import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Nguyễn Thị Thử  ", "Nguyễn Thị Thử"),
        (unicodedata.normalize("NFD", "Đợt thử"), "Đợt thử"),
        ("קורס \u200fא", "קורס \u200fא"),
        ("Người \u202eđảo", "Người \u202eđảo"),
        ("a" + "\u0301\u0323" * 40, unicodedata.normalize("NFC", "a" + "\u0301\u0323" * 40)),
    ],
)
def test_names_of_all_scripts_are_kept(text: str, line: str) -> None:
    assert one_line(text, maximum=200) == line


@pytest.mark.parametrize(
    "text",
    ["", "   ", "…", "hai\ndòng", "a\x00b", "a\u2028b", "a\ud800", "ab\u2069\u202ecd", "\u2067ab", "a" * 201],
)
def test_what_is_no_line_is_refused(text: str) -> None:
    assert one_line(text, maximum=200) is None
