"""The groups that courses are made for, in the words in which files name them."""

from learning.domain.membership import Audience
from learning.domain.vietnamese import fold
from learning.formats.values import BadValue, read_list

# Besides the names of the values themselves.
AUDIENCE_WORDS: dict[Audience, tuple[str, ...]] = {
    Audience.CADRE: ("cán bộ",),
    Audience.CIVIL_SERVANT: ("công chức", "civil servant"),
    Audience.PUBLIC_EMPLOYEE: ("viên chức", "public employee"),
    Audience.TEAM_MEMBER: (
        "thành viên tổ công nghệ số cộng đồng",
        "tổ công nghệ số cộng đồng",
        "team member",
    ),
    Audience.CITIZEN: ("người dân", "công dân"),
}


def _plain(word: str) -> str:
    return " ".join(fold(word).replace("-", " ").replace("_", " ").split())


_BY_WORD = {_plain(word): value for value, words in AUDIENCE_WORDS.items() for word in (value, *words)}


def read_audience(value: str) -> tuple[Audience, ...]:
    """Read a list of groups, `cadre, civil_servant` or `can-bo, cong-chuc`."""
    parts = read_list(value)
    for part in parts:
        if _plain(part) not in _BY_WORD:
            raise BadValue(part, "can-bo, cong-chuc", [word.replace(" ", "-") for word in _BY_WORD])
    return tuple(dict.fromkeys(_BY_WORD[_plain(part)] for part in parts))
