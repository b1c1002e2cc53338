"""Who works here: people taken on, changed, given roles and let go. Every act stands in the administrators' log.

Nobody changes their own roles or account here, and a superuser's account is a superuser's to change: whoever keeps the
people cannot quietly become somebody who reads sealed letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from feedback import errors
from feedback.actions import accounts, assignment
from feedback.actions.actor import SYSTEM
from feedback.actions.office_log import (
    put,
    record,
    require_administrator,
    require_unchanged,
    said,
)
from feedback.actions.spine import act
from feedback.models import AccountEvent, Case, Membership, OfficeAct, User, catalogue
from feedback.models.people import OFFICE_ROLES
from feedback.workflow import Role, sources

What = OfficeAct.What
PERSON = ("display_name", "email", "language", "weekly_capacity")
DESK = ("valid_from", "valid_to", "skills", "capacity")
MOST_A_WEEK = 200
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")


class AccountUnreadable(errors.OfficeError):
    code = "account_unreadable"
    vi = "Tên tài khoản chỉ gồm chữ thường không dấu, số, dấu chấm, gạch nối, dài 3–60 ký tự, ví dụ can-bo-hctp-3."
    en = "An account name has 3 to 60 lower-case letters, digits, full stops or hyphens, like can-bo-hctp-3."


class AccountTaken(errors.OfficeError):
    code = "account_taken"
    status = 409
    vi = "Đã có tài khoản tên này. Xin chọn tên khác."
    en = "There is an account of this name already. Please choose another."


class AddressUnreadable(errors.OfficeError):
    code = "address_unreadable"
    vi = "Địa chỉ thư điện tử này không đúng. Ví dụ đúng: ten@example.vn."
    en = "This e-mail address is not valid. A valid one: name@example.vn."


class AddressTaken(errors.OfficeError):
    """Two accounts with one address: single sign-on opens neither (docs/sign-in.md)."""

    code = "address_taken"
    status = 409
    vi = "Một tài khoản khác đã dùng địa chỉ này. Mỗi người cần một địa chỉ riêng để đăng nhập một lần."
    en = "Another account has this address. Single sign-on needs an address for each person."


class NoAddress(errors.OfficeError):
    code = "no_address"
    status = 409
    vi = "Người này chưa có địa chỉ thư điện tử. Xin nhập địa chỉ rồi gửi liên kết."
    en = "This person has no e-mail address. Enter one, then send the link."


class NotYourself(errors.OfficeError):
    code = "not_yourself"
    status = 403
    vi = "Không ai tự đổi vai trò hay tài khoản của mình ở đây. Xin nhờ một người quản trị khác."
    en = "Nobody changes their own roles or account here. Please ask another administrator."


class DatesInWrongOrder(errors.OfficeError):
    code = "dates_in_wrong_order"
    vi = "Ngày cuối đứng trước ngày đầu."
    en = "The last day is before the first."


class NumberOutOfRange(errors.OfficeError):
    code = "number_out_of_range"
    vi = "Nhập số từ {least} đến {most}."
    en = "Enter a number from {least} to {most}."


class HoldsLetters(errors.OfficeError):
    """Letters that could be handed over still lie with somebody who is to go."""

    code = "holds_letters"
    status = 409
    vi = "Người này còn giữ {count} đơn chưa bàn giao. Xin bàn giao cho người khác trước."
    en = "This person still holds {count} letters. Hand them to somebody else first."


def may_change(by: User, person: User) -> bool:
    """May `by` change this account and its roles?"""
    own = by.pk == person.pk
    return not own and (by.is_superuser or not person.is_superuser)


def _require(by: User, person: User) -> None:
    require_administrator(by)
    if not may_change(by, person):
        raise NotYourself


def _subject(person: User) -> str:
    return f"person:{person.pk}"


# --- the person


def add_person(
    *, username: str, display_name: str, email: str, language: str, by: User, at: datetime
) -> User:
    """Take somebody on: an account without a password and without a role. Raises InvalidInput, NotAdministrator."""
    require_administrator(by)
    wrong: dict[str, errors.OfficeError] = {}
    username = username.strip()
    if not _USERNAME.fullmatch(username):
        wrong["username"] = AccountUnreadable("username") if username else errors.FieldRequired("username")
    elif User.objects.filter(username__iexact=username).exists():
        wrong["username"] = AccountTaken("username")
    values = _person(wrong, display_name=display_name, email=email, language=language)
    if wrong:
        raise errors.InvalidInput(wrong)
    with transaction.atomic():
        person = User(username=username, **values)
        person.set_unusable_password()
        person.save(force_insert=True)
        record(What.PERSON_ADDED, _subject(person), str(person), by=by, at=at)
    return person


def _person(
    wrong: dict[str, errors.OfficeError], *, display_name: str, email: str, language: str, besides: int = 0
) -> dict[str, str]:
    """The checked values; what is wrong goes into `wrong`."""
    name = ""
    try:
        name = said("display_name", display_name, 120)
    except errors.OfficeError as error:
        wrong["display_name"] = error
    email = email.strip()
    try:
        if email:
            validate_email(email)
            if User.objects.filter(email__iexact=email).exclude(pk=besides).exists():
                wrong["email"] = AddressTaken("email")
    except ValidationError:
        wrong["email"] = AddressUnreadable("email")
    if language not in ("vi", "en"):
        wrong["language"] = errors.UnknownCode("language", value=language[:10])
    return {"display_name": name, "email": email, "language": language}


def change_person(
    person: User, *, display_name: str, email: str, language: str, by: User, at: datetime, seen: str | None
) -> User:
    """Another name, address or language. Raises InvalidInput, RowChanged, NotYourself, NotAdministrator."""
    _require(by, person)
    wrong: dict[str, errors.OfficeError] = {}
    values = _person(wrong, display_name=display_name, email=email, language=language, besides=person.pk)
    if wrong:
        raise errors.InvalidInput(wrong)
    with transaction.atomic():
        held = User.objects.select_for_update().get(pk=person.pk)
        require_unchanged(held, PERSON, seen)
        if changes := put(held, values, unsaid={"email"}):
            held.save(update_fields=list(changes))
            record(What.PERSON_CHANGED, _subject(held), str(held), by=by, at=at, changes=changes)
    return held


def set_capacity(person: User, *, weekly: int, by: User, at: datetime) -> None:
    """How many letters a week fit onto this desk. Administrators, managers, and leaders of a unit where they work."""
    scope = by.scope()
    if not (by.is_superuser or scope.administrator or scope.manager):
        today = timezone.localtime(at).date()
        held = Membership.objects.current(today).filter(user=person, role=Role.HANDLER, unit__in=scope.leads)
        if not held.exists():
            raise errors.NotAllowed
    if not 0 <= weekly <= MOST_A_WEEK:
        raise NumberOutOfRange("weekly", least=0, most=MOST_A_WEEK)
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=person.pk)
        if changes := put(row, {"weekly_capacity": weekly}):
            row.save(update_fields=list(changes))
            record(What.CAPACITY, _subject(row), str(row), by=by, at=at, changes=changes)


def send_link(person: User, *, by: User, at: datetime) -> None:
    """Mail a link by which the person chooses a password. Raises NoAddress, NotYourself, NotAdministrator."""
    _require(by, person)
    if not person.email or not person.is_active:
        raise NoAddress
    with transaction.atomic():
        record(What.LINK_SENT, _subject(person), str(person), by=by, at=at)
        accounts.note_on_account(person, AccountEvent.Act.LINK_SENT, by=by, at=at)


# --- roles


def give_role(
    person: User,
    *,
    unit: str,
    role: str,
    valid_from: date,
    valid_to: date | None,
    skills: Sequence[str] = (),
    capacity: int = 30,
    by: User,
    at: datetime,
    seen: str | None = None,
) -> Membership:
    """A role in a unit between two days; the same role in the same unit once more changes its days.

    Raises InvalidInput, RowChanged, NotYourself, NotAdministrator; HoldsLetters when it would end today or before and
    letters of the unit that can be handed over lie with the person.
    """
    _require(by, person)
    values = {"valid_from": valid_from, "valid_to": valid_to, "skills": list(skills), "capacity": capacity}
    _check_role(unit, role, values)
    with transaction.atomic():
        row = Membership.objects.select_for_update().filter(user=person, unit=unit, role=role).first()
        new = row is None
        if row is None:
            row = Membership(user=person, unit_id=unit, role=role, valid_from=date.min)
        else:
            require_unchanged(row, DESK, seen)
        _require_empty_desk(row, valid_to, timezone.localtime(at).date())
        changes = put(row, values)
        if not changes:
            return row
        row.save()
        if role == Role.ADMINISTRATOR and not person.is_staff:
            User.objects.filter(pk=person.pk).update(
                is_staff=True
            )  # opens the room for what has no page here
        told = (
            {"role": ["", role], "unit": ["", unit]} if new else {"role": [role, role], "unit": [unit, unit]}
        )
        days = {name: change for name, change in changes.items() if not new or change[1] not in (None, [])}
        if "valid_from" in days and new:
            days["valid_from"] = ["", days["valid_from"][1]]
        what = What.ROLE_GIVEN if new else What.ROLE_CHANGED
        record(what, _subject(person), str(person), by=by, at=at, changes={**told, **days})
    return row


def _check_role(unit: str, role: str, values: Mapping[str, object]) -> None:
    wrong: dict[str, errors.OfficeError] = {}
    book = catalogue()
    if unit not in book.units:
        wrong["unit"] = errors.UnknownCode("unit", value=unit[:40])
    if role not in OFFICE_ROLES:
        wrong["role"] = errors.UnknownCode("role", value=role[:40])
    first, last = values["valid_from"], values["valid_to"]
    if isinstance(first, date) and isinstance(last, date) and last < first:
        wrong["valid_to"] = DatesInWrongOrder("valid_to")
    skills = values["skills"]
    if isinstance(skills, list) and (odd := [code for code in skills if code not in book.topics]):
        wrong["skills"] = errors.UnknownCode("skills", value=str(odd[0])[:40])
    capacity = values["capacity"]
    if not isinstance(capacity, int) or not 0 <= capacity <= 500:
        wrong["capacity"] = NumberOutOfRange("capacity", least=0, most=500)
    if wrong:
        raise errors.InvalidInput(wrong)


def _require_empty_desk(row: Membership, last: date | None, today: date) -> None:
    if row.pk is None or row.role != Role.HANDLER or last is None or last >= today:
        return
    if count := movable(row.user).filter(unit=row.unit_id).count():
        raise HoldsLetters("valid_to", count=count)


# --- letting somebody go


def movable(person: User):  # type: ignore[no-untyped-def]  # a CaseQuerySet, whose class names Case in turn
    """The letters of this person that can be given to somebody else now."""
    return Case.objects.open().filter(handler=person, status__in=sources("assign"))


def held_letters(person: User) -> list[Case]:
    """Every open letter of the person, the nearest date first: to be listed by reference, never to be read."""
    cases = Case.objects.open().filter(handler=person).order_by("due_at", "pk")
    return list(cases.only("pk", "received_at", "due_at", "unit", "status", "sealed"))


def successors(person: User, unit: str | None, *, sealed: bool, at: datetime) -> list[User]:
    """Who may take over: handlers of the unit; for sealed letters the integrity officers."""
    rows = Membership.objects.current(timezone.localtime(at).date()).select_related("user")
    rows = rows.filter(role=Role.INTEGRITY) if sealed else rows.filter(unit=unit, role=Role.HANDLER)
    people = dict.fromkeys(row.user for row in rows.order_by("user__display_name", "pk"))
    return [one for one in people if one.pk != person.pk]


@dataclass(frozen=True)
class Handed:
    """What became of the letters of somebody who goes: (case, new handler), and (case, what stands against it)."""

    done: list[tuple[Case, User]]
    not_done: list[tuple[Case, errors.OfficeError]]


def hand_over(person: User, to: Mapping[str, User], *, by: User, at: datetime) -> Handed:
    """Give the person's letters to others, each in its own transaction. `to`: unit code (or "sealed") → who takes them.

    The office does it, not the administrator, who reads no letters: the log of each case names the office, and inside
    who ordered it. Raises NotYourself, NotAdministrator.
    """
    _require(by, person)
    handed = Handed([], [])
    for case in list(movable(person).order_by("due_at", "pk")):
        taker = to.get("sealed" if case.sealed else case.unit_id or "")
        if taker is None:
            continue
        try:
            with act(case, "assign", by=SYSTEM, at=at) as work:
                assignment.check_assignable(work.case, taker, at)
                assignment.give(work, taker, {"rule": "handed_over", "ordered_by": by.pk})
        except errors.OfficeError as error:
            handed.not_done.append((case, error))
        else:
            handed.done.append((case, taker))
    return handed


def deactivate(person: User, *, by: User, at: datetime) -> None:
    """Close the account: no more sign-in, sessions end, roles have ended. Their acts stay in the log under their name.

    Raises HoldsLetters while letters that can be handed over lie with them; NotYourself, NotAdministrator.
    """
    _require(by, person)
    yesterday = timezone.localtime(at).date() - timedelta(days=1)
    with transaction.atomic():
        held = User.objects.select_for_update().get(pk=person.pk)
        if not held.is_active:
            return
        if count := movable(held).count():
            raise HoldsLetters(count=count)
        held.is_active = False
        held.save(update_fields=["is_active"])
        held_roles = Membership.objects.filter(user=held)
        held_roles.filter(valid_from__gt=yesterday).delete()  # they never came into force
        held_roles.exclude(valid_to__lte=yesterday).update(valid_to=yesterday)
        accounts.end_sessions(held)
        record(What.PERSON_CLOSED, _subject(held), str(held), by=by, at=at)
    person.is_active = False


def reactivate(person: User, *, by: User, at: datetime) -> None:
    """Open a closed account again, without a role: those are given anew. Raises NotYourself, NotAdministrator."""
    _require(by, person)
    with transaction.atomic():
        held = User.objects.select_for_update().get(pk=person.pk)
        if held.is_active:
            return
        held.is_active = True
        held.save(update_fields=["is_active"])
        record(What.PERSON_REOPENED, _subject(held), str(held), by=by, at=at)
    person.is_active = True
