"""The course that is measured, written by a seed in the format of the shipped ones, and two small ones beside it."""

import random

from learning.formats.bundle import BundleFile, place_of
from learning.organizations.services import DEPARTMENT_CODE

COURSE = "khoa-do"
QUIZ = "bai-do"
QUIZ_UNIT = "kiem-tra"
SMALL_COURSES = ("khoa-do-hai", "khoa-do-ba")
SMALL_UNITS = 7
SECTIONS, PARAGRAPHS, SENTENCES = 6, 2, 5  # of a unit: about 9 KB of HTML
WORDS = (
    *(
        "cán bộ",
        "xã",
        "phường",
        "bà con",
        "tin nhắn",
        "đường dẫn",
        "mật khẩu",
        "tài khoản",
        "văn bản",
        "thông tin",
    ),
    *(
        "kiểm tra",
        "hướng dẫn",
        "chia sẻ",
        "bảo vệ",
        "nhận ra",
        "cài đặt",
        "cập nhật",
        "xác minh",
        "lưu lại",
        "gửi",
    ),
    *(
        "an toàn",
        "rõ ràng",
        "cẩn thận",
        "chính thức",
        "mỗi ngày",
        "ở cơ sở",
        "trên điện thoại",
        "qua mạng",
        "từng bước",
    ),
)


def read_unit(number: int) -> str:
    """Return the slug of the unit at this place, from 1 on."""
    return f"bai-{number}"


def course_files(units: int, questions: int, *, seed: int) -> list[BundleFile]:
    """Return the files of all three courses; the last unit of the measured one has the quiz and is optional."""
    dice = random.Random(seed)
    slugs = [*(read_unit(number) for number in range(1, units)), QUIZ_UNIT]
    texts = {f"courses/{COURSE}/course.vi.md": _course("Khóa học để đo", slugs, dice)}
    for number, slug in enumerate(slugs[:-1], start=1):
        texts[f"courses/{COURSE}/{slug}.vi.md"] = _unit(f"Chuyên đề {number}", dice)
    texts[f"courses/{COURSE}/{QUIZ_UNIT}.vi.md"] = _unit("Kiểm tra", dice, quiz=QUIZ)
    texts[f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"] = _quiz(questions, dice)
    for course in SMALL_COURSES:
        slugs = [read_unit(number) for number in range(1, SMALL_UNITS + 1)]
        texts[f"courses/{course}/course.vi.md"] = _course(f"Khóa nhỏ {course[-3:]}", slugs, dice)
        for number, slug in enumerate(slugs, start=1):
            texts[f"courses/{course}/{slug}.vi.md"] = _unit(f"Chuyên đề nhỏ {number}", dice)
    files = [place_of(path, text.encode()) for path, text in texts.items()]
    return [file for file in files if file is not None]


def _sentence(dice: random.Random) -> str:
    words = " ".join(dice.choice(WORDS) for _ in range(dice.randint(8, 14)))
    return words[0].upper() + words[1:] + "."


def _paragraph(dice: random.Random) -> str:
    return " ".join(_sentence(dice) for _ in range(SENTENCES))


def _course(title: str, units: list[str], dice: random.Random) -> str:
    return (
        f"---\ntitle: {title}\nsummary: {_sentence(dice)}\nunits: {', '.join(units)}\n"
        f"owner: {DEPARTMENT_CODE}\n---\n\n{_paragraph(dice)}\n\n## Mục tiêu\n\n"
        f"- {_sentence(dice)}\n- {_sentence(dice)}\n"
    )


def _unit(title: str, dice: random.Random, *, quiz: str | None = None) -> str:
    rule = f"completion: quiz\nquiz: {quiz}\nrequired: no\n" if quiz else "completion: read\n"
    head = f"---\ntitle: {title}\nsummary: {_sentence(dice)}\nminutes: 10\n{rule}---\n\n"
    sections = []
    for number in range(1, SECTIONS + 1):
        paragraphs = "\n\n".join(_paragraph(dice) for _ in range(PARAGRAPHS))
        points = "\n".join(f"- {_sentence(dice)}" for _ in range(3))
        sections.append(f"## Phần {number}\n\n{paragraphs}\n\n{points}\n")
    return head + "\n".join(sections)


def _quiz(questions: int, dice: random.Random) -> str:
    head = (
        "---\ntitle: Bài kiểm tra để đo\npreset: test\npass: 50%\nattempts: unlimited\n"
        "shuffle: questions, choices\n---\n\n"
    )
    blocks = []
    for number in range(1, questions + 1):
        several = number % 4 == 0
        choices = "\n".join(
            f"- [{'x' if choice == 1 or (several and choice == 2) else ' '}] {_sentence(dice)}"
            for choice in range(1, 5)
        )
        kind = " type=multiple" if several else ""
        blocks.append(
            f"## Câu {number} {{#cau-{number}{kind}}}\n\n{_sentence(dice)}\n\n{choices}\n\n"
            f"> **Giải thích:** {_sentence(dice)}\n"
        )
    return head + "\n".join(blocks)
