"""Sending what waits in the outbox: the job, which may be ended at any moment and begun again."""

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app

from learning.domain.mail import MailServer
from learning.mail.models import MailState
from learning.mail.services import (
    has_mail_due,
    note_mail,
    plan_next,
    postpone_mail,
    settle_mail,
    take_mail,
)
from learning.mail.smtp import Line, ServerAway, dial

BUDGET = 60.0  # seconds, after which other jobs have their turn

log = logging.getLogger(__name__)


def find_server() -> MailServer | None:
    """Return the mail server of the settings; None where no mail is set up."""
    server: MailServer | None = current_app.config["SITE"].mail_server
    return server


def deliver(_arguments: Mapping[str, Any], now: datetime) -> int:
    """Send what is due; returns how many mails the server took. What waits is planned anew.

    The database is asked between two words to the server, never across one: nobody waits for a server that hangs.
    """
    settle_mail(now=now)
    server = find_server()
    if server is None:
        return 0
    sent = 0
    try:
        if has_mail_due(now=now):
            with dial(server) as line:
                sent = _send_all(line, now=now)
    except ServerAway as away:
        log.warning("the mail server takes nothing: %s", away)
        postpone_mail(str(away), now=now)
    plan_next(now=now)
    return sent


def _send_all(line: Line, *, now: datetime) -> int:
    sent = 0
    until = time.monotonic() + BUDGET
    while time.monotonic() < until and (mail := take_mail(now=now)) is not None:
        try:
            verdict = line.send(mail)
        except ServerAway as away:
            note_mail(mail, MailState.WAITING, str(away), now=now)
            raise
        note_mail(mail, verdict.state, verdict.words, now=now)
        if verdict.state is MailState.UNKNOWN:
            raise ServerAway(verdict.words)
        sent += verdict.state is MailState.SENT
    return sent
