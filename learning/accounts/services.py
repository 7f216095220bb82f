"""Writing people: creating them, signing in and out, passwords, forms held over an expired session."""

import secrets
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from learning.accounts.models import (
    HELD_PATH_MAXIMUM,
    ApiToken,
    HeldForm,
    Membership,
    Person,
    RoleHeld,
    SignInLink,
    UserSession,
)
from learning.accounts.posts import begin_post, give_role
from learning.accounts.queries import ABSOLUTE, TokenHolder, find_held_form, find_ids, token_hash
from learning.audit.services import record
from learning.database import current_session, is_busy, transaction, upsert
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.mail import checked_address
from learning.domain.permissions import Actor, Role
from learning.domain.plain_text import one_line
from learning.domain.vietnamese import sort_key
from learning.limits.services import Limit, count_try, forget, give_back
from learning.web.clock import zone

ACCOUNT_LIMIT = Limit("sign-in-account", tries=10, window=timedelta(minutes=15))
SOURCE_LIMIT = Limit("sign-in-source", tries=30, window=timedelta(minutes=10))
TOKEN_LIMIT = Limit("wrong-token", tries=100, window=timedelta(minutes=10))
SEEN_EVERY = timedelta(minutes=5)
LINK_LIFETIME = timedelta(days=14)
HELD_LIFETIME = timedelta(days=7)
PASSWORD_MINIMUM, PASSWORD_MAXIMUM = 15, 128
TOKEN_PREFIX = "hoc_"  # noqa: S105  (by which a token found in a file is known as one of ours)
TOKEN_DAYS = 365

# OWASP Password Storage: Argon2id with 19 MiB, 2 passes, 1 lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hashing = threading.BoundedSemaphore(1)  # a process hashes one password at a time, so that pages stay fast
_NOBODY = _hasher.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class SignedInSession:
    """A fresh session: the cookie's token and whose it is."""

    token: str
    person_id: int


def normalize_username(text: str) -> str:
    """Return the one form of a user name: NFKC, no case, no spaces around."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def checked_username(text: str) -> str:
    """Return the one form of a user name; raises Refused for what is none."""
    username = normalize_username(text)
    if not username or len(username) > 100 or not username.isprintable() or " " in username:
        raise Refused("A user name has 1 to 100 visible characters and no spaces.", field="username")
    return username


def hash_password(password: str) -> str:
    """Return the Argon2id hash of the NFKC form of a password."""
    with _hashing:
        return _hasher.hash(unicodedata.normalize("NFKC", password))


def _password_matches(stored: str | None, password: str) -> bool:
    """Tell whether the password is right, in the same time whether or not there is one."""
    with _hashing:
        try:
            _hasher.verify(stored or _NOBODY, unicodedata.normalize("NFKC", password))
        except (Argon2Error, InvalidHashError):
            return False
    return stored is not None


def create_person(
    username: str,
    name: str,
    *,
    organization_id: int,
    roles: Iterable[tuple[Role, int]],
    now: datetime,
    actor_id: int | None = None,
    password_hash: str | None = None,
    is_demonstration: bool = False,
    email: str = "",
) -> int:
    """Add a person with roles at organizations; returns her id.

    Raises Refused for names that are none and for an address that is none, Conflict for a user name that is taken.
    """
    username = checked_username(username)
    line = one_line(name, maximum=200)
    if line is None:
        raise Refused("A name has 1 to 200 characters, letters among them, on one line.", field="name")
    address = checked_address(email)
    with transaction() as session:
        person_id = session.scalar(
            upsert(session, Person)
            .values(
                username=username,
                name=line,
                sort_key=_person_key(line),
                organization_id=organization_id,
                email=address,
                generation=1,
                password_hash=password_hash,
                is_demonstration=is_demonstration,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=[Person.username])
            .returning(Person.id)
        )
        if person_id is None:
            raise Conflict("The user name %(username)s is taken.", field="username", username=username)
        begin_post(person_id, organization_id, day=now.astimezone(zone()).date())
        for role, at in roles:
            give_role(person_id, role, at, now=now, actor_id=actor_id)
        return int(person_id)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody to be added with others; the names are as `checked_username` and `one_line` return them."""

    username: str
    name: str
    organization_id: int
    role: Role
    role_at: int
    position: str = ""
    audience: str | None = None
    absence: str | None = None
    email: str | None = None


def add_people(accounts: Sequence[NewAccount], *, now: datetime) -> list[int]:
    """Add many people, a few statements for all of them; returns their ids in this order.

    Raises Conflict when a user name was taken meanwhile.
    """
    if not accounts:
        return []
    day = now.astimezone(zone()).date()
    try:
        with transaction() as session:
            connection = session.connection()
            connection.execute(
                insert(Person),
                [
                    {
                        "username": one.username,
                        "name": one.name,
                        "sort_key": _person_key(one.name),
                        "organization_id": one.organization_id,
                        "email": one.email,
                        "generation": 1,
                        "is_demonstration": False,
                        "created_at": now,
                    }
                    for one in accounts
                ],
            )
            ids = find_ids([one.username for one in accounts])
            connection.execute(
                insert(Membership),
                [
                    {
                        "person_id": person_id,
                        "organization_id": one.organization_id,
                        "is_main": True,
                        "position": one.position,
                        "audience": one.audience,
                        "began_on": day,
                        "absence": one.absence,
                        "absent_from": day if one.absence else None,
                    }
                    for person_id, one in zip(ids, accounts, strict=True)
                ],
            )
            connection.execute(
                insert(RoleHeld),
                [
                    {"person_id": person_id, "role": one.role.value, "organization_id": one.role_at}
                    for person_id, one in zip(ids, accounts, strict=True)
                ],
            )
    except IntegrityError as error:
        raise Conflict("One of these people was added by somebody else just now. Look again.") from error
    return ids


def rename_person(person_id: int, name: str) -> None:
    """Let a person have another name, one line of text."""
    with transaction() as session:
        session.execute(
            update(Person).where(Person.id == person_id).values(name=name, sort_key=_person_key(name))
        )


def set_email(person_id: int, address: str, *, now: datetime, actor_id: int | None) -> None:
    """Let mail to a person go to an address, or nowhere for an empty one; raises Refused for what is none."""
    email = checked_address(address)
    with transaction() as session:
        session.execute(update(Person).where(Person.id == person_id).values(email=email))
        record(
            "person.email_changed",
            f"person:{person_id}",
            actor_id=actor_id,
            now=now,
            has=int(email is not None),
        )


def _person_key(name: str) -> str:
    """Return the key that sorts people the Vietnamese way: by given name, then by the rest."""
    words = name.split()
    return sort_key(" ".join([words[-1], *words[:-1]]))


def create_sign_in_link(person_id: int, *, now: datetime) -> str:
    """Return the token of a fresh one-time link; earlier unused links of the person end."""
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        session.execute(
            delete(SignInLink).where(SignInLink.person_id == person_id, SignInLink.used_at.is_(None))
        )
        session.add(
            SignInLink(token_hash=token_hash(token), person_id=person_id, expires_at=now + LINK_LIFETIME)
        )
        session.flush()
    return token


def use_sign_in_link(token: str, password: str, *, now: datetime) -> SignedInSession:
    """Set the password of the person the link is for and sign her in; raises Refused."""
    check_password(password)
    hashed = hash_password(password)
    with transaction() as session:
        person_id = session.scalar(
            update(SignInLink)
            .where(
                SignInLink.token_hash == token_hash(token),
                SignInLink.used_at.is_(None),
                SignInLink.expires_at > now,
                SignInLink.person_id.in_(select(Person.id).where(Person.disabled_at.is_(None))),
            )
            .values(used_at=now)
            .returning(SignInLink.person_id)
        )
        if person_id is None:
            raise Refused("This link was used already or is too old. Ask for a new one.")
        _set_password(person_id, hashed)
        record("password.set", f"person:{person_id}", actor_id=person_id, now=now)
        return _open_session(person_id, now=now)


def check_password(password: str) -> None:
    """Refuse a password that is too short or too long (NIST SP 800-63B-4: length, no composition rules)."""
    if not PASSWORD_MINIMUM <= len(unicodedata.normalize("NFKC", password)) <= PASSWORD_MAXIMUM:
        raise Refused(
            "A password has %(minimum)s to %(maximum)s characters; a few words in a row are easy to keep.",
            minimum=PASSWORD_MINIMUM,
            maximum=PASSWORD_MAXIMUM,
        )


def change_password(actor: Actor, current: str, new: str, *, now: datetime) -> SignedInSession:
    """Change the actor's password, end all her sessions and open a fresh one; raises Refused, TooManyTries."""
    check_password(new)
    count_try(ACCOUNT_LIMIT, actor.username, now=now)
    stored = current_session().scalar(select(Person.password_hash).where(Person.id == actor.id))
    if not _password_matches(stored, current):
        raise Refused("The current password is not right.")
    hashed = hash_password(new)
    with transaction():
        forget(ACCOUNT_LIMIT, actor.username)
        _set_password(actor.id, hashed)
        record("password.changed", f"person:{actor.id}", actor_id=actor.id, now=now)
        return _open_session(actor.id, now=now)


def _set_password(person_id: int, hashed: str) -> None:
    with transaction() as session:
        session.execute(
            update(Person)
            .where(Person.id == person_id)
            .values(password_hash=hashed, generation=Person.generation + 1)
        )
        session.execute(delete(UserSession).where(UserSession.person_id == person_id))


def sign_in(username: str, password: str, *, source: str, now: datetime) -> SignedInSession | None:
    """Open a session, or return None for an unknown name and a wrong password alike; raises TooManyTries."""
    username = normalize_username(username)[:200]
    count_try(SOURCE_LIMIT, source, now=now)
    count_try(ACCOUNT_LIMIT, username, now=now)
    row = (
        current_session()
        .execute(
            select(Person.id, Person.password_hash).where(
                Person.username == username, Person.disabled_at.is_(None)
            )
        )
        .one_or_none()
    )
    matches = _password_matches(row.password_hash if row else None, password[: PASSWORD_MAXIMUM * 4])
    if row is None or not matches:
        return None
    renewed = hash_password(password) if _hasher.check_needs_rehash(row.password_hash) else None
    with transaction() as session:
        forget(ACCOUNT_LIMIT, username)
        give_back(SOURCE_LIMIT, source)
        if renewed:
            session.execute(update(Person).where(Person.id == row.id).values(password_hash=renewed))
        return _open_session(row.id, now=now)


def _open_session(person_id: int, *, now: datetime) -> SignedInSession:
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        session.execute(
            delete(UserSession).where(
                UserSession.person_id == person_id, UserSession.created_at < now - ABSOLUTE
            )
        )
        generation = session.scalars(select(Person.generation).where(Person.id == person_id)).one()
        session.add(
            UserSession(
                token_hash=token_hash(token),
                person_id=person_id,
                generation=generation,
                created_at=now,
                last_seen_at=now,
            )
        )
        session.flush()
    return SignedInSession(token, person_id)


def touch_session(token: str, *, last_seen_at: datetime, now: datetime) -> None:
    """Remember that the session is in use, at most every five minutes; a busy database is left alone."""
    if now - last_seen_at < SEEN_EVERY:
        return
    try:
        with transaction() as session:
            session.execute(
                update(UserSession)
                .where(UserSession.token_hash == token_hash(token))
                .values(last_seen_at=now)
            )
    except DBAPIError as error:
        if not is_busy(error):
            raise  # a page can be read all the same, and the next request remembers


def create_token(
    actor: Actor, name: str, *, days: int, is_read_only: bool, now: datetime, by: Actor | None = None
) -> str:
    """Make a token for the actor's programs and return it; only its hash is kept.

    It works for 1 to 365 days, and ends with the password it was made under. Raises Refused.
    """
    title = one_line(name, maximum=100)
    if title is None:
        raise Refused("Give the token a name of 1 to 100 characters.", field="name")
    if not 1 <= days <= TOKEN_DAYS:
        raise Refused("A token works for 1 to %(maximum)s days.", field="days", maximum=TOKEN_DAYS)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with transaction() as session:
        generation = session.scalars(select(Person.generation).where(Person.id == actor.id)).one()
        row = ApiToken(
            person_id=actor.id,
            name=title,
            token_hash=token_hash(token),
            is_read_only=is_read_only,
            generation=generation,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        session.add(row)
        session.flush()
        record("token.created", f"token:{row.id}", actor_id=by.id if by else None, now=now, person=actor.id)
    return token


def revoke_token(actor: Actor, token_id: int, *, now: datetime) -> None:
    """End one of the actor's own tokens; raises NotFound."""
    with transaction() as session:
        revoked = session.scalar(
            update(ApiToken)
            .where(ApiToken.id == token_id, ApiToken.person_id == actor.id, ApiToken.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(ApiToken.id)
        )
        if revoked is None:
            raise NotFound
        record("token.revoked", f"token:{token_id}", actor_id=actor.id, now=now)


def count_wrong_token(source: str, *, now: datetime) -> None:
    """Count a token that does not work against where it came from; raises TooManyTries."""
    count_try(TOKEN_LIMIT, source, now=now)


def touch_token(holder: TokenHolder, *, now: datetime) -> None:
    """Remember that the token is in use, at most every five minutes; a busy database is left alone."""
    if holder.last_used_at is not None and now - holder.last_used_at < SEEN_EVERY:
        return
    try:
        with transaction() as session:
            session.execute(update(ApiToken).where(ApiToken.id == holder.token_id).values(last_used_at=now))
    except DBAPIError as error:
        if not is_busy(error):
            raise


def sign_out(token: str) -> None:
    """End the session at the server."""
    with transaction() as session:
        session.execute(delete(UserSession).where(UserSession.token_hash == token_hash(token)))


def set_language(actor: Actor, language: str) -> None:
    """Remember the language the person reads."""
    with transaction() as session:
        session.execute(update(Person).where(Person.id == actor.id).values(language=language))


def hold_form(person_id: int, path: str, fields: list[tuple[str, str]], *, now: datetime) -> bool:
    """Keep what was sent to `path` over an expired session; a later sending to it takes its place.

    Returns whether it is kept: an address that no form of ours has is not.
    """
    if len(path) > HELD_PATH_MAXIMUM:
        return False
    kept = {"fields": [list(field) for field in fields], "held_at": now}
    with transaction() as session:
        session.execute(delete(HeldForm).where(HeldForm.held_at < now - HELD_LIFETIME))
        session.execute(
            upsert(session, HeldForm)
            .values(person_id=person_id, path=path, **kept)
            .on_conflict_do_update(index_elements=[HeldForm.person_id, HeldForm.path], set_=kept)
        )
    return True


def take_held_form(actor: Actor, path: str) -> dict[str, str] | None:
    """Return the fields of the form that was held for a page, and forget it; None where there is none."""
    held = find_held_form(actor, path)
    if held is None:
        return None
    drop_held_form(actor, path)
    return dict(held[1])


def drop_held_form(actor: Actor, path: str) -> None:
    """Forget a held form, once it was used."""
    with transaction() as session:
        session.execute(delete(HeldForm).where(HeldForm.person_id == actor.id, HeldForm.path == path))


def forget_expired(*, now: datetime) -> int:
    """Remove sessions, sign-in links and held forms whose time is long over; returns how many.

    A session is kept for as long after its end as a form sent over it could still be held for its person.
    """
    old = (
        delete(UserSession).where(UserSession.created_at < now - ABSOLUTE - HELD_LIFETIME),
        delete(SignInLink).where(SignInLink.expires_at < now - LINK_LIFETIME),
        delete(HeldForm).where(HeldForm.held_at < now - HELD_LIFETIME),
    )
    with transaction() as session:
        return sum(session.connection().execute(statement).rowcount for statement in old)
