"""A test client whose requests know nothing of each other or of the test."""

import contextvars
from types import TracebackType
from typing import Any, Self

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class IsolatedClient(FlaskClient):
    """Runs each request in a context of its own, as a server does.

    Otherwise Flask would reuse the test's application context, and with it `g` and the database session: the
    person of the first request would still be there in the second.
    """

    def __enter__(self) -> Self:
        """Be a context manager, as pytest-flask wants it, without keeping a request's context alive."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave nothing behind: nothing was kept."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send one request; the whole answer is read inside its context."""
        kwargs["buffered"] = True
        response: TestResponse = contextvars.Context().run(super().open, *args, **kwargs)
        return response
