"""The way out: a quiz is first made into one that the other format can say, and each step names what it loses."""

from dataclasses import replace

from learning.domain.content import QuizFile
from learning.domain.questions.cloze import Gap, GapAnswer
from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.hottext import HotAnswer
from learning.domain.questions.match import PairAnswer
from learning.domain.questions.model import ChoiceAnswer, Label, Question, ReplyAnswer, choice_key
from learning.domain.questions.registry import TYPES
from learning.domain.vietnamese import fold
from learning.formats.exchange.html_text import words_of_html
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Format, Keeps, ToHtml, Way
from learning.formats.exchange.plain import as_markdown, escaped
from learning.formats.exchange.structure import Change, shape, texts_of, with_rubric, with_texts
from learning.formats.prose import pictures
from learning.formats.quiz_settings import write_settings
from learning.formats.values import write_points

# What `Keeps.parts` may name, with the code of its loss.
PARTS = {
    "settings": "X030",
    "title_of_the_quiz": "X029",
    "intro": "X031",
    "id": "X032",
    "title": "X033",
    "points": "X034",
    "tags": "X035",
    "hints": "X036",
    "explanation": "X037",
    "feedback": "X038",
    "comments": "X039",
    "weights": "X040",
    "fixed": "X041",
    "choice_ids": "X042",
    "shuffle": "X044",
    "notes": "X046",
    "wrong_replies": "X047",
    "spare": "X048",
    "media": "X049",
    "paragraphs": "X050",
    "rubric": "X051",
    "model": "X052",
}
_LABELS = {
    Label.HINT: "hints",
    Label.EXPLANATION: "explanation",
    Label.CORRECT: "feedback",
    Label.PARTLY: "feedback",
    Label.INCORRECT: "feedback",
    Label.RUBRIC: "rubric",
    Label.MODEL: "model",
    Label.NOTE: "notes",
}
# The rules that mean what holds without one, where the quiz says nothing.
_USUAL = {"match": {"each"}, "cloze": {"each"}, "order": {"pairs"}}
# The usual words of a true/false question by language, and how the true one is known, folded.
TRUE_FALSE = {"vi": ("Đúng", "Sai"), "en": ("True", "False"), "he": ("נכון", "לא נכון")}
_TRUE = frozenset({"dung", "true", "נכון"})


def reduce_quiz(quiz: QuizFile, form: Format, losses: Losses, html: ToHtml) -> QuizFile:
    """Return the quiz of which only stays what the format can say; raises ValueError for one only read."""
    keeps = form.keeps
    if keeps is None:
        raise ValueError(f"{form.name} is only read")
    if "settings" not in keeps.parts:
        for key, value in write_settings(quiz.settings).items():
            if (key, value) != ("preset", "practice"):
                losses.add("X030", key=key)
        if quiz.summary:
            losses.add("X030", key="summary")
    if quiz.title and "title_of_the_quiz" not in keeps.parts:
        losses.add("X029")
    if quiz.intro and "intro" not in keeps.parts:
        losses.add("X031")
    elif "media" not in keeps.parts and pictures(quiz.intro.split("\n")):
        losses.add("X049")
    questions = []
    for question in quiz.questions:
        own = Losses()
        reduced = reduce_question(question, form, own, quiz=quiz, html=html)
        losses.extend(own.all(), question.id)
        if reduced is not None:
            questions.append(reduced)
    intro = quiz.intro if "intro" in keeps.parts else ""
    return replace(quiz, intro=intro, questions=tuple(questions))


def reduce_question(
    question: Question, form: Format, losses: Losses, *, quiz: QuizFile, html: ToHtml
) -> Question | None:
    """Return the question as the format can say it, None where it has no place for it; notes each loss.

    Raises ValueError for a format that is only read.
    """
    keeps = form.keeps
    if keeps is None:
        raise ValueError(f"{form.name} is only read")
    adapted = form.adapt(question, losses, Way(quiz, html))
    if adapted is None or adapted.type not in keeps.types:
        if not losses.has_errors:
            losses.add("X010", type=question.type, format=form.title)
        return None
    question = _without_parts(adapted, keeps, losses, quiz=quiz)
    if question.title:
        words = escaped(words_of_html(html(question.title, True)))
        if html(words, True) != html(question.title, True):
            losses.add("X054")
        question = replace(question, title=words)
    question = replace(question, partial=_rule(question, keeps, losses, usual=quiz.settings.partial))
    return _flattened(_without_details(question, keeps, losses), keeps, losses, html=html)


def _without_parts(question: Question, keeps: Keeps, losses: Losses, *, quiz: QuizFile) -> Question:
    kept = []
    for part in question.labelled:
        if _LABELS[part.label] in keeps.parts:
            kept.append(part)
        else:
            losses.add(PARTS[_LABELS[part.label]])
    question = with_rubric(replace(question, labelled=tuple(kept)))
    if "id" not in keeps.parts:
        losses.add("X032")
    if question.title and "title" not in keeps.parts:
        losses.add("X033")
        question = replace(question, title="")
    if question.points != 1 and "points" not in keeps.parts:
        losses.add("X034", points=write_points(question.points))
        question = replace(question, points=type(question.points)(1))
    if question.tags and "tags" not in keeps.parts:
        losses.add("X035")
        question = replace(question, tags=())
    if question.hint_cost is not None:
        losses.add("X045", key="hint_cost")
        question = replace(question, hint_cost=None)
    return _shuffled(question, keeps, losses, usual=quiz.settings.shuffle_choices)


def _shuffled(question: Question, keeps: Keeps, losses: Losses, *, usual: bool) -> Question:
    """Say whether choices are shuffled by the question alone, None for yes."""
    if "shuffle" not in keeps.parts:
        if question.shuffle is not None:
            losses.add("X044")
        return replace(question, shuffle=None)
    lists = [gap for gap in getattr(question.answer, "gaps", ()) if isinstance(gap.answer, ChoiceAnswer)]
    shuffles = usual if question.shuffle is None else question.shuffle
    return replace(
        question, shuffle=False if (TYPES[question.type].can_shuffle or lists) and not shuffles else None
    )


def _rule(question: Question, keeps: Keeps, losses: Losses, *, usual: str) -> str | None:
    kind = TYPES[question.type]
    if not kind.rules:
        return None
    rule = question.partial or usual
    if rule == "minus" or rule in _USUAL.get(question.type, ()):
        return None
    if getattr(question.answer, "weighted", False):
        return None
    if rule in keeps.rules or f"{question.type} {rule}" in keeps.rules:
        return rule
    losses.add("X043", rule=rule)
    return None


def _without_details(question: Question, keeps: Keeps, losses: Losses) -> Question:
    """Drop what single lines of the answer have and the format does not, and flatten texts where it must."""
    answer = question.answer
    match answer:
        case ChoiceAnswer():
            answer = _without_marks(answer, keeps, losses)
        case ReplyAnswer():
            answer = _without_replies(answer, keeps, losses)
        case PairAnswer() if "spare" not in keeps.parts:
            used = {pair.right for pair in answer.pairs}
            if any(side.key not in used for side in answer.sides):
                losses.add("X048")
            answer = replace(answer, sides=tuple(side for side in answer.sides if side.key in used))
        case EssayAnswer() if answer.words and "words" not in keeps.options:
            losses.add("X045", key="words")
            answer = replace(answer, words=None)
        case HotAnswer() if "frame" not in keeps.options and answer.frame:
            losses.add("X045", key="frame")
            answer = replace(answer, frame="")
        case GapAnswer():
            answer = replace(answer, gaps=tuple(_gap(gap, keeps, losses) for gap in answer.gaps))
    options = getattr(answer, "options", None)
    if isinstance(options, tuple) and (lost := [name for name, _ in options if name not in keeps.options]):
        for name in lost:
            losses.add("X045", key=name)
        answer = replace(answer, options=tuple(entry for entry in options if entry[0] not in lost))
    question = replace(question, answer=answer)
    if "comments" not in keeps.parts:
        return without_comments(question, losses)
    return question


def _gap(gap: Gap, keeps: Keeps, losses: Losses) -> Gap:
    """Drop from one gap what the format does not keep; how words are compared is told of the question."""
    answer = gap.answer
    if isinstance(answer, ReplyAnswer):
        kept = tuple(entry for entry in answer.options if entry[0] in keeps.options)
        return replace(gap, answer=replace(answer, options=kept))
    choices = answer.choices
    if "comments" not in keeps.parts and any(choice.comment for choice in choices):
        losses.add("X039")
        choices = tuple(replace(choice, comment="") for choice in choices)
    return replace(gap, answer=ChoiceAnswer(choices))


def _without_marks(answer: ChoiceAnswer, keeps: Keeps, losses: Losses) -> ChoiceAnswer:
    choices = answer.choices
    if "fixed" not in keeps.parts and any(choice.fixed for choice in choices):
        losses.add("X041")
        choices = tuple(replace(choice, fixed=False) for choice in choices)
    if "weights" not in keeps.parts and answer.weighted:
        losses.add("X040")
        choices = tuple(replace(choice, weight=None) for choice in choices)
    if "choice_ids" not in keeps.parts and any(choice.key != choice_key(choice.text) for choice in choices):
        losses.add("X042")
        choices = tuple(replace(choice, key=choice_key(choice.text)) for choice in choices)
    return ChoiceAnswer(choices)


def _without_replies(answer: ReplyAnswer, keeps: Keeps, losses: Losses) -> ReplyAnswer:
    replies = answer.replies
    if "wrong_replies" not in keeps.parts and not all(reply.correct for reply in replies):
        losses.add("X047")
        replies = tuple(reply for reply in replies if reply.correct)
    if "weights" not in keeps.parts and any(reply.weight not in (None, 1) for reply in replies):
        losses.add("X040")
    if "weights" not in keeps.parts:
        replies = tuple(replace(reply, weight=None) for reply in replies)
    return replace(answer, replies=replies)


def without_comments(question: Question, losses: Losses) -> Question:
    """Return the question without what is said of single answers."""
    answer = question.answer
    lines = getattr(answer, "choices", None) or getattr(answer, "replies", None) or ()
    if any(line.comment for line in lines):
        losses.add("X039")
        name = "choices" if isinstance(answer, ChoiceAnswer) else "replies"
        answer = replace(answer, **{name: tuple(replace(line, comment="") for line in lines)})
    return replace(question, answer=answer)


def _flattened(question: Question, keeps: Keeps, losses: Losses, *, html: ToHtml) -> Question:
    """Name pictures that cannot go along, and make plain words of all texts where the format has no other."""
    lines = [line for text, _ in texts_of(question) for line in text.split("\n")]
    if "media" not in keeps.parts and pictures(lines):
        losses.add("X049")
    if keeps.text != "line":
        return question

    def plain(text: str, inline: bool) -> str:
        words = as_markdown(words_of_html(html(text, inline))) if text else ""
        if text and html(words, inline) != html(text, inline):
            losses.add("X050" if "\n" in text else "X054")
        return words

    return with_texts(question, plain)


def is_true(text: str) -> bool:
    """Tell whether a choice of a true/false question is the one that says yes."""
    return fold(text).rstrip(".") in _TRUE


def usual_true_false(question: Question, losses: Losses, language: str) -> Question:
    """Return a true/false question in the usual words, true first; one in words of its own becomes `single`."""
    answer: ChoiceAnswer = question.answer
    by_truth = sorted(answer.choices, key=lambda choice: not is_true(choice.text))
    words = TRUE_FALSE.get(language, TRUE_FALSE["en"])
    if [is_true(choice.text) for choice in by_truth] != [True, False]:
        losses.add("X066", found=question.type, type="single")
        return replace(question, type="single")
    usual = tuple(
        replace(choice, key=choice_key(word), text=word) if choice.key == choice_key(choice.text)
        else replace(choice, text=word)
        for choice, word in zip(by_truth, words, strict=True)
    )  # fmt: skip
    if usual != answer.choices:
        losses.add("X067")
    return replace(question, answer=ChoiceAnswer(usual))


def differences(ours: Question, theirs: Question, text: Change) -> tuple[str, ...]:
    """Return the names of the parts in which two questions say something else."""
    mine, other = shape(ours, text), shape(theirs, text)
    return tuple(name for name in mine if mine[name] != other[name])
