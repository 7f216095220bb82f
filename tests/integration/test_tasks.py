"""Practical tasks: handed in, read, accepted or returned, and what that completes."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.audit.models import AuditEntry
from learning.courses.models import Unit
from learning.database import current_session
from learning.domain.completion import UnitState
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Role
from learning.domain.task import TaskState
from learning.marking.queries.tasks import (
    get_submission,
    list_tasks,
    next_submission,
    submission_page,
    task_page,
)
from learning.marking.services import MarkedMeanwhile, mark_task
from learning.notices.queries import list_notices
from learning.organizations.services import DEPARTMENT_CODE
from learning.progress.recount import find_differences
from learning.progress.services import open_new_round
from learning.study.queries.courses import course_page, unit_page
from learning.study.queries.pages import UnitPage
from learning.study.services import declare_read
from learning.tasks.models import TaskMark, TaskSubmission
from learning.tasks.services import HandedInMeanwhile, hand_in
from tests.support.factories import (
    COMMUNE,
    NOW,
    OTHER_COMMUNE,
    ZONE,
    import_texts,
    make_organizations,
    make_person,
    moment,
)
from tests.support.tasks import COURSE, TASK, UNIT, hand_in_text, task_texts
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")
FULL = (Fraction(2), Fraction(3))
NONE = (Fraction(0), Fraction(0))


@pytest.fixture
def learner(app: Flask) -> Actor:
    make_organizations()
    import_texts(task_texts())
    return make_person("hoc-vien-thu")


@pytest.fixture
def trainer(learner: Actor) -> Actor:
    return make_person("giang-vien-thu", DEPARTMENT_CODE, role=Role.TRAINER)


@pytest.fixture
def colleague(learner: Actor) -> Actor:
    return make_person("dong-nghiep-thu", DEPARTMENT_CODE, role=Role.TRAINER)


def unit_of(learner: Actor) -> UnitPage:
    return unit_page(learner, COURSE, UNIT, language="vi", now=NOW)


def waiting(trainer: Actor) -> int:
    return task_page(trainer, COURSE, UNIT, "vi").waiting[0].id


def decide(
    marker: Actor,
    submission: int,
    *,
    accepted=True,
    points=FULL,
    comment="",
    second=False,
    seen=None,
    days=1.0,
):
    return mark_task(
        marker,
        submission,
        accepted=accepted,
        points=points,
        comment=comment,
        asks_second_look=second,
        seen=seen,
        moment=moment(days),
    )


def states(learner: Actor) -> list[TaskState]:
    page = unit_of(learner)
    assert page.task is not None
    return [one.state for one in page.task.submissions]


def test_handing_in_begins_the_unit_and_the_course(learner: Actor, trainer: Actor) -> None:
    hand_in_text(learner, "Đã kiểm tra năm máy.", at=moment())
    page = unit_of(learner)
    assert page.state == UnitState.IN_PROGRESS
    assert course_page(learner, COURSE, "vi").state == "started"
    assert page.task is not None
    assert (page.task.is_open, states(learner)) == (True, [TaskState.WAITING])
    (line,) = list_tasks(trainer, "vi")
    assert (line.unit_title, line.title, line.waiting) == ("Kiểm tra máy", "Nhiệm vụ tuần này", 1)
    assert find_differences(moment().day, ZONE) == []


def test_an_accepted_task_completes_its_part_of_the_unit(learner: Actor, trainer: Actor) -> None:
    hand_in_text(learner, "Đã kiểm tra năm máy.", at=moment())
    decide(trainer, waiting(trainer), points=(Fraction(1), Fraction(1, 4)), comment="Tốt.")
    page = unit_of(learner)
    assert (page.state, page.satisfied) == (UnitState.IN_PROGRESS, ("task",))
    assert page.task is not None
    assert not page.task.is_open
    (done,) = page.task.submissions
    assert (done.state, done.remark) == (TaskState.ACCEPTED, "Tốt.")
    assert [line.given for line in done.rubric] == [1, Fraction(1, 4)]
    declare_read(learner, COURSE, UNIT, revision_id=page.revision, moment=moment(2))
    assert unit_of(learner).state == UnitState.COMPLETED
    assert course_page(learner, COURSE, "vi").state == "completed"
    assert find_differences(moment(2).day, ZONE) == []


def test_the_last_rule_completes_the_course_at_once(learner: Actor, trainer: Actor) -> None:
    declare_read(learner, COURSE, UNIT, revision_id=unit_of(learner).revision, moment=moment())
    hand_in_text(learner, "Xong.", at=moment())
    decide(trainer, waiting(trainer))
    assert course_page(learner, COURSE, "vi").state == "completed"
    assert find_differences(moment(1).day, ZONE) == []


def test_a_returned_task_is_handed_in_again(learner: Actor, trainer: Actor) -> None:
    hand_in_text(learner, "Một máy.", at=moment())
    decide(trainer, waiting(trainer), accepted=False, points=NONE, comment="Còn bốn máy.")
    assert unit_of(learner).satisfied == ()
    with pytest.raises(Refused, match="returned") as same:
        hand_in_text(learner, "Một máy.\n", at=moment(2))
    assert same.value.field == "report"
    hand_in_text(learner, "Năm máy.", at=moment(2))
    assert states(learner) == [TaskState.WAITING, TaskState.RETURNED]
    found = get_submission(trainer, waiting(trainer))
    (before,) = submission_page(found, with_name=False).earlier
    assert (before.text, before.comment) == ("Một máy.", "Còn bốn máy.")
    decide(trainer, found.id, days=3)
    assert states(learner) == [TaskState.ACCEPTED, TaskState.RETURNED]
    assert [(one.kind, one.detail["state"]) for one in list_notices(learner)] == [("task_marked", "accepted")]


def test_what_nobody_has_read_is_replaced(learner: Actor, trainer: Actor) -> None:
    hand_in_text(learner, "Một máy.", at=moment())
    first = waiting(trainer)
    hand_in_text(learner, "Hai máy.", at=moment(1))
    assert states(learner) == [TaskState.WAITING, TaskState.REPLACED]
    assert [line.waiting for line in list_tasks(trainer, "vi")] == [1]
    with pytest.raises(MarkedMeanwhile, match="newer"):
        decide(trainer, first)
    assert unit_of(learner).satisfied == ()


def test_the_same_text_sent_again_changes_nothing(learner: Actor) -> None:
    revision = unit_of(learner).revision
    for _ in range(2):
        hand_in(
            learner, COURSE, UNIT, text="Hai\u200b máy.\r\n", revision_id=revision, seen=0, moment=moment()
        )
    assert states(learner) == [TaskState.WAITING]
    with pytest.raises(HandedInMeanwhile, match="another window"):
        hand_in(learner, COURSE, UNIT, text="Ba máy.", revision_id=revision, seen=0, moment=moment())
    assert current_session().scalars(sa.select(TaskSubmission.text)).all() == ["Hai máy."]


@pytest.mark.parametrize("text", ["", " \n\t\u200b ", "a" * 20_001])
def test_no_text_and_too_much_text_are_refused(learner: Actor, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        hand_in_text(learner, text, at=moment())
    assert refusal.value.field == "report"
    assert states(learner) == []
    assert unit_of(learner).state == UnitState.NOT_STARTED


def test_a_revision_of_nowhere_is_refused(learner: Actor) -> None:
    for revision in (None, 999, 1):  # 1 is the text of the course
        with pytest.raises(Refused, match="too old"):
            hand_in(learner, COURSE, UNIT, text="Xong.", revision_id=revision, seen=0, moment=moment())


def test_a_unit_that_asks_for_no_task_takes_none(learner: Actor) -> None:
    revision = unit_of(learner).revision
    import_texts(task_texts("read"))
    assert unit_of(learner).task is None
    with pytest.raises(Refused, match="no task"):
        hand_in(learner, COURSE, UNIT, text="Xong.", revision_id=revision, seen=0, moment=moment())
    with pytest.raises(NotFound):
        hand_in(learner, COURSE, "khac", text="Xong.", revision_id=revision, seen=0, moment=moment())


def test_a_second_look_counts_once_a_colleague_has_given_it(
    learner: Actor, trainer: Actor, colleague: Actor
) -> None:
    hand_in_text(learner, "Năm máy.", at=moment())
    submission = waiting(trainer)
    decide(trainer, submission, second=True, comment="Tôi chưa chắc.")
    page = unit_of(learner)
    assert page.satisfied == ()
    assert page.task is not None
    assert (page.task.is_open, page.task.submissions[0].remark) == (False, "")
    with pytest.raises(HandedInMeanwhile, match="read meanwhile"):
        hand_in_text(learner, "Sáu máy.", at=moment(1))
    assert [line.waiting for line in list_tasks(trainer, "vi")] == [0]
    assert [line.second_looks for line in list_tasks(colleague, "vi")] == [1]
    assert next_submission(trainer, get_submission(trainer, submission).unit_id, after=0) is None
    (first,) = submission_page(get_submission(colleague, submission), with_name=False).given
    with pytest.raises(MarkedMeanwhile, match="colleague"):
        decide(trainer, submission, seen=first.id)
    decide(colleague, submission, accepted=False, comment="Thiếu.", points=NONE, seen=first.id)
    assert states(learner) == [TaskState.RETURNED]
    assert unit_of(learner).satisfied == ()


def test_a_decision_is_corrected_but_an_acceptance_is_not_taken_back(learner: Actor, trainer: Actor) -> None:
    hand_in_text(learner, "Năm máy.", at=moment())
    submission = waiting(trainer)
    decide(trainer, submission, accepted=False, points=NONE, comment="Thiếu.")
    (returned,) = submission_page(get_submission(trainer, submission), with_name=False).given
    decide(trainer, submission, seen=returned.id, days=2)
    assert unit_of(learner).satisfied == ("task",)
    accepted = submission_page(get_submission(trainer, submission), with_name=False).given[0]
    with pytest.raises(Refused, match="accepted"):
        decide(trainer, submission, accepted=False, seen=accepted.id, days=3)
    decide(trainer, submission, points=(Fraction(1), Fraction(3)), seen=accepted.id, days=3)
    page = unit_of(learner)
    assert page.task is not None
    assert [line.given for line in page.task.submissions[0].rubric] == [1, 3]
    assert find_differences(moment(3).day, ZONE) == []


@pytest.mark.parametrize(
    "points", [(Fraction(5, 2), Fraction(3)), (Fraction(2),), (Fraction(1, 3), Fraction(0))]
)
def test_points_fit_the_rubric(learner: Actor, trainer: Actor, points: tuple[Fraction, ...]) -> None:
    hand_in_text(learner, "Năm máy.", at=moment())
    with pytest.raises(Refused):
        decide(trainer, waiting(trainer), points=points)
    assert states(learner) == [TaskState.WAITING]


def test_it_is_marked_by_the_text_that_its_author_had_before_her(learner: Actor, trainer: Actor) -> None:
    hand_in_text(learner, "Năm máy.", at=moment())
    import_texts(task_texts(body=TASK.replace("points=5", "points=9").replace("(3)", "(7)")))
    found = get_submission(trainer, waiting(trainer))
    assert [line.points for line in submission_page(found, with_name=False).lines] == [2, 3]
    decide(trainer, found.id)
    page = unit_of(learner)
    assert page.task is not None
    assert [line.points for line in page.task.rubric] == [2, 7]
    assert [line.points for line in page.task.submissions[0].rubric] == [2, 3]


def test_a_new_round_asks_for_the_task_again(learner: Actor, trainer: Actor) -> None:
    hand_in_text(learner, "Năm máy.", at=moment())
    submission, revision = waiting(trainer), unit_of(learner).revision
    import_texts(
        task_texts(body=TASK.replace("năm", "mười")), effect="repass", at=moment(1)
    )  # opens a new round
    assert list_tasks(trainer, "vi") == []
    with pytest.raises(NotFound):
        decide(trainer, submission, days=2)
    with pytest.raises(HandedInMeanwhile, match="pass it again"):
        hand_in(learner, COURSE, UNIT, text="Sáu.", revision_id=revision, seen=0, moment=moment(2))
    assert states(learner) == []
    hand_in_text(learner, "Mười máy.", at=moment(2))
    decide(trainer, waiting(trainer), days=3)
    assert unit_of(learner).satisfied == ("task",)
    assert find_differences(moment(3).day, ZONE) == []


def test_nobody_marks_her_own_and_nobody_outside_the_scope_marks(learner: Actor, trainer: Actor) -> None:
    hand_in_text(trainer, "Tự làm.", at=moment())
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    elsewhere = make_person("giang-vien-xa", OTHER_COMMUNE, role=Role.TRAINER)
    own = current_session().scalars(sa.select(TaskSubmission.id)).one()
    for who in (trainer, manager, elsewhere, learner):
        assert list_tasks(who, "vi") == []
        for look in (partial(task_page, who, COURSE, UNIT, "vi"), partial(get_submission, who, own)):
            with pytest.raises(NotFound):
                look()
        with pytest.raises(NotFound):
            decide(who, own)


def test_each_decision_is_on_record_without_what_was_written(learner: Actor, trainer: Actor) -> None:
    hand_in_text(learner, "Năm máy.", at=moment())
    decide(trainer, waiting(trainer), comment="Tốt.")
    entry = current_session().scalars(sa.select(AuditEntry).where(AuditEntry.action == "task.marked")).one()
    assert entry.actor_id == trainer.id
    assert entry.detail == {"points": "5", "state": "accepted"}


def race(app: Flask, *calls: Callable[[], object]) -> list[object]:
    return [one for one in together(app, calls) if isinstance(one, Exception)]


def test_of_two_texts_at_one_moment_one_is_taken(app: Flask, learner: Actor) -> None:
    revision = unit_of(learner).revision
    calls = [
        partial(
            hand_in, learner, COURSE, UNIT, text=f"Bài {n}.", revision_id=revision, seen=0, moment=moment()
        )
        for n in range(8)
    ]
    refused = race(app, *calls)
    assert [type(one) for one in refused] == [HandedInMeanwhile] * 7
    assert states(learner) == [TaskState.WAITING]


def test_of_two_decisions_at_one_moment_one_is_taken(
    app: Flask, learner: Actor, trainer: Actor, colleague: Actor
) -> None:
    hand_in_text(learner, "Năm máy.", at=moment())
    submission = waiting(trainer)
    calls = [partial(decide, who, submission) for who in (trainer, colleague) * 4]
    refused = race(app, *calls)
    assert [type(one) for one in refused] == [MarkedMeanwhile] * 7
    assert current_session().scalars(sa.select(sa.func.count()).select_from(TaskMark)).one() == 1
    assert find_differences(moment(1).day, ZONE) == []


def test_handing_in_anew_and_being_accepted_at_one_moment_leave_one_of_both(
    app: Flask, learner: Actor, trainer: Actor
) -> None:
    hand_in_text(learner, "Năm máy.", at=moment())
    submission, revision = waiting(trainer), unit_of(learner).revision
    anew = partial(
        hand_in, learner, COURSE, UNIT, text="Sáu máy.", revision_id=revision, seen=1, moment=moment(1)
    )
    (refused,) = race(app, anew, partial(decide, trainer, submission))
    if isinstance(refused, HandedInMeanwhile):
        assert (states(learner), unit_of(learner).satisfied) == ([TaskState.ACCEPTED], ("task",))
    else:
        assert isinstance(refused, MarkedMeanwhile)
        assert (states(learner), unit_of(learner).satisfied) == (
            [TaskState.WAITING, TaskState.REPLACED],
            (),
        )


def test_a_round_that_opens_meanwhile_waits_for_the_decision(
    app: Flask, learner: Actor, trainer: Actor
) -> None:
    hand_in_text(learner, "Năm máy.", at=moment())
    submission = waiting(trainer)
    unit_id = get_submission(trainer, submission).unit_id
    refused = race(
        app, partial(decide, trainer, submission), partial(open_new_round, unit_id, moment=moment(1))
    )
    assert [type(one) for one in refused] in ([], [NotFound])
    assert current_session().scalars(sa.select(Unit.round).where(Unit.id == unit_id)).one() == 2
    assert unit_of(learner).satisfied == ()
    assert find_differences(moment(1).day, ZONE) == []
