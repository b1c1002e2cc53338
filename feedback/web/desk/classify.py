"""Sorting a letter: what the engine proposes and on which words, confirmed or corrected by a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions, deadlines
from feedback.errors import OfficeError
from feedback.models import AuditSample, Case, Suggestion, catalogue
from feedback.querysets import COMPLAINT
from feedback.reports.decided import decided_like
from feedback.web.desk import evidence
from feedback.web.desk.acts import page_for, refused
from feedback.web.desk.base import DeskRequest, act_url, case_url, pick, seen_version, show, still_visible
from feedback.web.desk.case import latest_suggestion
from feedback.web.desk.filters import grouped
from feedback.web.desk.forms import ActForm, inside_units, unit_choices
from feedback.web.desk.queues import next_in_triage, next_to_check, queue_url
from feedback.web.desk.similar import likely_duplicates
from feedback.web.desk.words import why_unit
from feedback.web.errors import add_to_form
from feedback.web.words import name_of, shortened
from feedback.workflow import Role, Transition

WORTH_SHOWING = 0.05  # below, a guess is noise; above SURE it would be shown as certain, which it never is
SURE = 0.99
NONE, OTHER = "-", "*"  # of the buttons: "no issue at all", and "the one in the list below"


@dataclass(frozen=True)
class GuessLine:
    """One of the three guesses of a head."""

    code: str
    name: str
    percent: int

    @property
    def sureness(self) -> str:
        return evidence.sureness(self.percent)


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
        """The label that stands chosen when the page opens; "" where the engine did not stand by any."""
        return "" if self.abstained or not self.guesses else self.guesses[0].code

    @property
    def likeliest(self) -> str:
        """The first guess, stood by or not: for what is shown as a mere possibility."""
        return self.guesses[0].code if self.guesses else ""

    @property
    def sign(self) -> str:
        return evidence.SIGNS[self.name]


@dataclass(frozen=True)
class Choice:
    """One button of a question. `key`: its access key, "" for none."""

    code: str
    name: str
    hint: str = ""
    key: str = ""


@dataclass(frozen=True)
class Question:
    """One head as the page asks it: buttons, and the whole list behind the last of them."""

    line: HeadLine
    field: forms.BoundField
    other: forms.BoundField
    choices: list[Choice]
    phrases: list[dict[str, str]]


class Labels(ActForm):
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False)
    topic_other = forms.ChoiceField(label=gettext_lazy("Another topic"), required=False)
    issue = forms.ChoiceField(label=gettext_lazy("Issue"), required=False)
    issue_other = forms.ChoiceField(label=gettext_lazy("Another issue"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    kind_other = forms.ChoiceField(label=gettext_lazy("Another kind"), required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)
    urgent = forms.BooleanField(label=gettext_lazy("Urgent: stands at the top of the queues"), required=False)
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
        kinds = [(kind.code, name_of(kind)) for kind in book.kinds.values() if kind.active]
        self.ask("topic", grouped(book.topics.values()), _("Choose a topic"))
        self.ask("issue", grouped(book.issues.values()), _("Choose an issue"))
        self.ask("kind", kinds, _("Choose a kind"))
        units = [u for u in inside_units() if u.code != self.case.subject_unit_id]
        self.choose("unit", unit_choices(units), _("By the table of competences"))
        self.limits()

    def ask(self, name: str, choices: list[tuple[str, Any]], empty: Any) -> None:
        """Both ways to answer: a button (any code, the page draws a few), or the list."""
        self.choose(name, [*choices, (NONE, ""), (OTHER, "")], "")
        self.choose(f"{name}_other", choices, empty)

    def limits(self) -> None:
        """What the choice means in days, from the rules in force today."""
        days = {"first": complaint_limit(1), "second": complaint_limit(2)}
        self.choose(
            "instance",
            [("1", _("First (%(first)s days)") % days), ("2", _("Second (%(second)s days)") % days)],
        )
        far = {"first": complaint_limit(1, remote=True), "second": complaint_limit(2, remote=True)}
        self.fields["remote"].help_text = (
            _("In a remote area: %(first)s days at first instance, %(second)s at second.") % far
        )

    def offer(self, heads: list[HeadLine], phrases: evidence.Found, suspected: list[str]) -> None:
        """The three questions, each with the engine's guesses as buttons; a suspected kind is always among them."""
        self.suspected = suspected
        self.questions = [
            Question(
                head,
                self[head.name],
                self[f"{head.name}_other"],
                self._buttons(head, first_key=3 * number + 1),
                evidence.phrase_lines(self.case.text, head.name, [g.code for g in head.guesses], phrases),
            )
            for number, head in enumerate(heads)
        ]

    def _buttons(self, head: HeadLine, first_key: int) -> list[Choice]:
        guesses = [
            Choice(g.code, g.name, f"{g.sureness} · {g.percent} %", str(first_key + place))
            for place, g in enumerate(head.guesses)
        ]
        offered = {choice.code for choice in guesses}
        for code in self.suspected if head.name == "kind" else ():
            if code not in offered:
                guesses.append(Choice(code, name_of(catalogue().kinds[code]), _("suspected")))
        now = str(self.initial.get(head.name) or "")
        if now and now not in {choice.code for choice in guesses}:
            rows: Any = getattr(catalogue(), f"{head.name}s")
            guesses.insert(0, Choice(now, name_of(rows.get(now)), _("as it stands now")))
        if not guesses:
            return []  # the list alone
        none = [Choice(NONE, _("No issue"))] if head.name == "issue" else []
        return [*guesses, *none, Choice(OTHER, _("Another one, from the list"))]

    def clean(self) -> dict[str, Any]:
        for name in evidence.HEADS:
            if name not in self.errors and f"{name}_other" not in self.errors:
                self.cleaned_data[name] = self._answer(name)
        return self.cleaned_data

    def _answer(self, name: str) -> str:
        """What was chosen, by button or from the list. A list left over beside a button is asked about, not guessed."""
        button, listed = self.cleaned_data.get(name, ""), self.cleaned_data.get(f"{name}_other", "")
        if listed and button not in ("", OTHER, listed):
            self.add_error(
                name, _("A button and another line of the list are both chosen; please keep one of them.")
            )
        elif button == OTHER and not listed:
            self.add_error(name, _("Please choose from the list."))
        elif not (button or listed) and name != "issue":
            self.add_error(name, _("Please choose one."))
        return "" if button == NONE else listed or (button if button != OTHER else "")


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
    words = list(dict.fromkeys(str(e["word"]) for e in evidence.evidence(head)))[:8]
    return HeadLine(name, label, guesses, words, bool(head.get("abstained", True)))


@dataclass(frozen=True)
class Proposal:
    """Where the letter would go if the proposed labels are confirmed."""

    unit: str
    why: str
    agency: str
    transfer_url: str


def proposal(case: Case, heads: list[HeadLine]) -> Proposal:
    guess = {head.name: head.likeliest for head in heads}
    decision = actions.decide_unit(case, at=timezone.now(), guess=guess)
    doubtful = case.topic_id is None and any(head.name == "topic" and head.abstained for head in heads)
    agency = None if doubtful else decision.agency  # nobody is sent to another agency on a mere hint
    url = f"{act_url(case, 'transfer')}?agency={agency.code}" if agency else ""
    return Proposal(name_of(decision.unit), why_unit(decision.why), name_of(agency), url)


@page_for("classify")
def classify(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    stored = latest_suggestion(case)
    heads = head_lines(stored.data if stored else {})
    best = {head.name: head.best for head in heads}
    initial: dict[str, Any] = {name: getattr(case, f"{name}_id") or best[name] for name in evidence.HEADS}
    initial |= {"instance": case.instance, "remote": case.remote, "urgent": case.urgent}
    posted = request.POST if request.method == "POST" else None
    form = Labels(posted, case=case, user=request.user, initial=initial, auto_id="act_%s")
    phrases = evidence.phrases_of(case.text)
    form.offer(heads, phrases, evidence.suspected_kinds(stored))
    sorting, checking = case.needs_triage or case.handler_id is None, is_checking(request, case)
    if posted is not None and form.is_valid():
        answer = _confirm(request, case, row, form, sorting, checking)
        if answer is not None:
            return answer
    status = 422 if form.is_bound else 200
    context = _context(request, case, row, form, heads, sorting) | {"checking": checking}
    return show(request, "classify", context | _reasons(request, case, stored, phrases), status)


def is_checking(request: DeskRequest, case: Case) -> bool:
    """Whether the letter is in the random sample and this person may check it."""
    drawn = AuditSample.objects.filter(case=case, checked_at=None).exists()
    return drawn and actions.may_check(request.user, case.handler_id)


def _reasons(
    request: DeskRequest, case: Case, stored: Suggestion | None, phrases: evidence.Found
) -> dict[str, Any]:
    """Everything on the page that explains: marks in the letter, warnings, why it is here, how it was done before."""
    marks = evidence.marks_of(case, stored.data if stored else {}, phrases)
    return {
        "letter": evidence.highlighted(case.text, marks),
        "legend": evidence.legend(marks),
        "flags": evidence.flag_lines(case, stored, phrases),
        "why_here": evidence.why_here(case, stored),
        "place_named": evidence.place_line(case, stored),
        "engine": stored is not None,
        "similar": likely_duplicates(case, request.user),
        "decided": [_precedent(found) for found in decided_like(case, request.user)],
    }


def _precedent(found: Any) -> dict[str, Any]:
    """A letter sorted before, as the page lists it."""
    book, case = catalogue(), found.case
    names = (book.topics.get(case.topic_id or ""), book.issues.get(case.issue_id or ""))
    labels = [name_of(row) for row in (*names, book.kinds.get(case.kind_id or ""))]
    return {
        "reference": case.reference,
        "url": case_url(case),
        "excerpt": shortened(case.text),
        "labels": " · ".join(dict.fromkeys(filter(None, labels))),
        "unit": name_of(book.units.get(case.unit_id or "")),
        "percent": found.percent,
        "words": found.words,
    }


def _confirm(
    request: DeskRequest, case: Case, row: Transition, form: Labels, sorting: bool, checking: bool
) -> HttpResponse | None:
    chosen, before = form.cleaned_data, labels_of(case)
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
            urgent=chosen["urgent"],
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
    if checking and labels_of(case) == before:
        messages.success(request, _("%(reference)s was sorted rightly.") % {"reference": case.reference})
        following = next_to_check(request.user)
        return redirect(act_url(following, "classify") if following else queue_url("audit"))
    messages.success(request, _outcome(case))
    return redirect(_next(request, case, dispatch and not checking))


def labels_of(case: Case) -> tuple[str | None, str | None, str | None]:
    return case.topic_id, case.issue_id, case.kind_id


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
    request: DeskRequest, case: Case, row: Transition, form: Labels, heads: list[HeadLine], sorting: bool
) -> dict[str, Any]:
    verbs = {a.verb: a for a in actions.allowed_actions(case, request.user)}
    others = ("set_subject", "split", "merge", "seal", "transfer", "reject", "ask_citizen")
    return {
        "case": case,
        "case_url": case_url(case),
        "label": pick(row.label),
        "form": form,
        "proposal": proposal(case, heads),
        "sorting": sorting,
        "version": request.POST.get("version") or case.version,
        "others": [{"url": act_url(case, v), "label": pick(verbs[v].label)} for v in others if v in verbs],
    }
