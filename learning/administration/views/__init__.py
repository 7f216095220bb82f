"""The pages of administrators: the site itself, and its people."""

from learning.administration.views import imports, people, site
from learning.administration.views.base import blueprint

__all__ = ["blueprint", "imports", "people", "site"]
