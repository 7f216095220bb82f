"""Importing, publishing and exporting: bytes are kept, revisions never change, nothing is stored by halves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from learning.audit.models import AuditEntry
from learning.authoring.queries import EditedDocument, effect_of, get_document, list_authored_courses
from learning.authoring.services import add_document, export_files, publish, save_draft
from learning.courses.models import Course, Document, Revision, Unit
from learning.courses.queries import (
    find_document,
    get_course,
    get_revision,
    list_documents,
    list_revisions,
    shipped_news,
)
from learning.courses.services import (
    ContentRejected,
    EditConflict,
    FileChange,
    Publication,
    check_files,
    compile_files,
    store_files,
)
from learning.database import Base, current_session
from learning.domain.completion import UnitState
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Role
from learning.formats.bundle import BundleFile, place_of, read_bundle, write_bundle, write_folder
from learning.progress.models import FigureEntry
from learning.progress.recount import find_differences
from learning.study.queries.courses import course_page, unit_page
from learning.study.services import declare_read
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OPTIONAL_UNIT,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    ZONE,
    course_text,
    course_texts,
    files_of,
    import_texts,
    make_course,
    make_organizations,
    make_person,
    moment,
    quiz_text,
    take_quiz,
    unit_text,
)
from tests.support.pictures import make_picture
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")

FOLDER = f"courses/{COURSE}"
COURSE_PATH, READ_PATH, QUIZ_PATH = (f"{FOLDER}/{n}.vi.md" for n in ("course", READ_UNIT, QUIZ_UNIT))
TEST_PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"
PICTURE = make_picture() + b"\x00what stands behind it\xff"


@pytest.fixture
def tree(app: Flask) -> None:
    make_organizations()


@pytest.fixture
def trainer(tiny_course: Flask) -> Actor:
    return make_person("giang-vien-thu", "24-BTGDV", role=Role.TRAINER)


@pytest.fixture
def learner(tiny_course: Flask) -> Actor:
    return make_person("hoc-vien-thu")


def lines(changes: list[FileChange]) -> dict[str, str]:
    return {change.path.rsplit("/", 1)[-1]: change.status.value for change in changes}


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables."""
    session = current_session()
    return {
        table.name: [tuple(row) for row in session.execute(sa.select(table).order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
    }


def document_of(
    trainer: Actor, kind: Any = "unit", slug: str = READ_UNIT, language: str = "vi"
) -> EditedDocument:
    return get_document(trainer, COURSE, kind=kind, slug=slug, language=language)


def latest_id(document: EditedDocument) -> int | None:
    return document.row.latest_id if document.row else None


def publish_text(
    trainer: Actor,
    source: bytes,
    document: EditedDocument | None = None,
    *,
    effect: str = "wording",
    base: int | None = None,
    day: int = 1,
) -> FileChange:
    document = document or document_of(trainer)
    return publish(
        trainer,
        document,
        source.decode(),
        note="Một ghi chú",
        effect=effect,
        base=latest_id(document) if base is None else base,
        renderer=current_app.extensions["renderer"],
        moment=moment(day),
    )


def text_of(actor: Actor, unit: str = READ_UNIT) -> str:
    return str(unit_page(actor, COURSE, unit, language="vi", now=NOW).html)


# --- Importing


def test_an_import_tells_new_changed_and_unchanged_files(tree: None) -> None:
    texts = course_texts()
    assert set(lines(import_texts(texts)).values()) == {"new"}
    assert set(lines(import_texts(texts)).values()) == {"unchanged"}
    texts[READ_PATH] = unit_text(body="Mới.")
    texts[f"{FOLDER}/{READ_UNIT}.en.md"] = b"---\ntitle: A text\nsummary: One.\n---\n\n## A\n\nText.\n"
    assert lines(import_texts(texts)) == {
        "course.vi.md": "unchanged",
        f"{QUIZ}.vi.quiz.md": "unchanged",
        f"{READ_UNIT}.vi.md": "changed",
        f"{READ_UNIT}.en.md": "new",
        f"{QUIZ_UNIT}.vi.md": "unchanged",
        f"{OPTIONAL_UNIT}.vi.md": "unchanged",
    }


def test_a_part_of_a_course_is_checked_with_the_rest_that_is_published(tree: None) -> None:
    make_course()
    assert lines(import_texts({READ_PATH: unit_text(body="Mới.")})) == {f"{READ_UNIT}.vi.md": "changed"}
    with pytest.raises(ContentRejected) as rejection:
        import_texts({QUIZ_PATH: unit_text(completion="quiz", quiz="khong-co")})
    assert [(one.file, one.code) for one in rejection.value.diagnostics] == [(QUIZ_PATH, "U092")]


@pytest.mark.parametrize(
    "broken",
    [
        {READ_PATH: b"no front matter"},
        {TEST_PATH: quiz_text().replace(b"[x]", b"[ ]")},
        {COURSE_PATH: course_text((READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT, "khong-co"))},
        {READ_PATH: b"\xff\xfe"},
    ],
)
def test_one_broken_file_lets_nothing_in(tree: None, broken: dict[str, bytes]) -> None:
    before = everything()
    with pytest.raises(ContentRejected):
        import_texts(course_texts() | broken)
    assert everything() == before


def test_a_quiz_of_another_course_lets_nothing_in(tree: None) -> None:
    make_course()
    before = everything()
    with pytest.raises((ContentRejected, Refused)):
        import_texts(course_texts("khoa-khac"))
    assert everything() == before


def test_an_owner_that_does_not_exist_lets_nothing_in(tree: None) -> None:
    texts = course_texts()
    texts[COURSE_PATH] = course_text((READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT), owner="khong-co")
    before = everything()
    with pytest.raises(Refused, match="khong-co"):
        import_texts(texts)
    assert everything() == before


@pytest.mark.parametrize("effect", ["wording", "repass"])
def test_a_dry_run_tells_the_same_and_changes_nothing(learner: Actor, effect: str) -> None:
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment())
    texts = course_texts() | {READ_PATH: unit_text(body="Mới."), f"{FOLDER}/media/hinh.png": PICTURE}
    before = everything()
    told = lines(import_texts(texts, effect=effect, dry_run=True))
    assert everything() == before
    assert lines(import_texts(texts, effect=effect)) == told


def test_an_import_is_on_record_and_one_that_changes_nothing_is_not(tree: None) -> None:
    make_course()
    make_course()
    entries = current_session().scalars(sa.select(AuditEntry)).all()
    assert [(entry.action, entry.detail["files"]) for entry in entries] == [("content.imported", 5)]


def test_parallel_imports_of_one_bundle_leave_it_imported_once(app: Flask, tree: None) -> None:
    outcomes = together(app, [make_course] * 3)
    assert None in outcomes
    numbers = current_session().execute(
        sa.select(Document.path, sa.func.count())
        .join(Revision, Revision.document_id == Document.id)
        .group_by(Document.path)
    )
    assert {tuple(row) for row in numbers} == {(path, 1) for path in course_texts()}


# --- Bytes


def test_what_is_exported_is_what_was_imported_byte_for_byte(tree: None, tmp_path: Path) -> None:
    texts = course_texts() | {
        READ_PATH: b"\xef\xbb\xbf" + unit_text(body="Hai dấu cách  \nở cuối.\n\n\n").replace(b"\n", b"\r\n"),
        f"{FOLDER}/{READ_UNIT}.en.md": b"---\ntitle: A text\nsummary: One.\n---\n\n## A\n\nText.",
        f"{FOLDER}/media/hinh.png": PICTURE,
    }
    import_texts(texts)
    files = export_files([COURSE])
    assert {file.path: file.data for file in files} == texts
    assert {file.path: file.data for file in read_bundle(write_bundle(files)).files} == texts
    write_folder(files, tmp_path / "ra")
    assert {file.path: file.data for file in read_bundle(tmp_path / "ra").files} == texts


def test_an_export_is_imported_again_as_unchanged(tree: None) -> None:
    import_texts(course_texts() | {f"{FOLDER}/media/hinh.png": PICTURE})
    files = read_bundle(write_bundle(export_files([COURSE]))).files
    assert set(lines(import_texts({file.path: file.data for file in files})).values()) == {"unchanged"}


def test_the_export_after_a_unit_was_dropped_can_still_be_imported(tree: None) -> None:
    make_course()
    import_texts({COURSE_PATH: course_text((READ_UNIT, QUIZ_UNIT))})
    files = {file.path: file.data for file in export_files([COURSE])}
    assert f"{FOLDER}/{OPTIONAL_UNIT}.vi.md" in files
    assert set(lines(import_texts(files)).values()) == {"unchanged"}


def test_an_unknown_course_is_not_exported(tree: None) -> None:
    with pytest.raises(NotFound):
        export_files(["khong-co"])


def test_a_picture_is_replaced_and_kept_as_it_came(tree: None) -> None:
    path = f"{FOLDER}/media/hinh.png"
    import_texts(course_texts() | {path: PICTURE})
    assert lines(import_texts({path: PICTURE + b"2"})) == {"hinh.png": "changed"}
    assert {file.path: file.data for file in export_files([COURSE])}[path] == PICTURE + b"2"


# --- Revisions


def test_each_change_makes_a_revision_and_leaves_the_earlier_ones_as_they_were(trainer: Actor) -> None:
    first = document_of(trainer).latest
    assert first is not None
    publish_text(trainer, unit_text(body="Mới."))
    document = document_of(trainer)
    assert document.row is not None
    history = list_revisions(document.row.id)
    assert [(row.number, row.note, row.author) for row in history] == [
        (2, "Một ghi chú", trainer.name),
        (1, "", None),
    ]
    assert get_revision(document.row.id, 1) == first
    assert first.source == unit_text()
    assert "Mới." in get_revision(document.row.id, 2).html["body"]
    with pytest.raises(NotFound):
        get_revision(document.row.id, 3)


def test_a_draft_is_seen_by_trainers_only(trainer: Actor) -> None:
    before = text_of(trainer)
    document = document_of(trainer)
    save_draft(trainer, document, "lỗi đầy mình", note="", base=latest_id(document), moment=moment())
    assert text_of(trainer) == before
    drafted = document_of(trainer)
    assert drafted.row is not None
    assert drafted.row.has_draft
    assert drafted.source == "lỗi đầy mình"
    assert {file.path: file.data for file in export_files([COURSE])}[READ_PATH] == unit_text()
    publish_text(trainer, unit_text(body="Sạch sẽ."), drafted)
    published = document_of(trainer).row
    assert published is not None
    assert not published.has_draft
    assert "Sạch sẽ." in text_of(trainer)


def test_an_import_as_draft_shows_readers_nothing(tree: None) -> None:
    import_texts(course_texts(), publish=False)
    assert not get_course(COURSE).is_published
    assert export_files([COURSE]) == []
    assert set(lines(import_texts(course_texts(), publish=False)).values()) == {"unchanged"}
    assert set(lines(import_texts(course_texts())).values()) == {"new"}
    assert get_course(COURSE).is_published


def test_a_draft_equal_to_what_is_published_is_unchanged(learner: Actor) -> None:
    assert set(lines(import_texts(course_texts(), publish=False)).values()) == {"unchanged"}
    assert text_of(learner)


def test_publishing_what_is_published_changes_nothing(trainer: Actor) -> None:
    before = everything()["revision"]
    assert publish_text(trainer, unit_text(), effect="repass").status.value == "unchanged"
    assert everything()["revision"] == before
    assert current_session().scalars(sa.select(Unit.round)).all() == [1, 1, 1]


def test_a_text_with_errors_is_not_published(trainer: Actor) -> None:
    before = everything()
    with pytest.raises(ContentRejected):
        publish_text(trainer, b"no front matter")
    assert everything() == before


def test_browsers_line_ends_are_stored_as_plain_ones(trainer: Actor) -> None:
    publish_text(trainer, unit_text(body="Một.\n\nHai.").replace(b"\n", b"\r\n"))
    assert document_of(trainer).source == unit_text(body="Một.\n\nHai.").decode()


# --- Conflicts


def test_a_text_that_somebody_saved_meanwhile_is_not_overwritten(trainer: Actor) -> None:
    document = document_of(trainer)
    publish_text(trainer, unit_text(body="Của người kia."), document)
    before = everything()
    with pytest.raises(EditConflict):
        publish_text(trainer, unit_text(body="Của tôi."), document)
    with pytest.raises(EditConflict):
        save_draft(trainer, document, "Của tôi.", note="", base=latest_id(document), moment=moment())
    assert everything() == before


def test_somebodys_draft_is_not_overwritten_either(trainer: Actor) -> None:
    document = document_of(trainer)
    save_draft(trainer, document, "dở dang", note="", base=latest_id(document), moment=moment())
    with pytest.raises(EditConflict):
        publish_text(trainer, unit_text(body="Của tôi."), document)


def test_of_two_publishing_at_once_one_wins(app: Flask, trainer: Actor) -> None:
    document = document_of(trainer)
    outcomes = together(
        app, [partial(publish_text, trainer, unit_text(body=f"Bản {n}."), document) for n in range(4)]
    )
    assert sum(isinstance(outcome, FileChange) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, EditConflict) for outcome in outcomes) == 3
    assert document.row is not None
    assert len(list_revisions(document.row.id)) == 2


def test_of_two_beginning_the_same_text_at_once_one_wins(app: Flask, trainer: Actor) -> None:
    document = document_of(trainer, language="en")
    assert document.row is None
    source = b"---\ntitle: A text\nsummary: One.\n---\n\n## A\n\nText.\n"
    outcomes = together(app, [partial(publish_text, trainer, source, document)] * 4)
    assert sum(isinstance(outcome, FileChange) for outcome in outcomes) >= 1
    others = [outcome for outcome in outcomes if not isinstance(outcome, FileChange)]
    assert all(isinstance(outcome, EditConflict) for outcome in others)
    assert len(everything()["document"]) == 6


def test_a_text_found_unchanged_but_changed_before_it_is_stored_is_a_conflict(trainer: Actor) -> None:
    files = files_of(course_texts())
    compiled, _warnings = compile_files(files, current_app.extensions["renderer"])
    publish_text(trainer, unit_text(body="Của người kia."))
    with pytest.raises(EditConflict):
        store_files(compiled, Publication(None, NOW))
    assert "Của người kia." in text_of(trainer)


def test_a_new_name_that_is_taken_is_refused(trainer: Actor) -> None:
    with pytest.raises(Refused, match="already"):
        add_document(
            trainer,
            COURSE,
            kind="unit",
            slug=READ_UNIT,
            title="Lại bài này",
            path=READ_PATH,
            language="vi",
            moment=moment(),
        )


def test_a_new_unit_begins_as_a_draft_that_readers_do_not_see(trainer: Actor) -> None:
    path = f"{FOLDER}/moi-thu.vi.md"
    add = partial(
        add_document,
        trainer,
        COURSE,
        kind="unit",
        slug="moi-thu",
        title="Bài mới",
        path=path,
        language="vi",
        moment=moment(),
    )
    add()
    found = find_document(path)
    assert found is not None
    assert (found.title, found.published_id) == ("Bài mới", None)
    assert [unit.slug for unit in course_page(trainer, COURSE, "vi").units] == [
        READ_UNIT,
        QUIZ_UNIT,
        OPTIONAL_UNIT,
    ]
    with pytest.raises((EditConflict, Refused)):
        add()


def test_those_who_may_not_publish_do_not_find_the_course(trainer: Actor) -> None:
    elsewhere = make_person("noi-khac-thu", COMMUNE, role=Role.TRAINER)
    for actor in (elsewhere, make_person("hoc-vien-thu")):
        with pytest.raises(NotFound):
            document_of(actor)
        with pytest.raises(NotFound):
            publish_text(actor, unit_text(body="Mới."), document_of(trainer))
        assert list_authored_courses(actor) == []
    [row] = list_authored_courses(trainer)
    assert (row.slug, row.title, row.unit_count, row.quiz_count) == (COURSE, "Khóa thử", 3, 1)


# --- Shipped courses


def shipped(texts: Mapping[str, bytes]) -> list[str]:
    return [file.path for file in shipped_news(files_of(texts))]


def test_shipped_files_are_news_once(tree: None) -> None:
    texts = course_texts()
    assert set(shipped(texts)) == set(texts)
    import_texts(texts)
    assert shipped(texts) == []
    newer = texts | {READ_PATH: unit_text(body="Bản mới giao.")}
    assert shipped(newer) == [READ_PATH]
    import_texts(newer)
    assert shipped(newer) == []
    assert shipped(texts) == []  # an older delivery brings nothing back


def test_shipped_news_never_overwrite_what_a_trainer_published(trainer: Actor) -> None:
    publish_text(trainer, unit_text(body="Của giảng viên."))
    newer = course_texts() | {READ_PATH: unit_text(body="Bản mới giao."), TEST_PATH: quiz_text(intro="Mới.")}
    assert shipped(newer) == [TEST_PATH]


def test_a_trainers_draft_does_not_keep_shipped_news_away(trainer: Actor) -> None:
    document = document_of(trainer)
    save_draft(trainer, document, "dở dang", note="", base=latest_id(document), moment=moment())
    assert shipped(course_texts() | {READ_PATH: unit_text(body="Bản mới giao.")}) == [READ_PATH]


def test_a_new_shipped_unit_enters_beside_a_course_that_a_trainer_took_over(trainer: Actor) -> None:
    course = document_of(trainer, "course", COURSE)
    publish_text(trainer, course_text((READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT), title="Của giảng viên"), course)
    newer = course_texts() | {
        COURSE_PATH: course_text((READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT, "moi-thu")),
        f"{FOLDER}/moi-thu.vi.md": unit_text("Bài mới giao"),
    }
    assert shipped(newer) == [f"{FOLDER}/moi-thu.vi.md"]
    import_texts({path: newer[path] for path in shipped(newer)})
    assert course_page(trainer, COURSE, "vi").title == "Của giảng viên"


# --- What publishing does to the rows that pages read


def unit_row(slug: str = READ_UNIT) -> Unit:
    return current_session().scalars(sa.select(Unit).where(Unit.slug == slug)).one()


def test_the_settings_of_a_unit_are_those_of_its_published_original(tree: None) -> None:
    texts = course_texts()
    texts[QUIZ_PATH] = (
        b"---\ntitle: T\nsummary: S.\nsection: Ph\xe1\xba\xa7n hai\nrequired: no\nminutes: 7\n"
        b"completion: read and quiz\nquiz: bai-thu\nreviewed_on: 2026-11-01\nreview_by: 2027-01-01\n---\n\n## A\n\nB\n"
    )
    texts[f"{FOLDER}/{QUIZ_UNIT}.en.md"] = b"---\ntitle: T\nsummary: S.\n---\n\n## A\n\nB\n"
    import_texts(texts)
    unit = unit_row(QUIZ_UNIT)
    assert (unit.position, unit.section, unit.required, unit.minutes) == (2, "Phần hai", False, 7)
    assert (unit.completion, unit.reviewed_on) == ("read,quiz", date(2026, 11, 1))
    assert unit.quiz_id is not None
    import_texts({f"{FOLDER}/{QUIZ_UNIT}.en.md": b"---\ntitle: T\nsummary: S.\n---\n\n## A\n\nC\n"})
    assert (unit_row(QUIZ_UNIT).minutes, unit_row(QUIZ_UNIT).completion) == (7, "read,quiz")


def test_units_stand_in_the_order_of_the_course_file(trainer: Actor) -> None:
    import_texts({COURSE_PATH: course_text((OPTIONAL_UNIT, QUIZ_UNIT, READ_UNIT))})
    assert [unit.slug for unit in course_page(trainer, COURSE, "vi").units] == [
        OPTIONAL_UNIT,
        QUIZ_UNIT,
        READ_UNIT,
    ]


def test_a_unit_taken_out_of_the_course_is_not_found_and_comes_back_with_what_was_done(
    learner: Actor,
) -> None:
    declare_read(learner, COURSE, OPTIONAL_UNIT, revision_id=None, moment=moment())
    import_texts({COURSE_PATH: course_text((READ_UNIT, QUIZ_UNIT))}, at=moment(1))
    with pytest.raises(NotFound):
        unit_page(learner, COURSE, OPTIONAL_UNIT, language="vi", now=NOW)
    with pytest.raises(NotFound):
        declare_read(learner, COURSE, OPTIONAL_UNIT, revision_id=None, moment=moment(1))
    import_texts({COURSE_PATH: course_text((READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT))}, at=moment(2))
    assert unit_page(learner, COURSE, OPTIONAL_UNIT, language="vi", now=NOW).state == UnitState.COMPLETED
    for day in range(3):
        assert find_differences(moment(day).day, ZONE) == []


def test_the_owner_named_in_the_course_file_owns_it(tree: None) -> None:
    make_course()
    assert get_course(COURSE).owner_path == "/24/24-BTGDV/"
    import_texts({COURSE_PATH: course_text((READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT), owner=COMMUNE)})
    assert get_course(COURSE).owner_path == "/24/X-1/"


def test_documents_are_listed_course_first_then_units_in_order_then_quizzes(tree: None) -> None:
    make_course()
    course_id = current_session().scalars(sa.select(Course.id)).one()
    rows = list_documents([course_id])[course_id]
    assert [row.slug for row in rows] == [COURSE, READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT, QUIZ]


# --- Effects


def study_all(learner: Actor) -> None:
    declare_read(learner, COURSE, READ_UNIT, revision_id=revision_of(READ_PATH), moment=moment())
    take_quiz(learner)


def revision_of(path: str) -> int | None:
    found = find_document(path)
    return found.published_id if found else None


def state(learner: Actor, unit: str = READ_UNIT) -> str:
    return str(unit_page(learner, COURSE, unit, language="vi", now=NOW).state)


def is_new(learner: Actor) -> dict[str, bool]:
    return {unit.slug: unit.is_new for unit in course_page(learner, COURSE, "vi").units}


@pytest.mark.parametrize(
    ("effect", "after", "marked"),
    [("wording", "completed", False), ("reread", "completed", True), ("repass", "not_started", False)],
)
def test_the_effect_says_what_becomes_of_those_who_were_done(
    learner: Actor, effect: str, after: str, marked: bool
) -> None:
    study_all(learner)
    trainer = make_person("giang-vien-thu", "24-BTGDV", role=Role.TRAINER)
    publish_text(trainer, unit_text(body="Mới."), effect=effect)
    assert state(learner) == after
    assert is_new(learner)[READ_UNIT] is marked
    assert state(learner, QUIZ_UNIT) == "passed"
    assert course_page(learner, COURSE, "vi").completed_at == NOW
    assert find_differences(moment(0).day, ZONE) == find_differences(moment(1).day, ZONE) == []
    entry = current_session().scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject, entry.detail["effect"]) == ("content.published", READ_PATH, effect)


def test_a_quiz_to_be_passed_again_opens_the_unit_that_asks_for_it(learner: Actor) -> None:
    study_all(learner)
    trainer = make_person("giang-vien-thu", "24-BTGDV", role=Role.TRAINER)
    document = document_of(trainer, "quiz", QUIZ)
    assert replace(effect_of(document)) == effect_of(document_of(trainer, "unit", QUIZ_UNIT))
    assert (effect_of(document).people, effect_of(document).organizations) == (1, 1)
    publish_text(trainer, quiz_text(intro="Mới."), document, effect="repass")
    assert state(learner, QUIZ_UNIT) == "not_started"
    assert state(learner) == "completed"
    assert effect_of(document_of(trainer, "quiz", QUIZ)).people == 0
    gone = sa.select(sa.func.sum(FigureEntry.n)).where(
        FigureEntry.measure == "passed", FigureEntry.unit_id.is_not(None)
    )
    assert current_session().scalar(gone) == 0


def test_a_unit_and_its_quiz_changed_together_open_one_round(learner: Actor) -> None:
    texts = {
        QUIZ_PATH: unit_text("Bài thi thử", completion="quiz", quiz=QUIZ, body="Mới."),
        TEST_PATH: quiz_text(intro="Mới."),
    }
    import_texts(texts, effect="repass")
    assert (unit_row(QUIZ_UNIT).round, unit_row(READ_UNIT).round) == (2, 1)


# --- Values at their limits


@pytest.mark.parametrize(
    "texts",
    [
        {READ_PATH: unit_text("Đ" * 400)},
        {READ_PATH: unit_text().replace(b"summary: M", b"section: " + b"a" * 400 + b"\nsummary: M")},
        {READ_PATH: unit_text().replace(b"minutes: 5", b"minutes: 99999999999999999999")},
        {f"{FOLDER}/media/{'a' * 240}.png": PICTURE},
        {TEST_PATH: quiz_text("Đ" * 400)},
    ],
    ids=["title", "section", "minutes", "media", "quiz-title"],
)
def test_a_value_that_no_column_holds_is_refused_with_a_reason(tree: None, texts: dict[str, bytes]) -> None:
    before = everything()
    try:
        import_texts(course_texts() | texts)
    except (ContentRejected, Refused):
        assert everything() == before
    else:
        assert {file.path for file in export_files([COURSE])} >= set(texts)


def test_a_file_outside_the_layout_is_no_file() -> None:
    with pytest.raises(ValueError, match="xyz"):
        files_of({"xyz/a.vi.md": b""})
    assert isinstance(files_of(course_texts())[0], BundleFile)


# --- What becomes of answers


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("{#mot}", "{#mot-khac}", [(1, "Q014")]),
        ("- [ ] Hai", "- [x] Hai", [(10, "Q014")]),
        ("- [x] Ba\n- [ ] Hai", "- [ ] Ba\n- [x] Hai", []),
        ("Câu một", "Câu thứ nhất", []),
    ],
)
def test_a_question_that_answers_lose_is_told_before_it_is_published(
    tree: None, before: str, after: str, expected: list[tuple[int, str]]
) -> None:
    make_course()
    path = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"
    text = quiz_text().decode()
    changed = text.replace(before, after, 1)
    assert changed != text
    file = place_of(path, changed.encode())
    assert file is not None
    assert [(one.line, one.code) for one in check_files([file])] == expected
    assert check_files([replace(file, data=text.encode())]) == []
