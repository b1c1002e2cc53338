"""Days off as an iCalendar file (RFC 5545), which telephones and office programs take into their own calendars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from feedback.web.public.year import OFF, SpecialDay

_LINE = 75  # octets, without the line break (RFC 5545, 3.1)


def written(days: Iterable[SpecialDay], *, name: str, stamp: datetime) -> str:
    """The file: one all-day entry a day. `stamp`: since when the calendar is in force."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Hoi Am//Working calendar//VI", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{_escaped(name)}")
    for one in days:
        lines += _entry(one, f"{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _entry(one: SpecialDay, stamp: str) -> list[str]:
    free = one.what == OFF
    summary = one.name if free else _("%(name)s: open %(hours)s") % {"name": one.name, "hours": one.hours}
    if one.provisional:
        summary += f" ({_('not officially announced yet')})"
    lines = [
        "BEGIN:VEVENT",
        f"UID:{one.day:%Y%m%d}-{one.what}@hoi-am",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(summary)}",
        f"STATUS:{'TENTATIVE' if one.provisional else 'CONFIRMED'}",
        "TRANSP:TRANSPARENT",
    ]
    if one.source:
        lines.append(f"DESCRIPTION:{_escaped(one.source)}")
    return [*lines, "END:VEVENT"]


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _folded(line: str) -> Iterator[str]:
    """At most 75 octets a line, no letter cut in two; what follows begins with a blank."""
    held = ""
    for letter in line:
        if len((held + letter).encode()) > _LINE:
            yield held
            held = " "
        held += letter
    yield held
