"""The public version: what is hidden is chosen over the text, seen as the public will, published by another person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions, privacy
from feedback.models import Case, Publication
from feedback.privacy.spans import merged
from feedback.web.desk.acts import page_for, perform
from feedback.web.desk.base import DeskRequest, case_url, pick, seen_version, show
from feedback.web.desk.forms import ActForm
from feedback.web.words import language
from feedback.workflow import Transition

MAX_WORDS = 50  # words typed by hand to hide
SIDES = ("question", "answer")


@dataclass(frozen=True)
class Piece:
    """One span that may be hidden, as a checkbox: `value` is "start-end-kind"."""

    value: str
    text: str
    label: str
    reason: str
    checked: bool


class Version(ActForm):
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        help_text=gettext_lazy("Write a question or one short thought, without anybody's name."),
    )
    include_question = forms.BooleanField(
        label=gettext_lazy("Show the letter together with the answer"), required=False
    )
    hide = forms.CharField(
        label=gettext_lazy("Other words to hide"),
        required=False,
        max_length=4_000,
        help_text=gettext_lazy("One a line, exactly as written; every place where they stand is hidden."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def prepare(self) -> None:
        self.letter_allowed = actions.letter_may_be_published(self.case)
        if not self.letter_allowed:
            self.fields["include_question"].disabled = True
            self.initial["include_question"] = False

    def clean_hide(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["hide"].splitlines()]
        return [line for line in dict.fromkeys(lines) if line][:MAX_WORDS]


def occurrences(text: str, words: str) -> list[privacy.Span]:
    """Every place where these exact words stand, without regard to capitals."""
    found, here, low, wanted = [], 0, text.lower(), words.lower()
    if len(low) != len(text):  # a letter that changes its length in lower case would shift every offset
        low, wanted = text, words
    while (here := low.find(wanted, here)) >= 0:
        found.append(privacy.Span(here, here + len(wanted), "other", "", "staff"))
        here += len(wanted)
    return found


def _stored(rows: list[dict[str, Any]]) -> list[privacy.Span]:
    return [
        privacy.Span(r["start"], r["end"], r["kind"], r.get("reason", ""), r.get("source", "staff"))
        for r in rows
    ]


def candidates(case: Case, row: Publication | None) -> dict[str, list[tuple[privacy.Span, bool]]]:
    """For each side, the spans that may be hidden and whether they are: as chosen before, else all that is found."""
    detected = dict(zip(SIDES, actions.suggest_spans(case), strict=True))
    if row is None or row.reply != actions.latest_reply(case):
        return {side: [(span, True) for span in spans] for side, spans in detected.items()}
    chosen = {"question": _stored(row.question_spans), "answer": _stored(row.answer_spans)}
    result = {}
    for side in SIDES:
        places = {(s.start, s.end) for s in chosen[side]}
        other = [(s, False) for s in detected[side] if (s.start, s.end) not in places]
        if side == "question" and not row.include_question and not chosen[side]:
            other = [(s, True) for s, _hidden in other]  # nobody has looked at the letter yet
        result[side] = sorted([(s, True) for s in chosen[side]] + other, key=lambda pair: pair[0].start)
    return result


def _picked(request: DeskRequest, side: str, text: str, known: list[privacy.Span]) -> list[privacy.Span]:
    """The ticked spans; a value that does not fit the text is ignored."""
    reasons = {(s.start, s.end, s.kind): s for s in known}
    spans = []
    for value in request.POST.getlist(f"{side}_span"):
        start, _, rest = value.partition("-")
        end, _, kind = rest.partition("-")
        if not (
            start.isascii() and start.isdigit() and end.isascii() and end.isdigit() and kind in privacy.KINDS
        ):
            continue
        if int(start) < int(end) <= len(text):
            span = privacy.Span(int(start), int(end), kind, "", "staff")
            spans.append(reasons.get((span.start, span.end, span.kind), span))
    return spans


@page_for("prepare_publication")
def prepare(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    publication = Publication.objects.filter(case=case).select_related("reply").first()
    reply = actions.latest_reply(case)
    texts = {"question": case.text, "answer": reply.body if reply else ""}
    spans = candidates(case, publication)
    posted = request.POST if request.method == "POST" else None
    form = Version(posted, case=case, user=request.user, initial=_initial(case, publication))
    if posted is None:
        return _draw(request, case, row, form, texts, spans)
    valid = form.is_valid() or posted.get("act") == "live"
    words = form.cleaned_data.get("hide") or []
    chosen = {side: _chosen(request, side, texts[side], spans[side], words) for side in SIDES}
    spans = {side: _with_choice(spans[side], chosen[side]) for side in SIDES}
    if not valid:
        return _draw(request, case, row, form, texts, spans, 422)
    if posted.get("act") == "live":
        return _live(request, case, texts, spans)
    if posted.get("act") == "preview":
        return _draw(request, case, row, form, texts, spans, preview=True)

    def run() -> object:
        return actions.prepare_publication(
            case,
            title=form.cleaned_data["title"],
            question_spans=chosen["question"],
            answer_spans=chosen["answer"],
            include_question=form.cleaned_data["include_question"],
            by=request.user,
            at=timezone.now(),
            seen=seen_version(request),
        )

    done = _("The public version is saved. Somebody else looks at it and publishes it.")
    return perform(
        request,
        case,
        row,
        form,
        run,
        lambda status: _draw(request, case, row, form, texts, spans, status),
        done=done,
    )


def _live(
    request: DeskRequest, case: Case, texts: dict[str, str], spans: dict[str, list[tuple[privacy.Span, bool]]]
) -> HttpResponse:
    """The preview alone, while things are being ticked: a title still missing is no reason not to look."""
    with_letter = "include_question" in request.POST and actions.letter_may_be_published(case)
    context = {
        "title": request.POST.get("title", "")[:200],
        "question": _redacted(texts["question"], spans["question"]) if with_letter else "",
        "answer": _redacted(texts["answer"], spans["answer"]),
    }
    return render(request, "feedback/desk/_as_public.html", context)


def _chosen(
    request: DeskRequest, side: str, text: str, known: list[tuple[privacy.Span, bool]], words: list[str]
) -> list[privacy.Span]:
    picked = _picked(request, side, text, [span for span, _on in known])
    typed = [span for one in words for span in occurrences(text, one)]
    return picked + [
        span for span in typed if not any(p.start <= span.start and span.end <= p.end for p in picked)
    ]


def _with_choice(
    known: list[tuple[privacy.Span, bool]], chosen: list[privacy.Span]
) -> list[tuple[privacy.Span, bool]]:
    on = {(s.start, s.end, s.kind) for s in chosen}
    kept = {(s.start, s.end, s.kind): (s, (s.start, s.end, s.kind) in on) for s, _was in known}
    kept.update({(s.start, s.end, s.kind): (s, True) for s in chosen})
    return sorted(kept.values(), key=lambda pair: (pair[0].start, pair[0].end))


def _initial(case: Case, row: Publication | None) -> dict[str, Any]:
    if row is not None:
        return {"title": row.title, "include_question": row.include_question}
    # The title stays empty: what the catalogue calls the matter is not what a reader would look for.
    return {"include_question": actions.letter_may_be_published(case)}


def _draw(
    request: DeskRequest,
    case: Case,
    row: Transition,
    form: Version,
    texts: dict[str, str],
    spans: dict[str, list[tuple[privacy.Span, bool]]],
    status: int = 200,
    *,
    preview: bool = False,
) -> HttpResponse:
    sides = [_side(side, texts[side], spans[side]) for side in SIDES]
    with_letter = (
        bool(form.cleaned_data.get("include_question")) if form.is_bound and form.is_valid() else False
    )
    context = {
        "case": case,
        "case_url": case_url(case),
        "label": pick(row.label),
        "form": form,
        "sides": sides,
        "kinds": _kinds(),
        "preview": preview,
        "preview_title": form.cleaned_data.get("title", "") if form.is_bound and form.is_valid() else "",
        "preview_question": _redacted(texts["question"], spans["question"])
        if preview and with_letter
        else "",
        "preview_answer": _redacted(texts["answer"], spans["answer"]) if preview else "",
        "version": request.POST.get("version") or case.version,
    }
    return show(request, "publication", context, status)


def _kinds() -> list[tuple[str, str]]:
    """Why words are hidden, as offered beside the button: what people hide most stands first."""
    labels = privacy.LABELS_EN if language() == "en" else privacy.LABELS_VI
    first = ["name", "phone", "address"]
    return [(kind, labels[kind]) for kind in first + [kind for kind in privacy.KINDS if kind not in first]]


def _redacted(text: str, spans: list[tuple[privacy.Span, bool]]) -> str:
    return privacy.redact(text, [span for span, hidden in spans if hidden])


def _side(side: str, text: str, spans: list[tuple[privacy.Span, bool]]) -> dict[str, Any]:
    labels = privacy.LABELS_EN if language() == "en" else privacy.LABELS_VI
    pieces = [
        Piece(f"{s.start}-{s.end}-{s.kind}", text[s.start : s.end], labels[s.kind], s.reason, on)
        for s, on in spans
    ]
    title = _("The letter") if side == "question" else _("The answer")
    return {"name": side, "title": title, "text": marked(text, spans), "pieces": pieces}


def marked(text: str, spans: list[tuple[privacy.Span, bool]]) -> SafeString:
    """The original with what will be hidden boxed; everything escaped."""
    parts: list[SafeString] = []
    here = 0
    for span in merged([s for s, on in spans if on]):
        parts.append(_exact(text[here : span.start]))
        words = _exact(text[span.start : span.end])
        parts.append(format_html('<mark class="redaction redaction--proposed">{}</mark>', words))
        here = span.end
    parts.append(_exact(text[here:]))
    return format_html_join("", "{}", ((part,) for part in parts))


def _exact(text: str) -> SafeString:
    """Escaped so that the browser holds the very same characters: a bare carriage return would vanish in its parser and
    every place chosen with the mouse behind it would be off by one."""
    return mark_safe(escape(text).replace("\r", "&#13;"))  # noqa: S308 - escaped in the same breath


class Nothing(ActForm):
    """Publishing needs no words."""


@page_for("publish")
def publish(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    """The second pair of eyes: the page as the public will see it, and one button."""
    publication = (
        Publication.objects.filter(case=case, state=Publication.State.PREPARED)
        .select_related("prepared_by")
        .first()
    )
    form = Nothing(request.POST if request.method == "POST" else None, case=case, user=request.user)

    def draw(status: int = 200) -> HttpResponse:
        context = {
            "case": case,
            "case_url": case_url(case),
            "label": pick(row.label),
            "form": form,
            "publication": publication,
            "own": publication is not None and publication.prepared_by_id == request.user.pk,
            "may_prepare": actions.may(case, "prepare_publication", request.user),
            "version": request.POST.get("version") or case.version,
        }
        return show(request, "publish", context, status)

    if request.method != "POST" or not form.is_valid():
        return draw()

    def run() -> object:
        return actions.publish(case, by=request.user, at=timezone.now(), seen=seen_version(request))

    return perform(request, case, row, form, run, draw, done=_("The answer is public now."))
