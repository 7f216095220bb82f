"""The trainer's pages: lists, import and export in `lists`, one text in `editor`, figures in `analysis`."""

from learning.authoring.views import analysis, editor, lists
from learning.authoring.views.base import blueprint

__all__ = ["analysis", "blueprint", "editor", "lists"]
