"""A plan to merge or abolish units: checked, looked at as if it were so, put in force.

`{"units": {code: {"valid_to": "2026-12-31", "successors": [code …]}}, "new": [{"code": …}], "people": true}`

A successor may be one of the new units; the first that exists and may take a case takes it. With `people` everybody's
desk moves to the first successor together with the work. Units whose rows already say what the plan says (edited in
the admin, or brought by the catalogue files) may be named as well: then only their cases are left to move.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from feedback import errors
from feedback.models import Membership, Unit, catalogue
from feedback.models.catalogue_cache import Catalogue, forget

ONE_DAY = timedelta(days=1)
_CODE = re.compile(r"[A-Z0-9_]+(\.[A-Z0-9_]+)*")

Plan = Mapping[str, Any]


class UnitEnded(errors.OfficeError):
    code = "unit_ended"
    status = 409
    vi = "“{unit}” đã kết thúc sau ngày {day}. Xin chọn đơn vị đang hoạt động."
    en = "“{unit}” ended after {day}. Choose a unit that exists."


class CannotSucceed(errors.OfficeError):
    code = "cannot_succeed"
    vi = "“{successor}” không kế thừa được “{unit}”: {reason}."
    en = "“{successor}” cannot succeed “{unit}”: {reason}."


class CodeTaken(errors.OfficeError):
    code = "code_taken"
    status = 409
    vi = "Mã “{value}” đã là mã của một đơn vị (kể cả đơn vị đã kết thúc). Xin đặt mã khác."
    en = "The code “{value}” belongs to a unit already (perhaps one that has ended). Choose another."


class CodeUnreadable(errors.OfficeError):
    code = "code_unreadable"
    vi = "“{value}” không dùng làm mã được. Xin viết chữ in hoa không dấu, chữ số, dấu chấm, ví dụ STP.HCBT."
    en = "“{value}” cannot be a code. Write capital letters without marks, digits and full stops, like STP.HCBT."


class NotYetThere(errors.OfficeError):
    code = "not_yet_there"
    vi = "“{unit}” chỉ có từ ngày {day}, nên không thể kết thúc trước đó. Xin xem lại ngày."
    en = "“{unit}” exists only since {day} and cannot end before. Please look at the day again."


class NotOneDay(errors.OfficeError):
    code = "not_one_day"
    vi = "Các đơn vị trong một lần sắp xếp phải kết thúc cùng một ngày. Xin lập riêng cho từng ngày."
    en = "Units rearranged together must end on the same day. Plan each day by itself."


class UnitsBelow(errors.OfficeError):
    code = "units_below"
    vi = "“{unit}” còn đơn vị trực thuộc: {below}. Xin sắp xếp cả các đơn vị đó, hoặc đổi cấp trên của chúng trước."
    en = "“{unit}” has units below it: {below}. Rearrange them too, or move them below another unit first."


ITSELF = ("là chính đơn vị đó", "it is that very unit")
IN_A_CIRCLE = ("các đơn vị kế thừa lẫn nhau", "they succeed each other")
CLASS = ("là loại đơn vị, không có người làm việc", "it is a class of units, where nobody works")
EXTERNAL = ("là cơ quan ngoài hệ thống", "it is an outside agency")
NOT_THERE = ("không hoạt động vào ngày hôm sau", "it does not exist on the following day")


# --- checked -------------------------------------------------------------------------------------


def checked(plan: Plan) -> dict[str, Any]:
    """The plan in its plain form, ISO dates. Raises FieldRequired, UnknownCode, WrongDate, UnitEnded, NotYetThere,
    CannotSucceed, CodeTaken, CodeUnreadable, NotOneDay or UnitsBelow."""
    ends = plan.get("units")
    if not isinstance(ends, Mapping) or not ends:
        raise errors.FieldRequired("units")
    book = catalogue()
    units = {str(code): _plain_end(str(code), end, book) for code, end in ends.items()}
    ending = {code: end for code, end in units.items() if not _recorded(code, end, book)}
    days = {end["valid_to"] for end in ending.values()}
    if len(days) > 1:
        raise NotOneDay("valid_to")
    last = date.fromisoformat(max(end["valid_to"] for end in units.values()))
    new = [_plain_unit(row, last + ONE_DAY, book) for row in plan.get("new") or []]
    found: dict[str, Any] = {"units": units, "new": new}
    if plan.get("people"):
        found["people"] = True
    after = as_planned(found)
    _check_new(new, after)
    for code in ending:
        _check_end(code, last, after)
    return found


def _plain_end(code: str, end: Any, book: Catalogue) -> dict[str, Any]:
    if code not in book.units:
        raise errors.UnknownCode("units", value=code[:40])
    if not isinstance(end, Mapping):
        raise errors.WrongDate("valid_to")
    named = end.get("successors") or []
    return {
        "valid_to": _day(end.get("valid_to"), "valid_to").isoformat(),
        "successors": [str(s) for s in dict.fromkeys([named] if isinstance(named, str) else named)],
    }


def _day(value: Any, field: str) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise errors.WrongDate(field) from error


def _recorded(code: str, end: Mapping[str, Any], book: Catalogue) -> bool:
    """The unit's row says so already."""
    held = book.units[code].valid_to
    same_day = held is not None and held.isoformat() == end["valid_to"]
    return same_day and list(book.successors.get(code, ())) == end["successors"]


def _plain_unit(row: Any, first_day: date, book: Catalogue) -> dict[str, Any]:
    """A unit to be founded; without a date of its own it begins on `first_day`."""
    if not isinstance(row, Mapping):
        raise errors.FieldRequired("new")
    words = {
        name: str(row.get(name) or "").strip()
        for name in ("code", "name_vi", "name_en", "kind", "parent", "address")
    }
    for name in ("code", "name_vi"):
        if not words[name]:
            raise errors.FieldRequired(name)
    if words["kind"] not in Unit.Type.values:
        raise errors.UnknownCode("kind", value=words["kind"][:40])
    if len(words["code"]) > 40 or not _CODE.fullmatch(words["code"]):
        raise CodeUnreadable("code", value=words["code"][:40])
    if words["code"] in book.units:
        raise CodeTaken("code", value=words["code"])
    begins = _day(row.get("valid_from") or first_day, "valid_from")
    roles = [str(role) for role in row.get("roles") or []]
    return {**words, "parent": words["parent"] or None, "valid_from": begins.isoformat(), "roles": roles}


def _check_new(new: list[dict[str, Any]], after: Catalogue) -> None:
    codes = [row["code"] for row in new]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise CodeTaken("code", value=twice)
    for row in new:
        if row["parent"] and row["parent"] not in after.units:
            raise errors.UnknownCode("parent", value=row["parent"][:40])


def _check_end(code: str, last: date, after: Catalogue) -> None:
    """One unit that is to end: it exists until then, leaves nobody behind, and its successors can take over."""
    was, next_day = catalogue().units[code], last + ONE_DAY
    if was.valid_to is not None and was.valid_to < min(last, timezone.localdate()):
        raise UnitEnded("units", unit=_both(was), day=f"{was.valid_to:%d/%m/%Y}")
    if last < was.valid_from:
        raise NotYetThere("valid_to", unit=_both(was), day=f"{was.valid_from:%d/%m/%Y}")
    below = [after.units[c] for c in after.subtree(code) if c != code and after.units[c].exists_on(next_day)]
    if below:
        raise UnitsBelow("units", unit=_both(was), below=_names(below))
    for successor in after.successors[code]:
        unit = after.units.get(successor)
        if unit is None:
            raise errors.UnknownCode("successors", value=successor[:40])
        if reason := _refusal(code, unit, next_day, after):
            raise CannotSucceed("successors", unit=_both(was), successor=_both(unit), reason=reason)


def _refusal(code: str, successor: Unit, on: date, after: Catalogue) -> tuple[str, str] | None:
    if successor.code == code:
        return ITSELF
    if code in after.heirs(successor.code, date.max):
        return IN_A_CIRCLE
    if not successor.takes_cases:
        return EXTERNAL if successor.external else CLASS
    return None if successor.exists_on(on) else NOT_THERE


def _both(unit: Unit) -> tuple[str, str]:
    return unit.name_vi, unit.name_en or unit.name_vi


def _names(units: list[Unit]) -> tuple[str, str]:
    vi, en = zip(*(_both(unit) for unit in units), strict=True)
    return ", ".join(vi), ", ".join(en)


# --- as if, and in force -------------------------------------------------------------------------


def as_planned(plan: Plan) -> Catalogue:
    """The catalogue as it will be once the plan is in force."""
    book = catalogue()
    units = {row["code"]: _founded(row) for row in plan.get("new", ())} | book.units
    successors = dict(book.successors)
    for code, end in plan.get("units", {}).items():
        units[code] = copy.copy(units[code])
        units[code].valid_to = date.fromisoformat(end["valid_to"])
        successors[code] = list(end["successors"])
    return replace(book, units=units, successors=successors)


def _founded(row: Mapping[str, Any]) -> Unit:
    values = {name: row[name] for name in ("code", "name_vi", "name_en", "kind", "address", "roles")}
    return Unit(**values, parent_id=row["parent"], valid_from=date.fromisoformat(row["valid_from"]))


def put_in_force(plan: Plan) -> None:
    """Write it into the units: dated rows, so that history keeps its names. Checked once more: since it was planned
    somebody may have ended a unit. Raises what `checked` raises."""
    plan = checked(plan)
    with transaction.atomic():
        book = catalogue()
        for row in plan["new"]:
            _founded(row).save(force_insert=True)
        for code, end in plan["units"].items():
            if not _recorded(code, end, book):
                _end(code, end)
        forget()
        if plan.get("people"):
            for code, end in plan["units"].items():
                _move_people(code, date.fromisoformat(end["valid_to"]))


def _end(code: str, end: Mapping[str, Any]) -> None:
    # Whoever holds the unit's desks at this moment may still have to write a case that names the unit (`no_key`).
    unit = Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=code)
    unit.valid_to = date.fromisoformat(end["valid_to"])
    unit.save(update_fields=["valid_to"])
    unit.successors.clear()
    for successor in end["successors"]:  # one by one: the order named is the order in which they are tried
        unit.successors.add(successor)


# --- people --------------------------------------------------------------------------------------


def first_heir(code: str, on: date, book: Catalogue) -> Unit | None:
    """The unit that takes over from `code`, whatever a letter is about."""
    return next((unit for unit in book.living(code, on) if unit.takes_cases), None)


def desks_left(code: str, last: date) -> list[Membership]:
    """Desks in the unit that do not end with it by themselves."""
    desks = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gt=last), unit=code)
    return list(desks.select_related("user").order_by("pk"))


def _move_people(code: str, last: date) -> None:
    """Every role, the leader's too, goes on in the first successor from the next day."""
    heir = first_heir(code, max(last + ONE_DAY, timezone.localdate()), catalogue())
    if heir is None:
        return
    for desk in desks_left(code, last):
        begins = max(desk.valid_from, last + ONE_DAY)
        held = Membership.objects.filter(user=desk.user_id, unit=heir, role=desk.role).first()
        if held is None:
            held = copy.copy(desk)
            held.pk, held._state = None, copy.copy(desk._state)
            held._state.adding = True
            held.unit, held.valid_from = heir, begins
        else:
            _widen(held, desk, begins)
        held.save()
        if desk.valid_from > last:
            desk.delete()  # it would have begun in a unit that is no longer there
        else:
            desk.valid_to = last
            desk.save(update_fields=["valid_to"])


def _widen(held: Membership, desk: Membership, begins: date) -> None:
    """The person sits in the successor already: one desk for both kinds of work."""
    lapsed = held.valid_to is not None and held.valid_to < begins
    held.valid_from = begins if lapsed else min(held.valid_from, begins)
    held.valid_to = max(held.valid_to, desk.valid_to) if held.valid_to and desk.valid_to else None
    held.skills = sorted({*held.skills, *desk.skills}) if held.skills and desk.skills else []
    held.capacity = max(held.capacity, desk.capacity)
