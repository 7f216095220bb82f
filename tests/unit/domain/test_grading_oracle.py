"""Ten thousand quizzes by chance, written, read, answered and graded, against counting by hand.

Nothing here knows how the site grades: each question is a plan of what is right, and what a learner does with it is
counted one decision after the other.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest

from learning.domain.content import QuizFile
from learning.domain.grading import Given, grade_quiz
from learning.domain.questions.model import Question
from learning.formats.quiz import parse_quiz

QUIZZES, PARTS = 10_000, 20
WORDS = ("khoá", "cửa", "sổ", "đèn", "nhà", "đường", "hòa", "thúy", "OTP", "phishing")


@dataclass
class Asked:
    """A question as text, how it is answered by its keys, and the share that the answer wins."""

    source: str
    respond: Callable[[Question], Any]
    share: Fraction
    settings: str = ""


@dataclass
class Dice:
    """Chance, and words that are never the same twice."""

    chance: random.Random
    used: int = field(default=0)

    def word(self) -> str:
        self.used += 1
        return f"{self.chance.choice(WORDS)} số {self.used}"

    def flip(self) -> bool:
        return self.chance.random() < 0.5

    def some(self, things: list[Any]) -> list[Any]:
        return [thing for thing in things if self.flip()]


def ticked(dice: Dice, kind: str) -> Asked:
    """Choices to tick; with several, by a rule or by weights."""
    count = 2 if kind == "truefalse" else dice.chance.randint(2, 6)
    names = ["Đúng", "Sai"] if kind == "truefalse" else [dice.word() for _ in range(count)]
    if kind == "multiple":
        right = [dice.flip() for _ in names]
        right[dice.chance.randrange(count)] = True
    else:
        one = dice.chance.randrange(count)
        right = [number == one for number in range(count)]
    picked = [dice.flip() for _ in names] if kind == "multiple" else [False] * count
    if kind != "multiple" and dice.chance.random() < 0.8:
        picked[dice.chance.randrange(count)] = True
    weighted = kind == "multiple" and dice.flip()
    shares = [Fraction(100 // sum(right), 100) if is_right else Fraction(0) for is_right in right]
    if weighted and sum(shares) == 1:
        for number, is_right in enumerate(right):
            if not is_right and dice.flip():
                shares[number] = Fraction(-dice.chance.choice([10, 25, 50]), 100)
    else:
        weighted = False
    rule = dice.chance.choice(["all", "minus", "each"])
    lines = [
        f"- [{'x' if is_right else ' '}] {name}{f' {{{int(share * 100)}%}}' if weighted else ''}"
        for name, is_right, share in zip(names, right, shares, strict=True)
    ]
    won = Fraction(0)
    if kind != "multiple":
        won = Fraction(picked == right)
    elif any(picked):
        won = weigh(picked, shares) if weighted else count_ticks(picked, right, rule)

    def respond(question: Question) -> Any:
        keys = [
            choice.key for choice, is_picked in zip(question.answer.choices, picked, strict=True) if is_picked
        ]
        if kind == "multiple":
            return keys or None
        return keys[0] if keys else None

    settings = f"type={kind}" + (f" partial={rule}" if kind == "multiple" else "")
    return Asked("\n".join(lines), respond, won, settings)


def weigh(picked: list[bool], shares: list[Fraction]) -> Fraction:
    won = Fraction(0)
    for is_picked, share in zip(picked, shares, strict=True):
        won += share if is_picked else 0
    return min(Fraction(1), max(Fraction(0), won))


def count_ticks(picked: list[bool], right: list[bool], rule: str) -> Fraction:
    hits = faults = decided = 0
    for is_picked, is_right in zip(picked, right, strict=True):
        hits += is_picked and is_right
        faults += is_picked and not is_right
        decided += is_picked == is_right
    all_right, all_wrong = right.count(True), right.count(False)
    if rule == "all":
        return Fraction(1) if picked == right else Fraction(0)
    if rule == "each":
        return Fraction(decided, len(right))
    lost = Fraction(faults, all_wrong) if all_wrong else Fraction(0)
    won = Fraction(hits, all_right) if all_right else Fraction(1)
    return won - lost if won > lost else Fraction(0)


def typed(dice: Dice) -> Asked:
    """Words, in which case and the place of the tone do not matter."""
    right, half, other = dice.word(), dice.word(), dice.word()
    source = f"- = {right}\n- = {half} {{50%}}\n- != {other}\n"
    said, share = dice.chance.choice(
        [
            (right, Fraction(1)),
            (f"  {right.upper()}. ", Fraction(1)),
            (right.replace("hòa", "hoà").replace("thúy", "thuý"), Fraction(1)),
            (half, Fraction(1, 2)),
            (other, Fraction(0)),
            (right + "x", Fraction(0)),
            (None, Fraction(0)),
        ]
    )
    return Asked(source, lambda _question: said, share, "type=text")


def number(dice: Dice) -> Asked:
    """A number with a tolerance, typed with a comma as often as with a point."""
    middle, off = dice.chance.randint(-40, 40), dice.chance.randint(0, 5)
    quarters = dice.chance.randint(-200, 200)
    distance = abs(quarters - 4 * middle)
    said = f"{'-' if quarters < 0 else ''}{abs(quarters) // 4}.{abs(quarters) % 4 * 25:02d}"
    said = said.replace(".", dice.chance.choice([",", "."]))
    source = f"- = {middle} ± {off}" if off else f"- = {middle}"
    return Asked(source, lambda _question: said, Fraction(distance <= 4 * off), "type=numeric")


def matched(dice: Dice) -> Asked:
    """Pairs and sides to spare; each left side gets some side or none."""
    count, spare = dice.chance.randint(2, 5), dice.chance.randint(0, 2)
    sides = [dice.word() for _ in range(count + spare)]
    put = [dice.chance.choice([*range(count + spare), None, left]) for left in range(count)]
    rule = dice.chance.choice(["each", "all"])
    hits = 0
    for left, side in enumerate(put):
        hits += side == left
    share = Fraction(hits, count) if rule == "each" else Fraction(hits == count)
    lines = [f"- {dice.word()} => {sides[left]}" for left in range(count)]
    lines += [f"- => {side}" for side in sides[count:]]

    def respond(question: Question) -> Any:
        answer = question.answer
        return {
            answer.pairs[left].key: answer.sides[side].key
            for left, side in enumerate(put)
            if side is not None
        } or None

    return Asked("\n".join(lines), respond, share, f"type=match partial={rule}")


def ordered(dice: Dice) -> Asked:
    """Steps, put into some order."""
    count = dice.chance.randint(2, 6)
    order = list(range(count))
    if dice.chance.random() < 0.8:
        dice.chance.shuffle(order)
    rule = dice.chance.choice(["all", "position", "pairs"])
    together = kept = at_home = 0
    for place, step in enumerate(order):
        at_home += place == step
        for later in order[place + 1 :]:
            together += 1
            kept += step < later
    share = {
        "all": Fraction(order == sorted(order)),
        "position": Fraction(at_home, count),
        "pairs": max(Fraction(0), Fraction(2 * kept, together) - 1),
    }[rule]
    source = "\n".join(f"1. {dice.word()}" for _ in range(count))
    return Asked(
        source,
        lambda question: [question.answer.steps[step].key for step in order],
        share,
        f"type=order partial={rule}",
    )


def gaps(dice: Dice) -> Asked:
    """Gaps for words and lists to choose from, in one text."""
    texts: list[str] = []
    fills: list[Callable[[Any], str | None]] = []
    wins = []
    for _ in range(dice.chance.randint(1, 4)):
        wins.append(dice.flip())
        if dice.flip():
            words = [dice.word() for _ in range(dice.chance.randint(1, 3))]
            said = dice.chance.choice(words) if wins[-1] else dice.chance.choice([None, "không phải"])
            texts.append(f"[[= {' | '.join(words)}]]")
            fills.append(lambda _gap, said=said: said)  # type: ignore[misc]
        else:
            count = dice.chance.randint(2, 4)
            right = dice.chance.randrange(count)
            wrong = dice.chance.choice([None, *(one for one in range(count) if one != right)])
            chosen = right if wins[-1] else wrong
            choices = [f"({'x' if one == right else ' '}) {dice.word()}" for one in range(count)]
            texts.append(f"[[{' | '.join(choices)}]]")
            fills.append(
                lambda gap, chosen=chosen: None if chosen is None else gap.answer.choices[chosen].key  # type: ignore[misc]
            )
    rule = dice.chance.choice(["each", "all"])
    share = Fraction(wins.count(True), len(wins)) if rule == "each" else Fraction(all(wins))

    def respond(question: Question) -> Any:
        said = {gap.key: fill(gap) for gap, fill in zip(question.answer.gaps, fills, strict=True)}
        return {key: value for key, value in said.items() if value is not None} or None

    return Asked("Viết " + " và ".join(texts) + ".", respond, share, f"type=cloze partial={rule}")


def marked(dice: Dice) -> Asked:
    """Parts of a message to mark, at times none of them suspicious."""
    right = [dice.flip() for _ in range(dice.chance.randint(1, 5))]
    picked = [dice.flip() for _ in right]
    rule = dice.chance.choice(["all", "minus", "each"])
    answers = dice.chance.random() < 0.9
    share = count_ticks(picked, right, rule) if answers else Fraction(0)
    if rule == "each" and any(right) and not any(picked):
        share = Fraction(0)  # nothing was decided
    parts = " rồi ".join(f"[[{'x' if is_right else 'o'}: {dice.word()}]]" for is_right in right)

    def respond(question: Question) -> Any:
        if not answers:
            return None
        return [part.key for part, is_picked in zip(question.answer.parts, picked, strict=True) if is_picked]

    return Asked(parts, respond, share, f"type=hottext partial={rule}")


KINDS: tuple[Callable[[Dice], Asked], ...] = (
    lambda dice: ticked(dice, "single"),
    lambda dice: ticked(dice, "truefalse"),
    lambda dice: ticked(dice, "multiple"),
    typed,
    number,
    matched,
    ordered,
    gaps,
    marked,
)


def read(source: str) -> QuizFile:
    parsed = parse_quiz(source.encode(), file="a", language="vi")
    assert parsed.value is not None, (source, [one.line_of_text() for one in parsed.diagnostics])
    return parsed.value


@dataclass
class Hinted:
    """How many hints a question has, what each costs in percent (0: nothing), and how many were opened."""

    count: int
    percent: int
    opened: int

    @property
    def setting(self) -> str:
        return f"hint_cost={self.percent}%" if self.percent else ""

    def left_of(self, won: Fraction, worth: Fraction) -> Fraction:
        for _ in range(self.opened):
            won = max(Fraction(0), won - worth * self.percent / 100)
        return won


def hinted(dice: Dice) -> Hinted:
    count = dice.chance.randint(0, 3)
    return Hinted(count, dice.chance.choice([0, 10, 25, 75]) if count else 0, dice.chance.randint(0, count))


@pytest.mark.parametrize("part", range(PARTS))
def test_grading_is_what_counting_by_hand_gives(part: int) -> None:
    dice = Dice(random.Random(part))
    for _ in range(QUIZZES // PARTS):
        asked = [dice.chance.choice(KINDS)(dice) for _ in range(dice.chance.randint(1, 3))]
        points = [Fraction(dice.chance.randint(1, 8), 4) for _ in asked]
        hints = [hinted(dice) for _ in asked]
        mark = dice.chance.randint(1, 100)
        source = f"---\ntitle: T\npass: {mark}%\n---\n" + "".join(
            f"\n## Câu {{#q{number} points={float(worth):g} {hint.setting} {one.settings}}}\n\n{one.source}\n"
            + "\n> **Gợi ý:** nghĩ\n" * hint.count
            for number, (one, worth, hint) in enumerate(zip(asked, points, hints, strict=True))
        )
        quiz = read(source)
        responses = {
            question.id: Given(one.respond(question), "vi", hints=hint.opened)
            for question, one, hint in zip(quiz.questions, asked, hints, strict=True)
        }
        grade = grade_quiz(quiz, [question.id for question in quiz.questions], responses)
        won = [one.share * worth for one, worth in zip(asked, points, strict=True)]
        expected = [hint.left_of(*both) for hint, *both in zip(hints, won, points, strict=True)]
        assert [mark.score for mark in grade.marks] == expected, source
        assert [mark.won for mark in grade.marks] == won, source
        assert (grade.score, grade.max_score) == (sum(expected), sum(points))
        assert grade.passed == (sum(expected) * 100 >= mark * sum(points))
