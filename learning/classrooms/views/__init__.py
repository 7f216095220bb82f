"""The pages of in-person sessions: planning them, marking attendance, being there."""

from learning.classrooms.views import attendance, help_log, presence, sessions
from learning.classrooms.views.base import blueprint

__all__ = ["attendance", "blueprint", "help_log", "presence", "sessions"]
