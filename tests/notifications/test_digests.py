"""A change of the world is told once to each person concerned, however many letters it moved and whatever crashes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from feedback import actions
from feedback.actions import changes
from feedback.models import Case, CaseEvent, Change, User
from feedback.signals import change_finished
from notifications import digests, messages, outbox
from notifications.chores import CHORES
from notifications.models import Delivery, Digest, InboxItem
from tests.cast import hire, later
from tests.feedback.test_changes import AFTER, carry_through, plan_day_off, with_reply_in
from tests.notifications.conftest import MAIL, PERSON

Told = Callable[[datetime | None], int]
WHATS = ("calendar", "rules", "units")
pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture(autouse=True)
def mailboxes(handler: User, leader: User, manager: User) -> None:
    for user in (handler, leader, manager):
        user.email = f"{user.username}@example.vn"
        user.save()


@pytest.fixture
def moved(send: Callable[..., actions.Receipt], told: Told) -> Change:
    """Three letters of one handler whose date moved; everything of before is told already."""
    for _ in range(3):
        send()
    told(later(minutes=1))
    mail.outbox.clear()
    return carry_through(plan_day_off())


def subjects() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for message in mail.outbox:
        found.setdefault(message.to[0].partition("@")[0], []).append(str(message.subject))
    return found


def test_one_line_and_one_mail_for_each_person(
    moved: Change, told: Told, handler: User, leader: User, manager: User
) -> None:
    told(AFTER)
    assert subjects() == {
        "can-bo-1": ["Lịch làm việc thu-1: 3 đơn của ông/bà đổi hạn"],
        "truong-phong-1": ["Lịch làm việc thu-1: 3 đơn của đơn vị đổi hạn"],
        "giam-doc-1": ["Lịch làm việc thu-1: 3 đơn đổi hạn"],
    }
    assert Digest.objects.count() == 3
    for user in (handler, leader, manager):
        assert InboxItem.objects.filter(user=user, digest__change=moved).count() == 1
    body = next(m.body for m in mail.outbox if m.to == ["giam-doc-1@example.vn"])
    assert settings.SITE_URL + reverse("desk_change", args=[moved.pk]) in body
    assert "Lý do: Quyết định nghỉ" in body


def test_told_again_it_adds_nothing(moved: Change, told: Told) -> None:
    for _ in range(2):
        change_finished.send_robust(Change, change_id=moved.pk)
        CHORES["digests of changes"](AFTER)
        told(AFTER)
    assert len(mail.outbox) == 3
    assert InboxItem.objects.filter(digest__isnull=False).count() == 3


def test_a_signal_swallowed_by_a_crash_is_made_up_for(
    send: Callable[..., actions.Receipt], told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    send()
    with monkeypatch.context() as dead:
        dead.setattr(change_finished, "send_robust", lambda *_, **__: [])
        carry_through(plan_day_off())
    assert not Digest.objects.exists()
    assert CHORES["digests of changes"](AFTER + timedelta(minutes=1)) == 3
    assert CHORES["digests of changes"](AFTER + timedelta(minutes=2)) == 0
    assert Delivery.objects.filter(digest__isnull=False).count() == 6


def test_an_old_change_is_no_news(moved: Change) -> None:
    Digest.objects.all().delete()
    assert digests.tell_finished(AFTER + timedelta(days=8)) == 0


def test_only_those_concerned_and_managers_also_of_nothing(told: Told, stranger: User, manager: User) -> None:
    stranger.email = "can-bo-khac@example.vn"
    stranger.save()
    carry_through(plan_day_off())
    told(AFTER)
    assert subjects() == {"giam-doc-1": ["Lịch làm việc thu-1: 0 đơn đổi hạn"]}
    assert "Không đơn đang mở nào đổi hạn" in mail.outbox[0].body


def test_nobody_counts_what_they_may_not_see(
    send: Callable[..., actions.Receipt], told: Told, manager: User, leader: User
) -> None:
    send(visibility="sealed")
    actions.set_subject(send().case, unit=None, officer=leader, by=manager, at=later(minutes=1))
    carry_through(plan_day_off())
    assert {d.user: d.cases for d in Digest.objects.filter(user__in=(manager, leader))} == {manager: 1}


def test_in_the_inbox_it_leads_to_the_change_or_to_the_letters(
    moved: Change, told: Told, client: Client, handler: User, manager: User
) -> None:
    told(AFTER)
    for user, target in ((handler, reverse("desk")), (manager, reverse("desk_change", args=[moved.pk]))):
        client.force_login(user)
        page = client.get("/can-bo/thong-bao/").content.decode()
        assert "Lịch làm việc thu-1: 3 đơn" in page
        item = InboxItem.objects.get(user=user, digest__isnull=False)
        assert client.get(reverse("desk_inbox_item", args=[item.pk]))["Location"] == target
        item.refresh_from_db()
        assert item.read_at is not None
    client.force_login(hire("nguoi-khac", "Chuyên viên", ("STP.HCTP", "handler")))
    assert client.get(reverse("desk_inbox_item", args=[item.pk])).status_code == 404


def test_whoever_has_left_is_not_written_to(moved: Change, told: Told, handler: User) -> None:
    User.objects.filter(pk=handler.pk).update(is_active=False)
    told(AFTER)
    assert "can-bo-1" not in subjects()
    assert set(
        Delivery.objects.filter(user=handler, digest__isnull=False).values_list("error", flat=True)
    ) == {"not_active"}


def test_a_row_is_about_one_thing(moved: Change, handler: User) -> None:
    digest, event = Digest.objects.get(user=handler), CaseEvent.objects.all()[0]
    for both_or_none in ({"digest": digest, "event": event}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            InboxItem.objects.create(user=handler, **both_or_none)
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.create(user=handler, channel="x", next_try_at=AFTER, **both_or_none)


# --- The citizen ---------------------------------------------------------------------------------
def test_the_citizen_hears_of_a_later_day_once_and_last(written: Case, told: Told) -> None:
    told(later(minutes=1))
    mail.outbox.clear()
    carry_through(plan_day_off())
    outbox.read_log(at=AFTER)
    row = Delivery.objects.get(event__verb="redate")
    assert (row.user, row.urgency) == (None, 0)
    told(AFTER)
    (letter,) = [m for m in mail.outbox if m.to == [MAIL]]
    assert letter.subject == f"Đơn {written.reference}: hạn trả lời được tính lại"
    assert "thứ Hai, 23/11/2026, thay cho thứ Sáu, 20/11/2026 đã báo trước đây" in letter.body
    assert "Lý do: Quyết định nghỉ" in letter.body
    for private in PERSON.values():
        assert private not in letter.body


def test_an_earlier_day_breaks_no_promise_and_sends_no_mail(written: Case, told: Told) -> None:
    told(later(minutes=1))
    mail.outbox.clear()
    rules = changes.plan_rules(with_reply_in(5), version="qt-1", note="Rút ngắn", by=actions.SYSTEM, at=AFTER)
    changes.count(rules, at=AFTER)
    carry_through(rules, AFTER + timedelta(minutes=5))
    told(AFTER)
    assert written.events.get(verb="redate").is_public
    assert [m for m in mail.outbox if m.to == [MAIL]] == []


def test_a_mail_about_a_sealed_letter_stays_neutral(send: Callable[..., actions.Receipt], told: Told) -> None:
    send(visibility="sealed", **PERSON)
    told(later(minutes=1))
    mail.outbox.clear()
    carry_through(plan_day_off())
    told(AFTER)
    (letter,) = [m for m in mail.outbox if m.to == [MAIL]]
    assert "HA-2026" not in f"{letter.subject} {letter.body}"


# --- Words ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("audience", ["handler", "leaders", "managers"])
@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("cases", [0, 1, 12])
def test_every_digest_has_its_words(
    what: str, audience: str, cases: int, language: str, handler: User
) -> None:
    change = Change(pk=7, what=what, note="Quyết định nghỉ", units={"units": {"A": {}}}, failed=2)
    text = digests.compose(
        Digest(change=change, user=handler, audience=audience, cases=cases), language=language
    )
    whole = f"{text.subject}\n{text.body}"
    assert 10 < len(text.subject) < 78
    assert str(cases) in text.subject
    assert "{" not in whole
    assert "None" not in whole
    assert "\n\n\n" not in whole
    assert settings.SITE_URL in text.body
    failed = "could not be computed" if language == "en" else "chưa tính lại được"
    assert (failed in text.body) == (audience == "managers")
