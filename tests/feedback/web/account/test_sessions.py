"""Sessions run out without losing a word, for nobody but their owner; they end with the password."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback import actions
from feedback.models import AccountEvent, Case, KeptText, User
from feedback.models.letters import Message
from feedback.web.account import kept
from feedback.web.account.middleware import background
from tests.cast import later
from tests.feedback.web.account.conftest import DESK, HOME, LOGIN, PASSWORD, enter
from tests.feedback.web.walk import said

MINUTE, HOUR = 60, 3600
WORDS = "Đã gọi điện cho người gửi, hẹn sáng thứ Hai mang giấy hẹn tới bộ phận một cửa."
NEW = "bon tu khong lien quan"


def at_desk(user: User) -> Client:
    client = Client(enforce_csrf_checks=False, HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    assert enter(client, user)["Location"] == DESK
    return client


def note(case: Case) -> str:
    return f"/can-bo/don/{case.reference}/note/"


def write(client: Client, case: Case, **extra: Any) -> Any:
    case.refresh_from_db()
    return client.post(note(case), {"text": WORDS, "version": case.version}, **extra)


# --- Running out ----------------------------------------------------------------------------------------
def test_half_an_hour_without_a_click(handler: User, clock: Any) -> None:
    client = at_desk(handler)
    for _click in range(4):
        clock.shift(29 * MINUTE)
        assert client.get(DESK).status_code == 200
    clock.shift(32 * MINUTE)
    assert client.get(DESK)["Location"] == f"{LOGIN}?next=/can-bo/"
    assert client.get("/").status_code == 200


def test_twelve_hours_in_any_case(handler: User, clock: Any) -> None:
    client = at_desk(handler)
    for _click in range(24):
        assert client.get(DESK).status_code == 200
        clock.shift(29 * MINUTE)
    clock.shift(25 * MINUTE)
    assert client.get(DESK).status_code == 302


def test_a_page_that_asks_by_itself_does_not_count(handler: User, clock: Any, monkeypatch: Any) -> None:
    client = at_desk(handler)
    from feedback.web.account import home

    assert getattr(background(home.home), "background") is True  # noqa: B009 - a mark on a function
    for _poll in range(4):
        clock.shift(10 * MINUTE)
        client.get(HOME)
    del home.home.background  # type: ignore[attr-defined]  # set above
    assert client.get(DESK).status_code == 302


def test_the_session_is_written_once_a_minute(handler: User, clock: Any) -> None:
    client = at_desk(handler)
    client.get(DESK)
    counts = []
    for wait in (1, 1, 61):
        clock.shift(wait)
        with CaptureQueriesContext(connection) as asked:
            client.get(DESK)
        counts.append(sum("UPDATE" in query["sql"] for query in asked))
    assert counts == [0, 0, 1]


def test_a_fragment_sends_its_page_to_the_door(handler: User, clock: Any) -> None:
    client = at_desk(handler)
    clock.shift(HOUR)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/can-bo/viec/all/"}
    answer = client.get("/can-bo/viec/all/", headers=headers)
    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith(LOGIN)


# --- Without losing a word ------------------------------------------------------------------------------
def test_what_was_typed_is_there_after_signing_in(handler: User, assigned: Case, clock: Any) -> None:
    client = at_desk(handler)
    clock.shift(HOUR)
    led = write(client, assigned)
    row = KeptText.objects.get()
    assert led["Location"] == f"{LOGIN}?next=%2Fcan-bo%2Ftai-khoan%2Fda-go%2F{row.pk}%2F"
    assert not Message.objects.filter(body=WORDS).exists(), "nothing was carried out"
    with connection.cursor() as cursor:
        cursor.execute("SELECT fields FROM feedback_kepttext")
        assert "người gửi" not in str(cursor.fetchone())
    assert "được giữ lại" in said(client.get(led["Location"]))
    back = client.post(
        LOGIN, {"username": handler.username, "password": PASSWORD, "next": f"{HOME}da-go/{row.pk}/"}
    )
    page = client.get(back["Location"])
    assert WORDS in said(page)
    with CaptureQueriesContext(connection) as asked:
        client.get(back["Location"])
    assert len(asked) <= 5
    sent = client.post(row.path, {kept.MARK: row.pk, "version": assigned.version, "text": WORDS})
    assert sent.status_code == 302
    assert Message.objects.filter(body=WORDS).count() == 1
    assert not KeptText.objects.exists()


def test_never_for_another_person(handler: User, colleague: User, assigned: Case, clock: Any) -> None:
    client = at_desk(handler)
    clock.shift(HOUR)
    write(client, assigned)
    row = KeptText.objects.get()
    enter(client, colleague)
    address = f"{HOME}da-go/{row.pk}/"
    assert client.get(address)["Location"] == DESK
    assert client.post(f"{address}bo/")["Location"] == DESK
    client.post(f"{HOME}thiet-bi/ket-thuc/", {kept.MARK: row.pk})
    assert KeptText.objects.filter(pk=row.pk).exists()
    assert WORDS not in said(client.get(HOME))


def test_a_form_of_another_site_keeps_nothing(handler: User, assigned: Case, clock: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(handler)
    clock.shift(HOUR)
    assert write(client, assigned).status_code == 403
    assert not KeptText.objects.exists()


def test_a_session_that_was_ended_keeps_nothing(handler: User, assigned: Case) -> None:
    """Whoever was thrown out does not write into the account any more."""
    client = at_desk(handler)
    actions.end_sessions(handler)
    assert write(client, assigned)["Location"].startswith(LOGIN)
    assert not KeptText.objects.exists()


def test_no_password_is_kept(handler: User, clock: Any) -> None:
    client = at_desk(handler)
    clock.shift(HOUR)
    client.post(f"{HOME}mat-khau/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert not KeptText.objects.exists()


def test_a_text_refused_is_still_kept(handler: User, assigned: Case, clock: Any) -> None:
    client = at_desk(handler)
    clock.shift(HOUR)
    write(client, assigned)
    row = KeptText.objects.get()
    enter(client, handler)
    assert (
        client.post(row.path, {kept.MARK: row.pk, "version": assigned.version, "text": " "}).status_code
        == 422
    )
    assert KeptText.objects.exists()
    assert f"{HOME}da-go/{row.pk}/" in said(client.get(HOME))
    client.post(f"{HOME}da-go/{row.pk}/bo/")
    assert not KeptText.objects.exists()


def test_five_texts_for_a_day(handler: User, assigned: Case, clock: Any) -> None:
    for _window in range(7):
        client = at_desk(handler)
        clock.shift(HOUR)
        write(client, assigned)
    assert KeptText.objects.count() == 5
    actions.forget_old_attempts(later(hours=7, days=1, minutes=1))
    assert not KeptText.objects.exists()


# --- Password and devices -------------------------------------------------------------------------------
def test_a_new_password_ends_every_other_session(handler: User) -> None:
    here, there = at_desk(handler), at_desk(handler)
    wrong = {"old_password": "sai", "new_password1": NEW, "new_password2": NEW}
    assert here.post(f"{HOME}mat-khau/", wrong).status_code == 422
    assert here.post(f"{HOME}mat-khau/", {**wrong, "old_password": PASSWORD})["Location"] == HOME
    assert here.get(DESK).status_code == 200
    assert there.get(DESK).status_code == 302
    assert enter(Client(), handler).status_code == 422
    assert enter(Client(), handler, NEW).status_code == 302
    assert AccountEvent.objects.filter(act="password_changed", user=handler).count() == 1


def test_devices_are_listed_and_ended(handler: User) -> None:
    here, there = at_desk(handler), at_desk(handler)
    page = here.get(HOME)
    assert [device.here for device in page.context["devices"]] == [True, False]
    assert "Firefox, Windows" in said(page)
    assert here.get(f"{HOME}thiet-bi/ket-thuc/").status_code == 405
    assert here.post(f"{HOME}thiet-bi/ket-thuc/")["Location"] == HOME
    assert here.get(DESK).status_code == 200
    assert there.get(DESK).status_code == 302
    assert len(here.get(HOME).context["devices"]) == 1


def test_a_device_that_ran_out_is_not_listed(handler: User, clock: Any) -> None:
    at_desk(handler)
    clock.shift(HOUR)
    assert len(at_desk(handler).get(HOME).context["devices"]) == 1


@pytest.mark.parametrize("address", [HOME, f"{HOME}mat-khau/", f"{HOME}dong-nghiep/", f"{HOME}ung-dung/"])
def test_strangers_are_led_to_the_door(address: str, db: None) -> None:
    assert Client().get(address)["Location"].startswith(LOGIN)


def test_the_account_page_asks_at_most_fourteen_times(handler: User) -> None:
    client = at_desk(handler)
    for _other in range(3):
        at_desk(handler)
    client.get(HOME)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(HOME).status_code == 200
    assert len(asked) <= 14, [query["sql"][:90] for query in asked]
