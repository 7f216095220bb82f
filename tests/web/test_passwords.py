"""A password that was typed is on no page and in no row, whatever became of its form."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from wtforms import PasswordField

from learning.accounts import forms
from learning.accounts.models import HeldForm
from learning.database import transaction
from learning.web.clock import system_clock
from learning.web.forms import Form
from tests.support.factories import COURSE, PASSWORD, make_person
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
TYPED = "một mật khẩu rất dài của tôi"
FORM = {"current_password": TYPED, "password": TYPED, "password_again": TYPED}


def test_every_field_for_a_password_is_known_by_its_name() -> None:
    kinds = [kind for kind in vars(forms).values() if isinstance(kind, type) and issubclass(kind, Form)]
    fields = {
        name
        for kind in kinds
        for name in dir(kind)
        if getattr(getattr(kind, name), "field_class", None) is PasswordField
    }
    assert fields == {"password", "password_again", "current_password"}


@pytest.mark.parametrize("path", ["/account/password", "/sign-in", "/sign-in/khong-co"])
def test_a_refused_form_does_not_show_the_password_typed_into_it(visit: Visit, path: str) -> None:
    answer = visit("learner").client.post(path, data={**FORM, "csrf_token": "cũ"})
    assert answer.status_code == 400
    assert TYPED not in answer.text


def test_too_many_tries_do_not_show_the_password_typed(world: Flask, visit: Visit) -> None:
    make_person("mat-khau", password=PASSWORD)
    person = visit("mat-khau")
    for _ in range(11):
        answer = person.post("/account/password", FORM, page="/account/")
    assert answer.status_code == 429
    assert TYPED not in answer.text


def held_forms() -> list[str]:
    with transaction() as session:
        return [str(fields) for fields in session.scalars(select(HeldForm.fields))]


def test_a_password_sent_over_an_expired_session_is_not_kept(world: Flask, visit: Visit) -> None:
    learner = visit("learner")
    token = learner.token("/account/")
    world.config["CLOCK"] = lambda: system_clock() + timedelta(hours=2)
    answer = learner.client.post("/account/password", data={**FORM, "csrf_token": token})
    assert answer.headers["Location"] == "/sign-in?next=%2Faccount%2F"
    assert held_forms() == []


@pytest.mark.parametrize(
    ("path", "page"),
    [(f"/courses/{COURSE}/enrollment", f"/courses/{COURSE}/"), ("/assignments/", "/assignments/")],
)
def test_nothing_is_promised_kept_that_no_page_gives_back(
    world: Flask, visit: Visit, path: str, page: str
) -> None:
    manager = visit("manager")
    token = manager.token(page)
    world.config["CLOCK"] = lambda: system_clock() + timedelta(hours=2)
    answer = manager.client.post(path, data={"csrf_token": token, "title": "Đợt 1"})
    assert answer.headers["Location"] == "/sign-in?next=" + page.replace("/", "%2F")
    assert "held" not in answer.headers["Location"]


def test_looking_at_a_page_over_an_expired_session_drops_nothing_that_was_kept(
    world: Flask, visit: Visit
) -> None:
    trainer = visit("trainer")
    page = f"/authoring/courses/{COURSE}/"
    token = trainer.token(page)
    world.config["CLOCK"] = lambda: system_clock() + timedelta(hours=2)
    trainer.client.post(f"{page}draft", data={"csrf_token": token, "source": "Còn dang dở."})
    assert trainer.client.head(page).headers["Location"] == "/sign-in?next=" + page.replace("/", "%2F")
    assert ["Còn dang dở." in fields for fields in held_forms()] == [True]
