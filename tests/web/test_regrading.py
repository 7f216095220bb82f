"""The pages of mending a key: what the trainer sees and does, and what the learner is told."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.queries import get_actor
from learning.audit.models import AuditEntry
from learning.authoring.regrading import regrading_page
from learning.database import current_session
from learning.domain.permissions import Role
from learning.quizzes.services import start_attempt
from tests.support.factories import OTHER_COMMUNE, QUIZ, SEED, WARD, make_person, moment
from tests.support.keyed_quiz import answer, publish, quiz_text, sit
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]
PAGE = f"/authoring/quizzes/{QUIZ}/regrading"
EDITOR = f"/authoring/quizzes/{QUIZ}/"


@pytest.fixture
def wrong_key(world: Flask) -> Flask:
    """A quiz whose key was corrected after two people of two communes had taken it."""
    publish("aaab", day=-3)
    sit(get_actor("learner"), "aaaa", day=-2)
    sit(get_actor("other"), "aaab", day=-2)
    publish("aaaa", day=-1)
    return world


def apply(trainer: Visitor, page: str = PAGE, **changes: str) -> int:
    shown = trainer.get(page).text
    fields = {
        "latest_id": hidden(shown, "latest_id"),
        "losses": hidden(shown, "losses"),
        "reason": "Câu 4 sai đáp án.",
        **changes,
    }
    return trainer.post(PAGE, fields, page=page).status_code


def names_seen() -> list[tuple[str, int | None]]:
    rows = current_session().execute(
        sa.select(AuditEntry.subject, AuditEntry.actor_id).where(AuditEntry.action == "report.names_seen")
    )
    return [(subject, actor) for subject, actor in rows]


def test_publishing_another_key_says_that_attempts_were_marked_by_it(world: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    publish("aaab", day=-3)
    sit(get_actor("learner"), "aaaa", day=-2)
    for keys, told in (("aaab", False), ("aaaa", True)):
        text = quiz_text(keys, title=f"Tên {keys}").decode()
        fields = {
            "source": text,
            "effect": "wording",
            "base_revision": hidden(trainer.get(EDITOR).text, "base_revision"),
        }
        assert trainer.post(f"{EDITOR}publish", fields, page=EDITOR).status_code == 303
        assert ("chấm theo đáp án khác" in trainer.get(EDITOR).text) is told


def test_the_trainer_sees_numbers_and_no_names_and_decides(wrong_key: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    shown = trainer.get(f"{PAGE}?losses=yes&names=yes").text
    assert "Câu 4" in shown
    assert "Người Thử" not in shown.replace("Người Thử trainer", "")
    assert names_seen() == []
    assert apply(trainer) == 303
    shown = trainer.get(PAGE).text
    assert "Câu 4 sai đáp án." in shown
    assert "Hoàn tác" in shown
    number = shown.split("/regradings/")[1].split("/")[0]
    undone = trainer.post(f"/authoring/quizzes/{QUIZ}/regradings/{number}/undo", page=PAGE)
    assert undone.status_code == 303
    again = trainer.post(f"/authoring/quizzes/{QUIZ}/regradings/{number}/undo", page=PAGE)
    assert again.status_code == 409


def test_names_are_for_those_who_may_read_them_and_are_put_on_record(wrong_key: Flask, visit: Visit) -> None:
    admin = visit("admin")
    assert "Người Thử learner" not in admin.get(PAGE).text
    assert names_seen() == []
    shown = admin.get(f"{PAGE}?losses=yes&names=yes").text
    assert "Người Thử learner" in shown
    assert "Người Thử other" in shown
    assert "Xã Dốc Thử" in shown
    assert names_seen() == [(f"quiz:{QUIZ}", get_actor("admin").id)]
    kind = admin.get(f"{PAGE}?names=yes").text
    assert "Người Thử learner" in kind
    assert "Người Thử other" not in kind  # she passes as before, and what she answered is nobody's business


def test_points_are_not_told_of_fewer_than_five_nor_by_subtraction(wrong_key: Flask, visit: Visit) -> None:
    admin, moment_now = get_actor("admin"), moment()

    def rows() -> list[tuple[str | None, int | None, int | None]]:
        page = regrading_page(admin, QUIZ, nobody_loses=False, names=False, moment=moment_now)
        found = [(row.organization, row.gain, row.lose) for row in page.organizations]
        return [*found, ("total", page.total.gain, page.total.lose)]

    assert rows() == [(None, None, None), ("total", None, None)]
    publish("aaab", day=-0.9)
    crowd = [make_person(f"x-{number}", OTHER_COMMUNE) for number in range(6)]
    ward = [make_person(f"p-{number}", WARD) for number in range(5)]
    for person in crowd + ward:
        sit(person, "aaaa", day=-0.8)
    publish("aaaa", day=-0.7)
    # One person of the first commune alone: the smallest of the others is counted together with her.
    assert rows() == [("Xã Dốc Thử", 6, 1), (None, 6, 0), ("total", 12, 1)]
    assert "Phường Ăn Thử" not in visit("admin").get(f"{PAGE}?losses=yes").text


@pytest.mark.parametrize(
    ("changes", "status"), [({"reason": ""}, 422), ({"latest_id": "1"}, 409), ({"losses": "maybe"}, 422)]
)
def test_a_form_that_does_not_fit_changes_nothing(
    wrong_key: Flask, visit: Visit, changes: dict[str, str], status: int
) -> None:
    trainer = visit("trainer")
    assert apply(trainer, **changes) == status
    assert "/undo" not in trainer.get(PAGE).text


def test_a_trainer_of_another_organization_finds_nothing(wrong_key: Flask, visit: Visit) -> None:
    make_person("giang-vien-khac", OTHER_COMMUNE, role=Role.TRAINER)
    stranger = visit("giang-vien-khac")
    assert stranger.get(PAGE).status_code == 404
    assert stranger.post(PAGE, {"reason": "x"}, page="/account/").status_code == 404


@pytest.mark.parametrize("losses", ["", "?losses=yes"])
def test_the_learner_is_told_that_the_key_was_corrected(wrong_key: Flask, visit: Visit, losses: str) -> None:
    gainer, loser = visit("learner"), visit("other")
    before = gainer.get("/attempts/1/").text
    assert "được sửa" not in before
    apply(visit("trainer"), f"{PAGE}{losses}")
    assert "đã được chấm lại và điểm đã thay đổi" in gainer.get("/").text
    gained = gainer.get("/attempts/1/").text
    assert "Trước: " in gained
    assert "60 %" in gained
    assert "100 %" in gained
    assert "được 0 trên 2 điểm; theo đáp án đã sửa được 2" in gained
    lost = loser.get("/attempts/2/").text
    assert "được 2 trên 2 điểm; theo đáp án đã sửa được 0" in lost
    assert ("tính mức điểm cao hơn" in lost) is not losses.startswith("?")


def test_the_review_has_the_key_by_which_it_is_marked(wrong_key: Flask, visit: Visit) -> None:
    learner = visit("learner")
    apply(visit("trainer"))
    last = learner.get("/attempts/1/").text.split('id="q-q4"')[1]
    assert "is-right" in last
    assert "is-wrong" not in last


def test_programs_get_the_corrected_result(world: Flask, visit: Visit, program) -> None:
    publish("aaab", day=-3)
    sit(get_actor("other"), "aaaa", day=-2)
    learner = get_actor("learner")
    attempt = start_attempt(learner, QUIZ, seed=SEED, moment=moment(-2))
    answer(learner, attempt, "aaaa", day=-2)
    publish("aaaa", day=-1)
    apply(visit("trainer"))
    result = program("learner")("POST", f"/attempts/{attempt}/submission").get_json()
    assert (result["score"], result["passed"]) == (5.0, True)
    assert [question["score"] for question in result["questions"]] == [1.0, 1.0, 1.0, 2.0]


def test_the_preview_costs_few_statements(wrong_key: Flask, visit: Visit, count_statements) -> None:
    trainer = visit("trainer")
    trainer.get(PAGE)
    with count_statements(at_most=18):
        assert trainer.get(PAGE).status_code == 200
