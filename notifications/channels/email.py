"""E-mail through Django's configured backend: plain text, one recipient, one connection per batch."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from notifications.channels.base import Channel, ChannelError, Message


class Email(Channel):
    needs_address = True

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def send(self, message: Message) -> None:
        try:
            sent = self._open().send_messages([_mail(message)])
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self.close()
            raise _failure(error) from None  # the original's words may hold the address
        if not sent:
            raise ChannelError("not_accepted")

    def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(smtplib.SMTPException, OSError):  # what was sent is sent
                connection.close()

    def _open(self) -> BaseEmailBackend:
        if self._connection is None:
            connection = get_connection(fail_silently=False)
            connection.open()
            self._connection = connection
        return self._connection


def _mail(message: Message) -> EmailMessage:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return EmailMessage(
        subject=message.subject,
        body=message.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.address],
        headers={
            # The same at a second attempt: a mail server or reader may drop the repetition.
            "Message-ID": f"<{message.key}@{host}>",
            "List-Id": f"<hoi-am.{host}>",
            # RFC 3834: no vacation responder answers.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": message.language,
        },
    )


def _failure(error: Exception) -> ChannelError:
    """The code of a failure: the server's number where there is one (5xx is final), else the kind of error."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        numbers = [number for number, _ in error.recipients.values()]
        number = max(numbers, default=450)
        return ChannelError(f"smtp_{number}", permanent=500 <= number < 600)
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPAuthenticationError):
        return ChannelError(
            f"smtp_{error.smtp_code}", down=True
        )  # our own setting is wrong: mend it, then retry
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPServerDisconnected):
        return ChannelError(type(error).__name__, down=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return ChannelError(f"smtp_{error.smtp_code}", permanent=500 <= error.smtp_code < 600)
    if isinstance(error, ValueError):  # an address or header that cannot be written
        return ChannelError(type(error).__name__, permanent=True)
    return ChannelError(type(error).__name__, down=isinstance(error, OSError))
