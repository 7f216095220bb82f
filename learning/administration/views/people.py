"""People: finding them, adding them, and all that an administrator does about one."""

from collections.abc import Callable
from math import ceil
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.administration import moves, roles, services
from learning.administration.forms import (
    ABSENCE_NAMES,
    ROLE_NAMES,
    AbsenceForm,
    DeputyForm,
    MoveForm,
    PersonForm,
    PostForm,
    RoleForm,
)
from learning.administration.queries import PeopleAsked, State, get_profile, list_people_page
from learning.administration.roles import Span
from learning.administration.views.base import blueprint
from learning.domain.errors import Conflict, DomainError, NotFound, Refused
from learning.domain.membership import AUDIENCE_NAMES, Absence, Audience
from learning.domain.permissions import Permission, Role
from learning.organizations.queries import list_within
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.forms import Form, see_other

PEOPLE = Permission.PEOPLE_MANAGE
ON_A_PAGE = 50
_FORMS: dict[str, type[Form]] = {
    "move": MoveForm,
    "post": PostForm,
    "absence": AbsenceForm,
    "role": RoleForm,
    "deputy": DeputyForm,
}


@blueprint.get("/people/")
@requires(PEOPLE)
def people() -> str:
    """List people of the scope, found by name, organization, role or state."""
    actor, fields = get_actor(), request.args
    paths = actor.scope(PEOPLE)
    asked = PeopleAsked(
        search=fields.get("q", "")[:200],
        organization=fields.get("organization", "") or None,
        role=next((role for role in Role if role.value == fields.get("role")), None),
        state=next((state for state in State if state.value == fields.get("state")), None),
        by_organization=fields.get("sort") == "organization",
    )
    page = max(1, fields.get("page", 1, type=int))
    is_known = True
    try:
        rows, total = list_people_page(paths, asked, first=(page - 1) * ON_A_PAGE, most=ON_A_PAGE)
    except NotFound:
        is_known, rows, total = False, [], 0
    if rows:
        services.note_people_seen(actor, len(rows), moment=current_moment())
    kept: dict[str, Any] = {
        name: fields[name] for name in ("q", "organization", "role", "state", "sort") if fields.get(name)
    }
    return render_template(
        "administration/people.html",
        rows=rows,
        total=total,
        asked=asked,
        is_known=is_known,
        page=page,
        last=ceil(total / ON_A_PAGE),
        address=url_for("administration.people", **kept, at="list"),
        organizations=list_within(paths),
        role_names=ROLE_NAMES,
        states=tuple(State),
    )


@blueprint.route("/people/new", methods=["GET", "POST"])
@requires(PEOPLE)
def add_person() -> ResponseReturnValue:
    """Add a person; how she signs in first is shown once."""
    actor, form = get_actor(), PersonForm()
    if form.validate_on_submit():
        person = services.NewPerson(
            form.username.data,
            form.name.data,
            form.organization.data.strip(),
            Role(form.role.data),
            email=form.email.data,
        )
        try:
            added = services.add_person(person, actor=actor, moment=current_moment())
        except (Conflict, NotFound, Refused) as fault:
            _show(form, fault)
        else:
            flash(_("%(name)s was added.", name=added.username), "success")
            return _page(added.id, token=added.token)
    page = {"form": form, "organizations": list_within(actor.scope(PEOPLE))}
    return render_template("administration/new_person.html", **page), 422 if form.errors else 200


@blueprint.get("/people/<int:person>/")
@requires(PEOPLE)
def person(person: int) -> ResponseReturnValue:
    """Show a person: her posts, her roles and why she holds them, and what can be done."""
    answer = _page(person)
    services.note_person_seen(get_actor(), person, moment=current_moment())
    return answer


@blueprint.post("/people/<int:person>/move")
@requires(PEOPLE)
def move_person(person: int) -> ResponseReturnValue:
    """Let a person belong to another organization."""
    return _do(
        person,
        "move",
        lambda form: moves.move_person(
            get_actor(), person, form.organization.data.strip(), moment=current_moment()
        ),
        _("She belongs there from today on. Her figures went with her; past days stay as they were."),
    )


@blueprint.post("/people/<int:person>/post")
@requires(PEOPLE)
def describe_person(person: int) -> ResponseReturnValue:
    """Note position and audience of a person."""
    return _do(
        person,
        "post",
        lambda form: moves.describe_person(
            get_actor(),
            person,
            position=form.position.data or "",
            audience=Audience(form.audience.data) if form.audience.data else None,
            moment=current_moment(),
        ),
        _("Saved."),
    )


@blueprint.post("/people/<int:person>/absence")
@requires(PEOPLE)
def note_absence(person: int) -> ResponseReturnValue:
    """Note that a person is away, or back."""
    return _do(
        person,
        "absence",
        lambda form: moves.note_absence(
            get_actor(),
            person,
            Absence(form.absence.data) if form.absence.data else None,
            moment=current_moment(),
        ),
        _("Saved."),
    )


@blueprint.post("/people/<int:person>/roles")
@requires(PEOPLE)
def give_role(person: int) -> ResponseReturnValue:
    """Give a person a role."""
    return _do(
        person,
        "role",
        lambda form: roles.give_role(
            get_actor(),
            person,
            Role(form.role.data),
            form.organization.data.strip(),
            Span(form.first.data, form.last.data),
            moment=current_moment(),
        ),
        _("The role was given."),
    )


@blueprint.post("/people/<int:person>/roles/<int:number>/end")
@requires(PEOPLE)
def take_role(person: int, number: int) -> ResponseReturnValue:
    """Take a role back."""
    return _do_plain(
        person,
        lambda: roles.take_role(get_actor(), person, number, moment=current_moment()),
        _("The role was taken back."),
    )


@blueprint.post("/people/<int:person>/deputies")
@requires(PEOPLE)
def lend_roles(person: int) -> ResponseReturnValue:
    """Let somebody act for a person."""
    return _do(
        person,
        "deputy",
        lambda form: roles.lend_roles(
            get_actor(),
            person,
            form.deputy.data,
            Span(form.first.data, form.last.data),
            moment=current_moment(),
        ),
        _("The deputy holds these roles in that time."),
    )


@blueprint.post("/people/<int:person>/disable")
@requires(PEOPLE)
def disable_person(person: int) -> ResponseReturnValue:
    """Let a person sign in no more."""
    return _do_plain(
        person,
        lambda: roles.disable(get_actor(), person, moment=current_moment()),
        _("She can no longer sign in. What she did stays."),
    )


@blueprint.post("/people/<int:person>/enable")
@requires(PEOPLE)
def enable_person(person: int) -> ResponseReturnValue:
    """Let a person sign in again."""
    return _do_plain(
        person,
        lambda: roles.enable(get_actor(), person, moment=current_moment()),
        _("She can sign in again."),
    )


@blueprint.post("/people/<int:person>/sign-in")
@requires(PEOPLE)
def renew_sign_in(person: int) -> ResponseReturnValue:
    """Make a one-time link with which a person sets a new password."""
    try:
        token = roles.let_in_anew(get_actor(), person, moment=current_moment())
    except Refused as refusal:
        flash(_(refusal.message, **refusal.params), "warning")
        return see_other(url_for("administration.person", person=person))
    return _page(person, token=token)


def _do(person: int, name: str, deed: Callable[[Any], object], said: str) -> ResponseReturnValue:
    """Do what one of the page's forms asks for; what will not do is said at its field, with what was typed."""
    form = _FORMS[name](prefix=f"{name}-")
    if form.validate_on_submit():
        try:
            is_new = deed(form)
        except (Conflict, NotFound, Refused) as fault:
            if not fault.field and isinstance(fault, NotFound):
                raise
            _show(form, fault)
        else:
            flash(said if is_new else _("This is what it was before; nothing was changed."), "success")
            return see_other(url_for("administration.person", person=person))
    return _page(person, asked=name, form=form), 422


def _do_plain(person: int, deed: Callable[[], object], said: str) -> ResponseReturnValue:
    """Do what a button asks for."""
    try:
        deed()
    except Refused as refusal:
        flash(_(refusal.message, **refusal.params), "warning")
    else:
        flash(said, "success")
    return see_other(url_for("administration.person", person=person))


def _show(form: Any, fault: DomainError) -> None:
    """Say at its field what will not do."""
    if isinstance(fault, NotFound):
        found = (
            _("Nobody of your organizations has this user name.")
            if fault.field == "deputy"
            else _("There is no such organization in your scope.")
        )
    else:
        found = _(fault.message, **fault.params)
    if fault.field in form:
        form[fault.field].errors = [found]
    else:
        flash(found, "warning")


def _page(person: int, *, token: str = "", asked: str = "", form: Form | None = None) -> str:
    """Show a person, with the form that was sent as it was sent."""
    paths = get_actor().scope(PEOPLE)
    profile = get_profile(paths, person)
    known = {
        "post": {"position": profile.main.position, "audience": profile.main.audience or ""},
        "absence": {"absence": profile.absence or ""},
    }
    forms = {
        name: form
        if form is not None and name == asked
        else kind(None, prefix=f"{name}-", data=known.get(name))
        for name, kind in _FORMS.items()
    }
    return render_template(
        "administration/person.html",
        person=profile,
        forms=forms,
        token=token,
        asked=asked,
        organizations=list_within(paths),
        role_names=ROLE_NAMES,
        absence_names=ABSENCE_NAMES,
        audience_names=AUDIENCE_NAMES,
    )
