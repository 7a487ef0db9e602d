"""What came in: one frozen value for a message or an event, whatever platform it came from."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self


class Kind(StrEnum):
    """What the platform says the update is. Only `TEXT` carries words of the sender."""

    TEXT = "text"
    VOICE = "voice"
    PICTURE = "picture"
    OTHER_MEDIA = "other_media"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    EVENT = "event"
    """Anything else the platform tells us: acknowledged, never answered."""


@dataclass(frozen=True, slots=True)
class Update:
    """One thing that happened on a channel.

    `key` is the platform's own identity of the message within `channel` (MsgId, or sender, time and
    event): two updates with one key are one message delivered twice.
    `sender` and `chat` are the channel's ids; `chat` is None in a private conversation.
    `at` is aware: the time the platform gives, or the time of arrival where it gives none.
    `mentioned`: the bot was addressed by @ in a group.
    """

    channel: str
    key: str
    sender: str
    at: datetime
    text: str = ""
    kind: Kind = Kind.TEXT
    chat: str | None = None
    mentioned: bool = False
    sender_name: str | None = None

    @property
    def private(self) -> bool:
        return self.chat is None

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "at": self.at.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: str) -> Self:
        values = json.loads(stored)
        at, kind = datetime.fromisoformat(values.pop("at")), Kind(values.pop("kind"))
        return cls(at=at, kind=kind, **values)
