"""The link a citizen gets by mail: opens one case without the secret code, for a month, never a sealed one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

if TYPE_CHECKING:
    from feedback.models import Case

MAX_AGE = timedelta(days=30)


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="case-link", sep=".")


def case_link(case: Case) -> str:
    """Absolute address for a mail to the sender; "" for a sealed case: a mailbox has more readers than its owner."""
    if case.sealed:
        return ""
    return settings.SITE_URL + reverse("case_link", args=[_signer().sign(str(case.pk))])


def case_of_token(token: str) -> int | None:
    """Primary key of the case a token opens; None when it is forged or older than MAX_AGE."""
    try:
        return int(_signer().unsign(token, max_age=MAX_AGE))
    except (BadSignature, ValueError):
        return None
