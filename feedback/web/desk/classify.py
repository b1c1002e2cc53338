"""Sorting a letter: what the engine proposes and on which words, confirmed or corrected by a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions, deadlines
from feedback.actions import routing
from feedback.errors import OfficeError
from feedback.models import Case, catalogue
from feedback.querysets import COMPLAINT
from feedback.web.desk.acts import page_for, refused
from feedback.web.desk.base import DeskRequest, act_url, case_url, pick, seen_version, show, still_visible
from feedback.web.desk.case import latest_suggestion
from feedback.web.desk.forms import ActForm, inside_units, set_choices, unit_choices
from feedback.web.desk.queues import grouped, next_in_triage, queue_url
from feedback.web.desk.similar import likely_duplicates
from feedback.web.desk.words import why_unit
from feedback.web.errors import add_to_form
from feedback.web.words import name_of
from feedback.workflow import Role, Transition

WORTH_SHOWING = 0.05  # below, a guess is noise; above SURE it would be shown as certain, which it never is
SURE = 0.99
# Per cent; below, an engine that abstained has not proposed anything a person should merely confirm.
WEAK = 25


@dataclass(frozen=True)
class GuessLine:
    """One of the three guesses of a head."""

    code: str
    name: str
    percent: int


@dataclass(frozen=True)
class HeadLine:
    """One question (topic, issue, kind): the guesses and the words they rest on."""

    name: str
    label: str
    guesses: list[GuessLine]
    words: list[str]
    abstained: bool

    @property
    def best(self) -> str:
        """The label that stands chosen when the page opens; "" where a person has to choose."""
        if not self.guesses or (self.abstained and self.guesses[0].percent < WEAK):
            return ""
        return self.guesses[0].code


class Labels(ActForm):
    topic = forms.ChoiceField(label=gettext_lazy("Topic"))
    issue = forms.ChoiceField(label=gettext_lazy("Issue"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)
    # Of a complaint only: the page shows them when that kind is chosen, the verb ignores them for every other.
    instance = forms.TypedChoiceField(
        label=gettext_lazy("Instance"),
        choices=[(1, ""), (2, "")],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    remote = forms.BooleanField(label=gettext_lazy("Remote area, hard to reach"), required=False)

    def prepare(self) -> None:
        book = catalogue()
        self.choose("topic", grouped(book.topics.values()), _("Choose a topic"))
        self.choose("issue", grouped(book.issues.values()), _("None"))
        self.choose(
            "kind", [(k.code, name_of(k)) for k in book.kinds.values() if k.active], _("Choose a kind")
        )
        units = [u for u in inside_units() if u.code != self.case.subject_unit_id]
        self.choose("unit", unit_choices(units), _("By the table of competences"))

        self.limits()
        self.plain = {name: list(cast(Any, self.fields[name]).choices) for name in ("topic", "issue", "kind")}

    def limits(self) -> None:
        """What the choice means in days, from the rules in force today."""
        days = {"first": complaint_limit(1), "second": complaint_limit(2)}
        self.choose(
            "instance",
            [("1", _("First (%(first)s days)") % days), ("2", _("Second (%(second)s days)") % days)],
        )
        far = {"first": complaint_limit(1, remote=True), "second": complaint_limit(2, remote=True)}
        self.fields["remote"].help_text = (
            _("In such an area: %(first)s days at first instance, %(second)s at second.") % far
        )

    def offer(self, heads: list[HeadLine]) -> None:
        """Put the engine's guesses on top of each list, with their probability."""
        self.lines = [{"line": head, "field": self[head.name]} for head in heads]
        for head in heads:
            guesses = [(g.code, f"{g.name} · {g.percent} %") for g in head.guesses]
            if guesses:
                offered = {code for code, _label in guesses}
                rest = [pair for pair in self.plain[head.name] if pair[0] not in offered]
                set_choices(self, head.name, [(_("Proposed"), guesses), (_("All"), rest)])


def complaint_limit(instance: int, *, remote: bool = False) -> str:
    """ "30–45": days to decide a complaint accepted today, and the longest when it is complicated."""
    rule = deadlines.choose_rule(
        catalogue().rules_of(None),
        kind=COMPLAINT,
        clock="reply",
        on=timezone.localdate(),
        instance=instance,
        remote=remote,
    )
    return "–".join(str(days) for days in (rule.value, rule.extend_to) if days) if rule else "?"


def head_lines(data: dict[str, Any]) -> list[HeadLine]:
    """The stored suggestion as the page draws it."""
    book = catalogue()
    heads: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("topic", _("Topic"), book.topics),
        ("issue", _("Issue"), book.issues),
        ("kind", _("Kind"), book.kinds),
    )
    return [_head_line(name, label, rows, data.get(name) or {}) for name, label, rows in heads]


def _head_line(name: str, label: str, rows: dict[str, Any], head: dict[str, Any]) -> HeadLine:
    guesses = [
        GuessLine(g["code"], name_of(rows[g["code"]]), round(min(g["probability"], SURE) * 100))
        for g in head.get("guesses", ())[:3]
        if g["code"] in rows and g["probability"] >= WORTH_SHOWING
    ]
    words = list(dict.fromkeys(str(e["word"]) for e in _evidence(head)))[:8]
    return HeadLine(name, label, guesses, words, bool(head.get("abstained", True)))


def _evidence(head: dict[str, Any]) -> list[dict[str, Any]]:
    """The words a guess rests on; of a head that abstained they prove nothing and would mislead."""
    return [] if head.get("abstained", True) else list(head.get("evidence", ()))


def highlighted(text: str, data: dict[str, Any]) -> SafeString:
    """The letter with the words the guesses rest on marked; everything else escaped."""
    book = catalogue()
    names = {**book.topics, **book.issues, **book.kinds}
    found = [
        (int(e["start"]), int(e["end"]), name_of(names.get(e["code"])))
        for head in ("topic", "issue", "kind")
        for e in _evidence(data.get(head) or {})
    ]
    pieces: list[SafeString] = []
    here = 0
    for start, end, title in sorted(found):
        if start < here or not start < end <= len(text):
            continue
        mark = format_html('<mark class="evidence" title="{}">{}</mark>', title, text[start:end])
        pieces += [format_html("{}", text[here:start]), mark]
        here = end
    pieces.append(format_html("{}", text[here:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


@dataclass(frozen=True)
class Proposal:
    """Where the letter would go if the proposed labels are confirmed."""

    unit: str
    why: str
    agency: str
    transfer_url: str


def proposal(case: Case, heads: list[HeadLine]) -> Proposal:
    best = {head.name: head.best for head in heads}
    decision = routing.decide_unit(
        routing.Question(
            topic=case.topic_id or best.get("topic") or None,
            issue=case.issue_id or best.get("issue") or None,
            kind=case.kind_id or best.get("kind") or None,
            place=case.place_id,
            on=timezone.localdate(),
            avoid=case.subject_unit_id,
        )
    )
    doubtful = case.topic_id is None and any(head.name == "topic" and head.abstained for head in heads)
    agency = None if doubtful else decision.agency  # nobody is sent to another agency on a mere hint
    url = f"{act_url(case, 'transfer')}?agency={agency.code}" if agency else ""
    return Proposal(name_of(decision.unit), why_unit(decision.why), name_of(agency), url)


@page_for("classify")
def classify(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    stored = latest_suggestion(case)
    data = stored.data if stored else {}
    heads = head_lines(data)
    best = {head.name: head.best for head in heads}
    initial = {name: getattr(case, f"{name}_id") or best.get(name, "") for name in ("topic", "issue", "kind")}
    initial |= {"instance": case.instance, "remote": case.remote}
    posted = request.POST if request.method == "POST" else None
    form = Labels(posted, case=case, user=request.user, initial=initial, auto_id="act_%s")
    form.offer(heads)
    sorting = case.needs_triage or case.handler_id is None
    if posted is not None and form.is_valid():
        answer = _confirm(request, case, row, form, sorting)
        if answer is not None:
            return answer
    status = 422 if form.is_bound else 200
    return show(request, "classify", _context(request, case, row, form, data, heads, sorting), status)


def _confirm(
    request: DeskRequest, case: Case, row: Transition, form: Labels, sorting: bool
) -> HttpResponse | None:
    chosen = form.cleaned_data
    # The handler corrects labels without sending the letter round again.
    dispatch = sorting and actions.roles_towards(request.user, case) - {Role.HANDLER} != frozenset()
    try:
        actions.classify(
            case,
            topic=chosen["topic"],
            issue=chosen["issue"] or None,
            kind=chosen["kind"],
            instance=chosen["instance"],
            remote=chosen["remote"],
            unit=chosen["unit"] or None,
            dispatch=dispatch,
            by=request.user,
            at=timezone.now(),
            seen=seen_version(request),
        )
    except OfficeError as error:
        if error.status == 409 and error.field is None:
            return refused(request, case, row.verb, error, form)
        add_to_form(form, error)
        return None
    messages.success(request, _outcome(case))
    return redirect(_next(request, case, dispatch))


def _outcome(case: Case) -> str:
    """Where the letter went, in one sentence."""
    values = {"reference": case.reference, "unit": name_of(catalogue().units.get(case.unit_id or ""))}
    if case.sealed:
        return _("%(reference)s is sorted and sealed; an integrity officer goes on with it.") % values
    if case.handler_id:
        return _("%(reference)s is sorted: %(unit)s, %(handler)s.") % {**values, "handler": case.handler}
    return _("%(reference)s is sorted and waits in the queue of %(unit)s.") % values


def _next(request: DeskRequest, case: Case, dispatched: bool) -> str:
    """After sorting, the next letter to sort; after a correction, back to the case."""
    if not dispatched:
        return case_url(case) if still_visible(request.user, case) else queue_url("all")
    following = next_in_triage(request.user)
    return act_url(following, "classify") if following else queue_url("triage")


def _context(
    request: DeskRequest,
    case: Case,
    row: Transition,
    form: Labels,
    data: dict[str, Any],
    heads: list[HeadLine],
    sorting: bool,
) -> dict[str, Any]:
    verbs = {a.verb: a for a in actions.allowed_actions(case, request.user)}
    others = ("set_subject", "split", "merge", "seal", "transfer", "reject", "ask_citizen")
    return {
        "case": case,
        "case_url": case_url(case),
        "label": pick(row.label),
        "form": form,
        "heads": heads,
        "letter": highlighted(case.text, data),
        "proposal": proposal(case, heads),
        "flags": data.get("flags", []),
        "engine": bool(data),
        "sorting": sorting,
        "version": request.POST.get("version") or case.version,
        "others": [{"url": act_url(case, v), "label": pick(verbs[v].label)} for v in others if v in verbs],
        "similar": likely_duplicates(case, request.user),
    }
