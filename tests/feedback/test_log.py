"""The spine cannot be bent: no update, no deletion, and what was done behind our back is found and named."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from feedback import actions
from feedback.models import AppendOnly, Case, CaseEvent, Message, User
from feedback.reports import log
from tests.cast import WEDNESDAY


def behind_our_back(sql: str, params: tuple[int, ...]) -> None:
    """What a database administrator could do: take the guard off, change rows, put it back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL alters no table with checks pending
            cursor.execute("ALTER TABLE feedback_caseevent DISABLE TRIGGER event_append_only")
        else:
            cursor.execute("DROP TRIGGER IF EXISTS event_append_only")
        cursor.execute(sql, params)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE feedback_caseevent ENABLE TRIGGER event_append_only")


def test_the_orm_refuses_to_change_an_event(submitted: Case) -> None:
    event = submitted.events.get(seq=1)
    for forbidden in (
        event.save,
        event.delete,
        lambda: CaseEvent.objects.update(verb="close"),
        lambda: CaseEvent.objects.all().delete(),
        lambda: CaseEvent.objects.bulk_update([event], ["verb"]),
    ):
        with pytest.raises(AppendOnly):
            forbidden()


def test_the_database_refuses_too(submitted: Case) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE feedback_caseevent SET verb = 'close' WHERE case_id = %s", [submitted.pk])


def test_a_whole_log_verifies(assigned: Case, handler: User) -> None:
    actions.accept(assigned, by=handler, at=WEDNESDAY)
    assert list(log.verify()) == []
    assert list(log.verify_texts()) == []


@pytest.mark.parametrize(
    ("sql", "seq", "words"),
    [
        ("UPDATE feedback_caseevent SET verb = 'close' WHERE case_id = %s AND seq = 2", 2, "changed"),
        (
            "UPDATE feedback_caseevent SET at = '2020-01-01 00:00:00+00' WHERE case_id = %s AND seq = 1",
            1,
            "changed",
        ),
        (
            "UPDATE feedback_caseevent SET is_public = NOT is_public WHERE case_id = %s AND seq = 3",
            3,
            "changed",
        ),
        ("DELETE FROM feedback_caseevent WHERE case_id = %s AND seq = 2", 3, "missing"),
        ("DELETE FROM feedback_caseevent WHERE case_id = %s AND seq = 3", 3, "missing"),
        ("DELETE FROM feedback_caseevent WHERE case_id = %s", 1, "missing"),
        ("UPDATE feedback_caseevent SET seq = 9 WHERE case_id = %s AND seq = 2", 3, "missing"),
    ],
)
def test_the_first_broken_link_is_named(sql: str, seq: int, words: str, assigned: Case) -> None:
    behind_our_back(sql, (assigned.pk,))
    found = list(log.verify())
    assert [(b.case, b.seq) for b in found] == [(assigned.pk, seq)]
    assert words in found[0].what


def test_the_command_names_the_case_and_fails(assigned: Case) -> None:
    behind_our_back(
        "UPDATE feedback_caseevent SET role = 'system' WHERE case_id = %s AND seq = 1", (assigned.pk,)
    )
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_log", stdout=out)
    assert assigned.reference in out.getvalue()
    assert "event 1" in out.getvalue()


def test_a_letter_changed_after_it_was_received_is_noticed(submitted: Case) -> None:
    Case.objects.filter(pk=submitted.pk).update(text="Mọi việc đều rất tốt.")
    assert [b.what for b in log.verify_texts()] == ["the text it vouches for was changed"]


def test_a_message_changed_after_it_was_sent_is_noticed(assigned: Case, handler: User) -> None:
    actions.note(assigned, text="Đã gọi điện cho xã.", by=handler, at=WEDNESDAY)
    Message.objects.filter(case=assigned).update(body="Chưa làm gì.")
    assert len(list(log.verify_texts())) == 1


def test_no_event_holds_what_the_citizen_wrote_or_who_they_are(send, handler: User) -> None:
    case = send(name="Công dân 12", phone="0100 000 012", email="cong-dan-12@example.vn").case
    for event in case.events.all():
        stored = f"{event.public} {event.internal}"
        assert "khai sinh" not in stored
        assert "0100" not in stored
        assert "example.vn" not in stored
