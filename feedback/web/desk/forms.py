"""What the verbs need, as forms. Field names are the argument names of the verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from feedback import actions, errors, uploads
from feedback.models import Case, Membership, RejectReason, Unit, User, catalogue
from feedback.web.words import language, name_of
from feedback.workflow import Role


def words(label: Any, help_text: Any = "", rows: int = 5) -> forms.CharField:
    """A text of some lines."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=20_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def set_choices(form: forms.BaseForm, name: str, choices: Sequence[Any]) -> None:
    """Give a select, radio or checkbox field what there is to choose from."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each through `feedback.uploads`; gives a list of CleanFile."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", FilesInput(attrs={"accept": ".jpg,.jpeg,.png,.pdf", "multiple": True}))
        super().__init__(required=False, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        if len(given) > uploads.MAX_FILES:
            raise forms.ValidationError(errors.TooManyFiles(maximum=uploads.MAX_FILES).sentence(language()))
        return [self._clean_one(super(FilesField, self).clean(one, initial)) for one in given]

    @staticmethod
    def _clean_one(file: UploadedFile) -> uploads.CleanFile:
        try:
            return uploads.clean_upload(file.name or "", file.read(), file.content_type)
        except errors.OfficeError as error:
            raise forms.ValidationError(error.sentence(language())) from error


class ActForm(forms.Form):
    """Base: knows the case and the person; `arguments()` is what the verb is called with."""

    def __init__(self, *args: Any, case: Case, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.user = case, user
        self.prepare()

    def prepare(self) -> None:
        """Fill choices that depend on the case or the person."""

    def choose(self, name: str, choices: list[tuple[str, Any]], empty: Any = None) -> None:
        set_choices(self, name, choices if empty is None else [("", empty), *choices])

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class NoWords(ActForm):
    """A verb that needs nothing but the button."""


class InternalReason(ActForm):
    reason = words(_("Reason"), _("Stays inside the office."), rows=3)


class PublicReason(ActForm):
    reason = words(_("Reason"), _("The citizen reads this sentence."), rows=3)


class Question(ActForm):
    question = words(
        _("What do you need to know?"),
        _(
            "The citizen reads this. Ask for one thing at a time and say why it is needed. The clock stands still."
        ),
    )


class Note(ActForm):
    text = words(
        _("Note"), _("Only the office reads it. Write @ and a sign-in name to call upon somebody."), rows=3
    )
    mentions = forms.MultipleChoiceField(
        label=_("Tell these colleagues"),
        help_text=_(
            "They find the note among their messages. Only people who may see this letter stand here."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        people = actions.mentionable(self.case, self.user, timezone.now())
        self.people = {str(person.pk): person for person in people}
        self.choose("mentions", [(key, _Colleague(person)) for key, person in self.people.items()])
        self._remind()

    def _remind(self) -> None:
        """Opened as a reminder of a question to another unit: its handlers are ticked, the words proposed."""
        number = str(self.initial.get("remind", ""))
        if self.is_bound or not (number.isascii() and number.isdigit() and len(number) < 19):
            return
        asked = self.case.coordinations.filter(pk=int(number), answered_at=None).first()
        if asked is None:
            return
        handlers = Membership.objects.filter(unit=asked.unit_id, role=Role.HANDLER).current(
            timezone.localdate()
        )
        self.initial["mentions"] = [
            key for key in map(str, handlers.values_list("user", flat=True)) if key in self.people
        ]
        day = f"{timezone.localtime(asked.due_at):%d/%m/%Y}" if asked.due_at else ""
        self.initial["text"] = gettext("Reminder: your unit's opinion is asked for by %(day)s.") % {
            "day": day
        }

    def arguments(self) -> dict[str, Any]:
        named = [self.people[key] for key in self.cleaned_data["mentions"]]
        return {"text": self.cleaned_data["text"], "mentions": named}


class _Colleague:
    """A name with the sign-in name under it, for `components/field.html`."""

    def __init__(self, person: User) -> None:
        self.name, self.hint = str(person), f"@{person.username}"

    def __str__(self) -> str:
        return self.name


class Opinion(ActForm):
    text = words(_("Opinion of the unit"), _("The handler reads it; the citizen does not."))


class Information(ActForm):
    text = words(_("What the citizen said"), _("For an answer by telephone or at the counter."))
    documents = FilesField(label=_("Files"), help_text=_("At most 5 files of 10 MB: JPG, PNG or PDF."))

    def arguments(self) -> dict[str, Any]:
        return {"text": self.cleaned_data["text"], "files": self.cleaned_data["documents"]}


class Reopening(ActForm):
    text = words(_("What has to be made clear"), _("The citizen reads this."))


def inside_units() -> list[Unit]:
    """Units of the office that exist today and can hold a case."""
    today = timezone.localdate()
    units = catalogue().units.values()
    return [u for u in units if not u.external and u.exists_on(today) and u.kind != Unit.Type.CLASS]


def outside_agencies() -> list[Unit]:
    today = timezone.localdate()
    return [u for u in catalogue().units.values() if u.external and u.exists_on(today)]


def unit_choices(units: list[Unit]) -> list[tuple[str, Any]]:
    return [(unit.code, name_of(unit)) for unit in units]


class Routing(ActForm):
    unit = forms.ChoiceField(label=_("To which unit"))
    reason = words(_("Reason"), _("The citizen reads this sentence."), rows=3)

    def prepare(self) -> None:
        not_these = {self.case.unit_id, self.case.subject_unit_id}
        self.choose(
            "unit", unit_choices([u for u in inside_units() if u.code not in not_these]), _("Choose a unit")
        )


class Assignment(ActForm):
    handler = forms.ChoiceField(label=_("Handler"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        people = actions.possible_handlers(self.case, self.user) if self.case.unit_id else []
        self.people = {str(person.pk): person for person in people}
        self.choose("handler", [(key, str(person)) for key, person in self.people.items()])

    def arguments(self) -> dict[str, Any]:
        return {"handler": self.people[self.cleaned_data["handler"]]}


class Coordination(ActForm):
    units = forms.MultipleChoiceField(label=_("Which units"), widget=forms.CheckboxSelectMultiple)
    question = words(_("What do you ask them?"))

    def prepare(self) -> None:
        not_these = {self.case.unit_id, self.case.subject_unit_id}
        self.choose("units", unit_choices([u for u in inside_units() if u.code not in not_these]))


class Transfer(ActForm):
    agency = forms.ChoiceField(label=_("To which agency"))
    reason = words(_("Reason"), _("The citizen reads this sentence."), rows=3)

    def prepare(self) -> None:
        self.choose("agency", unit_choices(outside_agencies()), _("Choose an agency"))


class Rejection(ActForm):
    code = forms.ChoiceField(
        label=_("Ground"), help_text=_("Each ground carries a sentence that says where to go instead.")
    )
    reason = words(_("In your own words"), _("The citizen reads this sentence."), rows=3)

    def prepare(self) -> None:
        grounds = [(ground.code, name_of(ground)) for ground in RejectReason.objects.all()]
        self.choose("code", grounds, _("Choose a ground"))


class Subject(ActForm):
    unit = forms.ChoiceField(label=_("Unit the letter is about"), required=False)
    officer = forms.ChoiceField(label=_("Officer the letter is about"), required=False)

    def prepare(self) -> None:
        people = (
            User.objects.filter(is_active=True, memberships__isnull=False).distinct().order_by("display_name")
        )
        self.people = {str(person.pk): person for person in people}
        self.choose("unit", unit_choices(inside_units()), _("None"))
        self.choose("officer", [(key, str(person)) for key, person in self.people.items()], _("None"))
        self.initial.setdefault("unit", self.case.subject_unit_id or "")
        self.initial.setdefault("officer", str(self.case.subject_officer_id or ""))

    def arguments(self) -> dict[str, Any]:
        return {
            "unit": self.cleaned_data["unit"] or None,
            "officer": self.people.get(self.cleaned_data["officer"]),
        }


class Motive(ActForm):
    reason = words(
        _("Why do you need to know who wrote?"),
        _("Your name, the time and this reason are recorded; the reading can be reviewed."),
        rows=3,
    )
