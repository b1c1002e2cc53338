"""Where a letter could get stuck, and what people may type without breaking anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from feedback import actions, errors
from feedback.actions.replies import UnfilledBlank
from feedback.management import loading
from feedback.models import CalendarVersion, Case, CaseEvent, Identity, Topic, User
from feedback.models.catalogue_cache import catalogue
from feedback.reports import log
from feedback.reports.clock import clock_views
from feedback.reports.timeline import timeline
from tests.cast import BIRTH, hire, later

Send = Callable[..., actions.Receipt]
# NUL is refused by PostgreSQL, a lone surrogate by UTF-8; both come out of broken phones and copied PDFs.
NASTY = "Nội dung\x00 có ký tự lạ \ud83d."


# --- What people type ----------------------------------------------------------------------------
def test_odd_characters_in_any_field_of_a_letter_are_kept_out_not_refused(send: Send) -> None:
    case = send(
        text=BIRTH + NASTY,
        name="Công dân\x00 12\ud83d",
        address="Thôn 3\x00\ud83d",
        dossier_code="H27\x00-12\ud83d",
    ).case
    details = Identity.objects.get(case=case).details
    assert "\x00" not in case.text + case.dossier_code + details["name"] + details["address"]
    assert Case.objects.search("H27").get() == case


def test_odd_characters_in_every_later_text_are_kept_out(
    processing: Case, handler: User, leader: User, stranger: User, manager: User
) -> None:
    case = processing
    actions.note(case, text=NASTY, by=handler, at=later(hours=2))
    actions.ask_citizen(case, question=NASTY, by=handler, at=later(hours=2))
    actions.answer_info(case, text=NASTY, by=actions.CITIZEN, at=later(hours=3))
    actions.coordinate(case, units=["STP.BTTP"], question=NASTY, by=handler, at=later(hours=4))
    actions.give_opinion(case, text=NASTY, by=stranger, at=later(hours=5))
    actions.request_extension(case, reason=NASTY, by=handler, at=later(hours=6))
    actions.approve_extension(case, by=leader, at=later(hours=7))
    actions.draft_reply(case, body=NASTY, by=handler, at=later(hours=8))
    ticks = [actions.Tick(item.key, remark=NASTY) for item in actions.checklist(case)]
    actions.submit_reply(case, body=NASTY, by=handler, at=later(hours=9), ticks=ticks, added=[])
    actions.return_reply(case, remarks=NASTY, by=leader, at=later(hours=10))
    actions.submit_reply(case, body=NASTY, by=handler, at=later(hours=11))
    actions.approve_reply(case, by=leader, at=later(hours=12))
    actions.rate(case, score=2, words=NASTY, at=later(days=1))
    actions.prepare_publication(
        case, title=NASTY, question_spans=[], answer_spans=[], include_question=False, by=handler, at=later(days=1)
    )  # fmt: skip
    actions.publish(case, by=manager, at=later(days=1))
    actions.withdraw_publication(case, reason=NASTY, by=manager, at=later(days=2))
    assert not list(log.verify_texts())
    assert not [m for m in case.messages.all() if "\x00" in m.body]


def test_a_reply_of_nothing_but_nul_is_empty(processing: Case, handler: User) -> None:
    with pytest.raises(errors.FieldRequired):
        actions.submit_reply(processing, body="\x00 \x00", by=handler, at=later(days=1))


@pytest.mark.parametrize(
    "words", ["theo văn bản [1] và [2, 3]", "“[…] đúng hạn”", "[...] như trên", "mã {123}"]
)
def test_footnotes_and_omissions_are_no_blanks(words: str, processing: Case, handler: User) -> None:
    actions.submit_reply(processing, body=f"Kính gửi ông/bà, {words}.", by=handler, at=later(days=1))
    assert processing.status == "pending_approval"


@pytest.mark.parametrize("words", ["[số] ngày", "ngày [ngày/tháng]", "{handler}"])
def test_the_blanks_of_a_template_are_still_found(words: str, processing: Case, handler: User) -> None:
    with pytest.raises(UnfilledBlank):
        actions.submit_reply(processing, body=f"Trong {words}.", by=handler, at=later(days=1))


def test_an_unknown_language_is_answered_in_vietnamese(send: Send) -> None:
    case = send(language="vi-VN-x-lvariant").case
    assert Identity.objects.get(case=case).language == "vi"


# --- Waiting -------------------------------------------------------------------------------------
def asking_statuses() -> list[str]:
    return ["new", "accepted", "assigned", "processing", "returned", "reopened"]


@pytest.mark.parametrize("status", asking_statuses())
def test_after_the_answer_the_letter_is_where_it_was(status: str, assigned: Case, manager: User) -> None:
    Case.objects.filter(pk=assigned.pk).update(status=status)
    assigned.refresh_from_db()
    actions.ask_citizen(assigned, question="Việc gì?", by=manager, at=later(hours=1))
    actions.answer_info(assigned, text="Việc này.", by=actions.CITIZEN, at=later(hours=2))
    assert assigned.status == status


def test_a_question_never_answered_can_be_ended_by_the_office(
    processing: Case, handler: User, leader: User
) -> None:
    actions.ask_citizen(processing, question="Việc gì?", by=handler, at=later(hours=2))
    actions.reject(
        processing, code="DAT_DAI", reason="Không nhận được bổ sung.", by=leader, at=later(days=40)
    )
    assert processing.status == "rejected"


# --- Other units ---------------------------------------------------------------------------------
def test_a_unit_that_never_answered_does_not_hold_up_the_next_question(
    processing: Case, handler: User, stranger: User
) -> None:
    other = hire("can-bo-pbgd", "Chuyên viên phổ biến pháp luật", ("STP.PBGDPL", "handler"))
    actions.coordinate(processing, units=["STP.BTTP"], question="Phí?", by=handler, at=later(hours=2))
    actions.end_coordination(processing, by=handler, at=later(days=1))
    actions.coordinate(
        processing, units=["STP.PBGDPL"], question="Tuyên truyền?", by=handler, at=later(days=2)
    )
    actions.give_opinion(processing, text="Đã làm.", by=other, at=later(days=3))
    assert processing.status == "processing"


def test_the_manager_ends_a_coordination_whose_handler_has_gone(
    processing: Case, handler: User, manager: User
) -> None:
    actions.coordinate(processing, units=["STP.BTTP"], question="Phí?", by=handler, at=later(hours=2))
    User.objects.filter(pk=handler.pk).update(is_active=False)
    actions.end_coordination(processing, by=manager, at=later(days=1))
    assert processing.status == "processing"


def test_naming_the_subject_takes_a_case_under_coordination_back(
    processing: Case, handler: User, manager: User, triage_officer: User
) -> None:
    actions.coordinate(processing, units=["STP.BTTP"], question="Phí?", by=handler, at=later(hours=2))
    actions.set_subject(processing, unit=None, officer=handler, by=manager, at=later(hours=3))
    assert (processing.status, processing.handler, processing.needs_triage) == ("accepted", None, True)
    assert actions.may(processing, "assign", triage_officer)


def test_a_reply_by_the_officer_complained_of_is_not_approved(
    processing: Case, handler: User, leader: User, manager: User
) -> None:
    actions.submit_reply(processing, body="Tôi không có lỗi.", by=handler, at=later(days=1))
    actions.set_subject(processing, unit=None, officer=handler, by=manager, at=later(days=1))
    assert (processing.status, processing.handler) == ("accepted", None)
    newcomer = hire("can-bo-moi", "Chuyên viên mới", ("STP.HCTP", "handler"))
    actions.assign(processing, handler=newcomer, by=leader, at=later(days=2))
    actions.accept(processing, by=newcomer, at=later(days=2))
    actions.submit_reply(processing, body="Chúng tôi đã xem xét lại.", by=newcomer, at=later(days=3))
    actions.approve_reply(processing, by=leader, at=later(days=3))
    reply = actions.latest_reply(processing)
    assert reply is not None
    assert reply.body == "Chúng tôi đã xem xét lại."


# --- Coming back ---------------------------------------------------------------------------------
def test_a_letter_reopened_after_its_handler_left_is_handed_to_somebody_else(
    answered: Case, handler: User
) -> None:
    User.objects.filter(pk=handler.pk).update(is_active=False)
    newcomer = hire("can-bo-moi", "Chuyên viên mới", ("STP.HCTP", "handler"))
    actions.reopen(answered, text="Tôi chưa rõ.", by=actions.CITIZEN, at=later(days=3))
    actions.assign_waiting(at=later(days=3))
    answered.refresh_from_db()
    assert answered.handler == newcomer


def test_returned_twice_every_version_is_kept(processing: Case, handler: User, leader: User) -> None:
    for number in (1, 2):
        actions.submit_reply(processing, body=f"Bản {number}.", by=handler, at=later(days=number))
        actions.return_reply(processing, remarks=f"Ý kiến {number}.", by=leader, at=later(days=number))
    draft = actions.current_draft(processing)
    assert draft is not None
    assert (draft.number, draft.remarks) == (2, "Ý kiến 2.")
    actions.submit_reply(processing, body="Bản 3.", by=handler, at=later(days=3))
    assert actions.current_draft(processing) is None
    assert [(r.number, r.body) for r in processing.replies.all()] == [(n, f"Bản {n}.") for n in (1, 2, 3)]


# --- The catalogue in memory ---------------------------------------------------------------------
def test_a_change_rolled_back_is_not_remembered(office: None) -> None:
    """Seen by the one who makes it, by nobody else, and by nobody once it is undone."""
    with transaction.atomic():
        Topic.objects.create(code="THU", name_vi="Thử")
        assert "THU" in catalogue().topics
        transaction.set_rollback(True)
    # Not asked of the cache alone: the snapshot taken inside must not be the one handed out now.
    assert "THU" not in catalogue().topics


def test_a_new_calendar_file_does_not_replace_the_calendar_the_office_edited(
    office: None, administrator: User, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shipped = CalendarVersion.objects.first()
    assert shipped is not None
    CalendarVersion.objects.create(
        version="cua-so-1",
        data={**shipped.data, "version": "cua-so-1", "decided_until": 2027},
        author=administrator,
        in_force_from=timezone.now(),
    )
    folder = tmp_path_factory.mktemp("catalogue")
    for file in loading.FILES.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    text = (folder / "calendar.yaml").read_text(encoding="utf-8")
    (folder / "calendar.yaml").write_text(
        text.replace(f"version: {shipped.version}", "version: vn-2027.1").replace("13:00", "13:30"), "utf-8"
    )
    tally = loading.load(folder=folder)
    assert catalogue().calendar.version == "cua-so-1"
    assert CalendarVersion.objects.count() == 2
    assert "CalendarVersion vn-2027.1" in tally.kept


# --- Searching, reading --------------------------------------------------------------------------
def test_a_reference_finds_its_case(send: Send) -> None:
    first, second = send().case, send().case
    assert list(Case.objects.search(second.reference)) == [second]
    assert list(Case.objects.search(first.reference.lower().replace("-", " "))) == [first]


def test_history_and_clocks_take_the_same_few_queries_however_long_the_case(
    processing: Case, handler: User, leader: User
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            timeline(processing, staff=True)
            clock_views(processing, at=later(days=9))
            actions.allowed_actions(processing, handler)
        return len(seen)

    handler.scope()
    short = queries()
    for number in range(1, 6):
        actions.note(processing, text=f"Ghi chú {number}", by=handler, at=later(hours=number))
        actions.submit_reply(processing, body=f"Bản {number}.", by=handler, at=later(days=number))
        actions.return_reply(processing, remarks="Xem lại.", by=leader, at=later(days=number))
    assert queries() == short <= 4


def test_the_log_of_a_living_office_is_whole(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter written while the walk goes on is no broken chain."""
    case = send().case
    real = CaseEvent.objects.order_by

    def order_by(*names: str) -> object:
        actions.note(case, text="Trong khi kiểm tra", by=author, at=later(hours=1))
        send()
        return real(*names)

    author = hire("can-bo-9", "Chuyên viên 9", ("STP.HCTP", "handler"))
    monkeypatch.setattr(CaseEvent.objects, "order_by", order_by)
    assert list(log.verify()) == []
