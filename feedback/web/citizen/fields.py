"""Form fields that keep what was typed and let the office's own rules speak.

The rules of a letter live in `feedback.actions.intake`; forms here only carry words to and fro, so that page, API and
import refuse the same things with the same sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import ErrorList
from django.utils.translation import gettext_lazy as _

from feedback.actions.spine import storable
from feedback.models import Unit, catalogue
from feedback.uploads import CleanFile, clean_upload
from feedback.web.words import name_of

ACCEPT = "image/jpeg,image/png,image/webp,image/gif,application/pdf,.jpg,.jpeg,.png,.webp,.gif,.pdf"
Choices = list[tuple[Any, Any]]


class Hinted(str):
    """A choice label with a second, smaller line."""

    hint: str

    def __new__(cls, label: Any, hint: Any) -> Hinted:
        made = super().__new__(cls, str(label))
        made.hint = str(hint)
        return made


class Area(forms.Textarea):
    """A text area that tells the template what it is, as every other input does."""

    input_type = "textarea"

    def __init__(self, rows: int = 4) -> None:
        super().__init__({"rows": rows})


class Typed(forms.CharField):
    """Text as typed; only what no database can hold is taken out (NUL, lone surrogates).

    `required` decides whether the label says "(optional)"; the refusal itself is left to the office's rule.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def validate(self, value: Any) -> None:
        """Nothing is judged here."""

    def to_python(self, value: Any) -> str:
        return super().to_python(storable(value) if isinstance(value, str) else value) or ""


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """Any number of uploads as a list; what they are is decided by `feedback.uploads`."""

    def __init__(self, **kwargs: Any) -> None:
        widget = ManyFiles({"multiple": True, "accept": ACCEPT})
        super().__init__(required=False, widget=widget, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data]
        return [one for one in given if one]


def cleaned(upload: UploadedFile) -> CleanFile:
    """One upload through the gate. Raises FileRefused."""
    return clean_upload(upload.name or "", cast(BinaryIO, upload.file), upload.content_type)


class PageForm(forms.Form):
    """Server-side errors only: the browser's own bubbles are neither translated nor kept."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("error_class", ErrorList)
        super().__init__(*args, **kwargs)

    def typed(self) -> dict[str, str]:
        """Every text field as it was sent, valid or not."""
        return {
            name: storable(self.data.get(name, ""))
            for name, field in self.fields.items()
            if not isinstance(field, Files)
        }


def places(on: date) -> Choices:
    """Communes of today, then the old names people still use, in the order of the alphabet."""
    communes = [u for u in catalogue().units.values() if u.kind == Unit.Type.COMMUNE]
    now = sorted((u.code, name_of(u)) for u in communes if u.exists_on(on))
    old = sorted((u.code, name_of(u)) for u in communes if not u.exists_on(on))
    groups: Choices = [("", _("I do not know, or no particular commune"))]
    groups += [(_("Communes and wards of today"), by_name(now))] if now else []
    groups += [(_("Names before 1 July 2025"), by_name(old))] if old else []
    return groups


def by_name(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(rows, key=lambda row: row[1].casefold())


def procedures() -> Choices:
    """Procedures grouped by field (the topmost topic), so that a native list stays findable."""
    return [("", _("I do not know, or no particular procedure")), *_grouped()]


def _grouped() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    book = catalogue()
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in (one for one in book.procedures.values() if one.published):
        topic = book.topics[row.topic_id]
        top = book.topics.get(topic.parent_id or "", topic)
        groups.setdefault(name_of(top), []).append((row.code, name_of(row)))
    for name in sorted(groups, key=str.casefold):
        yield name, by_name(groups[name])
