"""Who may open a citizen's page: a browser that proved the secret code or followed a mailed link, for two hours.

The session remembers case numbers and when each was last used; nothing else. Parts split from a letter open with it.
"""

from __future__ import annotations

import hmac
import time

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from feedback.models import Case, hash_secret, parse_reference

IDLE = 2 * 3600  # seconds
_REFRESH = 300  # seconds between two writes of the session
_KEY = "cases"
_NOBODY = SimpleLazyObject(lambda: hash_secret("no case has this code"))


def find_case(reference: str) -> Case | None:
    """The case with this public reference, as typed; None when there is none."""
    parsed = parse_reference(reference)
    if parsed is None:
        return None
    case = Case.objects.filter(pk=parsed[1]).first()
    return case if case is not None and case.reference.startswith(f"HA-{parsed[0]}-") else None


def proved(reference: str, code: str) -> Case | None:
    """The case, if reference and code fit together. The comparison is made even when there is no case."""
    case = find_case(reference)
    if case is None:
        hmac.compare_digest(str(_NOBODY), hash_secret(code))
        return None
    return case if case.fits_secret(code) else None


def grant(request: HttpRequest, case: Case) -> None:
    """Open the case, and the other parts of the same letter, to this session."""
    root = case.split_from_id or case.pk
    family = Case.objects.filter(split_from=root, secret_hash=case.secret_hash).values_list("pk", flat=True)
    granted = _granted(request)
    now = int(time.time())
    granted |= {str(pk): now for pk in (case.pk, root, *family)}
    request.session.cycle_key()  # a session id planted by somebody else opens nothing
    request.session[_KEY] = granted


def may_open(request: HttpRequest, case: Case) -> bool:
    """True when this session proved the case (or the letter it was split from) within IDLE."""
    granted, now = _granted(request), int(time.time())
    mine = next((key for key in (str(case.pk), str(case.split_from_id)) if key in granted), None)
    if mine is None:
        return False
    if now - granted[mine] > _REFRESH:
        request.session[_KEY] = {**granted, mine: now}
    return True


def leave(request: HttpRequest) -> None:
    """Forget every case opened in this browser."""
    request.session.pop(_KEY, None)


def _granted(request: HttpRequest) -> dict[str, int]:
    limit = int(time.time()) - IDLE
    held: dict[str, int] = request.session.get(_KEY, {})
    return {pk: used for pk, used in held.items() if used >= limit}
