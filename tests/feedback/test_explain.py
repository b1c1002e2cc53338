"""The explanation of a due date: the steps, the marks of the small calendar, the words."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime

import pytest

from feedback.deadlines import Clock, Extension, Pause, Rule, due, explain
from tests.feedback.clock_worlds import CATALOGUE, OFFICE, RULES, VN, clock, question, vn
from tests.feedback.clock_worlds import rule as one_of

H = 3600


def test_explanation_names_every_skipped_day_with_its_reason() -> None:
    told = explain(clock("HOI_DAP", "reply", "2026-02-12T17:45"))
    assert [step.kind for step in told.steps] == ["start", "off_hours", "period", "skipped", "result"]
    marks = {mark.day.isoformat(): (mark.mark, mark.number, mark.reason_vi) for mark in told.days}
    assert marks["2026-02-12"] == ("start", None, None)
    assert marks["2026-02-13"] == ("counted", 1, None)
    assert marks["2026-02-17"] == ("off", None, "Tết Nguyên Đán")
    assert marks["2026-02-26"] == ("counted", 5, None)
    vi = " ".join(told.sentences("vi"))
    for words in (
        "17:45 thứ Năm, 12/02/2026",
        "ngoài giờ",
        "17/02 (Tết Nguyên Đán)",
        "Hạn cuối: 17:00 thứ Năm, 26/02/2026",
    ):
        assert words in vi
    assert "Due: 17:00 on Thursday 2026-02-26." in told.sentences("en")


def test_explanation_as_data_is_json_with_iso_dates() -> None:
    letter = clock("PHAN_ANH", "reply", "2026-12-20T00:30")
    told = replace(
        letter,
        pauses=(Pause(vn("2026-12-22T09:00"), vn("2026-12-23T10:00")),),
        extensions=(Extension(vn("2026-12-24T09:00"), 20, "wd", "Phải xác minh ở hai nơi.", "leader"),),
    )
    data = json.loads(json.dumps(explain(told).as_dict()))
    assert [step["kind"] for step in data["steps"]] == [
        "start", "off_hours", "period", "skipped", "pause", "extension", "provisional", "result",
    ]  # fmt: skip
    assert data["steps"][4]["working_seconds"] == 9 * H
    assert data["steps"][5]["reason"] == "Phải xác minh ở hai nơi."
    assert datetime.fromisoformat(data["due"]) == due(told)
    assert data["original_due"].startswith("2027-01-04T17:00")
    assert data["provisional"] is True
    assert data["rule"]["id"] == "pakn.reply.phan_anh"
    assert data["calendar_version"] == OFFICE.version
    assert "leader" not in json.dumps(data)  # who signed is not part of what the citizen reads


def test_a_pause_on_the_start_day_says_it_took_nothing() -> None:
    told = explain(question(("2026-11-02T10:00", "2026-11-03T08:30")))
    pause = next(step for step in told.steps if step.kind == "pause")
    assert pause.facts["working_seconds"] == H
    assert "1 giờ 0 phút" in pause.vi
    assert told.due == vn("2026-11-10T08:30")


def test_ignored_entries_are_explained() -> None:
    late = replace(
        question(("2026-11-10T09:00", "2026-11-11T09:00")),
        extensions=(Extension(vn("2026-11-12T09:00"), 9, "wd"),),
    )
    kinds = [step.kind for step in explain(late).steps]
    assert kinds == ["start", "period", "skipped", "pause_ignored", "extension_ignored", "result"]


def test_rolled_last_day_is_explained() -> None:
    told = explain(clock("KHIEU_NAI", "reply", "2026-11-13T10:00"))
    assert [step.kind for step in told.steps] == ["start", "period", "rolled", "result"]
    assert "chủ nhật, 13/12/2026" in told.sentences()[2]
    assert (told.days[-1].mark, told.days[-2].number) == ("rolled", 30)


def test_a_counted_make_up_saturday_is_explained() -> None:
    told = explain(clock("KIEN_NGHI", "transfer", "2026-01-05T10:00"))
    assert [step.kind for step in told.steps] == ["start", "period", "made_up", "result"]
    assert "thứ Bảy, 10/01/2026 (Làm bù cho ngày 02/01/2026)" in told.sentences()[2]
    assert told.days[-1].number == 5


ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| ([\d/]+ [\d:]+) \| ([\d/]+ [\d:]+) \|", re.MULTILINE)


def test_the_tutorial_tells_the_truth() -> None:
    """Every row of the table "Thử lại" in docs/deadlines.md, and every sentence it quotes from the system."""
    text = (CATALOGUE.parents[1] / "docs" / "deadlines.md").read_text(encoding="utf-8")
    rows = ROW.findall(text)
    assert {row[0] for row in rows} == {rule.kind for rule in RULES} - {"*"}
    told = set()
    for kind, name, start, ends in rows:
        begun, end = (datetime.strptime(one, "%d/%m/%Y %H:%M").replace(tzinfo=VN) for one in (start, ends))
        one = clock(kind, name, begun.replace(tzinfo=None).isoformat())
        assert due(one) == end, (kind, name, start)
        told |= set(explain(one).sentences())
    quoted = [line.removeprefix("> - ") for line in text.splitlines() if line.startswith("> - ")]
    assert len(quoted) > 10
    assert set(quoted) <= told


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_every_rule_of_the_catalogue_is_told_in_both_languages(rule: Rule) -> None:
    """Which event starts it, how many days of which sort, by which law, until when."""
    started = vn(f"{rule.valid_to or '2026-11-04'}T09:00")
    told = explain(Clock(rule, OFFICE, started))
    vi, en = told.sentences("vi"), told.sentences("en")
    assert vi[0].startswith(
        "Nhận được lúc 09:00" if rule.start == "received" else "Thụ lý (tiếp nhận xử lý) lúc 09:00"
    )
    assert en[0].startswith(
        "Received at 09:00" if rule.start == "received" else "Accepted for handling at 09:00"
    )
    sort_vi, sort_en = ("ngày làm việc", "working days") if rule.unit == "wd" else ("ngày", "calendar days")
    assert f"Thời hạn là {rule.value} {sort_vi}, đếm từ ngày kế tiếp" in vi[1]
    assert f"The period is {rule.value} {sort_en}, counted from the next day" in en[1]
    assert rule.law in vi[1]
    assert rule.law in en[1]
    assert f"{told.due:%d/%m/%Y}" in vi[-1]
    assert told.due.date().isoformat() in en[-1]
    assert not re.search(r"None|\{|\}|  ", " ".join((*vi, *en)))


def test_one_day_is_one_day() -> None:
    short = replace(clock("KHIEU_NAI", "reply", "2026-11-04T09:00"), rule=one_of(1, "cd"))
    assert "The period is 1 calendar day, counted" in explain(short).sentences("en")[1]
    assert (
        "The period is 1 working day, counted"
        in explain(replace(short, rule=one_of(1, "wd"))).sentences("en")[1]
    )
    paused = clock("KHIEU_NAI", "reply", "2026-11-04T09:00")
    for end, words in (
        ("2026-11-06T09:00", "1 day is not counted"),
        ("2026-11-07T09:00", "2 days are not counted"),
    ):
        one = replace(paused, pauses=(Pause(vn("2026-11-05T09:00"), vn(end)),))
        assert words in " ".join(explain(one).sentences("en"))
