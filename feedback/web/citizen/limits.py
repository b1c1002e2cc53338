"""How much one address may do, and what happens under pressure. No third party, no picture puzzles.

A letter is never simply refused because many come from one place: a whole village may share the telephone of the
post office, and mobile networks put thousands of people behind one address. So there are two steps.

- Above the rate "submit" (per address), or when more than SUBMIT_PRESSURE letters a minute arrive from everywhere,
  sending costs something: a small computation by the browser (proof of work, about two seconds on a cheap telephone),
  or, without script, SLOW_ROAD seconds of waiting per letter. Typing a letter takes longer than that, so a person
  hardly notices; ten thousand letters from a script do.
- Only above HARD times that rate an address has to wait until the hour has moved on. The draft is kept meanwhile.

Counts live in the cache; form and API use these functions both, so they count together.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from datetime import datetime, timedelta

from altcha import v1 as altcha
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from feedback.errors import TooManyRequests
from feedback.models import IntakeDraft

HARD = 5
SLOW_ROAD = 45  # seconds
FILES_AN_HOUR = 200  # uploads held in drafts, per address: 2 GB at the very most
DRAFTS_AN_HOUR = 300  # letters begun, per address; a draft may hold 2 MB of words
# Looks for an answer while typing, per address: one for every pause in typing, of several people behind one address.
HINTS_AN_HOUR = 600
TRIES_PER_CASE = (
    100  # wrong codes per reference and hour; 80 bits need no less, and a neighbour must not lock one out
)
_WORK = 100_000  # hashes at most; half of that on average
_PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def address(request: HttpRequest) -> str:
    """The peer's address; the server has already weighed what proxies say (HOIAM_PROXIES)."""
    return str(request.META.get("REMOTE_ADDR", ""))


def rate(scope: str) -> tuple[int, int]:
    """(how many, in how many seconds) from the settings' "20/hour"."""
    rates: dict[str, str] = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]  # type: ignore[assignment]  # a mixed dict
    number, period = rates[scope].split("/")
    return int(number), _PERIODS[period[0]]


def hidden(ident: str) -> str:
    """`ident` as a keyed hash: the cache holds no list of citizens' addresses."""
    return hashlib.sha256(f"{settings.SECRET_KEY}{ident}".encode()).hexdigest()[:24]


def place(scope: str, ident: str) -> str:
    """Where the acts of `ident` are counted."""
    return f"limit-{scope}-{hidden(ident)}"


def _history(scope: str, ident: str, seconds: int) -> list[float]:
    held: list[float] = cache.get(place(scope, ident), [])
    return [moment for moment in held if moment > time.time() - seconds]


def count(scope: str, ident: str, seconds: int | None = None) -> None:
    """Note one more act of `ident` in `scope`."""
    seconds = seconds or rate(scope)[1]
    held = [time.time(), *_history(scope, ident, seconds)]
    cache.set(place(scope, ident), held, seconds)


def check(scope: str, ident: str, limit: int, seconds: int) -> None:
    """Raise TooManyRequests, with the seconds until the next try, at `limit` acts within `seconds`."""
    held = _history(scope, ident, seconds)
    if len(held) >= limit:
        raise TooManyRequests(wait=max(1, int(held[limit - 1] + seconds - time.time()) + 1))


# --- Letters ---------------------------------------------------------------------------------------
def letter_sent(request: HttpRequest) -> None:
    """Count a letter for its address and for the minute."""
    count("submit", address(request))
    key = _minute()
    if not cache.add(key, 1, 120):
        cache.incr(key)


def _minute() -> str:
    return f"letters-minute-{int(time.time() // 60)}"


def under_pressure(request: HttpRequest) -> bool:
    number, seconds = rate("submit")
    busy = int(cache.get(_minute(), 0)) >= settings.SUBMIT_PRESSURE
    return busy or len(_history("submit", address(request), seconds)) >= number


def gate(request: HttpRequest, draft: IntakeDraft, at: datetime) -> None:
    """Let a letter pass, or raise TooManyRequests with the seconds to wait. The draft remembers who began to wait."""
    if not under_pressure(request):
        return
    number, seconds = rate("submit")
    check("submit", address(request), number * HARD, seconds)
    if solved(request.POST.get("altcha", "")):
        return
    since = draft.data.get("waiting_until")
    if since is None:
        draft.data = {**draft.data, "waiting_until": (at + timedelta(seconds=SLOW_ROAD)).timestamp()}
        draft.save()
        raise TooManyRequests(wait=SLOW_ROAD)
    left = float(since) - at.timestamp()
    if left > 0:
        raise TooManyRequests(wait=int(left) + 1)


# --- Proof of work -----------------------------------------------------------------------------------
def _key() -> str:
    return f"proof-of-work:{settings.SECRET_KEY}"


def challenge(at: datetime) -> str:
    """A puzzle for js/pow.js as JSON, good for an hour."""
    wanted = altcha.ChallengeOptions(max_number=_WORK, hmac_key=_key(), expires=at + timedelta(hours=1))
    made = altcha.create_challenge(wanted)
    return json.dumps(made.to_dict())


def solved(payload: str) -> bool:
    """True once for each puzzle solved."""
    if not payload or len(payload) > 2000:
        return False
    try:
        right, _ = altcha.verify_solution(payload, _key())
    except (ValueError, TypeError, AttributeError):  # whatever a stranger may put into the field
        return False
    return bool(right) and bool(cache.add(f"pow-used-{_puzzle(payload)}", 1, 3600))


def _puzzle(payload: str) -> str:
    """The puzzle's own name inside a solution, so that dressing it differently does not make it new."""
    return str(json.loads(base64.b64decode(payload))["signature"])


# --- Files and secret codes ------------------------------------------------------------------------
def file_held(request: HttpRequest) -> None:
    """Count a file kept for a draft. Raises TooManyRequests: disks are finite."""
    check("files", address(request), FILES_AN_HOUR, 3600)
    count("files", address(request), 3600)


def draft_begun(request: HttpRequest) -> None:
    """Count a letter begun. Raises TooManyRequests, for the same reason."""
    check("drafts", address(request), DRAFTS_AN_HOUR, 3600)
    count("drafts", address(request), 3600)


def hint_asked(request: HttpRequest) -> None:
    """Count a look for an answer given already. Raises TooManyRequests; the form goes on without hints."""
    check("hints", address(request), HINTS_AN_HOUR, 3600)
    count("hints", address(request), 3600)


def code_tried(request: HttpRequest, reference: str) -> None:
    """Count an attempt at a secret code, by address and by reference. Raises TooManyRequests."""
    number, seconds = rate("secret")
    check("secret", address(request), number, seconds)
    check("secret-of", reference, TRIES_PER_CASE, 3600)
    count("secret", address(request))


def code_wrong(reference: str) -> None:
    count("secret-of", reference, 3600)
