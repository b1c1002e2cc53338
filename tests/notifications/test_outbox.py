"""Nobody is missed, nobody is told twice, and a crash costs at most one repetition."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection, connections

from feedback import actions
from feedback.models import Case, CaseEvent, Identity, User
from feedback.signals import event_recorded
from notifications import outbox
from notifications.channels import CHANNELS, Channel, ChannelError, Message
from notifications.models import Delivery, InboxItem, LogCursor
from tests.cast import BIRTH, WEDNESDAY, hire
from tests.notifications.conftest import MAIL, PERSON

Told = Callable[..., int]
S = Delivery.State


def later(**span: float) -> datetime:
    return WEDNESDAY + timedelta(**span)


class Recorder(Channel):
    """Keeps what it is given; `fail` holds errors to raise first."""

    needs_address = True
    seen: list[Message] = []
    fail: list[Exception] = []
    lock = threading.Lock()

    def send(self, message: Message) -> None:
        with self.lock:
            if self.fail:
                raise self.fail.pop(0)
            self.seen.append(message)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> type[Recorder]:
    monkeypatch.setitem(CHANNELS, "email", Recorder)
    monkeypatch.setattr(Recorder, "seen", [])
    monkeypatch.setattr(Recorder, "fail", [])
    return Recorder


# --- From the log to rows ----------------------------------------------------------------------------
def test_a_receipt_goes_out_once_however_often_the_log_is_read(written: Case, told: Told) -> None:
    told()
    LogCursor.objects.update(event_id=0)
    told()
    assert [m.to for m in mail.outbox] == [[MAIL]]
    assert mail.outbox[0].subject == f"Đã nhận đơn {written.reference}"
    assert Delivery.objects.get(channel="email").state == S.SENT


def test_a_lost_signal_loses_nothing(handler: User, send, told: Told, monkeypatch) -> None:
    monkeypatch.setattr(event_recorded, "send_robust", lambda *_, **__: [])
    send(**PERSON)
    told()
    assert [m.to for m in mail.outbox] == [[MAIL]]  # the handler of the cast has no address
    assert InboxItem.objects.get().user == handler


def test_an_event_that_commits_late_is_found(written: Case, told: Told) -> None:
    """PostgreSQL: ids are given before the commit. The reader passes the gap and comes back to it."""
    told()
    last = CaseEvent.objects.latest("pk").pk
    late, early = last + 1, last + 2
    row = {
        "case": written,
        "verb": "ask_citizen",
        "at": WEDNESDAY,
        "is_public": True,
        "status_to": "need_info",
    }
    CaseEvent.objects.bulk_create([CaseEvent(pk=early, seq=early, **row)])
    told(later(minutes=1))
    assert late in [pk for pk, _ in LogCursor.objects.get().gaps]
    CaseEvent.objects.bulk_create([CaseEvent(pk=late, seq=late, **row)])
    told(later(minutes=2))
    assert late not in [pk for pk, _ in LogCursor.objects.get().gaps]
    assert Delivery.objects.filter(event__in=(early, late), state=S.SENT).count() == 2


def test_a_gap_that_was_rolled_back_is_forgotten(written: Case, told: Told) -> None:
    told()
    cursor = LogCursor.objects.get()
    cursor.gaps = [[cursor.event_id + 5, int(WEDNESDAY.timestamp())]]
    cursor.save()
    told(later(seconds=outbox.GAP_LIFE - 1))
    assert LogCursor.objects.get().gaps == cursor.gaps
    told(later(seconds=outbox.GAP_LIFE + 1))
    assert LogCursor.objects.get().gaps == []


def test_a_jump_in_the_ids_is_not_searched_without_end(written: Case, told: Told) -> None:
    far = 10_000_000
    CaseEvent.objects.bulk_create(
        [CaseEvent(pk=far, case=written, seq=99, verb="note", at=WEDNESDAY, is_public=False)]
    )
    told()
    assert len(LogCursor.objects.get().gaps) == outbox.GAP_LIMIT
    assert LogCursor.objects.get().event_id == far


def test_an_idle_office_asks_little_and_writes_nothing(
    written: Case, told: Told, django_assert_num_queries
) -> None:
    told()
    with django_assert_num_queries(3) as captured:  # the cursor, the log, the outbox
        told()
    assert all(query["sql"].startswith("SELECT") for query in captured.captured_queries)


def test_old_news_is_not_mailed(handler: User, written: Case, told: Told) -> None:
    told(later(days=8))
    assert mail.outbox == []
    assert set(Delivery.objects.filter(channel="email").values_list("state", "error")) == {
        ("skipped", "old_news")
    }
    assert InboxItem.objects.filter(user=handler).exists()


# --- Who is told -------------------------------------------------------------------------------------
def test_assignment_reaches_the_handler_by_inbox_and_mail(handler: User, send, told: Told) -> None:
    User.objects.filter(pk=handler.pk).update(email="can-bo-1@example.vn")
    case = send().case
    told()
    assert [m.subject for m in mail.outbox] == [f"Ông/bà được phân công đơn {case.reference}"]
    assert InboxItem.objects.get(user=handler, event__verb="assign")


def verbs_told(user: User) -> set[str]:
    return set(InboxItem.objects.filter(user=user).values_list("event__verb", flat=True))


def test_nobody_is_told_what_they_did_themselves(handler: User, manager: User, send, told: Told) -> None:
    case = send().case
    told()
    actions.note(case, text="Đã gọi điện.", by=handler, at=later(hours=1))
    actions.accept(case, by=handler, at=later(hours=1))
    actions.submit_reply(case, body="Kính gửi ông/bà, đã có kết quả.", by=handler, at=later(hours=2))
    told(later(hours=2))
    assert verbs_told(handler) == {"assign"}
    # No leader in this cast: the managers approve.
    assert verbs_told(manager) == {"submit_reply"}


def test_whoever_acts_on_a_case_has_read_its_messages(handler: User, send, told: Told) -> None:
    case = send().case
    told()
    assert InboxItem.objects.get(user=handler).read_at is None
    actions.accept(case, by=handler, at=later(hours=1))
    told(later(hours=1))
    assert InboxItem.objects.get(user=handler).read_at is not None


def test_messages_that_arrive_after_the_act_are_read_already(handler: User, send, told: Told) -> None:
    case = send().case
    actions.accept(case, by=handler, at=later(hours=1))
    told(later(hours=1))
    assert InboxItem.objects.get(user=handler).read_at == later(hours=1)


def test_a_repeated_alarm_is_one_unread_line(leader: User, submitted: Case, told: Told) -> None:
    """The second day's alarm takes the place of the first's, also when a retry brings them in the wrong order."""
    told()
    row = {"case": submitted, "verb": "escalate", "at": WEDNESDAY, "is_public": False, "status_to": "new"}
    CaseEvent.objects.bulk_create([CaseEvent(seq=seq, **row) for seq in (50, 51)])
    outbox.read_log(at=WEDNESDAY)
    first = Delivery.objects.filter(user=leader, event__seq=50)
    first.update(next_try_at=later(minutes=5))
    outbox.dispatch(at=WEDNESDAY)
    outbox.dispatch(at=later(minutes=5))
    CaseEvent.objects.bulk_create([CaseEvent(seq=52, **row)])
    told(later(minutes=6))
    alarms = InboxItem.objects.filter(user=leader, event__verb="escalate").order_by("event__seq")
    assert [(seq, read is None) for seq, read in alarms.values_list("event__seq", "read_at")] == [
        (50, False),
        (51, False),
        (52, True),
    ]


def test_unassignable_reaches_leaders_and_managers(leader: User, manager: User, send, told: Told) -> None:
    case = send().case
    assert case.handler is None
    told()
    told_about = InboxItem.objects.filter(event__case=case, event__verb="unassignable")
    assert {item.user for item in told_about} == {leader, manager}


def test_a_person_in_two_audiences_is_told_once(send, told: Told, office: None) -> None:
    both = hire("lanh-dao-kiem", "Lãnh đạo kiêm quản lý", ("STP.HCTP", "leader"), ("STP.LD", "manager"))
    send()
    told()
    assert InboxItem.objects.filter(user=both, event__verb="unassignable").count() == 1


def test_whom_the_letter_is_about_hears_nothing(leader: User, manager: User, send, told: Told) -> None:
    case = send().case
    actions.set_subject(case, unit=None, officer=leader, by=manager, at=WEDNESDAY)
    told()
    assert not InboxItem.objects.filter(user=leader).exists()
    assert InboxItem.objects.filter(user=manager).exists()


def test_who_lost_sight_of_the_case_in_between_hears_nothing(
    handler: User, manager: User, send, told: Told
) -> None:
    case = send().case
    outbox.read_log(at=WEDNESDAY)
    actions.set_subject(case, unit=None, officer=handler, by=manager, at=WEDNESDAY)
    outbox.dispatch(at=WEDNESDAY)
    assert not InboxItem.objects.filter(user=handler).exists()
    assert Delivery.objects.filter(user=handler, channel="inbox").get().error == "not_visible"


def test_without_an_address_there_is_no_mail(send, told: Told) -> None:
    send(name="Công dân 12")
    told()
    assert mail.outbox == []
    assert Delivery.objects.get(user=None).error == "no_address"


def test_who_does_not_want_mail_gets_none(written: Case, told: Told) -> None:
    Identity.objects.filter(case=written).update(notify=False)
    told()
    assert mail.outbox == []
    assert Delivery.objects.get(user=None).error == "not_wanted"


def test_the_citizens_language_is_spoken(send, told: Told) -> None:
    send(language="en", **PERSON)
    told()
    assert mail.outbox[0].subject.startswith("We have received your letter HA-")
    assert mail.outbox[0].extra_headers["Content-Language"] == "en"


# --- Sealed cases ------------------------------------------------------------------------------------
def test_a_sealed_letter_is_told_without_a_word_of_it(
    integrity_officer: User, triage_officer: User, leader: User, manager: User, send, told: Told
) -> None:
    User.objects.update(email="can-bo@example.vn")
    case = send(visibility="sealed", **PERSON).case
    told()
    assert {item.user for item in InboxItem.objects.all()} == {integrity_officer}
    subjects = {m.to[0]: m.subject for m in mail.outbox}
    assert subjects == {
        MAIL: "Có tin mới về việc ông/bà đã gửi",
        "can-bo@example.vn": "Một đơn giữ kín cần xem",
    }
    for message in mail.outbox:
        whole = message.message().as_string() + message.body
        assert case.reference not in whole
        assert "Công dân 12" not in whole
        assert BIRTH not in whole


def test_sealed_while_the_mail_waited(
    handler: User, integrity_officer: User, manager: User, send, told: Told
) -> None:
    case = send(**PERSON).case
    outbox.read_log(at=WEDNESDAY)
    actions.seal(case, reason="Có dấu hiệu tố cáo.", by=manager, at=WEDNESDAY)
    outbox.dispatch(at=WEDNESDAY)
    assert [m.subject for m in mail.outbox if m.to == [MAIL]] == ["Có tin mới về việc ông/bà đã gửi"]


# --- Sending, failing, crashing ------------------------------------------------------------------------
def test_a_failing_server_is_tried_again_ever_later(
    written: Case, recorder: type[Recorder], told: Told
) -> None:
    recorder.fail.extend(ChannelError("smtp_451") for _ in range(3))
    moment, waits = WEDNESDAY, []
    told(moment)
    for _ in range(3):
        row = Delivery.objects.get(channel="email")
        assert (row.state, row.error) == (S.FAILED, "smtp_451")
        waits.append(row.next_try_at - moment)
        assert outbox.dispatch(at=row.next_try_at - timedelta(seconds=5)) == 0
        moment = row.next_try_at
        outbox.dispatch(at=moment)
    assert len(recorder.seen) == 1
    assert [
        timedelta(minutes=m) * 0.49 < w < timedelta(minutes=m) * 1.51
        for m, w in zip((1, 4, 16), waits, strict=True)
    ] == [True] * 3
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == (S.SENT, 4, "")


def test_after_eight_attempts_it_is_a_dead_letter(
    written: Case, recorder: type[Recorder], told: Told
) -> None:
    recorder.fail.extend(ChannelError("smtp_451") for _ in range(20))
    told()
    for day in range(1, 20):
        outbox.dispatch(at=later(days=day))
    row = Delivery.objects.get(channel="email")
    assert (row.state, row.attempts, row.error) == (S.DEAD, 8, "smtp_451")
    assert len(recorder.fail) == 12


def test_a_final_refusal_is_not_repeated(written: Case, recorder: type[Recorder], told: Told) -> None:
    recorder.fail.append(ChannelError("smtp_550", permanent=True))
    told()
    assert Delivery.objects.get(channel="email").state == S.DEAD


def test_a_silent_server_costs_one_attempt_not_one_per_mail(
    send, recorder: type[Recorder], told: Told
) -> None:
    for _ in range(50):
        send(**PERSON)
    recorder.fail.append(ChannelError("ConnectionRefusedError", down=True))
    told()
    rows = Delivery.objects.filter(channel="email")
    assert sorted(rows.values_list("attempts", flat=True)) == [0] * 49 + [1]
    assert outbox.dispatch(at=later(minutes=3)) == 50


def test_a_fault_in_one_message_does_not_hold_up_the_next(
    send, recorder: type[Recorder], told: Told, caplog
) -> None:
    send(**PERSON)
    send(**PERSON)
    recorder.fail.append(RuntimeError(f"cannot write to {MAIL}"))
    with caplog.at_level(logging.DEBUG):
        told()
    assert len(recorder.seen) == 1
    assert Delivery.objects.get(channel="email", state=S.FAILED).error == "RuntimeError"
    assert MAIL not in caplog.text


def test_a_crash_between_send_and_mark_costs_one_repetition(
    written: Case, recorder: type[Recorder], told: Told, monkeypatch
) -> None:
    """The process dies after the server took the mail. The lease runs out; the same Message-ID goes once more."""
    outbox.read_log(at=WEDNESDAY)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "_mark", die)
        with pytest.raises(KeyboardInterrupt):
            outbox.dispatch(at=WEDNESDAY)
    assert len(recorder.seen) == 1
    assert outbox.dispatch(at=later(seconds=59)) == 0  # the lease still holds
    assert outbox.dispatch(at=later(seconds=61)) == 1
    assert outbox.dispatch(at=later(days=1)) == 0
    assert [m.key for m in recorder.seen] == [recorder.seen[0].key] * 2


def test_a_message_that_kills_its_dispatcher_is_given_up(
    written: Case, recorder: type[Recorder], monkeypatch
) -> None:
    outbox.read_log(at=WEDNESDAY)
    for attempt in range(8):
        assert len(outbox.claim(at=later(minutes=2 * attempt))) == 1
    assert outbox.claim(at=later(minutes=30)) == []
    assert Delivery.objects.get(channel="email").error == "crashed"


def test_a_slow_dispatcher_cannot_undo_its_successor(written: Case, recorder: type[Recorder]) -> None:
    outbox.read_log(at=WEDNESDAY)
    slow = outbox.claim(at=WEDNESDAY)[0]
    assert outbox.dispatch(at=later(seconds=61)) == 1
    outbox._failed(slow, later(seconds=62), "late")
    assert Delivery.objects.get(channel="email").state == S.SENT


def test_a_stop_gives_back_what_was_leased(send, recorder: type[Recorder]) -> None:
    for _ in range(5):
        send(**PERSON)
    outbox.read_log(at=WEDNESDAY)
    asked = iter([False, False, False])
    outbox.dispatch(at=WEDNESDAY, stop=lambda: next(asked, True))
    assert len(recorder.seen) == 2
    rows = Delivery.objects.filter(channel="email").exclude(state=S.SENT)
    assert set(rows.values_list("state", "attempts")) == {(S.QUEUED, 0)}


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_at_once_tell_everybody_exactly_once(
    handler: User, send, recorder: type[Recorder]
) -> None:
    User.objects.update(email="can-bo-1@example.vn")
    for _ in range(30):
        send(**PERSON)
    start, failures = threading.Barrier(3), []

    def work() -> None:
        try:
            start.wait()
            outbox.read_log(at=WEDNESDAY)
            outbox.dispatch(at=WEDNESDAY)
        except Exception as error:  # an assertion in a thread would pass unseen
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    keys = [message.key for message in recorder.seen]
    assert len(keys) == len(set(keys)) == 60  # a receipt and an assignment for each
    assert InboxItem.objects.filter(user=handler).count() == 30
    assert not Delivery.objects.exclude(state=S.SENT).exists()


# --- No personal data --------------------------------------------------------------------------------
def test_neither_rows_nor_logs_hold_a_person(written: Case, smtp, told: Told, caplog) -> None:
    smtp.answers["RCPT"] = f"550 no such mailbox {MAIL}"
    with caplog.at_level(logging.DEBUG):
        told()
    with connection.cursor() as cursor:
        for table in ("notifications_delivery", "notifications_inboxitem", "notifications_logcursor"):
            cursor.execute(f"SELECT * FROM {table}")
            rows = str(cursor.fetchall())
            assert not [value for value in (*PERSON.values(), BIRTH) if value in rows]
    assert Delivery.objects.get(user=None).error == "smtp_550"
    assert not [value for value in (*PERSON.values(), BIRTH) if value in caplog.text]
