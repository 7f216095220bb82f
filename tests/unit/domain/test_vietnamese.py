"""Vietnamese order and folding."""

import pytest

from learning.domain.vietnamese import fold, sort_key


def test_letters_sort_as_in_a_dictionary() -> None:
    names = [
        "Đa Mai",
        "Dương Hưu",
        "Ăn",
        "An Lạc",
        "Ân",
        "Êm",
        "Em",
        "Ô",
        "O",
        "Ơ",
        "Ư",
        "U",
        "Bắc Lũng",
        "Bảo Đài",
    ]
    assert sorted(names, key=sort_key) == [
        "An Lạc", "Ăn", "Ân", "Bảo Đài", "Bắc Lũng", "Dương Hưu", "Đa Mai", "Em", "Êm", "O", "Ô", "Ơ", "U", "Ư",
    ]  # fmt: skip


def test_tones_decide_only_between_equal_letters() -> None:
    assert sorted(["mạ", "má", "mã", "mả", "mà", "ma", "mab"], key=sort_key) == [
        "ma", "mà", "mả", "mã", "má", "mạ", "mab",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hiệp Hoà", "hiệp hòa"),
        ("Đường truyền", "duong truyen"),
        ("Cảnh  Thuỵ ", "canh thuy"),
        ("MẬT KHẨU", "mat khau"),
    ],
)
def test_folding_forgets_case_marks_tone_placement_and_d(one: str, other: str) -> None:
    assert fold(one) == fold(other)
