"""Where no socket is open a page asks: what changed since, what is new in the inbox; and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from feedback import actions
from feedback.models import Case, User
from notifications.live import wire
from notifications.models import InboxItem
from tests.cast import later

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def missed(user: User, **asked: Any) -> list[dict[str, Any]]:
    response = signed_in(user).get(reverse("desk_live"), asked)
    assert "no-store" in response["Cache-Control"]
    return response.json()["changes"]


def test_changes_after_an_event(assigned: Case, handler: User, stranger: User) -> None:
    seen = assigned.events.order_by("-seq")[0].pk
    assert missed(handler, after=seen) == []
    actions.accept(assigned, by=handler, at=later(hours=1))
    newer = assigned.events.order_by("-seq")[0].pk
    assert missed(handler, after=seen) == [
        {"id": assigned.reference, "version": assigned.version, "seq": newer}
    ]
    assert missed(stranger, after=seen) == []
    assert missed(stranger, after=assigned.events.order_by("seq")[0].pk - 1) == []
    assert missed(handler, after="x") == missed(handler)


def test_a_sealed_letter_is_told_to_its_guardian_alone(
    send: Callable[..., actions.Receipt], handler: User, manager: User, integrity_officer: User
) -> None:
    case = send(visibility="sealed").case
    before = case.events.order_by("seq")[0].pk - 1  # of 0 a database that is not new says only that much has changed
    for user, told in ((handler, []), (manager, []), (integrity_officer, [case.reference])):
        assert [change["id"] for change in missed(user, after=before)] == told


def test_who_is_not_signed_in_is_sent_to_the_door(administrator: User) -> None:
    for name in ("desk_live", "desk_inbox_news"):
        assert Client().get(reverse(name)).status_code == 302
        assert signed_in(administrator).get(reverse(name)).status_code in (302, 403), "no desk"


def test_a_page_learns_whether_a_socket_is_served(handler: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(handler)
    for served, address in ((False, ""), (True, "/ws/")):
        monkeypatch.setattr(wire.wire, "served", served)
        assert client.get(reverse("desk_live")).json()["socket"] == address
        assert f'data-socket="{address}"' in client.get(reverse("desk_inbox")).content.decode()


def test_the_citizens_pages_know_nothing_of_it(handler: User) -> None:
    for client in (Client(), signed_in(handler)):
        assert "live.js" not in client.get("/").content.decode()


def test_new_messages_as_toasts(assigned: Case, handler: User, colleague: User) -> None:
    events = list(assigned.events.order_by("seq"))
    old = InboxItem.objects.create(user=handler, event=events[0])
    client, address = signed_in(handler), reverse("desk_inbox_news")
    first = client.get(address).context
    assert (first["unread"], first["last"], first["lines"]) == ("1", old.pk, []), "what was there is no news"
    new = InboxItem.objects.create(user=handler, event=events[-1])
    InboxItem.objects.create(user=colleague, event=events[-1])
    told = client.get(address, {"after": old.pk})
    assert (told.context["unread"], told.context["last"], len(told.context["lines"])) == ("2", new.pk, 1)
    assert reverse("desk_inbox_item", args=[new.pk]) in told.content.decode()
    Case.objects.filter(pk=assigned.pk).update(sealed=True, handler=None)
    hidden = client.get(address, {"after": old.pk})
    assert (hidden.context["unread"], hidden.context["lines"]) == ("", [])
