"""Reports made in the background survive a kill, belong to who asked, and are sent only to who may read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from feedback import actions
from feedback.errors import NotAllowed, TooManyReports, WrongDate
from feedback.models import Membership, ReportJob, ReportSchedule, User
from feedback.reports import jobs, schedules
from feedback.reports.base import Question, make_table
from feedback.reports.catalogue import REPORTS
from feedback.reports.periods import Span, period
from feedback.web.desk import reports as pages
from notifications import outbox, report_news
from notifications.models import Digest, InboxItem
from tests.cast import HANOI, WEDNESDAY, later

AT = WEDNESDAY + timedelta(hours=2)
S = ReportJob.State
Send = Callable[..., actions.Receipt]


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    with time_machine.travel(AT, tick=False) as clock:
        yield clock


def question(user: User) -> Question:
    return Question(user, period(Span.MONTH, AT.date()), AT)


def asked(user: User, code: str = "units") -> ReportJob:
    return jobs.ask(REPORTS[code], question(user), language="vi")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def never_made(*_: Any) -> Any:
    raise RuntimeError


# --- one job ---------------------------------------------------------------------------------------------------------


def test_it_is_made_kept_and_forgotten(send: Send, manager: User) -> None:
    send()
    job = asked(manager)
    assert jobs.make_next(lambda: AT) == 1
    assert jobs.make_next(lambda: AT) == 0
    job.refresh_from_db()
    table = jobs.table_of(job)
    assert (job.state, job.done) == (S.DONE, job.of)
    assert table is not None
    assert table.rows == make_table(REPORTS["units"], question(manager)).rows
    assert jobs.forget_old(AT + timedelta(days=6)) == 0
    name, storage = job.file.name, job.file.storage
    assert name is not None
    assert jobs.forget_old(AT + timedelta(days=7)) == 1
    assert not storage.exists(name)
    assert not ReportJob.objects.exists()


def test_a_killed_worker_loses_nothing(send: Send, manager: User) -> None:
    send()
    job = asked(manager)
    taken = jobs._claim(AT)
    assert taken is not None
    assert jobs.make_next(lambda: AT + jobs.LEASE - timedelta(seconds=1)) == 0
    assert jobs.make_next(lambda: AT + jobs.LEASE) == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == (S.DONE, 2)
    with pytest.raises(jobs._Lost):  # the first one wakes up: it changes nothing any more
        jobs._make(taken, lambda: AT + jobs.LEASE)
    kept = job.file.name
    job.refresh_from_db()
    assert job.file.name == kept


def test_after_three_deaths_it_is_given_up(manager: User) -> None:
    job, at = asked(manager), AT
    for _ in range(jobs.MOST_ATTEMPTS):
        assert jobs._claim(at) is not None
        at += jobs.LEASE
    assert jobs._claim(at) is None
    job.refresh_from_db()
    assert (job.state, job.error) == (S.FAILED, "crashed")


def test_a_fault_is_tried_again_then_told(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job = asked(manager)
    monkeypatch.setattr(jobs, "make_table", never_made)
    for _ in range(jobs.MOST_ATTEMPTS):
        job.refresh_from_db()
        assert job.state == S.WAITING
        jobs.make_next(lambda: AT)
    job.refresh_from_db()
    assert (job.state, job.error) == (S.FAILED, "RuntimeError")
    assert (
        "RuntimeError" in signed_in(manager).get(reverse("desk_report_job", args=[job.pk])).content.decode()
    )


def test_the_roles_of_the_day_it_is_made_count(leader: User) -> None:
    job = asked(leader)
    Membership.objects.filter(user=leader).delete()
    jobs.make_next(lambda: AT)
    job.refresh_from_db()
    assert (job.state, job.error) == (S.FAILED, "not_allowed")


def test_not_more_than_five_at_once(manager: User) -> None:
    for _ in range(jobs.MOST_WAITING):
        asked(manager)
    with pytest.raises(TooManyReports):
        asked(manager)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_asked_on_the_page_followed_and_read(send: Send, manager: User, auditor: User) -> None:
    send()
    desk = signed_in(manager)
    query = "?period=month&columns=received&columns=overdue"
    answer = desk.post(reverse("desk_report_ask", args=["units"]) + query)
    job = ReportJob.objects.get()
    url = reverse("desk_report_job", args=[job.pk])
    assert answer["Location"] == url
    assert "hx-get" in desk.get(url).content.decode()
    assert "HX-Refresh" not in desk.get(url, headers={"HX-Request": "true"})
    jobs.make_next(lambda: AT)
    assert desk.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    page = desk.get(url)
    assert [c["name"] for c in page.context["table"].columns] == ["name", "received", "overdue"]
    file = reverse("desk_report_job_file", args=[job.pk, "csv"])
    assert desk.get(file)["Content-Disposition"].startswith("attachment")
    for path in (url, file):
        assert signed_in(auditor).get(path).status_code == 404
    Membership.objects.filter(user=manager).update(role="handler", unit="STP.HCTP")
    assert signed_in(User.objects.get(pk=manager.pk)).get(file).status_code == 404


def test_a_long_one_is_only_offered(send: Send, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        send(at=later(minutes=n))
    monkeypatch.setattr(pages, "LONG", 2)
    desk = signed_in(manager)
    for url in (
        reverse("desk_report", args=["units"]),
        reverse("desk_report_file", args=["units", "csv"]),
    ):
        page = desk.get(url)
        assert "table" not in page.context
        assert "Lập trong nền" in page.content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("manager", 200), ("auditor", 200), ("leader", 200), ("handler", 403), ("triage_officer", 403)],
)
def test_who_sees_the_reports(who: str, status: int, request: pytest.FixtureRequest) -> None:
    desk = signed_in(request.getfixturevalue(who))
    assert desk.get(reverse("desk_reports")).status_code == status
    assert desk.get(reverse("desk_report", args=["units"])).status_code == (200 if status == 200 else 404)
    assert desk.get(reverse("desk_report", args=["khong-co"])).status_code == 404


def test_nonsense_in_the_address_is_no_error(manager: User) -> None:
    desk = signed_in(manager)
    for query in (
        "period=x&day=y",
        "period=custom&first=2026-05-01&last=2025-01-01",
        "day=0001-01-01",
        "unit=zz&columns=zz",
    ):
        assert desk.get(reverse("desk_report", args=["units"]) + f"?{query}").status_code == 200
    assert desk.get(reverse("desk_report_cases", args=["units"]) + "?row=*&column=zz").status_code == 404


# --- schedules -------------------------------------------------------------------------------------------------------


def planned(owner: User, reader: User, rhythm: str = "daily", span: str = "month") -> ReportSchedule:
    wanted = {"period": span, "unit": "", "topic": "", "kind": ""}
    return schedules.plan(
        REPORTS["units"], wanted, columns=["received"], rhythm=rhythm, owner=owner, reader=reader, at=AT
    )


def hanoi(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=HANOI)  # type: ignore[arg-type,misc]  # year to minute


def test_half_past_seven_of_a_working_day(office: None) -> None:
    rhythm = ReportSchedule.Rhythm
    friday = hanoi(2026, 11, 6, 8, 0)
    assert schedules.next_time(rhythm.DAILY, friday) == hanoi(2026, 11, 9, 7, 30)
    assert schedules.next_time(rhythm.DAILY, hanoi(2026, 11, 6, 7, 0)) == hanoi(2026, 11, 6, 7, 30)
    assert schedules.next_time(rhythm.WEEKLY, AT) == hanoi(2026, 11, 9, 7, 30)
    # 1 January is a holiday, 2 and 3 are a weekend.
    assert schedules.next_time(rhythm.MONTHLY, hanoi(2026, 12, 20, 8, 0)) == hanoi(2027, 1, 4, 7, 30)


def test_the_last_complete_period(office: None) -> None:
    assert schedules.last_complete(Span.MONTH, AT.date()).words.startswith("Tháng: từ 01/10/2026")
    monday = hanoi(2026, 11, 9, 7, 30).date()
    assert schedules.last_complete(Span.DAY, monday).first == hanoi(2026, 11, 6, 0, 0).date()


def test_who_may_have_it_sent_to_whom(manager: User, leader: User, handler: User, auditor: User) -> None:
    planned(manager, leader)
    planned(leader, leader)
    for owner, reader in ((manager, handler), (handler, handler), (leader, auditor)):
        with pytest.raises(NotAllowed):
            planned(owner, reader)
    with pytest.raises(WrongDate):
        planned(manager, manager, span="custom")


def test_made_and_told_with_a_link_and_no_figure(send: Send, manager: User, leader: User) -> None:
    send()
    User.objects.filter(pk=leader.pk).update(email="truong-phong-1@example.vn")
    row = planned(manager, leader)
    assert schedules.ask_due(AT) == 0
    morning = row.next_at
    assert schedules.ask_due(morning) == 1
    assert schedules.ask_due(morning) == 0
    assert jobs.make_next(lambda: morning) == 1
    assert (report_news.tell_made(morning), report_news.tell_made(morning)) == (1, 0)
    outbox.dispatch(at=morning)
    job = ReportJob.objects.get()
    assert job.reader == leader
    (letter,) = mail.outbox
    assert letter.to == ["truong-phong-1@example.vn"]
    assert reverse("desk_report_job", args=[job.pk]) in str(letter.body)
    assert letter.attachments == []
    assert "Kết quả giải quyết theo đơn vị" in str(letter.subject)
    item = InboxItem.objects.get(user=leader)
    desk = signed_in(leader)
    assert "Kết quả giải quyết theo đơn vị" in desk.get(reverse("desk_inbox")).content.decode()
    assert desk.get(reverse("desk_inbox_item", args=[item.pk]))["Location"] == reverse(
        "desk_report_job", args=[job.pk]
    )
    assert Digest.objects.count() == 1
    jobs.forget_old(morning + timedelta(days=8))
    assert not Digest.objects.exists()


def test_whoever_may_no_longer_read_it_gets_none(manager: User, leader: User) -> None:
    row = planned(manager, leader)
    Membership.objects.filter(user=leader).delete()
    assert schedules.ask_due(row.next_at) == 0
    row.refresh_from_db()
    assert row.stopped_why == "not_allowed"
    assert not ReportJob.objects.exists()


def test_owner_and_reader_may_stop_it_nobody_else(manager: User, leader: User, auditor: User) -> None:
    row = planned(manager, leader)
    url = reverse("desk_report_stop", args=[row.pk])
    assert signed_in(auditor).post(url).status_code == 404
    assert signed_in(leader).post(url).status_code == 302
    row.refresh_from_db()
    assert row.stopped_why == "by_reader"
    assert signed_in(manager).post(url).status_code == 404


def test_set_up_on_the_page(manager: User, leader: User) -> None:
    desk = signed_in(manager)
    url = reverse("desk_report_schedule", args=["units"]) + "?period=report_half&unit=STP.HCTP"
    assert desk.get(url).status_code == 200
    assert desk.post(url, {"rhythm": "monthly", "reader": "0"}).status_code == 422
    assert desk.post(url, {"rhythm": "monthly", "reader": str(leader.pk)}).status_code == 302
    row = ReportSchedule.objects.get()
    assert (row.reader, row.question["period"], row.question["unit"]) == (leader, "report_half", "STP.HCTP")
    assert "Dừng gửi" in desk.get(reverse("desk_reports")).content.decode()
    fixed = (
        reverse("desk_report_schedule", args=["units"]) + "?period=custom&first=2026-11-01&last=2026-11-02"
    )
    assert desk.post(fixed, {"rhythm": "monthly", "reader": str(leader.pk)}).status_code == 422
    assert timezone.localtime(row.next_at).strftime("%H:%M") == "07:30"
