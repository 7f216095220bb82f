"""Certificates follow completions: issued with them, revoked and restored by corrections, else never changed."""

from collections.abc import Mapping
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.certificates.models import Certificate
from learning.certificates.queries import CertificateRow, find_verdict, get_certificate, list_certificates
from learning.certificates.services import note_official_number
from learning.courses.mirroring import mirror_anew
from learning.courses.models import Course
from learning.database import transaction
from learning.domain.certificate import spell_code
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Role
from learning.organizations.services import DEPARTMENT_CODE
from learning.progress.awards import award
from learning.study.services import declare_read
from tests.integration.test_regrading import regrade, undo
from tests.support.factories import (
    COURSE,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    course_text,
    course_texts,
    import_texts,
    make_organizations,
    make_person,
    moment,
    unit_text,
)
from tests.support.keyed_quiz import publish, quiz_text, sit
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")

KEYS = "certificate: yes\nvalid_for: 24 months\nrenew_window: 3 months\n"
COURSE_PATH = f"courses/{COURSE}/course.vi.md"


def texts(extra: str = KEYS) -> Mapping[str, bytes]:
    return course_texts(extra=extra) | {f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": quiz_text()}


@pytest.fixture
def trainer(app: Flask) -> Actor:
    make_organizations()
    import_texts(texts())
    return make_person("giang-vien", DEPARTMENT_CODE, role=Role.TRAINER)


@pytest.fixture
def learner(trainer: Actor) -> Actor:
    return make_person("hoc-vien")


def read(person: Actor, *, day: float = 0) -> None:
    declare_read(person, COURSE, READ_UNIT, revision_id=None, moment=moment(day))


def complete(person: Actor, *, day: float = 0) -> None:
    read(person, day=day)
    sit(person, "aaab", day=day)


def the_one(person: Actor) -> CertificateRow:
    [certificate] = list_certificates(person.id)
    return certificate


def test_completing_the_course_gives_a_certificate_of_how_things_stood(learner: Actor) -> None:
    read(learner)
    assert list_certificates(learner.id) == ()
    sit(learner, "aaab", day=1)
    given = the_one(learner)
    assert (given.person_name, given.course_title) == (learner.name, "Khóa thử")
    assert (given.completed_on, given.valid_until) == (date(2026, 11, 23), date(2028, 11, 23))
    assert (given.renew_from, given.revoked_at, given.cycle) == (date(2028, 8, 23), None, 1)
    import_texts({COURSE_PATH: course_text((READ_UNIT, QUIZ_UNIT), title="Tên khác")}, at=moment(2))
    assert the_one(learner).course_title == "Khóa thử"
    assert get_certificate(learner, given.code) == the_one(learner)


def test_a_course_without_the_key_gives_none_until_it_is_set(learner: Actor) -> None:
    import_texts(texts(extra=""), at=moment(0))
    complete(learner, day=1)
    assert list_certificates(learner.id) == ()
    import_texts(texts(), at=moment(5))
    assert the_one(learner).completed_on == date(2026, 11, 23)  # when it was completed, not when the key came
    import_texts({COURSE_PATH: course_text((READ_UNIT, QUIZ_UNIT), extra=KEYS)}, at=moment(6))
    assert len(list_certificates(learner.id)) == 1


def test_a_change_of_units_that_completes_the_course_gives_one_too(learner: Actor) -> None:
    sit(learner, "aaab")
    import_texts(
        {f"courses/{COURSE}/{READ_UNIT}.vi.md": unit_text("Bài đọc thử", required=False)}, at=moment(3)
    )
    assert the_one(learner).completed_on == date(2026, 11, 25)


def test_a_correction_revokes_it_and_undoing_that_restores_the_same(trainer: Actor, learner: Actor) -> None:
    complete(learner)
    before = the_one(learner)
    publish("bbbc", day=1)
    regrading = regrade(trainer, nobody_loses=False)
    revoked = the_one(learner)
    assert (revoked.code, revoked.revocation) == (before.code, "correction")
    assert revoked.revoked_at == moment(2).at
    undo(trainer, regrading)
    assert the_one(learner) == before


def test_who_passes_again_after_a_correction_gets_another_and_the_first_stays_revoked(
    trainer: Actor, learner: Actor
) -> None:
    complete(learner)
    first = the_one(learner)
    publish("bbbc", day=1)
    regrade(trainer, nobody_loses=False)
    sit(learner, "bbbc", day=3)
    second, revoked = list_certificates(learner.id)
    assert (revoked.code, second.revoked_at, second.completed_on) == (first.code, None, date(2026, 11, 25))
    assert revoked.revoked_at is not None


def test_a_correction_that_completes_the_course_gives_one_and_undoing_it_revokes_it(
    trainer: Actor, learner: Actor
) -> None:
    read(learner)
    sit(learner, "bbbc")
    assert list_certificates(learner.id) == ()
    publish("bbbc", day=1)
    regrading = regrade(trainer)
    assert the_one(learner).completed_on == date(2026, 11, 24)
    undo(trainer, regrading)
    assert the_one(learner).revocation == "correction"


def test_that_everyone_must_pass_again_revokes_nothing(learner: Actor) -> None:
    complete(learner)
    before = the_one(learner)
    import_texts(
        {f"courses/{COURSE}/{READ_UNIT}.vi.md": unit_text(body="Luật mới.")}, at=moment(1), effect="repass"
    )
    assert the_one(learner) == before
    read(learner, day=2)
    assert the_one(learner) == before


def test_two_completions_at_once_give_one_certificate(app: Flask, learner: Actor) -> None:
    import_texts(
        {f"courses/{COURSE}/{QUIZ_UNIT}.vi.md": unit_text("Bài đọc hai")}, at=moment(0)
    )  # two units to read
    declare_read(learner, COURSE, QUIZ_UNIT, revision_id=None, moment=moment(1))
    outcomes = together(app, [lambda: read(learner, day=1)] * 4)
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    the_one(learner)


def test_awarding_at_once_gives_one_certificate_each(app: Flask, learner: Actor) -> None:
    import_texts(texts(extra=""), at=moment(0))
    complete(learner)
    other = make_person("nguoi-khac")
    complete(other)
    with transaction() as session:
        session.execute(sa.update(Course).values(gives_certificate=True))
        course = session.scalars(sa.select(Course.id)).one()
    outcomes = together(app, [lambda: award([course], moment=moment(1))] * 3)
    assert outcomes == [None] * 3
    assert {the_one(learner).code, the_one(other).code} == set(_codes())


def _codes() -> list[str]:
    with transaction() as session:
        return list(session.scalars(sa.select(Certificate.code)))


def test_an_earlier_version_of_the_site_is_caught_up_with(learner: Actor) -> None:
    with transaction() as session:
        session.execute(sa.update(Course).values(gives_certificate=False, valid_for=None, renew_window=None))
    complete(learner)
    assert list_certificates(learner.id) == ()
    award(mirror_anew(), moment=moment(9))
    assert (the_one(learner).completed_on, the_one(learner).valid_until) == (
        date(2026, 11, 22),
        date(2028, 11, 22),
    )
    assert mirror_anew() == []


def test_the_code_is_found_however_it_is_typed(learner: Actor) -> None:
    complete(learner)
    code = the_one(learner).code
    for typed in (code, spell_code(code), code.lower(), f" {spell_code(code).replace('-', ' – ').lower()}"):
        found = find_verdict(typed)
        assert found is not None
        assert (found.person_name, found.completed_on) == (learner.name, date(2026, 11, 22))
    assert (
        find_verdict(code[:-1])
        is find_verdict("")
        is find_verdict("0" * 16)
        is find_verdict(code + "A")
        is None
    )


def test_the_note_of_the_official_number_is_the_learners_own(learner: Actor) -> None:
    complete(learner)
    code = the_one(learner).code
    note_official_number(learner, spell_code(code), " Số 12/XN ")
    assert the_one(learner).official_number == "Số 12/XN"
    with pytest.raises(Refused):
        note_official_number(learner, code, "a" * 101)
    for stranger, asked in ((make_person("nguoi-khac"), code), (learner, "0" * 16)):
        with pytest.raises(NotFound):
            note_official_number(stranger, asked, "12")
        with pytest.raises(NotFound):
            get_certificate(stranger, asked)
    note_official_number(learner, code, "  ")
    assert the_one(learner).official_number == ""
