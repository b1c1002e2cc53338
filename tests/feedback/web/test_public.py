"""Pages for everybody: start, published answers, calculator, error pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback import actions
from feedback.errors import NotAllowed, TooManyRequests, UnknownCode, WrongDate
from feedback.models import Case, Publication, User
from feedback.web import errors as pages
from feedback.web.public import published
from tests.cast import WEDNESDAY
from tests.feedback.web.walk import said

pytestmark = pytest.mark.django_db
Send = Callable[..., actions.Receipt]


@pytest.fixture
def publish(send: Send, handler: User, leader: User, manager: User) -> Callable[..., Publication]:
    """Walk one letter to a published answer."""

    def _publish(title: str = "Trả kết quả đăng ký khai sinh chậm", hours: int = 0) -> Publication:
        case, at = send().case, WEDNESDAY + timedelta(hours=hours)
        if case.handler_id != handler.pk:
            actions.take(case, by=handler, at=at)
        actions.accept(case, by=handler, at=at)
        actions.submit_reply(case, body=f"Kính gửi ông/bà về việc: {title}.", by=handler, at=at)
        actions.approve_reply(case, by=leader, at=at + timedelta(days=2))
        actions.prepare_publication(
            case, title=title, question_spans=[], answer_spans=[], include_question=True, by=handler, at=at
        )
        return actions.publish(case, by=manager, at=at)

    return _publish


def copies(original: Publication, number: int) -> None:
    """Many published answers, for pages and measures; every second pair shares its moment."""
    case = original.case
    receipts = [
        actions.submit(actions.Letter(text=case.text), by=actions.CITIZEN, at=WEDNESDAY)
        for _ in range(number)
    ]
    fields = {f.attname: getattr(original, f.attname) for f in Publication._meta.concrete_fields}
    rows = []
    for n, receipt in enumerate(receipts):
        moment = WEDNESDAY + timedelta(minutes=n // 2)
        fields |= {"id": None, "case_id": receipt.case.pk, "title": f"Trả lời số {n}", "published_at": moment}
        rows.append(Publication(**fields))
    Publication.objects.bulk_create(rows)


def test_the_start_page_within_its_queries(publish: Callable[..., Publication], client: Client) -> None:
    publish()
    client.get("/")
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/")
    assert response.status_code == 200
    assert len(queries) <= 6
    assert "khai sinh chậm" in said(response)
    assert response.context["figures"] == {"published": 1, "letters": 1, "days": 2}


def test_search_knows_no_accents(publish: Callable[..., Publication], client: Client) -> None:
    publish()
    for words in ("khai sinh", "KHAI SINH", "đăng ký", "dang ky"):
        assert len(client.get("/cong-khai/", {"q": words}).context["rows"]) == 1
    assert client.get("/cong-khai/", {"q": "thi hành án"}).context["rows"] == []


def test_filters_stand_in_the_address(publish: Callable[..., Publication], client: Client) -> None:
    row = publish()
    hits: list[dict[str, str]] = [
        {"topic": str(row.topic_id)},
        {"topic": "HT"},  # the field above its own
        {"unit": str(row.unit_id)},
        {"start": "2026-11-01", "end": "30/11/2026"},
    ]
    for query in hits:
        assert len(client.get("/cong-khai/", query).context["rows"]) == 1, query
    assert client.get("/cong-khai/", {"end": "2026-11-01"}).context["rows"] == []


@pytest.mark.parametrize(
    ("query", "field", "error"),
    [
        ({"topic": "KHONG.CO"}, "topic", UnknownCode(value="KHONG.CO")),
        ({"unit": "'; DROP"}, "unit", UnknownCode(value="'; DROP")),
        ({"start": "31/02/2026"}, "start", WrongDate()),
        ({"end": "hôm qua"}, "end", WrongDate()),
    ],
)
def test_a_filter_not_understood_is_said_and_left_out(
    publish: Callable[..., Publication], client: Client, query: dict[str, str], field: str, error: UnknownCode
) -> None:
    publish()
    response = client.get("/cong-khai/", query)
    assert response.status_code == 422
    assert response.context["form"].errors[field] == [error.sentence("vi")]
    assert f'href="#id_{field}"' in said(response)
    assert len(response.context["rows"]) == 1


def test_pages_by_keyset_miss_and_repeat_nothing(publish: Callable[..., Publication], client: Client) -> None:
    copies(publish("Bản gốc", hours=24), 2 * published.PAGE + 3)
    there, address = [], "/cong-khai/?q=ban+goc"
    while address:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
        assert len(queries) <= 6
        assert not any("COUNT(" in q["sql"] for q in queries)
        there.append([row["url"] for row in response.context["rows"]])
        last, address = address, response.context["next_url"]
    flat = [url for page in there for url in page]
    assert len(flat) == len(set(flat)) == 2 * published.PAGE + 4
    back = [client.get(last).context["previous_url"]]
    while back[-1]:
        back.append(client.get(back[-1]).context["previous_url"])
    assert [row["url"] for row in client.get(back[-2]).context["rows"]] == there[0]


@pytest.mark.parametrize("cursor", ["x", "1-", "-1-1", "9" * 40 + "-1", "1-" + "9" * 18])
def test_a_broken_cursor_is_no_error(
    publish: Callable[..., Publication], client: Client, cursor: str
) -> None:
    publish()
    assert client.get("/cong-khai/", {"before": cursor}).status_code == 200
    assert client.get("/cong-khai/", {"after": cursor}).status_code == 200


def test_one_answer_and_its_neighbours(publish: Callable[..., Publication], client: Client) -> None:
    row = publish()
    copies(row, 6)
    response = client.get(reverse("answer", args=[row.pk]))
    assert row.answer in said(response)
    assert row.question in said(response)
    assert len(response.context["related"]) == published.RELATED
    assert row.case.reference not in said(response)  # the public page does not lead back to the letter


def test_what_is_not_published_is_not_found_and_what_was_is_gone(
    publish: Callable[..., Publication], client: Client, manager: User
) -> None:
    row = publish()
    address = reverse("answer", args=[row.pk])
    actions.withdraw_publication(
        row.case, reason="Quy định đã đổi.", by=manager, at=WEDNESDAY + timedelta(days=1)
    )
    gone = client.get(address)
    assert gone.status_code == 410
    assert "Quy định đã đổi." in said(gone)
    assert row.answer not in said(gone)
    Publication.objects.filter(pk=row.pk).update(state="prepared")
    assert client.get(address).status_code == 404
    assert client.get(reverse("answer", args=[10**18])).status_code == 404
    assert client.get("/cong-khai/").context["rows"] == []


# --- Calculator ----------------------------------------------------------------------------------------------------
def test_the_calculator_agrees_with_a_real_letter(send: Send, client: Client) -> None:
    case = send().case
    asked = {"kind": str(case.kind_id), "day": "04/11/2026", "hour": "09:00"}
    response = client.get("/thoi-han/", asked)
    assert response.status_code == 200
    assert response.context["clocks"][0]["view"].due_at == case.due_at
    assert "red_line" not in [clock["view"].name for clock in response.context["clocks"]]
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"kind": "KHONG", "day": "2026-11-04"}, "kind"),
        ({"kind": "PHAN_ANH", "day": ""}, "day"),
        ({"kind": "PHAN_ANH", "day": "2026-13-01"}, "day"),
        ({"kind": "PHAN_ANH", "day": "1900-01-01"}, "day"),
        ({"kind": "PHAN_ANH", "day": "9999-12-31"}, "day"),
        ({"kind": "PHAN_ANH", "day": "2026-11-04", "hour": "25:00"}, "hour"),
        ({"kind": "PHAN_ANH", "day": "2026-11-04", "hour": "sáng"}, "hour"),
    ],
)
def test_the_calculator_explains_what_it_cannot_compute(
    office: None, client: Client, query: dict[str, str], field: str
) -> None:
    response = client.get("/thoi-han/", query)
    assert response.status_code == 422
    assert f'href="#id_{field}"' in said(response)


def test_every_kind_can_be_computed(office: None, client: Client) -> None:
    kinds = dict(client.get("/thoi-han/").context["form"].fields["kind"].widget.choices)
    assert len(kinds) >= 6
    for kind in kinds:
        assert client.get("/thoi-han/", {"kind": kind, "day": "2026-11-04"}).context["clocks"], kind


# --- Other pages -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["vi", "en"])
def test_still_pages(office: None, client: Client, language: str) -> None:
    client.cookies["django_language"] = language
    for name in ("home", "published", "calculator", "accessibility", "lookup", "submit"):
        assert client.get(reverse(name)).status_code == 200, name


def test_the_demo_page_exists_only_in_a_demonstration(
    office: None, client: Client, settings: pytest.FixtureRequest, tmp_path: object, handler: User
) -> None:
    assert client.get("/thu-nghiem/").status_code == 404
    path = tmp_path / "demo-accounts.txt"  # type: ignore[operator]  # pytest's Path
    path.write_text(f"# accounts\n{handler.username}  mat-khau-demo  Ai đó\n")
    settings.DEMO, settings.DEMO_ACCOUNTS = True, path  # type: ignore[attr-defined]  # pytest-django's settings
    text = said(client.get("/thu-nghiem/"))
    assert "mat-khau-demo" in text
    assert str(handler) in text
    assert reverse("try") in said(client.get("/"))


def test_not_found_is_a_page(office: None, client: Client) -> None:
    response = client.get("/khong-co-trang-nay/")
    assert response.status_code == 404
    assert "<h1>" in said(response)


def test_refusals_become_pages(rf: object, office: None) -> None:
    request = rf.get("/")  # type: ignore[attr-defined]  # pytest-django's request factory
    refused = pages.error_page(request, NotAllowed())
    assert refused.status_code == 403
    assert NotAllowed().sentence("vi") in refused.content.decode()
    busy = pages.error_page(request, TooManyRequests(wait=7))
    assert (busy.status_code, busy["Retry-After"]) == (429, "7")
    broken = pages.server_error(request)
    assert broken.status_code == 500
    assert "<h1>" in broken.content.decode()


def test_an_old_page_shows_what_was_typed_but_no_secrets(office: None) -> None:
    client = Client(enforce_csrf_checks=True)
    typed = {"reference": "Một câu dài hơn hai mươi chữ cái", "code": "0000-0000-0000-0000-0000"}
    response = client.post("/tra-cuu/", typed)
    assert response.status_code == 403
    assert typed["reference"] in said(response)
    assert typed["code"] not in said(response)
