"""Shares of small groups stay hidden, also from who can subtract."""

from hypothesis import given
from hypothesis import strategies as st

from learning.domain.small_groups import FEWEST, groups_to_show, total_to_show

SIZES = st.dictionaries(st.integers(), st.integers(0, 12), max_size=12)


@given(sizes=SIZES)
def test_what_is_hidden_is_never_one_group_nor_a_few_people(sizes: dict[int, int]) -> None:
    shown = groups_to_show(sizes)
    hidden = {group: size for group, size in sizes.items() if size and group not in shown}
    assert all(sizes[group] >= FEWEST for group in shown)
    if hidden and shown:
        assert len(hidden) > 1
        assert sum(hidden.values()) >= FEWEST
    if hidden and not shown:
        assert len(hidden) == sum(size > 0 for size in sizes.values())


@given(sizes=SIZES)
def test_no_more_is_hidden_than_needed(sizes: dict[int, int]) -> None:
    shown = groups_to_show(sizes)
    small = [size for size in sizes.values() if 0 < size < FEWEST]
    if not small:
        assert shown == {group for group, size in sizes.items() if size}
    elif len(small) > 1 and sum(small) >= FEWEST:
        assert shown == {group for group, size in sizes.items() if size >= FEWEST}


def test_examples() -> None:
    assert groups_to_show({"a": 4, "b": 9, "c": 7}) == {"b"}  # c hides a
    assert groups_to_show({"a": 1, "b": 1, "c": 8, "d": 9}) == {"d"}  # two people would be too few
    assert groups_to_show({"a": 4}) == frozenset()
    assert groups_to_show({"a": 5, "b": 0}) == {"a"}
    assert not total_to_show({"a": 2, "b": 2})
    assert total_to_show({"a": 2, "b": 3})
