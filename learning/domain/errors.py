"""What the field refuses: errors with an English message id and parameters, translated only in the web layer."""


class DomainError(Exception):
    """A refusal that a person is told in her language; `message` is a gettext id with %(name)s places.

    `field` names what was wrong of what was sent, where it is one thing.
    """

    def __init__(self, message: str, *, field: str = "", **params: str | int) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.field = field
        self.params = params


class NotFound(DomainError):
    """Absent, or not for this person: the two are never told apart."""

    def __init__(self, what: str = "", *, field: str = "") -> None:
        super().__init__("This page does not exist, or it is not open to you.", field=field)
        self.what = what


class Conflict(DomainError):
    """Somebody or something was faster; nothing was changed."""


class Refused(DomainError):
    """The request cannot be carried out as it is; nothing was changed."""


class Unreadable(Refused):
    """What was sent is not in the form that is read here."""


class TooManyTries(DomainError):
    """A limit is reached; `retry_after` tells in how many seconds it opens again."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
