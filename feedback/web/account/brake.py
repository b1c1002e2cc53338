"""The brake on guessing: after a few failures each further one makes its own place at the door wait longer.

Counted under three fingerprints, never under the account alone, so that nobody can shut a colleague out:

- a browser in which this account has signed in before carries a signed cookie and is counted by itself;
- any other browser is counted by account and network: a person locked out there gets in from their own desk;
- a network is counted over all accounts, against one password tried on many names.

An attempt is counted before the password is looked at and forgiven when it was right: a hundred at once gain nothing.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from feedback.models import SignInBrake

COOKIE = "known_device"
COOKIE_AGE = 180 * 24 * 3600  # seconds
LONGEST = timedelta(minutes=15)  # four guesses an hour: the thousand commonest passwords take ten days


@dataclass(frozen=True)
class Place:
    """One fingerprint attempts are counted under, and how many are free."""

    key: str
    free: int
    forgotten_after: timedelta


def places(request: HttpRequest, username: str) -> tuple[Place, Place]:
    """Where an attempt on `username` from this browser counts: its own place, and the network's."""
    who, network = username.strip().lower(), network_of(request)
    device = _device(request, username)
    own = f"device|{who}|{device}" if device else f"account|{who}|{network}"
    # A person mistypes three or four times. Thirty: an office behind one address, on a Monday morning.
    return (
        Place(_fingerprint(own), 5, timedelta(hours=24)),
        Place(_fingerprint(f"network|{network}"), 30, timedelta(minutes=15)),
    )


def factor_place(user_id: int) -> Place:
    """Second factors are counted by account alone: only who has the password comes as far as this."""
    return Place(_fingerprint(f"factor|{user_id}"), 5, timedelta(hours=24))


def network_of(request: HttpRequest) -> str:
    """The address of the connection; of IPv6 the 64 bits that a household or an office is given."""
    address = request.META.get("REMOTE_ADDR", "")
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return str(address)
    return str(ipaddress.ip_network((read, 64), strict=False)) if read.version == 6 else str(read)


def take(place: Place, at: datetime) -> datetime | None:
    """Count one attempt. Returns until when the place is shut; None: go on and look at the password."""
    with transaction.atomic():
        SignInBrake.objects.get_or_create(key=place.key, defaults={"last_at": at})
        row = SignInBrake.objects.select_for_update().get(key=place.key)
        if row.until is not None and row.until > at:
            return row.until
        if row.last_at < at - place.forgotten_after:
            row.failures = 0
        row.failures, row.last_at = row.failures + 1, at
        row.until = at + _delay(row.failures - place.free) if row.failures >= place.free else None
        row.save()
    return None


def shut_until(place: Place, at: datetime) -> datetime | None:
    """Until when the place is shut, without counting anything."""
    return SignInBrake.objects.filter(key=place.key, until__gt=at).values_list("until", flat=True).first()


def forgive(place: Place) -> None:
    """The attempt was right: the slips before it are forgotten."""
    SignInBrake.objects.filter(key=place.key).delete()


def give_back(place: Place) -> None:
    """The attempt was right, but others count here too: only this one is taken back."""
    with transaction.atomic():
        row = SignInBrake.objects.select_for_update().filter(key=place.key).first()
        if row is not None:
            row.failures = max(row.failures - 1, 0)
            row.until = row.until if row.failures >= place.free else None
            row.save()


def _delay(beyond: int) -> timedelta:
    """1, 2, 4, 8 minutes, then always LONGEST."""
    return min(timedelta(minutes=1) * 2 ** min(beyond, 10), LONGEST)


def _fingerprint(words: str) -> str:
    """No account name and no address stands in the table."""
    return hashlib.sha256(f"{settings.SECRET_KEY}|brake|{words}".encode()).hexdigest()


# --- Browsers that have been here before --------------------------------------------------------------
def _device(request: HttpRequest, username: str) -> str:
    """The mark of a browser in which this account has signed in before; "" for any other."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return ""
    return str(found["mark"]) if _fingerprint_of_account(username) in found["accounts"] else ""


def remember_device(request: HttpRequest, response: HttpResponseBase, username: str) -> None:
    """Mark this browser as one in which `username` has signed in; a desk shared by a few people keeps them all."""
    who = _fingerprint_of_account(username)
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_AGE)
    except signing.BadSignature:
        found = {"mark": secrets.token_hex(8), "accounts": []}
    accounts = [who, *(one for one in found["accounts"] if one != who)][:5]
    response.set_cookie(
        COOKIE,
        signing.dumps({"mark": found["mark"], "accounts": accounts}, salt=COOKIE),
        max_age=COOKIE_AGE,
        path=settings.LOGIN_URL,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _fingerprint_of_account(username: str) -> str:
    return _fingerprint(f"name|{username.strip().lower()}")[:16]
