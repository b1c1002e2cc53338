"""Legal clocks as pure functions of (rule, calendar, what happened). Plain Python.

The names below are the interface: `choose_rule` → `Clock` → `due`, `state_at`, `verdict`, `alarms`, `explain`.
"""

from feedback.calendar import calendar_from
from feedback.deadlines.clock import (
    Alarm,
    Clock,
    TimeTaken,
    Verdict,
    alarms,
    calendar_days_left,
    due,
    is_provisional,
    next_alarm,
    original_due,
    remaining,
    state_at,
    time_taken,
    verdict,
)
from feedback.deadlines.explain import DayMark, Explanation, Step, explain
from feedback.deadlines.ledger import Extension, Pause
from feedback.deadlines.rules import CLOCKS, Rule, RuleDataError, RulesTie, choose_rule, rules_from

__all__ = [
    "CLOCKS",
    "Alarm",
    "Clock",
    "DayMark",
    "Explanation",
    "Extension",
    "Pause",
    "Rule",
    "RuleDataError",
    "RulesTie",
    "Step",
    "TimeTaken",
    "Verdict",
    "alarms",
    "calendar_days_left",
    "calendar_from",
    "choose_rule",
    "due",
    "explain",
    "is_provisional",
    "next_alarm",
    "original_due",
    "remaining",
    "rules_from",
    "state_at",
    "time_taken",
    "verdict",
]
