"""One contract for every channel, and what is particular to e-mail, against a real server on this machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail

from feedback.models import Case, CaseEvent, User
from notifications import outbox
from notifications.channels import CHANNELS, Channel, ChannelError, Message
from notifications.models import Delivery, InboxItem
from tests.cast import WEDNESDAY
from tests.notifications.conftest import MAIL
from tests.notifications.mail_server import MailServer

S = Delivery.State


@pytest.fixture
def message(written: Case, manager: User) -> Message:
    event = CaseEvent.objects.filter(case=written).earliest("pk")
    return Message("delivery.7", "Đã nhận đơn", "Kính gửi ông/bà,\n", "vi", MAIL, manager, event.pk)


@pytest.mark.parametrize("name", CHANNELS)
class TestEveryChannel:
    def test_sends_and_closes(self, name: str, message: Message, capsys) -> None:
        channel = CHANNELS[name]()
        channel.send(message)
        channel.close()
        printed = message.subject in capsys.readouterr().out
        assert [len(mail.outbox), InboxItem.objects.count(), printed].count(
            0
        ) == 2  # one of them, and only one

    def test_may_be_closed_unused_and_twice(self, name: str, message: Message) -> None:
        channel = CHANNELS[name]()
        channel.close()
        channel.close()

    def test_sends_again_after_closing(self, name: str, message: Message) -> None:
        channel = CHANNELS[name]()
        channel.send(message)
        channel.close()
        channel.send(message)
        channel.close()
        assert InboxItem.objects.count() <= 1

    def test_says_no_address_aloud(self, name: str, message: Message, capsys) -> None:
        CHANNELS[name]().send(message)
        assert MAIL not in capsys.readouterr().out


def test_the_inbox_is_for_staff_only(message: Message) -> None:
    stranger = Message("delivery.8", "", "", "vi", event_id=message.event_id)
    with pytest.raises(ChannelError) as refused:
        CHANNELS["inbox"]().send(stranger)
    assert refused.value.permanent


# --- E-mail over a real connection -------------------------------------------------------------------
def test_a_mail_arrives_whole(smtp: MailServer, written: Case, told: Callable[..., int]) -> None:
    told()
    [letter] = smtp.mails
    assert letter["To"] == MAIL
    assert letter["Subject"] == f"Đã nhận đơn {written.reference}"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Id"].startswith("<hoi-am.")
    assert letter["Message-ID"].startswith(f"<delivery.{Delivery.objects.get(user=None).pk}@")
    assert letter.get_content_type() == "text/plain"
    text = letter.get_content()
    assert "Chúng tôi đã nhận được đơn của ông/bà." in text
    assert "/lien-ket/" in text


def test_one_connection_carries_a_batch(smtp: MailServer, send, told: Callable[..., int]) -> None:
    for _ in range(10):
        send(email=MAIL)
    told()
    assert len(smtp.mails) == 10
    assert smtp.connections == 1


@pytest.mark.parametrize(
    ("command", "answer", "state", "error"),
    [
        ("RCPT", "550 no such mailbox", S.DEAD, "smtp_550"),
        ("RCPT", "451 come back later", S.FAILED, "smtp_451"),
        ("DATA", "554 refused", S.DEAD, "smtp_554"),
        ("DATA", "452 disk full", S.FAILED, "smtp_452"),
        ("MAIL", "530 who are you", S.FAILED, "smtp_530"),
    ],
)
def test_the_servers_word_decides(
    command: str,
    answer: str,
    state: str,
    error: str,
    smtp: MailServer,
    written: Case,
    told: Callable[..., int],
) -> None:
    smtp.answers[command] = answer
    told()
    row = Delivery.objects.get(user=None)
    assert (row.state, row.error) == (state, error)


def test_a_server_that_comes_back_gets_the_mail(smtp: MailServer, written: Case, settings, told) -> None:
    settings.EMAIL_PORT = 1  # nobody listens there
    told()
    row = Delivery.objects.get(user=None)
    assert (row.state, row.error) == (S.FAILED, "ConnectionRefusedError")
    settings.EMAIL_PORT = smtp.port
    assert outbox.dispatch(at=WEDNESDAY + timedelta(minutes=2)) == 1
    assert len(smtp.mails) == 1


def test_a_header_cannot_be_smuggled_in(smtp: MailServer, message: Message) -> None:
    forged = Message("delivery.9", "Tin\nBcc: khac@example.vn", "…", "vi", MAIL)
    with pytest.raises(ChannelError) as refused:
        CHANNELS["email"]().send(forged)
    assert refused.value.permanent
    assert smtp.mails == []


def test_the_base_channel_sends_nothing(message: Message) -> None:
    with pytest.raises(NotImplementedError):
        Channel().send(message)
