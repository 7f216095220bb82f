"""The moment of a request or command, with the site's day it falls on."""

from learning.progress.moments import Moment
from learning.web.clock import now, zone


def current_moment() -> Moment:
    """Return now."""
    return Moment.of(now(), zone())
