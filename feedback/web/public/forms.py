"""Questions the public may ask: the filters of the published list, and the deadline calculator."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.errors import OfficeError, UnknownCode, WrongDate
from feedback.models import Publication, catalogue
from feedback.models.cases import OFFICE_TIME
from feedback.reports.imagined import BeforeReceipt, Question, on_day
from feedback.web.citizen.fields import PageForm, Typed, by_name
from feedback.web.words import name_of, sentence

_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
_OPTIONS_KEPT = 300  # seconds


def read_date(text: str) -> date | None:
    """A date as browsers send it or as people write it; None for an empty text. Raises WrongDate."""
    if not text.strip():
        return None
    for shape in _DATES:
        try:
            return datetime.strptime(text.strip(), shape).replace(tzinfo=OFFICE_TIME).date()
        except ValueError:
            continue
    raise WrongDate


def refuse(error: OfficeError) -> forms.ValidationError:
    return forms.ValidationError(sentence(error))


class Day(Typed):
    """A date field that takes both 2026-11-05 and 05/11/2026."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput({"type": "date"}), **kwargs)

    def clean(self, value: Any) -> date | None:
        try:
            return read_date(str(value or ""))
        except WrongDate as error:
            raise refuse(error) from error


class Code(Typed):
    """A catalogue code chosen from a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Select(), **kwargs)

    def clean(self, value: Any) -> str:
        code = str(super().clean(value)).strip()
        if code and code not in dict(self.widget.choices):
            raise refuse(UnknownCode(value=code[:40]))
        return code


class FilterForm(PageForm):
    """Every filter may be empty; "required" only keeps the word "(optional)" from standing six times in a row."""

    q = Typed(
        required=True,
        label=_("Search words"),
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    topic = Code(required=True, label=_("Topic"))
    unit = Code(required=True, label=_("Unit that answered"))
    procedure = Code(required=True, label=_("Procedure"))
    start = Day(required=True, label=_("Answered from"))
    end = Day(required=True, label=_("Answered up to"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in options().items():
            self.fields[name].widget.choices = choices


def options() -> dict[str, list[tuple[str, str]]]:
    """Only what leads somewhere: codes that occur in published answers. Found anew every five minutes."""
    used = cache.get("published-codes")
    if used is None:
        rows = Publication.objects.published().order_by()
        fields = ("topic_id", "unit_id", "procedure_id")
        used = {f: sorted({c for c in rows.values_list(f, flat=True).distinct() if c}) for f in fields}
        cache.set("published-codes", used, _OPTIONS_KEPT)
    book = catalogue()
    topics = {
        t
        for code in used["topic_id"]
        if code in book.topics
        for t in (code, book.topics[code].parent_id)
        if t
    }
    everything = ("", str(_("All")))
    return {
        "topic": [everything, *by_name((c, name_of(book.topics[c])) for c in topics)],
        "unit": [
            everything,
            *by_name((c, name_of(book.units[c])) for c in used["unit_id"] if c in book.units),
        ],
        "procedure": [
            everything,
            *by_name((c, name_of(book.procedures[c])) for c in used["procedure_id"] if c in book.procedures),
        ],
    }


class CalculatorForm(PageForm):
    kind = Code(required=True, label=_("What kind of letter is it?"))
    day = Day(required=True, label=_("Received on"))
    hour = Typed(
        required=True,
        label=_("At what hour"),
        widget=forms.TextInput({"type": "time"}),
    )
    accepted = Day(
        label=_("Accepted for handling on"),
        help_text=_("Left empty, the latest day allowed is taken."),
    )
    instance = Code(
        required=True,
        label=_("A complaint: which instance?"),
        help_text=_("A complaint is of second instance when you disagree with the first decision on it."),
    )
    remote = forms.BooleanField(
        required=False,
        label=_("A complaint from a remote area that is hard to reach"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(k.code, name_of(k)) for k in catalogue().kinds.values() if k.active]
        self.fields["kind"].widget.choices = by_name(kinds)
        self.fields["instance"].widget.choices = [("1", _("First instance")), ("2", _("Second instance"))]
        self.initial.setdefault("kind", "PHAN_ANH")
        self.initial.setdefault("day", timezone.localdate().isoformat())
        self.initial.setdefault("hour", "08:00")

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if day is None:
            raise refuse(WrongDate())
        return day

    def clean_hour(self) -> time:
        text = self.cleaned_data["hour"].strip() or "08:00"
        try:
            return datetime.strptime(text[:5], "%H:%M").replace(tzinfo=OFFICE_TIME).time()
        except ValueError:
            raise forms.ValidationError(_("Write the hour like 14:30.")) from None

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("accepted") and given.get("day") and given["accepted"] < given["day"]:
            self.add_error("accepted", sentence(BeforeReceipt()))
        return given

    @property
    def details_given(self) -> bool:
        """Something in the group that most people need not open?"""
        given = self.data.get
        return bool(given("accepted") or given("remote") or given("instance", "1") not in ("", "1"))

    @property
    def received(self) -> datetime:
        """The moment asked about; only after the form was found valid."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["hour"], OFFICE_TIME)

    @property
    def question(self) -> Question:
        """The imagined letter; only after the form was found valid."""
        given = self.cleaned_data
        return Question(
            kind=given["kind"],
            received=self.received,
            accepted=on_day(given["accepted"], self.received) if given["accepted"] else None,
            instance=int(given["instance"] or 1),
            remote=given["remote"],
        )
