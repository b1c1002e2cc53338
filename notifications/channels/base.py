"""What every channel is: it sends one message, or says in one code why it could not."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.models import User


class ChannelError(Exception):
    """Not sent. `code` is kept in the outbox, so it never holds an address or a text.

    `permanent`: another attempt would fail alike. `down`: the channel itself does not answer, so the rest of the
    batch may wait.
    """

    def __init__(self, code: str, *, permanent: bool = False, down: bool = False) -> None:
        super().__init__(code)
        self.code = code[:60]
        self.permanent = permanent
        self.down = down


@dataclass(frozen=True)
class Message:
    """One message, ready to go. `key` is the same at every attempt, so a receiver can tell a repetition."""

    key: str
    subject: str
    body: str
    language: str
    address: str = ""  # for channels that need one
    user: User | None = None  # None: the citizen
    event_id: int = 0  # what it is about: an event,
    digest_id: int = 0  # or a digest


class Channel:
    """One way to reach people. Made new for each batch; `close` is always called at the end of it."""

    needs_text = True  # False: the channel keeps ids only and nothing is composed for it
    needs_address = False

    def send(self, message: Message) -> None:
        """Hand the message over. Raises ChannelError; returning means the other side has it."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back connections."""
