from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

from feedback import deadlines
from feedback.calendar import BeyondHorizon
from feedback.deadlines.words import moment_en, moment_vi
from feedback.management.asked import Asked, asked
from feedback.reports import rules
from feedback.reports.clock import ClockView, views_of

WIDTH = 110
EXAMPLE = """example:
  manage.py explain_deadline --kind hoi_dap --received 2026-02-12T16:45
  manage.py explain_deadline --kind khieu_nai --received 2026-11-02 --accepted 2026-11-05T09:00 --remote --clock all
  manage.py explain_deadline --kind phan_anh --received 2026-11-18 --pause 2026-11-20T09:00..2026-11-25T10:30 \\
      --extend 2026-11-30:20 --stopped 2026-12-10T15:00"""


class Command(BaseCommand):
    requires_system_checks = ()  # it answers before anything is migrated or loaded
    help = (
        "Explain step by step how a deadline is computed: of a letter that exists only in the question,\n"
        "or of a stored case. Moments are ISO 8601; a date alone means the office's opening that day,\n"
        "a moment without a zone is in the office's."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EXAMPLE
        parser.formatter_class = _Help
        add = parser.add_argument
        add("--kind", metavar="CODE", help="kind of letter, in any case: hoi_dap, PHAN_ANH, khieu_nai, …")
        add("--received", metavar="WHEN")
        add(
            "--accepted", metavar="WHEN", help="when it was accepted; else the latest moment allowed is taken"
        )
        add("--stopped", metavar="WHEN", help="when it was answered: then the verdict is told")
        add("--pause", metavar="FROM..TO", action="append", default=[], help="repeatable; TO may be empty")
        add(
            *("--extend",),
            metavar="WHEN:DAYS",
            action="append",
            default=[],
            help="repeatable; DAYS in all, from the start",
        )
        add("--instance", metavar="1|2", help="first or second instance of a complaint")
        add("--remote", action="store_true", help="remote area")
        add("--clock", metavar="NAME", help="acknowledge, accept, transfer, reply (default), red_line; all")
        add("--unit", metavar="CODE", help="the unit whose calendar counts")
        add("--calendar", metavar="VERSION", help="else the one in force")
        add("--rules", metavar="VERSION", help="else those in force")
        add(
            "--case", metavar="HA-…", help="a stored case instead; nothing of its text or its people is shown"
        )
        add("--language", choices=["vi", "en"], default="vi")
        add("--json", action="store_true", help="one JSON document, dates in ISO 8601")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = asked(options)
            told = as_json(found) if options["json"] else "\n".join(as_text(found, options["language"]))
        except BeyondHorizon as error:
            raise CommandError(error.sentence("vi")) from error
        self.stdout.write(told)


class _Help(argparse.RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Django's order of the options; description and examples as they are written."""


# --- data


def as_json(found: Asked) -> str:
    """One document: the letter, the due date of its first clock, and every clock with its steps and days."""
    clocks = [_clock_data(name, clock, clock is found.main) for name, clock in found.clocks.items()]
    first, local = clocks[0], found.main.calendar.local
    facts = {**found.facts, "stopped": found.main.stopped_at}
    told = {
        **{
            name: _plain(local(value) if isinstance(value, datetime) else value)
            for name, value in facts.items()
        },
        "source": "files" if found.from_files else "database",
        "clock": first["clock"],
        "due": first["due"],
        "due_date": first["due"][:10],
        "clocks": clocks,
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _clock_data(name: str, clock: deadlines.Clock, main: bool) -> dict[str, Any]:
    told, verdict = deadlines.explain(clock), deadlines.verdict(clock)
    return {
        "clock": name,
        "main": main,
        **told.as_dict(),
        "rules_version": clock.rules_version,
        "provisional_years": _provisional_years(told),
        "verdict": verdict and {key: _plain(value) for key, value in asdict(verdict).items()},
    }


def _provisional_years(told: deadlines.Explanation) -> list[int]:
    return sorted({mark.day.year for mark in told.days if mark.provisional})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


# --- words


def as_text(found: Asked, language: str) -> Iterator[str]:
    """The same for people, line by line."""
    i = 1 if language == "en" else 0
    yield from _head(found, i)
    for view in views_of(found.clocks, at=found.facts["received"], language=language):
        yield ""
        yield from _clock_text(view, i)


def _head(found: Asked, i: int) -> Iterator[str]:
    facts = found.facts
    kind = found.book.kinds.get(facts["kind"] or "")
    named = (kind.name_vi, kind.name_en)[i] if kind else ("Chưa phân loại", "Not classified yet")[i]
    code = f" ({kind.code})" if kind else ""
    before = f"{facts['case']}: " if facts["case"] else ""
    received = _moment(found.main.calendar.local(facts["received"]), i)
    yield f"{before}{named}{code}, {('nhận lúc', 'received at')[i]} {received}"
    main = found.main
    versions = (
        f"Lịch làm việc {main.calendar.version}, quy tắc {main.rules_version}",
        f"Calendar {main.calendar.version}, rules {main.rules_version}",
    )[i]
    files = (" (theo tệp kèm phần mềm)", " (from the files of the product)")[i]
    yield versions + (files if found.from_files else "")


def _clock_text(view: ClockView, i: int) -> Iterator[str]:
    told, clock, rule = view.explanation, view.clock, view.clock.rule
    yield f"{view.label}: {_moment(told.due, i)}"
    for count, sentence in enumerate(told.sentences("en" if i else "vi"), start=1):
        yield from _folded(f"{count:3}. ", sentence)
    yield from _folded(("  Căn cứ: ", "  Basis: ")[i], rule.law)
    yield from _folded(("  Mức chắc chắn: ", "  How sure: ")[i], rules.sure(rule)[i])
    if rule.note_vi:
        yield from _folded(("  Ghi chú: ", "  Note (Vietnamese): ")[i], rule.note_vi)
    verdict = deadlines.verdict(clock)
    if verdict is not None:
        yield from _verdict_text(verdict, clock, i)


def _verdict_text(verdict: deadlines.Verdict, clock: deadlines.Clock, i: int) -> Iterator[str]:
    stopped = _moment(clock.calendar.local(verdict.stopped_at), i)
    late = _lateness(verdict.met, verdict.late_working_seconds, verdict.late_calendar_seconds, i)
    yield f"  {('Dừng lúc', 'Stopped at')[i]} {stopped}: {late}"
    if verdict.original_due != verdict.due:
        first = _lateness(
            verdict.met_original,
            verdict.original_late_working_seconds,
            verdict.original_late_calendar_seconds,
            i,
        )
        due = _moment(verdict.original_due, i)
        yield f"  {('So với hạn đầu tiên', 'Against the first date')[i]}, {due}: {first}"


def _lateness(met: bool, working: int, calendar: int, i: int) -> str:
    spans = _span(abs(working), i), _span(abs(calendar), i)
    if met:
        return (f"đúng hạn, còn {spans[0]} làm việc.", f"in time, {spans[0]} of working time to spare.")[i]
    return (
        f"trễ hạn {spans[0]} làm việc ({spans[1]} theo lịch).",
        f"late by {spans[0]} of working time ({spans[1]} by the clock).",
    )[i]


def _span(seconds: int, i: int) -> str:
    hours, minutes = divmod(-(-seconds // 60), 60)
    return (f"{hours} giờ {minutes} phút", f"{hours} h {minutes} min")[i]


def _moment(moment: datetime, i: int) -> str:
    return moment_en(moment) if i else moment_vi(moment)


def _folded(mark: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(mark + text, WIDTH, subsequent_indent="     ")
