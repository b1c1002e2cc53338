"""The account balances, every door shows one number, nobody's sight is widened, people are judged fairly."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from feedback import actions
from feedback.errors import NotFound, WrongDate
from feedback.models import Absence, Case, CaseClock, Rating, User
from feedback.reports import files, pdf, shown
from feedback.reports.base import Column, Question, Row, Table, Type, make_table, table_from
from feedback.reports.catalogue import REPORTS, find, handlers, readable
from feedback.reports.periods import Span, custom, period
from feedback.reports.pieces import Piece
from feedback.sheets import safe_cell
from tests.api.conftest import check_against_schema
from tests.cast import HANOI, WEDNESDAY, hire, later

Send = Callable[..., actions.Receipt]
NOVEMBER = period(Span.MONTH, date(2026, 11, 4))
AT = datetime(2026, 12, 3, 9, 0, tzinfo=HANOI)
RULE = "Kiến nghị: quy định bắt nộp giấy xác nhận nơi cư trú khi đăng ký kết hôn là bất cập, đề nghị bỏ quy định này."


def ask(user: User, **other: Any) -> Question:
    return Question(user, other.pop("days", NOVEMBER), other.pop("at", AT), **other)


def answer(case: Case, by: User, leader: User, at: datetime) -> Case:
    """From the handler's hands to the citizen's."""
    if case.status == "assigned":
        actions.accept(case, by=by, at=at)
    actions.submit_reply(case, body="Kính gửi ông/bà, giấy khai sinh đã sẵn sàng.", by=by, at=at)
    return actions.approve_reply(case, by=leader, at=at + timedelta(minutes=5))


@pytest.fixture
def month(send: Send, handler: User, leader: User, triage_officer: User) -> dict[str, Case]:
    """One letter of every fate that November 2026 can tell of."""
    old = send(at=datetime(2026, 10, 26, 9, 0, tzinfo=HANOI)).case
    cases = {
        name: send(at=later(hours=n)).case for n, name in enumerate(("quick", "slow", "gone", "waiting"))
    }
    cases |= {"old": old, "late_waiting": send(at=datetime(2026, 11, 2, 9, 0, tzinfo=HANOI)).case}
    for case in cases.values():
        if case.handler != handler:
            actions.assign(case, handler=handler, by=triage_officer, at=WEDNESDAY)
    answer(old, handler, leader, later(days=1))
    answer(cases["quick"], handler, leader, later(days=2))
    actions.accept(cases["slow"], by=handler, at=later(hours=5))
    answer(cases["slow"], handler, leader, datetime(2026, 11, 30, 16, 0, tzinfo=HANOI))
    actions.withdraw(cases["gone"], by=actions.CITIZEN, at=later(days=1))
    actions.rate(cases["quick"], score=Rating.Score.SATISFIED, at=later(days=3))
    return cases


# --- periods ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("span", "day", "first", "last"),
    [
        (Span.DAY, date(2026, 11, 4), date(2026, 11, 4), date(2026, 11, 4)),
        (Span.WEEK, date(2026, 11, 4), date(2026, 11, 2), date(2026, 11, 8)),
        (Span.MONTH, date(2024, 2, 10), date(2024, 2, 1), date(2024, 2, 29)),
        (Span.QUARTER, date(2026, 11, 4), date(2026, 10, 1), date(2026, 12, 31)),
        (Span.YEAR, date(2026, 11, 4), date(2026, 1, 1), date(2026, 12, 31)),
        # Nghị định 09/2019/NĐ-CP, Điều 12.
        (Span.REPORT_MONTH, date(2026, 11, 14), date(2026, 10, 15), date(2026, 11, 14)),
        (Span.REPORT_MONTH, date(2026, 11, 15), date(2026, 11, 15), date(2026, 12, 14)),
        (Span.REPORT_QUARTER, date(2026, 1, 3), date(2025, 12, 15), date(2026, 3, 14)),
        (Span.REPORT_HALF, date(2026, 6, 14), date(2025, 12, 15), date(2026, 6, 14)),
        (Span.REPORT_HALF, date(2026, 6, 15), date(2026, 6, 15), date(2026, 12, 14)),
        (Span.REPORT_YEAR, date(2026, 12, 15), date(2026, 12, 15), date(2027, 12, 14)),
    ],
)
def test_the_days_of_a_period(span: Span, day: date, first: date, last: date) -> None:
    found = period(span, day)
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize("span", [s for s in Span if s != Span.CUSTOM])
def test_periods_join_without_gap(span: Span) -> None:
    here = period(span, date(2025, 12, 14))
    for _ in range(30):
        assert here.following.first == here.last + timedelta(days=1)
        assert here.following.previous == here
        assert period(span, here.last) == here
        here = here.following


def test_the_reporting_day_is_a_setting(settings: Settings) -> None:
    settings.REPORT_DAY = 1
    assert period(Span.REPORT_HALF, date(2026, 6, 20)).first == date(2026, 1, 1)
    with pytest.raises(WrongDate):
        custom(date(2026, 2, 2), date(2026, 2, 1))
    with pytest.raises(WrongDate):
        period(Span.DAY, date(1789, 7, 14))


# --- the account -----------------------------------------------------------------------------------------------------


def test_the_account_of_a_month(month: dict[str, Case], manager: User) -> None:
    table = make_table(REPORTS["units"], ask(manager))
    row = next(row for row in table.rows if row.key == "STP.HCTP")
    told = {name: row.values[name] for name in ("carried", "received", "on_time", "late", "ended", "overdue")}
    assert told == {"carried": 1, "received": 5, "on_time": 2, "late": 1, "ended": 1, "overdue": 2}
    assert row.values["rate"] == round(2 / 3, 4)
    assert table.total is not None
    assert table.total.values["all"] == 6


def balanced(values: Any) -> bool:
    came = sum(values[name] for name in ("carried", "received", "reopened"))
    went = ("on_time", "late", "transferred", "ended", "pending", "overdue")
    return came == values["all"] == sum(values[name] for name in went)


@pytest.mark.parametrize("code", ["units", "topics", "petitions"])
def test_it_balances_in_every_month_and_carries_over(
    code: str, month: dict[str, Case], manager: User, handler: User
) -> None:
    actions.reopen(month["quick"], text="Xin làm rõ ngày trả kết quả.", by=actions.CITIZEN, at=later(days=8))
    owed = 0
    for number in (9, 10, 11, 12):
        table = make_table(REPORTS[code], ask(manager, days=period(Span.MONTH, date(2026, number, 5)), at=AT))
        assert all(balanced(row.values) for row in table.lines)
        assert table.total is not None
        total: Any = table.total.values
        assert total["carried"] == owed
        owed = total["pending"] + total["overdue"]
    assert owed == Case.objects.open().count()


def test_what_was_told_once_stays_true(month: dict[str, Case], manager: User) -> None:
    """A letter opened again in December does not change the report of November."""
    before = make_table(REPORTS["units"], ask(manager)).rows
    actions.reopen(month["quick"], text="Xin làm rõ.", by=actions.CITIZEN, at=AT - timedelta(hours=1))
    assert make_table(REPORTS["units"], ask(manager)).rows == before


def test_petitions_are_told_apart(send: Send, manager: User) -> None:
    act, rule, both = send().case, send(RULE).case, send().case
    Case.objects.filter(pk=act.pk).update(kind="PHAN_ANH", topic="HT.KS", issue="CH")
    Case.objects.filter(pk=rule.pk).update(kind="KIEN_NGHI", topic="HT.KH", issue="QD")
    Case.objects.filter(pk=both.pk).update(kind="PHAN_ANH", topic="VB.BC", issue="TD.VM")
    other = send("Xin hỏi thủ tục nhận con nuôi trong nước cần giấy tờ gì?").case
    Case.objects.filter(pk=other.pk).update(kind="HOI_DAP")
    table = make_table(REPORTS["petitions"], ask(manager))
    assert [(row.key, row.values["received"]) for row in table.rows] == [
        ("HANH_VI", 1),
        ("QUY_DINH", 1),
        ("CA_HAI", 1),
    ]


def test_topics_open_into_those_below(send: Send, manager: User) -> None:
    for topic in ("HT.KS", "HT.KS", "HT", "CT.BS"):
        Case.objects.filter(pk=send().case.pk).update(topic=topic)

    def received(table: Table) -> dict[str, Any]:
        return {row.key: row.values["received"] for row in table.rows}

    assert received(make_table(REPORTS["topics"], ask(manager))) == {"HT": 3, "CT": 1}
    assert received(make_table(REPORTS["topics"], ask(manager, topic="HT"))) == {"HT.KS": 2, "HT": 1}


def test_the_backlog_says_what_the_desk_says(month: dict[str, Case], manager: User) -> None:
    table = make_table(REPORTS["backlog"], ask(manager, days=period(Span.MONTH, AT.date())))
    assert table.total is not None
    values = table.total.values
    assert values["owed"] == Case.objects.open().count()
    assert values["overdue"] == Case.objects.overdue(AT).count() > 0
    assert values["owed"] == values["pending"] + values["overdue"]  # type: ignore[operator]  # both are counts
    assert sum(int(row.values["owed"] or 0) for row in table.rows) == values["owed"]


def test_response_times_agree_with_the_clocks(month: dict[str, Case], manager: User) -> None:
    table = make_table(REPORTS["response-times"], ask(manager))
    row = next(row for row in table.rows if row.key == "reply")
    clocks = CaseClock.objects.filter(name="reply", stopped_by="approve_reply")
    seconds = sorted(clock.taken_seconds or 0 for clock in clocks)
    assert row.values["done"] == 3 == len(seconds)
    assert row.values["median"] == round(seconds[1] / 3600, 1)
    assert row.values["rate"] == round(2 / 3, 4)


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_readers(manager: User, leader: User, auditor: User, handler: User, triage_officer: User) -> None:
    assert {r.code for r in readable(manager)} == {r.code for r in readable(auditor)} == set(REPORTS)
    assert {r.code for r in readable(leader)} == set(REPORTS) - {"sorting"}
    for nobody in (handler, triage_officer):
        assert readable(nobody) == []
        with pytest.raises(NotFound):
            find("units", nobody)


def test_a_leader_counts_the_unit_a_manager_the_office(
    month: dict[str, Case], send: Send, manager: User, leader: User
) -> None:
    other = send("Công chứng viên thu phí cao hơn quy định khi công chứng hợp đồng mua bán nhà đất.").case
    Case.objects.filter(pk=other.pk).update(unit="STP.BTTP")

    def units(user: User) -> set[str]:
        return {row.key for row in make_table(REPORTS["units"], ask(user)).rows}

    assert "STP.BTTP" in units(manager)
    assert units(leader) == {"STP.HCTP"}
    assert make_table(REPORTS["units"], ask(leader, unit="STP.BTTP")).rows == []


def test_sealed_letters_and_those_about_the_reader_are_in_no_report(
    month: dict[str, Case], manager: User, auditor: User, leader: User
) -> None:
    before = make_table(REPORTS["units"], ask(auditor)).total
    Case.objects.filter(pk=month["quick"].pk).update(sealed=True)
    after = make_table(REPORTS["units"], ask(auditor)).total
    assert before is not None
    assert after is not None
    assert before.values["all"] == after.values["all"] + 1  # type: ignore[operator]  # both are counts
    Case.objects.filter(pk=month["slow"].pk).update(subject_officer=manager)
    assert make_table(REPORTS["units"], ask(manager)).total.values["all"] == after.values["all"] - 1  # type: ignore[operator, union-attr]  # as above


@pytest.mark.parametrize("code", sorted(REPORTS))
def test_every_figure_leads_to_its_letters(code: str, month: dict[str, Case], manager: User) -> None:
    report, question = REPORTS[code], ask(manager)
    for row in make_table(report, question).lines:
        for column in report.behind:
            cases = report.cases(question, row.key, column)
            if row.values[column]:
                assert cases is not None
                assert cases.count() == row.values[column], (row.key, column)
    assert report.cases(question, "*", "name") is None
    strange = report.cases(question, "';--", next(iter(report.behind), "name"))
    assert strange is None or not strange.exists()


# --- one number for every door ---------------------------------------------------------------------------------------


def raw(text: str) -> float | str | None:
    """A cell of CSV or XLSX as a value."""
    try:
        return float(text)
    except ValueError:
        return text or None


@pytest.fixture
def december(db: None) -> Any:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.mark.parametrize("code", sorted(REPORTS))
def test_page_files_and_api_agree_on_every_number(
    code: str, month: dict[str, Case], manager: User, december: None
) -> None:
    assert pdf.available()
    client = Client()
    client.force_login(manager)
    columns = "&".join(f"columns={c.name}" for c in REPORTS[code].columns)
    query = f"?period=month&day=2026-11-04&{columns}"
    page = client.get(reverse("desk_report", args=[code]) + query).content.decode()
    address = f"/api/v1/reports/{code}"
    said = client.get(address, {"period": "month", "day": "2026-11-04"})
    check_against_schema("get", address, said)
    told = said.json()
    lines = [*told["rows"], *([told["total"]] if told["total"] else [])]
    names = [c["name"] for c in told["columns"]]
    expected = [[line["values"][name] for name in names] for line in lines]
    numbers = [v for row in expected for v in row if isinstance(v, (int, float))]
    assert numbers

    assert [float(v) for v in re.findall(r'<data value="([^"]*)">', page)] == numbers

    def file(suffix: str) -> bytes:
        response: Any = client.get(reverse("desk_report_file", args=[code, suffix]) + query)
        assert response.status_code == 200
        return b"".join(response.streaming_content) if response.streaming else response.content

    listed = list(csv.reader(io.StringIO(file("csv").decode("utf-8-sig"))))
    assert [[raw(cell) for cell in row] for row in listed[1:]] == expected
    sheet = openpyxl.load_workbook(io.BytesIO(file("xlsx"))).worksheets[0]
    rows = list(sheet.iter_rows(min_row=7, values_only=True))
    assert [list(row) for row in rows] == expected
    table = make_table(REPORTS[code], ask(manager))
    written = [text for row in table.lines for text in shown.cells(table, row)]
    assert file("pdf").startswith(b"%PDF-")
    paper = words_on(pdf.document(table))
    assert [text for text in written if text.replace(" ", "") not in paper] == []


def words_on(document: Any) -> str:
    """Every text of the laid-out pages, without blanks: a cell may be broken over lines."""
    texts = []
    for page in document.pages:
        for box in page._page_box.descendants():
            text = getattr(box, "text", None)
            texts += [text] if isinstance(text, str) else []
    return re.sub(r"\s", "", "".join(texts))


def test_no_cell_becomes_a_formula(month: dict[str, Case], manager: User) -> None:
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("//x")']
    table = make_table(REPORTS["units"], ask(manager))
    table = replace(
        table, rows=[Row(text, {**table.rows[0].values, "name": text}) for text in evil], made_by="=cmd"
    )
    rows = list(csv.reader(io.StringIO("".join(files.write(table)).removeprefix("\ufeff"), newline="")))
    assert [row[0] for row in rows[1 : len(evil) + 1]] == [safe_cell(text) for text in evil]
    assert all(row[0].startswith("'") for row in rows[1 : len(evil) + 1])
    book = openpyxl.load_workbook(io.BytesIO(files.xlsx(table)))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert [sheet_row[0].value for sheet_row in book.worksheets[0].iter_rows(min_row=7)][:2] == evil[:2]
    assert "&lt;b&gt;" in pdf.html(replace(table, title="<b>x</b>"))


def test_values_are_written_as_the_reader_writes() -> None:
    cases: list[tuple[Any, Type, str, str]] = [
        (None, Type.SHARE, "–", "–"),
        (0.92345, Type.SHARE, "92,3 %", "92.3 %"),
        (1234567, Type.COUNT, "1.234.567", "1,234,567"),
        (1234.5, Type.HOURS, "1.234,5", "1,234.5"),
        (-0.051, Type.POINTS, "−5,1", "−5.1"),
        (0.2, Type.POINTS, "+20,0", "+20.0"),
    ]
    for value, kind, vietnamese, english in cases:
        assert (shown.shown(value, kind, "vi"), shown.shown(value, kind, "en")) == (vietnamese, english)


def test_without_pango_everything_else_goes_on(
    month: dict[str, Case], manager: User, december: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "weasyprint", lambda: None)
    client = Client()
    client.force_login(manager)
    page = client.get(reverse("desk_report", args=["units"])).content.decode()
    assert "tep/pdf/" not in page
    assert "tep/xlsx/" in page
    assert "Pango" in page
    assert client.get(reverse("desk_report_file", args=["units", "pdf"])).status_code == 503


# --- people ----------------------------------------------------------------------------------------------------------


def test_small_numbers_say_nothing_about_a_person(
    month: dict[str, Case], manager: User, handler: User
) -> None:
    row = next(r for r in make_table(REPORTS["handlers"], ask(manager)).rows if r.key == str(handler.pk))
    assert row.values["answers"] == 3
    assert [row.values[name] for name in ("rate", "expected", "difference", "satisfied")] == [None] * 4


def test_fair_to_whoever_takes_the_difficult_ones() -> None:
    """Late as often as everybody with letters of that kind: no difference, whatever the plain rate is."""
    hard, easy = (True, False), (False, False)

    def work(
        author: int, like: tuple[bool, bool], met: int, missed: int, short: bool = False
    ) -> handlers.Work:
        marks = [True] * met + [False] * missed
        return handlers.Work([Piece(n, author, 1.0, like, mark, short, None) for n, mark in enumerate(marks)])

    brave, other, fresh = work(1, hard, 6, 6), work(2, easy, 20, 0), work(3, easy, 0, 12, short=True)
    rates = handlers._rates([brave, other, fresh])
    assert rates[hard] == 0.5
    assert rates[easy] == 1.0
    assert fresh.judged == []


def test_weight_leave_and_late_hand_over(
    send: Send, handler: User, leader: User, manager: User, triage_officer: User
) -> None:
    heavy, late = send().case, send().case
    for case in (heavy, late):
        if case.handler != handler:
            actions.assign(case, handler=handler, by=triage_officer, at=WEDNESDAY)
    answer(heavy, handler, leader, later(days=2))
    Case.objects.filter(pk=heavy.pk).update(kind="KHIEU_NAI")
    colleague = hire("can-bo-moi", "Chuyên viên mới", ("STP.HCTP", "handler"))
    actions.accept(late, by=handler, at=later(hours=1))
    at = late.due_at.astimezone(HANOI) - timedelta(hours=2)
    actions.assign(late, handler=colleague, by=triage_officer, at=at)
    answer(late, colleague, leader, at + timedelta(minutes=10))
    Absence.objects.create(user=colleague, first_day=date(2026, 11, 7), last_day=date(2026, 11, 10))
    rows = {r.key: r.values for r in make_table(REPORTS["handlers"], ask(manager)).rows}
    mine, theirs = rows[str(handler.pk)], rows[str(colleague.pk)]
    assert (mine["weighed"], mine["short"], mine["leave"]) == (3.0, 0, 0)
    assert (theirs["weighed"], theirs["short"], theirs["leave"]) == (1.0, 1, 2)  # a weekend is no leave
    assert mine["present"] == theirs["present"] + 2  # type: ignore[operator]  # both are counts


# --- how much the database is asked ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(REPORTS))
def test_as_many_queries_for_sixty_letters_as_for_six(
    code: str, month: dict[str, Case], send: Send, manager: User, december: None
) -> None:
    client = Client()
    client.force_login(manager)
    url = reverse("desk_report", args=[code]) + "?period=month&day=2026-11-04"
    client.get(url)
    counts = []
    for more in (0, 54):
        for n in range(more):
            send(at=later(minutes=n))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 13, [q["sql"][:100] for q in asked]


def test_a_column_says_what_it_means() -> None:
    for report in REPORTS.values():
        names = [column.name for column in report.columns]
        assert len(names) == len(set(names))
        assert all(str(column.label) and str(column.meaning) for column in report.columns)
        assert report.columns[0].type == Type.TEXT
        assert {*report.behind, *(name for name, _tone in report.bars)} <= set(names)
        assert all(isinstance(column, Column) for column in report.columns)


def test_a_table_survives_being_kept(month: dict[str, Case], manager: User) -> None:
    table: Table = make_table(REPORTS["units"], ask(manager))
    assert table_from(json.loads(json.dumps(table.as_dict()))) == table
