"""Links that go out by mail: a citizen's opens one case for a month, never a sealed one; a member of staff's lets them
choose a password."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

if TYPE_CHECKING:
    from feedback.models import Case, User

MAX_AGE = timedelta(days=30)


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="case-link", sep=".")


def case_link(case: Case) -> str:
    """Absolute address for a mail to the sender; "" for a sealed case: a mailbox has more readers than its owner."""
    if case.sealed:
        return ""
    return settings.SITE_URL + reverse("case_link", args=[_signer().sign(str(case.pk))])


def sign_in_link(user: User) -> str:
    """Absolute address where a member of staff chooses a password; good for three days (PASSWORD_RESET_TIMEOUT), once,
    and not after a sign-in. Made when it is sent: nothing of it is stored."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return settings.SITE_URL + reverse("account_link", args=[uid, token])


def case_of_token(token: str) -> int | None:
    """Primary key of the case a token opens; None when it is forged or older than MAX_AGE."""
    try:
        return int(_signer().unsign(token, max_age=MAX_AGE))
    except (BadSignature, ValueError):
        return None
