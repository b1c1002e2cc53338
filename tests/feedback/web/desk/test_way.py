"""The main way through the pages: sign in, queue, case, verbs, reply, approval, publication."""

from __future__ import annotations

from django.test import Client

from feedback.models import Case, Publication, Reply, User
from tests.feedback.web.desk.conftest import Open, at, do

BODY = "Kính gửi ông/bà, giấy khai sinh của cháu đã có tại bộ phận một cửa từ sáng nay."


def test_from_signing_in_to_a_published_answer(
    assigned: Case, handler: User, leader: User, manager: User, desk_of: Open
) -> None:
    client = Client()
    assert client.get("/can-bo/").status_code == 302
    answer = client.post(
        "/can-bo/dang-nhap/", {"username": handler.username, "password": "mat-khau-thu-nghiem", "next": ""}
    )
    assert answer["Location"] == "/can-bo/"
    page = client.get("/can-bo/").content.decode()
    assert assigned.reference in page
    assert at(assigned) in page

    page = client.get(at(assigned)).content.decode()
    assert at(assigned, "accept") in page
    assert at(assigned, "reject") not in page
    assert do(client, assigned, "accept").status_code == 302
    assert assigned.status == "processing"

    assert do(client, assigned, "draft_reply", body=BODY, act="draft_reply").status_code == 302
    page = client.get(at(assigned, "draft_reply")).content.decode()
    assert BODY in page
    assert do(client, assigned, "draft_reply", body=BODY, act="submit_reply").status_code == 302
    assert assigned.status == "pending_approval"

    head = desk_of(leader)
    assert assigned.reference in head.get("/can-bo/viec/approval/").content.decode()
    assert (
        do(head, assigned, "approve_reply", act="return_reply", remarks="Ghi rõ giờ làm việc.").status_code
        == 302
    )
    assert assigned.status == "returned"
    assert "Ghi rõ giờ làm việc." in client.get(at(assigned, "draft_reply")).content.decode()
    do(client, assigned, "draft_reply", body=BODY + " Giờ làm việc: 7:30–17:00.", act="submit_reply")
    page = head.get(at(assigned, "approve_reply")).content.decode()
    assert "<ins>" in page
    assert do(head, assigned, "approve_reply", act="approve_reply").status_code == 302
    assert assigned.status == "answered"
    assert assigned.replies.get(state=Reply.State.APPROVED).approver == leader

    spans = _ticked(client, assigned)
    shown = do(
        client,
        assigned,
        "prepare_publication",
        title="Khai sinh chậm",
        include_question="on",
        act="save",
        **spans,
    )
    assert shown.status_code == 302
    assert do(head, assigned, "publish").status_code == 302
    row = Publication.objects.published().get()
    assert row.title == "Khai sinh chậm"
    assert row.published_by == leader
    assert do(head, assigned, "withdraw_publication", reason="Còn một chi tiết riêng.").status_code == 302
    assert not Publication.objects.published().exists()


def _ticked(client: Client, case: Case) -> dict[str, list[str]]:
    """The checkboxes as the page proposes them."""
    context = client.get(at(case, "prepare_publication")).context
    return {
        f"{side['name']}_span": [p.value for p in side["pieces"] if p.checked] for side in context["sides"]
    }
