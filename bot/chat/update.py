"""What came in: one frozen value for a message or an event, whatever platform it came from."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self


class Kind(StrEnum):
    """What the platform says the update is. `TEXT` carries words of the sender, `CLICK` those of a button."""

    TEXT = "text"
    VOICE = "voice"
    PICTURE = "picture"
    OTHER_MEDIA = "other_media"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    CLICK = "click"
    """A button of a card was pressed: `text` is the button's command."""
    EVENT = "event"
    """Anything else the platform tells us: acknowledged, never answered."""


class IdKind(StrEnum):
    """What sort of id the sender has: one person may be known under several."""

    PLAIN = ""
    """Whatever the channel has only one sort of (openid, WeCom userid, a member's id in the simulator)."""
    OPEN = "open"
    """WeCom's encrypted open_userid: turned into the userid when the app can be asked (W101521)."""


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
    tenant: str = ""
    """The corporation or account `sender` is an id of; empty where the channel knows only one."""
    id_kind: IdKind = IdKind.PLAIN
    card: str = ""
    """The card whose button was pressed (its task id at the platform)."""
    media: str = field(default="", repr=False)
    """Where the channel finds the picture that was sent: its own words, opaque to everybody else."""

    @property
    def private(self) -> bool:
        return self.chat is None

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "at": self.at.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: str) -> Self:
        values = json.loads(stored)
        at, kind = datetime.fromisoformat(values.pop("at")), Kind(values.pop("kind"))
        return cls(at=at, kind=kind, id_kind=IdKind(values.pop("id_kind", "")), **values)
