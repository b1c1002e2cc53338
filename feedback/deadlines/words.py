"""The sentences of an explanation. Each function gives the pair (Vietnamese, English)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from feedback.calendar import WEEKDAYS_EN, WEEKDAYS_VI
from feedback.deadlines.rules import Rule

Pair = tuple[str, str]
Reasoned = tuple[date, str | None, str | None]  # a day, why (vi), why (en)

UNITS = {"wd": ("ngày làm việc", "working days"), "cd": ("ngày", "calendar days")}
EVENTS = {
    "received": ("Nhận được lúc", "Received at"),
    "accepted": ("Thụ lý (tiếp nhận xử lý) lúc", "Accepted for handling at"),
    "latest_acceptance": (
        "Đơn được tiếp nhận sớm hơn thì hạn trả lời cũng sớm hơn; chậm nhất phải tiếp nhận lúc",
        "If the letter is accepted earlier, the answer is due earlier; it must be accepted at the latest at",
    ),
    "reopened": ("Yêu cầu làm rõ lúc", "Clarification asked for at"),
}


def day_vi(day: date) -> str:
    """thứ Năm, 12/02/2026."""
    return f"{inside(WEEKDAYS_VI[day.weekday()])}, {day:%d/%m/%Y}"


def inside(reason: str | None) -> str:
    """A reason as it stands within a Vietnamese sentence: "thứ Bảy", "chủ nhật"; names of holidays stay as they are."""
    text = reason or ""
    return text[0].lower() + text[1:] if text in WEEKDAYS_VI else text


def day_en(day: date) -> str:
    return f"{WEEKDAYS_EN[day.weekday()]} {day.isoformat()}"


def moment_vi(moment: datetime) -> str:
    return f"{moment:%H:%M} {day_vi(moment.date())}"


def moment_en(moment: datetime) -> str:
    return f"{moment:%H:%M} on {day_en(moment.date())}"


def period_en(number: int, unit: str) -> str:
    """1 working day, 10 calendar days."""
    words = UNITS[unit][1]
    return f"{number} {words.removesuffix('s') if number == 1 else words}"


def start(event: str, at: datetime) -> Pair:
    vi, en = EVENTS[event]
    return f"{vi} {moment_vi(at)}.", f"{en} {moment_en(at)}."


def off_hours(day: date, reason_vi: str | None, reason_en: str | None) -> Pair:
    vi = f"Hôm đó là ngày nghỉ ({inside(reason_vi)})" if reason_vi else "Lúc đó ngoài giờ làm việc"
    en = f"That was a day off ({reason_en})" if reason_en else "That was outside opening hours"
    return (
        f"{vi}; ngày bắt đầu vẫn là ngày theo lịch: {day:%d/%m/%Y}.",
        f"{en}; the start date is still the date on the calendar, {day.isoformat()}.",
    )


def period(rule: Rule, day_one: date) -> Pair:
    return (
        f"Thời hạn là {rule.value} {UNITS[rule.unit][0]}, đếm từ ngày kế tiếp: {day_vi(day_one)}. Căn cứ: {rule.law}.",
        f"The period is {period_en(rule.value, rule.unit)}, counted from the next day, {day_en(day_one)}. "
        f"Basis: {rule.law}.",
    )


def skipped(days: Sequence[Reasoned]) -> Pair:
    vi = "; ".join(f"{day:%d/%m} ({inside(reason)})" for day, reason, _ in days)
    en = "; ".join(f"{day.isoformat()} ({reason})" for day, _, reason in days)
    return f"Không tính các ngày nghỉ: {vi}.", f"Days off are not counted: {en}."


def made_up(days: Sequence[Reasoned]) -> Pair:
    vi = "; ".join(f"{day_vi(day)} ({inside(reason)})" for day, reason, _ in days)
    en = "; ".join(f"{day_en(day)} ({reason})" for day, _, reason in days)
    return f"Vẫn tính ngày làm việc đặc biệt: {vi}.", f"Special working days are counted: {en}."


def rolled(last: date, reason_vi: str | None, reason_en: str | None, to: date) -> Pair:
    return (
        f"Ngày cuối là {day_vi(last)}, ngày nghỉ ({inside(reason_vi)}), nên hạn chuyển sang ngày làm việc kế tiếp: "
        f"{day_vi(to)}.",
        f"The last day, {day_en(last)}, is a day off ({reason_en}): the end moves to the next working day, "
        f"{day_en(to)}.",
    )


def resumed_late(last: date, to: date) -> Pair:
    return (
        f"Ngày cuối là {day_vi(last)} nhưng việc chỉ được tiếp tục sau giờ làm việc hôm đó, nên hạn là ngày làm "
        f"việc kế tiếp: {day_vi(to)}.",
        f"The last day is {day_en(last)}, but the pause ended after closing time that day: the end moves to the "
        f"next working day, {day_en(to)}.",
    )


def pause_hours(begin: datetime, end: datetime, seconds: int, due: datetime) -> Pair:
    hours, minutes = divmod(-(-seconds // 60), 60)
    return (
        f"Tạm dừng từ {moment_vi(begin)} đến {moment_vi(end)}: {hours} giờ {minutes} phút làm việc không "
        f"tính vào thời hạn. Hạn mới: {moment_vi(due)}.",
        f"Paused from {moment_en(begin)} to {moment_en(end)}: {hours} h {minutes} min of working time "
        f"are not counted. New due time: {moment_en(due)}.",
    )


def pause_dates(begin: datetime, end: datetime, days: int, due: datetime) -> Pair:
    are = "day is" if days == 1 else "days are"
    return (
        f"Tạm dừng từ {moment_vi(begin)} đến {moment_vi(end)}: {days} ngày không tính vào thời hạn. "
        f"Hạn mới: {moment_vi(due)}.",
        f"Paused from {moment_en(begin)} to {moment_en(end)}: {days} {are} not counted. "
        f"New due time: {moment_en(due)}.",
    )


def pause_open(begin: datetime) -> Pair:
    return (
        f"Đang tạm dừng từ {moment_vi(begin)}. Hạn sẽ lùi thêm đúng bằng thời gian tạm dừng.",
        f"Paused since {moment_en(begin)}. The due time will move by exactly the time the pause takes.",
    )


def pause_ignored(begin: datetime, due: datetime) -> Pair:
    return (
        f"Lần tạm dừng lúc {moment_vi(begin)} bắt đầu khi đã hết hạn ({moment_vi(due)}) nên không được tính.",
        f"The pause of {moment_en(begin)} began after the time had run out ({moment_en(due)}): not counted.",
    )


def extension(value: int, unit: str, reason: str, at: datetime, due: datetime) -> Pair:
    words = reason.rstrip(".")
    why_vi, why_en = (f" Lý do: {words}.", f" Reason: {words}.") if words else ("", "")
    return (
        f"Ngày {at:%d/%m/%Y} được gia hạn, tổng cộng {value} {UNITS[unit][0]} tính từ ngày bắt đầu.{why_vi} "
        f"Hạn mới: {moment_vi(due)}.",
        f"Extended on {at.date().isoformat()} to {period_en(value, unit)} in total, counted from the start.{why_en} "
        f"New due time: {moment_en(due)}.",
    )


def extension_ignored(at: datetime, due: datetime) -> Pair:
    return (
        f"Gia hạn lúc {moment_vi(at)} được ký khi đã hết hạn ({moment_vi(due)}) nên không được tính.",
        f"The extension of {moment_en(at)} came after the time had run out ({moment_en(due)}): not counted.",
    )


def provisional(years: Sequence[int]) -> Pair:
    text = ", ".join(str(year) for year in years)
    return (
        f"Lịch nghỉ năm {text} chưa được công bố chính thức. Nếu lịch đổi, hạn này được tính lại và ông/bà "
        "được báo.",
        f"The days off of {text} are not officially announced yet. If they change, the date is computed "
        "again and you are told.",
    )


def result(due: datetime) -> Pair:
    return f"Hạn cuối: {moment_vi(due)}.", f"Due: {moment_en(due)}."
