"""The texts of mail about mail itself."""

from flask import current_app
from flask_babel import gettext


def letter_of_test() -> tuple[str, str]:
    """Return subject and text of a test of the line, in the language of the request or the site."""
    name = current_app.config["SITE_NAME"]
    subject = gettext("Test mail of %(site)s", site=name)
    body = gettext(
        "This is a test: mail of %(site)s arrives at this address. There is nothing for you to do.",
        site=name,
    )
    return subject, body
