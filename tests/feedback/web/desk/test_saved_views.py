"""Lists under a name: kept for oneself or for a unit, opened, renamed, deleted, and the desk opens with one."""

from __future__ import annotations

from typing import Any

import pytest

from feedback import actions, errors
from feedback.actions.saved_views import MOST, NameTooLong, TooManyViews, ViewNameTaken
from feedback.models import Case, DeskStart, SavedView, User
from tests.cast import hire
from tests.feedback.web.desk.conftest import Open, moment

SIGHT = actions.Sight("unit_all", "state=overdue&topic=HT")


def keep(user: User, name: str = "Hộ tịch quá hạn", **extra: Any) -> SavedView:
    return actions.save_view(name, SIGHT, by=user, at=moment(), **extra)


def test_a_view_is_saved_from_the_list_and_opens_it(handler: User, assigned: Case, desk_of: Open) -> None:
    client = desk_of(handler)
    page = client.get("/can-bo/viec/unit_all/?state=overdue&topic=HT&after=1_1&khac=x")
    assert page.context["query"] == "state=overdue&topic=HT"
    answer = client.post(
        "/can-bo/cach-xem/luu/",
        {
            "name": " Hộ tịch   quá hạn ",
            "queue": "unit_all",
            "query": page.context["query"] + "&after=1_1&x=y",
        },
    )
    assert answer["Location"] == "/can-bo/viec/unit_all/?state=overdue&topic=HT"
    view = SavedView.objects.get()
    assert (view.name, view.query, view.owner, view.unit) == (
        "Hộ tịch quá hạn",
        "state=overdue&topic=HT",
        handler,
        None,
    )
    shown = client.get(answer["Location"]).context["views"]
    assert [(v["name"], v["current"]) for v in shown] == [("Hộ tịch quá hạn", True)]
    assert not client.get("/can-bo/viec/unit_all/").context["views"][0]["current"]


def test_the_desk_opens_with_it_until_told_otherwise(handler: User, desk_of: Open) -> None:
    client, view = desk_of(handler), keep(handler)
    url = f"/can-bo/cach-xem/{view.pk}/"
    client.post(url, {"act": "start"})
    assert client.get("/can-bo/")["Location"] == "/can-bo/viec/unit_all/?state=overdue&topic=HT"
    assert client.get("/can-bo/viec/mine/").status_code == 200
    assert client.get("/can-bo/?state=open").status_code == 200
    client.post(url, {"act": "stop"})
    assert client.get("/can-bo/").status_code == 200
    client.post(url, {"act": "start"})
    client.post(url, {"act": "delete"})
    assert client.get("/can-bo/").status_code == 200
    assert not DeskStart.objects.exists()


def test_saved_and_begun_with_at_once(handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    client.post("/can-bo/cach-xem/luu/", {"name": "Của tôi", "queue": "mine", "query": "", "start": "1"})
    assert client.get("/can-bo/")["Location"] == "/can-bo/viec/mine/"


def test_a_view_of_what_no_longer_exists_still_opens(handler: User, assigned: Case, desk_of: Open) -> None:
    client = desk_of(handler)
    old = SavedView.objects.create(
        owner=handler, name="Cũ", queue="bo-phan-cu", query="topic=KHONG_CON&state=open", created_at=moment()
    )
    page = client.get(f"/can-bo/viec/{old.queue}/?{old.query}")
    assert page.status_code == 200
    assert page.context["queue"].code == "mine"
    assert [row.reference for row in page.context["rows"]] == [assigned.reference]
    assert "không còn tồn tại" in page.content.decode()
    rows = client.get("/can-bo/cach-xem/").context["views"]
    assert rows[0]["outdated"]
    actions.start_with(old, by=handler)
    assert client.get("/can-bo/", follow=True).status_code == 200


# --- Shared
def test_a_leader_shares_with_the_unit(handler: User, leader: User, stranger: User, desk_of: Open) -> None:
    view = keep(leader, unit="STP.HCTP")
    assert [v["name"] for v in desk_of(handler).get("/can-bo/").context["views"]] == [view.name]
    assert desk_of(stranger).get("/can-bo/").context["views"] == []
    client = desk_of(handler)
    assert client.post(f"/can-bo/cach-xem/{view.pk}/", {"act": "start"}).status_code == 302
    assert client.post(f"/can-bo/cach-xem/{view.pk}/", {"act": "delete"}).status_code == 422
    assert SavedView.objects.filter(pk=view.pk).exists()
    assert desk_of(stranger).post(f"/can-bo/cach-xem/{view.pk}/", {"act": "start"}).status_code == 404
    other = hire("pho-phong-1", "Phó phòng", ("STP.HCTP", "leader"))
    assert desk_of(other).post(f"/can-bo/cach-xem/{view.pk}/", {"act": "delete"}).status_code == 302


def test_only_a_leader_shares(handler: User, leader: User) -> None:
    with pytest.raises(errors.NotAllowed):
        keep(handler, unit="STP.HCTP")
    with pytest.raises(errors.NotAllowed):
        keep(leader, unit="STP.BTTP")


def test_a_view_shows_nobody_more_than_they_see(
    leader: User, handler: User, assigned: Case, subject_officer: User, desk_of: Open
) -> None:
    Case.objects.filter(pk=assigned.pk).update(subject_officer=subject_officer)
    actions.save_view("Cả phòng", actions.Sight("unit_all", ""), by=leader, at=moment(), unit="STP.HCTP")
    client = desk_of(subject_officer)
    view = client.get("/can-bo/").context["views"][0]
    assert client.get(view["url"]).context["rows"] == []


# --- Names
def test_two_views_of_one_person_are_not_called_alike(handler: User, colleague: User, desk_of: Open) -> None:
    keep(handler)
    keep(colleague)
    with pytest.raises(ViewNameTaken):
        keep(handler)
    answer = desk_of(handler).post(
        "/can-bo/cach-xem/luu/",
        {"name": "Hộ tịch quá hạn", "queue": "mine", "query": "state=open", "start": "1"},
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Ông/bà đã có cách xem tên" in text
    assert 'name="query" value="state=open"' in text  # nothing typed is lost
    assert 'name="start" value="1"' in text


@pytest.mark.parametrize(("name", "error"), [("  ", errors.FieldRequired), ("x" * 61, NameTooLong)])
def test_a_name_is_needed_and_short(handler: User, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        keep(handler, name)


def test_renamed(handler: User, desk_of: Open) -> None:
    view, other = keep(handler), keep(handler, "Khác")
    client = desk_of(handler)
    assert client.post(f"/can-bo/cach-xem/{view.pk}/", {"act": "rename", "name": "Mới"}).status_code == 302
    assert (
        client.post(f"/can-bo/cach-xem/{view.pk}/", {"act": "rename", "name": other.name}).status_code == 422
    )
    view.refresh_from_db()
    assert view.name == "Mới"
    assert client.post(f"/can-bo/cach-xem/{view.pk}/", {"act": "khac"}).status_code == 404


def test_not_without_end(handler: User) -> None:
    for number in range(MOST):
        keep(handler, f"Số {number}")
    with pytest.raises(TooManyViews):
        keep(handler, "Một nữa")


def test_nobody_changes_the_views_of_another(handler: User, stranger: User, desk_of: Open) -> None:
    view = keep(handler)
    client = desk_of(stranger)
    for act in ("rename", "delete", "start"):
        assert client.post(f"/can-bo/cach-xem/{view.pk}/", {"act": act, "name": "x"}).status_code == 404
    with pytest.raises(errors.NotAllowed):
        actions.start_with(view, by=stranger)
    with pytest.raises(errors.NotAllowed):
        actions.rename_view(view, "x", by=stranger)
    assert client.post("/can-bo/cach-xem/luu/", {"name": "x", "queue": "sealed"}).status_code == 404


def test_the_page_of_views_takes_few_queries(
    handler: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        keep(handler, f"Số {number}")
    client = desk_of(handler)
    with django_assert_max_num_queries(6):
        assert client.get("/can-bo/cach-xem/").status_code == 200
