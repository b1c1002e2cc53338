"""/quy-tac-thoi-han/: every time limit in force, by kind of letter, with the article of law behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.deadlines import CLOCKS, Rule
from feedback.models import catalogue
from feedback.reports import rules
from feedback.reports.clock import CLOCK_NAMES
from feedback.web.public.working_calendar import came_into_force
from feedback.web.words import language, name_of

_STANDING = {"now": 0, "coming": 1, "past": 2}


@require_safe
def deadline_rules(request: HttpRequest) -> HttpResponse:
    book = catalogue()
    context = {
        "groups": _groups(book.rules),
        "version": book.rule_books.get(book.rules_in_force or ""),
        "versions": came_into_force(book.rule_books.values()),
    }
    return render(request, "feedback/public/deadline_rules.html", context)


def _groups(known: Iterable[Rule]) -> list[dict[str, Any]]:
    """By kind, in the order of the catalogue; what holds for every kind first."""
    by_kind: dict[str, list[Rule]] = {}
    for rule in known:
        by_kind.setdefault(rule.kind, []).append(rule)
    kinds = catalogue().kinds
    order = ["*", *kinds, *sorted(set(by_kind) - set(kinds) - {"*"})]
    return [
        {
            "code": "" if kind == "*" else kind,
            "name": _("Every kind of letter") if kind == "*" else name_of(kinds.get(kind)) or kind,
            "rules": [_told(rule) for rule in sorted(by_kind[kind], key=_order)],
        }
        for kind in order
        if kind in by_kind
    ]


def _order(rule: Rule) -> tuple[Any, ...]:
    """Those of today first, then along the way of a letter."""
    place = CLOCKS.index(rule.clock)
    return (
        _STANDING[rules.standing(rule, timezone.localdate())],
        place,
        rule.instance or 0,
        bool(rule.remote),
    )


def _told(rule: Rule) -> dict[str, Any]:
    i = 1 if language() == "en" else 0
    longer = rules.longer(rule)
    return {
        "label": CLOCK_NAMES[rule.clock][i],
        "condition": rules.condition(rule)[i],
        "period": rules.period(rule)[i],
        "longer": longer[i] if longer else "",
        "law": rule.law,
        "sure": rules.sure(rule)[i],
        "validity": rules.validity(rule)[i],
        "standing": rules.standing(rule, timezone.localdate()),
        "note": rule.note_vi,
    }
