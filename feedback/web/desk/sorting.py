"""A mixed letter becomes several; two letters about one matter become one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions
from feedback.models import Case, parse_reference
from feedback.web.desk.acts import page_for, perform
from feedback.web.desk.base import DeskRequest, case_url, pick, seen_version, show
from feedback.web.desk.forms import ActForm
from feedback.web.desk.similar import likely_duplicates
from feedback.workflow import Transition

MAX_PARTS = 4
MAX_SENTENCES = 120  # beyond this the pieces are whole paragraphs
_SENTENCE = re.compile(r"[^\n.!?…]+(?:[.!?…]+(?!\w)|[.!?…]+|\n|$)+", re.M)
_PARAGRAPH = re.compile(r"[^\n]+(?:\n|$)+")


@dataclass(frozen=True)
class Piece:
    """`text[start:end]`: a sentence (or paragraph) of the letter."""

    start: int
    end: int
    text: str


def pieces(text: str) -> list[Piece]:
    """The letter cut into sentences, in order and without gaps that hold words; paragraphs when there are too many."""
    found = _cut(_SENTENCE, text)
    return found if len(found) <= MAX_SENTENCES else _cut(_PARAGRAPH, text)


def _cut(pattern: re.Pattern[str], text: str) -> list[Piece]:
    starts = [match.start() for match in pattern.finditer(text) if match.group().strip()]
    ends = [*starts[1:], len(text)]
    return [Piece(a, b, text[a:b].strip()) for a, b in zip(starts, ends, strict=True)]


class Parts(ActForm):
    """One select per sentence: stays in this letter, or goes to part 1…4."""

    def prepare(self) -> None:
        self.pieces = pieces(self.case.text)
        choices = [("", _("stays"))] + [
            (str(n), _("Part %(number)d") % {"number": n}) for n in range(1, MAX_PARTS + 1)
        ]
        for number, _piece in enumerate(self.pieces):
            self.fields[f"piece_{number}"] = forms.ChoiceField(
                label=_("Sentence %(number)d") % {"number": number + 1}, choices=choices, required=False
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [{"piece": p, "field": self[f"piece_{n}"]} for n, p in enumerate(self.pieces)]

    def clean(self) -> dict[str, Any]:
        chosen = [self.cleaned_data.get(f"piece_{n}", "") for n in range(len(self.pieces))]
        spans: list[tuple[str, int, int]] = []
        for piece, part in zip(self.pieces, chosen, strict=True):
            if part and spans and spans[-1][0] == part and spans[-1][2] == piece.start:
                spans[-1] = (part, spans[-1][1], piece.end)
            elif part:
                spans.append((part, piece.start, piece.end))
        parts = [part for part, _start, _end in spans]
        if not spans:
            raise forms.ValidationError(_("Choose at least one sentence that becomes a letter of its own."))
        if len(set(parts)) != len(parts):
            raise forms.ValidationError(_("The sentences of one part must follow each other."))
        if all(chosen):
            raise forms.ValidationError(_("Something must stay in this letter; leave its main matter here."))
        return {"parts": [(start, end) for _part, start, end in spans]}


@page_for("split")
def split(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = Parts(posted, case=case, user=request.user, auto_id="act_%s")

    def draw(status: int = 200) -> HttpResponse:
        version = request.POST.get("version") or case.version
        context = {
            "case": case,
            "case_url": case_url(case),
            "label": pick(row.label),
            "form": form,
            "version": version,
        }
        return show(request, "split", context, status)

    if posted is None:
        return draw()
    if not form.is_valid():
        return draw(422)

    def run() -> object:
        return actions.split(
            case,
            parts=form.cleaned_data["parts"],
            by=request.user,
            at=timezone.now(),
            seen=seen_version(request),
        )

    return perform(request, case, row, form, run, draw)


class Merge(ActForm):
    into = forms.CharField(
        label=gettext_lazy("Reference of the letter that is being handled"),
        help_text=gettext_lazy(
            "For example HA-2026-0000123. This letter ends; its sender reads the answer given there."
        ),
        max_length=40,
    )

    def clean_into(self) -> Case:
        found = parse_reference(self.cleaned_data["into"])
        other = Case.objects.visible_to(self.user).filter(pk=found[1]).first() if found else None
        if other is None:
            raise forms.ValidationError(_("There is no such letter, or you may not see it."))
        return other


@page_for("merge")
def merge(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    initial = {"into": request.GET.get("into", "")[:40]}
    form = Merge(posted, case=case, user=request.user, auto_id="act_%s", initial=initial)

    def draw(status: int = 200) -> HttpResponse:
        context = {
            "case": case,
            "case_url": case_url(case),
            "label": pick(row.label),
            "form": form,
            "similar": likely_duplicates(case, request.user),
            "version": request.POST.get("version") or case.version,
        }
        return show(request, "merge", context, status)

    if posted is None:
        return draw()
    if not form.is_valid():
        return draw(422)

    def run() -> object:
        return actions.merge(
            case,
            into=form.cleaned_data["into"],
            by=request.user,
            at=timezone.now(),
            seen=seen_version(request),
        )

    return perform(request, case, row, form, run, draw)
