"""The floor: what a bare Flask program costs that does as little as such a page can do.

Flask-Login, the person and three more ORM queries, a page of 10 KB from a template, on SQLite. No CSRF, no translation,
no compression, no headers. What writes is a route that does nothing but one durable commit. It is served by the same
web server with as many processes as the site.
"""

import csv
import io
import os
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask, Response, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, event, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, undefer
from werkzeug.wrappers import Response as BaseResponse

PASSWORD = "mật khẩu của sàn"  # noqa: S105  (of invented people, in a program that lives for minutes)
PAGE_BYTES = 9500  # of stored HTML; the template brings it to 10 KB
REPORT_PEOPLE = 25


class Base(DeclarativeBase):
    """The root of the floor's tables."""


db = SQLAlchemy(model_class=Base)


class User(UserMixin, Base):  # type: ignore[misc]  # Flask-Login has no types
    """A learner."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    password_hash: Mapped[str]


class Course(Base):
    """A course."""

    __tablename__ = "course"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


class Unit(Base):
    """A unit with its stored page."""

    __tablename__ = "unit"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    title: Mapped[str]
    html: Mapped[str] = mapped_column(deferred=True)


class Mark(Base):
    """That a learner has done a unit."""

    __tablename__ = "mark"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class Note(Base):
    """A row that is written."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def create_floor(database: Path) -> Flask:
    """Return the floor program on a database file."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="of-the-floor-alone", SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}")  # noqa: S106
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "connect", _use_wal)
    manager = LoginManager(app)
    manager.user_loader(lambda user_id: db.session.get(User, int(user_id)))
    app.add_url_rule("/", "dashboard", dashboard)
    app.add_url_rule("/course", "course", course)
    app.add_url_rule("/unit/<int:unit_id>", "unit", unit)
    app.add_url_rule("/report", "report", report)
    app.add_url_rule("/report.csv", "report_csv", report_csv)
    app.add_url_rule("/write", "write", write, methods=["POST"])
    app.add_url_rule("/sign-in", "sign_in", sign_in, methods=["POST"])
    return app


def _use_wal(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def fill(app: Flask, *, people: int, units: int) -> None:
    """Make the tables and their rows."""
    html = "<p>" + "Cán bộ ở cơ sở kiểm tra đường dẫn rồi mới mở. " * (PAGE_BYTES // 57) + "</p>"
    with app.app_context():
        db.create_all()
        hashed = _hasher.hash(PASSWORD)
        numbers = range(1, people + 1)
        db.session.add(Course(id=1, title="Khóa học"))
        db.session.add_all(User(id=n, name=f"Người Thử {n}", password_hash=hashed) for n in numbers)
        db.session.add_all(
            Unit(id=n, course_id=1, title=f"Chuyên đề {n}", html=html) for n in range(1, units + 1)
        )
        db.session.add_all(
            Mark(user_id=n, unit_id=u) for n in numbers for u in range(1, units + 1) if (n * u) % 3
        )
        db.session.commit()


def sign_in_as(app: Flask, number: int) -> str:
    """Return the cookie of a person who has signed in."""
    client = app.test_client()
    client.post("/sign-in", data={"username": number, "password": PASSWORD})
    cookie = client.get_cookie("session")
    if cookie is None:
        raise ValueError(number)
    return cookie.value


@login_required  # type: ignore[untyped-decorator]
def dashboard() -> str:
    """Show a course with how far one is."""
    return _overview()


@login_required  # type: ignore[untyped-decorator]
def course() -> str:
    """Show a course with its units."""
    return _overview()


def _overview() -> str:
    found = db.session.get_one(Course, 1)
    units = db.session.scalars(select(Unit).where(Unit.course_id == found.id).order_by(Unit.id)).all()
    marks = db.session.scalars(select(Mark).where(Mark.user_id == current_user.id))
    done = {mark.unit_id for mark in marks}
    return render_template("floor_course.html", title=found.title, units=units, done=done)


@login_required  # type: ignore[untyped-decorator]
def unit(unit_id: int) -> str:
    """Show a unit."""
    shown = db.session.scalars(select(Unit).where(Unit.id == unit_id).options(undefer(Unit.html))).one()
    found = db.session.get_one(Course, shown.course_id)
    mark = db.session.get(Mark, (current_user.id, unit_id))
    return render_template("floor_unit.html", title=found.title, unit=shown, done=mark is not None)


@login_required  # type: ignore[untyped-decorator]
def report() -> str:
    """Show 25 people with what they have done."""
    units = db.session.scalars(select(Unit).where(Unit.course_id == 1).order_by(Unit.id)).all()
    users = db.session.scalars(select(User).order_by(User.id).limit(REPORT_PEOPLE)).all()
    marks = db.session.execute(
        select(Mark.user_id, Mark.unit_id).where(Mark.user_id.in_([user.id for user in users]))
    )
    total = db.session.scalar(select(func.count()).select_from(User))
    return render_template(
        "floor_report.html",
        units=units,
        users=users,
        done={tuple(mark) for mark in marks},
        total=total,
    )


@login_required  # type: ignore[untyped-decorator]
def report_csv() -> Response:
    """Write everybody with what she has done."""
    units = db.session.execute(select(Unit.id, Unit.title).order_by(Unit.id)).all()
    done: dict[int, set[int]] = {}
    for user_id, unit_id in db.session.execute(select(Mark.user_id, Mark.unit_id)):
        done.setdefault(user_id, set()).add(unit_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["name", *(title for _id, title in units)])
    for user_id, name in db.session.execute(select(User.id, User.name).order_by(User.id)):
        mine = done.get(user_id, set())
        writer.writerow([name, *("completed" if unit_id in mine else "" for unit_id, _title in units)])
    return Response(text.getvalue(), mimetype="text/csv")


def write() -> str:
    """Commit one row, and nothing else: no person, no query, no page."""
    db.session.add(Note(text=request.form["text"]))
    db.session.commit()
    return ""


def sign_in() -> BaseResponse | tuple[str, int]:
    """Check a password and open a session."""
    user = db.session.get(User, int(request.form["username"]))
    if user is None or not _hasher.verify(user.password_hash, request.form["password"]):
        return "no", 400
    login_user(user)
    return redirect(url_for("dashboard"))


if "FLOOR_DATABASE" in os.environ:  # what the web server loads
    app = create_floor(Path(os.environ["FLOOR_DATABASE"]))
