"""Deadline rules in words, for people who want to know them before they need them. Pairs are (Vietnamese, English)."""

from __future__ import annotations

from datetime import date

from feedback.deadlines import Rule
from feedback.deadlines.words import UNITS, period_en

Pair = tuple[str, str]

SURE: dict[str, Pair] = {
    "sourced": (
        "Số ngày đã được đối chiếu với điều luật nêu trên. Luật sửa đổi chưa đối chiếu được, nếu có, nêu ở ghi chú.",
        "The number of days was checked against the article of law named here. "
        "An amending law that could not be checked yet is named in the note.",
    ),
    "secondary": (
        "Số ngày lấy từ tài liệu tóm tắt, chưa đối chiếu với văn bản gốc.",
        "The number of days comes from a summary; the law itself has not been checked yet.",
    ),
    "policy": (
        "Pháp luật không ấn định số ngày; đây là cam kết của cơ quan với người gửi đơn.",
        "No law sets the number of days; this is the office's own promise to those who write.",
    ),
}
_EVENTS: dict[str, Pair] = {
    "received": ("ngày nhận đơn", "the day the letter is received"),
    "accepted": ("ngày thụ lý (tiếp nhận xử lý)", "the day it is accepted for handling"),
}
_ORDINALS: tuple[Pair, ...] = (("lần thứ nhất", "the first"), ("lần thứ hai", "the second"))


def sure(rule: Rule) -> Pair:
    """How sure we are of the number of days."""
    return SURE[rule.conf]


def period(rule: Rule) -> Pair:
    """ "10 ngày làm việc, đếm từ ngày sau ngày nhận đơn"."""
    vi, (from_vi, from_en) = f"{rule.value} {UNITS[rule.unit][0]}", _EVENTS[rule.start]
    en = period_en(rule.value, rule.unit)
    return f"{vi}, đếm từ ngày sau {from_vi}", f"{en}, counted from the day after {from_en}"


def longer(rule: Rule) -> Pair | None:
    """How far it may be extended in writing; None when it may not."""
    steps, (vi, en) = rule.extension_steps, UNITS[rule.unit]
    if not steps:
        return None
    if len(steps) == 1:
        return (
            f"Được kéo dài một lần, bằng văn bản có lý do: tổng cộng không quá {steps[0]} {vi}.",
            f"May be extended once, in writing and with a reason: not more than {steps[0]} {en} in all.",
        )
    parts = list(zip(steps, _ORDINALS, strict=False))
    told_vi = ", ".join(f"{name[0]} tổng cộng không quá {step} {vi}" for step, name in parts)
    told_en = ", ".join(f"{name[1]} to not more than {step} {en} in all" for step, name in parts)
    return (
        f"Được kéo dài tối đa {len(steps)} lần, bằng văn bản có lý do: {told_vi}.",
        f"May be extended up to {len(steps)} times, in writing and with a reason: {told_en}.",
    )


def condition(rule: Rule) -> Pair:
    """For which letters of its kind it holds: instance, remote area; ("", "") for all."""
    vi, en = [], []
    if rule.instance is not None:
        vi.append(("giải quyết lần đầu", "giải quyết lần hai")[rule.instance - 1])
        en.append(("first instance", "second instance")[rule.instance - 1])
    if rule.remote is not None:
        vi.append("vùng sâu, vùng xa, đi lại khó khăn" if rule.remote else "vùng đi lại bình thường")
        en.append("remote area" if rule.remote else "not a remote area")
    return "; ".join(vi), "; ".join(en)


def validity(rule: Rule) -> Pair:
    """From when to when it applies, and which day decides it."""
    event = "received" if rule.chosen_by == "received" else rule.start
    vi, en = (f"theo {_EVENTS[event][0]}", f"by {_EVENTS[event][1]}")
    start, end = rule.valid_from, rule.valid_to
    if start and end:
        return f"{start:%d/%m/%Y} – {end:%d/%m/%Y}, {vi}", f"{start.isoformat()} to {end.isoformat()}, {en}"
    if start:
        return f"Từ {start:%d/%m/%Y}, {vi}", f"From {start.isoformat()}, {en}"
    if end:
        return f"Đến hết {end:%d/%m/%Y}, {vi}", f"Until {end.isoformat()}, {en}"
    return "Không giới hạn ngày", "Without a limit of dates"


def standing(rule: Rule, on: date) -> str:
    """ "past", "now" or "coming" on that day."""
    if rule.valid_to is not None and rule.valid_to < on:
        return "past"
    return "coming" if rule.valid_from is not None and on < rule.valid_from else "now"
