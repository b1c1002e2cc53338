"""Other letters of one sender: by telephone or mail, for who may ask who wrote, never a hidden or sealed one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from feedback import actions
from feedback.models import Case, Identity, User
from feedback.models.vault import sender_mark
from feedback.reports.sender import other_letters
from tests.cast import BIRTH, later

Send = Callable[..., actions.Receipt]
PHONE, MAIL = "0100 000 012", "cong-dan-12@example.vn"


def write(send: Send, number: int, **fields: str) -> Case:
    return send(f"{BIRTH} Lần {number}.", at=later(hours=number), **fields).case


def test_the_same_telephone_or_mail_however_written(send: Send, manager: User) -> None:
    one = write(send, 1, phone=PHONE)
    two = write(send, 2, phone="+84 100.000.012", email=MAIL)
    three = write(send, 3, email=MAIL.upper())
    write(send, 4, phone="0100 000 013")
    assert other_letters(one, manager) == [two]
    assert other_letters(two, manager) == [three, one]


@pytest.mark.parametrize("visibility", ["hidden", "sealed"])
def test_who_wants_to_stay_unknown_is_not_linked(send: Send, manager: User, visibility: str) -> None:
    one, other = write(send, 1, phone=PHONE), write(send, 2, phone=PHONE, visibility=visibility)
    assert other_letters(one, manager) == []
    assert other_letters(other, manager) == []
    assert not Identity.objects.get(case=other).phone_mark


def test_sealed_later_is_gone_from_the_list(send: Send, manager: User, integrity_officer: User) -> None:
    one, two = write(send, 1, phone=PHONE), write(send, 2, phone=PHONE)
    actions.seal(two, reason="Nghi là tố cáo.", by=manager, at=later(hours=3))
    assert other_letters(one, manager) == other_letters(one, integrity_officer) == []
    assert other_letters(two, integrity_officer) == []


def test_only_what_this_person_may_see(send: Send, manager: User, handler: User, stranger: User) -> None:
    one, two = write(send, 1, phone=PHONE), write(send, 2, phone=PHONE)
    Case.objects.filter(pk=two.pk).update(unit="STP.BTTP", handler=stranger)
    assert other_letters(one, handler) == []
    assert other_letters(one, manager) == [two]


def test_a_letter_about_the_reader_is_not_revealed(send: Send, manager: User, leader: User) -> None:
    one, two = write(send, 1, phone=PHONE), write(send, 2, phone=PHONE)
    Case.objects.filter(pk=two.pk).update(subject_officer=leader)
    assert other_letters(one, leader) == []


def test_a_denunciation_is_never_linked(send: Send, manager: User) -> None:
    one, two = write(send, 1, phone=PHONE), write(send, 2, phone=PHONE)
    Case.objects.filter(pk=two.pk).update(kind="TO_CAO")
    two.refresh_from_db()
    assert other_letters(one, manager) == other_letters(two, manager) == []


def test_two_queries_and_no_name_is_opened(
    send: Send,
    manager: User,
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, _two = write(send, 1, phone=PHONE), write(send, 2, phone=PHONE)
    manager.scope()
    monkeypatch.setattr("feedback.models.vault.decrypt", lambda token: pytest.fail("the vault was opened"))
    with django_assert_num_queries(2):
        other_letters(one, manager)


def test_a_mark_says_nothing_of_the_number() -> None:
    mark = sender_mark("phone", "0100000012")
    assert len(mark) == 64
    assert "100000012" not in mark
    assert sender_mark("phone", "") == ""
    assert mark == sender_mark("phone", "84100000012") == sender_mark("phone", "0084100000012")
    assert mark != sender_mark("email", "0100000012")
