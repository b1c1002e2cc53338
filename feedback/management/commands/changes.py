"""A change of the world at the command line: planned, counted, looked at, confirmed, carried out."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import F
from django.utils import timezone

from feedback import actions
from feedback.actions import changes, replanning
from feedback.calendar import with_days
from feedback.errors import OfficeError
from feedback.management import loading
from feedback.models import CalendarVersion, Change, ChangeLine, catalogue
from feedback.models.cases import OFFICE_TIME

PLANS = ("plan-calendar", "plan-rules", "plan-units")
AT_ONCE = 100  # cases between two lines of progress
LOOK_AGAIN = 5.0  # seconds between looks while other processes are given time to hear of the change
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Plan, count, confirm and carry out a change of the calendar, the deadline rules or the units. "
        "FILE is YAML or JSON in the shape of feedback/catalogue/; a calendar file with `overrides` alone adds those "
        "days to the calendar in force."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        todo = parser.add_subparsers(dest="todo", required=True, metavar="ACTION")
        self._action(todo, "list", "every change, the newest first")
        for name in PLANS:
            plan = self._action(todo, name, f"plan a change: {name.partition('-')[2]}")
            plan.add_argument("file", type=Path, nargs="?" if name == "plan-calendar" else None)
            plan.add_argument("--note", required=True, help="the reason; citizens whose date moves read it")
            if name != "plan-units":
                plan.add_argument(
                    "--version", dest="edition", help="name of the new version (default: the next)"
                )
            if name == "plan-calendar":
                plan.add_argument("--unit", help="code of the unit that gets a calendar of its own")
                plan.add_argument(
                    "--end", action="store_true", help="the unit follows the calendar above it again"
                )
        for name, what in (
            ("show", "what it would do, or has done"),
            ("count", "count anew which open cases move"),
            ("confirm", "show the figures, ask, put it in force"),
            ("carry-out", "let the open cases follow now; may be interrupted and repeated"),
            ("drop", "give a planned change up"),
        ):
            one = self._action(todo, name, what)
            one.add_argument("number", type=int)
            if name == "confirm":
                one.add_argument("--yes", action="store_true", help="do not ask")

    def _action(self, todo: Any, name: str, what: str) -> ArgumentParser:
        parser: ArgumentParser = todo.add_parser(name, help=what)
        parser.add_argument("--json", action="store_true", help="print data instead of sentences")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        self.options = options
        name = options["todo"].replace("-", "_")
        try:
            if options["todo"] in PLANS:
                change = self._planned(getattr(self, name))
                changes.count(change, at=timezone.now())
                self.show(change)
            elif name == "list":
                self.list()
            else:
                getattr(self, name)(_found(options["number"]))
        except OfficeError as refusal:
            raise CommandError(f"{refusal.sentence('vi')} / {refusal.sentence('en')}") from refusal

    # --- planning --------------------------------------------------------------------------------
    def _planned(self, plan: Callable[[], Change]) -> Change:
        try:
            return plan()
        except (ValueError, KeyError, TypeError, AttributeError, OSError, yaml.YAMLError) as error:
            raise CommandError(f"Không đọc được tệp / the file cannot be used: {error}") from error

    def plan_calendar(self) -> Change:
        unit, path, now = self.options["unit"], self.options["file"], timezone.now()
        data = self._calendar(unit, path)
        version = self.options["edition"] or data.get("version")
        version = version or replanning.next_version(CalendarVersion, now, unit=unit)
        return actions.plan_calendar(
            data, version=str(version), note=self.options["note"], by=actions.SYSTEM, at=now, unit=unit
        )

    def _calendar(self, unit: str | None, path: Path | None) -> dict[str, Any]:
        """The complete calendar of the file; or the one in force with the file's days; or none (`--end`)."""
        if (path is None) != self.options["end"]:
            raise CommandError("Give a file, or --unit with --end.")
        data = _read(path) if path is not None else {}
        if path is None or "weekly" in data:
            return dict(data)
        if set(data) - {"overrides", "version"} or not data.get("overrides"):
            raise CommandError("A calendar file holds a whole calendar, or `overrides` alone.")
        book = catalogue()
        held = book.calendars[book.calendar_version_for(unit)].data
        return with_days(held, data["overrides"]) | {"version": data.get("version")}

    def plan_rules(self) -> Change:
        data, now = _read(self.options["file"]), timezone.now()
        entries = loading.one_by_one(data["rules"] if isinstance(data, dict) else data)
        named = data.get("version") if isinstance(data, dict) else None
        version = self.options["edition"] or named or replanning.next_version(None, now)
        note = self.options["note"]
        return actions.plan_rules(entries, version=str(version), note=note, by=actions.SYSTEM, at=now)

    def plan_units(self) -> Change:
        data = _read(self.options["file"])
        return actions.plan_units(data, note=self.options["note"], by=actions.SYSTEM, at=timezone.now())

    # --- looking ---------------------------------------------------------------------------------
    def list(self) -> None:
        rows = Change.objects.select_related("calendar", "rules")
        if self.options["json"]:
            self._json([figures(change) for change in rows])
            return
        for change in rows:
            self.stdout.write(f"{change.pk}  {change.get_state_display()}  {change}  ({change.note})")

    def show(self, change: Change) -> None:
        change.refresh_from_db()
        lines = change.lines.select_related("case")
        if self.options["json"]:
            self._json(figures(change) | {"cases": [as_data(line) for line in lines]})
            return
        self.stdout.write("\n".join(sentences(change)))
        shown = list(lines[: SHOWN + 1])
        self.stdout.write("".join(f"  {_sentence(line)}\n" for line in shown[:SHOWN]), ending="")
        if len(shown) > SHOWN:
            self.stdout.write("  …")
        if change.state == Change.State.READY:
            self.stdout.write(f"Xác nhận / confirm: manage.py changes confirm {change.pk}")

    def _json(self, data: Any) -> None:
        self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))

    # --- deciding --------------------------------------------------------------------------------
    def count(self, change: Change) -> None:
        changes.recount(change, at=timezone.now())
        self._counted(change)
        self.show(change)

    def _counted(self, change: Change) -> None:
        if not changes.count(change, at=timezone.now()):
            other = changes.under_way(timezone.now())
            raise CommandError(
                f"Phải chờ thay đổi {other.pk} thực hiện xong rồi mới tính thử được. / "
                f"Change {other.pk} is still being carried out; the count waits for it."
                if other
                else "Chưa tính thử xong. / The count is not complete."
            )

    def confirm(self, change: Change) -> None:
        self._counted(change)
        if not self.options["json"]:
            self.show(change)
        if not self.options["yes"] and not _agreed():
            raise CommandError("Chưa áp dụng gì. / Nothing was put in force.")
        change = changes.confirm(change, by=actions.SYSTEM, at=timezone.now())
        if self.options["json"]:
            self._json(figures(change))
        else:
            self.stdout.write(f"Đã áp dụng {change.target}. / {change.target} is in force.")
            self.stdout.write(
                f"Worker chuyển các đơn theo, hoặc / or: manage.py changes carry-out {change.pk}"
            )

    def drop(self, change: Change) -> None:
        changes.drop(change, by=actions.SYSTEM)
        self.show(change)

    def carry_out(self, change: Change) -> None:
        """To the end, in the foreground. Interrupted: what is done is done, the rest follows at the next call."""
        try:
            while change.state == Change.State.CONFIRMED:
                now = timezone.now()
                if change.carry_out_on and change.carry_out_on > timezone.localtime(now).date():
                    raise CommandError(
                        f"Đến ngày {change.carry_out_on:%d/%m/%Y} mới thực hiện. / Not before that day."
                    )
                followed = changes.carry_out(change, at=now, limit=AT_ONCE)
                change.refresh_from_db()
                if followed:
                    self._progress(change)
                elif change.state == Change.State.CONFIRMED:
                    time.sleep(LOOK_AGAIN)
        except KeyboardInterrupt:
            raise CommandError(
                "Đã dừng; chạy lại lệnh này để tiếp tục. / Stopped; repeat it to go on."
            ) from None
        if change.state != Change.State.DONE:
            raise changes.ChangeNotReady
        self.show(change)

    def _progress(self, change: Change) -> None:
        if not self.options["json"]:
            left = changes.touched(change).count()
            self.stdout.write(f"  {change.looked_at} đơn đã theo, còn {left} / {left} cases left")


def _agreed() -> bool:
    """Asked at the terminal; where nobody can answer, nothing is put in force."""
    try:
        return input("Áp dụng? / Put it in force? [y/N] ").strip().lower() in ("y", "c")
    except EOFError:
        return False


def _found(number: int) -> Change:
    change = Change.objects.filter(pk=number).first()
    if change is None:
        raise CommandError(f"Không có thay đổi số {number}. / There is no such change.")
    return change


def _read(path: Path) -> Any:
    return loading.plain(yaml.safe_load(path.read_text(encoding="utf-8")))


def figures(change: Change) -> dict[str, Any]:
    """The numbers of a change, JSON-able."""
    moments = ("planned_at", "counted_at", "confirmed_at", "finished_at")
    return {
        "number": change.pk,
        "what": change.what,
        "brings": change.target,
        "replaces": change.based_on,
        "note": change.note,
        "state": change.state,
        "outdated": change.state in (Change.State.COUNTING, Change.State.READY)
        and changes.is_outdated(change),
        "looked_at": change.looked_at,
        "moved": change.moved,
        "failed": change.failed,
        **{name: moment.isoformat() if (moment := getattr(change, name)) else None for name in moments},
    }


def sentences(change: Change) -> list[str]:
    """The same for a person."""
    earlier = change.lines.filter(due_after__lt=F("due_before")).count()
    later = change.lines.filter(due_after__gt=F("due_before")).count()
    return [
        f"{change.pk}. {change}: {change.get_state_display()}",
        f"  Lý do / reason: {change.note}",
        f"  Thay cho / replaces: {change.based_on or '—'}",
        f"  {change.looked_at} đơn đang mở theo thay đổi này, {change.moved} đơn đổi hạn hoặc đơn vị / cases move",
        f"  sớm hơn / earlier: {earlier}; muộn hơn / later: {later}; không tính được / failed: {change.failed}",
    ]


def as_data(line: ChangeLine) -> dict[str, Any]:
    return {
        "case": line.case.reference,
        "due_before": line.due_before.isoformat(),
        "due_after": line.due_after.isoformat(),
        "unit_before": line.unit_before_id,
        "unit_after": line.unit_after_id,
        "remark": line.remark,
    }


def _sentence(line: ChangeLine) -> str:
    before, after = (moment.astimezone(OFFICE_TIME) for moment in (line.due_before, line.due_after))
    dates = f"{before:%d/%m/%Y %H:%M} → {after:%d/%m/%Y %H:%M}" if before != after else f"{after:%d/%m/%Y}"
    units = (
        f", {line.unit_before_id} → {line.unit_after_id}" if line.unit_before_id != line.unit_after_id else ""
    )
    return f"{line.case.reference}: {dates}{units}"
