"""A quiz goes from its file through rendering to what a learner is served, and its key stays behind."""

from learning.domain.attempt import draw_paper, present
from learning.domain.questions.twins import with_twin_keys
from learning.formats.quiz import parse_quiz
from learning.formats.rendering import Renderer, fragments_of_quiz
from tests.support.questions import keys_of

QUIZ = """\
## Một {#mot}
Chọn **một**.
- [x] `đỏ`
  > vì đỏ
- [ ] xanh
> **Gợi ý:** nhìn kỹ
> **Giải thích:** màu của cờ
> **Sai:** thử lại
> **Ghi chú:** bí mật của tác giả
"""


def test_fragments_have_names_that_tell_their_place_and_leave_the_authors_notes_out() -> None:
    quiz = parse_quiz(QUIZ.encode(), file="a", language="vi").value
    assert quiz is not None
    assert fragments_of_quiz(quiz) == {
        "intro": "",
        "q/mot/title": "Một",
        "q/mot/body": "Chọn **một**.",
        "q/mot/choice/1": "`đỏ`",
        "q/mot/choice/2": "xanh",
        "q/mot/comment/1": "vì đỏ",
        "q/mot/hint/1": "nhìn kỹ",
        "q/mot/explanation": "màu của cờ",
        "q/mot/incorrect": "thử lại",
    }


def test_a_quiz_and_its_twin_are_served_from_their_rendered_fragments() -> None:
    original = parse_quiz(QUIZ.encode(), file="a", language="vi").value
    english = QUIZ.replace("xanh", "blue").replace("`đỏ`", "`red`").encode()
    twin = parse_quiz(english, file="a", language="en").value
    assert original is not None
    assert twin is not None
    twin = with_twin_keys(original, twin)
    renderer = Renderer()
    shown = {}
    for quiz in (original, twin):
        html = renderer.render(fragments_of_quiz(quiz)).html
        (question,) = present(quiz, draw_paper(quiz, b"0123456789abcdef"), html)
        assert question.html == "<p>Chọn <strong>một</strong>.</p>"
        assert "cờ" not in repr(question)
        shown[quiz.language] = {choice.id: choice.html for choice in question.offer.choices}
    renderer.close()
    red, blue = keys_of(original.questions[0])
    assert shown == {
        "vi": {red: "<code>đỏ</code>", blue: "xanh"},
        "en": {red: "<code>red</code>", blue: "blue"},
    }
