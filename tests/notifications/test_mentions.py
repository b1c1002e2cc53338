"""A note calls upon somebody: only who may see the letter, told once, and never by accident."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedback import actions
from feedback.actions.mentions import MOST, TooManyNamed
from feedback.models import Case, User
from notifications.models import InboxItem
from tests.cast import WEDNESDAY, hire, later

Send = Callable[..., actions.Receipt]
Told = Callable[..., int]


def write(case: Case, text: str, by: User, *also: User) -> list[int]:
    """Write a note; the people its event names."""
    actions.note(case, text=text, by=by, at=later(hours=2), mentions=also)
    event = case.events.order_by("-seq").first()
    assert event is not None
    return list(event.internal.get("mentions", []))


def test_by_username_or_from_the_list_and_once(
    processing: Case, handler: User, colleague: User, leader: User
) -> None:
    named = write(processing, "@can-bo-2 xin xem, @CAN-BO-2. Cả @truong-phong-1!", handler, colleague)
    assert named == [colleague.pk, leader.pk]


@pytest.mark.parametrize(
    "text", ["Đã gọi.", "thư: a.b@example.vn", "giá @ 5", "@", "x@can-bo-2", "@@", "hộp @@can-bo-2"]
)
def test_what_names_nobody(processing: Case, handler: User, colleague: User, text: str) -> None:
    assert write(processing, text, handler) == []


def test_oneself_is_not_told(processing: Case, handler: User) -> None:
    assert write(processing, "@can-bo-1 nhớ gọi lại", handler) == []


def test_an_unknown_name_is_said_and_nothing_is_written(processing: Case, handler: User) -> None:
    with pytest.raises(actions.UnknownColleague) as found:
        write(processing, "@khong-co-ai xin xem", handler)
    assert found.value.field == "text"
    assert not processing.events.filter(verb="note").exists()


def test_who_may_not_see_is_not_called(processing: Case, handler: User, stranger: User, leader: User) -> None:
    with pytest.raises(actions.MayNotSee):
        write(processing, "@can-bo-khac xin xem", handler)
    with pytest.raises(actions.MayNotSee):
        write(processing, "xin xem", handler, stranger)


def test_nobody_in_a_conflict_of_interest(
    processing: Case, handler: User, colleague: User, manager: User
) -> None:
    actions.set_subject(processing, unit=None, officer=colleague, by=manager, at=later(hours=1))
    with pytest.raises(actions.MayNotSee):
        write(processing, "@can-bo-2 xin xem", handler)
    assert colleague not in actions.mentionable(processing, handler, later(hours=2))


def test_a_sealed_letter_stays_among_its_guardians(
    send: Send, integrity_officer: User, manager: User, handler: User
) -> None:
    second = hire("liem-chinh-2", "Cán bộ giữ kín 2", ("STP.VP", "integrity"))
    case = send(visibility="sealed").case
    with pytest.raises(actions.MayNotSee):
        write(case, "@giam-doc-1 xin xem", integrity_officer)
    assert actions.mentionable(case, integrity_officer, later(hours=2)) == [second]
    assert write(case, "@liem-chinh-2 xin xem", integrity_officer) == [second.pk]


def test_too_many(processing: Case, handler: User) -> None:
    with pytest.raises(TooManyNamed):
        write(processing, " ".join(f"@ai-{n}" for n in range(MOST + 1)), handler)


def test_everybody_on_offer_may_see(
    processing: Case,
    handler: User,
    colleague: User,
    leader: User,
    manager: User,
    stranger: User,
    triage_officer: User,
) -> None:
    actions.coordinate(processing, units=["STP.BTTP"], question="Ý kiến?", by=handler, at=later(hours=1))
    offered = actions.mentionable(processing, handler, later(hours=2))
    assert set(offered) == {colleague, leader, manager, stranger, triage_officer}
    assert all(Case.objects.visible_to(user).filter(pk=processing.pk).exists() for user in offered)


def test_the_one_named_finds_it_in_the_inbox_and_nobody_else(
    processing: Case, handler: User, colleague: User, leader: User, told: Told
) -> None:
    told(WEDNESDAY)
    InboxItem.objects.all().delete()
    write(processing, "@can-bo-2 xin xem trang hai.", handler)
    told(later(hours=3))
    item = InboxItem.objects.get()
    assert (item.user, item.event and item.event.verb) == (colleague, "note")
    told(later(hours=4))
    assert InboxItem.objects.count() == 1


def test_sealed_meanwhile_and_the_one_named_hears_nothing(
    processing: Case, handler: User, colleague: User, manager: User, told: Told
) -> None:
    told(WEDNESDAY)
    InboxItem.objects.all().delete()
    write(processing, "@can-bo-2 xin xem.", handler)
    actions.seal(processing, reason="Có dấu hiệu tố cáo.", by=manager, at=later(hours=2))
    told(later(hours=3))
    assert not InboxItem.objects.filter(user=colleague).exists()
