"""Signing in and out: what an attacker learns, what ends a session, what waits for a person."""

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask

from learning.accounts.models import HeldForm, Person, SignInLink, UserSession
from learning.accounts.queries import (
    find_held_form,
    find_link_holder,
    find_session,
    get_account,
    get_actor,
)
from learning.accounts.services import (
    ACCOUNT_LIMIT,
    SOURCE_LIMIT,
    SignedInSession,
    change_password,
    create_person,
    create_sign_in_link,
    drop_held_form,
    hold_form,
    normalize_username,
    set_language,
    sign_in,
    sign_out,
    touch_session,
    use_sign_in_link,
)
from learning.audit.models import AuditEntry
from learning.database import current_session, transaction
from learning.domain.errors import Conflict, NotFound, Refused, TooManyTries
from learning.domain.permissions import Actor, Permission, Role
from learning.organizations.queries import get_by_code
from tests.support.factories import COMMUNE, NOW, PASSWORD, VILLAGE, make_organizations, make_person
from tests.support.together import together

SOURCE = "192.0.2.7"
OTHER_PASSWORD = "một mật khẩu khác hẳn"


@pytest.fixture
def learner(app: Flask) -> Actor:
    make_organizations()
    return make_person("hoc-vien-thu", password=PASSWORD)


def enter(
    username: str = "hoc-vien-thu", password: str = PASSWORD, *, source: str = SOURCE, at: datetime = NOW
) -> SignedInSession | None:
    return sign_in(username, password, source=source, now=at)


def must_enter(*, at: datetime = NOW) -> str:
    session = enter(at=at)
    assert session is not None
    return session.token


def disable(actor: Actor) -> None:
    with transaction() as session:
        session.execute(sa.update(Person).where(Person.id == actor.id).values(disabled_at=NOW))


# --- Signing in


def test_the_right_password_opens_a_session_of_the_person(learner: Actor, both_databases: str) -> None:
    holder = find_session(must_enter(), now=NOW)
    assert holder is not None
    assert holder.actor == learner
    assert holder.is_live


@pytest.mark.parametrize("typed", [" HOC-VIEN-THU ", "ｈｏｃ-vien-thu"])
def test_a_user_name_is_found_however_it_is_typed(learner: Actor, typed: str) -> None:
    assert enter(typed) is not None


def test_a_password_may_be_typed_with_composed_or_decomposed_letters(app: Flask) -> None:
    make_organizations()
    make_person("hoc-vien-thu", password="mười lăm ký tự trở lên")
    assert enter(password="mười lăm ký tự trở lên") is not None


def test_unknown_wrong_disabled_and_never_set_get_the_same_answer(
    learner: Actor, both_databases: str
) -> None:
    disable(make_person("nguoi-nghi-thu", password=PASSWORD))
    make_person("chua-dat-thu")
    assert [
        enter("khong-co-thu"),
        enter(password="sai mật khẩu mất rồi"),
        enter("nguoi-nghi-thu"),
        enter("chua-dat-thu"),
        enter("chua-dat-thu", ""),
    ] == [None] * 5


def test_the_same_work_is_done_for_unknown_and_wrong(learner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[int] = []
    verify = PasswordHasher.verify

    def counting(self: PasswordHasher, hashed: str, password: str) -> bool:
        verified.append(len(hashed))
        return bool(verify(self, hashed, password))

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    enter("khong-co-thu")
    enter(password="sai mật khẩu mất rồi")
    assert len(verified) == 2
    assert len(set(verified)) == 1


@pytest.mark.parametrize("typed", ["x" * 5000, "", "%", "' OR 1=1 --", "\ud7ff\u202e"])
def test_a_hostile_user_name_is_only_a_wrong_one(learner: Actor, both_databases: str, typed: str) -> None:
    assert enter(typed, "một mật khẩu nào đó") is None


def test_a_hostile_password_is_only_a_wrong_one(learner: Actor) -> None:
    assert enter(password="\0" * 20) is None
    assert enter(password="x" * 1_000_000) is None


# --- Limits


def refused_after(make_try: Callable[[int], object]) -> int:
    for number in range(100):
        try:
            make_try(number)
        except TooManyTries:
            return number
    raise AssertionError


@pytest.fixture
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tries be wrong at once: these tests count them and look at no password."""
    monkeypatch.setattr("learning.accounts.services._password_matches", lambda *_: False)


def test_an_account_is_closed_after_ten_tries_from_anywhere(
    learner: Actor, both_databases: str, cheap_hashing: None
) -> None:
    assert refused_after(lambda n: enter(password="sai", source=f"192.0.2.{n}")) == ACCOUNT_LIMIT.tries == 10


def test_an_unknown_name_is_closed_like_a_known_one(app: Flask, cheap_hashing: None) -> None:
    assert refused_after(lambda n: enter("khong-co-thu", source=f"192.0.2.{n}")) == 10


def test_a_source_is_closed_after_thirty_tries_on_any_names(
    learner: Actor, both_databases: str, cheap_hashing: None
) -> None:
    assert refused_after(lambda n: enter(f"khong-co-{n}")) == SOURCE_LIMIT.tries == 30


def test_a_closed_account_refuses_even_the_right_password_until_the_window_is_over(learner: Actor) -> None:
    for _ in range(10):
        enter(password="sai mật khẩu mất rồi")
    with pytest.raises(TooManyTries) as refusal:
        enter()
    assert 0 < refusal.value.retry_after <= ACCOUNT_LIMIT.window.total_seconds() + 1
    assert enter(at=NOW + ACCOUNT_LIMIT.window) is not None


def test_a_success_clears_the_account(learner: Actor) -> None:
    for _ in range(3):
        for _ in range(9):
            enter(password="sai mật khẩu mất rồi", source="192.0.2.1" if _ % 2 else "192.0.2.2")
        assert enter() is not None


def test_parallel_tries_do_not_pass_the_limit(
    app: Flask, learner: Actor, both_databases: str, cheap_hashing: None
) -> None:
    outcomes = together(app, [lambda: enter(password="sai")] * 14)
    assert sum(isinstance(outcome, TooManyTries) for outcome in outcomes) == 4


def test_guessing_the_current_password_is_limited_too(learner: Actor, cheap_hashing: None) -> None:
    def guess(_number: int) -> None:
        with pytest.raises(Refused):
            change_password(learner, "sai mật khẩu mất rồi", OTHER_PASSWORD, now=NOW)

    assert refused_after(guess) == 10


# --- Sessions


def test_a_session_sleeps_after_an_hour_without_use(learner: Actor, both_databases: str) -> None:
    token = must_enter()
    just, over = NOW + timedelta(minutes=59, seconds=59), NOW + timedelta(minutes=60)
    assert [find_session(token, now=at).is_live for at in (just, over)] == [True, False]  # type: ignore[union-attr]


def test_a_session_in_use_lives_on_but_no_longer_than_twelve_hours(
    learner: Actor, both_databases: str
) -> None:
    token = must_enter()
    alive = []
    for half_hours in range(1, 26):
        at = NOW + timedelta(minutes=30 * half_hours)
        holder = find_session(token, now=at)
        assert holder is not None
        alive.append(holder.is_live)
        touch_session(token, last_seen_at=holder.last_seen_at, now=at)
    assert alive == [True] * 23 + [False] * 2


def test_use_is_remembered_at_most_every_five_minutes(learner: Actor) -> None:
    token = must_enter()
    for minutes in (1, 4, 6, 7):
        holder = find_session(token, now=NOW)
        assert holder is not None
        touch_session(token, last_seen_at=holder.last_seen_at, now=NOW + timedelta(minutes=minutes))
    assert current_session().scalars(sa.select(UserSession.last_seen_at)).one() == NOW + timedelta(minutes=6)


def test_signing_out_ends_the_session_and_no_other(learner: Actor, both_databases: str) -> None:
    one, other = must_enter(), must_enter()
    sign_out(one)
    sign_out(one)
    assert find_session(one, now=NOW) is None
    assert find_session(other, now=NOW) is not None


def test_an_invented_token_belongs_to_nobody(learner: Actor) -> None:
    must_enter()
    assert find_session("x", now=NOW) is None
    assert find_session("", now=NOW) is None


def test_disabling_a_person_ends_her_sessions_at_once(learner: Actor, both_databases: str) -> None:
    token = must_enter()
    disable(learner)
    assert find_session(token, now=NOW) is None


def test_a_new_generation_ends_all_sessions(learner: Actor) -> None:
    token = must_enter()
    with transaction() as session:
        session.execute(sa.update(Person).values(generation=Person.generation + 1))
    assert find_session(token, now=NOW) is None


def test_a_changed_password_ends_all_other_sessions(learner: Actor, both_databases: str) -> None:
    before = [must_enter(), must_enter()]
    fresh = change_password(learner, PASSWORD, OTHER_PASSWORD, now=NOW)
    assert [find_session(token, now=NOW) for token in before] == [None, None]
    assert find_session(fresh.token, now=NOW) is not None
    assert enter() is None
    assert enter(password=OTHER_PASSWORD) is not None


def test_a_wrong_current_password_changes_nothing(learner: Actor) -> None:
    token = must_enter()
    with pytest.raises(Refused):
        change_password(learner, "sai mật khẩu mất rồi", OTHER_PASSWORD, now=NOW)
    assert find_session(token, now=NOW) is not None
    assert enter() is not None


@pytest.mark.parametrize("password", ["mười bốn ký tự", "x" * 129])
def test_too_short_and_too_long_passwords_are_refused(learner: Actor, password: str) -> None:
    with pytest.raises(Refused, match="15 to 128"):
        change_password(learner, PASSWORD, password, now=NOW)


def test_roles_are_read_anew_with_each_request(learner: Actor, both_databases: str) -> None:
    token = must_enter()
    with transaction() as session:
        session.execute(sa.text("UPDATE role_held SET role = 'manager'"))
    holder = find_session(token, now=NOW)
    assert holder is not None
    assert holder.actor.scope(Permission.REPORT_READ) == ("/24/X-1/",)


def test_a_person_with_two_roles_holds_both(learner: Actor, both_databases: str) -> None:
    village = get_by_code(VILLAGE)
    create_person(
        "hai-vai-thu",
        "Người Thử Hai Vai",
        organization_id=village.id,
        roles=[(Role.TRAINER, village.id), (Role.MANAGER, get_by_code(COMMUNE).id)],
        now=NOW,
    )
    actor = get_actor("hai-vai-thu")
    assert actor.scope(Permission.COURSE_EDIT) == (village.path,)
    assert actor.scope(Permission.REPORT_READ) == ("/24/X-1/",)
    assert len(get_account(actor).roles) == 2


def test_a_hash_of_older_strength_is_renewed_at_sign_in(learner: Actor, both_databases: str) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with transaction() as session:
        session.execute(sa.update(Person).values(password_hash=weak))
    must_enter()
    renewed = current_session().scalars(sa.select(Person.password_hash)).one()
    assert renewed is not None
    assert "m=19456,t=2,p=1" in renewed
    must_enter()
    assert current_session().scalars(sa.select(Person.password_hash)).one() == renewed


def test_no_token_and_no_password_stands_in_the_database(learner: Actor) -> None:
    token, link = must_enter(), create_sign_in_link(learner.id, now=NOW)
    with transaction() as session:
        everything = [
            str(row)
            for table in (Person, UserSession, SignInLink)
            for row in session.execute(sa.select(*table.__table__.columns))
        ]
    assert not any(secret in row for row in everything for secret in (token, link, PASSWORD))


# --- One-time links


def test_a_link_sets_the_password_and_signs_in_once(learner: Actor, both_databases: str) -> None:
    token = create_sign_in_link(learner.id, now=NOW)
    assert find_link_holder(token, now=NOW) == learner.name
    session = use_sign_in_link(token, OTHER_PASSWORD, now=NOW)
    assert find_session(session.token, now=NOW) is not None
    assert enter(password=OTHER_PASSWORD) is not None
    assert find_link_holder(token, now=NOW) is None
    with pytest.raises(Refused, match="used already"):
        use_sign_in_link(token, PASSWORD, now=NOW)


def test_two_uses_of_a_link_at_once_have_one_winner(app: Flask, learner: Actor, both_databases: str) -> None:
    token = create_sign_in_link(learner.id, now=NOW)
    outcomes = together(app, [lambda: use_sign_in_link(token, OTHER_PASSWORD, now=NOW)] * 4)
    assert sum(isinstance(outcome, SignedInSession) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 3


def test_a_link_is_too_old_after_fourteen_days(learner: Actor, both_databases: str) -> None:
    token = create_sign_in_link(learner.id, now=NOW)
    late = NOW + timedelta(days=14)
    assert find_link_holder(token, now=late - timedelta(seconds=1)) == learner.name
    assert find_link_holder(token, now=late) is None
    with pytest.raises(Refused):
        use_sign_in_link(token, OTHER_PASSWORD, now=late)


def test_a_new_link_ends_the_one_before(learner: Actor) -> None:
    first, second = (create_sign_in_link(learner.id, now=NOW) for _ in range(2))
    assert find_link_holder(first, now=NOW) is None
    assert find_link_holder(second, now=NOW) == learner.name


def test_a_refused_password_leaves_the_link_usable(learner: Actor) -> None:
    token = create_sign_in_link(learner.id, now=NOW)
    with pytest.raises(Refused):
        use_sign_in_link(token, "ngắn", now=NOW)
    use_sign_in_link(token, OTHER_PASSWORD, now=NOW)


def test_the_link_of_a_disabled_person_does_nothing(learner: Actor, both_databases: str) -> None:
    token = create_sign_in_link(learner.id, now=NOW)
    disable(learner)
    assert find_link_holder(token, now=NOW) is None
    with pytest.raises(Refused):
        use_sign_in_link(token, OTHER_PASSWORD, now=NOW)
    assert current_session().scalars(sa.select(UserSession.person_id)).all() == []


# --- People


def test_a_user_name_is_taken_in_every_spelling(learner: Actor, both_databases: str) -> None:
    with pytest.raises(Conflict, match="is taken") as refusal:
        make_person("HOC-vien-thu")
    assert refusal.value.field == "username"


NO_USERNAMES = (
    "",
    "  ",
    "hai từ",
    "x" * 101,
    "ß" * 51,
    "a\tb",
    "a\0b",
    "a\u202eb",
    "a\u200bb",
    "a\ud800b",
    "a\u2028b",
)


@pytest.mark.parametrize("username", NO_USERNAMES)
def test_a_user_name_is_short_visible_and_without_spaces(app: Flask, username: str) -> None:
    make_organizations()
    with pytest.raises(Refused) as refusal:
        make_person(username, name="Người Thử")
    assert refusal.value.field == "username"


NO_NAMES = (
    " ",
    "\u0301\u0301",
    "\u202e\u202c",
    "Ă" * 201,
    "Mai\nHoa",
    "Mai\0",
    "Mai\x1b[31m",
    "Mai\ud83d",
    "Mai\u2029Hoa",
)


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_is_one_line_that_can_be_read(app: Flask, name: str) -> None:
    make_organizations()
    with pytest.raises(Refused) as refusal:
        make_person("ten-thu", name=name)
    assert refusal.value.field == "name"


def test_a_name_is_kept_in_one_form_with_its_marks_of_direction(app: Flask, both_databases: str) -> None:
    make_organizations()
    typed = "  De\u0302\u0301m \u202eThử\u202c o" + "\u0323" * 150
    person = make_person("dau-thu", name=typed)
    assert person.name == unicodedata.normalize("NFC", typed).strip()
    assert "\u202e" in person.name


def test_people_who_want_the_same_user_name_at_once_are_told_apart(app: Flask, both_databases: str) -> None:
    make_organizations()
    outcomes = together(app, [lambda: make_person("trung-thu")] * 4)
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 3
    assert all(isinstance(outcome, Actor | Conflict) for outcome in outcomes)


@pytest.mark.parametrize("name", ["Ă" * 200, "Người " * 33, "Ω" * 200])
def test_the_longest_name_can_be_kept(app: Flask, both_databases: str, name: str) -> None:
    make_organizations()
    assert make_person("dai-thu", name=name).name == name.strip()


def test_giving_a_role_is_on_record(learner: Actor) -> None:
    entry = current_session().scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("role.given", f"person:{learner.id}")
    assert entry.detail["role"] == "learner"


def test_nobody_acts_under_an_unknown_name(app: Flask, both_databases: str) -> None:
    with pytest.raises(NotFound):
        get_actor("khong-co-thu")


def test_the_language_chosen_is_kept(learner: Actor, both_databases: str) -> None:
    set_language(learner, "en")
    assert get_account(learner).language == get_actor("hoc-vien-thu").language == "en"


def test_user_names_are_compared_in_one_form() -> None:
    assert normalize_username(" Ｎgười_THỬ ") == "người_thử"


# --- Forms held over an expired session


FIELDS = [("q-ba", "b"), ("q-ba", "d"), ("note", 'Chữ có dấu, \0 và "ngoặc"')]


def test_a_held_form_waits_field_by_field(learner: Actor, both_databases: str) -> None:
    hold_form(learner.id, "/attempts/1/", FIELDS, now=NOW)
    assert find_held_form(learner, "/attempts/1/") == (NOW, FIELDS)
    assert find_held_form(learner, "/attempts/2/") is None
    drop_held_form(learner, "/attempts/1/")
    assert find_held_form(learner, "/attempts/1/") is None


def test_a_later_form_takes_the_place_of_an_earlier_one(learner: Actor, both_databases: str) -> None:
    hold_form(learner.id, "/attempts/1/", FIELDS, now=NOW)
    hold_form(learner.id, "/attempts/1/", [("q-ba", "b")], now=NOW + timedelta(minutes=1))
    assert find_held_form(learner, "/attempts/1/") == (NOW + timedelta(minutes=1), [("q-ba", "b")])


def test_a_double_click_over_an_expired_session_holds_the_form_once(
    app: Flask, learner: Actor, both_databases: str
) -> None:
    assert together(app, [lambda: hold_form(learner.id, "/a/", FIELDS, now=NOW)] * 6) == [True] * 6
    assert find_held_form(learner, "/a/") == (NOW, FIELDS)


def test_a_held_form_is_for_its_sender_only(learner: Actor, both_databases: str) -> None:
    hold_form(learner.id, "/attempts/1/", FIELDS, now=NOW)
    other = make_person("nguoi-khac-thu")
    assert find_held_form(other, "/attempts/1/") is None
    drop_held_form(other, "/attempts/1/")
    assert find_held_form(learner, "/attempts/1/") is not None


def test_forgotten_forms_are_dropped_after_a_week(learner: Actor) -> None:
    hold_form(learner.id, "/a/", FIELDS, now=NOW)
    hold_form(learner.id, "/b/", FIELDS, now=NOW + timedelta(days=8))
    assert current_session().scalars(sa.select(HeldForm.path)).all() == ["/b/"]


def test_a_form_at_an_address_that_no_form_has_is_not_held(learner: Actor, both_databases: str) -> None:
    path = f"/attempts/{'9' * 2000}/"
    assert not hold_form(learner.id, path, FIELDS, now=NOW)
    assert find_held_form(learner, path) is None


def test_a_success_of_her_own_does_not_open_a_source_again(learner: Actor, both_databases: str) -> None:
    for number in range(SOURCE_LIMIT.tries - 1):
        assert enter(f"ten-doan-{number}") is None
    assert enter() is not None
    assert enter("ten-doan-nua") is None
    with pytest.raises(TooManyTries):
        enter("ten-doan-cuoi")
