"""Signing in and out, the one-time link, the own account, the language."""

from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    Request,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import LoginManager
from werkzeug.wrappers import Response as BaseResponse

from learning.accounts import queries, services
from learning.accounts.forms import (
    ChangePasswordForm,
    EmailForm,
    LanguageForm,
    NewPasswordForm,
    SignInForm,
    TokenForm,
)
from learning.domain.errors import Refused
from learning.domain.permissions import Permission
from learning.i18n import remember_language
from learning.web.access import SignedIn, SignInNeeded, find_actor, get_actor, public, requires
from learning.web.clock import now
from learning.web.errors import ErrorResponse, error_page, is_api
from learning.web.forms import local_path, see_other

HELD_FIELDS_LIMIT = 300_000  # characters; a document has at most 256 KB
blueprint = Blueprint("accounts", __name__)


def init_accounts(app: Flask, *, secure: bool) -> None:
    """Let flask-login find people by our server sessions, and send those who need to sign in there."""
    app.config["SESSION_TOKEN_COOKIE"] = "__Host-session" if secure else "session"
    manager = LoginManager(app)
    manager.session_protection = None
    manager.request_loader(load_user)
    app.before_request(load_actor)
    app.register_error_handler(SignInNeeded, ask_to_sign_in)
    app.register_blueprint(blueprint)


def load_user(req: Request) -> SignedIn | None:
    """Return whom the request's session cookie belongs to, or for a program its token, for flask-login."""
    if is_api():
        return _load_program(req)
    token = req.cookies.get(current_app.config["SESSION_TOKEN_COOKIE"], "")
    if not token:
        return None
    holder = queries.find_session(token, now=now())
    if holder is None:
        return None
    if not holder.is_live:
        g.expired_actor = holder.actor
        return None
    services.touch_session(token, last_seen_at=holder.last_seen_at, now=now())
    return SignedIn(holder.actor)


def _load_program(req: Request) -> SignedIn | None:
    """Return whose token a program shows; a cookie is no way in here, so no page can make a browser call."""
    g.token = None
    scheme, _space, token = req.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(services.TOKEN_PREFIX):
        return None
    holder = queries.find_token_holder(token.strip(), now=now())
    if holder is None:
        services.count_wrong_token(req.remote_addr or "", now=now())
        return None
    services.touch_token(holder, now=now())
    g.token = holder
    return SignedIn(holder.actor)


def load_actor() -> None:
    """Put the person signed in on `g`; static files need nobody."""
    g.actor = None if request.endpoint == "assets.file" else find_actor()


def ask_to_sign_in(_error: SignInNeeded) -> BaseResponse | ErrorResponse:
    """Send to the sign-in page; what was typed into a form over an expired session waits for the person."""
    if is_api():
        return error_page(401, _("Send a token that works: Authorization: Bearer …"))
    if request.method in ("GET", "HEAD"):
        target = request.full_path if request.query_string else request.path
        return redirect(_sign_in_address(target, held=False), 303)
    page = request.path.rsplit("/", 1)[0] + "/"
    expired = g.get("expired_actor")
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    held = (
        expired is not None
        and any(_is_given_back(name) for name, _value in fields)
        and sum(len(value) for _name, value in fields) <= HELD_FIELDS_LIMIT
        and services.hold_form(expired.id, page, fields, now=now())
    )
    return redirect(_sign_in_address(page, held=held), 303)


def _is_given_back(field: str) -> bool:
    """Tell whether the field is of a form that its page fills again: a text of the editor, answers, a task, marks."""
    return field in ("source", "event_id", "report", "comment") or field.startswith("q-")


def _sign_in_address(target: str, *, held: bool) -> str:
    query = {"next": f"{target}?held=1" if held else target} | ({"held": "1"} if held else {})
    return f"{url_for('accounts.sign_in')}?{urlencode(query)}"


def _with_session(response: BaseResponse, session: services.SignedInSession) -> BaseResponse:
    response.set_cookie(
        current_app.config["SESSION_TOKEN_COOKIE"],
        session.token,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
        path="/",
    )
    return response


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> BaseResponse | str | tuple[str, int]:
    """Show the form, or open a session."""
    form = SignInForm()
    target = local_path(form.next.data or request.args.get("next"), url_for("study.dashboard"))
    form.next.data = target
    if g.actor is not None and request.method == "GET":
        return redirect(target, 303)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            session = services.sign_in(
                form.username.data, form.password.data, source=request.remote_addr or "", now=now()
            )
            if session is not None:
                return _with_session(see_other(target), session)
            form.password.errors = [
                _("User name and password do not fit together. Check both and try again.")
            ]
    return render_template("accounts/sign_in.html", form=form, held="held" in request.args), status


@blueprint.post("/sign-out")
@public
def sign_out() -> BaseResponse:
    """End the session at the server and in the browser."""
    cookie = current_app.config["SESSION_TOKEN_COOKIE"]
    if token := request.cookies.get(cookie):
        services.sign_out(token)
    response = see_other(url_for("study.dashboard"))
    response.delete_cookie(
        cookie, path="/", secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True
    )
    # Answers that were not sent yet stay: session.js has asked, and those of others are not this person's to delete.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.route("/sign-in/<token>", methods=["GET", "POST"])
@public
def sign_in_link(token: str) -> BaseResponse | str | tuple[str, int]:
    """Set a first password by a one-time link."""
    name = queries.find_link_holder(token, now=now())
    if name is None:
        return render_template("accounts/sign_in_link.html", form=None, person_name=""), 404
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            session = services.use_sign_in_link(token, form.password.data, now=now())
        except Refused as refusal:
            form.password.errors = [_(refusal.message) % refusal.params]
        else:
            return _with_session(see_other(url_for("study.dashboard")), session)
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/sign_in_link.html", form=form, person_name=name), status


@blueprint.get("/account/")
@requires(Permission.ACCOUNT_OWN)
def account() -> str:
    """Show the person's own data."""
    return _account_page(ChangePasswordForm())


def _account_page(form: ChangePasswordForm, email_form: EmailForm | None = None) -> str:
    person = queries.get_account(get_actor())
    return render_template(
        "accounts/account.html",
        person=person,
        form=form,
        language_form=LanguageForm(formdata=None, data={"language": person.language or "vi"}),
        email_form=email_form or EmailForm(formdata=None, data={"email": person.email or ""}),
    )


@blueprint.post("/account/email")
@requires(Permission.ACCOUNT_OWN)
def change_email() -> BaseResponse | tuple[str, int]:
    """Change where mail to the person goes."""
    form, actor = EmailForm(), get_actor()
    if form.validate_on_submit():
        try:
            services.set_email(actor.id, form.email.data or "", now=now(), actor_id=actor.id)
        except Refused as refusal:
            form.email.errors = [_(refusal.message) % refusal.params]
        else:
            flash(_("Saved."), "success")
            return see_other(url_for("accounts.account"))
    return _account_page(ChangePasswordForm(formdata=None), form), 422


@blueprint.route("/account/tokens", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def tokens() -> str | tuple[str, int]:
    """List the tokens of the person's programs, and make one; it is shown once."""
    actor, form, status, token = get_actor(), TokenForm(), 200, None
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            try:
                token = services.create_token(
                    actor,
                    form.name.data,
                    days=form.days.data,
                    is_read_only=form.access.data == "read",
                    now=now(),
                    by=actor,
                )
            except Refused as refusal:
                form.name.errors = [_(refusal.message) % refusal.params]
            else:
                form, status = TokenForm(formdata=None), 200
    listed = tuple(queries.list_tokens(actor, now=now()))
    return render_template("accounts/tokens.html", form=form, token=token, tokens=listed), status


@blueprint.post("/account/tokens/<int:number>/revocation")
@requires(Permission.ACCOUNT_OWN)
def revoke_token(number: int) -> BaseResponse:
    """End a token at once."""
    services.revoke_token(get_actor(), number, now=now())
    flash(_("The token was revoked. Programs that use it are locked out from now on."), "success")
    return see_other(url_for("accounts.tokens"))


@blueprint.post("/account/password")
@requires(Permission.ACCOUNT_OWN)
def change_password() -> BaseResponse | tuple[str, int]:
    """Change the own password; every other session of the person ends."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            session = services.change_password(
                get_actor(), form.current_password.data, form.password.data, now=now()
            )
        except Refused as refusal:
            form.current_password.errors = [_(refusal.message) % refusal.params]
        else:
            flash(_("The password was changed. All other devices are signed out."), "success")
            return _with_session(see_other(url_for("accounts.account")), session)
    return _account_page(form), 422


@blueprint.post("/account/language")
@public
def language() -> BaseResponse:
    """Choose the language, for this browser and, when signed in, for the person."""
    form = LanguageForm()
    response = see_other(local_path(form.next.data, url_for("study.dashboard")))
    if form.validate_on_submit():
        if g.actor is not None:
            services.set_language(g.actor, form.language.data)
        remember_language(response, form.language.data)
    return response
