"""The filters of reports in addresses, on pages and in files: what is asked is said, what cannot be is told."""

from collections.abc import Callable

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.administration.moves import describe_person
from learning.courses.queries import get_course
from learning.domain.membership import Audience
from learning.organizations.queries import get_by_code
from learning.progress.assignments import assign_course
from learning.study.services import declare_read, enroll_in_course
from tests.support.factories import COMMUNE, COURSE, READ_UNIT, moment, take_quiz
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PAGES = ("/reports/", f"/reports/courses/{COURSE}/", f"/reports/organizations/{COMMUNE}/?course={COURSE}")


@pytest.fixture
def manager(world: Flask, visit: Visit) -> Visitor:
    """The manager of a commune whose learner, a cadre, completed the course on the second day."""
    world.config["CLOCK"] = lambda: moment(30).at
    learner = get_actor("learner")
    enroll_in_course(learner, COURSE, moment=moment())
    describe_person(None, learner.id, audience=Audience.CADRE, moment=moment())
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment(1))
    take_quiz(learner, at=moment(1))
    return visit("manager")


def ask(path: str, **fields: str) -> str:
    """Return the address with these fields; `from_` is `from`."""
    asked = "&".join(f"{name.rstrip('_')}={text}" for name, text in fields.items())
    return f"{path}{'&' if '?' in path else '?'}{asked}"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_whose_figures_of_which_period_it_shows_and_keeps_that_in_its_links(
    manager: Visitor, path: str
) -> None:
    asked = {"audience": "cadre", "from_": "2026-11-01", "to": "2026-11-30", "membership": "now"}
    page = manager.get(ask(path, **asked)).text
    assert '<option value="cadre" selected>' in page
    assert "Hoàn thành trong kỳ" in page
    assert 'value="2026-11-01"' in page
    assert "audience=cadre" in page.split("<table")[1]
    assert "from=2026-11-01" in page.split("<table")[1]
    citizens = manager.get(ask(path, audience="citizen")).text
    assert "1/1" in page
    assert "1/1" not in citizens


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"audience": "sep"}, "Không có nhóm người học này"),
        ({"from_": "2026-12-01", "to": "2026-11-01"}, "kết thúc trước khi bắt đầu"),
        ({"to": "2026-11-01"}, "Kỳ báo cáo cần có ngày đầu"),
        ({"from_": "hom-qua"}, "không phải là ngày"),
        ({"as_of": "2999-01-01"}, "Không có số liệu của ngày đó"),
    ],
)
def test_what_cannot_be_asked_is_told_and_the_rest_counts(
    manager: Visitor, fields: dict[str, str], told: str
) -> None:
    for path in PAGES:
        page = manager.get(ask(path, lang="vi", **fields))
        assert page.status_code == 200
        assert told in page.text, path


def test_before_the_first_data_a_report_shows_nothing_and_says_so(manager: Visitor) -> None:
    page = manager.get(ask(PAGES[1], as_of="2019-01-01")).text
    assert "chưa có ai" in page.lower() or "không có ai" in page.lower()


def test_files_have_the_columns_of_the_period_and_say_what_they_count(manager: Visitor) -> None:
    asked = {"audience": "cadre", "from_": "2026-11-01", "to": "2026-11-30"}
    for path in (
        f"/reports/courses/{COURSE}.csv",
        "/reports/overview.csv",
        f"/reports/organizations/{COMMUNE}.csv",
    ):
        text = manager.get(ask(path, **asked)).data.decode("utf-8-sig")
        assert "Hoàn thành trong kỳ" in text, path
    text = manager.get(ask(f"/reports/courses/{COURSE}.csv", **asked)).data.decode("utf-8-sig")
    assert "Phạm vi số liệu" in text
    assert "Cán bộ" in text
    assert "Phạm vi số liệu" not in manager.get(f"/reports/courses/{COURSE}.csv").data.decode("utf-8-sig")


def test_a_round_is_chosen_on_the_page_of_its_course_and_an_unknown_one_is_no_page(
    manager: Visitor, world: Flask
) -> None:
    assign_course(
        None,
        get_course(COURSE).id,
        organization_id=get_by_code(COMMUNE).id,
        title="Đợt thử",
        moment=moment(29),
    )
    path = f"/reports/courses/{COURSE}/"
    assert '<option value="Đợt thử">' in manager.get(path).text
    page = manager.get(ask(path, wave="Đợt thử", from_="2026-11-01")).text
    assert '<option value="Đợt thử" selected>' in page
    assert "Đợt: Đợt thử" in page
    assert "Số liệu theo đợt được tính đến hôm nay" in page
    assert "wave=" in page.split("<table")[1]
    assert manager.get(ask(path, wave="Đợt lạ")).status_code == 404
    assert "Đợt thử" in manager.get(ask(f"/reports/courses/{COURSE}.csv", wave="Đợt thử")).data.decode()
