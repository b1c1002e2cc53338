"""Whom a note may call upon: people who may see the case, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from feedback import errors
from feedback.models import Case, Membership, User, catalogue
from feedback.workflow import Role

MOST = 20  # people named in one note; more than that is a circular, not a note
# "@ten-dang-nhap"; the "@" of an e-mail address has a letter before it.
MENTION = re.compile(r"(?<![\w.@+-])@(\w(?:[\w.+-]*\w)?)")


class UnknownColleague(errors.OfficeError):
    code = "unknown_colleague"
    vi = "Không có cán bộ nào có tên đăng nhập “{name}”. Xin chọn trong danh sách, hoặc bỏ dấu @ trước chữ này."
    en = "Nobody here signs in as “{name}”. Choose from the list, or leave out the @ before this word."


class MayNotSee(errors.OfficeError):
    """The reason is not told: a case about somebody is not revealed by how this refusal is worded."""

    code = "may_not_see"
    vi = "{name} không được xem đơn này nên không thể nhắc tên. Xin chọn người khác."
    en = "{name} may not see this case and cannot be called upon. Choose somebody else."


class TooManyNamed(errors.OfficeError):
    code = "too_many_named"
    vi = "Một ghi chú nhắc tên nhiều nhất {most} người. Xin bỏ bớt."
    en = "A note calls upon at most {most} people. Leave some out."


def named_in(case: Case, text: str, by: User, also: Iterable[User] = ()) -> list[User]:
    """The people a note names, its author left out. Raises UnknownColleague, MayNotSee, TooManyNamed."""
    typed = list(dict.fromkeys(name.casefold() for name in MENTION.findall(text)))
    if len(typed) > MOST:
        raise TooManyNamed("text", most=MOST)
    known = _by_username(typed)
    for name in typed:
        if name not in known:
            raise UnknownColleague("text", name=name[:60])
    people = {user.pk: user for user in (*known.values(), *also) if user.pk != by.pk}
    if len(people) > MOST:
        raise TooManyNamed("text", most=MOST)
    for user in people.values():
        if not Case.objects.visible_to(user).filter(pk=case.pk).exists():
            raise MayNotSee("text", name=str(user))
    return list(people.values())


def _by_username(names: Sequence[str]) -> dict[str, User]:
    wanted = Q()
    for name in names:
        wanted |= Q(username__iexact=name)
    return (
        {user.username.casefold(): user for user in User.objects.filter(wanted, is_active=True)}
        if names
        else {}
    )


def mentionable(case: Case, by: User, at: datetime) -> list[User]:
    """Whom the page offers: who works with this case, by name. `note` asks the gate once more for each."""
    day = timezone.localtime(at).date()
    held = (
        Membership.objects.filter(_who(case))
        .current(day)
        .select_related("user")
        .order_by("user__display_name")
    )
    people = {row.user_id: row.user for row in held}
    if case.handler is not None:
        people.setdefault(case.handler.pk, case.handler)
    barred = _in_conflict(case, people, day) | {by.pk, case.subject_officer_id}
    return [user for pk, user in people.items() if pk not in barred]


def _who(case: Case) -> Q:
    """A sealed case: its guardians (and its handler). Another: its unit and the asked ones, their heads, triage."""
    if case.sealed:
        return Q(role=Role.INTEGRITY)
    units = [case.unit_id, *case.coordinations.values_list("unit", flat=True)]
    above = _above(case.unit_id)
    return Q(unit__in=[u for u in units if u]) | Q(unit__in=above, role=Role.LEADER) | Q(role__in=_HEADS)


_HEADS = (Role.TRIAGE, Role.MANAGER)


def _above(code: str | None) -> list[str]:
    units, found = catalogue().units, []
    while code in units and (code := units[code].parent_id):
        found.append(code)
    return found


def _in_conflict(case: Case, people: Iterable[int], day: date) -> set[int]:
    """Of these people, those who belong to the unit the case is about."""
    if case.subject_unit_id is None:
        return set()
    book = catalogue()
    rows = Membership.objects.filter(user__in=list(people)).exclude(role=Role.AUDITOR).current(day)
    return {row.user_id for row in rows if case.subject_unit_id in book.forebears(row.unit_id)}
