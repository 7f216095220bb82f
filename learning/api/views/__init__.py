"""The calls of the API, one module for each kind of caller; importing them fills the table of calls."""

from learning.api.calls import blueprint
from learning.api.views import description, learner, management, programs

__all__ = ["blueprint", "description", "learner", "management", "programs"]
