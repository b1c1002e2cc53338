"""The inbox on the desk: whose lines, what they say, and the number in the badge."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback import actions
from feedback.models import Case, User
from notifications.models import InboxItem
from notifications.web import context
from tests.cast import BIRTH, WEDNESDAY
from tests.notifications.conftest import PERSON

URL = "/can-bo/thong-bao/"


@pytest.fixture
def desk(client: Client, handler: User) -> Client:
    client.force_login(handler)
    return client


def badge(user: User) -> str:
    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=user.pk)
    return str(context.unread(request)["inbox_unread"])


def test_a_new_assignment_stands_in_bold_and_leads_to_the_case(
    desk: Client, handler: User, send, told
) -> None:
    case = send(**PERSON).case
    told()
    page = desk.get(URL).content.decode()
    assert f"Ông/bà được phân công đơn {case.reference}" in page
    assert 'class="is-unread"' in page
    for private in (*PERSON.values(), BIRTH):
        assert private not in page
    assert badge(handler) == "1"
    item = InboxItem.objects.get()
    answer = desk.get(reverse("desk_inbox_item", args=[item.pk]))
    assert answer["Location"] == reverse("desk_case", args=[case.reference])
    assert badge(handler) == ""
    assert 'class="is-unread"' not in desk.get(URL).content.decode()


def test_all_at_once(desk: Client, handler: User, send, told) -> None:
    for _ in range(3):
        send()
    told()
    assert badge(handler) == "3"
    assert desk.get(reverse("desk_inbox_read")).status_code == 405
    assert desk.post(reverse("desk_inbox_read")).status_code == 302
    assert badge(handler) == ""


def test_another_persons_message_is_not_found(
    client: Client, handler: User, colleague: User, send, told
) -> None:
    send()
    told()
    item = InboxItem.objects.get()
    other = colleague if item.user == handler else handler
    client.force_login(other)
    assert client.get(reverse("desk_inbox_item", args=[item.pk])).status_code == 404
    assert "HA-2026" not in client.get(URL).content.decode()


def test_a_case_hidden_since_disappears_from_list_and_badge(
    desk: Client, handler: User, manager: User, send, told
) -> None:
    case = send().case
    told()
    actions.set_subject(case, unit=None, officer=handler, by=manager, at=WEDNESDAY)
    assert case.reference not in desk.get(URL).content.decode()
    assert (
        desk.get(reverse("desk_inbox_item", args=[InboxItem.objects.get(user=handler).pk])).status_code == 404
    )
    assert badge(handler) == ""


def test_a_sealed_case_is_named_neutrally(client: Client, integrity_officer: User, send, told) -> None:
    case = send(visibility="sealed", **PERSON).case
    told()
    client.force_login(integrity_officer)
    page = client.get(URL).content.decode()
    assert "Một đơn giữ kín cần xem" in page
    assert f"Gửi đơn · {case.reference}" in page  # signed in, and allowed to see the case
    assert "Công dân 12" not in page


def test_pages_continue(desk: Client, handler: User, send, told) -> None:
    from feedback.models import Membership

    Membership.objects.update(capacity=100)
    for _ in range(55):
        send()
    told()
    with CaptureQueriesContext(connection) as queries:
        first = desk.get(URL)
    assert len(queries) <= 8, [q["sql"] for q in queries]
    lines = first.context["lines"]
    assert len(lines) == 50
    rest = desk.get(URL + first.context["next_url"])
    assert len(rest.context["lines"]) == 5
    assert not {line.url for line in lines} & {line.url for line in rest.context["lines"]}
    assert badge(handler) == "55"


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "٣"])
def test_a_strange_page_is_the_first(before: str, desk: Client, send, told) -> None:
    send()
    told()
    assert len(desk.get(URL, {"before": before}).context["lines"]) == 1


def test_only_staff(client: Client, db: None) -> None:
    assert client.get(URL)["Location"].startswith("/can-bo/dang-nhap/")


def test_an_empty_inbox_says_what_will_stand_there(desk: Client) -> None:
    assert (
        "Chưa có thông báo" in desk.get(URL).content.decode()
        or "No messages" in desk.get(URL).content.decode()
    )


def test_the_badge_costs_nothing_unless_printed(
    handler: User, submitted: Case, django_assert_num_queries
) -> None:
    request = RequestFactory().get("/")
    request.user = handler
    with django_assert_num_queries(0):
        value = context.unread(request)["inbox_unread"]
    with django_assert_num_queries(2):  # the person's scope, the count
        assert str(value) == ""


def test_a_visitor_has_no_badge(rf: RequestFactory) -> None:
    assert str(context.unread(rf.get("/"))["inbox_unread"]) == ""


def test_more_than_a_hundred_is_many(handler: User, submitted: Case, monkeypatch) -> None:
    monkeypatch.setattr(context, "MOST", 0)
    InboxItem.objects.create(user=handler, event=submitted.events.earliest("seq"))
    assert badge(handler) == "0+"
