"""Reply templates: `/can-bo/quan-tri/mau/`. Looked at as they will read, filled in from a made-up letter; every earlier
wording is kept and can be taken up again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from feedback import actions
from feedback.actions import catalogue_edits as edits
from feedback.actions.office_log import stamp
from feedback.models import OfficeAct, ReplyTemplate, catalogue
from feedback.reports import consequences
from feedback.web.desk.base import DeskRequest, show
from feedback.web.desk.forms import set_choices
from feedback.web.desk.office import Follows, history, office_page, two_steps
from feedback.web.words import name_of

VERSIONS = 20  # earlier wordings shown
# A letter nobody wrote.
SAMPLE: Mapping[str, str] = {
    "reference": "HA-2026-0000000",
    "citizen": "ông/bà",
    "received_date": "02/11/2026",
    "unit": "Phòng Hành chính tư pháp",
    "handler": "Chuyên viên Hành chính tư pháp 1",
    "due_date": "16/11/2026",
    "procedure": "Đăng ký khai sinh",
}


class TemplateForm(forms.Form):
    """A reply to start from, and the letters it is offered for."""

    name_vi = forms.CharField(label=gettext_lazy("Called"), max_length=200)
    topic = forms.ChoiceField(label=gettext_lazy("Only for the topic"), required=False)
    issue = forms.ChoiceField(label=gettext_lazy("Only for the issue"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Only for the kind"), required=False)
    body_vi = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=20_000,
        strip=False,
        help_text=gettext_lazy(
            "Fields in braces are filled in: {reference}, {citizen}, {received_date}, {unit}, {handler}, {due_date}, "
            "{procedure}. In square brackets stands what only the handler knows: [reason]."
        ),
        widget=forms.Textarea(attrs={"rows": 16}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        book = catalogue()
        for name, rows in (("topic", book.topics), ("issue", book.issues), ("kind", book.kinds)):
            held = self.initial.get(name)
            choices = [(row.code, name_of(row)) for row in rows.values() if row.active or row.code == held]
            set_choices(self, name, [("", _("Any")), *choices])


class NewTemplateForm(TemplateForm):
    """With the code, which stays."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy(
            "Capital letters and digits, for example HT.CHAM2. It cannot be changed later."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    field_order = ("code", "name_vi")


def filled(body: str) -> str:
    """As the reply editor fills it in, for the made-up letter."""
    return re.sub(r"\{(\w+)\}", lambda match: SAMPLE.get(match[1], match[0]), body)


@office_page
def templates(request: DeskRequest) -> HttpResponse:
    """`/can-bo/quan-tri/mau/`"""
    book = catalogue()
    rows = [
        {
            "row": row,
            "labels": [
                name_of(one)
                for one in (
                    book.topics.get(row.topic_id or ""),
                    book.issues.get(row.issue_id or ""),
                    book.kinds.get(row.kind_id or ""),
                )
                if one is not None
            ],
        }
        for row in ReplyTemplate.objects.order_by("name_vi", "code")
    ]
    return show(request, "office/templates", {"rows": rows})


@office_page
def new_template(request: DeskRequest) -> HttpResponse:
    """`/can-bo/quan-tri/mau/moi/`"""
    form = NewTemplateForm(request.POST or None)
    return _page(request, form, None)


@office_page
def template(request: DeskRequest, code: str) -> HttpResponse:
    """`/can-bo/quan-tri/mau/<code>/`; `?version=` opens the form with an earlier wording."""
    row = get_object_or_404(ReplyTemplate, pk=code)
    initial = {"name_vi": row.name_vi, "body_vi": row.body_vi, "seen": stamp(row, edits.TEMPLATE)}
    initial |= {name: getattr(row, f"{name}_id") or "" for name in ("topic", "issue", "kind")}
    if wanted := request.GET.get("version", ""):
        initial["body_vi"] = _earlier(code, wanted)
    return _page(request, TemplateForm(request.POST or None, initial=initial), row)


def _earlier(code: str, number: str) -> str:
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Http404
    act = get_object_or_404(OfficeAct, pk=int(number), subject=f"template:{code}", changes__has_key="body_vi")
    return str(act.changes["body_vi"][0])


def _page(request: DeskRequest, form: TemplateForm, row: ReplyTemplate | None) -> HttpResponse:
    def do() -> None:
        given = {**form.cleaned_data, "seen": form.cleaned_data["seen"] or None}
        code = row.pk if row else given.pop("code")
        actions.save_template(code, **given, new=row is None, by=request.user, at=timezone.now())

    def follows() -> Follows:
        given = form.cleaned_data
        number = consequences.fitting(given["topic"], given["issue"], given["kind"])
        offered = ngettext(
            "It is offered for %(number)s letter open now, and for new ones like it.",
            "It is offered for %(number)s letters open now, and for new ones like them.",
            number,
        )
        kept = _("Drafts already begun stay as they are.")
        return Follows(
            _("Save this template?"), [offered % {"number": number}, kept], filled(given["body_vi"])
        )

    subject = f"template:{row.pk}" if row else ""
    return two_steps(
        request,
        form,
        template="office/edit",
        context={
            "title": row.name_vi if row else _("New reply template"),
            "code": row.pk if row else "",
            "back": (reverse("desk_office_templates"), _("Reply templates")),
            "history": history(subject) if row else [],
            "versions": _versions(row.pk) if row else [],
            "sample": filled(row.body_vi) if row else "",
        },
        follows=follows,
        do=do,
        done=_("The template is saved."),
        to=reverse("desk_office_templates"),
    )


def _versions(code: str) -> list[dict[str, Any]]:
    """Earlier wordings, the newest first."""
    acts = OfficeAct.objects.filter(subject=f"template:{code}", changes__has_key="body_vi").select_related(
        "by"
    )
    return [
        {"number": act.pk, "at": act.at, "by": act.by, "body": act.changes["body_vi"][0]}
        for act in acts[:VERSIONS]
    ]
