"""What a rule of deadlines is asked for: its content, or its last day; and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.deadlines import CLOCKS
from feedback.models import catalogue
from feedback.reports.clock import CLOCK_NAMES
from feedback.web.desk.base import pick
from feedback.web.desk.changes_words import kind_name
from feedback.web.desk.forms import set_choices

CONFIDENCE: dict[str, Any] = {
    "sourced": gettext_lazy("Read in the text of the law"),
    "secondary": gettext_lazy("Known from a summary"),
    "policy": gettext_lazy("The office's own promise"),
}


class StepsField(forms.CharField):
    """ "60, 90" → [60, 90]."""

    def clean(self, value: Any) -> list[int]:
        text = super().clean(value)
        parts = [part for part in re.split(r"[\s,;]+", text) if part]
        if not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
            raise forms.ValidationError(
                _("Write whole numbers with a comma between them, for example 60, 90.")
            )
        return [int(part) for part in parts]


def _date(label: Any, **more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


class Decision(forms.Form):
    """What every plan asks for: the name of the edition, and why."""

    base = forms.CharField(widget=forms.HiddenInput, max_length=80, required=False)
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        error_messages={"required": gettext_lazy("Please give the reason.")},
        max_length=300,
        help_text=gettext_lazy("Whoever gets another date reads this sentence."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    version = forms.CharField(
        label=gettext_lazy("Name of the new version"),
        max_length=80,
        help_text=gettext_lazy("It stands beside every date computed by it."),
    )


class RuleForm(Decision):
    """The content of a rule; the kind and the clock are asked only for a rule that is new."""

    kind = forms.ChoiceField(label=gettext_lazy("For which letters"))
    clock = forms.ChoiceField(label=gettext_lazy("Which step"))
    instance = forms.ChoiceField(
        label=gettext_lazy("Instance"),
        required=False,
        choices=[
            ("", gettext_lazy("Any")),
            ("1", gettext_lazy("First instance")),
            ("2", gettext_lazy("Second instance")),
        ],
    )
    remote = forms.ChoiceField(
        label=gettext_lazy("Hard-to-reach area"),
        required=False,
        choices=[("", gettext_lazy("Any")), ("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))],
    )
    on = _date(
        gettext_lazy("Valid from"),
        help_text=gettext_lazy("A day to come leaves everything begun before as it is."),
    )
    until = _date(gettext_lazy("Valid until"), required=False, help_text=gettext_lazy("This day included."))
    value = forms.IntegerField(label=gettext_lazy("Number of days"), min_value=1, max_value=3650)
    unit = forms.ChoiceField(
        label=gettext_lazy("Counted in"),
        choices=[("wd", gettext_lazy("working days")), ("cd", gettext_lazy("calendar days"))],
        help_text=gettext_lazy("A last day that is off always moves to the next working day."),
    )
    start = forms.ChoiceField(
        label=gettext_lazy("Counted from"),
        choices=[
            ("received", gettext_lazy("the day the letter is received")),
            ("accepted", gettext_lazy("the day it is accepted for handling")),
        ],
        help_text=gettext_lazy("Day 1 is the day after."),
    )
    steps = StepsField(
        label=gettext_lazy("May be extended to"),
        required=False,
        max_length=60,
        help_text=gettext_lazy(
            "Days in all, counted from the start: 45, or 60, 90 for two extensions. Empty: no extension."
        ),
    )
    chosen_by = forms.ChoiceField(
        label=gettext_lazy("Which day decides whether it applies"),
        choices=[
            ("start", gettext_lazy("The day this step begins")),
            ("received", gettext_lazy("The day the letter was received (transitional provision)")),
        ],
    )
    law = forms.CharField(
        label=gettext_lazy("Article of law"), max_length=300, help_text=gettext_lazy("Citizens read it.")
    )
    conf = forms.ChoiceField(label=gettext_lazy("How sure it is"), choices=list(CONFIDENCE.items()))
    explanation = forms.CharField(
        label=gettext_lazy("Explanation"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What one should know when reading the rule."),
    )

    field_order = (
        "kind",
        "clock",
        "instance",
        "remote",
        "on",
        "until",
        "value",
        "unit",
        "start",
        "steps",
        "chosen_by",
        "law",
        "conf",
        "explanation",
        "note",
        "version",
    )

    def __init__(self, *args: Any, old: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old = old
        if old is not None:
            for name in ("kind", "clock", "instance", "remote"):
                del self.fields[name]
        else:
            kinds = [
                ("*", _("Every kind of letter")),
                *((code, kind_name(code)) for code in catalogue().kinds),
            ]
            set_choices(self, "kind", kinds)
            set_choices(self, "clock", [(code, pick(CLOCK_NAMES[code])) for code in CLOCKS])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        ladder = [data.get("value") or 0, *(data.get("steps") or [])]
        if data.get("steps") and ladder != sorted(set(ladder)):
            self.add_error(
                "steps",
                _("Each extension must reach further than the one before, and than the period itself."),
            )
        if data.get("on") and data.get("until") and data["until"] < data["on"]:
            self.add_error("until", _("The last day is before the first."))
        return data

    def entry(self) -> dict[str, Any]:
        """The rule as an entry of the data; without its id."""
        data, old = self.cleaned_data, self.old
        held: dict[str, Any] = (
            {key: old[key] for key in ("kind", "clock", "instance", "remote") if key in old} if old else {}
        )
        if old is None:
            held = {"kind": data["kind"], "clock": data["clock"]}
            held |= {"instance": int(data["instance"])} if data["instance"] else {}
            held |= {"remote": data["remote"] == "yes"} if data["remote"] else {}
        held |= {
            "value": data["value"],
            "unit": data["unit"],
            "start": data["start"],
            "law": data["law"],
            "conf": data["conf"],
        }
        held |= {"from": data["on"].isoformat()}
        held |= {"to": data["until"].isoformat()} if data["until"] else {}
        held |= {"extend_to": data["steps"]} if data["steps"] else {}
        held |= {"chosen_by": "received"} if data["chosen_by"] == "received" else {}
        return held | ({"note_vi": data["explanation"].strip()} if data["explanation"].strip() else {})


class EndForm(Decision):
    last = _date(
        gettext_lazy("Last day it is valid"),
        help_text=gettext_lazy("What begins later has no such deadline, unless another rule fits."),
    )
    field_order = ("last", "note", "version")


def initial_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    steps = entry.get("extend_to") or []
    steps = steps if isinstance(steps, list) else [steps]
    held = {name: entry[name] for name in ("value", "unit", "start", "law", "conf")}
    return held | {
        "steps": ", ".join(str(one) for one in steps),
        "chosen_by": entry.get("chosen_by", "start"),
        "explanation": str(entry.get("note_vi") or "").strip(),
    }
