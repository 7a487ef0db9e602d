"""The chats of an intelligent robot: who is in them, what stands on their screens, what the limits leave.

One `Chats` serves the long connection and URL mode alike, for the limits count replies and pushes together.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.platform import aibot_forms as forms
from tests.platform.clock import Clock
from tests.platform.ledger import Entry, Ledger, Outcome, Window
from tests.platform.server import Refused

PER_MINUTE = 30
PER_HOUR = 1000
STREAM_LIFETIME = timedelta(minutes=6)
"""From the first frame to the last; ten minutes in later notes."""
SINGLE, GROUP = 1, 2


@dataclass(frozen=True)
class Robot:
    """What the administration page shows. `secret` is for the long connection, the other two for URL mode."""

    bot_id: str = "AIBOTID"
    secret: str = "secret-of-the-robot"
    name: str = "连心 村务助手"
    token: str = "AibotToken2026"
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass
class Stream:
    """A reply that grows. `contents`: each frame's text, the full one every time."""

    chat: str
    request: str
    opened: datetime
    entry: int
    contents: list[str]
    finished: bool = False


@dataclass
class Card:
    """A card on the screen of a chat; an update changes it for everybody or for some."""

    chat: str
    card: Mapping[str, Any]
    entry: int
    for_some: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def seen_by(self, userid: str) -> Mapping[str, Any]:
        return self.for_some.get(userid, self.card)


class Chats:
    """`ledger.contents(chat)` is what a chat has on the screen; a stream is one entry with its last text."""

    def __init__(self, clock: Clock, robot: Robot) -> None:
        self.clock = clock
        self.robot = robot
        self.ledger = Ledger()
        self.groups: dict[str, set[str]] = {}
        self.people: set[str] = set()
        self.spoken: set[str] = set()
        """Chats in which somebody has spoken to the robot: a userid for a single chat."""
        self.removed: set[str] = set()
        """Groups the robot has been taken out of."""
        self.streams: dict[str, Stream] = {}
        self.cards: dict[str, Card] = {}
        self._minute = Window(PER_MINUTE, timedelta(minutes=1))
        self._hour = Window(PER_HOUR, timedelta(hours=1))

    # -- who is there ----------------------------------------------------------------------------

    def add_group(self, chat: str, *members: str) -> None:
        """A group with the robot in it; nobody has spoken to it yet."""
        self.groups[chat] = set(members)
        self.people |= self.groups[chat]

    def heard(self, userid: str, chat: str | None) -> str:
        """Somebody has spoken to the robot; returns the chat it may now push into."""
        if chat is not None:
            assert userid in self.groups[chat], f"{userid} is not in {chat}"
            assert chat not in self.removed, f"the robot is not in {chat}"
        self.people.add(userid)
        self.spoken.add(chat or userid)
        return chat or userid

    def find(self, chat: str, chat_type: int) -> str:
        """The chat a push is for, with somebody in it who has spoken. Type 0 tries groups first."""
        known = (chat_type != SINGLE and chat in self.groups) or (chat_type != GROUP and chat in self.people)
        if not known:
            raise Refused(forms.UNKNOWN_CHAT, "invalid chatid")
        if chat in self.removed:
            raise Refused(forms.NOT_IN_GROUP, "the robot is not in the group")
        if chat not in self.spoken:
            raise Refused(forms.NEVER_SPOKEN, "nobody in the chat has spoken to the robot")
        return chat

    # -- what is said ----------------------------------------------------------------------------

    def say(self, chat: str, body: Mapping[str, Any], request: str) -> None:
        """Put a checked `body` on the screen of `chat`. `request`: the req_id or msgid it answers."""
        kind = body["msgtype"]
        if "stream" in body:
            self._say_stream(chat, body["stream"], body.get("template_card"), request)
        elif kind == "template_card":
            self._say_card(chat, body["template_card"])
        elif kind in {"text", "markdown"}:
            self._show(chat, kind, body[kind]["content"])
        else:
            self._show(chat, kind, json.dumps(body[kind], ensure_ascii=False))

    def update_card(self, task_id: str, card: Mapping[str, Any], userids: list[str] | None) -> None:
        """`card` takes the place of the one with its task_id, for all or for some. It is no new message."""
        shown = self.cards[task_id]
        if userids:
            shown.for_some.update(dict.fromkeys(userids, card))
            return
        shown.card, shown.for_some = card, {}
        self._rewrite(shown.entry, json.dumps(card, ensure_ascii=False))

    def refuse(self, chat: str, body: Any, refused: Refused) -> None:
        """Note that something was not said."""
        kind = body.get("msgtype", "") if isinstance(body, dict) else ""
        text = json.dumps(body, ensure_ascii=False)
        self.ledger.write(
            Entry(self.clock.now(), chat, str(kind), text, Outcome.REFUSED, refused.code, str(refused))
        )

    def _say_stream(
        self, chat: str, part: Mapping[str, Any], card: Mapping[str, Any] | None, request: str
    ) -> None:
        stream = self.streams.get(part["id"])
        content, finish = part.get("content", ""), part.get("finish", False)
        if finish and not content:
            raise Refused(forms.EMPTY, "the finished stream has no content")
        if part.get("msg_item") and not finish:
            raise Refused(forms.BAD_PARAMETER, "stream.msg_item: only with finish")
        if stream is None:
            self._check_card(card)
            entry = self._show(chat, "stream", content)
            stream = self.streams[part["id"]] = Stream(chat, request, self.clock.now(), entry, [])
        elif (stream.chat, stream.request) != (chat, request):
            raise Refused(forms.BAD_PARAMETER, "stream.id: belongs to another message")
        elif stream.finished:
            raise Refused(forms.BAD_PARAMETER, "stream.id: finished already")
        elif self.clock.now() - stream.opened > STREAM_LIFETIME:
            raise Refused(forms.STREAM_EXPIRED, "stream message update expired")
        else:
            self._check_card(card)
            self._rewrite(stream.entry, content)
        stream.contents.append(content)
        stream.finished = finish
        if card is not None:
            self._pin(chat, card, self._write(chat, "template_card", card))

    def _say_card(self, chat: str, card: Mapping[str, Any]) -> None:
        self._check_card(card)
        self._admit(chat)
        self._pin(chat, card, self._write(chat, "template_card", card))

    def _check_card(self, card: Mapping[str, Any] | None) -> None:
        if card is not None and card.get("task_id") in self.cards:
            raise Refused(forms.BAD_PARAMETER, "template_card.task_id: used before")

    def _pin(self, chat: str, card: Mapping[str, Any], entry: int) -> None:
        if "task_id" in card:
            self.cards[card["task_id"]] = Card(chat, card, entry)

    def _show(self, chat: str, kind: str, content: str) -> int:
        self._admit(chat)
        return self._write(chat, kind, content)

    def _admit(self, chat: str) -> None:
        """`Refused` when the robot is out of the group or a limit is reached; otherwise this one counts."""
        if chat in self.removed:
            raise Refused(forms.NOT_IN_GROUP, "the robot is not in the group")
        now = self.clock.now()
        if self._minute.full(chat, now) or self._hour.full(chat, now):
            raise Refused(forms.TOO_OFTEN, "api freq out of limit")
        self._minute.take(chat, now)
        self._hour.take(chat, now)

    def _write(self, chat: str, kind: str, content: str | Mapping[str, Any]) -> int:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        number = len(self.ledger.entries)
        self.ledger.write(
            Entry(self.clock.now(), chat, kind, text, Outcome.DELIVERED, message_id=f"aibot-{number}")
        )
        return number

    def _rewrite(self, entry: int, content: str) -> None:
        self.ledger.entries[entry] = replace(self.ledger.entries[entry], content=content)
