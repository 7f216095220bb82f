"""A trainer brings courses only to organizations where she has the right, in files as in the editor."""

import pytest
from flask import Flask, current_app

from learning.authoring.queries import get_document
from learning.authoring.services import publish
from learning.courses.queries import get_course
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Role
from tests.support.factories import (
    COMMUNE,
    COURSE,
    OTHER_COMMUNE,
    READ_UNIT,
    course_text,
    import_texts,
    make_course,
    make_organizations,
    make_person,
    moment,
    unit_text,
)

pytestmark = pytest.mark.usefixtures("app", "both_databases")
PATH = "courses/khoa-moi/course.vi.md"


@pytest.fixture
def trainer(app: Flask):
    make_organizations()
    return make_person("giang-vien-thu", COMMUNE, role=Role.TRAINER)


def new_course(owner: str) -> dict[str, bytes]:
    return {PATH: course_text((READ_UNIT,), owner=owner), f"courses/khoa-moi/{READ_UNIT}.vi.md": unit_text()}


def test_a_new_course_may_belong_to_her_organization(trainer) -> None:
    import_texts(new_course(COMMUNE), author=trainer)
    assert get_course("khoa-moi").is_published


def test_a_new_course_may_not_belong_to_another_organization(trainer) -> None:
    with pytest.raises(Refused):
        import_texts(new_course(OTHER_COMMUNE), author=trainer)
    with pytest.raises(NotFound):
        get_course("khoa-moi")


def test_a_new_course_without_owner_needs_the_right_at_the_department(trainer) -> None:
    texts = new_course(COMMUNE)
    texts[PATH] = texts[PATH].replace(f"owner: {COMMUNE}\n".encode(), b"")
    with pytest.raises(Refused):
        import_texts(texts, author=trainer)


def test_a_course_of_another_organization_is_not_hers_to_import(trainer) -> None:
    make_course()
    with pytest.raises(Refused):
        import_texts({f"courses/{COURSE}/{READ_UNIT}.vi.md": unit_text("Của người khác")}, author=trainer)


def test_the_editor_does_not_give_a_course_to_an_organization_outside_her_scope(trainer) -> None:
    import_texts(new_course(COMMUNE), author=trainer)
    document = get_document(trainer, "khoa-moi", kind="course", slug="khoa-moi", language="vi")
    assert document.latest is not None
    with pytest.raises(Refused):
        publish(
            trainer,
            document,
            course_text((READ_UNIT,), owner=OTHER_COMMUNE).decode(),
            note="",
            effect="wording",
            base=document.latest.id,
            renderer=current_app.extensions["renderer"],
            moment=moment(1),
        )
    assert get_course("khoa-moi").owner_path.endswith(f"/{COMMUNE}/")
