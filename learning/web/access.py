"""Who may come in: each route declares what it needs, and the site does not start while one does not."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, g
from flask_login import UserMixin, current_user

from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission

P = ParamSpec("P")
R = TypeVar("R")
PUBLIC = "public"


class SignInNeeded(Exception):
    """The page is for people signed in, and nobody is."""


class UndeclaredRoute(Exception):
    """A route says neither `@requires` nor `@public`; the message names it."""


@dataclass(frozen=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """The user as flask-login wants to see it, around the actor."""

    actor: Actor

    def get_id(self) -> str:
        """Return the person's id."""
        return str(self.actor.id)


def find_actor() -> Actor | None:
    """Return the person signed in, or None."""
    return current_user.actor if current_user.is_authenticated else None


def get_actor() -> Actor:
    """Return the person signed in; raises SignInNeeded."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise SignInNeeded
    return actor


def requires(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only people through who hold the permission somewhere; for others the page does not exist."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not get_actor().may(permission):
                raise NotFound
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Declare a route that everyone may open."""
    view.permission = PUBLIC  # type: ignore[attr-defined]
    return view


def declared_permissions(app: Flask) -> dict[str, str]:
    """Return endpoint -> declared permission; raises UndeclaredRoute."""
    declared: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        permission: Any = getattr(app.view_functions[rule.endpoint], "permission", None)
        if permission is None:
            raise UndeclaredRoute(f"{rule.rule} ({rule.endpoint}) declares no permission")
        declared[rule.endpoint] = str(permission)
    return declared
