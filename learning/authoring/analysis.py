"""The item analysis of a quiz as its trainers see it: figures, words and shares of choices, and no names."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from learning.authoring.queries import get_editable_course
from learning.courses.queries import CourseRow, QuizText, find_quiz_course, get_quiz_text, published_revisions
from learning.domain.attempt import with_marks
from learning.domain.item_analysis import ItemFigures, QuizFigures, remarks
from learning.domain.permissions import Actor
from learning.domain.questions.hottext import NOTHING
from learning.domain.questions.kind import OTHER, RIGHT
from learning.domain.questions.model import Option, Piece, Place, Question
from learning.domain.questions.registry import TYPES
from learning.quizzes.analysis import analyse_quiz
from learning.quizzes.queries import get_quiz

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class OptionShare:
    """Something that could be chosen, and how many did; a wrong one rivals when more did than chose rightly."""

    key: str
    html: str
    right: bool
    count: int
    rivals: bool


@dataclass(frozen=True, slots=True)
class PlaceShares:
    """A place of a question where one chooses, and how many of those who answered chose what, or `nothing`.

    Of what was typed, `right_elsewhere` are right by another language's replies, `others` was not foreseen.
    """

    key: str
    label_html: str | None
    options: tuple[OptionShare, ...]
    nothing: int
    right_elsewhere: int
    others: int
    typed: bool


@dataclass(frozen=True, slots=True)
class AnalysedItem:
    """A question with what first attempts say of it; `marked` is what stands at each mark of its text."""

    number: int
    id: str
    title_html: str
    body_html: str
    marked: Mapping[str, str]
    figures: ItemFigures
    remarks: tuple[str, ...]
    places: tuple[PlaceShares, ...]


@dataclass(frozen=True, slots=True)
class AnalysedQuiz:
    """A quiz as it is published now, in the course's own language, with what first attempts say of it."""

    course: CourseRow
    slug: str
    title: str
    language: str
    figures: QuizFigures
    items: tuple[AnalysedItem, ...]


def analysed_quiz(actor: Actor, slug: str) -> AnalysedQuiz:
    """Return the item analysis of a published quiz that the actor may edit; raises NotFound."""
    course = get_editable_course(actor, find_quiz_course(slug) or "")
    place = get_quiz(slug)
    text = get_quiz_text(published_revisions(place.id), [course.language])
    figures = analyse_quiz(place.id, text)
    return AnalysedQuiz(
        course=course,
        slug=slug,
        title=text.quiz.title,
        language=text.language,
        figures=figures,
        items=tuple(
            _analysed_item(number, question, text, figures.items[question.id])
            for number, question in enumerate(text.quiz.questions, start=1)
        ),
    )


def _analysed_item(number: int, question: Question, text: QuizText, figures: ItemFigures) -> AnalysedItem:
    kind = TYPES[question.type]

    def words(piece: Piece) -> str:
        fragment = f"q/{question.id}/{piece.fragment}"
        return text.html[fragment] if piece.fragment else str(escape(piece.text))

    places = kind.places(question.answer)
    # A part is named by its text, a gap by its number.
    parts = {option.key: words(option.shown) for place in places if not place.key for option in place.options}
    return AnalysedItem(
        number=number,
        id=question.id,
        title_html=words(Piece(fragment="title")),
        body_html=with_marks(question, words(Piece(fragment="body"))),
        marked={key: parts.get(key, key) for key in kind.marked(question.answer)},
        figures=figures,
        remarks=tuple(remark.value for remark in remarks(figures)),
        places=tuple(
            PlaceShares(
                key=place.key,
                label_html=words(place.label) if place.label else None,
                options=_option_shares(place, figures.chosen, words),
                nothing=figures.chosen.get(f"{place.key}/{NOTHING}", 0),
                right_elsewhere=figures.chosen.get(f"{place.key}/{RIGHT}", 0) if place.typed else 0,
                others=figures.chosen.get(f"{place.key}/{OTHER}", 0) if place.typed else 0,
                typed=place.typed,
            )
            for place in places
        )
        if figures.is_told
        else (),
    )


def _option_shares(
    place: Place, chosen: Mapping[str, int], words: Callable[[Piece], str]
) -> tuple[OptionShare, ...]:
    def count(option: Option) -> int:
        return chosen.get(f"{place.key}/{option.key}", 0)

    rightly = max((count(option) for option in place.options if option.right), default=None)
    return tuple(
        OptionShare(
            key=option.key,
            html=words(option.shown),
            right=option.right,
            count=count(option),
            rivals=not option.right and rightly is not None and count(option) > rightly,
        )
        for option in place.options
    )


COLUMNS = (
    "level", "question", "place", "choice", "text", "right", "attempts", "not_counted", "share",
    "discrimination", "upper_lower", "unanswered", "chosen", "spread", "alpha", "standard_error", "remarks",
)  # fmt: skip


def analysis_rows(quiz: AnalysedQuiz) -> Iterator[tuple[Cell, ...]]:
    """Yield the figures as a table for programs: the quiz, each question, and each choice below its question.

    `share` is the mean share of the points, of a choice the share of those asked who chose it.
    """
    total = quiz.figures
    yield COLUMNS
    yield _row(
        level="quiz",
        text=quiz.title,
        attempts=total.attempts,
        share=_rounded(total.mean),
        spread=_rounded(total.spread),
        alpha=_rounded(total.alpha),
        standard_error=_rounded(total.error),
    )
    for item in quiz.items:
        figures = item.figures
        yield _row(
            level="question",
            question=item.id,
            text=_plain(item.title_html),
            attempts=figures.attempts,
            not_counted=figures.not_counted,
            share=_rounded(figures.facility),
            discrimination=_rounded(figures.discrimination),
            upper_lower=_rounded(figures.upper_lower),
            unanswered=figures.unanswered if figures.is_told else None,
            remarks=" ".join(item.remarks),
        )
        for place in item.places:
            for option in place.options:
                yield _row(
                    level="choice",
                    question=item.id,
                    place=place.key,
                    choice=option.key,
                    text=_plain(option.html),
                    right="yes" if option.right else "no",
                    share=_rounded(option.count / figures.attempts),
                    chosen=option.count,
                )


def _row(**cells: Cell) -> tuple[Cell, ...]:
    return tuple(cells.get(column) for column in COLUMNS)


def _plain(html: str) -> str:
    return Markup(html).striptags()  # noqa: S704  (to text, from what the renderer made)


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)
