"""Every verb has a page; what it needs is asked; what it refuses is said; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from feedback import actions, workflow
from feedback.models import Case, CaseEvent, User
from feedback.web.desk.acts import ACTS, PAGES
from feedback.web.desk.sorting import pieces
from feedback.workflow import Role
from tests.cast import WEDNESDAY, hire
from tests.feedback.web.desk.conftest import Open, at, do, moment

Send = Callable[..., actions.Receipt]
STAFF = set(Role) - {Role.CITIZEN, Role.SYSTEM}


def test_every_verb_of_staff_has_a_page() -> None:
    verbs = {row.verb for row in workflow.TRANSITIONS if STAFF & set(row.roles)} - {"submit"}
    assert verbs == set(ACTS) | set(PAGES)


@pytest.fixture
def processing(assigned: Case, handler: User) -> Case:
    actions.accept(assigned, by=handler, at=moment())
    return assigned


def test_ask_the_citizen_and_note_the_answer(processing: Case, handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    assert client.get(at(processing, "ask_citizen")).status_code == 200
    refused = do(client, processing, "ask_citizen", question="")
    assert refused.status_code == 422
    assert do(client, processing, "ask_citizen", question="Ngày hẹn trên giấy hẹn?").status_code == 302
    assert processing.status == "need_info"
    assert do(client, processing, "answer_info", text="Ngày 12/10/2026.").status_code == 302
    assert processing.status == "processing"


def test_notes_do_not_make_a_page_stale(
    processing: Case, handler: User, colleague: User, desk_of: Open
) -> None:
    seen = processing.version
    do(desk_of(colleague), processing, "note", text="Tôi đã gọi phường.")
    page = desk_of(handler).post(at(processing, "ask_citizen"), {"version": seen, "question": "Ngày hẹn?"})
    assert page.status_code == 302
    assert "Tôi đã gọi phường." in desk_of(handler).get(at(processing)).content.decode()


def test_coordination(processing: Case, handler: User, stranger: User, desk_of: Open) -> None:
    assert desk_of(stranger).get(at(processing)).status_code == 404
    do(desk_of(handler), processing, "coordinate", units=["STP.BTTP"], question="Có ghi hình ở quầy không?")
    assert processing.status == "coordinating"
    other = desk_of(stranger)
    assert processing.reference in other.get("/can-bo/viec/opinion/").content.decode()
    assert do(other, processing, "give_opinion", text="Có, lưu ba mươi ngày.").status_code == 302
    assert processing.status == "processing"
    assert "Có, lưu ba mươi ngày." in desk_of(handler).get(at(processing)).content.decode()


def test_extension_asked_and_decided(processing: Case, handler: User, leader: User, desk_of: Open) -> None:
    due = processing.due_at
    client, head = desk_of(handler), desk_of(leader)
    before = head.get(at(processing)).content.decode()
    assert at(processing, "approve_extension") not in before
    assert do(client, processing, "request_extension", reason="Phải xác minh sổ gốc.").status_code == 302
    page = head.get(at(processing)).content.decode()
    assert at(processing, "approve_extension") in page
    assert "Phải xác minh sổ gốc." in page
    assert do(head, processing, "approve_extension").status_code == 302
    assert processing.due_at > due


def test_a_leader_sees_which_date_would_move_before_deciding(
    assigned: Case, handler: User, leader: User, desk_of: Open
) -> None:
    actions.classify(assigned, topic="HT.KS", issue="CH", kind="KHIEU_NAI", by=leader, at=moment())
    do(desk_of(handler), assigned, "accept")
    asked = desk_of(handler).get(at(assigned, "request_extension")).content.decode()
    assert "Nghị định 155/2026/NĐ-CP" in asked
    do(desk_of(handler), assigned, "request_extension", reason="Phải giám định chữ ký.")
    page = desk_of(leader).get(at(assigned, "approve_extension")).content.decode()
    assert "Phải giám định chữ ký." in page
    assert (
        "từ 17:00 thứ Sáu, 04/12/2026 lùi đến 17:00 thứ Hai, 21/12/2026" in page
    )  # 30 days, 45 end on a Saturday
    assert "Tổng cộng 45 ngày" in page


def test_a_complaint_is_suspended_and_gone_on_with(
    assigned: Case, handler: User, leader: User, desk_of: Open
) -> None:
    head = desk_of(leader)
    do(desk_of(handler), assigned, "accept")
    assert at(assigned, "suspend") not in head.get(at(assigned)).content.decode()
    assert head.get(at(assigned, "suspend")).status_code == 409
    do(head, assigned, "classify", topic="HT.KS", issue="CH", kind="KHIEU_NAI", instance="2", remote="on")
    assert (assigned.instance, assigned.remote) == (2, True)
    page = head.get(at(assigned)).content.decode()
    assert at(assigned, "suspend") in page
    assert "lần hai" in page
    asked = head.get(at(assigned, "suspend")).content.decode()
    assert "Điều 11a" in asked
    assert "chậm nhất ngày 09/11/2026" in asked  # three working days after Wednesday 04/11
    assert do(head, assigned, "suspend", reason="").status_code == 422
    assert do(head, assigned, "suspend", reason="Chờ kết quả giám định.").status_code == 302
    assert assigned.status == "suspended"
    assert at(assigned, "resume") in head.get("/can-bo/viec/suspended/").content.decode()
    assert "Chờ kết quả giám định." in head.get(at(assigned)).content.decode()
    assert do(head, assigned, "resume", reason="Đã có kết quả.").status_code == 302
    assert assigned.status == "processing"


def test_instance_and_area_are_asked_with_the_days_they_mean(
    assigned: Case, handler: User, desk_of: Open
) -> None:
    client = desk_of(handler)
    page = client.get(at(assigned, "classify")).content.decode()
    assert "Lần đầu (30–45 ngày)" in page
    assert "Lần hai (45–60 ngày)" in page
    assert "45–60 ngày với lần đầu, 60–70 ngày với lần hai" in page
    do(client, assigned, "classify", topic="HT.KS", issue="CH", kind="PHAN_ANH", instance="2", remote="on")
    assert (assigned.instance, assigned.remote) == (1, False)
    wrong = do(client, assigned, "classify", topic="HT.KS", issue="CH", kind="KHIEU_NAI", instance="3")
    assert wrong.status_code == 422


def test_assign_route_and_take(
    assigned: Case, handler: User, colleague: User, leader: User, desk_of: Open
) -> None:
    head = desk_of(leader)
    page = head.get(at(assigned, "assign")).content.decode()
    assert str(colleague) in page
    assert do(head, assigned, "assign", handler=str(colleague.pk)).status_code == 302
    assert assigned.handler == colleague
    assert (
        do(desk_of(colleague), assigned, "route", unit="STP.VP", reason="Việc của Văn phòng.")["Location"]
        == "/can-bo/"
    )
    assert assigned.unit_id == "STP.VP"
    hire("can-bo-vp", "Chuyên viên Văn phòng", ("STP.VP", "handler"))
    office = desk_of(User.objects.get(username="can-bo-vp"))
    assert at(assigned, "take") in office.get("/can-bo/viec/unit/").content.decode()
    assert do(office, assigned, "take").status_code == 302
    assert assigned.handler is not None
    assert assigned.handler.username == "can-bo-vp"


def test_transfer_and_reject_say_why(
    send: Send, leader: User, triage_officer: User, handler: User, desk_of: Open
) -> None:
    desk = desk_of(triage_officer)
    one, two = send().case, send("Đề nghị cấp thẻ căn cước cho tôi, nộp đã lâu chưa có kết quả.").case
    assert desk.get(at(one, "transfer") + "?agency=CA_TINH").context["form"].initial["agency"] == "CA_TINH"
    do(desk, one, "transfer", agency="CA_TINH", reason="Thuộc thẩm quyền Công an tỉnh.")
    assert (one.status, one.transferred_to_id) == ("transferred", "CA_TINH")
    assert do(desk, two, "reject", code="", reason="x").status_code == 422
    do(desk, two, "reject", code="CONG_AN", reason="Việc này do Công an giải quyết.")
    assert two.status == "rejected"


def test_seal_hides_the_case_from_the_one_who_sealed_it(
    submitted: Case, triage_officer: User, handler: User, integrity_officer: User, desk_of: Open
) -> None:
    answer = do(desk_of(triage_officer), submitted, "seal", reason="Có dấu hiệu tố cáo.")
    assert answer["Location"] == "/can-bo/"
    assert submitted.sealed
    assert desk_of(triage_officer).get(at(submitted)).status_code == 404
    keeper = desk_of(integrity_officer)
    assert submitted.reference in keeper.get("/can-bo/viec/sealed/").content.decode()
    assert do(keeper, submitted, "unseal", reason="Không phải tố cáo.").status_code == 302
    assert not submitted.sealed


def test_subject_of_a_letter_loses_sight_of_it(
    assigned: Case, handler: User, leader: User, triage_officer: User, subject_officer: User, desk_of: Open
) -> None:
    assert desk_of(subject_officer).get(at(assigned)).status_code == 200
    do(desk_of(triage_officer), assigned, "set_subject", unit="", officer=str(subject_officer.pk))
    assert assigned.subject_officer == subject_officer
    assert desk_of(subject_officer).get(at(assigned)).status_code == 404
    assert assigned.reference not in desk_of(subject_officer).get("/can-bo/viec/all/").content.decode()
    do(desk_of(triage_officer), assigned, "set_subject", unit="STP.HCTP", officer="")
    assert desk_of(leader).get(at(assigned)).status_code == 404
    assert desk_of(handler).get(at(assigned)).status_code == 404


MIXED = "Hồ sơ trích lục khai sinh nộp hai tuần chưa có. Văn phòng công chứng thu phí cao hơn niêm yết. Xin xem xét."


def test_split_a_mixed_letter(send: Send, handler: User, triage_officer: User, desk_of: Open) -> None:
    case, desk = send(MIXED).case, desk_of(triage_officer)
    assert [p.text for p in pieces(MIXED)] == [s.strip() + "." for s in MIXED.rstrip(".").split(".")]
    assert desk.get(at(case, "split")).status_code == 200
    assert do(desk, case, "split").status_code == 422
    assert do(desk, case, "split", piece_0="1", piece_1="2", piece_2="1").status_code == 422
    assert do(desk, case, "split", piece_1="1", piece_2="1").status_code == 302
    part = Case.objects.get(split_from=case)
    assert part.text == "Văn phòng công chứng thu phí cao hơn niêm yết. Xin xem xét."
    assert part.reference in desk.get(at(case)).content.decode()


@pytest.mark.usefixtures("similar_at_once")
def test_merge_a_duplicate(send: Send, handler: User, triage_officer: User, desk_of: Open) -> None:
    one, two, desk = send().case, send().case, desk_of(triage_officer)
    page = desk.get(at(two, "merge"))
    assert one.reference in [s.reference for s in page.context["similar"]]
    assert do(desk, two, "merge", into="HA-2026-9999999").status_code == 422
    assert do(desk, two, "merge", into=one.reference.lower()).status_code == 302
    assert two.merged_into == one


def test_identity_is_shown_on_a_motive_and_nowhere_else(
    send: Send, handler: User, auditor: User, desk_of: Open
) -> None:
    case = send(name="Công dân 12", phone="0100 000 012").case
    client = desk_of(handler)
    assert "0100 000 012" not in client.get(at(case)).content.decode()
    assert do(client, case, "read_identity", reason="").status_code == 422
    shown = do(client, case, "read_identity", reason="Gọi lại để hỏi ngày hẹn.")
    assert "0100 000 012" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert CaseEvent.objects.filter(case=case, verb="read_identity", actor=handler).count() == 1
    assert "0100 000 012" not in client.get(at(case, "read_identity")).content.decode()
    assert do(desk_of(auditor), case, "read_identity", reason="Kiểm tra").status_code == 403


def test_a_stale_page_keeps_every_word(processing: Case, handler: User, leader: User, desk_of: Open) -> None:
    client, seen = desk_of(handler), processing.version
    actions.classify(processing, topic="HT.KS", issue="CH", kind="PHAN_ANH", by=leader, at=moment())
    words = "Thưa ông/bà, xin cho biết ngày hẹn ghi trên giấy hẹn trả kết quả."
    page = client.post(
        at(processing, "ask_citizen"), {"version": seen, "question": words, "csrfmiddlewaretoken": "x" * 64}
    )
    assert page.status_code == 409
    body = page.content.decode()
    assert words in body
    assert "x" * 64 not in body
    processing.refresh_from_db()
    assert f'name="version" value="{processing.version}"' in body
    assert processing.status == "processing"
    again: dict[str, Any] = dict(page.context["hidden"]) | {"version": page.context["version"]}
    assert client.post(at(processing, "ask_citizen"), again).status_code == 302


def test_a_reply_typed_on_a_case_that_moved_on_is_given_back(
    processing: Case, handler: User, triage_officer: User, desk_of: Open
) -> None:
    actions.reject(processing, code="CONG_AN", reason="Việc của Công an.", by=triage_officer, at=moment())
    page = desk_of(handler).post(
        at(processing, "draft_reply"), {"version": 1, "body": "Kính gửi ông/bà,\nđã có kết quả."}
    )
    assert page.status_code == 409
    assert "đã có kết quả." in page.content.decode()
    assert not page.context["can_repeat"]


def test_what_nobody_may_do_here_answers_so(
    assigned: Case, handler: User, auditor: User, desk_of: Open
) -> None:
    assert desk_of(handler).get(at(assigned, "fly")).status_code == 404
    assert desk_of(handler).get(at(assigned, "rate")).status_code == 404
    assert do(desk_of(handler), assigned, "reject", code="CONG_AN", reason="x").status_code == 403
    assert desk_of(handler).get(at(assigned, "draft_reply")).status_code == 409
    reader = desk_of(auditor)
    assert reader.get(at(assigned)).status_code == 200
    assert not reader.get(at(assigned)).context["primary"]
    assert do(reader, assigned, "note", text="x").status_code == 403


def test_reopen_and_close(
    processing: Case, handler: User, leader: User, manager: User, desk_of: Open
) -> None:
    actions.submit_reply(processing, body="Đã có kết quả tại một cửa.", by=handler, at=moment())
    actions.approve_reply(processing, by=leader, at=moment())
    do(desk_of(manager), processing, "reopen", text="Chưa nói rõ nơi nhận.")
    assert processing.status == "reopened"
    do(desk_of(handler), processing, "accept")
    actions.submit_reply(processing, body="Nhận tại số 1.", by=handler, at=moment())
    actions.approve_reply(processing, by=leader, at=moment())
    assert do(desk_of(handler), processing, "close").status_code == 302
    assert processing.status == "closed"
    assert processing.received_at == WEDNESDAY


def test_a_sealed_letter_is_answered_between_integrity_officers(
    send: Send, integrity_officer: User, desk_of: Open
) -> None:
    case = send(visibility="sealed").case
    second = hire("liem-chinh-2", "Cán bộ phụ trách đơn giữ kín 2", ("STP.VP", "integrity"))
    one, two = desk_of(integrity_officer), desk_of(second)
    assert str(integrity_officer) in one.get(at(case, "assign")).content.decode()
    assert do(one, case, "assign", handler=str(second.pk)).status_code == 302
    do(two, case, "accept")
    do(two, case, "draft_reply", body="Chúng tôi đã xác minh và xử lý.", act="submit_reply")
    assert case.status == "pending_approval"
    assert do(two, case, "approve_reply", act="approve_reply").status_code == 403
    assert do(one, case, "approve_reply", act="approve_reply").status_code == 302
    assert case.status == "answered"
