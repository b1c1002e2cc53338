"""Sorting, replying, publishing, entering letters, leave and the overview."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from feedback import actions
from feedback.models import Absence, Case, Identity, Publication, ReplyTemplate, User, catalogue
from feedback.reports.timeline import timeline
from feedback.web.desk.case import event_row, sorted_as
from feedback.web.desk.classify import head_lines, proposal
from feedback.web.desk.publication import occurrences
from feedback.web.desk.reply import changes, filled, templates_for
from tests.cast import BIRTH, WEDNESDAY
from tests.feedback.web.desk.conftest import Open, at, do, moment

Send = Callable[..., actions.Receipt]
FEES = "Văn phòng công chứng thu phí cao hơn niêm yết khi tôi công chứng hợp đồng. Tôi yêu cầu xem xét."


# --- Sorting
def test_triage_confirms_with_one_button(
    send: Send, handler: User, triage_officer: User, desk_of: Open
) -> None:
    case = send(FEES).case
    Case.objects.filter(pk=case.pk).update(needs_triage=True, handler=None, status="new")
    desk = desk_of(triage_officer)
    assert at(case, "classify") in desk.get("/can-bo/viec/triage/").content.decode()
    page = desk.get(at(case, "classify"))
    assert 'class="evidence evidence--topic"' in page.content.decode()
    form = page.context["form"]
    offered = {name: form[name].value() for name in ("topic", "issue", "kind")}
    assert all(offered.values())
    answer = do(desk, case, "classify", **offered, unit="STP.HCTP")
    assert answer["Location"].startswith("/can-bo/")
    assert not case.needs_triage
    assert (case.unit_id, case.handler) == ("STP.HCTP", handler)
    assert case.kind_confirmed


def head(code: str, probability: float, *, abstained: bool) -> dict[str, object]:
    """One head of a stored suggestion, resting on the first two letters of the text."""
    return {
        "guesses": [{"code": code, "probability": probability}],
        "abstained": abstained,
        "evidence": [{"word": "on", "start": 0, "end": 2, "code": code}],
    }


@pytest.mark.parametrize(
    ("probability", "abstained", "best", "shown", "explained"),
    [
        (0.02, True, "", 0, False),
        (0.2, True, "", 1, False),
        (0.4, True, "", 1, True),  # worth a look and its words, but a person chooses
        (0.2, False, "HT.KS", 1, True),
    ],
)
def test_nothing_is_chosen_that_the_engine_does_not_stand_by(
    office: None, probability: float, abstained: bool, best: str, shown: int, explained: bool
) -> None:
    line = head_lines({"topic": head("HT.KS", probability, abstained=abstained)})[0]
    assert (line.best, len(line.guesses)) == (best, shown)
    assert line.words == (["on"] if explained else [])


def test_no_transfer_on_a_hint(submitted: Case) -> None:
    submitted.topic_id = submitted.issue_id = submitted.kind_id = None
    sure = head_lines({"topic": head("NGOAI.CA", 0.9, abstained=False)})
    hint = head_lines({"topic": head("NGOAI.CA", 0.4, abstained=True)})
    assert proposal(submitted, sure).agency
    assert not proposal(submitted, hint).agency


def test_the_history_of_the_desk_speaks_to_staff(assigned: Case, handler: User, desk_of: Open) -> None:
    actions.accept(assigned, by=handler, at=moment())
    rows = {entry.verb: event_row(entry) for entry in timeline(assigned, staff=True)}
    assert "ông/bà" not in " ".join(str(row["text"]) for row in rows.values())
    book = catalogue()
    assert book.topics[str(assigned.topic_id)].name_vi in rows["classify"]["text"]
    assert sorted_as({}) == ""


def test_a_handler_corrects_labels_and_keeps_the_case(assigned: Case, handler: User, desk_of: Open) -> None:
    desk = desk_of(handler)
    assert do(desk, assigned, "classify", topic="CT.BS", issue="CH", kind="PHAN_ANH")["Location"] == at(
        assigned
    )
    assert (assigned.topic_id, assigned.handler, assigned.unit_id) == ("CT.BS", handler, "STP.HCTP")
    assert do(desk, assigned, "classify", topic="khong-co", kind="PHAN_ANH").status_code == 422


def test_a_confirmed_denunciation_leaves_the_triage_desk(
    submitted: Case, handler: User, triage_officer: User, desk_of: Open
) -> None:
    Case.objects.filter(pk=submitted.pk).update(needs_triage=True, handler=None, status="new")
    answer = do(desk_of(triage_officer), submitted, "classify", topic="HT.KS", issue="", kind="TO_CAO")
    assert answer["Location"] == "/can-bo/viec/triage/"
    assert submitted.sealed


def test_an_outside_agency_is_proposed_with_its_button(
    send: Send, triage_officer: User, desk_of: Open
) -> None:
    case = send("Tôi cần cấp phiếu lý lịch tư pháp số 2 để đi nước ngoài, xin hỏi nộp ở đâu?").case
    proposal = desk_of(triage_officer).get(at(case, "classify")).context["proposal"]
    assert proposal.agency
    assert "transfer/?agency=" in proposal.transfer_url


# --- Replying
def test_templates_are_filled_and_gaps_must_be_closed(assigned: Case, handler: User, desk_of: Open) -> None:
    actions.accept(assigned, by=handler, at=moment())
    client = desk_of(handler)
    offered = templates_for(assigned)
    assert offered
    assert all(t.topic_id in (None, "HT", "HT.KS") for t in offered)
    page = client.get(at(assigned, "draft_reply") + "?template=XIN_LOI_CHAM")
    body = page.context["form"].initial["body"]
    assert assigned.reference in body
    assert "04/11/2026" in body
    assert "{" not in body
    refused = do(client, assigned, "draft_reply", body=body, act="submit_reply")
    assert refused.status_code == 422
    assert assigned.status == "processing"
    seen = do(client, assigned, "draft_reply", body="Thư <b>trả lời</b> xem thử.", act="preview")
    assert "Thư &lt;b&gt;trả lời&lt;/b&gt; xem thử." in seen.content.decode()
    assert not assigned.replies.exists()


def test_the_name_enters_a_reply_only_after_a_recorded_reading(send: Send, handler: User) -> None:
    case = send(name="Công dân 12").case
    template = ReplyTemplate(code="T", name_vi="T", body_vi="Kính gửi {citizen}, {khac}")
    assert filled(template, case, handler) == "Kính gửi ông/bà, {khac}"
    actions.read_identity(case, reason="Ghi tên trong thư.", by=handler, at=moment())
    assert filled(template, case, handler) == "Kính gửi ông/bà Công dân 12, {khac}"
    Case.objects.filter(pk=case.pk).update(sealed=True)
    case.refresh_from_db()
    assert filled(template, case, handler) == "Kính gửi ông/bà, {khac}"


def test_changes_give_both_texts_back() -> None:
    old, new = "Nhận tại một cửa.\n\nTrân trọng.", "Nhận tại số 1, phường.\n\nTrân trọng cảm ơn."
    found = changes(old, new)
    assert "".join(words for what, words in found if what != "ins") == old
    assert "".join(words for what, words in found if what != "del") == new


def test_the_author_cannot_approve(assigned: Case, handler: User, desk_of: Open) -> None:
    from feedback.models import Membership

    actions.accept(assigned, by=handler, at=moment())
    actions.submit_reply(assigned, body="Đã có kết quả.", by=handler, at=moment())
    Membership.objects.create(user=handler, unit_id="STP.HCTP", role="leader")
    client = desk_of(User.objects.get(pk=handler.pk))
    assert client.get(at(assigned, "approve_reply")).context["own"]
    assert do(client, assigned, "approve_reply", act="approve_reply").status_code == 403
    assert assigned.status == "pending_approval"


def test_returning_needs_remarks(assigned: Case, handler: User, leader: User, desk_of: Open) -> None:
    actions.accept(assigned, by=handler, at=moment())
    actions.submit_reply(assigned, body="Đã có kết quả.", by=handler, at=moment())
    assert do(desk_of(leader), assigned, "approve_reply", act="return_reply", remarks="").status_code == 422
    assert assigned.status == "pending_approval"


# --- Publishing
@pytest.fixture
def answered(send: Send, handler: User, leader: User) -> Case:
    text = f"{BIRTH} Xin gọi 0100 000 012 cho tôi, Công dân Mười Hai."
    case = send(text, name="Công dân Mười Hai", phone="0100 000 012").case
    actions.accept(case, by=handler, at=moment())
    actions.submit_reply(case, body="Đã gọi 0100 000 012; giấy có tại một cửa.", by=handler, at=moment())
    actions.approve_reply(case, by=leader, at=moment())
    return case


def ticked(client: Client, case: Case) -> dict[str, list[str]]:
    sides = client.get(at(case, "prepare_publication")).context["sides"]
    return {f"{s['name']}_span": [p.value for p in s["pieces"] if p.checked] for s in sides}


def test_words_are_hidden_everywhere_and_a_leak_stops_publication(
    answered: Case, handler: User, leader: User, desk_of: Open
) -> None:
    client, head = desk_of(handler), desk_of(leader)
    spans = ticked(client, answered)
    assert spans["question_span"]
    look = do(
        client,
        answered,
        "prepare_publication",
        title="Khai sinh",
        include_question="on",
        act="preview",
        **spans,
    )
    assert "0100 000 012" not in look.context["preview_question"] + look.context["preview_answer"]
    assert not Publication.objects.exists()
    do(
        client,
        answered,
        "prepare_publication",
        title="Khai sinh",
        include_question="on",
        act="save",
        question_span=[],
    )
    refused = do(head, answered, "publish")
    assert refused.status_code == 409
    assert not Publication.objects.published().exists()
    spans = ticked(client, answered)
    hidden = "Công dân Mười Hai\n0100 000 012"
    do(
        client,
        answered,
        "prepare_publication",
        title="Khai sinh",
        include_question="on",
        act="save",
        hide=hidden,
        **spans,
    )
    assert do(client, answered, "publish").status_code == 403
    assert do(head, answered, "publish").status_code == 302
    row = Publication.objects.published().get()
    assert "0100" not in row.question + row.answer
    assert "Mười Hai" not in row.question
    again = do(client, answered, "prepare_publication", title="Khác", act="save")
    assert again.status_code == 409


def test_the_letter_of_a_complaint_is_not_offered(answered: Case, handler: User, desk_of: Open) -> None:
    Case.objects.filter(pk=answered.pk).update(kind="KHIEU_NAI")
    client = desk_of(handler)
    page = client.get(at(answered, "prepare_publication"))
    assert not page.context["form"].letter_allowed
    assert "question_span" not in page.content.decode()
    do(
        client,
        answered,
        "prepare_publication",
        title="Trả lời",
        include_question="on",
        act="save",
        answer_span=[],
    )
    row = Publication.objects.get()
    assert not row.include_question
    assert row.question == ""


def test_occurrences() -> None:
    text = "An gặp AN, rồi an."
    assert [text[s.start : s.end] for s in occurrences(text, "an")] == ["An", "AN", "an"]


def test_nonsense_in_a_checkbox_hides_nothing_and_breaks_nothing(
    answered: Case, handler: User, desk_of: Open
) -> None:
    nonsense = ["x", "5-2-phone", "0-99999-phone", "0-3-drop", "-1-3-phone", "٣-٥-phone"]
    done = do(desk_of(handler), answered, "prepare_publication", title="T", act="save", answer_span=nonsense)
    assert done.status_code == 302
    assert Publication.objects.get().answer_spans == []


# --- Entering letters
FORM = {
    "channel": "counter",
    "received_on": "2026-11-03",
    "received_time": "15:30",
    "text": BIRTH,
    "name": "Công dân 12",
    "phone": "0100 000 012",
    "visibility": "named",
    "key": "a1",
}


def test_a_letter_from_the_counter(handler: User, triage_officer: User, desk_of: Open) -> None:
    client = desk_of(triage_officer)
    assert client.get("/can-bo/nhap-thu/").status_code == 200
    page = client.post("/can-bo/nhap-thu/", FORM)
    assert page.status_code == 200
    case = Case.objects.get()
    assert (case.channel, case.received_by) == ("counter", triage_officer)
    assert case.received_at == (WEDNESDAY - timedelta(days=1)).replace(hour=15, minute=30)
    assert case.fits_secret(page.context["secret"])
    assert page.context["secret"] in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert page.context["secret"] not in page.context["address"]
    assert client.post("/can-bo/nhap-thu/", FORM).context["secret"] == page.context["secret"]
    assert Case.objects.count() == 1
    assert Identity.objects.get().details["phone"] == "0100 000 012"


@pytest.mark.parametrize(
    ("field", "value", "shown_at"),
    [
        ("text", "ngắn", "text"),
        ("received_on", "2027-01-01", "received_on"),
        ("received_on", "hôm qua", "received_on"),
        ("phone", "không có", "phone"),
        ("email", "a@", "email"),
        ("place", "KHONG_CO", "place"),
        ("channel", "import", "channel"),
    ],
)
def test_a_wrong_field_is_named_and_the_words_stay(
    field: str, value: str, shown_at: str, handler: User, desk_of: Open
) -> None:
    page = desk_of(handler).post("/can-bo/nhap-thu/", {**FORM, field: value})
    assert page.status_code == 422
    assert shown_at in page.context["form"].errors
    assert not Case.objects.exists()
    assert FORM["name"] in page.content.decode()


def test_an_auditor_enters_no_letters(auditor: User, desk_of: Open) -> None:
    assert desk_of(auditor).get("/can-bo/nhap-thu/").status_code == 403


# --- Leave
def test_leave_with_a_substitute(
    handler: User, colleague: User, leader: User, stranger: User, desk_of: Open
) -> None:
    days = {"first_day": "2026-11-05", "last_day": "2026-11-06"}
    client = desk_of(handler)
    assert (
        client.post(
            "/can-bo/nghi-phep/", {**days, "person": handler.pk, "substitute": handler.pk}
        ).status_code
        == 422
    )
    assert client.post("/can-bo/nghi-phep/", {**days, "person": colleague.pk}).status_code == 422
    assert (
        client.post(
            "/can-bo/nghi-phep/", {**days, "person": handler.pk, "substitute": colleague.pk}
        ).status_code
        == 302
    )
    row = Absence.objects.get()
    assert (row.user, row.substitute, row.last_day) == (handler, colleague, date(2026, 11, 6))
    assert client.post("/can-bo/nghi-phep/", {**days, "person": handler.pk}).status_code == 422
    head = desk_of(leader)
    assert head.post("/can-bo/nghi-phep/", {**days, "person": colleague.pk}).status_code == 302
    assert head.post("/can-bo/nghi-phep/", {**days, "person": stranger.pk}).status_code == 422
    other = Absence.objects.get(user=colleague)
    assert client.post(f"/can-bo/nghi-phep/{other.pk}/huy/").status_code == 404
    assert head.post(f"/can-bo/nghi-phep/{row.pk}/huy/").status_code == 302
    assert list(Absence.objects.all()) == [other]


# --- Overview
def test_every_number_is_the_list_it_leads_to(
    send: Send, handler: User, leader: User, manager: User, desk_of: Open, wednesday: object
) -> None:
    late = send(at=WEDNESDAY - timedelta(days=40)).case
    done = send(at=WEDNESDAY - timedelta(days=2)).case
    send(visibility="sealed")
    soon = send(at=WEDNESDAY - timedelta(days=13)).case
    for case in (done,):
        actions.accept(case, by=handler, at=moment())
        actions.submit_reply(case, body="Đã có kết quả.", by=handler, at=moment())
        actions.approve_reply(case, by=leader, at=moment())
    client = desk_of(manager)
    page = client.get("/can-bo/tong-quan/")
    numbers = page.context["total"].numbers
    assert numbers["open"] == 2
    assert numbers["overdue"] == 1
    assert (numbers["answered"], numbers["met"], numbers["missed"]) == (1, 1, 0)
    assert page.context["total"].rate == "100 %"
    for line in (page.context["total"], *page.context["lines"]):
        for cell in line.cells:
            assert len(client.get(cell["url"]).context["rows"]) == cell["number"], cell
    assert late.overdue(moment())
    assert soon.is_open
    assert catalogue().units["STP.HCTP"].name_vi in page.content.decode()


def test_the_overview_is_for_those_who_lead(handler: User, desk_of: Open) -> None:
    assert desk_of(handler).get("/can-bo/tong-quan/").status_code == 403
