"""Files of people and of organizations: their columns, and what stands in a row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from learning.domain.diagnostics import N_
from learning.domain.errors import Refused
from learning.domain.mail import checked_address
from learning.domain.membership import Absence, Audience
from learning.domain.permissions import Role
from learning.domain.plain_text import one_line
from learning.domain.vietnamese import fold
from learning.formats.audiences import AUDIENCE_WORDS
from learning.formats.tables import Column, RowError, Table, TableRow, read_table

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
CODE_MAXIMUM, NAME_MAXIMUM = 32, 200


class Kind(StrEnum):
    """What an organization is."""

    PROVINCE = "province"
    DEPARTMENT = "department"
    COMMUNE = "commune"
    WARD = "ward"
    VILLAGE = "village"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class OrganizationLine:
    """A row of a file of organizations; None is what the file does not say."""

    row: int
    code: str
    name: str
    kind: Kind | None
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    successor: str | None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A row of a file of people; None is what the file does not say."""

    row: int
    username: str
    name: str
    organization: str
    role: Role | None
    scope: str | None
    position: str | None
    audience: Audience | None
    absence: Absence | None
    says_absence: bool
    email: str | None


@dataclass(frozen=True, slots=True)
class Roster(Generic[T]):
    """The rows of a file that could be read, what was wrong with the others, and how the file heads its columns."""

    lines: tuple[T, ...]
    errors: tuple[RowError, ...]
    headings: Mapping[str, str]
    ignored: tuple[str, ...]


ORGANIZATION_COLUMNS = (
    Column("code", ("mã", "mã đơn vị", "organization code", "organization"), is_required=True),
    Column("name", ("tên", "tên đơn vị", "đơn vị", "organization name"), is_required=True),
    Column("full_name", ("tên đầy đủ", "full name")),  # counts before the name, where a file has both
    Column("kind", ("loại", "loại đơn vị", "loại hình", "cấp", "type")),
    Column(
        "parent", ("mã đơn vị cấp trên", "đơn vị cấp trên", "cấp trên", "mã cấp trên", "thuộc", "parent code")
    ),
    Column("valid_from", ("từ ngày", "hiệu lực từ", "ngày thành lập", "from", "valid from")),
    Column("valid_to", ("đến ngày", "hiệu lực đến", "ngày giải thể", "ngày sáp nhập", "to", "valid to")),
    Column(
        "successor", ("sáp nhập vào", "đơn vị kế thừa", "mã đơn vị kế thừa", "merged into", "successor code")
    ),
)
PERSON_COLUMNS = (
    Column(
        "username",
        ("tên đăng nhập", "tài khoản", "user name", "user", "login"),
    ),
    Column(
        "email", ("thư điện tử", "e-mail", "địa chỉ email", "thư công vụ", "email công vụ", "work e-mail")
    ),
    Column("name", ("họ tên", "họ và tên", "tên", "full name"), is_required=True),
    Column("organization", ("mã đơn vị", "organization code", "unit code")),
    Column("organization_name", ("đơn vị", "tên đơn vị", "organization name")),
    Column("role", ("vai trò", "quyền")),
    Column("scope", ("phạm vi", "mã phạm vi", "scope code")),
    Column("position", ("chức vụ", "chức danh", "vị trí", "post")),
    Column("audience", ("đối tượng", "nhóm", "nhóm đối tượng")),
    Column("absence", ("tình trạng", "trạng thái", "vắng mặt", "status")),
)
TEMPLATES = {  # headings of an empty file, as offices write them
    "people": (
        "Tên đăng nhập",
        "Họ và tên",
        "Mã đơn vị",
        "Vai trò",
        "Phạm vi",
        "Chức vụ",
        "Đối tượng",
        "Tình trạng",
        "Thư điện tử",
    ),
    "organizations": ("Mã đơn vị", "Tên đơn vị", "Loại", "Cấp trên", "Từ ngày", "Đến ngày", "Sáp nhập vào"),
}
_KINDS = {
    Kind.PROVINCE: ("tỉnh", "thành phố"),
    Kind.DEPARTMENT: ("cơ quan", "ban", "sở", "phòng", "đơn vị trực thuộc"),
    Kind.COMMUNE: ("xã",),
    Kind.WARD: ("phường",),
    Kind.VILLAGE: ("thôn", "tổ dân phố", "village group", "xóm", "bản"),
    Kind.TEAM: ("tổ", "đội", "tổ công nghệ số cộng đồng"),
}
_ROLES = {
    Role.LEARNER: ("học viên", "người học"),
    Role.TRAINER: ("giảng viên", "giáo viên"),
    Role.MANAGER: ("cán bộ quản lý", "quản lý"),
    Role.ADMINISTRATOR: ("quản trị viên", "quản trị", "admin"),
}
_PRESENT = ("active", "present", "đang công tác", "đang làm việc", "có mặt")
_ABSENCES = {
    Absence.LEAVE: ("nghỉ", "nghỉ phép", "nghỉ chế độ", "on leave"),
    Absence.SECONDMENT: ("biệt phái", "seconded"),
    Absence.RETIREMENT: ("nghỉ hưu", "hưu trí", "retired"),
}
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
_FORMULA = ("=", "+", "-", "@")


def read_organizations(data: bytes) -> Roster[OrganizationLine]:
    """Read a file of organizations; raises TableUnreadable for what is no such table."""
    table = read_table(data, ORGANIZATION_COLUMNS)
    return _roster(table, _organization, ("code",))


def read_people(data: bytes) -> Roster[PersonLine]:
    """Read a file of people; raises TableUnreadable for what is no such table."""
    table = read_table(data, PERSON_COLUMNS)
    return _roster(table, _person, ("username",))


def _roster(table: Table, read: Callable[["_Row"], T], keys: Sequence[str]) -> Roster[T]:
    lines, errors = [], []
    seen: dict[tuple[str, ...], int] = {}
    for row in table.rows:
        cells = _Row(row)
        line = read(cells)
        key = tuple(cells.cell(name).casefold() for name in keys)
        if all(key) and key in seen:
            cells.refuse(keys[0], N_("This stands in row %(other)s already."), other=seen[key])
        seen.setdefault(key, row.number)
        if cells.errors:
            errors += cells.errors
        else:
            lines.append(line)
    return Roster(tuple(lines), tuple(errors), table.headings, table.ignored)


def _organization(row: "_Row") -> OrganizationLine:
    return OrganizationLine(
        row=row.number,
        code=row.code("code", required=True) or "",
        name=row.line("full_name" if row.cell("full_name") else "name"),
        kind=row.word("kind", Kind, _KINDS),
        parent=row.code("parent"),
        valid_from=row.day("valid_from"),
        valid_to=row.day("valid_to"),
        successor=row.code("successor"),
    )


def _person(row: "_Row") -> PersonLine:
    username = row.cell("username") or row.cell("email")  # where a file has no user names
    if not username:
        row.refuse("username", N_("This is missing."))
    status = fold(row.cell("absence"))
    is_present = status in map(fold, _PRESENT)
    return PersonLine(
        row=row.number,
        username=username,
        name=row.line("name"),
        organization=row.place(),
        role=row.word("role", Role, _ROLES),
        scope=row.cell("scope") or None,
        position=row.text("position"),
        audience=row.word("audience", Audience, AUDIENCE_WORDS),
        absence=None if is_present else row.word("absence", Absence, _ABSENCES),
        says_absence=bool(status),
        email=row.address("email"),
    )


class _Row:
    """A row that is being read, and what was found wrong with it."""

    def __init__(self, row: TableRow) -> None:
        self.number, self._cells = row.number, row.cells
        self.errors: list[RowError] = []

    def refuse(self, column: str, message: str, **params: str | int) -> None:
        self.errors.append(RowError(self.number, column, message, params))

    def cell(self, column: str) -> str:
        return self._cells.get(column, "")

    def text(self, column: str) -> str | None:
        """Return a text that may be missing."""
        return self.line(column) if self.cell(column) else None

    def line(self, column: str) -> str:
        """Return a text that must be there."""
        text = self.cell(column)
        if text.startswith(_FORMULA):
            self.refuse(column, N_("This looks like a formula, not like a name."))
        line = one_line(text, maximum=NAME_MAXIMUM)
        if not text:
            self.refuse(column, N_("This is missing."))
        elif line is None:
            self.refuse(column, N_("This has not 1 to %(most)s letters on one line."), most=NAME_MAXIMUM)
        return line or ""

    def code(self, column: str, *, required: bool = False) -> str | None:
        text = self.cell(column)
        if not text and required:
            self.refuse(column, N_("This is missing."))
        elif len(text) > CODE_MAXIMUM or "/" in text or not text.isprintable() or " " in text:
            self.refuse(
                column,
                N_("A code has at most %(most)s characters, no space and no slash."),
                most=CODE_MAXIMUM,
            )
        return text or None

    def address(self, column: str) -> str | None:
        """Return an address of mail that may be missing."""
        try:
            return checked_address(self.cell(column))
        except Refused as refusal:
            self.refuse(column, refusal.message, **refusal.params)
            return None

    def place(self) -> str:
        """Return the code of an organization, or its name where the file has no code."""
        place = self.cell("organization") or self.cell("organization_name")
        if not place:
            self.refuse("organization", N_("This is missing."))
        return place

    def word(self, column: str, kinds: Iterable[E], words: Mapping[E, Sequence[str]]) -> E | None:
        """Return which of the kinds a word names, by itself or in Vietnamese."""
        text = fold(self.cell(column)).replace("_", " ")
        if not text:
            return None
        for kind in kinds:
            if text in (kind.value.replace("_", " "), *map(fold, words[kind])):
                return kind
        allowed = ", ".join(words[kind][0] for kind in kinds)
        self.refuse(
            column,
            N_("“%(word)s” is not known here. Known: %(words)s."),
            word=self.cell(column),
            words=allowed,
        )
        return None

    def day(self, column: str) -> date | None:
        text = self.cell(column)
        if not text:
            return None
        for form in _DAYS:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day has no zone)
            except ValueError:
                continue
        self.refuse(column, N_("“%(text)s” is no day as 31/12/2026."), text=text)
        return None
