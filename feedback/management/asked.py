"""What `explain_deadline` was asked, from its options: a stored case or an imagined letter, and which clocks of it.

Every refusal is a CommandError in Vietnamese that says what would be right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError

from feedback import deadlines, errors
from feedback.deadlines.words import UNITS
from feedback.management.carried import carried
from feedback.models import Case, catalogue, clocks, parse_reference
from feedback.models.catalogue_cache import Catalogue
from feedback.reports import imagined

Clocks = dict[str, deadlines.Clock]
ALL = "all"
LETTER_OPTIONS = (
    *("kind", "received", "accepted", "stopped", "pause", "extend", "instance", "remote"),
    *("unit", "calendar", "rules"),
)


@dataclass(frozen=True)
class Asked:
    """The letter in question and the clocks to explain, the main one first."""

    facts: dict[str, Any]  # kind, received, … as the JSON shows them; never text or identity
    clocks: Clocks
    main: deadlines.Clock
    book: Catalogue
    from_files: bool


def book_at_hand() -> tuple[Catalogue, bool]:
    """(the catalogue, whether it was read from the product's files): without a loaded database those must do."""
    try:
        book = catalogue()
    except DatabaseError:
        return carried(), True
    if None in book.calendars_in_force and book.rules_in_force:
        return book, False
    return carried(), True


def asked(options: Mapping[str, Any]) -> Asked:
    """Raises CommandError, BeyondHorizon."""
    book, from_files = book_at_hand()
    wanted = (options["clock"] or "").strip().lower()
    if options["case"]:
        facts, known = _stored(options, from_files)
    else:
        question, unit = _question(options, book)
        known = _with_extensions(question, options["extend"], wanted, book)
        facts = _facts(question, unit)
    main = clocks.main_clock(known)
    if main is None:
        raise CommandError("Không có quy tắc thời hạn nào cho loại đơn này vào ngày đó.")
    return Asked(facts, _chosen(known, main, wanted), main, book, from_files)


# --- a stored case


def _stored(options: Mapping[str, Any], from_files: bool) -> tuple[dict[str, Any], Clocks]:
    if given := [f"--{name}" for name in LETTER_OPTIONS if options[name]]:
        raise CommandError(
            f"Đã có --case thì không dùng {', '.join(given)}: mọi ngày giờ lấy từ nhật ký của đơn."
        )
    if from_files:
        raise CommandError(
            "Chưa nạp cơ sở dữ liệu nên không có đơn nào. Xin chạy migrate và load_catalogue trước."
        )
    found = parse_reference(options["case"])
    case = Case.objects.filter(pk=found[1]).first() if found else None
    if case is None or found != (int(case.reference.split("-")[1]), case.pk):
        raise CommandError("Không có đơn này. Xin kiểm tra lại mã đơn, ví dụ HA-2026-0000123.")
    facts = {
        "case": case.reference,
        "kind": case.kind_id,
        "received": case.received_at,
        "accepted": case.accepted_at,
        "instance": case.instance,
        "remote": case.remote,
        "unit": case.unit_id,
    }
    return facts, clocks.clocks_of(case)


# --- an imagined letter


def _question(options: Mapping[str, Any], book: Catalogue) -> tuple[imagined.Question, str | None]:
    if not options["kind"] or not options["received"]:
        raise CommandError("Cần --kind và --received (hoặc --case HA-…).")
    received = _moment("received", options["received"])
    unit = _unit(options["unit"], book)
    question = imagined.Question(
        kind=_kind(options["kind"], book),
        received=received,
        accepted=_moment("accepted", options["accepted"], received) if options["accepted"] else None,
        answered=_moment("stopped", options["stopped"], received) if options["stopped"] else None,
        instance=_instance(options["instance"]),
        remote=options["remote"],
        pauses=_pauses(options["pause"], received),
        calendar=_version(
            "calendar", options["calendar"], [n for n, row in book.calendars.items() if row.data]
        )
        or book.calendar_version_for(unit),
        rules=_version("rules", options["rules"], list(book.rule_books)) or book.rules_in_force or "",
    )
    return question, unit


def _facts(question: imagined.Question, unit: str | None) -> dict[str, Any]:
    return {
        "case": None,
        "kind": question.kind,
        "received": question.received,
        "accepted": question.accepted,
        "instance": question.instance,
        "remote": question.remote,
        "unit": unit,
    }


def _kind(text: str, book: Catalogue) -> str:
    code = text.strip().upper()
    known = {name: kind for name, kind in book.kinds.items() if kind.active}
    if code not in known:
        listed = "".join(f"\n  {name}  {kind.name_vi}" for name, kind in known.items())
        raise CommandError(f"Không có loại đơn “{text[:40]}”. Các loại đơn là:{listed}")
    return code


def _unit(text: str | None, book: Catalogue) -> str | None:
    if not text:
        return None
    code = text.strip().upper()
    if code not in book.units:
        raise CommandError(f"--unit: không có đơn vị “{text[:40]}” trong danh mục.")
    return code


def _version(option: str, text: str | None, known: Sequence[str]) -> str:
    if text and text not in known:
        raise CommandError(
            f"--{option}: không có phiên bản “{text[:80]}”. Các phiên bản là: {', '.join(known)}."
        )
    return text or ""


def _instance(text: str | None) -> int:
    if text not in (None, "1", "2"):
        raise CommandError("--instance: chỉ có 1 (giải quyết lần đầu) hoặc 2 (giải quyết lần hai).")
    return int(text or 1)


def _moment(option: str, text: str, received: datetime | None = None) -> datetime:
    """With `received`, a moment of the letter's life: that begins when it is received."""
    try:
        return imagined.read_moment(text, option, received)
    except imagined.BeforeReceipt as error:
        raise CommandError(f"--{option}: {text} sớm hơn lúc nhận đơn.") from error
    except errors.WrongDate as error:
        raise CommandError(
            f"--{option}: “{text[:40]}” không phải ngày giờ. Xin viết như 2026-02-12 hoặc 2026-02-12T16:45."
        ) from error


def _pauses(texts: Sequence[str], received: datetime) -> tuple[deadlines.Pause, ...]:
    found = []
    for text in texts:
        start, dots, end = text.partition("..")
        if not dots or not start:
            raise CommandError(
                f"--pause: “{text[:60]}” chưa đúng. Xin viết TỪ..ĐẾN, hoặc TỪ.. nếu còn tạm dừng."
            )
        begun = _moment("pause", start, received)
        pause = deadlines.Pause(begun, _moment("pause", end, received) if end else None)
        if pause.end is not None and pause.end < begun:
            raise CommandError(f"--pause: {text} kết thúc trước khi bắt đầu.")
        found.append(pause)
    found.sort(key=lambda one: one.start)
    for one, following in pairwise(found):
        if one.end is None or one.end > following.start:
            raise CommandError("--pause: các lần tạm dừng chồng lên nhau.")
    return tuple(found)


def _with_extensions(
    question: imagined.Question, texts: Sequence[str], wanted: str, book: Catalogue
) -> Clocks:
    """The clocks, once with what the law allows of the extensions asked for. Only then is the unit of days known."""
    elsewhere = wanted in (ALL, "transfer")
    known = imagined.clocks_of(question, elsewhere=elsewhere, book=book)
    if not texts:
        return known
    name = "reply" if wanted in ("", ALL) else wanted
    if name not in known:
        raise CommandError(f"--extend: loại đơn này không có đồng hồ {name}.")
    granted = sorted(_granted(text, question.received) for text in texts)
    _check_extensions(known[name].rule, [days for _, days in granted])
    unit = known[name].rule.unit
    longer = tuple((name, deadlines.Extension(at, days, unit)) for at, days in granted)
    return imagined.clocks_of(replace(question, extensions=longer), elsewhere=elsewhere, book=book)


def _granted(text: str, received: datetime) -> tuple[datetime, int]:
    when, _, days = text.rpartition(":")
    if not when or not (days.isascii() and days.isdigit() and len(days) < 4):
        raise CommandError(
            f"--extend: “{text[:60]}” chưa đúng. Xin viết LÚC:SỐ_NGÀY, ví dụ 2026-02-20T09:00:10."
        )
    return _moment("extend", when, received), int(days)


def _check_extensions(rule: deadlines.Rule, totals: Sequence[int]) -> None:
    unit, before = UNITS[rule.unit][0], rule.value
    if len(totals) > rule.max_extensions:
        raise CommandError(
            f"--extend: thời hạn này được gia hạn nhiều nhất {rule.max_extensions} lần ({rule.law})."
            if rule.max_extensions
            else f"--extend: thời hạn này không được gia hạn ({rule.law})."
        )
    for number, (total, limit) in enumerate(zip(totals, rule.extension_steps, strict=False), start=1):
        if not before < total <= limit:
            raise CommandError(
                f"--extend: lần {number} phải dài hơn {before} và không quá {limit} {unit}, "
                f"tính tổng cộng từ ngày bắt đầu ({rule.law})."
            )
        before = total


# --- which clocks


def _chosen(known: Clocks, main: deadlines.Clock, wanted: str) -> Clocks:
    if wanted == ALL:
        return dict(sorted(known.items(), key=lambda item: item[1] is not main))
    if not wanted:
        return {name: clock for name, clock in known.items() if clock is main}
    if wanted not in known:
        names = ", ".join([*known, ALL])
        raise CommandError(f"--clock: đơn này không có đồng hồ “{wanted[:40]}”. Có: {names}.")
    return {wanted: known[wanted]}
