"""Every verb through its address: what it does, who may, what is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from api.v1.examples import EXAMPLES
from api.v1.verbs import VERBS
from feedback import actions
from feedback.models import Case, User
from feedback.workflow import TRANSITIONS, Role
from tests.api.conftest import Caller
from tests.cast import BIRTH, WEDNESDAY, hire

Calling = Callable[..., Caller]
Send = Callable[..., actions.Receipt]


def done(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content.decode()
    return response.json() if response.content else None


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    return body


def test_every_verb_of_a_person_has_an_address() -> None:
    people = {row.verb for row in TRANSITIONS if set(row.roles) - {Role.SYSTEM}} - {"submit"}
    assert {verb.name for verb in VERBS} == people
    needing = {row.verb for row in TRANSITIONS if row.needs} - {"submit"}
    assert needing <= set(EXAMPLES)


def test_take_classify_route(
    send: Send, triage_officer: User, colleague: User, stranger: User, leader: User, calling: Calling
) -> None:
    case = send(text="Xin hỏi việc này.").case
    triage, path = calling(triage_officer), f"/cases/{case.reference}"
    body = {"topic": "HT.KS", "kind": "PHAN_ANH", "issue": "", "unit": None}
    assert done(triage.post(f"{path}/classify", body))["labels"]["topic"]["code"] == "HT.KS"
    done(triage.post(f"{path}/route", {"unit": "STP.HCTP", "reason": "Việc hộ tịch."}))
    case.refresh_from_db()
    assert case.handler == colleague
    # The stranger's unit takes over: whoever held it no longer sees it, and is told so by 204.
    mine = calling(colleague)
    done(mine.post(f"{path}/route", {"unit": "STP.BTTP", "reason": "Việc bổ trợ."}), 204)
    refused(mine.get(path), 404, "not_found")
    assert done(calling(stranger).get(path))["handler"]["id"] == stranger.pk


def test_take_from_the_queue_and_assign(
    send: Send, leader: User, manager: User, calling: Calling, triage_officer: User
) -> None:
    case = send().case  # nobody handles cases in the unit yet
    path = f"/cases/{case.reference}"
    officer = hire("moi-1", "Chuyên viên mới", ("STP.HCTP", "handler"))
    taken = done(calling(officer).post(f"{path}/take"))
    assert (taken["status"], taken["handler"]["id"]) == ("assigned", officer.pk)
    other = hire("moi-2", "Chuyên viên mới 2", ("STP.HCTP", "handler"))
    head = calling(leader)
    assert {p["id"] for p in done(head.get(f"{path}/handlers"))} == {officer.pk, other.pk}
    assert done(head.post(f"{path}/assign", {"handler": other.pk}))["handler"]["id"] == other.pk
    refused(head.post(f"{path}/assign", {"handler": manager.pk}), 409, "cannot_assign")
    refused(head.post(f"{path}/assign", {"handler": 10**15}), 400, "unknown_code")
    refused(calling(other).get(f"{path}/handlers"), 403, "not_allowed")


def test_asking_other_units(assigned: Case, handler: User, stranger: User, calling: Calling) -> None:
    path, officer, asked = f"/cases/{assigned.reference}", calling(handler), calling(stranger)
    refused(asked.get(path), 404, "not_found")
    done(officer.post(f"{path}/accept"))
    body = {"units": ["STP.BTTP"], "question": "Hồ sơ này đã chuyển chưa?"}
    assert done(officer.post(f"{path}/coordinate", body))["status"] == "coordinating"
    refused(officer.post(f"{path}/coordinate", {"units": ["KHONG_CO"], "question": "?"}), 400, "unknown_code")
    assert "give_opinion" in [a["verb"] for a in done(asked.get(path))["allowed_actions"]]
    done(asked.post(f"{path}/give-opinion", {"text": "Đã chuyển ngày 02/11."}))
    assert done(officer.get(path))["status"] == "processing"
    done(officer.post(f"{path}/coordinate", body))
    assert done(officer.post(f"{path}/end-coordination"))["status"] == "processing"


def test_more_time(send: Send, handler: User, leader: User, triage_officer: User, calling: Calling) -> None:
    case = send().case
    path = f"/cases/{case.reference}"
    done(calling(triage_officer).post(f"{path}/classify", {"topic": "HT.KS", "kind": "KHIEU_NAI"}))
    officer, head = calling(handler), calling(leader)
    refused(head.post(f"{path}/approve-extension"), 409, "nothing_to_decide")
    first = done(officer.post(f"{path}/request-extension", {"reason": "Chờ xác minh."}))["due_at"]
    done(head.post(f"{path}/refuse-extension", {"reason": "Đủ thông tin rồi."}))
    done(officer.post(f"{path}/request-extension", {"reason": "Chờ xác minh ở xã khác."}))
    assert done(head.post(f"{path}/approve-extension"))["due_at"] > first


def test_a_complaint_is_suspended_and_resumed(
    send: Send, handler: User, leader: User, triage_officer: User, calling: Calling
) -> None:
    receipt = send()
    path, head = f"/cases/{receipt.case.reference}", calling(leader)
    done(calling(handler).post(f"{path}/accept"))
    reason = {"reason": "Chờ kết quả giám định."}
    refused(head.post(f"{path}/suspend", reason), 409, "not_suspendable")
    body = {"topic": "HT.KS", "kind": "KHIEU_NAI", "instance": 2, "remote": True}
    labels = done(calling(triage_officer).post(f"{path}/classify", body))["labels"]
    assert (labels["instance"], labels["remote"]) == (2, True)
    refused(calling(triage_officer).post(f"{path}/classify", body | {"instance": 3}), 400, "invalid")
    assert done(head.post(f"{path}/suspend", reason))["status"] == "suspended"
    events = done(Caller(code=receipt.secret).get(f"{path}/events"))
    assert "Chờ kết quả giám định." in str(events[-1])
    assert done(head.post(f"{path}/resume", {"reason": "Đã có kết quả."}))["status"] == "processing"
    body = {"topic": "HT.KS", "kind": "PHAN_ANH"}
    labels = done(calling(triage_officer).post(f"{path}/classify", body))["labels"]
    assert (labels["instance"], labels["remote"]) == (None, None)


def test_notes_stay_inside(assigned: Case, handler: User, send: Send, calling: Calling) -> None:
    receipt = send()
    path, citizen = f"/cases/{receipt.case.reference}", Caller(code=receipt.secret)
    Case.objects.filter(pk=receipt.case.pk).update(handler=handler)
    done(calling(handler).post(f"{path}/note", {"text": "Đã gọi một cửa."}))
    assert "Đã gọi một cửa." in calling(handler).get(f"{path}/events").content.decode()
    assert "một cửa" not in citizen.get(f"{path}/events").content.decode()
    refused(citizen.post(f"{path}/note", {"text": "Tôi ghi chú."}), 403, "not_allowed")


def test_ways_to_end(send: Send, handler: User, triage_officer: User, leader: User, calling: Calling) -> None:
    triage = calling(triage_officer)
    moved = f"/cases/{send().case.reference}"
    body = {"agency": "CA_TINH", "reason": "Căn cước do Công an cấp."}
    assert done(triage.post(f"{moved}/transfer", body))["transferred_to"]["code"] == "CA_TINH"
    rejected = f"/cases/{send().case.reference}"
    case = done(triage.post(f"{rejected}/reject", {"code": "KHONG_RO", "reason": "Chưa nêu việc cụ thể."}))
    assert case["status"] == "rejected"
    refused(triage.post(f"{rejected}/reject", {"code": "KHONG_RO", "reason": "Nữa."}), 409, "wrong_state")
    first, second = send().case, send().case
    case = done(triage.post(f"/cases/{second.reference}/merge", {"into": first.reference}))
    assert (case["status"], case["merged_into"]) == ("closed", first.reference)
    refused(triage.post(f"/cases/{first.reference}/merge", {"into": "HA-2026-9999999"}), 400, "unknown_code")
    refused(triage.post(f"/cases/{first.reference}/merge", {"into": first.reference}), 409, "cannot_merge")
    receipt = send()
    citizen = Caller(code=receipt.secret)
    assert done(citizen.post(f"/cases/{receipt.case.reference}/withdraw"))["status"] == "withdrawn"
    answered = send()
    answer(answered.case, handler, leader)
    assert done(calling(handler).post(f"/cases/{answered.case.reference}/close"))["status"] == "closed"


def answer(case: Case, handler: User, leader: User) -> None:
    actions.accept(case, by=handler, at=WEDNESDAY)
    actions.submit_reply(case, body="Kính gửi ông/bà, đã có kết quả.", by=handler, at=WEDNESDAY)
    actions.approve_reply(case, by=leader, at=WEDNESDAY)


def test_clarification_is_asked_once(send: Send, handler: User, leader: User) -> None:
    receipt = send()
    citizen, path = Caller(code=receipt.secret), f"/cases/{receipt.case.reference}"
    refused(citizen.post(f"{path}/rate", {"score": 2}), 409, "wrong_state")
    answer(receipt.case, handler, leader)
    assert done(citizen.post(f"{path}/reopen", {"text": "Chưa nói đến lệ phí."}))["status"] == "reopened"
    answer(receipt.case, handler, leader)
    refused(citizen.post(f"{path}/reopen", {"text": "Vẫn chưa rõ."}), 409, "already_clarified")
    done(citizen.post(f"{path}/rate", {"score": 1}))
    refused(citizen.post(f"{path}/rate", {"score": 1}), 409, "nothing_to_rate")
    refused(citizen.post(f"{path}/rate", {"score": 4}), 400, "invalid")


def test_a_mixed_letter_is_split(send: Send, triage_officer: User, calling: Calling) -> None:
    receipt = send(text=f"{BIRTH} Ngoài ra phí chứng thực thu quá cao so với niêm yết.")
    path, triage = f"/cases/{receipt.case.reference}", calling(triage_officer)
    whole = len(receipt.case.text)
    refused(triage.post(f"{path}/split", {"parts": [{"start": 0, "end": whole + 1}]}), 400, "wrong_parts")
    parts = [{"start": 0, "end": len(BIRTH)}, {"start": len(BIRTH), "end": whole}]
    children = done(triage.post(f"{path}/split", {"parts": parts}))["split_into"]
    assert len(children) == 2
    # The parent's code opens the parts.
    assert done(Caller(code=receipt.secret).get(f"/cases/{children[1]}"))["text"].startswith("Ngoài ra")


def test_sealing_and_the_subject(
    assigned: Case,
    leader: User,
    integrity_officer: User,
    subject_officer: User,
    colleague: User,
    calling: Calling,
) -> None:
    path, head, guard = f"/cases/{assigned.reference}", calling(leader), calling(integrity_officer)
    refused(guard.get(path), 404, "not_found")
    done(head.post(f"{path}/seal", {"reason": "Nêu hành vi nhận tiền."}), 204)
    refused(head.get(path), 404, "not_found")
    done(guard.post(f"{path}/unseal", {"reason": "Không có dấu hiệu."}), 204)
    assert done(calling(subject_officer).get(path))["reference"] == assigned.reference
    done(head.post(f"{path}/set-subject", {"officer": subject_officer.pk}))
    refused(calling(subject_officer).get(path), 404, "not_found")
    done(head.post(f"{path}/set-subject", {"unit": "STP.HCTP"}), 204)
    refused(calling(colleague).get(path), 404, "not_found")


def test_reading_the_identity_leaves_a_trace(
    send: Send, handler: User, auditor: User, calling: Calling, letter: dict[str, Any]
) -> None:
    case = send(**{k: v for k, v in letter.items() if k != "text"}).case
    path = f"/cases/{case.reference}/read-identity"
    refused(
        calling(handler, "cases:read", "cases:act").post(path, {"reason": "Gọi lại"}),
        403,
        "insufficient_scope",
    )
    refused(calling(handler).post(path, {"reason": "  "}), 400, "invalid")
    refused(calling(auditor).post(path, {"reason": "Xem"}), 403, "not_allowed")
    found = done(calling(handler).post(path, {"reason": "Cần gọi lại để hỏi ngày hẹn."}))
    assert found["phone"] == letter["phone"]
    assert case.events.order_by("seq").last().verb == "read_identity"  # type: ignore[union-attr]  # there are events


@contextmanager
def undone() -> Iterator[None]:
    """Try something and take it back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("sealed", [False, True], ids=["ordinary", "sealed"])
def test_the_permission_matrix_through_the_api(
    assigned: Case,
    sealed: bool,
    request: pytest.FixtureRequest,
    calling: Calling,
) -> None:
    """Role × verb: an invisible case is 404 for every verb, a visible one refuses exactly what is not in its list."""
    names = "handler colleague leader triage_officer manager integrity_officer auditor administrator stranger"
    staff = {name: request.getfixturevalue(name) for name in names.split()}
    Case.objects.filter(pk=assigned.pk).update(sealed=sealed)
    path = f"/cases/{assigned.reference}"
    for name, user in staff.items():
        caller = calling(user)
        seen = caller.get(path)
        allowed = {a["verb"] for a in seen.json()["allowed_actions"]} if seen.status_code == 200 else set()
        for verb in VERBS:
            with undone():
                got = caller.post(f"{path}/{verb.slug}", EXAMPLES.get(verb.name, {})).status_code
            if seen.status_code == 404:
                assert got == 404, (name, verb.name, got)
            elif (name, verb.name, sealed) == ("handler", "read_identity", True):
                assert got == 403  # of a sealed letter only the integrity officers may know the sender
            elif verb.name in allowed:
                assert got in (200, 204, 400, 409), (name, verb.name, got)
            else:
                assert got in (403, 409), (name, verb.name, got)
    nobody = Caller()
    assert {nobody.post(f"{path}/{v.slug}", {}).status_code for v in VERBS} == {401}
