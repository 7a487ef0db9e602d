"""What people do in their chats with an intelligent robot, as the JSON the robot is told it in.

Follows 接收消息 (100719) and 接收事件 (101027); the same JSON in both modes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from tests.platform.aibot_chats import Chats
from tests.platform.cards import keys

GROUP_KINDS = frozenset({"text", "mixed"})
SINGLE_KINDS = frozenset({"text", "image", "mixed", "voice", "file", "video"})


@dataclass
class Callback:
    """Something the robot is told. `chat`: the group's id, or the userid of a single chat. `kind`: "message" or
    the event's name. `connection`: the number of the connection it went out on, None when there was none."""

    request: str
    at: datetime
    chat: str
    userid: str
    kind: str
    body: Mapping[str, Any]
    task_id: str = ""
    """Of the card that was pressed."""
    connection: int | None = None
    answered: int = 0
    """How many frames have answered it."""


class People:
    """Writes callbacks. A person who speaks to the robot opens the chat to its pushes."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats
        self._written = 0
        self._entered: dict[str, date] = {}

    def say(
        self,
        userid: str,
        text: str,
        chat: str | None = None,
        *,
        mention: str = "before",
        quote: Mapping[str, Any] | None = None,
    ) -> Callback:
        """A text. In a group it is for the robot only with its name in it: `mention` "before" or "after"."""
        if chat is not None:
            assert mention in {"before", "after"}, "a robot does not hear what it is not mentioned in"
            name = f"@{self.chats.robot.name}"
            text = f"{name} {text}" if mention == "before" else f"{text} {name}"
        return self.message(userid, "text", {"content": text}, chat, quote=quote)

    def message(
        self,
        userid: str,
        kind: str,
        content: Mapping[str, Any],
        chat: str | None = None,
        *,
        quote: Mapping[str, Any] | None = None,
    ) -> Callback:
        """A message of any `kind`: {"content": …} of a text or voice, {"url": …, "aeskey": …} of an image, file or
        video, {"msg_item": […]} of a mixed one. An unknown kind passes: the platform may add some."""
        assert chat is None or kind in GROUP_KINDS or kind not in SINGLE_KINDS, f"no {kind} from a group"
        self.chats.heard(userid, chat)
        fields: dict[str, Any] = {"msgtype": kind, kind: dict(content)}
        if quote is not None:
            fields["quote"] = dict(quote)
        return self._callback(userid, chat, "message", fields)

    def click(
        self,
        userid: str,
        task_id: str,
        key: str,
        *,
        selected: Mapping[str, Sequence[str]] | None = None,
        flat: bool = False,
        task_field: str = "task_id",
    ) -> Callback:
        """A press on the card `task_id`, as `userid` sees it. `selected`: question_key → option ids. `flat`: the
        fields stand in `event` itself; `task_field` "taskid" is the other spelling that has been seen."""
        shown = self.chats.cards[task_id]
        card = shown.seen_by(userid)
        assert key in keys(card), f"{userid} sees no {key} on {task_id}"
        group = shown.chat if shown.chat in self.chats.groups else None
        assert group is None or userid in self.chats.groups[group], f"{userid} is not in {group}"
        press: dict[str, Any] = {"card_type": card["card_type"], "event_key": key, task_field: task_id}
        if selected:
            press["selected_items"] = {
                "selected_item": [
                    {"question_key": question, "option_ids": {"option_id": list(options)}}
                    for question, options in selected.items()
                ]
            }
        return replace(self._event(userid, group, "template_card_event", press, flat=flat), task_id=task_id)

    def enter(self, userid: str) -> Callback | None:
        """The single chat is opened; told the first time each day only."""
        self.chats.people.add(userid)
        today = self.chats.clock.now().date()
        if self._entered.get(userid) == today:
            return None
        self._entered[userid] = today
        return self._event(userid, None, "enter_chat", {})

    def feedback(
        self,
        userid: str,
        feedback_id: str,
        kind: int,
        chat: str | None = None,
        *,
        content: str = "",
        reasons: Sequence[int] = (),
    ) -> Callback:
        """Thumbs for a reply: `kind` 1 helpful, 2 not, 3 withdrawn."""
        said: dict[str, Any] = {"id": feedback_id, "type": kind}
        if kind == 2:
            said |= {"content": content, "inaccurate_reason_list": list(reasons)}
        return self._event(userid, chat, "feedback_event", said)

    def event(self, userid: str, chat: str | None, name: str, fields: Mapping[str, Any]) -> Callback:
        """An event of any name; one the robot has never heard of is to be passed over."""
        return self._event(userid, chat, name, fields)

    def again(self, callback: Callback) -> Callback:
        """The same message once more, under a new req_id."""
        return replace(
            callback, request=self._request(), at=self.chats.clock.now(), connection=None, answered=0
        )

    def displaced(self) -> Callback:
        """Another connection has taken the place of this one."""
        body = self._body(None, {**_at(self.chats), **_event_fields("disconnected_event", {}, flat=False)})
        return Callback(self._request(), self.chats.clock.now(), "", "", "disconnected_event", body)

    def _event(
        self, userid: str, chat: str | None, name: str, fields: Mapping[str, Any], *, flat: bool = False
    ) -> Callback:
        return self._callback(
            userid, chat, name, {**_at(self.chats), **_event_fields(name, fields, flat=flat)}
        )

    def _callback(self, userid: str, chat: str | None, kind: str, fields: Mapping[str, Any]) -> Callback:
        where = {"chattype": "single"} if chat is None else {"chatid": chat, "chattype": "group"}
        body = self._body(userid, {**where, **fields})
        return Callback(self._request(), self.chats.clock.now(), chat or userid, userid, kind, body)

    def _body(self, userid: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
        sender = {} if userid is None else {"from": {"userid": userid}}
        self._written += 1
        return {"msgid": f"M{self._written}", "aibotid": self.chats.robot.bot_id, **sender, **fields}

    def _request(self) -> str:
        self._written += 1
        return f"R{self._written}"


def _at(chats: Chats) -> dict[str, Any]:
    return {"create_time": int(chats.clock.now().timestamp())}


def _event_fields(name: str, fields: Mapping[str, Any], *, flat: bool) -> dict[str, Any]:
    inner = dict(fields) if flat else {name: dict(fields)} if fields else {}
    return {"msgtype": "event", "event": {"eventtype": name, **inner}}
