"""Named lists: the filters a person keeps, for themselves or – set up by its leader – for a whole unit.

No act on a case, so nothing of it stands in a case's log. A view only names filters: whoever opens it sees through them
what they may see anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from feedback import errors
from feedback.actions.spine import storable
from feedback.models import DeskStart, SavedView, User

MOST = 30  # views of one person: more would hide each other
LONGEST_NAME, LONGEST_QUERY = 60, 1000


class ViewNameTaken(errors.OfficeError):
    code = "view_name_taken"
    status = 409
    vi = "Ông/bà đã có cách xem tên “{name}”. Xin đặt tên khác, hoặc xóa cách xem cũ."
    en = "You already have a view called “{name}”. Choose another name, or delete the old one."


class TooManyViews(errors.OfficeError):
    code = "too_many_views"
    status = 409
    vi = "Ông/bà đã lưu {most} cách xem, là số tối đa. Xin xóa bớt một cách xem không dùng nữa."
    en = "You have saved {most} views, which is the most. Delete one that is no longer used."


class NameTooLong(errors.OfficeError):
    code = "name_too_long"
    vi = "Tên dài tối đa {most} ký tự. Xin rút gọn."
    en = "A name has at most {most} characters. Please shorten it."


@dataclass(frozen=True)
class Sight:
    """What is kept: which list, and its filters as the address has them."""

    queue: str
    query: str


def views_for(user: User) -> Q:
    """The views this person may open: the own ones, and those shared with a unit of theirs."""
    return Q(owner=user) | Q(unit__in=user.scope().units)


def may_change_view(user: User, view: SavedView) -> bool:
    """The owner; of a shared one every leader of the unit too."""
    return view.owner_id == user.pk or (view.unit_id is not None and view.unit_id in user.scope().leads)


def save_view(name: str, sight: Sight, *, by: User, at: datetime, unit: str = "") -> SavedView:
    """Keep the present filters under a name. Raises FieldRequired, NameTooLong, ViewNameTaken, TooManyViews, and
    NotAllowed for a unit the person does not lead."""
    if unit and unit not in by.scope().leads:
        raise errors.NotAllowed("unit")
    name = _checked(name)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # two clicks at once are told apart
        mine = SavedView.objects.filter(owner=by)
        if mine.count() >= MOST:
            raise TooManyViews(most=MOST)
        if mine.filter(name=name).exists():
            raise ViewNameTaken("name", name=name)
        return SavedView.objects.create(
            owner=by,
            unit_id=unit or None,
            name=name,
            queue=sight.queue[:40],
            query=storable(sight.query)[:LONGEST_QUERY],
            created_at=at,
        )


def rename_view(view: SavedView, name: str, *, by: User) -> SavedView:
    _allow(view, by)
    name = _checked(name)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=view.owner_id)
        if SavedView.objects.filter(owner=view.owner_id, name=name).exclude(pk=view.pk).exists():
            raise ViewNameTaken("name", name=name)
        view.name = name
        view.save(update_fields=["name"])
    return view


def delete_view(view: SavedView, *, by: User) -> None:
    """Whoever's desk opened with it opens with the first list again."""
    _allow(view, by)
    view.delete()


def start_with(view: SavedView | None, *, by: User) -> None:
    """The desk of this person opens with the view; None: with the first list."""
    if view is None:
        DeskStart.objects.filter(user=by).delete()
        return
    if not SavedView.objects.filter(views_for(by), pk=view.pk).exists():
        raise errors.NotAllowed
    DeskStart.objects.update_or_create(user=by, defaults={"view": view})


def _allow(view: SavedView, by: User) -> None:
    if not may_change_view(by, view):
        raise errors.NotAllowed


def _checked(name: str) -> str:
    name = " ".join(storable(name).split())
    if not name:
        raise errors.FieldRequired("name")
    if len(name) > LONGEST_NAME:
        raise NameTooLong("name", most=LONGEST_NAME)
    return name
