"""What is done to a colleague's or one's own account: each act leaves one row; its owner is told of what matters."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from feedback.errors import FieldRequired, OfficeError
from feedback.models import AccountEvent, KeptText, SignInBrake, User
from feedback.signals import account_changed

Act = AccountEvent.Act

KEPT_FOR = timedelta(hours=24)  # a text whose owner does not come back within a day is thrown away
BRAKES_FOR = timedelta(hours=24)  # by then every delay is long over


class NotYourAccount(OfficeError):
    """Only an administrator resets a colleague's second factor; nobody their own; a superuser's only a superuser."""

    code = "not_your_account"
    status = 403
    vi = "Ông/bà không được làm việc này với tài khoản này. Xin nhờ một người quản trị khác."
    en = "You may not do this with this account. Please ask another administrator."


def note_on_account(
    user: User, act: AccountEvent.Act, *, by: User, at: datetime, method: str = "", reason: str = ""
) -> AccountEvent:
    """Append one row about an account; listeners hear of it after commit."""
    event = AccountEvent.objects.create(user=user, by=by, act=act, at=at, method=method, reason=reason)
    transaction.on_commit(partial(account_changed.send_robust, AccountEvent, account_event_id=event.pk))
    return event


def may_reset(by: User, person: User) -> bool:
    """May `by` take away the second factor of `person`?"""
    administers = by.is_active and (by.is_superuser or by.scope().administrator)
    return administers and by.pk != person.pk and (by.is_superuser or not person.is_superuser)


def reset_second_factor(person: User, *, by: User, reason: str, at: datetime) -> AccountEvent:
    """Take away a lost second factor: app, passkeys and codes go, every session of the person ends, a row says why.

    Raises NotYourAccount, or FieldRequired without a reason.
    """
    if not may_reset(by, person):
        raise NotYourAccount
    if not reason.strip():
        raise FieldRequired("reason")
    with transaction.atomic():
        Authenticator.objects.filter(user_id=person.pk).delete()
        end_sessions(person)
        return note_on_account(person, Act.FACTORS_RESET, by=by, at=at, reason=reason.strip())


def end_sessions(person: User, *, besides: str = "") -> int:
    """End every session of the person except the one with the key `besides`; returns how many."""
    sessions = UserSession.objects.filter(user_id=person.pk).exclude(session_key=besides)
    ended = list(sessions)
    for session in ended:
        session.end()
    return len(ended)


def forget_old_attempts(at: datetime) -> int:
    """Throw away kept texts nobody came back for, and counts of attempts long past; returns how many."""
    texts, _ = KeptText.objects.filter(at__lt=at - KEPT_FOR).delete()
    brakes, _ = SignInBrake.objects.filter(last_at__lt=at - BRAKES_FOR).delete()
    return texts + brakes
