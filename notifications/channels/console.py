"""For trying out: says on standard output that a message would go, without showing whom it would reach."""

from __future__ import annotations

import sys

from notifications.channels.base import Channel, Message


class Console(Channel):
    def send(self, message: Message) -> None:
        sys.stdout.write(f"[{message.key}] {message.subject}\n\n{message.body}\n")
        sys.stdout.flush()
