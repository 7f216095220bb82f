"""The trainer's pages: lists, import and export in `lists`, one text in `editor`."""

from learning.authoring.views import editor, lists
from learning.authoring.views.base import blueprint

__all__ = ["blueprint", "editor", "lists"]
