"""The statements, which an administrator may change."""

from learning.domain.diagnostics import N_
from learning.domain.evaluation import Statement, check_statements, read_statements
from learning.domain.settings import Kind, Setting
from learning.settings.queries import read

_DEFAULT = """\
Khóa học giúp ích cho công việc của tôi. | The course is of use in my work. | הקורס מועיל לי בעבודה.
Nội dung dễ hiểu. | The texts are easy to understand. | הטקסטים קלים להבנה.
Ví dụ sát với thực tế ở địa phương. | The examples fit what we meet here. | הדוגמאות מתאימות למה שפוגשים אצלנו.
Bài kiểm tra giúp tôi biết mình nắm được gì. | The quizzes show me what I know. | הבחנים מראים לי מה אני יודע/ת.
Thời lượng khóa học vừa phải. | The course takes a fitting amount of time. | הקורס נמשך זמן סביר.
Tôi học được trên thiết bị của mình. | I could take the course on my device. | יכולתי ללמוד במכשיר שלי.
Tôi làm được những gì đã học. | I am able to do what I have learned. | אני יכול/ה לבצע את מה שלמדתי."""
STATEMENTS = Setting(
    "evaluation.statements",
    N_("Evaluation of courses"),
    N_("Statements about a course"),
    N_(
        "Five to eight, one a line, in Vietnamese, English and Hebrew with “ | ” between, or in one language."
        " People answer them on a scale of five. Other words are another statement, whose answers are counted anew."
    ),
    Kind.TEXT,
    _DEFAULT,
    check_statements,
)


def current_statements() -> tuple[Statement, ...]:
    """Return the statements that are asked now."""
    return read_statements(read(STATEMENTS))
