"""Certificates on the learner's pages, and the public page that says whether one is real."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.certificates.queries import list_certificates
from learning.certificates.services import VERIFY_LIMIT
from learning.domain.certificate import spell_code
from learning.study.services import declare_read
from tests.support.factories import COURSE, NOW, READ_UNIT, course_texts, import_texts, moment, take_quiz
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def code(world: Flask) -> str:
    """The code of the learner's certificate."""
    import_texts(course_texts(extra="certificate: yes\nvalid_for: 24 months\nrenew_window: 3 months\n"))
    learner = get_actor("learner")
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment())
    take_quiz(learner)
    [certificate] = list_certificates(learner.id)
    return spell_code(certificate.code)


def test_the_list_leads_to_a_sheet_to_print(visit: Visit, code: str) -> None:
    learner = visit("learner")
    listed = learner.get("/certificates/?lang=en").text
    assert f'href="/certificates/{code}/"' in listed
    assert "Valid until <bdi>22/11/2028</bdi>" in listed
    sheet = learner.get(f"/certificates/{code}/?lang=en")
    assert sheet.status_code == 200
    for words in (
        "Người Thử learner",
        "Khóa thử",
        "Completed on 22/11/2026",
        "Ban Thử Nghiệm",
        "http://localhost/certificates/verify/",
        "It is not the official confirmation of digital skills.",
        "You can take the course again from <bdi>22/08/2028</bdi>",
        '<svg aria-hidden="true"',
    ):
        assert words in sheet.text, words
    assert "style=" not in sheet.text


def test_a_certificate_opens_for_its_person_alone(visit: Visit, code: str) -> None:
    for username in ("other", "manager", "admin"):
        assert visit(username).get(f"/certificates/{code}/").status_code == 404
    assert visit().get(f"/certificates/{code}/").status_code == 303
    assert visit("learner").get("/certificates/0000-0000-0000-0000/").status_code == 404


def test_anyone_can_ask_whether_it_is_real_and_learns_no_more(visit: Visit, code: str) -> None:
    stranger = visit()
    for typed in (code, code.lower().replace("-", " ")):
        answer = stranger.get(f"/certificates/verify/{typed}?lang=en")
        assert answer.status_code == 200
        assert "This certificate is real." in answer.text
        assert "Người Thử learner" in answer.text
        assert "Khóa thử" in answer.text
        assert "Xã Đồng Thử" not in answer.text  # where she works is nobody's business
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    asked = stranger.get("/certificates/verify/", query_string={"code": f" {code} ", "lang": "en"})
    assert "This certificate is real." in asked.text


@pytest.mark.parametrize("typed", ["0000-0000-0000-0000", "abc", "<b>x</b>", "đ" * 60])
def test_an_unknown_code_says_so(visit: Visit, code: str, typed: str) -> None:
    answer = visit().get("/certificates/verify/", query_string={"code": typed, "lang": "en"})
    assert answer.status_code == 404
    assert "There is no certificate with this code." in answer.text
    assert "<b>x</b>" not in answer.text


def test_an_expired_one_is_real_and_no_longer_valid(world: Flask, visit: Visit, code: str) -> None:
    world.config["CLOCK"] = lambda: NOW + timedelta(days=731)
    assert "This certificate is real." in visit().get(f"/certificates/verify/{code}?lang=en").text
    world.config["CLOCK"] = lambda: NOW + timedelta(days=732)
    answer = visit().get(f"/certificates/verify/{code}?lang=en").text
    assert "real, and no longer valid" in answer
    assert "It was valid until <bdi>22/11/2028</bdi>." in answer


def test_guessing_is_held_up_and_asking_for_real_ones_is_not(visit: Visit, code: str) -> None:
    stranger = visit()
    for _ in range(VERIFY_LIMIT.tries + 5):
        assert stranger.get(f"/certificates/verify/{code}").status_code == 200
    for _ in range(VERIFY_LIMIT.tries):
        assert stranger.get("/certificates/verify/0000-0000-0000-0000").status_code == 404
    refused = stranger.get(f"/certificates/verify/{code}")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Người Thử learner" not in refused.text


def test_the_official_number_is_noted_by_the_learner(visit: Visit, code: str) -> None:
    learner = visit("learner")
    page = f"/certificates/{code}/"
    kept = learner.post(f"{page}official-number", {"official_number": "12/XN-PCKNS"}, page=page)
    assert kept.status_code == 303
    assert 'value="12/XN-PCKNS"' in learner.get(page).text
    refused = learner.post(f"{page}official-number", {"official_number": "9" * 101}, page=page)
    assert refused.status_code == 422
    assert "9" * 101 in refused.text  # what was typed stays
    assert "12/XN-PCKNS" not in visit().get(f"/certificates/verify/{code}").text


def test_own_data_has_the_certificates(program: Callable[..., object], code: str) -> None:
    data = program("learner")("GET", "/me/data").json  # type: ignore[operator]
    [certificate] = data["certificates"]
    assert certificate["code"] == code.replace("-", "")
    assert re.fullmatch(r"2028-11-22", certificate["valid_until"])
    assert certificate["course"] == COURSE


def test_whoever_may_read_names_finds_the_certificate_with_the_completion(visit: Visit, code: str) -> None:
    person = get_actor("learner").id
    page = visit("manager").get(f"/reports/people/{person}/?lang=en").text
    assert f'href="/certificates/verify/{code}"' in page
    assert "Valid until <bdi>22/11/2028</bdi>" in page
    before = visit("manager").get(f"/reports/people/{person}/?as_of=2026-11-21").text
    assert code not in before
