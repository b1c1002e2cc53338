"""Who stands at the socket: a whole session of somebody with a desk; looked at again every two seconds.

What opens a page opens a socket, by the same functions: signed in, not idle too long, second factor given, a desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.http.request import validate_host
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from feedback.models import Absence, Membership, User, catalogue
from feedback.models.people import Scope
from feedback.web.account.middleware import over
from feedback.web.account.policy import is_whole
from feedback.workflow import Role

SIGNED_OUT = 4401  # close codes: the page stops
AGAIN = 4403  # what the person may see has changed: the page comes back and is looked at anew
CATCH_UP = 4408  # too slow to read: the page fetches what it missed
TOO_MANY = 4429


@dataclass(frozen=True)
class Person:
    """Somebody who was let in."""

    pk: int
    session: str
    scope: Scope


def same_origin(headers: Mapping[str, str]) -> bool:
    """A page of ours opened this socket, as Django asks of a form: the origin is our own name, or a trusted one."""
    origin, host = headers.get("origin", ""), headers.get("host", "")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    name = urlsplit(f"//{host}").hostname or ""
    ours = validate_host(f"[{name}]" if ":" in name else name, settings.ALLOWED_HOSTS)
    return ours and origin in (f"http://{host}", f"https://{host}")


def session_key(headers: Mapping[str, str]) -> str:
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return cookie.value if cookie is not None else ""


def let_in(key: str) -> Person | None:
    """The person behind a session cookie, or None: signed out, run out, second factor not given, no desk."""
    if not key:
        return None
    request = HttpRequest()
    request.session = SessionStore(key)
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active or over(request.session):
        return None
    if not is_whole(request, user) or not user.scope().works_here:
        return None
    return Person(user.pk, key, user.scope())


class Watch:
    """Which of the people at the sockets may stay. A handful of queries for everybody; remembers what it saw."""

    def __init__(self) -> None:
        self._memberships: dict[int, Any] = {}
        self._book: Any = None

    def leaving(self, people: Iterable[Person]) -> dict[Person, int]:
        """Close code by person, for those whose session or rights are no longer what they were."""
        people = set(people)
        users = User.objects.in_bulk({person.pk for person in people})
        sessions = self._sessions({person.session for person in people})
        changed = self._changed(users)
        codes: dict[Person, int] = {}
        for person in people:
            user = users.get(person.pk)
            if user is None or not _still_signed_in(user, sessions.get(person.session)):
                codes[person] = SIGNED_OUT
            elif person.pk in changed and user.scope() != person.scope:
                codes[person] = AGAIN
        return codes

    def _sessions(self, keys: set[str]) -> dict[str, dict[str, Any]]:
        rows = SessionStore.get_model_class().objects.filter(expire_date__gt=timezone.now())
        store, ordered = SessionStore(), sorted(keys)
        return {
            row.session_key: store.decode(row.session_data)
            for start in range(0, len(ordered), 500)  # databases limit the length of a list
            for row in rows.filter(session_key__in=ordered[start : start + 500])
        }

    def _changed(self, users: dict[int, User]) -> set[int]:
        """Whose scope must be worked out again: their roles moved, a guardian's, somebody's leave, the catalogue."""
        book, roles = catalogue(), _roles()
        guardians = roles.pop(0)
        away = frozenset(repr(row) for row in Absence.objects.on(timezone.localdate()).values())
        now = {pk: (roles.get(pk), guardians, away) for pk in users}
        known = self._memberships if self._book is book else {}
        changed = {pk for pk, held in now.items() if known.get(pk) != held}
        self._memberships, self._book = now, book
        return changed


def _roles() -> dict[int, frozenset[tuple[str, str]]]:
    """(role, unit) by person today; under 0 the guardians of sealed letters, on whom a manager's scope depends."""
    held: dict[int, set[tuple[str, str]]] = {0: set()}
    rows = Membership.objects.current(timezone.localdate())
    for user, role, unit in rows.values_list("user_id", "role", "unit_id"):
        held.setdefault(user, set()).add((role, unit))
        if role == Role.INTEGRITY:
            held[0].add((str(user), unit))
    return {user: frozenset(rows) for user, rows in held.items()}


def _still_signed_in(user: User, session: dict[str, Any] | None) -> bool:
    if session is None or not user.is_active or over(session):
        return False
    same_person = str(session.get(SESSION_KEY)) == str(user.pk)
    return same_person and constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )
