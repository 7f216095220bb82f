"""Values that no column can hold are refused alike on both databases, and are never an error of ours."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.factories import PASSWORD, make_person


@pytest.fixture
def visitor(tiny_course: Flask, client: FlaskClient) -> FlaskClient:
    """A learner who is signed in; forms are taken without their token, which is not what is looked at here."""
    make_person("hoc-vien-thu", password=PASSWORD)
    tiny_course.config["WTF_CSRF_ENABLED"] = False
    answer = client.post("/sign-in", data={"username": "hoc-vien-thu", "password": PASSWORD})
    assert answer.status_code == 303
    return client


ADDRESSES = (
    "/courses/%00/",
    "/courses/khoa-thu/a%00b/",
    "/quizzes/%00/",
    "/attempts/99999999999999999999/",
    "/attempts/2147483648/",
    "/attempts/0/",
    "/attempts/1e3/",
    "/attempts/1.000/",
    "/attempts/١٢/",
    "/reports/organizations/%00/",
    "/authoring/quizzes/%00/",
)


def test_an_address_that_nothing_can_have_is_not_found(visitor: FlaskClient, both_databases: str) -> None:
    answers = {address: visitor.get(address).status_code for address in ADDRESSES}
    assert answers == dict.fromkeys(ADDRESSES, 404)


def test_a_form_with_nul_is_refused(visitor: FlaskClient, both_databases: str) -> None:
    for field in ("username", "password", "next", "a\0b"):
        typed = {"username": "hoc-vien-thu", "password": PASSWORD} | {field: "a\0b"}
        assert visitor.post("/sign-in", data=typed).status_code == 400, field


def test_a_query_with_nul_is_refused(visitor: FlaskClient, both_databases: str) -> None:
    assert visitor.get("/courses/?lang=%00").status_code == 400


@pytest.mark.parametrize("name", [b"", b"; x=y"])
def test_a_part_of_a_form_without_a_name_is_refused(visitor: FlaskClient, name: bytes) -> None:
    data = b"--b\r\nContent-Disposition: form-data%s\r\n\r\nx\r\n--b--\r\n" % name
    for address in ("/sign-in", "/api/v1/content", "/account/tokens"):
        answer = visitor.post(address, data=data, content_type="multipart/form-data; boundary=b")
        assert answer.status_code == 400, address
