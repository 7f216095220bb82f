"""Write docs/permissions.md, docs/routes.md and docs/quiz-exchange.md from the code: they cannot say anything else.

`update` rewrites them, `check` fails when they lag behind.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from flask import Flask

from learning.app import create_app
from learning.config import Config
from learning.domain.permissions import ROLE_PERMISSIONS, SIGNED_IN, SITE_WIDE, Permission, Role
from learning.domain.questions.registry import TYPES
from learning.formats.exchange import FORMATS, LOSSES
from learning.formats.exchange.reduction import PARTS
from learning.web.access import PUBLIC, declared_permissions

ROOT = Path(__file__).resolve().parent.parent
REMEDY = "python -m scripts.reference update"
_NOTE = f"<!-- Made from the code by `{REMEDY}`; do not edit. -->"
_WHO = {
    Permission.ATTEMPT_OWN: "her own",
    Permission.ACCOUNT_OWN: "her own",
    Permission.HELP_LOG_OWN: "her own",
}
_SETTINGS = ("case", "accents", "match", "unit", "words", "frame", "hint_cost")
# Rules for what is partly right that other systems have without saying so.
_USUAL_RULES = ("multiple minus", "hottext minus", "match each", "cloze each")
_METHODS = ("GET", "POST")


def permissions_page() -> str:
    """Return docs/permissions.md: the table of roles and permissions."""
    roles = tuple(Role)
    lines = [
        "# Permissions",
        "",
        _NOTE,
        "",
        "A role is held at an organization and so over everything below it. What everyone signed in may do needs",
        "no role. What a person may not do or see does not exist for her: the answer is 404. This table comes from",
        "`learning/domain/permissions.py`; [routes.md](routes.md) says which address asks for what.",
        "",
        "| permission | " + " | ".join(roles) + " |",
        "|---|" + "---|" * len(roles),
    ]
    for permission in Permission:
        cells = (
            _WHO.get(permission, "yes")
            if permission in SIGNED_IN
            else ""
            if permission not in ROLE_PERMISSIONS[role]
            else "at the top organization"
            if permission in SITE_WIDE
            else "at and below her organization"
            for role in roles
        )
        lines.append(f"| `{permission}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def routes_page(app: Flask) -> str:
    """Return docs/routes.md: every address with its method, its permission, its view and what it does."""
    declared = declared_permissions(app)
    lines = [
        "# Routes",
        "",
        _NOTE,
        "",
        f"Every address, what it asks for (`{PUBLIC}`: nothing), and the view that answers. The permissions are",
        "explained in [permissions.md](permissions.md). Each POST wants a CSRF token.",
        "",
        "| address | method | permission | view | does |",
        "|---|---|---|---|---|",
    ]
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))
    for rule in rules:
        methods = ", ".join(method for method in _METHODS if method in (rule.methods or ()))
        does = (app.view_functions[rule.endpoint].__doc__ or "").strip().splitlines()[0]
        lines.append(
            f"| `{rule.rule}` | {methods} | `{declared[rule.endpoint]}` | `{rule.endpoint}` | {does} |"
        )
    return "\n".join(lines) + "\n"


_EXCHANGE = """\
# Quizzes from and for other systems

{note}

`flask --app wsgi quiz convert IN OUT` turns a quiz of one format into another, by the endings of the names or by
`--from` and `--to`. Whatever a format cannot say is named, a line each, `question: code message`, for what is read with
its line in the file; an error means that the question was left out. What is written is read back at once, and what
would not come back is named too (X069). What is read becomes ours only where our own format says exactly the same. A
file is written whole or, where no question is left (X008), not at all. Where several formats share an ending, a file
that is read tells which it is; written are Moodle XML for `.xml`, QTI 1.2 for `.zip` and GIFT for `.txt`.

Texts of people are never trusted: XML has no entities and no document type, archives go through the reader of
[bundles](quiz-format.md#bundles), HTML becomes Markdown and is rendered like everything a trainer writes. What Markdown
cannot say is named, and the original stands in an author's note. Ids stay where they fit `[a-z0-9-]`, else they are
made from the title. Pictures come along where the format embeds them, below `media/`.

QTI 2.1 and later keep the rubric and the model answer of an essay in blocks for those who grade, notes in blocks for
authors, and show what is said of an answer when it is given. Of items of others, blocks for candidates are part of the
question, blocks for graders are the model answer of an essay, else notes; an item without a maximum is worth what its
mapping gives. Version 2.1 knows no titles of links and no lists that begin with another number than 1. QTI 1.2 gives
the points of `multiple` for all right choices alone (X043), and a `cloze` there has gaps to type in or lists, not both;
GIFT has one gap with text behind it.

A true/false question of GIFT has its first comment for those who are wrong and its second for those who are right, as
Moodle reads and writes it; some other programs take them for true and false.

## Tables

CSV (commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1258) and XLSX are read, one question a row. The first row
names the columns, in Vietnamese or English, with or without accents:

| column | names | what stands in it |
|---|---|---|
| question | Câu hỏi, Nội dung, Question | the text; line breaks stay |
| choices | A … H, Đáp án A, Phương án 1, Choice A, Option 1 | one choice each |
| choices | Phương án, Lựa chọn, Choices, Options | all choices, a line each |
| key | Đáp án đúng, Đáp án, Key, Correct answer | `B`, `A, C`, `AC`, `3`, or the text of a choice |
| more | Điểm, Chủ đề, Giải thích, Gợi ý, Tiêu đề, Mã; Points, Tags, Explanation, Hint, Title, Id | |

Without choices the key is Đúng or Sai, words, a number, several of them with a vertical bar between, or `tự luận` for
an essay. A key that could be two things is an error of its question. A column of another name is named once, with its
first value.
"""


def exchange_page() -> str:
    """Return docs/quiz-exchange.md: the formats, what each keeps, and every message by its code."""
    written = [form for form in FORMATS.values() if form.keeps]
    lines = [
        _EXCHANGE.format(note=_NOTE),
        "## Formats",
        "",
        "| name | format | files | read | written |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{form.name}` | {form.title} | {', '.join(f'`{suffix}`' for suffix in form.suffixes)} | yes | "
        f"{'yes' if form.write else ''} |"
        for form in FORMATS.values()
    ]
    lines += ["", "## What each keeps when a quiz is written", ""]
    lines += ["| of a quiz | " + " | ".join(form.title for form in written) + " |"]
    lines += ["|---|" + "---|" * len(written)]
    rows = [(f"type `{name}`", "types", name) for name in TYPES]
    rows += [(f"{name.replace('_', ' ')} ({code})", "parts", name) for name, code in PARTS.items()]
    rows += [(f"setting `{name}` (X045)", "options", name) for name in _SETTINGS]
    rules = [(name, rule) for name, kind in TYPES.items() for rule in kind.rules]
    rows += [
        (f"rule `{rule}` of `{name}` (X043)", "rules", f"{name} {rule}")
        for name, rule in rules
        if f"{name} {rule}" not in _USUAL_RULES
    ]
    for title, group, name in rows:
        cells = ("yes" if name in getattr(form.keeps, group) else "" for form in written)
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    lines += ["", "## Messages", "", "| code | severity | message |", "|---|---|---|"]
    lines += [f"| {code} | {message.severity} | {message.text} |" for code, message in LOSSES.items()]
    return "\n".join(lines) + "\n"


def pages(app: Flask) -> dict[Path, str]:
    """Return the pages by their paths."""
    return {
        ROOT / "docs" / "permissions.md": permissions_page(),
        ROOT / "docs" / "routes.md": routes_page(app),
        ROOT / "docs" / "quiz-exchange.md": exchange_page(),
    }


def stale(app: Flask) -> list[str]:
    """Return the names of the pages that lag behind the code."""
    return [path.name for path, text in pages(app).items() if not path.is_file() or path.read_text() != text]


def main() -> None:
    """Run the command; exits with 1 when `check` finds a page that lags behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("update", "check"))
    command = parser.parse_args().command
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        app = create_app(
            Config.for_tests(database_url=f"sqlite:///{data_dir / 'site.db'}", data_dir=data_dir)
        )
        if command == "update":
            for path, text in pages(app).items():
                path.write_text(text)
        elif names := stale(app):
            sys.exit(f"{', '.join(names)} lag behind the code: run {REMEDY}")


if __name__ == "__main__":
    main()
