"""Catalogue: `/can-bo/quan-tri/danh-muc/` (topics and issues) and `…/thu-tuc/` (procedures). Codes never change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from feedback import actions
from feedback.actions import catalogue_edits as edits
from feedback.actions.office_log import stamp
from feedback.models import Procedure, catalogue
from feedback.reports import consequences
from feedback.web.desk.base import DeskRequest, show
from feedback.web.desk.office import Follows, history, office_page, two_steps
from feedback.web.words import name_of

HEADS: dict[str, Any] = {"topic": gettext_lazy("Topics"), "issue": gettext_lazy("Issues")}


class LabelForm(forms.Form):
    """What a topic or an issue is called, and by which words it is recognised."""

    name_vi = forms.CharField(label=gettext_lazy("Called"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    keywords = forms.CharField(
        label=gettext_lazy("Keywords"),
        required=False,
        help_text=gettext_lazy("One word or phrase a line, as citizens write it; accents do not matter."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def words(self) -> list[str]:
        return str(self.cleaned_data["keywords"]).splitlines()


def _rows(head: str) -> dict[str, Any]:
    rows: dict[str, Any] = getattr(catalogue(), f"{head}s")
    return rows


@office_page
def labels(request: DeskRequest) -> HttpResponse:
    """`/can-bo/quan-tri/danh-muc/`: families with what is below them, and how many open letters carry each."""
    heads = [{"title": title, "rows": _tree(head)} for head, title in HEADS.items()]
    return show(request, "office/labels", {"heads": heads})


def _tree(head: str) -> list[dict[str, Any]]:
    rows, numbers = _rows(head).values(), consequences.open_by(head)
    found = []
    for top in (row for row in rows if not row.parent_id):
        for row in (top, *(one for one in rows if one.parent_id == top.code)):
            url = reverse("desk_office_label", args=[head, row.code])
            below = row is not top
            found.append({"row": row, "url": url, "below": below, "open": numbers.get(row.code, 0)})
    return found


@office_page
def label(request: DeskRequest, head: str, code: str) -> HttpResponse:
    """`/can-bo/quan-tri/danh-muc/<topic|issue>/<code>/`"""
    row = _rows(head).get(code) if head in HEADS else None
    if row is None:
        raise Http404
    initial = {name: getattr(row, name) for name in edits.LABEL}
    initial |= {"keywords": "\n".join(row.keywords), "seen": stamp(row, edits.LABEL)}
    form = LabelForm(request.POST or None, initial=initial)

    def do() -> None:
        given = {**form.cleaned_data, "keywords": form.words(), "seen": form.cleaned_data["seen"] or None}
        actions.change_label(head, code, **given, by=request.user, at=timezone.now())

    return two_steps(
        request,
        form,
        template="office/edit",
        context={
            "title": name_of(row),
            "code": code,
            "back": (reverse("desk_office_labels"), _("Topics and issues")),
            "history": history(f"{head}:{code}"),
        },
        follows=lambda: Follows(_("Make this change?"), _label_follows(head, row, form)),
        do=do,
        done=_("Saved. It holds from now on."),
        to=reverse("desk_office_labels"),
    )


def _label_follows(head: str, row: Any, form: LabelForm) -> list[str]:
    given, found = form.cleaned_data, []
    number = consequences.open_with(head, row.code)
    if given["name_vi"] != row.name_vi:
        found.append(
            _(
                "It is called “%(name)s” everywhere, on the public pages too; letters and figures stay under it."
            )
            % {"name": given["name_vi"]}
        )
    new = [word for word in dict.fromkeys(map(str.strip, form.words())) if word and word not in row.keywords]
    for word, hits in consequences.found_in(new[:20]).items():
        found.append(
            _("New keyword “%(word)s”: stands in %(hits)s of the last %(of)s letters.")
            % {"word": word, "hits": hits, "of": consequences.LATELY}
        )
    gone = [word for word in row.keywords if word not in set(map(str.strip, form.words()))]
    if gone:
        found.append(_("No longer keywords: %(words)s.") % {"words": ", ".join(gone[:20])})
    if row.active and not given["active"]:
        found += [
            ngettext(
                "%(number)s open letter carries it and keeps it; no new letter gets it.",
                "%(number)s open letters carry it and keep it; no new letter gets it.",
                number,
            )
            % {"number": number},
            _("The classifier will be trained anew without it."),
        ]
    if given["active"] and not row.active:
        found.append(_("New letters may get it again; the classifier will be trained anew with it."))
    return found or [_("Nothing changes.")]


# --- procedures


class ProcedureForm(forms.Form):
    """An administrative procedure as the office publishes it."""

    name_vi = forms.CharField(label=gettext_lazy("Called"), max_length=300)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=300, required=False)
    legal_days = forms.IntegerField(
        label=gettext_lazy("Days by law"),
        min_value=0,
        max_value=365,
        required=False,
        help_text=gettext_lazy(
            "Empty: not stated. It is shown to handlers; deadlines of letters do not follow from it."
        ),
    )
    legal_days_unit = forms.ChoiceField(
        label=gettext_lazy("Counted in"),
        required=False,
        choices=[("", "–"), ("wd", gettext_lazy("working days")), ("cd", gettext_lazy("calendar days"))],
    )
    online_level = forms.ChoiceField(
        label=gettext_lazy("Online"),
        choices=[
            ("full", gettext_lazy("wholly online")),
            ("partial", gettext_lazy("partly online")),
            ("none", gettext_lazy("in person")),
            ("unknown", gettext_lazy("not known")),
        ],
    )
    law = forms.CharField(label=gettext_lazy("Legal basis"), max_length=300, required=False)
    published = forms.BooleanField(label=gettext_lazy("In use"), required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


@office_page
def procedures(request: DeskRequest) -> HttpResponse:
    """`/can-bo/quan-tri/thu-tuc/`"""
    words, numbers, book = (
        request.GET.get("q", "").strip().lower()[:80],
        consequences.open_by("procedure"),
        catalogue(),
    )
    found = [
        {
            "row": row,
            "topic": name_of(book.topics.get(row.topic_id)),
            "open": numbers.get(row.code, 0),
            "unit": dict(Procedure.DayUnit.choices).get(row.legal_days_unit, ""),
        }
        for row in sorted(book.procedures.values(), key=lambda one: (one.topic_id, one.name_vi))
        if words in row.name_vi.lower() or words in row.code.lower() or words in row.national_code.lower()
    ]
    return show(request, "office/procedures", {"rows": found, "q": request.GET.get("q", "")[:80]})


@office_page
def procedure(request: DeskRequest, code: str) -> HttpResponse:
    """`/can-bo/quan-tri/thu-tuc/<code>/`"""
    row = catalogue().procedures.get(code)
    if row is None:
        raise Http404
    initial = {name: getattr(row, name) for name in edits.PROCEDURE} | {"seen": stamp(row, edits.PROCEDURE)}
    form = ProcedureForm(request.POST or None, initial=initial)

    def follows() -> Follows:
        number = consequences.open_with("procedure", code)
        found = [
            ngettext(
                "%(number)s open letter names this procedure; its handler reads the new details from now on.",
                "%(number)s open letters name this procedure; their handlers read the new details from now on.",
                number,
            )
            % {"number": number}
        ]
        if row.published and not form.cleaned_data["published"]:
            found.append(_("Citizens can no longer choose it in the form."))
        return Follows(_("Make this change?"), found)

    def do() -> None:
        given = {**form.cleaned_data, "seen": form.cleaned_data["seen"] or None}
        actions.change_procedure(code, **given, by=request.user, at=timezone.now())

    return two_steps(
        request,
        form,
        template="office/edit",
        context={
            "title": name_of(row),
            "code": row.national_code or code,
            "back": (reverse("desk_office_procedures"), _("Procedures")),
            "history": history(f"procedure:{code}"),
        },
        follows=follows,
        do=do,
        done=_("Saved. It holds from now on."),
        to=reverse("desk_office_procedures"),
    )
