"""A planned change in words: what it changes, before and after; how far it has come; what it would do in figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from feedback import actions
from feedback.calendar import WEEKDAYS_EN, WEEKDAYS_VI, Difference, differences
from feedback.calendar import shown_hours as hours_of
from feedback.deadlines import editing, rules_from
from feedback.models import CalendarVersion, Change, catalogue
from feedback.reports import rules as rule_words
from feedback.reports.clock import CLOCK_NAMES
from feedback.web.desk.base import pick
from feedback.web.words import language, name_of, unit_name

WHAT: dict[str, Any] = {
    Change.What.CALENDAR: gettext_lazy("Working calendar"),
    Change.What.RULES: gettext_lazy("Deadline rules"),
    Change.What.UNITS: gettext_lazy("Units"),
}
STATES: dict[str, Any] = {
    Change.State.COUNTING: gettext_lazy("Being counted"),
    Change.State.READY: gettext_lazy("Waits for confirmation"),
    Change.State.CONFIRMED: gettext_lazy("Being carried out"),
    Change.State.DONE: gettext_lazy("Carried out"),
    Change.State.DROPPED: gettext_lazy("Dropped"),
}
# Tones of the status tags cases have, so that a colour means the same everywhere.
TONES = {"counting": "processing", "ready": "pending_approval", "confirmed": "processing", "done": "answered"}
PLAIN: dict[str, Any] = {
    "timezone": gettext_lazy("Time zone"),
    "country": gettext_lazy("Public holidays of"),
    "first_year": gettext_lazy("First year"),
    "last_year": gettext_lazy("Last year"),
    "decided_until": gettext_lazy("Days off officially announced until"),
}
REMAINING_SHOWN = 10_000  # more are not counted for a progress bar


@dataclass(frozen=True)
class Row:
    """One line of "before → after"."""

    name: str
    before: str
    after: str


def title(change: Change) -> str:
    """ "Working calendar vn-2026.3", "Units: Phòng A, Phòng B"."""
    if change.what == Change.What.UNITS:
        return f"{WHAT[change.what]}: {', '.join(unit_name(code) or code for code in change.units['units'])}"
    unit = change.calendar.unit_id if change.calendar is not None else None
    whose = f" – {unit_name(unit) or unit}" if unit else ""
    return f"{WHAT[change.what]} {change.target}{whose}"


def weekday(day: date) -> str:
    return (WEEKDAYS_EN if language() == "en" else WEEKDAYS_VI)[day.weekday()]


def day_words(day: date) -> str:
    """ "Thứ Ba, 24/11/2026"."""
    return f"{weekday(day)}, {day:%d/%m/%Y}"


# --- what it changes ------------------------------------------------------------------------------
def rows(change: Change) -> list[Row]:
    """What the change changes, line by line."""
    if change.calendar is not None:
        return _calendar_rows(change, change.calendar)
    if change.rules is not None:
        before = catalogue().rule_books.get(change.based_on)
        pairs = editing.differences(before.data if before else [], change.rules.data)
        return [_rule_row(old, new) for old, new in pairs]
    return _unit_rows(change)


def _calendar_rows(change: Change, row: CalendarVersion) -> list[Row]:
    above = data_above(row.unit_id, change)
    held = catalogue().calendars.get(change.based_on)
    before = held.data if held is not None and held.data else above
    found = [_span_row(run) for run in _runs(differences(before, row.data or above))]
    if row.unit_id and not (held and held.data):
        found.insert(
            0, Row(unit_name(row.unit_id), _("follows the common calendar"), _("a calendar of its own"))
        )
    elif not row.data:
        found.insert(
            0, Row(unit_name(row.unit_id), _("a calendar of its own"), _("follows the common calendar"))
        )
    return found


def data_above(unit: str | None, change: Change | None = None) -> dict[str, Any]:
    """The calendar a unit without its own follows, at the time a change was planned (default: now)."""
    book, at = catalogue(), change.planned_at if change else timezone.now()
    while unit is not None:
        unit = book.units[unit].parent_id
        line = [row for row in book.calendars.values() if row.unit_id == unit and row.data]
        begun = [row for row in line if row.in_force_from and row.in_force_from <= at]
        if begun:
            return dict(max(begun, key=lambda row: (row.in_force_from, row.pk)).data)
    return {"weekly": {}, "first_year": 0, "last_year": 0}  # the very first calendar: all of it is new


def _runs(found: list[Difference]) -> list[list[Difference]]:
    """A holiday of seven days is one line."""
    runs: list[list[Difference]] = []
    for one in found:
        last = runs[-1][-1] if runs else None
        if last is not None and _next_day_alike(last, one):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _next_day_alike(last: Difference, one: Difference) -> bool:
    if one.what not in ("day", "public") or one.what != last.what:
        return False
    follows = date.fromisoformat(last.key) + timedelta(days=1) == date.fromisoformat(one.key)
    first, second = difference_row(last), difference_row(one)
    return follows and (first.before, first.after) == (second.before, second.after)


def _span_row(run: list[Difference]) -> Row:
    first, last = difference_row(run[0]), difference_row(run[-1])
    return first if len(run) == 1 else Row(f"{first.name} – {last.name}", first.before, first.after)


def difference_row(one: Difference) -> Row:
    """One difference in words."""
    if one.what == "week":
        number = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(one.key)
        name = (WEEKDAYS_EN if language() == "en" else WEEKDAYS_VI)[number]
        return Row(name, hours_of(one.before) or _("closed"), hours_of(one.after) or _("closed"))
    if one.what == "plain":
        return Row(str(PLAIN[one.key]), str(one.before or "–"), str(one.after or "–"))
    name = day_words(date.fromisoformat(one.key))
    if one.what == "day":
        return Row(name, override_words(one.before), override_words(one.after))
    return Row(name, _public_words(one.before), _public_words(one.after))


def override_words(entry: Mapping[str, Any] | None) -> str:
    """ "Day off: Tết (source: …)"; what an override says, in one line."""
    if entry is None:
        return _("as the week and the public holidays say")
    if not entry["working"]:
        what = _("Day off")
    else:
        hours = hours_of(entry.get("hours") or ())
        what = _("Open %(hours)s") % {"hours": hours} if hours else _("Working day")
    english = language() == "en" and entry.get("name_en")
    name = entry["name_en"] if english else entry.get("name", "")
    notes = [_("source: %(source)s") % {"source": entry["source"]}] if entry.get("source") else []
    notes += [_("provisional")] if entry.get("provisional") else []
    return f"{what}: {name}" + (f" ({'; '.join(notes)})" if notes else "")


def _public_words(names: list[str] | None) -> str:
    if names is None:
        return _("an ordinary day")
    if not names:
        return _("Make-up working day")
    return _("Public holiday: %(name)s") % {"name": names[1 if language() == "en" else 0]}


def _rule_row(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Row:
    entry = new or old
    assert entry is not None  # noqa: S101 - a difference has one side at least
    clock = pick(CLOCK_NAMES[entry["clock"]])
    return Row(f"{kind_name(str(entry['kind']))} – {clock} [{entry['id']}]", rule_text(old), rule_text(new))


def kind_name(code: str) -> str:
    if code == "*":
        return _("Every kind of letter")
    return name_of(catalogue().kinds.get(code)) or code


def rule_text(entry: Mapping[str, Any] | None) -> str:
    """One rule in sentences; a dash for none."""
    if entry is None:
        return "–"
    (rule,) = rules_from([entry])
    longer = rule_words.longer(rule)
    parts = [f"{pick(rule_words.period(rule))}."]
    parts += [pick(longer)] if longer else []
    parts += [
        f"{text}." for text in (pick(rule_words.condition(rule)), pick(rule_words.validity(rule))) if text
    ]
    return " ".join([*parts, f"{rule.law}."])


def new_names(change: Change) -> dict[str, str]:
    """Names of the units a change is going to found, by code."""
    return {one["code"]: one["name_vi"] for one in change.units.get("new") or ()}


def _unit_rows(change: Change) -> list[Row]:
    found, known = [], new_names(change)
    for code, one in change.units["units"].items():
        names = [unit_name(heir) or known.get(heir, heir) for heir in one["successors"]]
        until = _("exists until %(day)s") % {"day": f"{date.fromisoformat(one['valid_to']):%d/%m/%Y}"}
        found.append(Row(unit_name(code) or code, until, ", ".join(names) or _("nobody takes over")))
    for one in change.units.get("new") or ():
        found.append(Row(one["name_vi"], "–", _("new unit from %(day)s") % {"day": _day(one["valid_from"])}))
    if change.units.get("people") and any(one["successors"] for one in change.units["units"].values()):
        found.append(Row(_("People"), "–", _("move along into the unit that takes over")))
    return found


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}"


# --- what it would do -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Figures:
    """The counted list in numbers."""

    total: int
    later: int
    earlier: int
    moved: int  # to another unit
    sorting: int  # to the sorting desk
    most_later: str
    most_earlier: str

    @property
    def sentence(self) -> str:
        """ "37 open letters get another date: 35 later, 2 earlier." """
        if not self.total:
            return _("No open letter is affected.")
        parts = []
        if self.later or self.earlier:
            head = ngettext(
                "%(n)d open letter gets another date: %(later)d later, %(earlier)d earlier.",
                "%(n)d open letters get another date: %(later)d later, %(earlier)d earlier.",
                self.later + self.earlier,
            )
            numbers = {"n": self.later + self.earlier, "later": self.later, "earlier": self.earlier}
            parts.append(head % numbers)
        if self.moved:
            words = ngettext(
                "%(n)d open letter goes to another unit.",
                "%(n)d open letters go to another unit.",
                self.moved,
            )
            parts.append(words % {"n": self.moved})
        if self.sorting:
            words = ngettext(
                "%(n)d open letter goes to the sorting desk.",
                "%(n)d open letters go to the sorting desk.",
                self.sorting,
            )
            parts.append(words % {"n": self.sorting})
        return " ".join(parts) or _("The dates stay.")


def figures(change: Change) -> Figures:
    """One query over the counted list."""
    moves = ExpressionWrapper(F("due_after") - F("due_before"), output_field=DurationField())
    found = change.lines.aggregate(
        total=Count("pk"),
        later=Count("pk", filter=Q(due_after__gt=F("due_before"))),
        earlier=Count("pk", filter=Q(due_after__lt=F("due_before"))),
        moved=Count("pk", filter=Q(unit_after__isnull=False) & ~Q(unit_before=F("unit_after"))),
        sorting=Count("pk", filter=Q(unit_after__isnull=True, unit_before__isnull=False)),
        most=Max(moves),
        least=Min(moves),
    )
    none = timedelta()
    most, least = found.pop("most") or none, found.pop("least") or none
    return Figures(**found, most_later=_span(max(most, none)), most_earlier=_span(-min(least, none)))


def _span(length: timedelta) -> str:
    if not length:
        return ""
    days = round(length / timedelta(days=1))
    if days:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    hours = max(1, round(length / timedelta(hours=1)))
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


@dataclass(frozen=True)
class Progress:
    """How far counting or carrying out has come. `total` is None where so many are left that nobody counts them."""

    text: str
    done: int
    total: int | None
    live: bool = True  # something happens in this very minute


def progress(change: Change) -> Progress | None:
    """None when nothing is under way."""
    if change.state not in (Change.State.COUNTING, Change.State.CONFIRMED):
        return None
    if (
        change.state == Change.State.CONFIRMED
        and change.carry_out_on
        and change.carry_out_on > timezone.localdate()
    ):
        text = _("It is carried out on %(day)s.") % {"day": f"{change.carry_out_on:%d/%m/%Y}"}
        return Progress(text, 0, None, live=False)
    counting = change.state == Change.State.COUNTING
    if counting and (other := actions.under_way(timezone.now())) is not None:
        text = _(
            "The count waits until “%(other)s” is carried out: the dates it starts from are still moving."
        )
        return Progress(text % {"other": title(other)}, 0, None)
    cases = actions.touched(change)  # those that have followed are no longer among them
    rest = (
        (cases.filter(pk__gt=change.cursor) if counting else cases).order_by()[: REMAINING_SHOWN + 1].count()
    )
    total = change.looked_at + rest if rest <= REMAINING_SHOWN else None
    numbers = {"looked": change.looked_at, "moved": change.moved}
    if counting:
        text = _("%(looked)d open letters looked at, %(moved)d of them would change.") % numbers
    else:
        text = (
            _("%(looked)d open letters have followed, %(moved)d of them with another date or unit.") % numbers
        )
    return Progress(f"{text} {_left(rest, counting)}", change.looked_at, total)


def _left(rest: int, counting: bool) -> str:
    if rest > REMAINING_SHOWN:
        return _("More than %(n)d open letters are left.") % {"n": REMAINING_SHOWN}
    if not rest and not counting:
        return _("A last look is taken for letters that came in meanwhile.")
    return ngettext("%(n)d open letter is left.", "%(n)d open letters are left.", rest) % {"n": rest}
