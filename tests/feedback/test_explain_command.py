"""`manage.py explain_deadline`: the steps on paper, the same as data, and clear words for what cannot be asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from feedback import actions
from feedback.models import CalendarVersion, Case, RulesVersion, User, catalogue
from feedback.models.catalogue_cache import forget
from tests.cast import WEDNESDAY, later
from tests.feedback.clock_worlds import CALENDAR_DATA, OFFICE

pytestmark = pytest.mark.django_db
BEFORE_TET = ("--kind", "hoi_dap", "--received", "2026-02-12T16:45")


def told(*options: str) -> str:
    out = StringIO()
    call_command("explain_deadline", *options, stdout=out)
    return " ".join(out.getvalue().split())  # lines are folded at the width of a terminal


def data(*options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("explain_deadline", *options, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def refusal(*options: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("explain_deadline", *options, stdout=StringIO())
    return str(refused.value)


# --- the example, worked out by hand: a question that comes on the Thursday before Tết 2026 ------------------------
TET_2026 = {
    14: "thứ Bảy",
    15: "chủ nhật",
    16: "Giao thừa Tết Nguyên Đán",
    17: "Tết Nguyên Đán",
    18: "Mùng hai Tết Nguyên Đán",
    19: "Mùng ba Tết Nguyên Đán",
    20: "Mùng bốn Tết Nguyên Đán",
    21: "thứ Bảy",
    22: "chủ nhật",
}


def test_the_calendar_agrees_with_the_hand() -> None:
    february = [date(2026, 2, day) for day in range(12, 27)]
    assert february[0].weekday() == 3  # a Thursday
    assert [day.day for day in february if not OFFICE.is_working_day(day)] == list(TET_2026)


def test_the_steps_before_tet_in_vietnamese(office: None) -> None:
    text = told(*BEFORE_TET)
    assert "Hỏi đáp (HOI_DAP), nhận lúc 16:45 thứ Năm, 12/02/2026" in text
    assert "5 ngày làm việc, đếm từ ngày kế tiếp: thứ Sáu, 13/02/2026" in text
    for day, reason in TET_2026.items():
        assert f"{day}/02 ({reason})" in text
    assert "Hạn trả lời: 17:00 thứ Năm, 26/02/2026" in text  # 13, 23, 24, 25, 26 February
    assert "Căn cứ: Cam kết phục vụ của Sở" in text
    assert "Mức chắc chắn: Pháp luật không ấn định số ngày" in text


def test_the_same_as_one_json_document(office: None) -> None:
    found = data(*BEFORE_TET)
    assert (found["kind"], found["clock"], found["due_date"]) == ("HOI_DAP", "reply", "2026-02-26")
    assert found["due"] == "2026-02-26T17:00:00+07:00"
    assert (found["received"], found["source"]) == ("2026-02-12T16:45:00+07:00", "database")
    (clock,) = found["clocks"]
    assert [step["kind"] for step in clock["steps"]] == ["start", "period", "skipped", "result"]
    skipped = {int(day["date"][-2:]): day["reason"]["vi"] for day in clock["steps"][2]["days"]}
    assert {day: reason.lower() for day, reason in skipped.items()} == {
        day: reason.lower() for day, reason in TET_2026.items()
    }
    counted = [day["date"] for day in clock["days"] if day["mark"] == "counted"]
    assert counted == [f"2026-02-{day}" for day in (13, 23, 24, 25, 26)]
    assert clock["rule"]["confidence"] == "policy"
    assert (clock["calendar_version"], clock["rules_version"]) == (
        catalogue().calendar.version,
        catalogue().rules_in_force,
    )
    assert (clock["verdict"], clock["provisional_years"]) == (None, [])


@pytest.mark.parametrize("code", ["hoi_dap", "HOI_DAP", "Hoi_Dap", " hoi_dap "])
def test_codes_are_taken_in_any_case_and_given_back_as_the_catalogue_writes_them(
    office: None, code: str
) -> None:
    assert data("--kind", code, "--received", "2026-02-12")["kind"] == "HOI_DAP"


@pytest.mark.parametrize(
    ("received", "read"),
    [
        ("2026-02-12", "2026-02-12T07:30:00+07:00"),  # a day alone: when the office opened
        ("2026-02-12 16:45", "2026-02-12T16:45:00+07:00"),
        ("2026-02-11T18:30:00Z", "2026-02-12T01:30:00+07:00"),  # already Thursday in Vietnam
        ("2026-02-12T16:45:30+07:00", "2026-02-12T16:45:30+07:00"),
    ],
)
def test_how_a_moment_may_be_written(office: None, received: str, read: str) -> None:
    found = data("--kind", "hoi_dap", "--received", received)
    assert (found["received"], found["due_date"]) == (read, "2026-02-26")


# --- options -------------------------------------------------------------------------------------------------------
COMPLAINT = ("--kind", "khieu_nai", "--received", "2026-11-02T09:00")


def test_without_acceptance_the_latest_moment_allowed_counts(office: None) -> None:
    """7 working days: 3, 4, 5, 6, 9, 10, 11 November; then 30 days to 11 December, a Friday."""
    found = data(*COMPLAINT)
    assert found["clocks"][0]["start"] == "2026-11-11T17:00:00+07:00"
    assert found["clocks"][0]["steps"][0]["event"] == "latest_acceptance"
    assert found["due_date"] == "2026-12-11"
    assert (
        data(*COMPLAINT, "--accepted", "2026-11-05")["due_date"] == "2026-12-07"
    )  # 5 December is a Saturday


@pytest.mark.parametrize(
    ("options", "days"),
    [((), 30), (("--remote",), 45), (("--instance", "2"), 45), (("--instance", "2", "--remote"), 60)],
)
def test_instance_and_remoteness_choose_the_rule(office: None, options: tuple[str, ...], days: int) -> None:
    found = data(*COMPLAINT, "--accepted", "2026-11-05", *options)
    assert found["clocks"][0]["rule"]["value"] == days
    assert found["remote"] == ("--remote" in options)


def test_every_clock_of_a_kind(office: None) -> None:
    found = data(*COMPLAINT, "--clock", "ALL")
    assert [clock["clock"] for clock in found["clocks"]] == [
        *("reply", "acknowledge", "accept", "transfer", "red_line"),
    ]
    assert [clock["main"] for clock in found["clocks"]] == [True, False, False, False, False]
    accept = data(*COMPLAINT, "--clock", "accept")
    assert (accept["clock"], accept["due_date"]) == ("accept", "2026-11-11")
    assert accept["clocks"][0]["rule"]["law"].startswith("Nghị định 155/2026/NĐ-CP")
    assert data(*COMPLAINT, "--clock", "transfer")["due_date"] == "2026-11-16"


REPORT = ("--kind", "phan_anh", "--received", "2026-11-18T09:00", "--accepted", "2026-11-18T14:00")
WAITED = ("--pause", "2026-11-20T09:00..2026-11-25T10:30")  # 17 hours and a half of working time


def test_a_pause_moves_the_date_by_what_it_took(office: None) -> None:
    """The example of the tutorial: 3 December 17:00 moves to 8 December 09:00."""
    assert data(*REPORT)["due"] == "2026-12-03T17:00:00+07:00"
    assert data(*REPORT, *WAITED)["due"] == "2026-12-08T09:00:00+07:00"
    halves = (
        "--pause",
        "2026-11-23T12:00..2026-11-25T10:30",
        "--pause",
        "2026-11-20T09:00..2026-11-23T12:00",
    )
    assert data(*REPORT, *halves)["due"] == "2026-12-08T09:00:00+07:00"
    assert "17 giờ 30 phút làm việc không tính vào thời hạn" in told(*REPORT, *WAITED)
    assert "Đang tạm dừng từ 09:00 thứ Sáu, 20/11/2026" in told(*REPORT, "--pause", "2026-11-20T09:00..")


def test_an_extension_counts_from_the_start(office: None) -> None:
    found = data(*REPORT, "--extend", "2026-11-30:20")
    assert found["due_date"] == "2026-12-17"
    assert found["clocks"][0]["original_due"] == "2026-12-03T17:00:00+07:00"
    denounced = ("--kind", "to_cao", "--received", "2026-11-02", "--accepted", "2026-11-05")
    twice = ("--extend", "2026-12-01T09:00:60", "--extend", "2026-12-30:90")
    assert data(*denounced, *twice)["due_date"] == "2027-02-03"
    assert data(*denounced, "--clock", "accept", "--extend", "2026-11-04:10")["due_date"] == "2026-11-16"


def test_the_verdict_is_told_once_it_is_answered(office: None) -> None:
    in_time = data(*REPORT, "--stopped", "2026-12-03T17:00")["clocks"][0]["verdict"]
    assert (in_time["met"], in_time["late_working_seconds"]) == (True, 0)
    late = told(*REPORT, *WAITED, "--stopped", "2026-12-08T10:15")
    assert "Dừng lúc 10:15 thứ Ba, 08/12/2026: trễ hạn 1 giờ 15 phút làm việc" in late
    assert "So với hạn đầu tiên, 17:00 thứ Năm, 03/12/2026: trễ hạn" in late
    early = told(*REPORT, "--stopped", "2026-12-03T15:30")
    assert "đúng hạn, còn 1 giờ 30 phút làm việc." in early


def test_days_off_not_yet_decided_are_said(office: None) -> None:
    options = ("--kind", "hoi_dap", "--received", "2026-12-29")
    assert data(*options)["clocks"][0]["provisional_years"] == [2027]
    assert "Lịch nghỉ năm 2027 chưa được công bố chính thức" in told(*options)


def test_a_last_day_off_rolls(office: None) -> None:
    assert "nên hạn chuyển sang ngày làm việc kế tiếp: thứ Hai, 14/12/2026" in told(
        "--kind", "khieu_nai", "--received", "2026-11-12", "--accepted", "2026-11-13T10:00"
    )


def test_in_english(office: None) -> None:
    text = told(*REPORT, "--stopped", "2026-12-04", "--language", "en")
    assert "Answer by: 17:00 on Thursday 2026-12-03" in text
    assert "Stopped at 07:30 on Friday 2026-12-04: late by 0 h 0 min of working time (14 h 30 min" in text


# --- versions and units --------------------------------------------------------------------------------------------
def version_of_our_own(version: str, unit: str | None, *days_off: str) -> CalendarVersion:
    overrides = [{"date": day, "working": False, "name": "Ngày truyền thống"} for day in days_off]
    plain = json.loads(json.dumps(CALENDAR_DATA, default=str))
    content = {**plain, "version": version, "overrides": plain["overrides"] + overrides}
    row = CalendarVersion(version=version, unit_id=unit, data=content)
    row.in_force_from = WEDNESDAY if unit else None
    row.save()
    return row


def test_by_the_calendar_of_a_unit_or_of_a_version(office: None) -> None:
    version_of_our_own("stp-hctp.1", "STP.HCTP", "2026-02-25")
    version_of_our_own("draft.1", None, "2026-02-25", "2026-02-26")
    found = data(*BEFORE_TET, "--unit", "stp.hctp")
    assert (found["unit"], found["due_date"]) == ("STP.HCTP", "2026-02-27")
    assert found["clocks"][0]["calendar_version"] == "stp-hctp.1"
    assert "25/02 (Ngày truyền thống)" in told(*BEFORE_TET, "--unit", "stp.hctp")
    assert (
        data(*BEFORE_TET, "--calendar", "draft.1")["due_date"] == "2026-03-02"
    )  # asked for by name: drafts too
    assert data(*BEFORE_TET)["due_date"] == "2026-02-26"


def test_by_other_rules(office: None) -> None:
    held = RulesVersion.objects.get(version=catalogue().rules_in_force)
    longer = [{**one, "value": 6} if one["id"] == "hoidap.reply" else one for one in held.data]
    RulesVersion.objects.create(version="draft.rules", data=longer)
    assert data(*BEFORE_TET, "--rules", "draft.rules")["due_date"] == "2026-02-27"


# --- a stored case -------------------------------------------------------------------------------------------------
def test_a_stored_case_without_its_words(
    answered: Case, send: Callable[..., actions.Receipt], handler: User
) -> None:
    text = told("--case", answered.reference.lower())
    assert text.startswith(f"{answered.reference}: ")
    assert "đúng hạn" in text
    found = data("--case", answered.reference, "--clock", "all")
    assert found["due"] == answered.due_at.astimezone(OFFICE.timezone).isoformat()
    assert {clock["clock"] for clock in found["clocks"]} >= {"reply", "accept", "acknowledge"}
    assert found["clocks"][0]["verdict"]["met"] is True
    assert (found["accepted"], found["stopped"]) == ("2026-11-04T10:00:00+07:00", "2026-11-06T09:00:00+07:00")
    secret = send(phone="0100 000 012", name="Công dân 12").case
    both = json.dumps(data("--case", secret.reference)) + told("--case", secret.reference)
    for word in (secret.text, "0100", "Công dân 12", str(handler)):
        assert word not in both


def test_the_second_round_of_a_case_has_its_clock(answered: Case) -> None:
    actions.reopen(answered, text="Xin nói rõ hơn.", by=actions.CITIZEN, at=later(days=3))
    assert "Hạn trả lời lần 2: " in told("--case", answered.reference)


# --- refusals ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Cần --kind và --received"),
        (("--kind", "hoi_dap"), "Cần --kind và --received"),
        (("--kind", "thu_tinh", "--received", "2026-02-12"), "KHIEU_NAI  Khiếu nại"),
        (("--kind", "hoi_dap", "--received", "2026-02-30"), "--received: “2026-02-30” không phải ngày giờ"),
        (("--kind", "hoi_dap", "--received", "2026-02-12T25:00"), "không phải ngày giờ"),
        (("--kind", "hoi_dap", "--received", "2026-02-12T16"), "không phải ngày giờ"),
        (("--kind", "hoi_dap", "--received", "12/02/2026"), "Xin viết như 2026-02-12"),
        (("--kind", "hoi_dap", "--received", "1801-02-12"), "không phải ngày giờ"),
        (("--kind", "hoi_dap", "--received", "2018-02-12"), "Lịch làm việc chỉ có từ 01/01/2019"),
        (
            ("--kind", "hoi_dap", "--received", "2031-12-30"),
            "đến 31/12/2031, không tính được ngày sau 31/12/2031.",
        ),
        ((*BEFORE_TET, "--clock", "accept"), "không có đồng hồ “accept”. Có: acknowledge, reply, all"),
        ((*BEFORE_TET, "--stopped", "2026-02-11"), "--stopped: 2026-02-11 sớm hơn lúc nhận đơn"),
        ((*BEFORE_TET, "--instance", "3"), "chỉ có 1 (giải quyết lần đầu) hoặc 2"),
        ((*BEFORE_TET, "--unit", "PHONG_MA"), "không có đơn vị “PHONG_MA”"),
        ((*BEFORE_TET, "--calendar", "lich-ma"), "--calendar: không có phiên bản “lich-ma”"),
        ((*BEFORE_TET, "--rules", "luat-ma"), "--rules: không có phiên bản “luat-ma”"),
        ((*BEFORE_TET, "--pause", "2026-02-23"), "Xin viết TỪ..ĐẾN"),
        ((*BEFORE_TET, "--pause", "..2026-02-23"), "Xin viết TỪ..ĐẾN"),
        ((*BEFORE_TET, "--pause", "2026-02-24..2026-02-23"), "kết thúc trước khi bắt đầu"),
        ((*BEFORE_TET, "--pause", "2026-02-24..", "--pause", "2026-02-25.."), "chồng lên nhau"),
        ((*BEFORE_TET, "--extend", "2026-02-24:10"), "không được gia hạn"),
        ((*BEFORE_TET, "--extend", "2026-02-24"), "Xin viết LÚC:SỐ_NGÀY"),
        ((*REPORT, "--extend", "2026-11-30:21"), "phải dài hơn 10 và không quá 20 ngày làm việc"),
        ((*REPORT, "--extend", "2026-11-30:15", "--extend", "2026-12-01:20"), "nhiều nhất 1 lần"),
        ((*REPORT, "--clock", "all", "--extend", "2026-11-01:15"), "sớm hơn lúc nhận đơn"),
        (("--case", "HA-2026-0999999"), "Không có đơn này"),
        (("--case", "đơn hôm qua"), "Không có đơn này"),
        (("--case", "HA-2026-0000001", "--kind", "hoi_dap"), "Đã có --case thì không dùng --kind"),
    ],
)
def test_what_cannot_be_asked_is_said_clearly(office: None, options: tuple[str, ...], words: str) -> None:
    assert words in refusal(*options)


def test_a_reference_of_another_year_is_no_reference(submitted: Case) -> None:
    assert "Không có đơn này" in refusal("--case", submitted.reference.replace("2026", "2025"))


# --- without a database --------------------------------------------------------------------------------------------
def test_an_empty_office_is_answered_from_the_files(office: None) -> None:
    CalendarVersion.objects.update(in_force_from=None)
    forget()
    found = data(*BEFORE_TET)
    assert (found["source"], found["due_date"]) == ("files", "2026-02-26")
    assert "(theo tệp kèm phần mềm)" in told(*BEFORE_TET)
    assert "Không có đơn vị" not in told(*BEFORE_TET, "--unit", "STP.HCTP")
    assert "Chưa nạp cơ sở dữ liệu" in refusal("--case", "HA-2026-0000001")


def run(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOIAM_")}
    env = {
        **kept,
        "HOIAM_DATA_DIR": str(home),
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "manage.py", "explain_deadline", *options]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_fresh_checkout_answers_before_anything_is_migrated(tmp_path: Path) -> None:
    fine = run(tmp_path, *BEFORE_TET, "--json")
    assert (fine.returncode, fine.stderr) == (0, "")
    found = json.loads(fine.stdout)
    assert (found["source"], found["due_date"]) == ("files", "2026-02-26")
    refused = run(tmp_path, "--kind", "thu_tinh", "--received", "2026-02-12", "--json")
    assert refused.returncode != 0
    assert refused.stdout == ""
    assert "HOI_DAP  Hỏi đáp" in refused.stderr
