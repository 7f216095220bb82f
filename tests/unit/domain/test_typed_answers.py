"""Answers in the learner's own words: what counts as the same text, and what is read as a number."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.errors import Refused
from learning.domain.grading import Given, grade, grade_quiz
from learning.domain.numbers import MAX_DIGITS, read_number, read_span, show_span, write_number
from learning.domain.questions.model import Question, Reply, ReplyAnswer
from learning.domain.questions.registry import TYPES
from learning.domain.wording import comparable, matches
from learning.formats.quiz import parse_quiz

TEXT, NUMERIC = TYPES["text"], TYPES["numeric"]


def quiz(body: str, settings: str = "", language: str = "vi"):
    parsed = parse_quiz(f"## Câu {{#a {settings}}}\n\n{body}\n".encode(), file="a", language=language)
    assert parsed.value is not None, [finding.line_of_text() for finding in parsed.diagnostics]
    return parsed.value


def won(body: str, value: object, *, settings: str = "", language: str = "vi") -> Fraction:
    return grade(quiz(body, settings).questions[0], value, "minus", language=language).score


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("hòa", "hoà", True),
        ("Thúy", "THUÝ", True),
        ("khỏe mạnh.", "khoẻ  mạnh", True),
        ("thủy, hòa", "thuỷ, hoà", True),
        ("hòa-bình", "hoà-bình", True),
        ("ho\u0300a", "hòa", True),  # marks apart
        ("quý", "qúy", False),  # u belongs to the q
        ("hoàn", "hòan", False),  # the syllable goes on: one place only
        ("đường", "dường", False),
        ("ma", "má", False),
        ("mã\u200bOTP", "mãotp", True),
        ("\u202emã\u202c", "mã", True),
        (" mã \u00a0 otp ", "mã otp", True),
        ("mã otp..", "mã otp.", False),
        ("mã otp", "mã otp .", True),
    ],
)
def test_texts_are_the_same_as_vietnamese_is_written(one: str, other: str, *, same: bool) -> None:
    assert (comparable(one) == comparable(other)) is same
    assert won(f"- = {one}", other) == same


@pytest.mark.parametrize(
    ("settings", "expected", "typed", "share"),
    [
        ("accents=ignore", "lừa đảo", "LUA DAO", 1),
        ("accents=ignore", "lừa đảo", "lửa đạo", 1),
        ("", "lừa đảo", "lua dao", 0),
        ("case=exact", "VNeID", "vneid", 0),
        ("case=exact", "VNeID", "VNeID", 1),
        ("case=exact", "HÒA BÌNH", "HOÀ BÌNH", 1),
        ("case=exact accents=ignore", "Đà Nẵng", "Da Nang", 1),
        ("case=exact accents=ignore", "Đà Nẵng", "da nang", 0),
        ("match=wildcard", "lừa đảo *qua* tin nhắn", "Lừa đảo tài chính qua mạng và tin nhắn.", 1),
        ("match=wildcard", "lừa đảo*", "lừa đảo", 1),
        ("match=wildcard", "*phishing", "smishing", 0),
        ("match=wildcard", "hò*", "hoà giải", 1),  # the star cuts a syllable that has two ways
        ("match=wildcard", "hoà*", "hòa giải", 1),
        ("match=wildcard", "*hoá", "số hóa", 1),
        ("match=wildcard", "hò*", "hoạ", 0),
        ("", "`gov.vn`", "GOV.VN", 1),
        ("case=exact", "`a`", "A", 0),
        ("", "`", "`", 1),
        ("", "`a` và `b`", "`a` và `b`", 1),
        ("", "lừa*", "lừa đảo", 0),
        ("", "lừa*", "lừa*", 1),
        ("", "a.b", "aXb", 0),
    ],
)
def test_the_settings_of_a_text_decide_what_differs(
    settings: str, expected: str, typed: str, share: int
) -> None:
    assert won(f"- = {expected}", typed, settings=settings) == share


def fits(pattern: str, text: str) -> bool:
    """Tell slowly whether a text fits, by trying every way to fill the stars."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(fits(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] == text[0] and fits(pattern[1:], text[1:])


@given(st.text("ab*", max_size=7), st.text("ab*", max_size=9))
def test_a_star_stands_for_anything(pattern: str, text: str) -> None:
    assert matches(pattern, text) == fits(pattern, text)


def test_every_short_pattern_fits_what_it_should() -> None:
    patterns, texts = (
        [
            "".join(letters)
            for length in range(longest + 1)
            for letters in itertools.product(alphabet, repeat=length)
        ]
        for alphabet, longest in (("ab*", 5), ("ab", 4))
    )
    found = [(pattern, text) for pattern in patterns for text in texts if matches(pattern, text)]
    assert found == [(pattern, text) for pattern in patterns for text in texts if fits(pattern, text)]


def test_many_stars_take_no_time_to_fail() -> None:
    assert not matches("a*" * 400 + "b", "a" * 1000)  # with backtracking this would outlive the universe


LETTERS = {
    tones[0]: tones
    for tones in (
        *("aàáảãạ", "ăằắẳẵặ", "âầấẩẫậ", "eèéẻẽẹ", "êềếểễệ", "iìíỉĩị"),
        *("oòóỏõọ", "ôồốổỗộ", "ơờớởỡợ", "uùúủũụ", "ưừứửữự", "yỳýỷỹỵ"),
    )
}
ONSETS = ["", "b", "h", "g", "kh", "l", "ng", "nh", "t", "th", "x"]
# Which letter of the rhyme bears the tone, in the old manner and in the new.
RHYMES = {
    "oa": (0, 1), "oe": (0, 1), "uy": (0, 1),
    "a": (0, 0), "e": (0, 0), "i": (0, 0), "o": (0, 0), "u": (0, 0), "y": (0, 0), "ơ": (0, 0),
    "ai": (0, 0), "ao": (0, 0), "ay": (0, 0), "eo": (0, 0), "oi": (0, 0), "ui": (0, 0), "iu": (0, 0),
    "ia": (0, 0), "ua": (0, 0), "ưa": (0, 0), "uê": (1, 1), "uơ": (1, 1), "uya": (1, 1), "uyu": (1, 1),
    "oai": (1, 1), "oay": (1, 1), "oao": (1, 1), "oeo": (1, 1), "oan": (1, 1), "oang": (1, 1), "oat": (1, 1),
    "oen": (1, 1), "oăn": (1, 1), "uyt": (1, 1), "uynh": (1, 1), "uyên": (2, 2), "ươi": (1, 1), "uôn": (1, 1),
}  # fmt: skip
AFTER_A_GLIDE = {"qu": ("a", "y", "ê", "ai", "ang", "yt"), "gi": ("a", "o", "u", "ai", "oi", "ang")}


def syllables() -> set[frozenset[str]]:
    """Return the ways to write each of many syllables, letter by letter, and slips as words of their own."""
    wholes = [(onset, rhyme, places) for onset in ONSETS for rhyme, places in RHYMES.items()]
    wholes += [(onset, rhyme, (0, 0)) for onset, rhymes in AFTER_A_GLIDE.items() for rhyme in rhymes]
    found = set()
    for tone in range(1, 6):
        for onset, rhyme, places in wholes:
            letters = onset + rhyme
            ways = {
                at: letters[:at] + LETTERS[letter][tone] + letters[at + 1 :]
                for at, letter in enumerate(letters)
                if letter in LETTERS
            }
            right = frozenset(ways[len(onset) + place] for place in places)
            found |= {right} | {frozenset([way]) for way in ways.values() if way not in right}
    # "gìa" is no slip where g and ia make a syllable; the larger set of ways is the whole truth.
    return {ways for ways in found if not any(ways < others for others in found)}


def test_two_ways_to_write_a_syllable_are_one_and_all_others_are_others() -> None:
    groups: dict[str, set[str]] = {}
    for ways in syllables():
        for way in ways:
            groups.setdefault(comparable(way), set()).add(way)
    assert {frozenset(group) for group in groups.values()} == syllables()
    assert frozenset(["hòa", "hoà"]) in syllables()
    assert {frozenset(["quý"]), frozenset(["qúy"]), frozenset(["già"]), frozenset(["gìa"])} <= syllables()


@given(st.text("aàáeèoòóuùyýhqtnĐđ ", max_size=12))
def test_comparing_is_blind_only_to_the_place_of_a_tone(text: str) -> None:
    assert comparable(comparable(text)) == comparable(text)
    for old, new in (("òa", "oà"), ("óe", "oé"), ("ùy", "uỳ")):
        alone = f"h{old} {text}", f"h{new} {text}"
        assert comparable(alone[0]) == comparable(alone[1])


NUMBERS = {
    ("1.000", "vi"): 1000,
    ("1.000", "en"): 1,
    ("1,000", "vi"): 1,
    ("1,000", "en"): 1000,
    ("1.000,5", "vi"): Fraction("1000.5"),
    ("1.000,5", "he"): Fraction("1000.5"),
    ("1,000.5", "vi"): Fraction("1000.5"),
    ("3,14", "en"): Fraction("3.14"),
    ("3.14", "vi"): Fraction("3.14"),
    ("1.000.000", "en"): 1_000_000,
    ("1 000", "vi"): 1000,
    ("1\u00a0000,5", "vi"): Fraction("1000.5"),
    ("0.500", "vi"): Fraction(1, 2),
    (",5", "vi"): Fraction(1, 2),
    ("1000.000", "vi"): 1000,
    ("+5", "vi"): 5,
    ("-5", "vi"): -5,
    ("−5", "vi"): -5,
    ("١٢", "vi"): 12,
    ("\u200f12\u200e", "he"): 12,
    ("9" * MAX_DIGITS, "vi"): 10**MAX_DIGITS - 1,
    ("9" * (MAX_DIGITS + 1), "vi"): None,
    ("1e3", "vi"): None,
    ("1/2", "vi"): None,
    ("12 ký tự", "vi"): None,
    ("mười", "vi"): None,
    ("1.00.000", "vi"): None,
    ("1,2,3", "vi"): None,
    ("1 00", "vi"): None,
    ("--5", "vi"): None,
    ("5.", "vi"): 5,  # the full stop of a sentence
    ("5 .", "vi"): 5,
    ("1.000.", "vi"): 1000,
    ("5,", "vi"): None,
    (".", "vi"): None,
    ("0 123", "vi"): None,
    ("1 000.000", "vi"): 1000,
    ("1 000 000,5", "en"): Fraction("1000000.5"),
    ("1\u202f000", "vi"): 1000,
    ("１２", "vi"): 12,
    ("- 5", "vi"): -5,
    ("1,000.000,5", "vi"): None,
    ("9" * 200, "vi"): None,
    ("80%", "vi"): None,
    ("", "vi"): None,
    ("-", "vi"): None,
    ("²", "vi"): None,
    ("NaN", "vi"): None,
    ("inf", "vi"): None,
}


@pytest.mark.parametrize(("typed", "language"), NUMBERS)
def test_a_number_is_read_as_its_language_writes_it_or_not_at_all(typed: str, language: str) -> None:
    assert read_number(typed, language) == NUMBERS[typed, language]


decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3)


@given(decimals.map(Fraction), st.sampled_from(["vi", "en", "he"]))
def test_what_is_echoed_is_what_was_read(value: Fraction, language: str) -> None:
    echo = write_number(value, language)
    # Three decimals after a short whole number are the one case that the echo may not leave to the reader.
    assert read_number(echo, language) == value


@given(st.text("0123456789.,+-− e\u00a0٣", max_size=14))
def test_what_can_be_read_can_be_read_in_every_language(typed: str) -> None:
    values = [read_number(typed, language) for language in ("vi", "en", "he")]
    assert [value is None for value in values] in ([True] * 3, [False] * 3)
    if not set(typed.strip().removesuffix(".")) & set(".,"):
        assert len(set(values)) == 1


@pytest.mark.parametrize(
    ("reply", "typed", "share"),
    [
        ("12", "12,0", 1),
        ("12..12", "12", 1),
        ("12", "12,01", 0),
        ("12 ± 2", "14", 1),
        ("12 ± 2", "14,1", 0),
        ("12 +- 2", "10", 1),
        ("200 ± 5%", "190", 1),
        ("200 ± 5%", "189,9", 0),
        ("-200 ± 5%", "-210", 1),
        ("10..14", "10", 1),
        ("10..14", "14.000", 0),  # fourteen thousand
        ("10..14", "9,9", 0),
        ("-3..-1", "−2", 1),
    ],
)
def test_a_number_counts_within_its_span(reply: str, typed: str, share: int) -> None:
    assert won(f"- = {reply}", typed) == share


def test_the_best_reply_counts_and_a_wrong_one_only_comments() -> None:
    body = "- = 12\n  > Đúng.\n- = 10..14 {50%}\n  > Gần đúng.\n- != 8\n  > Đó là quy định cũ."
    asked = quiz(body).questions[0]
    for typed, share, comment in (
        ("12", 1, "comment/1"),
        ("13", Fraction(1, 2), "comment/2"),
        ("8", 0, "comment/3"),
        ("9", 0, None),
    ):
        assert grade(asked, typed, "minus", language="vi").score == share
        assert NUMERIC.comment(asked.answer, typed, "vi") == comment


def test_the_language_of_the_response_decides_how_it_is_read() -> None:
    asked = quiz("- = 1000")
    for language, share in (("vi", 1), ("en", 0)):
        grading = grade_quiz(asked, ["a"], {"a": Given("1.000", language)})
        assert grading.score == share


def test_a_number_counts_in_the_unit_of_the_language_it_was_given_in() -> None:
    metric, imperial = quiz("- = 2.54", 'unit="cm"'), quiz("- = 1", 'unit="inch"', language="en")
    for typed, language, share in (("2,54", "vi", 1), ("1", "en", 1), ("1", "vi", 0), ("2.54", "en", 0)):
        assert grade_quiz(metric, ["a"], {"a": Given(typed, language)}, twins=[imperial]).share == share
    assert grade_quiz(metric, ["a"], {"a": Given("2.54", "he")}, twins=[imperial]).passed  # no Hebrew twin


def test_the_words_of_every_language_count() -> None:
    vietnamese, english = (
        quiz("- = lừa đảo qua tin nhắn"),
        quiz("- = phishing by text message", language="en"),
    )
    for typed in ("lừa đảo qua tin nhắn", "Phishing by text message"):
        assert grade_quiz(vietnamese, ["a"], {"a": Given(typed, "en")}, twins=[english]).passed
    assert not grade_quiz(vietnamese, ["a"], {"a": Given("phishing by text message", "en")}).passed


@pytest.mark.parametrize("kind", [TEXT, NUMERIC])
def test_responses_that_are_no_text_are_refused_and_spaces_are_none(kind) -> None:
    answer = ReplyAnswer((Reply("12", correct=True),))
    for value in (12, ["12"], {"a": 1}, True, "x" * 1001):
        with pytest.raises(Refused):
            kind.read_response(answer, value)
    assert kind.read_response(answer, " \t\u00a0 ") is None
    assert kind.read_response(answer, None) is None
    assert kind.read_response(answer, "x" * 1000) == "x" * 1000
    assert kind.read_response(answer, " \u200b\u202e ") is None
    assert kind.read_response(answer, " 1e3 ") == "1e3"
    assert kind.read_response(answer, "mã\u200b \u202eOTP\ud800\tmới") == "mã OTP mới"


@given(st.none() | st.integers() | st.text(max_size=20) | st.lists(st.text(max_size=3), max_size=3))
def test_no_stored_response_breaks_grading(value: object) -> None:
    for body in ("- = 12 ± 3", "- = mã *otp*\n- != pin"):
        asked = quiz(body, "match=wildcard" if "otp" in body else "").questions[0]
        assert 0 <= grade(asked, value, "minus", language="vi").score <= 1


def test_right_answers_are_shown_as_readers_write_them() -> None:
    assert [show_span(text, "vi") for text in ("3.5", "10..14", "12.5 ± 2")] == ["3,5", "10 – 14", "12,5 ± 2"]
    assert show_span("3.5", "en") == "3.5"
    wild = quiz("- = mã *", "match=wildcard").questions[0]
    assert TEXT.show_right(wild.answer, "vi") == ("mã …",)


@pytest.mark.parametrize("body", ["- = 3.5", "- = 10..14", "- = mã OTP", "- = 1000 ± 10%", "- = 0.125 ± 0.1"])
def test_the_right_response_wins_all_points_in_every_language(body: str) -> None:
    asked = quiz(body).questions[0]
    response = TYPES[asked.type].right_response(asked.answer)
    for language in ("vi", "en", "he"):
        assert grade(asked, response, "minus", language=language).score == asked.points


def test_what_learners_are_offered_tells_nothing() -> None:
    asked: Question = quiz("- = 12").questions[0]
    kind = TYPES[asked.type]
    assert kind.arrange(asked.answer, lambda names, _purpose: sorted(names), shuffle=True) == {}
    assert list(itertools.chain(kind.fragments(asked.answer))) == []


def test_spans() -> None:
    span = read_span("200 ± 5%")
    assert span is not None
    assert (span.low, span.high) == (190, 210)
    assert read_span("14..10") is None
    for other, meets in (("190", True), ("210", True), ("211..300", False), ("100..189.9", False)):
        also = read_span(other)
        assert also is not None
        assert span.meets(also) is also.meets(span) is meets
    assert read_span("1,5") is None
