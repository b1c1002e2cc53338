"""The questions of the letter form, one page each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models import Case
from feedback.web.citizen.fields import Area, Files, Hinted, PageForm, Typed, places, procedures


class WhatForm(PageForm):
    text = Typed(
        required=True,
        strip=False,
        label=_("What happened?"),
        help_text=_(
            "Write as you would tell a neighbour: what you needed, where and when you went, what went wrong, "
            "what you would like. With or without accents, as you like."
        ),
        widget=Area(11),
    )
    # The office calls the field so; Django keeps the class attribute apart from the uploads.
    files = Files(  # type: ignore[assignment]  # see above
        label=_("Pictures or papers, if you have any"),
        help_text=_("Up to 5 files of 10 MB: JPG, PNG or PDF. A photo of the appointment slip helps most."),
    )


class WhereForm(PageForm):
    place = Typed(label=_("In which commune or ward?"), widget=forms.Select())
    procedure = Typed(
        label=_("Which procedure is it about?"),
        help_text=_("They are grouped by field. In the open list you can type the first letters of a name."),
        widget=forms.Select(),
    )
    dossier_code = Typed(
        label=_("Dossier code"),
        help_text=_("It stands on the appointment slip, for example H00.00.00-261123-0001."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].widget.choices = places(timezone.localdate())
        self.fields["procedure"].widget.choices = procedures()


class WhoForm(PageForm):
    visibility = Typed(required=True, label=_("How much may be known about you?"), widget=forms.RadioSelect())
    name = Typed(label=_("Your name"), widget=forms.TextInput({"autocomplete": "name"}))
    phone = Typed(
        label=_("Telephone"),
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )
    email = Typed(
        label=_("E-mail"),
        help_text=_("We write to it when something happens, for example when the answer is there."),
        # type=email would let the browser judge before we can explain
        widget=forms.TextInput({"autocomplete": "email", "inputmode": "email", "autocapitalize": "none"}),
    )
    address = Typed(label=_("Address"), widget=forms.TextInput({"autocomplete": "street-address"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["visibility"].widget.choices = list(visibilities().items())
        self.initial.setdefault("visibility", str(Case.Visibility.NAMED))

    def clean_visibility(self) -> str:
        """An answer left out is not taken for "named": secrecy is never guessed away."""
        if not self.cleaned_data["visibility"]:
            raise forms.ValidationError(_("Choose one of the three."))
        return str(self.cleaned_data["visibility"])


class CheckForm(PageForm):
    """The last page carries no answers of its own."""


def visibilities() -> dict[str, Hinted]:
    """What each degree truly means in this office; `feedback.actions` and `querysets.visible_to` keep the promise."""
    return {
        str(Case.Visibility.NAMED): Hinted(
            _("Named"),
            _(
                "The officers who work on your letter may see your name and how to reach you, and may mention you "
                "to the unit concerned. Every reading is recorded. A published answer hides personal details."
            ),
        ),
        str(Case.Visibility.HIDDEN): Hinted(
            _("Name hidden from the public"),
            _(
                "Only the officer who handles your letter may see your name, and each reading is recorded with "
                "its reason. It is told to nobody else and is never published."
            ),
        ),
        str(Case.Visibility.SEALED): Hinted(
            _("Sealed"),
            _(
                "Only the officers for sealed letters and the one who is given your letter can read it; your name "
                "is opened by the former alone, with a recorded reason. The letter is never published, and no "
                "link is mailed to you. If your words themselves show who you are, leave such details out."
            ),
        ),
    }
