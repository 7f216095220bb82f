"""Files of organizations and people are taken over whole or not at all, and the same file twice changes nothing."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.models import Membership, Person, RoleHeld
from learning.accounts.queries import get_actor
from learning.administration.imports import Imported, import_organizations, import_people
from learning.audit.models import AuditEntry
from learning.courses.queries import get_course
from learning.database import current_session, transaction
from learning.domain.permissions import Actor, Permission, Role
from learning.formats.tables import TableUnreadable
from learning.i18n import row_error_line
from learning.organizations.models import Organization
from learning.organizations.queries import get_by_code
from learning.progress.assignments import Due, assign_course
from learning.progress.moments import Moment
from learning.progress.recount import find_differences
from learning.progress.sums import find_wrong_dues, find_wrong_sums
from learning.reports.queries import course_report
from tests.support.factories import (
    COMMUNE,
    COURSE,
    OTHER_COMMUNE,
    VILLAGE,
    WARD,
    ZONE,
    make_person,
    moment,
)
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")

PEOPLE = f"""Danh sách thử nghiệm;;;;;
Họ và tên;Tên đăng nhập;Mã đơn vị;Vai trò;Chức vụ;Đối tượng
Người Thử Một;mot.thu;{COMMUNE};học viên;Phó trưởng ban;Cán bộ
Người Thử Hai;hai.thu;{VILLAGE};;Trưởng thôn;Người dân
Người Thử Ba;ba.thu;Phường Ăn Thử;Quản lý;;công chức
"""


def take(text: str, *, day: float = 0, actor: Actor | None = None, dry_run: bool = False) -> Imported:
    return import_people(text.encode(), actor=actor, moment=moment(day), dry_run=dry_run)


def tree(text: str, *, day: float = 0, actor: Actor | None = None, dry_run: bool = False) -> Imported:
    return import_organizations(text.encode(), actor=actor, moment=moment(day), dry_run=dry_run)


def lines(done: Imported) -> list[str]:
    return [row_error_line(error) for error in done.errors]


def count(model: Any) -> int:
    return current_session().scalar(sa.select(sa.func.count()).select_from(model)) or 0


def posts(username: str) -> list[tuple[Any, ...]]:
    rows = current_session().execute(
        sa.select(
            Organization.code,
            Membership.position,
            Membership.audience,
            Membership.ended_on,
            Membership.absence,
        )
        .join(Organization, Organization.id == Membership.organization_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Person.username == username)
        .order_by(Membership.id)
    )
    return [tuple(row) for row in rows]


def assign(code: str = "24", *, at: Moment | None = None, due: Due = Due(days=10)) -> None:  # noqa: B008  (frozen)
    place = get_by_code(code).id
    assign_course(
        None, get_course(COURSE).id, organization_id=place, title="Đợt thử", due=due, moment=at or moment()
    )


def prove(*days: int) -> None:
    """Recount the ledger on these days."""
    for day in days:
        assert find_differences(moment(day).day, ZONE) == []
    assert (find_wrong_sums(), find_wrong_dues()) == ([], [])


# --- People


def test_people_come_with_their_posts_and_roles_and_the_same_file_again_changes_nothing(
    tiny_course: Flask,
) -> None:
    assign()
    dry = take(PEOPLE, dry_run=True)
    assert count(Person) == 0
    done = take(PEOPLE)
    assert (done.new, done.changed, done.unchanged) == (("mot.thu", "hai.thu", "ba.thu"), (), 0)
    assert dry == done
    assert posts("mot.thu") == [(COMMUNE, "Phó trưởng ban", "cadre", None, None)]
    assert get_actor("ba.thu").may(Permission.REPORT_READ, get_by_code(WARD).path)
    assert course_report(("/",), COURSE, moment().day).total.enrolled == 3
    entries = count(AuditEntry)
    again = take(PEOPLE, day=1)
    assert (again.new, again.changed, again.unchanged) == ((), (), 3)
    assert count(AuditEntry) == entries
    prove(0, 1)


def test_addresses_of_mail_come_with_people_and_stand_for_user_names_where_there_are_none(
    tiny_course: Flask,
) -> None:
    def stored() -> dict[str, str | None]:
        return {
            row.username: row.email
            for row in current_session().execute(sa.select(Person.username, Person.email))
        }

    assert take(
        f"tài khoản,họ tên,mã đơn vị,thư điện tử\nmot.thu,Người Thử Một,{WARD}, Mot@coquan.example \n"
    ).new
    assert take(f"email,name,organization\nhai@coquan.example,Người Thử Hai,{WARD}\n").new == (
        "hai@coquan.example",
    )
    assert stored() == {"mot.thu": "Mot@coquan.example", "hai@coquan.example": "hai@coquan.example"}
    changed = f"username,name,organization,email\nmot.thu,Người Thử Một,{WARD},mot.moi@coquan.example\n"
    assert take(changed).changed == ("mot.thu",)
    assert take(changed).unchanged == 1
    assert (
        take(changed.replace("mot.moi@coquan.example", "")).unchanged == 1
    )  # what a file does not say stays
    assert stored()["mot.thu"] == "mot.moi@coquan.example"
    wrong = take(changed.replace("mot.moi@coquan.example", "mốt@coquan"))
    assert [(error.row, error.column) for error in wrong.errors] == [(2, "email")]


def test_people_who_are_there_move_change_and_go_away_by_a_file(tiny_course: Flask) -> None:
    assign()
    take(PEOPLE)
    text = (
        "username,name,organization,role,status\n"
        f"mot.thu,Người Thử Mốt,{WARD},,\n"
        f"hai.thu,Người Thử Hai,{VILLAGE},,nghỉ hưu\n"
        f"BA.THU ,Người Thử Ba,{WARD},trainer,đang công tác\n"
    )
    done = take(text, day=1)
    assert (done.new, done.changed, done.moved) == ((), ("mot.thu", "hai.thu", "ba.thu"), 2)
    assert posts("mot.thu") == [
        (COMMUNE, "Phó trưởng ban", "cadre", moment(1).day, None),
        (WARD, "", "cadre", None, None),
    ]
    assert posts("hai.thu")[0][4] == "retirement"
    assert {grant.role for grant in get_actor("ba.thu").grants} == {Role.MANAGER, Role.TRAINER}
    assert get_actor("mot.thu").name == "Người Thử Mốt"
    assert course_report(("/",), COURSE, moment(1).day).total.enrolled == 2
    assert course_report(("/",), COURSE, moment(0).day).total.enrolled == 3
    assert take(text, day=2).unchanged == 3
    prove(0, 1, 2)


def test_every_wrong_cell_is_named_by_its_row_and_column_and_nothing_is_changed(tiny_course: Flask) -> None:
    text = (
        "username,name,organization,role,scope,audience,status\n"
        f"dung.thu,Người Thử Đúng,{COMMUNE},learner,,,\n"
        f",Người Thử,{COMMUNE},,,,\n"
        f"hai tu,Người Thử,{COMMUNE},,,,\n"
        "ba.thu,,X-99,vua,Xã Không Có,ai đó,ngủ\n"
        f"bon.thu,=1+1,{COMMUNE},,,,\n"
        f"DUNG.THU,Người Thử Khác,{COMMUNE},,,,\n"
    )
    done = take(text)
    assert lines(done) == [
        "row 3: username: Ô này còn trống.",
        "row 4: username: Tên đăng nhập có từ 1 đến 100 ký tự nhìn thấy được và không có dấu cách.",
        *[line for line in lines(done) if line.startswith("row 5: ")],
        "row 6: name: Đây giống một công thức, không giống một cái tên.",
        *[line for line in lines(done) if line.startswith("row 7: ")],
    ]
    of_row_5 = [line.split(": ")[1] for line in lines(done) if line.startswith("row 5: ")]
    assert sorted(of_row_5) == ["audience", "name", "role", "status"]
    assert lines(done)[-1] == "row 7: username: Đã có ở dòng 2."
    assert (count(Person), count(Membership), count(RoleHeld)) == (0, 0, 0)


def test_places_that_cannot_be_told_are_named(tiny_course: Flask) -> None:
    tree(
        f"code,name,kind,parent\nX-1-2,Thôn Trùng,village,{COMMUNE}\nX-2-2,Thôn Trùng,village,{OTHER_COMMUNE}\n"
    )
    tree("code,name,valid_to\nX-1-2,Thôn Trùng,2026-11-20\n")
    text = "username,name,organization,scope\na,Người A,X-99,\nb,Người B,Thôn Trùng,\nc,Người C,X-1-2,\n"
    found = lines(take(text))
    assert [line.split(": ")[0] for line in found] == ["row 2", "row 3", "row 4"]
    assert "X-99" in found[0]
    assert "Thôn Trùng" in found[1]


def test_a_code_whose_zero_a_spreadsheet_took_off_is_found(tiny_course: Flask) -> None:
    tree("code,name\n07210,Phường Số Không\n")
    assert take("username,name,organization\nkhong.thu,Người Thử,7210\n").errors == ()
    assert get_actor("khong.thu").organization_path.endswith("/07210/")


def test_an_actor_takes_over_people_inside_her_scope_only(tiny_course: Flask) -> None:
    head = make_person("quan-tri-thu", COMMUNE, role=Role.ADMINISTRATOR)
    make_person("nguoi-kia", WARD)
    header = "username,name,organization,scope\n"
    for row, column in (
        (f"x.thu,Người Thử,{WARD},", "organization"),
        (f"x.thu,Người Thử,{COMMUNE},24", "scope"),
        (f"nguoi-kia,Người Thử,{COMMUNE},", "username"),
    ):
        [error] = take(header + row + "\n", actor=head).errors
        assert (error.row, error.column) == (2, column)
    assert take(f"{header}x.thu,Người Thử,{VILLAGE},{COMMUNE}\n", actor=head).new == ("x.thu",)
    by = current_session().scalars(sa.select(AuditEntry.actor_id).where(AuditEntry.action == "person.added"))
    assert by.all() == [head.id]


def test_thousands_of_people_come_in_few_statements(tiny_course: Flask, count_statements: Any) -> None:
    assign()
    rows = [f"nguoi.{n},Người Thử {n},{[COMMUNE, WARD, VILLAGE][n % 3]}" for n in range(3000)]
    text = "\n".join(["username,name,organization", *rows])
    with count_statements(at_most=150):
        assert len(take(text).new) == 3000
    assert course_report(("/",), COURSE, moment().day).total.enrolled == 3000
    prove(0)


def test_two_who_take_over_the_same_file_at_once_add_everybody_once(app: Flask, tiny_course: Flask) -> None:
    assign()
    outcomes = together(app, [lambda: take(PEOPLE)] * 3)
    assert count(Person) == 3
    assert sum(len(one.new) for one in outcomes if isinstance(one, Imported)) == 3
    prove(0)


# --- Organizations


def test_organizations_come_in_any_order_of_rows_and_twice_is_once(tiny_course: Flask) -> None:
    text = (
        "Mã;Tên;Loại;Mã đơn vị cấp trên;Từ ngày\n"
        "T-1;Tổ công nghệ số Thử;đội;N-1;01/07/2026\n"
        "N-1;Thôn Mới Thử;;N;\n"
        "N;Xã Mới Thử;xã;24;2026-07-01\n"
    )
    dry = tree(text, dry_run=True)
    before = count(Organization)
    done = tree(text)
    assert dry == done
    assert (done.new, done.changed) == (("N", "N-1", "T-1"), ())
    assert get_by_code("T-1").path == "/24/N/N-1/T-1/"
    assert (get_by_code("T-1").kind, get_by_code("N-1").kind) == ("team", "village")
    assert count(Organization) == before + 3
    again = tree(text)
    assert (again.new, again.changed, again.unchanged) == ((), (), 3)


def test_six_thousand_departments_are_taken_over(tiny_course: Flask) -> None:
    rows = [f"D-{n},Phòng Thử {n},department,24" for n in range(6000)]
    assert len(tree("\n".join(["code,name,kind,parent", *rows])).new) == 6000


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("N,Xã Mới,xã,X-99,,", "parent"),
        ("N,Chưa rõ,,24,,", "kind"),
        ("N,Xã Mới,hành tinh,24,,", "kind"),
        ("N,,xã,24,,", "name"),
        ("N/1,Xã Mới,xã,24,,", "code"),
        (f"{COMMUNE},Xã Đồng Thử,xã,{WARD},,", "parent"),
        (f"{COMMUNE},Xã Đồng Thử,,,31/02/2026,", "valid_to"),
        (f"{COMMUNE},Xã Đồng Thử,,,2026-11-01,X-99", "successor"),
        (f"{COMMUNE},Xã Đồng Thử,,,2026-11-01,{COMMUNE}", "successor"),
        (f"{COMMUNE},Xã Đồng Thử,,,,{WARD}", "valid_to"),
        (f"{COMMUNE},Xã Đồng Thử,,,2026-11-01,", "successor"),
        ("A,Xã A,xã,B,,\nB,Xã B,xã,A,,", "parent"),
        ("P,Tỉnh Khác,tỉnh,,,", "parent"),
        (f"{COMMUNE},Xã Đồng Thử,,,,\n{COMMUNE},Xã Đồng Thử,,,,", "code"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_nothing_is_changed(
    tiny_course: Flask, row: str, column: str
) -> None:
    make_person("hoc-vien-thu")
    before = count(Organization)
    done = tree(f"code,name,kind,parent,valid_to,successor\n{row}\nM,Xã Tốt,xã,24,,\n")
    assert [error.column for error in done.errors] == [column]
    assert count(Organization) == before


def test_people_of_a_merged_organization_belong_to_its_successor_from_that_day_on(tiny_course: Flask) -> None:
    learner = make_person("hoc-vien-thu")
    assign()
    text = f"code,name,valid_to,successor\n{COMMUNE},Xã Đồng Thử,2026-11-23,{WARD}\n"
    assert tree(text, day=0).moved == 0  # it is to come
    done = tree(f"{text}{WARD},Phường Ăn Thử,,\n", day=2)
    assert (done.changed, done.moved) == ((), 1)
    assert get_actor(learner.username).organization_path == get_by_code(WARD).path

    def enrolled(code: str, day: float) -> int:
        return course_report((get_by_code(code).path,), COURSE, moment(day).day).total.enrolled

    assert [(enrolled(COMMUNE, day), enrolled(WARD, day)) for day in (0, 1, 2)] == [(1, 0), (1, 0), (0, 1)]
    [error] = take(f"username,name,organization\nmoi,Người Mới,{COMMUNE}\n", day=3).errors
    assert error.column == "organization"
    prove(0, 1, 2)


# --- By command


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=list(arguments))


def test_the_commands_say_what_changed_row_by_row(app: Flask, tiny_course: Flask, tmp_path: Path) -> None:
    file = tmp_path / "nguoi.csv"
    file.write_text(PEOPLE, "utf-16")
    dry = run(app, "people", "import", "--dry-run", str(file))
    assert (dry.exit_code, "nothing was changed" in dry.output, count(Person)) == (0, True, 0)
    done = run(app, "people", "import", str(file))
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        *("new mot.thu", "new hai.thu", "new ba.thu"),
        "3 new, 0 changed, 0 unchanged",
    ]
    file.write_text(f"code,name,parent\nN,Xã Mới,X-99\n{COMMUNE},Xã Đồng Thử,\n")
    refused = run(app, "organizations", "import", str(file))
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[0].startswith("row 2: parent: ")
    assert "nothing was changed" in refused.stderr
    file.write_bytes(b"\x00\x01\x02")
    assert run(app, "people", "import", str(file)).exit_code == 1
    with pytest.raises(TableUnreadable):
        import_people(b"a,b\n", actor=None, moment=moment())


def test_nothing_is_left_of_a_take_over_that_breaks_off(tiny_course: Flask, monkeypatch: Any) -> None:
    def break_off(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("learning.administration.imports.sync_assignments", break_off)
    before = count(AuditEntry)
    with pytest.raises(RuntimeError):
        take(PEOPLE)
    with transaction():
        assert (count(Person), count(Membership), count(AuditEntry)) == (0, 0, before)
