"""`/can-bo/nhieu-don/`: one verb on many letters – chosen, told what it needs, foreseen, confirmed, accounted for.

Three steps, each a page that works without script. Nothing is written before the last button; the letters travel in the
form with the version the person saw, so a letter somebody else touched meanwhile is left alone and named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback import actions, workflow
from feedback.models import Batch, BatchLine, Case, User, parse_reference
from feedback.models.people import Scope
from feedback.querysets import CaseQuerySet
from feedback.web.desk.base import DeskRequest, case_url, desk_page, pick, show
from feedback.web.desk.bulk_forms import FORMS, ManyForm
from feedback.web.desk.filters import Filters
from feedback.web.desk.queues import Queue, queue_url, queues_of
from feedback.web.words import language, sentence, shortened

SECONDS = 8.0  # of work in one request; the rest waits for the next press of the button
SHOWN = 50  # letters named under one reason


def label_of(verb: str) -> str:
    return pick(next(row.label for row in workflow.TRANSITIONS if row.verb == verb))


def offered(scope: Scope) -> list[dict[str, str]]:
    """The verbs this person could have for some letter of a list; whether for these is what the next page says."""
    leads = scope.triage or scope.manager or scope.integrity or bool(scope.leads)
    wanted = {
        "take": bool(scope.handles),
        "accept": bool(scope.units) or leads,
        "assign": leads,
        "route": bool(scope.units) or leads,
        "note": bool(scope.units) or leads,
        "close": bool(scope.units) or leads,
    }
    return [{"verb": verb, "label": label_of(verb)} for verb in actions.VERBS_FOR_MANY if wanted.get(verb)]


@dataclass(frozen=True)
class Chosen:
    """The letters of the form: those this person may see, with the version seen; and where they came from."""

    letters: list[tuple[Case, int | None]]
    queue: str
    query: str
    too_many: bool
    gone: int = 0  # chosen on the screen, but no longer among what this person sees

    @property
    def cases(self) -> list[Case]:
        return [case for case, _seen in self.letters]

    @property
    def back(self) -> str:
        return f"{queue_url(self.queue)}?{self.query}" if self.query else queue_url(self.queue)

    @property
    def written(self) -> str:
        """For the next form: one field, however many they are."""
        return " ".join(f"{case.reference}:{seen or case.version}" for case, seen in self.letters)


def chosen(request: DeskRequest) -> Chosen:
    sent, most = request.POST, actions.MOST_AT_ONCE
    mine = queues_of(request.user)
    queue = next((q for q in mine if q.code == sent.get("queue")), mine[0])
    query = sent.get("query", "")[:4000]
    visible = Case.objects.visible_to(request.user)
    if sent.get("everything"):
        cases = _drawn(_everything(request.user, visible, queue, query))[: most + 1]
        found: list[tuple[Case, int | None]] = [(case, case.version) for case in cases]
    else:
        words = [*sent.getlist("letter"), *sent.get("letters", "").split()]
        seen = dict(filter(None, map(_read, words[: most + 1])))
        cases = _drawn(visible.filter(pk__in=list(seen)).order_by("due_at", "pk"))
        found = [(case, seen[case.pk]) for case in cases]
        return Chosen(found[:most], queue.code, query, len(found) > most, gone=len(seen) - len(found))
    return Chosen(found[:most], queue.code, query, too_many=len(found) > most)


def _everything(user: User, visible: CaseQuerySet, queue: Queue, query: str) -> CaseQuerySet:
    """In the order of the list, which an index gives: the first of a million need no sorting."""
    cases = Filters(QueryDict(query)).apply(queue.narrow(visible, user), timezone.now(), user)
    return cases.order_by("-received_at", "-pk") if queue.newest_first else cases.order_by("due_at", "pk")


def _drawn(cases: CaseQuerySet) -> CaseQuerySet:
    return cases.select_related("handler").prefetch_related("coordinations")


def _read(word: str) -> tuple[int, int | None] | None:
    """(number, version) of "HA-2026-0000123:4"."""
    reference, _colon, version = word.partition(":")
    found = parse_reference(reference)
    if found is None or not (version.isascii() and version.isdigit() and len(version) < 10):
        return None
    return found[1], int(version)


@desk_page
def many(request: DeskRequest) -> HttpResponse:
    """Choose → (words) → what would happen → do it. The hidden field `step` says how far the person is."""
    if request.method != "POST":
        return redirect("desk")
    verb, step = request.POST.get("verb", ""), request.POST.get("step", "")
    if step == "do" and (batch := _begun(request)):
        return _go_on(request, batch)
    mine = {row["verb"] for row in offered(request.user.scope())}
    if verb and verb not in mine:
        raise Http404
    choice = chosen(request)
    if not verb or not choice.letters:
        missing = _("Choose what is to be done.") if not verb else _("Choose at least one letter.")
        messages.error(request, missing)
        return redirect(choice.back)
    form = FORMS.get(verb, ManyForm)(request.POST if step else None, cases=choice.cases)
    if form.fields and (not step or not form.is_valid()):
        return _ask(request, verb, choice, form, 422 if form.is_bound else 200)
    form = form if form.is_bound else FORMS.get(verb, ManyForm)({}, cases=choice.cases)
    form.is_valid()
    if step == "do":
        return _do(request, verb, choice, form)
    return _look(request, verb, choice, form)


def _common(verb: str, choice: Chosen) -> dict[str, Any]:
    return {
        "verb": verb,
        "label": label_of(verb),
        "number": len(choice.letters),
        "letters": choice.written,
        "queue_code": choice.queue,
        "query": choice.query,
        "back": choice.back,
        "too_many": choice.too_many,
        "gone": choice.gone,
        "most": actions.MOST_AT_ONCE,
    }


def _ask(request: DeskRequest, verb: str, choice: Chosen, form: ManyForm, status: int) -> HttpResponse:
    return show(request, "bulk/ask", {**_common(verb, choice), "form": form}, status)


def _look(request: DeskRequest, verb: str, choice: Chosen, form: ManyForm) -> HttpResponse:
    """What would happen to how many, and for which not and why. Nothing is changed."""
    at = timezone.now()
    found = actions.foresee(verb, choice.letters, form.arguments(), by=request.user, at=at)
    context = {
        **_common(verb, choice),
        "possible": [_line(case) for case in found.possible[:SHOWN]],
        "possible_number": len(found.possible),
        "possible_more": max(0, len(found.possible) - SHOWN),
        "reasons": _reasons([(sentence(error), case) for case, error in found.refused]),
        "refused_number": len(found.refused),
        "given": _given(form),
        "hidden": [(name, value) for name in form.fields for value in request.POST.getlist(name)],
        "citizen_reads": _citizen_reads(verb, found.possible, form),
        "key": uuid4(),
    }
    return show(request, "bulk/look", context)


def _given(form: ManyForm) -> list[tuple[str, str]]:
    """What was filled in, in words: the person confirms it together with the letters."""
    given = []
    for bound in form:
        value = str(form.cleaned_data.get(bound.name, ""))
        choices = dict(getattr(bound.field, "choices", []))
        given.append((str(bound.label), str(choices.get(value, value))))
    return given


def _citizen_reads(verb: str, cases: Sequence[Case], form: ManyForm) -> list[str]:
    """The sentences that will stand on the citizens' pages, if the verb says something to them."""
    rows = [row for row in workflow.TRANSITIONS if row.verb == verb]
    statuses = {case.status for case in cases}
    told = [
        row.citizen_reads
        for row in rows
        if row.citizen_reads and statuses.intersection(map(str, row.sources))
    ]
    return list(dict.fromkeys(pick(pair) for pair in told if "{" not in pair[0]))


def _line(case: Case) -> dict[str, str]:
    return {"reference": case.reference, "url": case_url(case), "excerpt": shortened(case.text, 80)}


def _reasons(refused: Sequence[tuple[str, Case]]) -> list[dict[str, Any]]:
    """The letters that are left alone, by reason, the commonest reason first."""
    order = Counter(why for why, _case in refused).most_common()
    return [
        {
            "why": why,
            "number": number,
            "letters": [_line(case) for said, case in refused if said == why][:SHOWN],
            "more": max(0, number - SHOWN),
        }
        for why, number in order
    ]


def _key(request: DeskRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise Http404 from error


def _begun(request: DeskRequest) -> Batch | None:
    """What an earlier click on the same button began."""
    return Batch.objects.filter(by=request.user, key=_key(request)).first()


def _go_on(request: DeskRequest, batch: Batch) -> HttpResponse:
    actions.carry_on_many(batch, by=request.user, at=timezone.now, seconds=SECONDS)
    return redirect("desk_many_done", number=batch.pk)


def _do(request: DeskRequest, verb: str, choice: Chosen, form: ManyForm) -> HttpResponse:
    letters = [(case.pk, case.version if seen is None else seen) for case, seen in choice.letters]
    batch = actions.begin_many(
        verb, letters, form.arguments(), key=_key(request), by=request.user, at=timezone.now()
    )
    return _go_on(request, batch)


@desk_page
def many_done(request: DeskRequest, number: int) -> HttpResponse:
    """What became of every letter. While some still wait, the button (or the script) does the next ones."""
    batch = get_object_or_404(Batch, pk=number, by=request.user)
    if request.method == "POST":
        return _go_on(request, batch)
    lines = list(batch.lines.select_related("case").order_by("pk"))
    visible = set(
        Case.objects.visible_to(request.user)
        .filter(pk__in=[line.case_id for line in lines])
        .values_list("pk", flat=True)
    )
    done = [line for line in lines if line.outcome == BatchLine.Outcome.DONE]
    refused = [line for line in lines if line.outcome == BatchLine.Outcome.REFUSED]
    context = {
        "label": label_of(batch.verb),
        "done": [_result(line, visible) for line in done],
        "refused": [{**_result(line, visible), "why": _why(line)} for line in refused],
        "waiting": len(lines) - len(done) - len(refused),
        "number": len(lines),
    }
    return show(request, "bulk/done", context)


def _why(line: BatchLine) -> str:
    return line.why_en if language() == "en" else line.why_vi


def _result(line: BatchLine, visible: set[int]) -> dict[str, str]:
    """A letter that went where this person no longer sees it is named by its number only."""
    if line.case_id in visible:
        return _line(line.case)
    return {"reference": line.case.reference, "url": "", "excerpt": ""}
