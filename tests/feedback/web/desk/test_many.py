"""One verb on many letters: foreseen before anything happens, each through its own verb, accounted for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from feedback import actions
from feedback.actions import many
from feedback.models import Batch, BatchLine, Case, CaseEvent, User
from tests.cast import BIRTH
from tests.feedback.web.desk.conftest import Open, moment

Send = Callable[..., actions.Receipt]
DOOR = "/can-bo/nhieu-don/"


@pytest.fixture
def six(send: Send, handler: User) -> list[Case]:
    return [send(f"{BIRTH} Lần {n}.").case for n in range(6)]


def chosen(cases: list[Case], **more: Any) -> dict[str, Any]:
    seen = dict(Case.objects.values_list("pk", "version"))
    return {"letter": [f"{c.reference}:{seen[c.pk]}" for c in cases], "queue": "mine", **more}


def go(client: Client, page: Any, **more: Any) -> Any:
    """Press the button of the page that says what would happen."""
    context = page.context
    sent = {
        "verb": context["verb"],
        "letters": context["letters"],
        "queue": context["queue_code"],
        "query": context["query"],
        "key": str(context["key"]),
        "step": "do",
        **dict(context["hidden"]),
        **more,
    }
    return client.post(DOOR, sent)


def test_foreseen_confirmed_done(six: list[Case], handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    actions.accept(six[0], by=handler, at=moment())
    page = client.post(DOOR, chosen(six, verb="accept"))
    assert (page.context["possible_number"], page.context["refused_number"]) == (5, 1)
    assert page.context["reasons"][0]["letters"][0]["reference"] == six[0].reference
    assert "Đang xử lý" in page.context["reasons"][0]["why"]
    assert page.context["citizen_reads"] == ["Đơn đã được tiếp nhận và đang xử lý."]
    assert not Batch.objects.exists()
    assert Case.objects.filter(status="processing").count() == 1
    answer = go(client, page)
    done = client.get(answer["Location"])
    assert (len(done.context["done"]), len(done.context["refused"])) == (5, 1)
    assert Case.objects.filter(status="processing").count() == 6
    accepted = CaseEvent.objects.filter(verb="accept", case__in=six)
    assert accepted.count() == 6
    assert set(accepted.values_list("actor", flat=True)) == {handler.pk}
    batch = Batch.objects.get()
    assert (batch.arguments, batch.finished_at is not None) == (None, True)


def test_a_letter_touched_meanwhile_is_left_alone_and_named(
    six: list[Case], handler: User, leader: User, desk_of: Open
) -> None:
    client = desk_of(handler)
    page = client.post(DOOR, chosen(six, verb="accept"))
    actions.seal(six[2], reason="Có dấu hiệu tố cáo.", by=leader, at=moment())
    done = client.get(go(client, page)["Location"])
    assert [row["reference"] for row in done.context["refused"]] == [six[2].reference]
    assert "vừa được người khác cập nhật" in done.context["refused"][0]["why"]
    six[2].refresh_from_db()
    assert six[2].status == "assigned"
    stale = chosen(six[:1], verb="accept")
    stale["letter"] = [f"{six[3].reference}:0"]
    assert client.post(DOOR, stale).context["refused_number"] == 1


def test_a_second_click_does_nothing_twice(six: list[Case], handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    page = client.post(DOOR, chosen(six, verb="note", step="look", text="Đã gọi điện cho xã."))
    first, second = go(client, page), go(client, page)
    assert first["Location"] == second["Location"]
    assert CaseEvent.objects.filter(verb="note").count() == 6
    assert Batch.objects.count() == 1


def test_what_the_first_click_left_the_second_finishes(
    six: list[Case], handler: User, desk_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback.web.desk import bulk

    client = desk_of(handler)
    page = client.post(DOOR, chosen(six, verb="accept"))
    monkeypatch.setattr(bulk, "SECONDS", -1.0)
    answer = go(client, page)
    waiting = client.get(answer["Location"])
    assert waiting.context["waiting"] == 6
    assert "data-go-on" in waiting.content.decode()
    monkeypatch.setattr(bulk, "SECONDS", 8.0)
    assert client.post(answer["Location"]).status_code == 302
    assert client.get(answer["Location"]).context["waiting"] == 0
    assert Case.objects.filter(status="processing").count() == 6


def test_a_line_and_its_verb_are_written_together(
    six: list[Case], handler: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power fails between verb and line: neither has happened."""
    letters = [(case.pk, Case.objects.get(pk=case.pk).version) for case in six]
    batch = actions.begin_many("accept", letters, {}, key=uuid.uuid4(), by=handler, at=moment())

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("power")

    with monkeypatch.context() as patch:
        patch.setattr(BatchLine, "save", fails)
        with pytest.raises(RuntimeError):
            actions.carry_on_many(batch, by=handler, at=moment, seconds=9)
    assert not Case.objects.filter(status="processing").exists()
    assert actions.carry_on_many(batch, by=handler, at=moment, seconds=9) == 0
    assert Case.objects.filter(status="processing").count() == 6
    assert actions.carry_on_many(batch, by=handler, at=moment, seconds=9) == 0


# --- Verbs that must be told something
def test_assigned_to_one_person_with_the_reasons_why_not(
    six: list[Case], handler: User, colleague: User, leader: User, desk_of: Open
) -> None:
    client = desk_of(leader)
    Case.objects.filter(pk=six[0].pk).update(subject_officer=colleague)
    Case.objects.filter(pk=six[1].pk).update(handler=colleague)
    asked = client.post(DOOR, chosen(six, verb="assign"))
    assert asked.status_code == 200
    assert {str(handler.pk), str(colleague.pk)} <= set(asked.context["form"].people)
    carried = {"verb": "assign", "letters": asked.context["letters"], "queue": "unit_all", "step": "look"}
    assert client.post(DOOR, carried).status_code == 422
    page = client.post(DOOR, {**carried, "handler": str(colleague.pk)})
    assert (page.context["possible_number"], page.context["refused_number"]) == (4, 2)
    assert page.context["given"] == [("Người xử lý", str(colleague))]
    done = client.get(go(client, page)["Location"])
    assert len(done.context["done"]) == 4
    assert Case.objects.filter(handler=colleague).count() == 5
    assert "nói về người đó" in " ".join(row["why"] for row in done.context["refused"])


def test_routed_to_another_unit_they_are_named_without_a_link(
    six: list[Case], handler: User, stranger: User, desk_of: Open
) -> None:
    client = desk_of(handler)
    reason = "Việc này thuộc phòng Bổ trợ tư pháp."
    page = client.post(DOOR, chosen(six[:2], verb="route", step="look", unit="STP.BTTP", reason=reason))
    assert page.context["possible_number"] == 2
    done = client.get(go(client, page)["Location"])
    assert [row["url"] for row in done.context["done"]] == ["", ""]
    assert Case.objects.filter(unit="STP.BTTP", handler=stranger).count() == 2
    again = desk_of(stranger).post(
        DOOR, chosen(six[:2], verb="route", step="look", unit="STP.BTTP", reason=reason)
    )
    assert again.context["possible_number"] == 0
    assert "không cần làm gì thêm" in again.content.decode()


def test_a_form_that_is_not_filled_in_says_so(six: list[Case], handler: User, desk_of: Open) -> None:
    page = desk_of(handler).post(DOOR, chosen(six, verb="note", step="look", text=""))
    assert page.status_code == 422
    assert page.context["form"].errors["text"]


# --- Everything that fits
def test_everything_that_fits_the_filters(six: list[Case], handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    Case.objects.filter(pk=six[0].pk).update(topic="CT")
    page = client.post(DOOR, {"verb": "accept", "queue": "mine", "query": "topic=HT", "everything": "1"})
    assert page.context["number"] == 5
    go(client, page)
    assert Case.objects.filter(status="processing").count() == 5


def test_not_more_than_a_person_can_answer_for(
    six: list[Case], handler: User, desk_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 4)
    page = desk_of(handler).post(DOOR, {"verb": "accept", "queue": "mine", "everything": "1"})
    assert (page.context["number"], page.context["too_many"]) == (4, True)
    assert "4 đơn" in page.content.decode()


def test_nothing_chosen(six: list[Case], handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    for sent in ({"verb": "accept"}, chosen(six, verb="")):
        answer = client.post(DOOR, {"queue": "mine", "query": "state=open", **sent})
        assert answer["Location"] == "/can-bo/viec/mine/?state=open"
    assert client.get(DOOR).status_code == 302


# --- Who may
def test_letters_of_others_do_not_exist_here(six: list[Case], stranger: User, desk_of: Open) -> None:
    client = desk_of(stranger)
    assert client.post(DOOR, chosen(six, verb="note")).status_code == 302  # none of them is there
    letters = [(case.pk, case.version) for case in six]
    batch = actions.begin_many("note", letters, {"text": "x"}, key=uuid.uuid4(), by=stranger, at=moment())
    actions.carry_on_many(batch, by=stranger, at=moment, seconds=9)
    assert not CaseEvent.objects.filter(verb="note").exists()
    assert batch.lines.filter(outcome="refused").count() == 6


def test_some_of_the_chosen_are_gone(six: list[Case], handler: User, stranger: User, desk_of: Open) -> None:
    sent = chosen(six, verb="accept")
    Case.objects.filter(pk=six[0].pk).update(unit="STP.BTTP", handler=stranger)
    page = desk_of(handler).post(DOOR, sent)
    assert (page.context["number"], page.context["gone"]) == (5, 1)


def test_the_officer_a_letter_is_about_does_nothing_to_it(
    six: list[Case], subject_officer: User, desk_of: Open
) -> None:
    Case.objects.update(subject_officer=subject_officer)
    assert desk_of(subject_officer).post(DOOR, chosen(six, verb="take")).status_code == 302
    assert not Batch.objects.exists()


def test_an_auditor_has_no_such_form(six: list[Case], auditor: User, desk_of: Open) -> None:
    client = desk_of(auditor)
    assert 'id="many"' not in client.get("/can-bo/viec/all/").content.decode()
    assert client.post(DOOR, chosen(six, verb="note")).status_code == 404
    assert client.post(DOOR, chosen(six, verb="reject")).status_code == 404


def test_the_account_is_for_its_author(
    six: list[Case], handler: User, colleague: User, desk_of: Open
) -> None:
    client = desk_of(handler)
    url = go(client, client.post(DOOR, chosen(six, verb="accept")))["Location"]
    assert desk_of(colleague).get(url).status_code == 404
    assert desk_of(colleague).post(url).status_code == 404


def test_words_given_are_sealed_until_they_are_used(six: list[Case], handler: User) -> None:
    from django.db import connection

    text = "Bà Công dân 12 gọi lại."
    batch = actions.begin_many(
        "note", [(six[0].pk, 0)], {"text": text}, key=uuid.uuid4(), by=handler, at=moment()
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT arguments FROM feedback_batch")
        assert "Công dân" not in str(cursor.fetchone())
    batch.refresh_from_db()
    assert batch.arguments == {"text": text}


def test_a_key_that_is_none(six: list[Case], handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    assert client.post(DOOR, chosen(six, verb="accept", step="do", key="x")).status_code == 404


# --- How much is asked of the database
def test_foreseeing_asks_as_often_for_sixty_as_for_six(
    send: Send,
    handler: User,
    colleague: User,
    leader: User,
    desk_of: Open,
    django_assert_max_num_queries: Any,
) -> None:
    client, asked = desk_of(leader), []
    for size in (6, 54):
        for number in range(size):
            send(f"{BIRTH} Loạt {size}, lần {number}.")
        sent = {
            **chosen(list(Case.objects.all()), verb="assign", step="look"),
            "handler": str(colleague.pk),
        }
        with django_assert_max_num_queries(8) as found:
            assert client.post(DOOR, sent).status_code == 200
        asked.append(len(found.captured_queries))
    assert asked[0] == asked[1]


def test_every_verb_for_many_has_its_form_and_its_words(office: None) -> None:
    from feedback.web.desk.bulk import label_of
    from feedback.web.desk.bulk_forms import FORMS

    told = {verb for verb in many.VERBS if FORMS.get(verb)}
    assert told == {"assign", "route", "note"}
    assert all(label_of(verb) for verb in many.VERBS)
