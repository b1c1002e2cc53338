"""Letters that came on paper, by telephone or at the counter, entered by an officer; the receipt is printed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from feedback import actions
from feedback.errors import InvalidInput, OfficeError
from feedback.models import Case, catalogue
from feedback.reports.clock import clock_views
from feedback.web.desk.base import DeskRequest, case_url, desk_page, may_enter_letters, show
from feedback.web.desk.forms import FilesField, set_choices, words
from feedback.web.errors import add_to_form
from feedback.web.words import language, name_of

CHANNELS = (Case.Channel.COUNTER, Case.Channel.PHONE, Case.Channel.PAPER, Case.Channel.EMAIL)
_CHANNEL_NAMES = {
    Case.Channel.COUNTER: _("At the counter"),
    Case.Channel.PHONE: _("By telephone"),
    Case.Channel.PAPER: _("On paper"),
    Case.Channel.EMAIL: _("By e-mail"),
}
VISIBILITIES = (
    (Case.Visibility.NAMED, _("The name may be known to those who handle the letter")),
    (Case.Visibility.HIDDEN, _("The name is never shown to the public")),
    (Case.Visibility.SEALED, _("Sealed: only the integrity officers may learn who wrote")),
)


class Intake(forms.Form):
    channel = forms.ChoiceField(
        label=_("How did the letter come?"),
        choices=[(str(c), _CHANNEL_NAMES[c]) for c in CHANNELS],
        widget=forms.RadioSelect,
        initial=str(Case.Channel.COUNTER),
    )
    received_on = forms.DateField(
        label=_("Day it was received"),
        help_text=_("The clock starts on this day, not on the day it is entered."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    received_time = forms.TimeField(
        label=_("Time of day"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    text = words(
        _("What the citizen says"),
        _("In the citizen's own words; nothing is corrected or shortened."),
        rows=10,
    )
    place = forms.ChoiceField(label=_("Where did it happen?"), required=False)
    procedure = forms.ChoiceField(label=_("Procedure"), required=False)
    dossier_code = forms.CharField(label=_("Dossier code"), required=False, max_length=60)
    name = forms.CharField(label=_("Name"), required=False, max_length=120)
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=40)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=200)
    address = forms.CharField(label=_("Address"), required=False, max_length=300)
    visibility = forms.ChoiceField(
        label=_("How much may be known about the sender?"),
        choices=[(str(code), label) for code, label in VISIBILITIES],
        widget=forms.RadioSelect,
        initial=str(Case.Visibility.NAMED),
    )
    documents = FilesField(
        label=_("Scans or photographs"), help_text=_("At most 5 files of 10 MB: JPG, PNG or PDF.")
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        book, today = catalogue(), timezone.localdate()
        places = [u for u in book.units.values() if u.kind == "commune" and u.exists_on(today)]
        unknown = ("", _("Not known"))
        set_choices(self, "place", [unknown, *((u.code, name_of(u)) for u in places)])
        offered = [(p.code, name_of(p)) for p in book.procedures.values() if p.published]
        set_choices(self, "procedure", [unknown, *offered])

    def letter(self) -> actions.Letter:
        data = dict(self.cleaned_data)
        on, at = data.pop("received_on"), data.pop("received_time")
        data.pop("key")
        data["files"] = data.pop("documents")
        moment = datetime.combine(on, at, timezone.get_current_timezone())
        return actions.Letter(**data, received_at=moment)


@desk_page
def intake(request: DeskRequest) -> HttpResponse:
    """`/can-bo/nhap-thu/`. The receipt is the answer to the form itself: the secret code stands in no address, and
    sending the form again (a reload) gives the same receipt, not a second letter."""
    if not may_enter_letters(request.user):
        raise PermissionDenied
    now = timezone.now()
    if request.method != "POST":
        local = timezone.localtime(now)
        initial = {"received_on": local.date(), "received_time": local.time(), "key": uuid.uuid4().hex}
        return show(request, "intake", {"form": Intake(initial=initial)})
    form = Intake(request.POST, request.FILES)
    if form.is_valid():
        key = actions.SubmitKey(f"desk:{request.user.pk}", form.cleaned_data["key"])
        try:
            receipt = actions.submit(form.letter(), by=request.user, at=now, key=key)
        except OfficeError as error:
            add_to_form(form, _moved(error))
        else:
            return _receipt(request, receipt, now)
    return show(request, "intake", {"form": form, "again": bool(request.FILES)}, 422)


def _moved(error: OfficeError) -> OfficeError:
    """The verb's fields under the names they have on this page (a form keeps `files` for itself)."""
    if isinstance(error, InvalidInput):
        here = {"received_at": "received_on", "files": "documents"}
        return InvalidInput({here.get(name, name): problem for name, problem in error.errors.items()})
    return error


def _receipt(request: DeskRequest, receipt: actions.Receipt, now: datetime) -> HttpResponse:
    case = receipt.case
    address = _lookup_address(case)
    main = next(iter(clock_views(case, at=now, language=language())), None)
    context = {
        "case": case,
        "case_url": case_url(case),
        "secret": receipt.secret,
        "address": address,
        "qr": mark_safe(segno.make(address, error="m").svg_inline(scale=4, border=2)),  # noqa: S308 - drawn by segno from our own address
        "unit": name_of(catalogue().units.get(case.unit_id or "")),
        "sentences": main.sentences(language()) if main else [],
        "due_at": case.due_at,
        "visible": Case.objects.visible_to(request.user).filter(pk=case.pk).exists(),
    }
    return show(request, "receipt", context)


def _lookup_address(case: Case) -> str:
    """Where the citizen follows the letter: the reference is filled in, the secret code never is."""
    return settings.SITE_URL + reverse("lookup_reference", args=[case.reference])
