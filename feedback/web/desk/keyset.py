"""Pages of a list by position, not by number: page 1,000 costs what page 1 costs, and nothing is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.http import QueryDict

from feedback.models import Case
from feedback.querysets import CaseQuerySet

SIZE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)


@dataclass(frozen=True)
class Page:
    """Cases in order, and the query strings of the neighbouring pages (empty when there is none)."""

    cases: list[Case]
    previous: str
    following: str


def page(
    cases: CaseQuerySet, wanted: QueryDict, *, field: str, descending: bool = False, size: int = SIZE
) -> Page:
    """One page ordered by (`field`, id). `wanted` holds `after` or `before`: a cursor from an earlier page."""
    after, before = read_position(wanted.get("after", "")), read_position(wanted.get("before", ""))
    backwards = before is not None and after is None
    cursor = before if backwards else after
    upwards = descending == backwards  # do values grow as we read on?
    if cursor is not None:
        cases = cases.filter(_beyond(field, cursor, upwards))
    sign = "" if upwards else "-"
    rows = list(cases.order_by(f"{sign}{field}", f"{sign}pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_previous = more if backwards else cursor is not None
    has_following = True if backwards else more
    return Page(
        rows,
        _query(wanted, "before", rows[0], field) if rows and has_previous else "",
        _query(wanted, "after", rows[-1], field) if rows and has_following else "",
    )


def _beyond(field: str, cursor: tuple[datetime, int], upwards: bool) -> Q:
    moment, key = cursor
    word = "gt" if upwards else "lt"
    return Q(**{f"{field}__{word}": moment}) | Q(**{field: moment, f"pk__{word}": key})


def read_position(text: str) -> tuple[datetime, int] | None:
    """What `position` wrote, or None for anything else."""
    stamp, _, key = text.partition("_")
    if not (stamp.isascii() and stamp.isdigit() and key.isascii() and key.isdigit()) or len(text) > 40:
        return None
    try:
        return _EPOCH + int(stamp) * _STEP, min(int(key), 2**62)
    except OverflowError:
        return None


def _query(wanted: QueryDict, name: str, case: Case, field: str) -> str:
    query = wanted.copy()
    for old in ("after", "before", "part"):
        query.pop(old, None)
    query[name] = position(case, field)
    return query.urlencode()


def position(case: Case, field: str) -> str:
    """Where the case stands in a list ordered by (`field`, id), as an address carries it."""
    return f"{(getattr(case, field) - _EPOCH) // _STEP}_{case.pk}"
