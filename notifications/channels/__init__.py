"""The ways to reach people. A new one: a file with a `Channel`, one line here, its name in a row of `rules.py`."""

from notifications.channels.base import Channel, ChannelError, Message
from notifications.channels.console import Console
from notifications.channels.email import Email
from notifications.channels.inbox import Inbox

CHANNELS: dict[str, type[Channel]] = {
    "email": Email,
    "inbox": Inbox,
    "console": Console,
}

__all__ = ["CHANNELS", "Channel", "ChannelError", "Message"]
