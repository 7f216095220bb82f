"""A person's own certificates, and the page on which anyone asks whether one is real."""

from flask import Blueprint, Response, current_app, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.certificates import services
from learning.certificates.forms import OfficialNumberForm
from learning.certificates.queries import get_certificate, list_certificates
from learning.domain.errors import Refused
from learning.domain.permissions import Permission
from learning.web.access import get_actor, public, requires
from learning.web.clock import now, today
from learning.web.forms import see_other
from learning.web.qr import qr_code

blueprint = Blueprint("certificates", __name__, url_prefix="/certificates")


@blueprint.get("/")
@requires(Permission.ACCOUNT_OWN)
def index() -> str:
    """List the person's own certificates."""
    rows = list_certificates(get_actor().id)
    return render_template("certificates/index.html", certificates=rows, today=today())


@blueprint.get("/<code>/")
@requires(Permission.ACCOUNT_OWN)
def certificate(code: str) -> str:
    """Show one of the person's own certificates, ready to be printed."""
    return _certificate_page(code, None)


def _certificate_page(code: str, form: OfficialNumberForm | None) -> str:
    row = get_certificate(get_actor(), code)
    site_url = current_app.config["SITE"].site_url
    return render_template(
        "certificates/certificate.html",
        certificate=row,
        form=form or OfficialNumberForm(formdata=None, data={"official_number": row.official_number}),
        address=site_url + url_for("certificates.ask"),
        qr=qr_code(site_url + url_for("certificates.verify", code=row.spelled)),
        today=today(),
    )


@blueprint.post("/<code>/official-number")
@requires(Permission.ACCOUNT_OWN)
def note_official_number(code: str) -> ResponseReturnValue:
    """Keep the person's own note of the official confirmation."""
    form = OfficialNumberForm()
    if not form.validate_on_submit():
        return _certificate_page(code, form), 422
    try:
        services.note_official_number(get_actor(), code, form.official_number.data or "")
    except Refused as refusal:
        form.official_number.errors = [_(refusal.message, **refusal.params)]
        return _certificate_page(code, form), 422
    flash(_("Your note is kept."), "success")
    return see_other(url_for("certificates.certificate", code=code))


@blueprint.get("/verify/")
@public
def ask() -> Response:
    """Ask for the code of a certificate, and tell whether that is real."""
    typed = request.args.get("code", "").strip()
    return _verdict(typed) if typed else _private(render_template("certificates/verify.html", typed=""))


@blueprint.get("/verify/<code>")
@public
def verify(code: str) -> Response:
    """Tell whether a certificate is real."""
    return _verdict(code)


def _verdict(typed: str) -> Response:
    found = services.verify(typed, source=request.remote_addr or "", now=now())
    page = render_template("certificates/verify.html", typed=typed, verdict=found, today=today())
    return _private(page, 200 if found else 404)


def _private(page: str, status: int = 200) -> Response:
    """Return a page with a name on it that no search engine is to keep."""
    response = make_response(page, status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
