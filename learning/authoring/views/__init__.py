"""The trainer's pages: `lists`, import and export, one text in the `editor`, what was answered to a quiz."""

from learning.authoring.views import analysis, editor, exchange, lists, regrading
from learning.authoring.views.base import blueprint

__all__ = ["analysis", "blueprint", "editor", "exchange", "lists", "regrading"]
