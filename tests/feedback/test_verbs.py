"""Each verb away from the main road: more time, other units, other agencies, duplicates, mixed letters, coming back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection

from feedback import actions, errors, uploads
from feedback.actions.extension import NoExtensionPossible
from feedback.actions.outcome import AlreadyClarified, CannotMerge, WrongParts
from feedback.actions.publication import LeaksPersonalData, LetterNeverPublished
from feedback.actions.replies import NothingToRate, SecondPairOfEyes, UnfilledBlank
from feedback.models import Alarm, Case, Identity, Membership, User
from feedback.reports.timeline import timeline
from tests.cast import BIRTH, HANOI, WEDNESDAY, hire, later

Send = Callable[..., actions.Receipt]


# --- Time ----------------------------------------------------------------------------------------
def test_a_leader_extends_once_and_the_citizen_reads_why(
    processing: Case, handler: User, leader: User
) -> None:
    before = processing.due_at
    actions.request_extension(
        processing, reason="Cần xác minh ở nơi đăng ký cũ.", by=handler, at=later(days=2)
    )
    assert processing.due_at == before
    actions.approve_extension(processing, by=leader, at=later(days=3))
    # Accepted Wed 4 Nov; 20 working days without 24/11 (Ngày Văn hóa Việt Nam): Thu 3 Dec 2026.
    assert processing.due_at.astimezone(HANOI) == datetime(2026, 12, 3, 17, 0, tzinfo=HANOI)
    assert "Lý do: Cần xác minh ở nơi đăng ký cũ." in timeline(processing)[-1].sentence
    with pytest.raises(NoExtensionPossible):
        actions.request_extension(processing, reason="Lần nữa", by=handler, at=later(days=4))
    assert processing.clocks.get(name="reply").original_due_at == before


def test_nobody_extends_for_themselves(processing: Case, handler: User) -> None:
    Membership.objects.create(user=handler, unit_id="STP.HCTP", role="leader")
    del handler._scope
    actions.request_extension(processing, reason="Thêm thời gian", by=handler, at=later(days=2))
    with pytest.raises(errors.NotAllowed):
        actions.approve_extension(processing, by=handler, at=later(days=3))


def test_a_refused_extension_leaves_the_date(processing: Case, handler: User, leader: User) -> None:
    before = processing.due_at
    actions.request_extension(processing, reason="Bận", by=handler, at=later(days=2))
    actions.refuse_extension(processing, reason="Việc này không phức tạp.", by=leader, at=later(days=3))
    assert processing.due_at == before


def test_alarms_ring_once_in_working_time(assigned: Case, handler: User) -> None:
    def rung() -> list[str]:
        return list(assigned.events.filter(role="system").order_by("seq").values_list("verb", flat=True))[2:]

    assert actions.sweep_deadlines(at=later(minutes=5)) == 0
    # Nobody accepts within two working days (Fri 6 Nov): escalated inside, the citizen is not told "overdue" yet.
    actions.sweep_deadlines(at=datetime(2026, 11, 6, 17, 1, tzinfo=HANOI))
    assert "escalate" in rung()
    assert "overdue" not in rung()
    actions.sweep_deadlines(at=datetime(2026, 11, 20, 17, 1, tzinfo=HANOI))
    assert rung().count("overdue") == 1
    count = len(rung())
    assert actions.sweep_deadlines(at=datetime(2026, 11, 20, 17, 2, tzinfo=HANOI)) == 0
    assert len(rung()) == count
    assert Alarm.objects.filter(case=assigned, clock="reply", level="due").count() == 1
    assigned.refresh_from_db()
    assert assigned.overdue(datetime(2026, 11, 20, 17, 2, tzinfo=HANOI))


def test_a_paused_clock_rings_no_alarm(processing: Case, handler: User) -> None:
    actions.ask_citizen(processing, question="Xin gửi ảnh giấy hẹn.", by=handler, at=later(hours=2))
    actions.sweep_deadlines(at=datetime(2026, 12, 20, 12, 0, tzinfo=HANOI))
    assert not processing.events.filter(verb="overdue").exists()
    actions.answer_info(
        processing, text="Ngày hẹn 12/10.", by=actions.CITIZEN, at=datetime(2026, 12, 21, 9, 0, tzinfo=HANOI)
    )
    assert processing.due_at > datetime(2026, 12, 21, tzinfo=HANOI)


# --- Other units, other agencies -----------------------------------------------------------------
def test_other_units_are_asked_and_the_last_answer_brings_it_back(
    processing: Case, handler: User, stranger: User
) -> None:
    assert not Case.objects.visible_to(stranger).exists()
    actions.coordinate(
        processing, units=["STP.BTTP"], question="Phí đúng là bao nhiêu?", by=handler, at=later(days=1)
    )
    assert processing.status == "coordinating"
    assert Case.objects.visible_to(stranger).get() == processing
    actions.give_opinion(processing, text="Không thu phí.", by=stranger, at=later(days=2))
    assert processing.status == "processing"


def test_transfer_tells_the_citizen_where_and_why(submitted: Case, triage_officer: User) -> None:
    actions.transfer(
        submitted,
        agency="CA_TINH",
        reason="Phiếu lý lịch tư pháp do Công an cấp.",
        by=triage_officer,
        at=later(days=1),
    )
    assert submitted.status == "transferred"
    assert "Công an tỉnh" in timeline(submitted)[-1].sentence
    assert submitted.clocks.get(name="transfer").verdict == "met"


def test_reject_needs_a_known_ground_and_says_where_to_go(submitted: Case, triage_officer: User) -> None:
    with pytest.raises(errors.UnknownCode):
        actions.reject(submitted, code="KHONG_CO", reason="x", by=triage_officer, at=later(days=1))
    actions.reject(submitted, code="DAT_DAI", reason="Việc đo đạc đất.", by=triage_officer, at=later(days=1))
    assert "Văn phòng đăng ký đất đai" in timeline(submitted)[-1].sentence


def test_route_moves_to_another_unit_and_its_handler(
    assigned: Case, stranger: User, triage_officer: User
) -> None:
    actions.route(assigned, unit="STP.BTTP", reason="Việc công chứng.", by=triage_officer, at=later(hours=2))
    assert (assigned.unit_id, assigned.handler) == ("STP.BTTP", stranger)


# --- Duplicates and mixed letters ----------------------------------------------------------------
def test_duplicates_are_merged_but_never_sealed_ones(
    send: Send, assigned: Case, handler: User, triage_officer: User
) -> None:
    twin, secret_one = send().case, send(visibility="sealed").case
    actions.merge(twin, into=assigned, by=triage_officer, at=later(hours=3))
    assert (twin.status, twin.merged_into) == ("closed", assigned)
    with pytest.raises(CannotMerge):
        actions.merge(assigned, into=twin, by=triage_officer, at=later(hours=3))
    with pytest.raises(errors.UnknownCode):  # not visible: not even its existence is told
        actions.merge(assigned, into=secret_one, by=triage_officer, at=later(hours=3))


def test_a_duplicate_goes_its_own_way_when_the_other_ends_without_an_answer(
    send: Send, assigned: Case, handler: User, triage_officer: User
) -> None:
    twin = send().case
    due = twin.due_at
    actions.merge(twin, into=assigned, by=triage_officer, at=later(hours=3))
    assert actions.release_duplicates(at=later(days=1)) == 0  # the other is still being handled
    actions.withdraw(assigned, at=later(days=1))
    assert actions.release_duplicates(at=later(days=2)) == 1
    twin.refresh_from_db()
    assert (twin.status, twin.merged_into, twin.due_at) == (
        "new",
        None,
        due,
    )  # the office's merge cost no day
    assert actions.assign_waiting(at=later(days=2)) == 1
    twin.refresh_from_db()
    assert twin.handler == handler
    assert twin.next_alarm_at is not None


def test_a_mixed_letter_becomes_one_case_per_matter(
    send: Send, handler: User, stranger: User, triage_officer: User
) -> None:
    second = " Ngoài ra văn phòng công chứng thu thêm phí công chứng hợp đồng mà không có biên lai."
    receipt = send(text=BIRTH + second, phone="0100 000 012")
    start = len(BIRTH)
    children = actions.split(
        receipt.case, parts=[(start, start + len(second))], by=triage_officer, at=later(hours=3)
    )
    child = Case.objects.get(pk=children[0].pk)
    assert child.text == second.strip()
    assert receipt.case.text == BIRTH + second  # the original is never edited
    assert child.received_at == receipt.case.received_at
    assert child.fits_secret(receipt.secret)
    assert Identity.objects.get(case=child).details["phone"] == "0100 000 012"
    assert child.topic_id
    assert child.topic_id.startswith("CC")
    assert child.reference in timeline(receipt.case)[-1].sentence


@pytest.mark.parametrize("parts", [[], [(5, 3)], [(0, 30), (20, 50)], [(0, 10**6)], [(-1, 20)], [(0, 2)]])
def test_parts_must_be_spans_of_the_letter(
    parts: list[tuple[int, int]], submitted: Case, triage_officer: User
) -> None:
    with pytest.raises(WrongParts):
        actions.split(submitted, parts=parts, by=triage_officer, at=later(hours=3))
    assert Case.objects.count() == 1


# --- The answer, and coming back -----------------------------------------------------------------
def test_the_author_never_approves(processing: Case, handler: User) -> None:
    Membership.objects.create(user=handler, unit_id="STP.HCTP", role="leader")
    del handler._scope
    actions.submit_reply(processing, body="Kính gửi ông/bà …", by=handler, at=later(days=1))
    with pytest.raises(SecondPairOfEyes):
        actions.approve_reply(processing, by=handler, at=later(days=1))


def test_rating_once_then_words(answered: Case) -> None:
    actions.rate(answered, score=3, at=later(days=3))
    actions.rate(answered, score=3, words="Cảm ơn cán bộ.", at=later(days=3))
    with pytest.raises(NothingToRate):
        actions.rate(answered, score=1, words="Đổi ý", at=later(days=3))


def test_clarification_once_with_a_clock_of_its_own(answered: Case, handler: User, leader: User) -> None:
    first = answered.clocks.get(name="reply")
    actions.reopen(answered, text="Tôi chưa rõ phải mang giấy gì.", by=actions.CITIZEN, at=later(days=5))
    assert answered.status == "reopened"
    assert answered.due_at == answered.clocks.get(name="reply-2").due_at > first.due_at
    assert answered.clocks.get(name="reply").verdict == "met"
    actions.accept(answered, by=handler, at=later(days=6))
    with pytest.raises(actions.UnansweredQuestions):  # "phải mang giấy gì" asks
        actions.submit_reply(answered, body="Xin mang giấy hẹn.", by=handler, at=later(days=6))
    ticks = [actions.Tick(item.key) for item in actions.checklist(answered)]
    actions.submit_reply(answered, body="Xin mang giấy hẹn.", by=handler, at=later(days=6), ticks=ticks)
    actions.approve_reply(answered, by=leader, at=later(days=6))
    with pytest.raises(AlreadyClarified):
        actions.reopen(answered, text="Vẫn chưa rõ lắm.", by=actions.CITIZEN, at=later(days=7))


def test_withdrawn_by_the_citizen_only(processing: Case, handler: User) -> None:
    with pytest.raises(errors.NotAllowed):
        actions.withdraw(processing, by=actions.Actor(user=handler), at=later(days=1))
    actions.withdraw(processing, at=later(days=1))
    assert (processing.status, processing.next_alarm_at) == ("withdrawn", None)


def test_a_stale_form_is_refused_and_changes_nothing(processing: Case, handler: User) -> None:
    seen = processing.version
    actions.draft_reply(processing, body="Một", by=handler, at=later(days=1), seen=seen)
    with pytest.raises(errors.StaleVersion):
        actions.draft_reply(processing, body="Hai", by=handler, at=later(days=1), seen=seen)
    draft = actions.current_draft(processing)
    assert draft is not None
    assert draft.body == "Một"
    actions.note(processing, text="Ghi chú", by=handler, at=later(days=1))
    actions.draft_reply(processing, body="Ba", by=handler, at=later(days=1), seen=seen + 1)  # a note is quiet


# --- Publication ---------------------------------------------------------------------------------
def prepare(case: Case, by: User, *, include_question: bool = True, at: datetime | None = None) -> None:
    actions.prepare_publication(
        case,
        title="Trả lời",
        question_spans=[],
        answer_spans=[],
        include_question=include_question,
        by=by,
        at=at or later(days=3),
    )


def test_publishing_needs_two_people_and_no_leak(
    send: Send, handler: User, leader: User, manager: User
) -> None:
    case = send(text=BIRTH + " Gọi tôi số 0100 000 012.", phone="0100 000 012", name="Nguyễn Thị Mẫu").case
    actions.accept(case, by=handler, at=later(hours=1))
    actions.submit_reply(case, body="Kính gửi ông/bà …", by=handler, at=later(days=1))
    actions.approve_reply(case, by=leader, at=later(days=2))
    prepare(case, leader)
    with pytest.raises(SecondPairOfEyes):
        actions.publish(case, by=leader, at=later(days=3))
    with pytest.raises(LeaksPersonalData):
        actions.publish(case, by=manager, at=later(days=3))
    question, answer = actions.suggest_spans(case)
    actions.prepare_publication(
        case,
        title="Trả lời",
        question_spans=question,
        answer_spans=answer,
        include_question=True,
        by=handler,
        at=later(days=3),
    )
    row = actions.publish(case, by=manager, at=later(days=4))
    assert "0100" not in row.question
    assert "0100" not in row.search_text
    actions.withdraw_publication(case, reason="Còn lộ tên xã.", by=manager, at=later(days=5))
    row.refresh_from_db()
    assert row.state == "withdrawn"


@pytest.mark.parametrize("kind", ["KHIEU_NAI", "TO_CAO"])
def test_complaints_and_denunciations_never_show_the_letter(kind: str, answered: Case, leader: User) -> None:
    Case.objects.filter(pk=answered.pk).update(kind=kind)
    with pytest.raises(LetterNeverPublished):
        prepare(answered, leader)
    prepare(answered, leader, include_question=False)


# --- Assignment ----------------------------------------------------------------------------------
def test_the_least_loaded_then_the_longest_waiting_gets_it(
    send: Send, handler: User, colleague: User
) -> None:
    got = [send().case.handler for _ in range(4)]
    assert got in ([handler, colleague] * 2, [colleague, handler] * 2)


def test_nobody_free_waits_visibly_and_is_handed_out_later(send: Send, office: None) -> None:
    case = send().case
    assert (case.handler, case.unit_id, case.status) == (None, "STP.HCTP", "new")
    assert case.events.filter(verb="unassignable").count() == 1
    newcomer = hire("can-bo-moi", "Chuyên viên mới", ("STP.HCTP", "handler"))
    assert actions.assign_waiting(at=later(days=1)) == 1
    case.refresh_from_db()
    assert case.handler == newcomer


def test_leave_sends_new_cases_to_the_substitute(send: Send, handler: User, colleague: User) -> None:
    handler.absences.create(first_day=WEDNESDAY.date(), last_day=WEDNESDAY.date(), substitute=colleague)
    assert {send().case.handler for _ in range(3)} == {colleague}


def test_two_who_substitute_each_other_while_both_away_do_not_loop(
    send: Send, handler: User, colleague: User
) -> None:
    for one, other in ((handler, colleague), (colleague, handler)):
        one.absences.create(first_day=WEDNESDAY.date(), last_day=WEDNESDAY.date(), substitute=other)
    assert send().case.handler is None


def test_skill_and_capacity_count(send: Send, office: None) -> None:
    hire("chi-quoc-tich", "Chuyên viên quốc tịch", ("STP.HCTP", "handler"), skills=["QT"])
    small = hire("it-viec", "Chuyên viên ít việc", ("STP.HCTP", "handler"), capacity=1)
    assert [send().case.handler for _ in range(2)] == [small, None]


# --- Identity ------------------------------------------------------------------------------------
def test_reading_an_identity_leaves_a_trace(send: Send, handler: User, integrity_officer: User) -> None:
    case = send(name="Công dân 12", phone="0100 000 012").case
    details = actions.read_identity(case, reason="Gọi hẹn trả kết quả", by=handler, at=later(hours=1))
    assert details["name"] == "Công dân 12"
    assert case.events.filter(verb="read_identity", actor=handler).count() == 1
    with pytest.raises(errors.FieldRequired):
        actions.read_identity(case, reason=" ", by=handler, at=later(hours=1))
    sealed = send(name="Công dân 13", visibility="sealed").case
    Case.objects.filter(pk=sealed.pk).update(handler=handler)
    sealed.refresh_from_db()
    with pytest.raises(errors.NotAllowed):
        actions.read_identity(sealed, reason="Tò mò", by=handler, at=later(hours=1))
    assert actions.read_identity(sealed, reason="Xác minh", by=integrity_officer, at=later(hours=1))["name"]


def test_the_vault_is_not_readable_in_the_database(send: Send) -> None:
    send(name="Công dân 12", phone="0100 000 012")
    with connection.cursor() as cursor:
        cursor.execute("SELECT details FROM feedback_identity")
        assert "0100" not in cursor.fetchone()[0]


# --- The same letter twice -----------------------------------------------------------------------
def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(send: Send) -> None:
    key = actions.SubmitKey("form", "abc")
    first, again = send(key=key), send(key=key)
    assert (again.case, again.secret, again.replayed) == (first.case, first.secret, True)
    with pytest.raises(errors.IdempotencyConflict):
        send(text=BIRTH + " Và một ý khác.", key=key)
    assert Case.objects.count() == 1


@pytest.mark.parametrize("body", ["Trả lời trong [ngày] ngày.", "Kính gửi {citizen}, …"])
def test_a_reply_with_a_blank_left_in_it_is_not_submitted(body: str, processing: Case, handler: User) -> None:
    actions.draft_reply(processing, body=body, by=handler, at=later(days=1))  # as a draft it may stand
    with pytest.raises(UnfilledBlank):
        actions.submit_reply(processing, body=body, by=handler, at=later(days=1))


# --- Outside our competence ----------------------------------------------------------------------
def test_a_letter_for_another_agency_waits_for_a_person_on_the_transfer_clock(
    send: Send, triage_officer: User
) -> None:
    case = send(
        text="Tôi xin cấp phiếu lý lịch tư pháp số 1 đã quá hạn mà chưa có, bao giờ tôi được cấp phiếu?"
    ).case
    assert case.needs_triage
    assert case.proposed_agency_id == "CA_TINH"
    # Five working days (NĐ 20/2008/NĐ-CP, Điều 9.1.d) from Wed 4 Nov: Wed 11 Nov 2026.
    due = case.clocks.get(name="transfer").due_at.astimezone(HANOI)
    assert due == datetime(2026, 11, 11, 17, 0, tzinfo=HANOI)
    actions.classify(
        case, topic="LLTP", issue="CH", kind="PHAN_ANH", by=triage_officer, at=later(hours=1), dispatch=True
    )
    assert case.needs_triage  # still to be transferred
    actions.transfer(case, agency="CA_TINH", reason="Do Công an cấp.", by=triage_officer, at=later(days=1))
    assert case.clocks.get(name="transfer").verdict == "met"


def test_the_parts_of_a_letter_show_its_files(send: Send, triage_officer: User) -> None:
    picture = uploads.CleanFile("anh.png", b"not opened here", "image/png", "f" * 64)
    second = " Văn phòng công chứng thu thêm phí công chứng hợp đồng mà không có biên lai."
    case = send(text=BIRTH + second, files=(picture,)).case
    (part,) = actions.split(
        case, parts=[(len(BIRTH), len(BIRTH + second))], by=triage_officer, at=later(hours=1)
    )
    assert part.attachments.get().sha256 == case.attachments.get().sha256 == picture.sha256
