"""Who stands at the door, and which case may be shown to them: the one place where a request becomes an actor."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from rest_framework.request import Request

from api import problems
from api.models import ApiToken
from feedback import actions, errors
from feedback.models import Case, User, hash_secret, parse_reference
from feedback.models.cases import OFFICE_TIME
from feedback.web.citizen import limits

CODE_HEADER = "X-Case-Code"


@dataclass(frozen=True)
class Visitor:
    """A person of the office, or (`staff` None) the citizen who holds the code of the case."""

    staff: User | None

    @property
    def by(self) -> User | actions.Actor:
        return self.staff or actions.CITIZEN


def require_scope(request: Request, scope: str) -> None:
    """A session may do whatever its person may; a token only what it was given. Raises InsufficientScope."""
    if isinstance(request.auth, ApiToken) and scope not in request.auth.scopes:
        raise problems.InsufficientScope(scope=scope)


def staff_of(request: Request, scope: str) -> User:
    """The person behind a token or a session. Raises NotSignedIn (401), InsufficientScope, StaffOnly (403)."""
    if not request.user.is_authenticated:
        if request.auth is None:
            raise problems.NotSignedIn
        require_scope(request, scope)
        raise problems.StaffOnly
    require_scope(request, scope)
    return request.user


def open_case(request: Request, reference: str, scope: str, *related: str) -> tuple[Case, Visitor]:
    """The case behind `reference` for whoever asks. Raises NotFound, the same for wrong reference and wrong code."""
    code = request.headers.get(CODE_HEADER)
    if code is not None:
        return _for_citizen(request, reference, code, related), Visitor(None)
    user = staff_of(request, scope)
    case = _lookup(Case.objects.visible_to(user), reference, related)
    if case is None:
        raise errors.NotFound
    return case, Visitor(user)


def _for_citizen(request: Request, reference: str, code: str, related: tuple[str, ...]) -> Case:
    """Wrong codes are counted per address, right ones are not: whoever follows five letters is not a burglar."""
    limits.check("secret", limits.address(request), *limits.rate("secret"))
    case = _lookup(Case.objects.all(), reference, related)
    fits = case.fits_secret(code[:80]) if case else hmac.compare_digest("-" * 64, hash_secret(code[:80]))
    if case is None or not fits:
        limits.count("secret", limits.address(request))
        raise errors.NotFound
    return case


def _lookup(cases: Any, reference: str, related: tuple[str, ...]) -> Case | None:
    parsed = parse_reference(reference)
    if parsed is None:
        return None
    year, number = parsed
    case: Case | None = cases.select_related(*(related or ("handler",))).filter(pk=number).first()
    fits = case is not None and case.received_at.astimezone(OFFICE_TIME).year == year
    return case if fits else None


def still_visible(case: Case, visitor: Visitor) -> bool:
    """Whether the case may still be shown after an act: a routed or sealed one may have left this person."""
    return visitor.staff is None or Case.objects.visible_to(visitor.staff).filter(pk=case.pk).exists()


def now() -> Any:
    """The moment of the request: time is read at the door and nowhere below it."""
    return timezone.now()
