"""Other systems give the points that we give: items of QTI, marked by what they say themselves."""

import io
import random
import zipfile
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from learning.domain.content import QuizFile
from learning.domain.grading import grade
from learning.domain.questions.model import ChoiceAnswer, Question
from learning.formats.exchange import FORMATS, Target, write_foreign
from learning.formats.markdown_html import render_fragments
from tests.support.qti_scorer import Scorer
from tests.support.random_quizzes import quizzes

TYPED = ["12", "13.5", "10", "14.01", "-3.5", "0.75", "190", "khác", "2FA", "mfa", "6"]


def given_by_chance(question: Question, chance: random.Random) -> tuple[dict[str, Any], Any]:
    """Return one response as the item and as we name it."""
    answer = question.answer
    match question.type:
        case "single" | "truefalse" | "multiple":
            keys = answer.choices
            names = [
                "true" if question.type == "truefalse" and number == 1 else
                "false" if question.type == "truefalse" else
                choice.key if choice.key.startswith("lc-") else f"choice_{number}"
                for number, choice in enumerate(keys, start=1)
            ]  # fmt: skip
            if question.type == "multiple":
                picked = chance.sample(range(len(keys)), chance.randint(0, len(keys)))
                return {"RESPONSE": [names[n] for n in picked]}, tuple(keys[n].key for n in picked)
            one = chance.randrange(len(keys))
            return {"RESPONSE": names[one]}, (keys[one].key,)
        case "match":
            right = {side.key: f"right_{number}" for number, side in enumerate(answer.sides, start=1)}
            put = {pair.key: chance.choice(answer.sides).key for pair in answer.pairs}
            pairs = [
                f"left_{number} {right[put[pair.key]]}" for number, pair in enumerate(answer.pairs, start=1)
            ]
            return {"RESPONSE": pairs}, put
        case "order":
            order = chance.choice(
                [list(range(len(answer.steps))), chance.sample(range(len(answer.steps)), len(answer.steps))]
            )
            return {"RESPONSE": [f"step_{n + 1}" for n in order]}, tuple(answer.steps[n].key for n in order)
        case "hottext":
            marked = chance.sample(range(len(answer.parts)), chance.randint(0, len(answer.parts)))
            return {"RESPONSE": [f"part_{n + 1}" for n in marked]}, tuple(answer.parts[n].key for n in marked)
        case "text" | "numeric":
            text = chance.choice(
                [reply.text for reply in answer.replies] if question.type == "text" else TYPED[:7]
            )
            return {"RESPONSE": text}, text
        case "cloze":
            theirs, ours = {}, {}
            for gap in answer.gaps:
                name = f"RESPONSE_{gap.key}"
                if isinstance(gap.answer, ChoiceAnswer):
                    picked_one = chance.randrange(len(gap.answer.choices))
                    theirs[name], ours[gap.key] = (
                        f"{name}_{picked_one + 1}",
                        gap.answer.choices[picked_one].key,
                    )
                else:
                    theirs[name] = ours[gap.key] = chance.choice(["6"] if gap.type == "numeric" else TYPED)
            return theirs, ours
    raise AssertionError(question.type)


@given(quiz=quizzes(), seed=st.integers(0, 1_000_000))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_an_item_gives_the_points_that_we_give(quiz: QuizFile, seed: int) -> None:
    chance = random.Random(seed)
    data = write_foreign(
        quiz,
        FORMATS["qti21"],
        lambda texts: render_fragments(texts, language="vi", media_base="media/", strip_links=False)[0],
        {},
    ).data
    back = FORMATS["qti21"].read(data, Target("vi")).quiz
    assert back is not None
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for question in back.questions:
            if question.type == "essay":
                continue
            scorer = Scorer(archive.read(f"items/{question.id}.xml"))
            for _ in range(6):
                theirs, ours = given_by_chance(question, chance)
                points, shown = scorer.score(theirs)
                won = grade(question, ours, quiz.settings.partial, language="en").score
                assert abs(Fraction(points) - won) < Fraction(1, 1000), (question, theirs)
                assert ("correct_feedback" in shown) <= (won == question.points)
                assert ("incorrect_feedback" in shown) <= (won == 0)
