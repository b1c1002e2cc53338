"""The counted list of a change: fifty letters at a time, or all of them as a table to take along.

By reference only, without a word of the letter, and only those the reader may see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import Case, Change, ChangeLine, User
from feedback.querysets import CaseQuerySet
from feedback.web.desk.base import case_url
from feedback.web.desk.changes_words import new_names, weekday
from feedback.web.words import unit_name

SIZE = 50

# Codes of `feedback.actions.succession`: what becomes of the handler.
REMARKS: dict[str, Any] = {
    "handler_kept": gettext_lazy("The handler goes along"),
    "handler_chosen": gettext_lazy("Another handler is chosen"),
    "nobody": gettext_lazy("Waits in the queue of the unit"),
    "no_successor": gettext_lazy("Nobody takes over"),
    "conflict": gettext_lazy("Is about the unit that takes over"),
    "question_passed": gettext_lazy("Only a question to the unit is passed on"),
}


def number_in(query: QueryDict, name: str) -> int | None:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@dataclass(frozen=True)
class Line:
    """One open letter a change would move."""

    reference: str
    url: str
    unit: str
    unit_after: str
    before: Any
    after: Any
    weekday_before: str
    weekday_after: str
    later: bool
    earlier: bool
    remark: str


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    previous: str
    following: str


def seen(user: User, found: Change) -> Any:
    """The lines of letters the reader may see."""
    visible: CaseQuerySet = Case.objects.visible_to(user)
    return ChangeLine.objects.filter(change=found, case__in=visible.order_by().values("pk"))


def lines(user: User, found: Change, wanted: QueryDict) -> Page:
    """Fifty lines by position, in the order of the letters."""
    rows = _with_references(seen(user, found))
    after, before = number_in(wanted, "after"), number_in(wanted, "before")
    if before is not None:
        read = list(rows.filter(pk__lt=before).order_by("-pk")[: SIZE + 1])
        more, read = len(read) > SIZE, read[:SIZE][::-1]
        has_previous, has_following = more, True
    else:
        read = list((rows.filter(pk__gt=after) if after is not None else rows).order_by("pk")[: SIZE + 1])
        has_previous, has_following = after is not None, len(read) > SIZE
        read = read[:SIZE]
    return Page(
        [_line(one, found) for one in read],
        f"?before={read[0].pk}#list" if read and has_previous else "",
        f"?after={read[-1].pk}#list" if read and has_following else "",
    )


def _with_references(rows: Any) -> Any:
    """The reference needs the day the letter came; its text stays where it is."""
    return rows.select_related("case").only(
        "due_before", "due_after", "unit_before", "unit_after", "remark", "change", "case__received_at"
    )


def _line(row: ChangeLine, found: Change) -> Line:
    before, after = timezone.localtime(row.due_before), timezone.localtime(row.due_after)
    return Line(
        reference=row.case.reference,
        url=case_url(row.case),
        unit=unit_name(row.unit_before_id),
        unit_after=_new_unit(row, found) if row.unit_after_id != row.unit_before_id else "",
        before=before,
        after=after,
        weekday_before=weekday(before.date()),
        weekday_after=weekday(after.date()),
        later=after > before,
        earlier=after < before,
        remark=str(REMARKS.get(row.remark, row.remark)),
    )


def _new_unit(row: ChangeLine, found: Change) -> str:
    """A unit the change is going to found has no row yet."""
    if row.unit_after_id is None:
        return _("Sorting desk")
    return unit_name(row.unit_after_id) or new_names(found).get(row.unit_after_id, row.unit_after_id)


def cells(user: User, found: Change) -> Iterator[list[object]]:
    yield [
        _("Reference"),
        _("Unit"),
        _("New unit"),
        _("Old date"),
        _("New date"),
        _("Days later (negative: earlier)"),
        _("Remark"),
    ]
    for row in _with_references(seen(user, found)).order_by("pk").iterator(chunk_size=500):
        one = _line(row, found)
        yield [
            one.reference,
            one.unit,
            one.unit_after,
            f"{one.before:%Y-%m-%d %H:%M}",
            f"{one.after:%Y-%m-%d %H:%M}",
            (one.after.date() - one.before.date()).days,
            one.remark,
        ]
