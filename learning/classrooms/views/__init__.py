"""The pages of in-person sessions: planning them, marking attendance, being there."""

from learning.classrooms.views import sessions
from learning.classrooms.views.base import blueprint

__all__ = ["blueprint", "sessions"]
