"""The intelligent robot in URL mode: the platform calls our address with sealed JSON and polls for the answer.

Follows 接收消息 (100719), 接收事件 (101027), 被动回复消息 (101031), 主动回复消息 (101138) and 加解密方案 (101033).

    platform = AibotUrlPlatform(clock)               # platform.robot.token .aes_key; the receive id is empty
    await platform.start(); …; await platform.stop()   # serves the response_url
    assert await platform.verify_url(url)            # a sealed echostr, one second
    callback = platform.people.say("lihua", "/心愿 列表", "wrAAAA")      # written as in the long connection
    talk = await platform.converse(url, callback)    # posted, then polled until finished, for six minutes at most
    talk.shown, talk.contents, talk.polls, talk.fault
    outcome = await platform.tell(url, callback)     # posted only; a message three times at most, an event once
    outcome = await platform.poll(url, callback, "st-1")       # one poll
    platform.ledger, platform.chats                  # as in the long connection
    platform.api.inject(RESPONSE, Fault.BUSY)        # faults of the response_url
    request = platform.request(platform.written(callback), timestamp=0)   # a stale one; nonce=, receive_id= too
    await platform.deliver_at_once(url, platform.written(callback), copies=3)     # shows nothing on the screen

`converse` moves a standing clock by `every` seconds before each poll and lets `pause` real seconds pass.
"""

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.platform import aibot_forms as forms
from tests.platform.aibot_callbacks import Callback, People
from tests.platform.aibot_chats import STREAM_LIFETIME, Chats, Robot
from tests.platform.clock import Clock, StandingClock
from tests.platform.ledger import Ledger
from tests.platform.replies import ServiceFault
from tests.platform.seal import Sealer, signature
from tests.platform.sender import Outcome, Request, Sender
from tests.platform.server import Answer, ApiServer, Call, Refused

RESPONSE = "/cgi-bin/aibot/response"
RESPONSE_SPAN = timedelta(hours=1)
RESPONSE_KINDS = ("markdown", "template_card")
WITH_RESPONSE = ("message", "template_card_event")
"""Callbacks that carry a response_url."""

REPLIES: Mapping[str, tuple[str, ...]] = {
    "message": ("stream", "template_card", "stream_with_template_card"),
    "stream": ("stream", "stream_with_template_card"),
    "enter_chat": ("text", "template_card"),
}
"""What may answer a message, a poll, the first visit of a day. A press on a card may be answered by an update."""

_ENVELOPE = {"encrypt": str, "msgsignature": str, "timestamp": object, "nonce": str}


@dataclass
class Talk:
    """A message and what came of it. `contents`: the text after each answer that had one; `fault`: what the person
    is left with instead of a finished answer."""

    outcomes: list[Outcome]
    contents: list[str] = field(default_factory=list)
    finished: bool = False
    fault: str | None = None

    @property
    def polls(self) -> int:
        return len(self.outcomes) - 1

    @property
    def shown(self) -> str | None:
        return self.contents[-1] if self.contents else None


@dataclass
class Right:
    """The right to one message by the response_url."""

    chat: str
    until: datetime
    used: bool = False


class AibotUrlPlatform(Sender):
    """One robot with an address of its own."""

    def __init__(
        self,
        clock: Clock | None = None,
        robot: Robot | None = None,
        *,
        patience: float = 5.0,
        strict: bool = True,
    ) -> None:
        super().__init__(clock or StandingClock(), patience=patience)
        self.robot = robot or Robot()
        self.chats = Chats(self.clock, self.robot)
        self.people = People(self.chats)
        self.api = ApiServer(self.clock)
        self.api.strict = strict
        self.api.on("POST", RESPONSE, self._respond, "response_code")
        self.sealer = Sealer(self.robot.aes_key, "")
        self._strict = strict
        self._base = ""
        self._rights: dict[str, Right] = {}
        self._urls: dict[str, str] = {}
        self._polls = 0

    @property
    def ledger(self) -> Ledger:
        return self.chats.ledger

    async def start(self) -> None:
        self._base = await self.api.start()

    async def stop(self) -> None:
        await self.api.stop()

    # -- delivery --------------------------------------------------------------------------------

    def written(self, callback: Callback) -> str:
        """The JSON of `callback`, with its response_url; the same for every attempt."""
        body = dict(callback.body)
        if callback.kind in WITH_RESPONSE:
            body["response_url"] = self.response_url(callback)
        return json.dumps(body, ensure_ascii=False)

    def response_url(self, callback: Callback) -> str:
        msgid = callback.body["msgid"]
        if msgid not in self._urls:
            code = f"RC{len(self._rights) + 1}"
            self._rights[code] = Right(callback.chat, callback.at + RESPONSE_SPAN)
            self._urls[msgid] = f"{self._base}{RESPONSE}?response_code={code}"
        return self._urls[msgid]

    def request(
        self,
        message: str,
        *,
        timestamp: int | None = None,
        nonce: str | None = None,
        receive_id: str | None = None,
    ) -> Request:
        moment = self.moment(timestamp, nonce)
        encrypted = self.sealer.seal(message, secrets.token_bytes(16), receive_id=receive_id)
        return Request(self._signed(moment, encrypted), json.dumps({"encrypt": encrypted}).encode(), message)

    async def verify_url(self, url: str, *, echo: str = "9182736455463728190") -> bool:
        """The test made when the address is entered: the sealed echostr has to come back open, and nothing else."""
        moment, sealed = self.moment(), self.sealer.seal(echo, secrets.token_bytes(16))
        query = {**self._signed(moment, sealed), "echostr": sealed}
        answer = await self.call("GET", url, query, patience=self.verify_patience)
        return answer.status == 200 and answer.body == echo

    async def tell(self, url: str, callback: Callback) -> Outcome:
        """Post `callback` and show what is answered. An event is posted once."""
        message = self.written(callback)
        if callback.kind == "message":
            outcome = await self.deliver(url, message)
        else:
            outcome = await self._post_once(url, message)
        return self._show(callback, outcome)

    async def poll(self, url: str, callback: Callback, stream_id: str) -> Outcome:
        """Ask once for the next state of the stream that answers `callback`."""
        self._polls += 1
        told = {
            key: callback.body[key]
            for key in ("aibotid", "chatid", "chattype", "from")
            if key in callback.body
        }
        message = {"msgid": f"P{self._polls}", **told, "msgtype": "stream", "stream": {"id": stream_id}}
        return self._show(callback, await self._post_once(url, json.dumps(message, ensure_ascii=False)))

    async def converse(
        self, url: str, callback: Callback, *, every: float = 1.0, pause: float = 0.01
    ) -> Talk:
        """Post a message and poll until its stream is finished, or six minutes after it."""
        talk = Talk([await self.tell(url, callback)])
        stream_id = self._follow(talk)
        while stream_id is not None and not talk.finished and talk.fault is None:
            await asyncio.sleep(pause)
            if isinstance(self.clock, StandingClock):
                self.clock.advance(every)
            if self.clock.now() - callback.at > STREAM_LIFETIME:
                talk.fault = "the stream was not finished within six minutes"
                break
            talk.outcomes.append(await self.poll(url, callback, stream_id))
            self._follow(talk)
        return talk

    def _follow(self, talk: Talk) -> str | None:
        """Take over what the last answer said; returns the id of its stream. After a poll that failed comes another."""
        outcome = talk.outcomes[-1]
        failed_poll = talk.polls > 0 and outcome.attempts[-1].status != 200
        talk.fault = None if failed_poll else outcome.fault
        if outcome.text is not None:
            talk.contents.append(outcome.text)
        stream = (outcome.reply or {}).get("stream")
        talk.finished = bool(stream and stream.get("finish"))
        return stream["id"] if stream else None

    async def _post_once(self, url: str, message: str) -> Outcome:
        request = self.request(message)
        attempt = await self.post(url, request)
        if attempt.status != 200:
            return Outcome([attempt], fault="no answer with HTTP 200")
        return self.read(request, [attempt])

    def _signed(self, moment: Mapping[str, str], encrypted: str) -> dict[str, str]:
        signed = signature(self.robot.token, moment["timestamp"], moment["nonce"], encrypted)
        return {"msg_signature": signed, **moment}

    # -- reading answers -------------------------------------------------------------------------

    def read_reply(self, request: Request, body: str) -> tuple[str | None, Mapping[str, Any] | None]:
        """The text and the whole of an answer, checked, not yet shown."""
        if not body:
            return None, None
        told = json.loads(request.message)
        kind = _kind(told)
        try:
            reply = json.loads(self._opened(request, body))
            if kind == "template_card_event":
                forms.require_update(reply, _pressed(told), strict=self._strict)
                return None, reply
            forms.require_content(
                reply, REPLIES.get(kind, ()), stream=forms.STREAM_OF_URL_MODE, strict=self._strict
            )
        except ValueError:
            raise ServiceFault("the answer is not JSON") from None
        except Refused as refused:
            raise ServiceFault(str(refused)) from None
        if kind == "stream" and reply["stream"]["id"] != told["stream"]["id"]:
            raise ServiceFault("the answer to a poll is of another stream")
        return reply.get("stream", reply.get("text", {})).get("content"), reply

    def _opened(self, request: Request, body: str) -> str:
        envelope = json.loads(body)
        forms.require(envelope, _ENVELOPE)
        moment = str(envelope["timestamp"])
        if isinstance(envelope["timestamp"], bool) or not moment.isdecimal():
            raise ServiceFault("timestamp: not a number of seconds")
        if envelope["nonce"] != request.query["nonce"]:
            raise ServiceFault("nonce: not the one of the request")
        signed = signature(self.robot.token, moment, envelope["nonce"], envelope["encrypt"])
        if envelope["msgsignature"] != signed:
            raise ServiceFault("the answer's signature is wrong")
        try:
            return self.sealer.open(envelope["encrypt"])
        except ValueError as error:
            raise ServiceFault(f"the answer cannot be opened: {error}") from error

    def _show(self, callback: Callback, outcome: Outcome) -> Outcome:
        """Put the answer on the screen; what may not be there becomes a fault."""
        reply = outcome.reply
        if reply is None:
            return outcome
        callback.answered += 1
        if "response_type" in reply:
            self.chats.update_card(callback.task_id, reply["template_card"], reply.get("userids"))
            return outcome
        try:
            self.chats.say(callback.chat, reply, callback.body["msgid"])
        except Refused as refused:
            self.chats.refuse(callback.chat, dict(reply), refused)
            return replace(outcome, text=None, fault=str(refused))
        return outcome

    # -- response_url ----------------------------------------------------------------------------

    def _respond(self, call: Call) -> Answer:
        """One message, within an hour, to the chat of the callback. No token."""
        body = self.api.shaped(call, dict)
        right = self._rights.get(call.query["response_code"])
        chat = right.chat if right is not None else ""
        try:
            if right is None or right.used or right.until <= self.clock.now():
                raise Refused(forms.BAD_PARAMETER, "invalid response_code")
            forms.require_content(body, RESPONSE_KINDS, strict=self._strict)
            self.chats.say(chat, body, "")
        except Refused as refused:
            self.chats.refuse(chat, body, refused)
            raise
        right.used = True
        return {"errcode": 0, "errmsg": "ok"}


def _kind(told: Mapping[str, Any]) -> str:
    if told["msgtype"] == "event":
        return str(told["event"]["eventtype"])
    return "stream" if told["msgtype"] == "stream" else "message"


def _pressed(told: Mapping[str, Any]) -> str:
    """The task_id of a press on a card, nested or flat, by either of its names."""
    event = told["event"]
    press = event.get("template_card_event", event)
    return str(press.get("task_id", press.get("taskid")))
