"""A test client whose requests know nothing of each other or of the test."""

import contextvars
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class IsolatedClient(FlaskClient):
    """Runs each request in a context of its own, as a server does.

    Otherwise Flask would reuse the test's application context, and with it `g` and the database session: the
    person of the first request would still be there in the second.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send one request; the whole answer is read inside its context."""
        kwargs["buffered"] = True
        response: TestResponse = contextvars.Context().run(super().open, *args, **kwargs)
        return response
