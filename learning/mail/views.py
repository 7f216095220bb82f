"""The outbox, for administrators: what waits, what arrived, what the mail server refused."""

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.domain.permissions import Permission
from learning.mail import services
from learning.mail.delivery import find_server
from learning.mail.queries import count_mail, list_mail
from learning.web.access import get_actor, requires
from learning.web.clock import now
from learning.web.forms import see_other

blueprint = Blueprint("mail", __name__, url_prefix="/admin/mail")
MOST = 200  # mails on the page


@blueprint.get("/")
@requires(Permission.MAIL_MANAGE)
def outbox() -> str:
    """Show the outbox, what went wrong first."""
    mails = list_mail(most=MOST)
    if mails:
        services.record_addresses_seen(get_actor(), now=now())
    return render_template("mail/outbox.html", server=find_server(), mails=mails, counts=count_mail())


@blueprint.post("/<int:number>/again")
@requires(Permission.MAIL_MANAGE)
def send_again(number: int) -> ResponseReturnValue:
    """Have a mail sent anew."""
    services.send_again(get_actor(), number, now=now())
    flash(_("It is tried again within a few seconds."), "success")
    return see_other(url_for("mail.outbox"))
