"""Attendance: the sheet to print, marking on a phone, and the code of the moment."""

from dataclasses import dataclass
from uuid import UUID, uuid4, uuid5

import segno
from flask import Response, current_app, flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from learning.classrooms import attendance
from learning.classrooms.files import sheet_document
from learning.classrooms.forms import MarkForm
from learning.classrooms.queries.roster import Attendee, list_attendees, matches, search_others
from learning.classrooms.queries.sessions import SessionRow, get_managed
from learning.classrooms.services import note_names_seen
from learning.classrooms.settings import read_code_rules
from learning.classrooms.views.base import MANAGE, blueprint
from learning.domain.classroom import Presence, code_at, seconds_left
from learning.domain.errors import Refused
from learning.i18n import current_language, direction
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.documents import document_response
from learning.web.errors import wants_json
from learning.web.forms import see_other

MOST_SHOWN = 500  # people on the page; more are found by their names


@dataclass(frozen=True, slots=True)
class _Asked:
    """A mark as a button or the script sends it: `<person>:<presence>:<number of the mark that was seen>`."""

    person_id: int
    presence: Presence
    seen: int
    event_id: str


def _asked() -> _Asked:
    """Return the mark that was sent; raises Refused."""
    form = MarkForm()
    if not form.validate():
        raise Refused("The form was not understood. Reload the page.")
    person, presence, seen = form.mark.data.split(":")
    event = uuid5(UUID(form.event_id.data), form.mark.data)
    return _Asked(int(person), Presence(presence), int(seen), str(event))


@blueprint.get("/<int:session>/attendance")
@requires(MANAGE)
def marks(session: int) -> str:
    """Show who is there, to mark it; seeing names is put on record."""
    actor = get_actor()
    found = get_managed(actor, session, current_language())
    people = list_attendees(found)
    asked = request.args.get("q", "").strip()[:100]
    shown = tuple(one for one in people if not asked or matches(one, asked))
    others = search_others(found, asked, frozenset(one.id for one in people))
    note_names_seen(actor, session, how="search" if asked else "attendance", moment=current_moment())
    return render_template(
        "classrooms/attendance.html",
        session=found,
        people=shown[:MOST_SHOWN],
        is_cut=len(shown) > MOST_SHOWN,
        others=others,
        asked=asked,
        present=sum(one.presence is Presence.PRESENT for one in people),
        total=len(people),
        is_early=current_moment().at < found.starts_at - read_code_rules().before,
        event_id=str(uuid4()),
    )


@blueprint.post("/<int:session>/attendance")
@requires(MANAGE)
def mark(session: int) -> ResponseReturnValue:
    """Mark one person present or absent, or take a mark back."""
    asked = _asked()
    try:
        current = attendance.mark(
            get_actor(),
            session,
            asked.person_id,
            asked.presence,
            seen=asked.seen,
            event_id=asked.event_id,
            language=current_language(),
            moment=current_moment(),
        )
    except attendance.MarkedElsewhere as conflict:
        if wants_json():
            return jsonify(saved=False, **_told(conflict.current)), 409
        flash(_conflict_text(conflict.current), "warning")
    else:
        if wants_json():
            return jsonify(saved=True, **_told(current))
    asked_for = request.form.get("q") or None
    return see_other(
        url_for("classrooms.marks", session=session, q=asked_for, _anchor=f"p-{asked.person_id}")
    )


def _told(current: attendance.Current) -> dict[str, object]:
    """Return what the script is told of the mark that counts now."""
    return {
        "number": current.number,
        "presence": current.presence.value,
        "message": _conflict_text(current),
    }


def _conflict_text(current: attendance.Current) -> str:
    words = {
        Presence.PRESENT: _(
            "%(name)s marked this person as present meanwhile; that counts.", name=current.by
        ),
        Presence.ABSENT: _("%(name)s marked this person as absent meanwhile; that counts.", name=current.by),
        Presence.UNMARKED: _("%(name)s took the mark back meanwhile; that counts.", name=current.by),
    }
    return str(words[current.presence])


def _sheet(session: int, how: str) -> tuple[SessionRow, tuple[Attendee, ...]]:
    """Return a session with its people, which is put on record."""
    actor = get_actor()
    found = get_managed(actor, session, current_language())
    note_names_seen(actor, session, how=how, moment=current_moment())
    return found, list_attendees(found)


@blueprint.get("/<int:session>/sheet")
@requires(MANAGE)
def sheet(session: int) -> str:
    """Show the sheet on which those present sign, to print; seeing names is put on record."""
    found, people = _sheet(session, "sheet")
    return render_template(
        "classrooms/sheet.html", session=found, people=people, prepared_by=get_actor().name
    )


@blueprint.get("/<int:session>/sheet.pdf")
@requires(MANAGE)
def sheet_file(session: int) -> Response:
    """Download the sheet; seeing names is put on record."""
    found, people = _sheet(session, "pdf")
    language = current_language()
    document = sheet_document(found, people, maker=get_actor().name, at=current_moment().at)
    return document_response(document, "pdf", language=language, right_to_left=direction(language) == "rtl")


@blueprint.get("/<int:session>/code")
@requires(MANAGE)
def code(session: int) -> str:
    """Show the code of this moment, to scan or to type, while the session is on."""
    moment, rules = current_moment(), read_code_rules()
    found, key = attendance.code_key(get_actor(), session, current_language())
    shown = code_at(key, rules, moment.at)
    address = current_app.config["SITE"].site_url + url_for("classrooms.attend_here", session=session)
    is_open = found.state != "cancelled" and rules.is_open(found.starts_at, found.ends_at, moment.at)
    picture = segno.make(f"{address}?code={shown}", error="m", micro=False)
    return render_template(
        "classrooms/code.html",
        session=found,
        code=shown if is_open else None,
        picture=Markup(picture.svg_inline(omitsize=True, svgclass="qr", lineclass=None, light="#fff"))  # noqa: S704
        if is_open
        else "",
        address=current_app.config["SITE"].site_url + url_for("classrooms.attend"),
        seconds=seconds_left(rules, moment.at),
        rules=rules,
    )
