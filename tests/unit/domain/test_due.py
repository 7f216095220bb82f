"""Whom assignments cover, and until when they ask."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from learning.domain.due import AssignmentRule, Post, Renewal, earliest_due, is_asked_again

DAY = date(2026, 11, 22)
COMMUNE, VILLAGE, OTHER = "/24/X-1/", "/24/X-1/X-1-1/", "/24/X-2/"


def rule(path: str = COMMUNE, **what: object) -> AssignmentRule:
    return AssignmentRule(path, DAY, **what)  # type: ignore[arg-type]


def test_it_covers_who_is_there_or_below_of_the_audience_and_in_the_position() -> None:
    post = Post(VILLAGE, DAY, "cadre", "bi thu")
    assert rule().covers(post)
    assert not rule(OTHER).covers(post)
    assert rule(audiences=frozenset({"cadre", "citizen"})).covers(post)
    assert not rule(audiences=frozenset({"citizen"})).covers(post)
    assert not rule(audiences=frozenset({"cadre"})).covers(replace(post, audience=None))
    assert rule(position="bi thu").covers(post)
    assert not rule(position="pho bi thu").covers(post)


def test_days_are_counted_from_the_assignment_and_for_newcomers_from_their_first_day() -> None:
    asked = rule(due_days=10)
    assert asked.due_for(Post(COMMUNE, DAY - timedelta(400))) == DAY + timedelta(10)
    assert asked.due_for(Post(COMMUNE, DAY + timedelta(30))) == DAY + timedelta(40)
    assert rule(due_on=DAY).due_for(Post(COMMUNE, DAY + timedelta(30))) == DAY
    assert rule().due_for(Post(COMMUNE, DAY)) is None


RULES = st.builds(
    AssignmentRule,
    st.sampled_from([COMMUNE, VILLAGE, OTHER, "/24/"]),
    st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    st.none() | st.integers(1, 400),
    st.frozensets(st.sampled_from(["cadre", "citizen"])),
    st.sampled_from(["", "bi thu"]),
    st.booleans(),
)
POSTS = st.builds(
    Post,
    st.sampled_from([COMMUNE, VILLAGE, OTHER]),
    st.dates(date(2020, 1, 1), date(2028, 1, 1)),
    st.none() | st.sampled_from(["cadre", "citizen"]),
    st.sampled_from(["", "bi thu"]),
)
RENEWALS = st.none() | st.builds(Renewal, st.just(date(2027, 3, 1)), st.just(date(2027, 6, 1)))


@given(rules=st.lists(RULES, max_size=5), more=RULES, post=POSTS, renewal=RENEWALS)
def test_another_assignment_never_gives_more_time_and_its_order_does_not_matter(
    rules: list[AssignmentRule], more: AssignmentRule, post: Post, renewal: Renewal | None
) -> None:
    before = earliest_due(rules, post, renewal)
    after = earliest_due([more, *rules], post, renewal)
    assert after == earliest_due([*rules, more], post, renewal)
    assert before is None or (after is not None and after <= before)
    if not more.covers(post):
        assert after == before


@given(rules=st.lists(RULES, max_size=5), post=POSTS)
def test_who_is_asked_again_is_due_before_it_expires(rules: list[AssignmentRule], post: Post) -> None:
    renewal = Renewal(date(2027, 3, 1), date(2027, 6, 1))
    due = earliest_due(rules, post, renewal)
    if is_asked_again(rules, post):
        assert due is not None
        assert due <= renewal.renew_by
