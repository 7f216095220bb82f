"""The commands of the interface: what they print, and how they end."""

import json
import re
import socket
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from learning.accounts.models import Person
from learning.accounts.queries import find_link_holder, get_actor
from learning.courses.models import Revision
from learning.courses.queries import get_course
from learning.database import current_session, transaction
from learning.domain.figures import Measure
from learning.domain.permissions import Permission
from learning.formats.bundle import write_bundle
from learning.organizations.queries import get_by_code
from learning.progress.assignments import assign_course
from learning.progress.ledger import Posting, post
from learning.progress.models import Enrollment
from learning.study.services import declare_read
from learning.web.clock import today
from tests.support.bad_files import BAD_FILES, FETCHING, zipped
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    QUIZ,
    READ_UNIT,
    course_texts,
    files_of,
    make_course,
    make_organizations,
    make_person,
    moment,
    unit_text,
)

ALL_TYPES = Path(__file__).parent.parent / "support" / "all_types.vi.quiz.md"
READ_PATH = f"courses/{COURSE}/{READ_UNIT}.vi.md"


@pytest.fixture
def run(app: Flask) -> Any:
    """Run a command at the fixed moment."""
    app.config["CLOCK"] = lambda: NOW

    def command(*words: object, code: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=[str(word) for word in words])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder laid out as a bundle."""
    root = tmp_path / "goi"
    write(root, course_texts())
    return root


def write(root: Path, texts: dict[str, bytes]) -> None:
    for path, data in texts.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def revisions() -> int:
    return current_session().scalar(sa.select(sa.func.count()).select_from(Revision)) or 0


# --- Content


def test_checking_a_sound_course_says_nothing(run: Any, folder: Path) -> None:
    assert run("content", "check", folder).output == ""
    assert run("content", "check", folder / READ_PATH, folder / "quizzes").output == ""


def test_checking_names_the_place_and_the_code_and_ends_with_1(run: Any, folder: Path) -> None:
    broken = folder / READ_PATH
    broken.write_bytes(unit_text().replace(b"minutes: 5", b"minutse: 5"))
    result = run("content", "check", folder, code=1)
    assert re.search(rf"^{re.escape(str(broken))}:\d+:\d+ U\d{{3}} .*minutes", result.stdout, re.MULTILINE)
    assert str(broken) in run("content", "check", broken, code=1).stdout


def test_checking_what_is_not_there_is_wrong_usage(run: Any, tmp_path: Path) -> None:
    run("content", "check", tmp_path / "khong-co", code=2)
    run("content", "check", code=2)


def test_importing_tells_each_file_and_again_that_none_changed(
    run: Any, folder: Path, both_databases: str
) -> None:
    make_organizations()
    lines = run("content", "import", folder).stdout.splitlines()
    assert sorted(lines) == sorted(f"new {path}" for path in course_texts())
    write(folder, {READ_PATH: unit_text(body="Mới.")})
    assert f"changed {READ_PATH}" in run("content", "import", folder, "--dry-run").stdout.splitlines()
    assert revisions() == 5
    lines = run("content", "import", folder, "--effect", "repass").stdout.splitlines()
    assert sorted(line.split()[0] for line in lines) == ["changed", *["unchanged"] * 4]
    assert revisions() == 6


def test_importing_as_draft_publishes_nothing(run: Any, folder: Path) -> None:
    make_organizations()
    run("content", "import", folder, "--draft")
    assert not get_course(COURSE).is_published
    assert revisions() == 5


def test_a_bundle_with_an_error_is_refused_whole(run: Any, folder: Path) -> None:
    make_organizations()
    (folder / READ_PATH).write_bytes(b"no front matter")
    result = run("content", "import", folder, code=1)
    assert result.stdout == ""
    assert READ_PATH in result.stderr
    assert "nothing was imported" in result.stderr
    assert revisions() == 0


def test_a_zip_that_leads_out_of_itself_is_refused(run: Any, tmp_path: Path) -> None:
    make_organizations()
    data = write_bundle(files_of(course_texts()))
    path = tmp_path / "goi.zip"
    path.write_bytes(data.replace(READ_PATH.encode(), b"../" + READ_PATH.encode()[3:]))
    result = run("content", "import", path, code=1)
    assert "B002" in result.stderr
    assert revisions() == 0


@pytest.mark.parametrize("words", [("--effect", "magic"), ("--unknown",)])
def test_a_wrong_option_is_wrong_usage(run: Any, folder: Path, words: tuple[str, ...]) -> None:
    run("content", "import", folder, *words, code=2)


def test_what_is_exported_is_what_was_imported(run: Any, folder: Path, tmp_path: Path) -> None:
    make_organizations()
    run("content", "import", folder)
    archive, out = tmp_path / "ra.zip", tmp_path / "ra"
    assert run("content", "export", COURSE, archive).output == "5 files\n"
    assert archive.read_bytes() == write_bundle(files_of(course_texts()))
    run("content", "export", "--to", out)
    written = {str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert written == course_texts()
    assert "unchanged" in run("content", "import", archive).output


def test_exporting_nothing_known_is_refused(run: Any, tmp_path: Path) -> None:
    result = run("content", "export", "khong-co", tmp_path / "ra.zip", code=1)
    assert "khong-co" in result.stderr
    assert not (tmp_path / "ra.zip").exists()
    run("content", "export", COURSE, code=2)
    run("content", "export", code=2)


def test_a_place_that_cannot_be_written_is_named(run: Any, folder: Path, tmp_path: Path) -> None:
    make_organizations()
    run("content", "import", folder)
    nowhere = tmp_path / "khong-co" / "ra.zip"
    assert str(nowhere) in run("content", "export", COURSE, nowhere, code=1).stderr
    assert str(folder / READ_PATH) in run("content", "export", "--to", folder / READ_PATH, code=1).stderr
    report = ("report", "completion", "--organization", "24", "--output", nowhere)
    assert str(nowhere) in run(*report, code=1).stderr


# --- People


def create(run: Any, *, code: int = 0, **options: str) -> Result:
    given = {"username": "moi-thu", "name": "Người Mới", "organization": COMMUNE, "role": "learner"} | options
    words = [word for name, value in given.items() for word in (f"--{name}", value)]
    result: Result = run("people", "create", *words, code=code)
    return result


def test_a_person_is_created_and_the_last_line_is_her_link(run: Any, both_databases: str) -> None:
    make_organizations()
    address = create(run).stdout.splitlines()[-1]
    assert address.startswith("http://localhost/sign-in/")
    assert find_link_holder(address.rsplit("/", 1)[1], now=NOW) == "Người Mới"


def test_a_role_may_be_held_above_the_own_organization(run: Any) -> None:
    make_organizations()
    create(run, role="manager", scope="24")
    assert get_actor("moi-thu").scope(Permission.REPORT_READ) == ("/24/",)


def test_a_new_person_has_the_courses_of_her_organization(run: Any) -> None:
    make_organizations()
    make_course()
    assign_course(
        None, get_course(COURSE).id, organization_id=get_by_code("24").id, title="Đợt", moment=moment()
    )
    create(run)
    assert current_session().scalar(sa.select(sa.func.count()).select_from(Enrollment)) == 1


@pytest.mark.parametrize(
    "options",
    [{"organization": "khong-co"}, {"scope": "khong-co"}, {"username": "đã có"}, {"username": "da-co-thu"}],
)
def test_a_person_who_cannot_be_is_refused_with_the_reason(run: Any, options: dict[str, str]) -> None:
    make_organizations()
    make_person("da-co-thu")
    assert create(run, code=1, **options).stderr.startswith("Error: ")
    assert current_session().scalar(sa.select(sa.func.count()).select_from(Person)) == 1


def test_an_unknown_role_is_wrong_usage(run: Any) -> None:
    make_organizations()
    create(run, code=2, role="king")


# --- Figures


@pytest.fixture
def studied(run: Any) -> Any:
    """A course that one of two people began."""
    make_organizations()
    make_course()
    actor = make_person("hoc-vien-thu", name="Cam Thị Một")
    make_person("khac-thu")
    assign_course(
        None, get_course(COURSE).id, organization_id=get_by_code("24").id, title="Đợt", moment=moment(-40)
    )
    declare_read(actor, COURSE, READ_UNIT, revision_id=None, moment=moment(-10))
    return run


def test_a_right_ledger_is_said_to_be_right(studied: Any, both_databases: str) -> None:
    assert studied("rollup", "verify").stdout == "0 differences\n"


def post_wrongly(n: int, day: date) -> None:
    """Post completions of the course that are not there."""
    place, course = get_by_code(COMMUNE).id, get_course(COURSE).id
    post([Posting(place, course, None, 1, Measure.COMPLETED, n)], day=day)


def test_a_wrong_ledger_is_told_place_by_place_and_put_right(studied: Any, both_databases: str) -> None:
    post_wrongly(7, today())
    lines = studied("rollup", "verify", code=1).stdout.splitlines()
    assert lines[-1] == "1 differences"
    assert lines[0].startswith("2026-11-22: ")
    assert lines[0].endswith("completed: ledger 7, facts 0")
    assert studied("rollup", "rebuild").stdout == "1 places corrected\n"
    assert studied("rollup", "verify").stdout == "0 differences\n"


def test_a_wrong_past_month_is_found_though_today_is_right(studied: Any) -> None:
    for day, n in ((moment(-25).day, 1), (moment(-5).day, -1)):
        post_wrongly(n, day)
    lines = studied("rollup", "verify", code=1).stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["2026-10-31"]


@pytest.mark.parametrize(
    ("harm", "periods"),
    [
        ("UPDATE figure_sum SET started = started + 1 WHERE period = 'm2026-11'", ["m2026-11"]),
        ("DELETE FROM figure_sum WHERE period = 'd2026-11-12'", ["d2026-11-12"]),
        ("DELETE FROM figure_sum", ["all", "d2026-10-13", "d2026-11-12", "m2026-10", "m2026-11"]),
    ],
)
def test_wrong_sums_are_told_and_made_anew(
    studied: Any, both_databases: str, harm: str, periods: list[str]
) -> None:
    with transaction() as session:
        session.execute(sa.text(harm))
    lines = studied("rollup", "verify", code=1).stdout.splitlines()
    assert sorted({line.partition(":")[0] for line in lines[:-1]}) == periods
    assert studied("rollup", "rebuild").stdout == "0 places corrected\n"
    assert studied("rollup", "verify").stdout == "0 differences\n"


def test_the_report_is_written_as_csv(studied: Any, tmp_path: Path) -> None:
    text = studied("report", "completion", "--organization", "24").stdout
    assert text.startswith("\ufeff")
    rows = [line.split(",") for line in text.removeprefix("\ufeff").splitlines()]
    assert next(row for row in rows if row[0] == COMMUNE)[1:6] == ["Xã Đồng Thử", "2", "1", "0", "0%"]
    assert rows[-1][2:] == ["2", "1", "0", "0%", "0", "1", "0", "0"]
    file = tmp_path / "bao-cao.csv"
    assert studied("report", "completion", "--organization", "24", "--output", file).stdout == ""
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert file.read_text("utf-8-sig").splitlines() == text.removeprefix("\ufeff").splitlines()


def test_the_report_is_written_as_json_for_any_day(studied: Any) -> None:
    def total(*words: str) -> dict[str, Any]:
        command = ("report", "completion", "--organization", "24", "--format", "json")
        report = json.loads(studied(*command, *words).stdout)
        assert report["courses"] == [COURSE]
        return dict(report["total"])

    assert [total()[name] for name in ("enrolled", "started", "completed")] == [2, 1, 0]
    assert total("--as-of", "2026-11-01", "--course", COURSE)["started"] == 0
    assert total("--as-of", "2026-01-01")["enrolled"] == 0
    assert total("--as-of", "2999-01-01")["enrolled"] == 2  # a day to come is today


def test_a_report_on_nothing_known_is_refused(studied: Any) -> None:
    assert "khong-co" in studied("report", "completion", "--organization", "khong-co", code=1).stderr
    studied("report", "completion", "--organization", "24", "--course", "khong-co", code=1)
    studied("report", "completion", "--organization", "24", "--as-of", "hôm qua", code=2)
    studied("report", "completion", code=2)


def test_a_report_without_any_course_is_refused(run: Any) -> None:
    make_organizations()
    assert run("report", "completion", "--organization", "24", code=1).stderr.startswith("Error: ")


def test_assignments_reach_newcomers_by_hand(studied: Any) -> None:
    make_person("moi-thu")
    assert studied("assignments", "sync").stdout == "1 enrolled\n"
    assert studied("assignments", "sync").stdout == "0 enrolled\n"


# --- The site


def test_a_site_is_made_ready_once_and_again_without_a_change(run: Any, both_databases: str) -> None:
    first = run("site", "prepare", "--demo", "--learners", "20").stdout
    assert re.search(r"^\d+ files of the shipped courses were published\.$", first, re.MULTILINE)
    assert "25 invented people were added." in first
    for username in ("learner", "trainer", "manager", "province", "admin"):
        assert re.search(rf"^  {username} +demonstration-only$", first, re.MULTILINE)
    count = revisions()
    second = run("site", "prepare", "--demo").stdout
    assert "published" not in second
    assert "added" not in second
    assert "http://localhost" in second
    assert revisions() == count
    assert run("rollup", "verify").stdout == "0 differences\n"
    assert QUIZ not in first
    assert "people on this site already" in run("demo", "load", code=1).stderr
    assert "--learners" in run("demo", "load", "--learners", "0", code=2).stderr


def test_a_site_without_demonstration_has_no_people(run: Any) -> None:
    output = run("site", "prepare").stdout
    assert "demonstration-only" not in output
    assert current_session().scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_a_quiz_is_converted_and_every_loss_is_printed(run: Any, tmp_path: Path) -> None:
    source = tmp_path / "lua-dao.vi.quiz.md"
    source.write_text(
        "---\ntitle: Lừa đảo\npreset: test\n---\n\n## Tên miền {#ten-mien points=2}\n\nCủa ai?\n\n- [ ] a\n- [x] b\n\n"
        "## Trình tự {#trinh-tu type=order}\n\n1. một\n1. hai\n"
    )
    printed = run("quiz", "convert", source, tmp_path / "lua-dao.gift").output.splitlines()
    assert [line[:15] for line in printed] == [
        "quiz: X030 Mất:",
        "quiz: X029 Mất:",
        "ten-mien: X034 ",
        "trinh-tu: X010 ",
    ]
    back = tmp_path / "moi.vi.quiz.md"
    assert run("quiz", "convert", tmp_path / "lua-dao.gift", back).output == ""
    assert "## Tên miền {#ten-mien type=single}\n\nCủa ai?\n\n- [ ] a\n- [x] b\n" in back.read_text()


def test_what_cannot_be_converted_writes_nothing(run: Any, tmp_path: Path) -> None:
    source = tmp_path / "hong.gift"
    source.write_text("Một {=a\n")
    result = run("quiz", "convert", source, tmp_path / "x.vi.quiz.md", code=1)
    assert result.output.startswith("Một {=a: X013 ")
    assert not (tmp_path / "x.vi.quiz.md").exists()
    assert "--to" in run("quiz", "convert", source, tmp_path / "x.doc", code=1).output


@pytest.mark.parametrize(
    ("ending", "begins"),
    [
        (".gift", b"[markdown]"),
        (".aiken.txt", None),
        (".xml", b"<?xml"),
        (".moodle.xml", b"<?xml"),
        (".zip", b"PK"),
        (".qti12.zip", b"PK"),
        (".qti21.zip", b"PK"),
        (".qti22.zip", b"PK"),
        (".qti30.zip", b"PK"),
    ],
)
def test_every_ending_is_written_and_read_with_each_loss_at_its_question(
    run: Any, tmp_path: Path, ending: str, begins: bytes | None
) -> None:
    source, there = ALL_TYPES, tmp_path / f"ra{ending}"
    ids = set(re.findall(r"^## .*\{#([a-z0-9-]+)", source.read_text(), re.MULTILINE))
    printed = run("quiz", "convert", source, there).output.splitlines()
    assert begins is None or there.read_bytes().startswith(begins)
    told = [re.fullmatch(r"([a-z0-9-]+): X0[0-9]{2} .+", line) for line in printed]
    assert all(told)
    assert {found[1] for found in told if found} <= {*ids, "quiz"}
    back = tmp_path / "ve.vi.quiz.md"
    run("quiz", "convert", there, back)
    kept = set(re.findall(r"^## .*\{#([a-z0-9-]+)", back.read_text(), re.MULTILINE))
    left_out = {line.split(":")[0] for line in printed if ": X010 " in line}
    # Aiken has no ids; what it makes of them is named.
    assert len(kept) == len(ids - left_out)
    if ending != ".aiken.txt":
        assert kept == ids - left_out


def convert_badly(run: Any, folder: Path, name: str, data: bytes) -> Result:
    """Convert a file that cannot be, where a file stands already, which stays as it was."""
    folder = folder / "bai"
    folder.mkdir()
    source, target = folder / name, folder / "ra.vi.quiz.md"
    source.write_bytes(data)
    target.write_text("cũ")
    result: Result = run("quiz", "convert", source, target, code=1)
    assert result.stderr == "Error: nothing was converted\n"
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, target.name])
    assert target.read_text() == "cũ"
    return result


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_told_with_its_line_and_leaves_what_was_there(
    run: Any, tmp_path: Path, case: str
) -> None:
    name, data, code, line = BAD_FILES[case]
    result = convert_badly(run, tmp_path, name, data)
    told = [shown for shown in result.stdout.splitlines() if f": {code} " in shown]
    assert told
    assert not line or any(re.search(rf"\b(?:line|Dòng) {line}\b", shown) for shown in told)


@pytest.mark.parametrize("text", FETCHING.values(), ids=FETCHING)
@pytest.mark.parametrize("name", ["a.xml", "a.zip"])
def test_xml_fetches_nothing(run: Any, tmp_path: Path, text: str, name: str) -> None:
    secret = tmp_path.parent / "mat.txt"
    secret.write_text("rất mật")
    with socket.create_server(("127.0.0.1", 0)) as server:
        http = f"http://127.0.0.1:{server.getsockname()[1]}/x.dtd"
        data = text.format(file=secret.as_uri(), http=http).encode()
        result = convert_badly(run, tmp_path, name, zipped({"i.xml": data}) if name == "a.zip" else data)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert ": X003 " in result.stdout
    assert "rất mật" not in result.output


def test_a_format_that_no_question_fits_writes_no_file(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "bai"
    folder.mkdir()
    source = folder / "a.vi.quiz.md"
    source.write_text("## Thứ tự {#thu-tu type=order}\n\n1. một\n1. hai\n")
    result = run("quiz", "convert", source, folder / "a.gift", code=1)
    assert [line[:12] for line in result.stdout.splitlines()] == ["thu-tu: X010", "quiz: X008 T"]
    assert list(folder.iterdir()) == [source]


def test_a_quiz_of_ours_with_errors_is_not_converted(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "bai"
    folder.mkdir()
    source = folder / "a.vi.quiz.md"
    source.write_text("## Một {#mot}\n\nHỏi?\n\n" + "- [ ] a\n" * 10_000)
    result = run("quiz", "convert", source, folder / "a.gift", code=1)
    assert "a.vi.quiz.md:" in result.stderr
    assert list(folder.iterdir()) == [source]
