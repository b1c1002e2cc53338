"""Deadline rules: the edition in force as a table; replacing, ending, adding one rule from a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions
from feedback.deadlines import Rule, RuleDataError, RulesTie, editing, rules_from
from feedback.errors import OfficeError
from feedback.models import Change, catalogue
from feedback.reports import rules as rule_words
from feedback.reports.clock import CLOCK_NAMES
from feedback.web.desk.base import DeskRequest, pick, show
from feedback.web.desk.changes import continued, planned, room_page, still_on
from feedback.web.desk.changes_rule_forms import CONFIDENCE, Decision, EndForm, RuleForm, initial_of
from feedback.web.desk.changes_words import kind_name
from feedback.web.errors import add_to_form

Entries = list[dict[str, Any]]
STANDING: dict[str, Any] = {
    "past": gettext_lazy("no longer valid"),
    "now": gettext_lazy("valid now"),
    "coming": gettext_lazy("valid later"),
}


# --- which edition is looked at -------------------------------------------------------------------
class Edition:
    """The rules in force, or those of an undecided change somebody goes on with."""

    def __init__(self, request: DeskRequest) -> None:
        self.request = request
        self.earlier: Change | None = continued(request)
        book = catalogue()
        row = self.earlier.rules if self.earlier else book.rule_books.get(book.rules_in_force or "")
        if row is None:
            raise Http404
        self.version, self.entries = row.version, [dict(one) for one in row.data]
        self.query = f"?tiep={self.earlier.pk}" if self.earlier else ""

    def rule(self, code: str) -> Rule:
        try:
            (rule,) = rules_from([editing.entry_of(self.entries, code)])
        except KeyError:
            raise Http404 from None
        return rule

    def plan(self, entries: Entries, version: str, note: str) -> Change:
        by, at = self.request.user, timezone.now()
        return actions.instead_of(
            self.earlier,
            lambda: actions.plan_rules(entries, version=version, note=note, by=by, at=at),
            by=by,
        )


@dataclass(frozen=True)
class Line:
    """One rule in the table."""

    code: str
    clock: str
    period: str
    longer: str
    condition: str
    validity: str
    law: str
    confidence: str
    note: str
    standing: str
    standing_name: str
    url: str


def _line(rule: Rule, query: str) -> Line:
    longer, standing = rule_words.longer(rule), rule_words.standing(rule, timezone.localdate())
    return Line(
        code=rule.id,
        clock=pick(CLOCK_NAMES[rule.clock]),
        period=pick(rule_words.period(rule)),
        longer=pick(longer) if longer else "",
        condition=pick(rule_words.condition(rule)),
        validity=pick(rule_words.validity(rule)),
        law=rule.law,
        confidence=str(CONFIDENCE[rule.conf]),
        note=rule.note_vi,
        standing=standing,
        standing_name=str(STANDING[standing]),
        url=reverse("desk_rule", args=[rule.id]) + query,
    )


@room_page
def rules(request: DeskRequest) -> HttpResponse:
    """`/can-bo/thay-doi/quy-tac/`: every rule by kind of letter; those that are over fold away."""
    edition = Edition(request)
    groups: dict[str, list[Line]] = {}
    over: list[tuple[str, Line]] = []
    for rule in rules_from(edition.entries):
        line = _line(rule, edition.query)
        if line.standing == "past":
            over.append((kind_name(rule.kind), line))
        else:
            groups.setdefault(kind_name(rule.kind), []).append(line)
    context = {"edition": edition, "groups": groups.items(), "over": over}
    return show(request, "changes/rules", context)


# --- pages ----------------------------------------------------------------------------------------
def _initial(edition: Edition) -> dict[str, Any]:
    return {
        "base": edition.version,
        "version": actions.next_version(None, timezone.now()),
        "note": edition.earlier.note if edition.earlier else "",
    }


@room_page
def rule(request: DeskRequest, code: str) -> HttpResponse:
    """`…/quy-tac/<code>/`: one rule; put another in its place, or end it."""
    edition = Edition(request)
    shown = edition.rule(code)
    old = editing.entry_of(edition.entries, code)
    today = timezone.localdate()
    ending = request.method == "POST" and request.POST.get("do") == "end"
    replacing = request.method == "POST" and not ending
    first = _initial(edition)
    form = RuleForm(request.POST if replacing else None, old=old, initial={**first, **initial_of(old)})
    end = EndForm(request.POST if ending else None, initial=first, prefix="end")
    change = None
    if replacing:
        change = _try(
            form,
            edition,
            lambda: editing.replaced(
                edition.entries, code, form.entry(), on=form.cleaned_data["on"], today=today
            ),
            "on",
        )
    elif ending:
        change = _try(
            end,
            edition,
            lambda: editing.ended(edition.entries, code, last=end.cleaned_data["last"], today=today),
            "last",
        )
    if change is not None:
        return planned(request, change)
    context = {
        "edition": edition,
        "line": _line(shown, edition.query),
        "kind": kind_name(shown.kind),
        "form": end if ending else form,
        "replace": form,
        "end": end,
        "ending": ending,
    }
    return show(request, "changes/rule", context, 422 if request.method == "POST" else 200)


@room_page
def new_rule(request: DeskRequest) -> HttpResponse:
    """`…/quy-tac/moi/`."""
    edition = Edition(request)
    form = RuleForm(request.POST if request.method == "POST" else None, initial=_initial(edition))
    if request.method == "POST":
        change = _try(
            form, edition, lambda: editing.added(edition.entries, form.entry(), code=_code(form)), "kind"
        )
        if change is not None:
            return planned(request, change)
    return show(
        request, "changes/rule_new", {"edition": edition, "form": form}, 422 if form.is_bound else 200
    )


def _code(form: RuleForm) -> str:
    kind = form.cleaned_data["kind"].lower().replace("*", "all")
    return f"{kind}.{form.cleaned_data['clock']}.{form.cleaned_data['on'].isoformat()}"


def _try(form: Decision, edition: Edition, made: Callable[[], Entries], dated: str) -> Change | None:
    """Plan the edition `made` gives; None with the reason beside its field. `dated`: the field a clash belongs to."""
    if not form.is_valid() or not still_on(form, edition.version):
        return None
    try:
        entries = made()
        rules_from(entries)
        if not editing.differences(edition.entries, entries):
            form.add_error(None, _("Nothing would change."))
            return None
        return edition.plan(entries, form.cleaned_data["version"], form.cleaned_data["note"])
    except OfficeError as error:
        add_to_form(form, error)
    except editing.RuleBeginsLater as error:
        day = {"day": f"{error.begins:%d/%m/%Y}"}
        form.add_error(dated, _("The rule is valid from %(day)s only; please choose a later day.") % day)
    except RulesTie as error:
        form.add_error(dated, _tie(error, edition))
    except RuleDataError as error:
        form.add_error(None, _("This rule cannot be kept: %(why)s") % {"why": error})
    return None


def _tie(error: RulesTie, edition: Edition) -> str:
    held = {one["id"] for one in edition.entries}
    known = [code for code in error.codes if code in held]
    text = _(
        "Rule “%(code)s” applies to the same letters on the same days. End it first, or choose other days."
    )
    return text % {"code": known[0] if known else error.codes[0]}
