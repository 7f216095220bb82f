"""Who may do what: the one table from which routes, queries, templates and docs/permissions.md are derived.

A role is held at an organization and so over everything below it. A permission that nobody needs a role for
belongs to everyone signed in. An organization is named here by its path, `/24/07210/`, so that "at or below"
is a comparison of prefixes.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may be at an organization."""

    LEARNER = "learner"
    TRAINER = "trainer"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One deed that a route, a query or a button may ask for."""

    COURSE_READ = "course:read"
    COURSE_STUDY = "course:study"
    ATTEMPT_OWN = "attempt:own"
    ATTEMPT_MARK = "attempt:mark"
    ATTEMPT_ALLOW = "attempt:allow"
    ACCOUNT_OWN = "account:own"
    COURSE_EDIT = "course:edit"
    COURSE_PUBLISH = "course:publish"
    ORGANIZATION_READ = "organization:read"
    EVALUATION_READ = "evaluation:read"
    REPORT_READ = "report:read"
    REPORT_READ_NAMES = "report:read_names"
    ASSIGNMENT_MANAGE = "assignment:manage"
    SESSION_MANAGE = "session:manage"
    HELP_LOG_OWN = "help_log:own"
    HELP_LOG_READ = "help_log:read"
    PEOPLE_MANAGE = "people:manage"
    AUDIT_READ = "audit:read"
    JOB_MANAGE = "job:manage"
    SETTING_MANAGE = "setting:manage"
    MAIL_MANAGE = "mail:manage"


SIGNED_IN: frozenset[Permission] = frozenset(
    {
        Permission.COURSE_READ,
        Permission.COURSE_STUDY,
        Permission.ATTEMPT_OWN,
        Permission.ACCOUNT_OWN,
        Permission.HELP_LOG_OWN,
    }
)

# What is the whole site's: only who holds the role at the organization above all others may do it.
SITE_WIDE: frozenset[Permission] = frozenset(
    {Permission.JOB_MANAGE, Permission.SETTING_MANAGE, Permission.MAIL_MANAGE}
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.LEARNER: frozenset(),
    Role.TRAINER: frozenset(
        {
            Permission.COURSE_EDIT,
            Permission.COURSE_PUBLISH,
            Permission.ATTEMPT_MARK,
            Permission.SESSION_MANAGE,
            Permission.ORGANIZATION_READ,
            Permission.EVALUATION_READ,
        }
    ),
    Role.MANAGER: frozenset(
        {
            Permission.ORGANIZATION_READ,
            Permission.EVALUATION_READ,
            Permission.REPORT_READ,
            Permission.REPORT_READ_NAMES,
            Permission.ASSIGNMENT_MANAGE,
            Permission.SESSION_MANAGE,
            Permission.HELP_LOG_READ,
            Permission.ATTEMPT_ALLOW,
        }
    ),
    Role.ADMINISTRATOR: frozenset(Permission) - SIGNED_IN,
}


def is_top(path: str) -> bool:
    """Tell whether the path is that of the organization above all others."""
    return path.count("/") == 2


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held at an organization and below it."""

    role: Role
    path: str


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, with what she held when the request began."""

    id: int
    username: str
    name: str
    organization_id: int
    organization_path: str
    language: str | None
    grants: tuple[Grant, ...] = ()

    def scope(self, permission: Permission) -> tuple[str, ...]:
        """Return the organization paths at and below which the permission is held, none inside another."""
        if permission in SIGNED_IN:
            return ("/",)
        paths = {grant.path for grant in self.grants if permission in ROLE_PERMISSIONS[grant.role]}
        if permission in SITE_WIDE:
            paths = {path for path in paths if is_top(path)}
        return tuple(
            sorted(
                path for path in paths if not any(path != other and path.startswith(other) for other in paths)
            )
        )

    def may(self, permission: Permission, path: str | None = None) -> bool:
        """Tell whether the permission is held anywhere, or at the organization with this path."""
        scope = self.scope(permission)
        return bool(scope) if path is None else any(path.startswith(held) for held in scope)
