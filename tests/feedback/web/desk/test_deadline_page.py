"""How the dates of a case were computed, for the office: everything on one page, for those who may see the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback import actions
from feedback.actions.spine import act
from feedback.calendar.editing import with_days
from feedback.models import CalendarVersion, Case, User, catalogue
from feedback.reports.timeline import timeline
from feedback.web.desk.deadline import level_name, verb_name
from tests.cast import HANOI, WEDNESDAY, later
from tests.feedback.web.desk.conftest import Open, at
from tests.feedback.web.walk import said

pytestmark = pytest.mark.django_db
Send = Callable[..., actions.Receipt]


def page_of(case: Case, *, unfolded: bool = False) -> str:
    return f"/can-bo/don/{case.reference}/thoi-han/{'?in=1' if unfolded else ''}"


def day_off(day: str, manager: User, administrator: User, when: datetime) -> None:
    """The Government grants a day off; open cases follow at once."""
    # The test catalogue came into force when it was loaded, which is after the day the story is set on.
    CalendarVersion.objects.update(in_force_from=when - timedelta(days=300))
    base = CalendarVersion.objects.in_force().filter(unit=None).first()
    assert base is not None
    days = [{"date": day, "working": False, "name": "Nghỉ bù", "name_en": "Day off in lieu"}]
    change = actions.plan_calendar(
        with_days(base.data, days), version="vn-thu", note="Nghỉ thêm một ngày.", by=administrator, at=when
    )
    assert actions.count(change, at=when)
    actions.carry_out(actions.confirm(change, by=manager, at=when), at=when)


# --- Who -----------------------------------------------------------------------------------------
def test_whoever_may_not_see_the_case_finds_no_page(
    processing: Case, stranger: User, handler: User, desk_of: Open
) -> None:
    assert desk_of(stranger).get(page_of(processing)).status_code == 404
    assert desk_of(handler).get("/can-bo/don/HA-2026-0999999/thoi-han/").status_code == 404
    assert "dang-nhap" in Client().get(page_of(processing)).url  # type: ignore[attr-defined]  # a redirect
    assert desk_of(handler).get(page_of(processing)).status_code == 200


def test_the_case_page_leads_here_and_says_how_long_it_took(
    processing: Case, handler: User, desk_of: Open
) -> None:
    text = said(desk_of(handler).get(at(processing)))
    assert text.count(f'href="{page_of(processing)}"') == 2  # from the badge and from the card
    assert "Đến nay đã qua 0 phút làm việc" in text


def test_a_letter_not_accepted_yet_has_no_time_left_of_its_own(
    assigned: Case, leader: User, desk_of: Open
) -> None:
    text = said(desk_of(leader).get(at(assigned)))
    assert "Chưa tiếp nhận. Thời hạn này bắt đầu chậm nhất lúc 17:00 " in text
    assert "Đến nay đã qua" not in text


def test_of_a_complaint_the_page_names_instance_and_area(
    processing: Case, handler: User, desk_of: Open
) -> None:
    assert "Lần giải quyết" not in said(desk_of(handler).get(page_of(processing)))
    Case.objects.filter(pk=processing.pk).update(kind="KHIEU_NAI", instance=2, remote=True)
    text = said(desk_of(handler).get(page_of(processing)))
    assert "lần hai" in text
    assert "Vùng sâu, vùng xa" in text


def test_within_the_queries_of_a_desk_page(
    processing: Case, handler: User, manager: User, administrator: User, desk_of: Open
) -> None:
    day_off("2026-11-10", manager, administrator, later(minutes=10))
    client = desk_of(handler)
    client.get(page_of(processing))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page_of(processing)).status_code == 200
    assert len(queries) <= 12, "\n".join(q["sql"] for q in queries)


# --- What ----------------------------------------------------------------------------------------
def test_every_clock_with_its_law_its_days_and_its_editions(
    processing: Case, handler: User, desk_of: Open
) -> None:
    page = desk_of(handler).get(page_of(processing))
    text = said(page)
    names = {clock["view"].name for clock in page.context["clocks"]}
    assert names == {"reply", "acknowledge", "accept", "red_line"}
    assert "Mốc 45 ngày theo quy định" in text
    assert "Nghị định 154/2026/NĐ-CP, Điều 41 khoản 3 điểm b" in text
    assert "Cam kết phục vụ của Sở" in text
    assert "đây là cam kết của cơ quan" in text  # how sure: a policy, not a law
    held = processing.calendar_version
    assert f"{held}, áp dụng từ" in text
    assert processing.event_head[:16] in text
    assert "ngày số 10" in text
    assert "ngày thứ 2" not in text  # could be read as a Monday


def test_on_paper_everything_is_unfolded(processing: Case, handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    folded, unfolded = (said(client.get(page_of(processing, unfolded=on))) for on in (False, True))
    details = unfolded.count("<details")
    assert unfolded.count(" open>") == details == folded.count("<details")
    assert folded.count(" open>") == 1  # the main clock
    assert ('href="?in=1"' in folded, 'href="?in=1"' in unfolded) == (True, False)


def test_facts_of_a_late_answer(
    processing: Case, handler: User, leader: User, desk_of: Open, wednesday: Any
) -> None:
    late = datetime(2026, 11, 19, 9, 0, tzinfo=HANOI)
    actions.submit_reply(processing, body="Kính gửi ông/bà, việc đã xong.", by=handler, at=late)
    actions.approve_reply(processing, by=leader, at=late)
    wednesday.move_to(late)
    text = said(desk_of(leader).get(page_of(processing)))
    assert "Trễ 1 giờ 30 phút làm việc; 16 giờ theo lịch" in text
    assert "Duyệt và gửi trả lời" in text
    assert "Trễ 1 giờ 30 phút" in said(desk_of(leader).get(at(processing)))


def test_withdrawn_is_neither_on_time_nor_late(processing: Case, leader: User, desk_of: Open) -> None:
    actions.withdraw(processing, at=later(minutes=20))
    assert "Không tính là đúng hạn hay trễ hạn" in said(desk_of(leader).get(page_of(processing)))


def test_dates_computed_anew_are_told_with_their_reason(
    processing: Case, handler: User, manager: User, administrator: User, desk_of: Open
) -> None:
    held = processing.calendar_version
    day_off("2026-11-10", manager, administrator, later(hours=2))
    text = said(desk_of(handler).get(page_of(processing)))
    assert "17:00 18/11/2026 → 17:00 19/11/2026" in text
    assert "Nghỉ thêm một ngày." in text
    assert "10/11 (Nghỉ bù)" in text
    accepted = text.partition('id="clock-accept"')[2]
    assert f"{held}, áp dụng từ" in accepted  # decided before: the edition it was decided by stays
    assert "hiện đang áp dụng vn-thu" in accepted


def test_a_day_nobody_has_decided_yet_is_marked(send: Send, handler: User, desk_of: Open) -> None:
    case = send(at=datetime(2026, 12, 28, 9, 0, tzinfo=HANOI)).case
    assert case.handler == handler
    text = said(desk_of(handler).get(page_of(case)))
    assert "Lịch nghỉ năm 2027 chưa được công bố chính thức" in text
    assert "tạm tính" in text
    assert "stroke-dasharray" in text


# --- Alarms --------------------------------------------------------------------------------------
def test_what_rang_and_what_rings_next(
    processing: Case, handler: User, desk_of: Open, wednesday: Any
) -> None:
    """Ten working days from 4 November: 80 % of the working time is over on the morning of 17 November."""
    seen = datetime(2026, 11, 17, 12, 0, tzinfo=HANOI)
    actions.sweep_deadlines(at=seen)
    wednesday.move_to(seen)
    rings = {c["view"].name: c["rings"] for c in desk_of(handler).get(page_of(processing)).context["clocks"]}
    told = [(ring.level, ring.rang_at) for ring in rings["reply"]]
    assert told == [("Đã qua một nửa thời hạn", seen), ("Đã qua 80 % thời hạn", seen), ("Đến hạn", None)]
    assert rings["reply"][-1].when == processing.due_at
    assert rings["accept"] == []  # met on the first day


def test_while_it_waits_nothing_rings(processing: Case, handler: User, desk_of: Open) -> None:
    actions.ask_citizen(processing, question="Ngày hẹn là ngày nào?", by=handler, at=later(minutes=20))
    assert "đang tạm dừng thì không nhắc" in said(desk_of(handler).get(page_of(processing)))


@pytest.mark.parametrize("level", ["half", "soon", "due", "late_1", "late_12", "silent"])
def test_every_level_has_words(level: str) -> None:
    assert level_name(level) not in ("", level)
    assert verb_name("gone_since") == "gone_since"


# --- The citizen's side --------------------------------------------------------------------------
def open_as_citizen(receipt: actions.Receipt) -> Client:
    client = Client()
    client.post("/tra-cuu/", {"reference": receipt.case.reference, "code": receipt.secret})
    return client


def test_the_citizen_is_told_that_the_date_moved_and_why(
    send: Send, manager: User, administrator: User
) -> None:
    receipt = send()
    day_off("2026-11-10", manager, administrator, later(minutes=10))
    address = f"/don/{receipt.case.reference}/thoi-han/"
    client = open_as_citizen(receipt)
    text = said(client.get(address))
    told = "Hạn trả lời được tính lại từ 20/11/2026 thành 23/11/2026. Lý do: Nghỉ thêm một ngày."
    assert f"04/11/2026: {told}" in text
    assert 'href="/thoi-han/"' in text  # the calculator
    assert "45 ngày theo quy định" not in text
    assert told in said(client.get(f"/don/{receipt.case.reference}/"))
    client.cookies["django_language"] = "en"
    assert "computed anew: 23/11/2026 instead of 20/11/2026" in said(client.get(address))


def test_the_citizen_is_told_of_a_suspension(
    send: Send, handler: User, leader: User, triage_officer: User, integrity_officer: User
) -> None:
    receipt = send()
    case = receipt.case
    actions.classify(
        case, topic="HT.KS", issue=None, kind="KHIEU_NAI", by=triage_officer, at=later(minutes=1)
    )
    if case.handler_id != handler.pk:
        actions.assign(case, handler=handler, by=triage_officer, at=later(minutes=2))
    actions.accept(case, by=handler, at=later(minutes=3))
    actions.suspend(case, reason="Chờ kết quả giám định.", by=leader, at=later(minutes=5))
    text = said(open_as_citizen(receipt).get(f"/don/{case.reference}/thoi-han/"))
    assert "04/11/2026: Việc giải quyết được tạm đình chỉ" in text
    assert "Lý do: Chờ kết quả giám định." in text
    actions.resume(case, reason="Đã có kết quả.", by=leader, at=later(minutes=9))
    assert "tạm đình chỉ" not in said(open_as_citizen(receipt).get(f"/don/{case.reference}/thoi-han/"))


def test_dates_on_the_same_day_are_told_with_their_hour(processing: Case) -> None:
    """A half day more, and the last day ends at noon: the day alone would say nothing."""
    noon, evening = (datetime(2026, 11, 18, hour, 0, tzinfo=HANOI) for hour in (11, 17))
    with act(processing, "redate", by=actions.SYSTEM, at=WEDNESDAY) as work:
        work.public = {
            "due_before": evening.isoformat(),
            "due_at": noon.isoformat(),
            "change": "Nghỉ buổi chiều",
        }
    told = {language: timeline(processing, language=language)[-1].sentence for language in ("vi", "en")}
    assert "từ 17:00 18/11/2026 thành 11:00 18/11/2026. Lý do: Nghỉ buổi chiều" in told["vi"]
    assert "11:00 18/11/2026 instead of 17:00 18/11/2026" in told["en"]


def test_a_successor_is_named_in_both_languages(processing: Case) -> None:
    units = catalogue().units
    old, new = units["STP.HCTP"], units["STP.VP"]
    with act(processing, "succeed", by=actions.SYSTEM, at=WEDNESDAY) as work:
        work.public = {"unit_before": old.name_vi, "unit_before_en": old.name_en}
        work.public |= {"unit": new.name_vi, "unit_en": new.name_en}
    vi, en = (timeline(processing, language=language)[-1].sentence for language in ("vi", "en"))
    assert vi.startswith(old.name_vi)
    assert new.name_vi in vi
    assert en.startswith(
        f"{old.name_en or old.name_vi} was reorganised; {new.name_en or new.name_vi} handles"
    )
    assert "{" not in vi + en
