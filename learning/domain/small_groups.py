"""Which shares may be shown when groups are small: none of a few people, and none that subtraction would reveal.

The total stands beside the groups, so one hidden group alone would be the total less the others. Therefore what is
hidden is always at least two groups with enough people together (complementary suppression, as statistical offices
do it: Hundepool et al., Statistical Disclosure Control, 2012, chapter 4).
"""

from collections.abc import Hashable, Mapping
from typing import TypeVar

FEWEST = 5
K = TypeVar("K", bound=Hashable)


def groups_to_show(sizes: Mapping[K, int]) -> frozenset[K]:
    """Return the groups whose shares may be shown beside that of all of them.

    Empty groups have no share. Of groups of one size those that come first are hidden first.
    """
    people = {group: size for group, size in sizes.items() if size > 0}
    by_size = sorted(people, key=people.__getitem__)
    hidden = [group for group in by_size if people[group] < FEWEST]
    if not hidden:
        return frozenset(people)
    for group in by_size[len(hidden) :]:
        if len(hidden) > 1 and sum(people[one] for one in hidden) >= FEWEST:
            break
        hidden.append(group)
    return frozenset(people) - frozenset(hidden)


def total_to_show(sizes: Mapping[K, int]) -> bool:
    """Tell whether the share of all groups together may be shown."""
    return sum(sizes.values()) >= FEWEST
