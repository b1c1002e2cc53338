"""The random check at the desk, the manager's page, and what the public may read of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from feedback import actions
from feedback.models import AuditSample, Case, QualityTarget, User
from feedback.models import Suggestion as Stored
from feedback.reports import quality
from feedback.web import charts
from feedback.web.public.quality import rounded
from feedback.web.public.quality import shown as public_figures
from tests.cast import WEDNESDAY, later
from tests.feedback.test_quality import MONDAY, said
from tests.feedback.test_quality import letter as counted
from tests.feedback.web.desk.conftest import Open, do

Send = Callable[..., actions.Receipt]


@pytest.fixture(autouse=True)
def everything_drawn(settings: Settings) -> None:
    settings.AUDIT_PERCENT = 100


def text_of(response: Any) -> str:
    return response.content.decode()


def test_the_officer_finds_the_letter_confirms_and_comes_to_the_next(
    assigned: Case, send: Send, triage_officer: User, desk_of: Open
) -> None:
    other = send().case
    desk = desk_of(triage_officer)
    page = desk.get(reverse("desk_queue", args=["audit"]))
    assert assigned.reference in text_of(page)
    form = desk.get(reverse("desk_act", args=[assigned.reference, "classify"]))
    assert "rút ngẫu nhiên" in text_of(form)
    labels = {"topic": assigned.topic_id, "issue": assigned.issue_id or "", "kind": assigned.kind_id}
    answer = do(desk, assigned, "classify", **labels)
    assert answer["Location"] == reverse("desk_act", args=[other.reference, "classify"])
    assert AuditSample.objects.get(case=assigned).topic_right
    left = text_of(desk.get(reverse("desk_queue", args=["audit"])))
    assert reverse("desk_case", args=[other.reference]) in left
    assert reverse("desk_case", args=[assigned.reference]) not in left


def test_after_a_correction_the_officer_stays_with_the_letter(
    assigned: Case, triage_officer: User, desk_of: Open
) -> None:
    """It may lie with the wrong unit now; the officer sends it on from there."""
    answer = do(desk_of(triage_officer), assigned, "classify", topic="CT.BS", issue="", kind=assigned.kind_id)
    assert answer["Location"] == reverse("desk_case", args=[assigned.reference])
    assert AuditSample.objects.get(case=assigned).topic_right is False


def test_others_have_no_such_list(assigned: Case, handler: User, leader: User, desk_of: Open) -> None:
    for user in (handler, leader):
        assert reverse("desk_queue", args=["audit"]) not in text_of(desk_of(user).get(reverse("desk")))


@pytest.mark.parametrize(
    ("who", "status"),
    [("manager", 200), ("auditor", 200), ("triage_officer", 403), ("handler", 403), ("leader", 403)],
)
def test_who_sees_the_page(who: str, status: int, desk_of: Open, request: pytest.FixtureRequest) -> None:
    client = desk_of(request.getfixturevalue(who))
    assert client.get(reverse("desk_quality")).status_code == status


def test_only_a_manager_sets_a_target(manager: User, auditor: User, desk_of: Open) -> None:
    wanted = {"head": "topic", "precision": "97,5", "threshold": "", "why": "Lãnh đạo Sở yêu cầu."}
    assert desk_of(auditor).post(reverse("desk_quality"), wanted).status_code == 403
    assert desk_of(manager).post(reverse("desk_quality"), wanted | {"why": ""}).status_code == 422
    assert not QualityTarget.objects.exists()
    desk = desk_of(manager)
    assert desk.post(reverse("desk_quality"), wanted).status_code == 302
    row = QualityTarget.objects.get()
    assert (row.head, row.precision, row.threshold, row.set_by) == ("topic", 0.975, None, manager)
    page = text_of(desk.get(reverse("desk_quality")))
    assert "97,5 %" in page
    assert "Lãnh đạo Sở yêu cầu." in page


def test_the_page_shows_figures_and_no_letter(
    assigned: Case, manager: User, triage_officer: User, desk_of: Open
) -> None:
    do(desk_of(triage_officer), assigned, "classify", topic="CT.BS", issue="", kind=assigned.kind_id)
    page = text_of(desk_of(manager).get(reverse("desk_quality")))
    assert "<svg" in page
    assert assigned.reference not in page
    assert assigned.text[:30] not in page
    assert "style=" not in page


def test_as_many_queries_for_thirty_letters_as_for_three(
    send: Send, manager: User, desk_of: Open, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            send()
        cache.clear()
        desk = desk_of(manager)
        with django_assert_max_num_queries(14) as found:
            desk.get(reverse("desk_quality"))
        counts.append(len(found.captured_queries))
    assert counts[0] == counts[1]


# --- the public page


def report_of(alone: int, to_people: int, checked: int) -> quality.Report:
    """So many letters in one week; of those that went alone, the first `checked` were in the sample and right."""
    letters = [
        counted(WEDNESDAY, said("HT.KS", right=True if n < checked else None), alone=n < alone)
        for n in range(alone + to_people)
    ]
    return quality.combined(quality.count(letters, [MONDAY]), later(days=1))


def test_nothing_below_ten_letters_is_told(office: None) -> None:
    few = public_figures(report_of(alone=195, to_people=5, checked=9))
    assert few["alone"] is None  # the five left over could be computed
    assert few["heads"][0]["share"] is None
    assert few["weeks"] == []
    assert few["letters"] == 200
    enough = public_figures(report_of(alone=190, to_people=13, checked=17))
    assert enough["alone"] == 0.94
    assert (enough["heads"][0]["share"], enough["heads"][0]["checked"]) == (100, 10)
    assert [row["letters"] for row in enough["weeks"]] == [200]
    assert enough["heads"][1]["share"] is None
    assert [rounded(n) for n in (0, 9, 10, 19, 207)] == [0, 0, 10, 10, 200]


def test_everybody_may_read_it_and_the_footer_leads_there(office: None, send: Send) -> None:
    send()
    client = Client()
    page = text_of(client.get(reverse("quality")))
    assert "Đơn được phân loại thế nào" in page
    assert "Số đơn còn quá ít" in page
    assert reverse("quality") in text_of(client.get(reverse("home")))


# --- the pictures


def test_where_points_and_bounds_stand() -> None:
    """Three weeks, the middle one unknown: two points, no line across the gap; 50 % stands at the base."""
    days = [MONDAY + timedelta(weeks=n) for n in range(3)]
    drawn = charts.trend("", days, [0.0, None, 1.0])
    assert [y for _, y in drawn.dots] == [drawn.base, charts.TOP]
    assert drawn.path == ""
    assert [text for _, text in drawn.ticks] == ["0 %", "50 %", "100 %"]
    assert [text for _, text in charts.trend("", days, [0.01, 0.02, 0.03]).ticks] == ["0 %", "10 %", "20 %"]


def test_labels_most_mixed_up_come_first() -> None:
    pairs = {("A", "A"): 50, ("B", "B"): 9, ("C", "C"): 3, ("C", "B"): 2}
    drawn = charts.confusion(pairs, {"A": "An", "B": "Bình"}, most=2)
    assert drawn.labels == [(1, "Bình"), (2, "C")]
    assert drawn.rows == [("Bình", [9, 0]), ("C", [2, 3])]
    assert [(s.number, s.right) for s in drawn.squares] == [(9, True), (2, False), (3, True)]


def test_stored_measures_are_read_back(send: Send) -> None:
    """What the engine measured of the letter stands beside its proposal."""
    data = Stored.objects.get(case=send().case).data
    assert data["words"] > 10
    assert data["accented"] is True
