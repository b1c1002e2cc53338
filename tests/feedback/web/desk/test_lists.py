"""My work by the day it must go out, numbers on the tabs, pages that follow by themselves, the next letter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback import actions
from feedback.models import Case, Membership, User
from feedback.web.desk import beside, piles
from tests.cast import BIRTH, HANOI, WEDNESDAY
from tests.feedback.web.desk.conftest import Open, at, moment

Send = Callable[..., actions.Receipt]
FRIDAY = datetime(2026, 11, 6, 10, tzinfo=HANOI)


def due(case: Case, when: datetime) -> Case:
    Case.objects.filter(pk=case.pk).update(due_at=when)
    return case


@pytest.fixture
def week(send: Send, handler: User) -> dict[str, Case]:
    """One letter in each pile, on the cast's Wednesday."""
    days = {"overdue": -1, "today": 0, "next": 1, "week": 2, "later": 12}
    found = {}
    for number, (pile, days_ahead) in enumerate(days.items()):
        case = send(f"{BIRTH} Đơn {number}.").case
        found[pile] = due(case, WEDNESDAY.replace(hour=17) + timedelta(days=days_ahead))
    case = send(f"{BIRTH} Đơn đang chờ.").case
    actions.accept(case, by=handler, at=WEDNESDAY)
    actions.ask_citizen(case, question="Xin cho biết số hồ sơ.", by=handler, at=WEDNESDAY)
    found["stopped"] = due(case, WEDNESDAY - timedelta(days=3))
    return found


def test_my_work_by_the_day_it_must_go_out(week: dict[str, Case], handler: User, desk_of: Open) -> None:
    page = desk_of(handler).get("/can-bo/")
    groups = page.context["groups"]
    assert [group.pile for group in groups] == list(piles.PILES)
    assert [[row.reference for row in group.rows] for group in groups] == [
        [week[pile].reference] for pile in piles.PILES
    ]
    assert [group.number for group in groups] == [1] * 6
    assert {pile["pile"]: pile["number"] for pile in page.context["piles"]} == dict.fromkeys(piles.PILES, 1)
    text = page.content.decode()
    assert "Ngày mai, 05/11" in text
    assert "phút làm việc" in text  # what must go out today says how much working time is left


@pytest.mark.parametrize("pile", piles.PILES)
def test_each_figure_leads_to_its_letters(
    week: dict[str, Case], handler: User, desk_of: Open, pile: str
) -> None:
    client = desk_of(handler)
    url = next(p["url"] for p in client.get("/can-bo/").context["piles"] if p["pile"] == pile)
    assert [row.reference for row in client.get(url).context["rows"]] == [week[pile].reference]


def test_today_is_always_answered(handler: User, assigned: Case, desk_of: Open) -> None:
    shown = desk_of(handler).get("/can-bo/viec/mine/").context["piles"]
    assert {p["pile"]: p["number"] for p in shown}["today"] == 0


def test_on_a_friday_the_next_day_is_monday(office: None) -> None:
    days = piles.days(FRIDAY)
    assert days.label("next") == "Ngày làm việc tiếp theo, 09/11"
    monday = datetime(2026, 11, 9, 17, tzinfo=HANOI)
    assert days.pile(monday) == "next"
    assert days.pile(monday + timedelta(days=1)) == "later"  # this week is over
    assert days.pile(FRIDAY) == "today"
    assert days.pile(FRIDAY - timedelta(seconds=1)) == "overdue"


def test_an_urgent_letter_stands_above_the_piles(week: dict[str, Case], handler: User, desk_of: Open) -> None:
    Case.objects.filter(pk=week["later"].pk).update(urgent=True)
    groups = desk_of(handler).get("/can-bo/").context["groups"]
    assert (groups[0].pile, groups[0].rows[0].reference) == ("urgent", week["later"].reference)
    assert [row.reference for group in groups for row in group.rows].count(week["later"].reference) == 1


# --- Numbers on the tabs
def test_the_tabs_say_how_many(week: dict[str, Case], handler: User, desk_of: Open) -> None:
    tabs = {
        tab["url"]: tab["count"] for tab in desk_of(handler).get("/can-bo/viec/unit_all/").context["tabs"]
    }
    assert tabs["/can-bo/viec/mine/"] == "6"
    assert tabs["/can-bo/viec/unit/"] is None
    assert tabs["/can-bo/viec/all/"] is None


def test_a_number_is_bounded() -> None:
    found = beside.Beside(tabs={"a": 99, "b": 100, "c": 0})
    assert [found.shown(code) for code in "abcd"] == ["99", "99+", None, None]


def test_nobody_is_told_the_number_of_what_they_may_not_see(
    week: dict[str, Case], stranger: User, subject_officer: User, desk_of: Open
) -> None:
    Case.objects.update(subject_officer=subject_officer)
    for user in (stranger, subject_officer):
        page = desk_of(user).get("/can-bo/viec/unit_all/")
        assert [tab["count"] for tab in page.context["tabs"]] == [None] * len(page.context["tabs"])


# --- Pages that follow by themselves
@pytest.fixture
def sixty(send: Send, handler: User) -> list[Case]:
    Membership.objects.update(capacity=1000)
    cases = [send(f"{BIRTH} Lần {n}.").case for n in range(60)]
    for number, case in enumerate(cases):
        due(case, WEDNESDAY + timedelta(days=10, minutes=number))
    return cases


def test_the_next_page_is_rows_only(sixty: list[Case], handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    first = client.get("/can-bo/viec/mine/?state=later")
    assert f'hx-get="{first.context["next_url"].replace("&", "&amp;")}&amp;part=1"' in first.content.decode()
    part = client.get(f"/can-bo/viec/mine/{first.context['next_url']}&part=1")
    text = part.content.decode()
    assert text.lstrip().startswith("<tbody")
    assert "<html" not in text
    assert "queue__pile" not in text  # the pile goes on; its heading is on the screen already
    assert [text.count(f'id="row-{case.reference}"') for case in sixty[50:]] == [1] * 10
    assert "state=later" in part.context["here"]
    assert "part=" not in part.context["here"]
    alone = client.get(f"/can-bo/viec/mine/{first.context['next_url']}")
    assert alone.context["groups"][0].label  # on a page of its own the heading stands again
    assert "part=" not in alone.context["previous_url"]


def test_a_row_says_which_letter_it_is(assigned: Case, handler: User, desk_of: Open) -> None:
    text = desk_of(handler).get("/can-bo/").content.decode()
    assert f'id="row-{assigned.reference}"' in text
    assert f'data-case="{assigned.pk}" data-version="{assigned.version}"' in text


def test_six_queries_and_four_for_what_follows(
    sixty: list[Case], handler: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    client = desk_of(handler)
    first = client.get("/can-bo/viec/mine/")
    with django_assert_max_num_queries(6):
        client.get("/can-bo/viec/mine/")
    with django_assert_max_num_queries(4):
        client.get(f"/can-bo/viec/mine/{first.context['next_url']}&part=1")
    Case.objects.filter(pk=sixty[3].pk).update(urgent=True)
    with django_assert_max_num_queries(7):
        client.get("/can-bo/viec/mine/")


# --- The next letter
def test_the_next_letter_is_the_one_that_follows(sixty: list[Case], handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    rows = client.get("/can-bo/viec/mine/").context["rows"]
    answer = client.get(f"/can-bo/viec/mine/tiep/?after={rows[4].position}")
    assert answer["Location"].split("#")[0] == at(sixty[5])
    assert answer["Location"].endswith(f"#at={rows[5].position}")
    # Accepting moves the date; the letters that stood below on the screen still follow.
    among = ",".join(case.reference for case in sixty[5:8])
    actions.accept(sixty[4], by=handler, at=moment())
    answer = client.get(f"/can-bo/viec/mine/tiep/?among={among}&after={rows[7].position}")
    assert answer["Location"].split("#")[0] == at(sixty[5])


def test_what_left_the_list_is_passed_over(
    sixty: list[Case], handler: User, colleague: User, desk_of: Open
) -> None:
    Case.objects.filter(pk__in=[sixty[1].pk, sixty[2].pk]).update(handler=colleague)
    client = desk_of(handler)
    answer = client.get(
        f"/can-bo/viec/mine/tiep/?among={sixty[1].reference},{sixty[2].reference},{sixty[3].reference}"
    )
    assert answer["Location"].split("#")[0] == at(sixty[3])


def test_at_the_end_the_list_says_so(assigned: Case, handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    position = client.get("/can-bo/viec/mine/").context["rows"][0].position
    answer = client.get(f"/can-bo/viec/mine/tiep/?state=open&after={position}")
    assert answer["Location"] == "/can-bo/viec/mine/?state=open"
    assert "đơn cuối" in client.get(answer["Location"]).content.decode()


def test_the_next_letter_is_never_one_of_somebody_else(assigned: Case, stranger: User, desk_of: Open) -> None:
    answer = desk_of(stranger).get(f"/can-bo/viec/mine/tiep/?among={assigned.reference}&after=abc")
    assert assigned.reference not in answer["Location"]


def test_the_next_letter_takes_few_queries(sixty: list[Case], handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    among = ",".join(case.reference for case in sixty[:30])
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/can-bo/viec/mine/tiep/?among={among}")
    assert len(asked) <= 5, [q["sql"][:90] for q in asked]


# --- Keys
def test_the_keys_are_a_page_and_a_piece_of_one(handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    page, part = client.get("/can-bo/phim-tat/"), client.get("/can-bo/phim-tat/?part=1")
    assert "<kbd>j</kbd>" in page.content.decode()
    assert "<html" not in part.content.decode()
    assert 'method="dialog"' in part.content.decode()
    assert "js/keys.js" in page.content.decode()
