"""The pages round the reply: who may open them, what they save, and how often they ask the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from feedback import actions
from feedback.models import Case, Publication, User
from feedback.privacy import redact
from feedback.web.desk.publication import _exact
from feedback.web.desk.reply import fill_in, gaps_of
from tests.cast import BIRTH, hire
from tests.feedback.web.desk.conftest import Open, at, do, moment

Send = Callable[..., actions.Receipt]
ASKING = f"{BIRTH} Bao giờ cháu có giấy?"


@pytest.fixture
def writing(assigned: Case, handler: User) -> Case:
    return actions.accept(assigned, by=handler, at=moment())


@pytest.fixture
def asked(send: Send, handler: User, leader: User) -> Case:
    case = send(ASKING).case
    if case.handler != handler:
        actions.assign(case, handler=handler, by=leader, at=moment())
    return actions.accept(case, by=handler, at=moment())


def address(name: str, case: Case, *more: object) -> str:
    return reverse(name, args=[case.reference, *more])


def autosave(client: Client, case: Case, body: str, **fields: Any) -> Any:
    return client.post(address("desk_draft_save", case), {"body": body, **fields})


# --- Autosave
def test_autosave_answers_with_the_next_mark(writing: Case, handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    told = autosave(client, writing, "Kính gửi", mark="0.0", window="a").json()
    assert told == {"mark": "1.1", "saved": "09:30"}
    assert autosave(client, writing, "Kính gửi ông", mark=told["mark"], window="a").json()["mark"] == "1.2"
    page = client.get(at(writing, "draft_reply"))
    assert page.context["form"].initial["body"] == "Kính gửi ông"
    assert page.context["mark"] == "1.2"


def test_autosave_of_an_old_page_tells_where_both_texts_are(
    writing: Case, handler: User, desk_of: Open
) -> None:
    client = desk_of(handler)
    autosave(client, writing, "Một", mark="0.0", window="a")
    refused = autosave(client, writing, "Hai", mark="0.0", window="b")
    assert refused.status_code == 409
    assert refused.json()["url"] == address("desk_drafts", writing)
    page = client.get(refused.json()["url"]).content.decode()
    assert "Hai" in page


def test_autosave_keeps_ticks_and_waits_for_a_reason(asked: Case, handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    key = actions.checklist(asked)[0].key
    autosave(client, asked, "Ngày 12.", question=key, answered=key, mark="0.0", window="a")
    assert actions.checklist(asked)[0].state == "answered"
    told = autosave(client, asked, "Ngày 12!", question=key, struck=key, mark="1.1", window="a").json()
    assert told["mark"] == "1.2"
    assert "lý do" in told["sentence"]


def test_autosave_is_for_the_writer_with_a_token(
    writing: Case, handler: User, leader: User, stranger: User, desk_of: Open
) -> None:
    assert autosave(desk_of(leader), writing, "Của lãnh đạo").status_code == 403
    assert autosave(desk_of(stranger), writing, "Của người lạ").status_code == 404
    assert autosave(Client(), writing, "Của ai").status_code == 302
    assert desk_of(handler).get(address("desk_draft_save", writing)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(handler)
    assert autosave(strict, writing, "Không có dấu").status_code == 403
    assert not writing.replies.exists()
    assert autosave(desk_of(handler), writing, " ").status_code == 400


def test_autosave_within_its_queries(
    asked: Case, handler: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    client, key = desk_of(handler), actions.checklist(asked)[0].key
    autosave(client, asked, "Một", mark="0.0", window="a", question=key)
    with django_assert_max_num_queries(20):
        autosave(client, asked, "Một hai", mark="1.1", window="a", question=key)


# --- The editor
def test_handing_in_an_old_page_shows_both_and_loses_nothing(
    writing: Case, handler: User, desk_of: Open
) -> None:
    client = desk_of(handler)
    autosave(client, writing, "Bản một", mark="0.0", window="a")
    for act in ("draft_reply", "submit_reply"):
        page = do(
            client, writing, "draft_reply", body="Bản hai", act=act, mark="0.0", window="b", question="main"
        )
        assert page.status_code == 409
        text = page.content.decode()
        assert "Bản một" in text
        assert "Bản hai" in text
        assert '<input type="hidden" name="question" value="main">' in text
    assert writing.status == "processing"
    mark = page.context["mark"]
    assert do(client, writing, "draft_reply", body="Bản hai", act="draft_reply", mark=mark).status_code == 302
    assert {"Bản một"} <= {v.body for v in actions.draft_versions(writing)}


def test_an_unticked_question_keeps_words_and_ticks(asked: Case, handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    actions.settle_questions(asked, ticks=(), by=handler, at=moment(), added=["Có mất phí?"])
    first, second = (item.key for item in actions.checklist(asked))
    sent = {"question": [first, second], "answered": [first], "mark": "0.0", "window": "a"}
    page = do(client, asked, "draft_reply", body="Ngày 12.", act="submit_reply", **sent)
    assert page.status_code == 422
    assert "1 câu hỏi" in page.content.decode()
    assert asked.replies.get().body == "Ngày 12."
    assert [item.state for item in actions.checklist(asked)] == ["answered", "open"]
    sent |= {"answered": [first, second]}
    assert do(client, asked, "draft_reply", body="Ngày 12.", act="submit_reply", **sent).status_code == 302
    assert asked.status == "pending_approval"


def test_a_question_is_added_or_struck_out(asked: Case, handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    key = actions.checklist(asked)[0].key
    page = do(
        client, asked, "draft_reply", body="Đang viết", act="add_question", new_question="Phí <b>nào</b>?"
    )
    assert "Phí &lt;b&gt;nào&lt;/b&gt;?" in page.content.decode()
    assert page.context["form"].initial["body"] == "Đang viết"
    sent = {"question": key, "struck": key, "act": "draft_reply", "body": "Đang viết"}
    assert do(client, asked, "draft_reply", **sent).status_code == 422
    assert do(client, asked, "draft_reply", **sent, **{f"why-{key}": "Đã hỏi ở trên."}).status_code == 302
    assert [item.state for item in actions.checklist(asked)] == ["struck", "open"]


def test_blanks_of_a_template_are_fields(writing: Case, handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    page = client.get(at(writing, "draft_reply") + "?template=XIN_LOI_CHAM")
    gaps = page.context["gaps"]
    assert [gap.name for gap in gaps] == [f"gap-{n}" for n in range(len(gaps))]
    body, named = page.context["form"].initial["body"], gaps[-1]
    fields = {f"{named.name}-of": named.words, named.name: "ngày 12/12/2026"}
    filled = do(client, writing, "draft_reply", body=body, act="fill", **fields)
    text = filled.context["form"].initial["body"]
    assert named.words not in text
    assert "ngày 12/12/2026" in text
    assert len(filled.context["gaps"]) == len(gaps) - 1
    assert not writing.replies.exists()


def test_only_blanks_are_filled_in(rf: Any) -> None:
    body = "Ngày [ngày] và [ngày] tại [nơi]."
    assert [gap.label for gap in gaps_of(body)] == ["Ngày", "Nơi"]
    post = {
        "gap-0-of": "[ngày]",
        "gap-0": "12/12",
        "gap-1-of": "[nơi]",
        "gap-1": " ",
        "gap-2-of": "Ngày",
        "gap-2": "x",
    }
    assert fill_in(body, rf.post("/", post).POST) == "Ngày 12/12 và 12/12 tại [nơi]."


def test_the_editor_within_its_queries(
    asked: Case, handler: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    client = desk_of(handler)
    for number in range(5):
        actions.keep_draft(
            asked, body=f"Bản {number} " + "x" * (1500 - 250 * number), by=handler, at=moment()
        )
    with django_assert_max_num_queries(18):
        assert client.get(at(asked, "draft_reply")).status_code == 200


# --- Earlier states
def test_an_earlier_state_is_compared_and_brought_back(
    writing: Case, handler: User, leader: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    client = desk_of(handler)
    for body in ("Một hai ba " + "x" * 300, "Một bốn"):
        actions.keep_draft(writing, body=body, by=handler, at=moment())
    version = actions.draft_versions(writing)[0]
    url = address("desk_draft_version", writing, version.pk)
    with django_assert_max_num_queries(12):
        page = client.get(url)
    assert ("ins", "bốn") in page.context["changes"]
    assert desk_of(leader).post(url, {"mark": page.context["mark"]}).status_code == 403
    assert client.post(url, {"mark": "1.1"}).status_code == 409
    assert client.post(url, {"mark": page.context["mark"]}).status_code == 302
    assert writing.replies.get().body == version.body
    with django_assert_max_num_queries(12):
        assert client.get(address("desk_drafts", writing)).status_code == 200


def test_drafts_of_a_letter_one_may_not_see(
    writing: Case, handler: User, stranger: User, manager: User, desk_of: Open
) -> None:
    actions.keep_draft(writing, body="Một " + "x" * 300, by=handler, at=moment())
    actions.keep_draft(writing, body="Hai", by=handler, at=moment())
    version = actions.draft_versions(writing)[0]
    urls = [
        address("desk_drafts", writing),
        address("desk_draft_version", writing, version.pk),
        address("desk_more", writing),
    ]
    for url in urls:
        assert desk_of(stranger).get(url).status_code == 404
        assert desk_of(handler).get(url).status_code == 200
    actions.seal(writing, reason="Nghi là tố cáo.", by=manager, at=moment())
    for url in urls:
        assert desk_of(manager).get(url).status_code == 404
    other = hire("can-bo-9", "Chuyên viên 9", ("STP.HCTP", "handler"))
    assert desk_of(other).get(urls[1]).status_code == 404


def test_a_version_of_another_letter_is_not_found(
    writing: Case, asked: Case, handler: User, desk_of: Open
) -> None:
    for case in (writing, asked):
        actions.keep_draft(case, body="Một " + "x" * 300, by=handler, at=moment())
        actions.keep_draft(case, body="Hai", by=handler, at=moment())
    version = actions.draft_versions(asked)[0]
    assert desk_of(handler).get(address("desk_draft_version", writing, version.pk)).status_code == 404


# --- Approval, notes, opinions
def test_the_leader_sees_every_question_and_its_tick(
    asked: Case, handler: User, leader: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    key = actions.checklist(asked)[0].key
    ticks = [actions.Tick(key, remark="Đoạn thứ hai")]
    actions.submit_reply(asked, body="Ngày 12.", by=handler, at=moment(), ticks=ticks)
    client = desk_of(leader)
    with django_assert_max_num_queries(14):
        page = client.get(at(asked, "approve_reply")).content.decode()
    assert "Bao giờ cháu có giấy?" in page
    assert "Đoạn thứ hai" in page
    assert str(handler) in page


def test_a_note_names_a_colleague(
    writing: Case, handler: User, colleague: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    client = desk_of(handler)
    with django_assert_max_num_queries(12):
        page = client.get(at(writing, "note"))
    assert f"@{colleague.username}" in page.content.decode()
    assert do(desk_of(handler), writing, "note", text="Xin @nguoi-la xem").status_code == 422
    sent = do(
        desk_of(handler), writing, "note", text="Xin <i>@can-bo-2</i> xem", mentions=[str(colleague.pk)]
    )
    assert sent.status_code == 302
    shown = desk_of(colleague).get(at(writing)).content.decode()
    assert '&lt;i&gt;<mark class="mention">@can-bo-2</mark>&lt;/i&gt;' in shown
    assert "note--mine" in shown
    assert "note--mine" not in desk_of(handler).get(at(writing)).content.decode()


def test_an_opinion_has_a_clock_and_a_reminder(
    writing: Case, handler: User, stranger: User, desk_of: Open, wednesday: Any
) -> None:
    actions.coordinate(writing, units=["STP.BTTP"], question="Phí?", by=handler, at=moment())
    asked = writing.coordinations.get()
    assert f"{asked.due_at:%d/%m}" == "09/11"  # three working days after Wednesday the 4th
    client = desk_of(handler)
    (shown,) = client.get(at(writing)).context["coordinations"]
    assert shown.state == "running"
    form = client.get(shown.remind_url).context["form"]
    assert form.initial["mentions"] == [str(stranger.pk)]
    assert "09/11/2026" in form.initial["text"]
    wednesday.move_to("2026-11-11T09:00:00+07:00")
    (shown,) = desk_of(handler).get(at(writing)).context["coordinations"]
    assert shown.state == "overdue"
    assert not desk_of(stranger).get(at(writing)).context["coordinations"][0].remind_url


def test_more_shows_suggestion_and_other_letters(
    send: Send, leader: User, auditor: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    one = send(f"{BIRTH} Một.", phone="0100 000 012").case
    two = send(f"{BIRTH} Hai.", phone="0100 000 012").case
    client = desk_of(leader)
    with django_assert_max_num_queries(10):
        page = client.get(address("desk_more", one)).content.decode()
    assert two.reference in page
    assert "0100" not in page
    assert two.reference not in desk_of(auditor).get(address("desk_more", one)).content.decode()


# --- Hiding by selection
def test_the_live_preview_needs_no_title_and_publishes_nothing(
    answered: Case, handler: User, desk_of: Open
) -> None:
    body = actions.latest_reply(answered).body  # type: ignore[union-attr]  # the fixture sent one
    start = body.index("giấy khai sinh")
    spans = {"answer_span": f"{start}-{start + 14}-other"}
    page = do(desk_of(handler), answered, "prepare_publication", act="live", include_question="on", **spans)
    text = page.content.decode()
    assert page.status_code == 200
    assert "<html" not in text
    assert "[thông tin riêng]" in text
    assert "đã quá ngày hẹn" in text
    assert not Publication.objects.exists()


def test_spans_are_stored_over_the_original(answered: Case, handler: User, desk_of: Open) -> None:
    reply = actions.latest_reply(answered)
    assert reply is not None
    start = reply.body.index("giấy khai sinh")
    value = f"{start}-{start + 14}-name"
    do(
        desk_of(handler),
        answered,
        "prepare_publication",
        title="Giấy khai sinh",
        act="save",
        answer_span=value,
    )
    row = Publication.objects.get()
    (span,) = row.answer_spans
    assert (span["start"], span["end"], span["kind"], span["source"]) == (start, start + 14, "name", "staff")
    reply.refresh_from_db()
    assert "giấy khai sinh" in reply.body
    assert row.answer == redact(reply.body, actions.suggest_spans(answered)[1][:0]).replace(
        "giấy khai sinh", "[họ tên]"
    )


def test_carriage_returns_reach_the_browser() -> None:
    assert _exact("a\r\n<b>") == "a&#13;\n&lt;b&gt;"


def test_signing_out_clears_what_the_browser_kept(handler: User, desk_of: Open) -> None:
    assert desk_of(handler).post(reverse("logout"))["Clear-Site-Data"] == '"storage"'
