"""The intelligent robot's benches: on its long connection, and in URL mode."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.chat.channel import Recipient
from tests.channels.contract.bench import Bench, Heard
from tests.platform.aibot import AibotServer
from tests.platform.aibot_callbacks import Callback
from tests.platform.aibot_chats import Chats
from tests.platform.aibot_url import AibotUrlPlatform
from tests.platform.sender import Request

GROUP, PERSON, OTHER = "wrAAAA", "lihua", "wangwu"
REPLY = "stream"
"""How an answer stands in the ledger; what is pushed stands there as something else."""


def _received(chats: Chats) -> list[dict[str, Any]]:
    plain = ("text", "markdown")
    return [
        {"kind": entry.kind, "content": entry.content if entry.kind in plain else json.loads(entry.content)}
        for entry in chats.ledger.delivered(GROUP)
        if entry.kind != REPLY
    ]


class LongConnectionBench(Bench):
    name = "wecom_aibot"
    callback = False

    async def open_platform(self) -> None:
        self.server = AibotServer(self.clock)
        self.server.chats.add_group(GROUP, PERSON, OTHER)
        self.address = await self.server.start()

    async def close_platform(self) -> None:
        await self.server.stop()
        assert self.server.violations == []

    def settings(self) -> Mapping[str, str]:
        robot = self.server.robot
        return {
            "wecom_aibot_id": robot.bot_id,
            "wecom_aibot_secret": robot.secret,
            "wecom_aibot_ws_url": self.address,
            "wecom_aibot_name": robot.name,
        }

    async def joined(self) -> None:
        self.server.chats.heard(PERSON, GROUP)
        await self._connected()

    def recipient(self) -> Recipient:
        return Recipient(GROUP, group=True)

    def received(self) -> list[dict[str, Any]]:
        return _received(self.server.chats)

    def say(self, words: str) -> Callback:
        return self.server.people.say(PERSON, words, GROUP)

    def unknown(self) -> Callback:
        return self.server.people.message(PERSON, "hologram", {"depth": 3})

    async def deliver(self, message: Callback, copies: int = 1) -> list[Heard]:
        """The platform repeats nothing to a robot, so a repetition is shown no second answer: the person
        reads the one that stands there."""
        await self._connected()
        for _ in range(copies):
            await self.server.tell(self.server.people.again(message))
        streams, key = self.server.chats.streams, message.body["msgid"]
        awaited = key
        if message.body["msgtype"] != "text":
            after = await self.server.tell(self.server.people.say(OTHER, "/帮助"))
            awaited = after.body["msgid"]
        await self.server.until(lambda: awaited in streams)
        shown = streams[key].contents[-1] if key in streams else None
        assert key not in streams or len(streams[key].contents) == 1
        return [Heard(200, shown)] * copies

    async def _connected(self) -> None:
        async with asyncio.timeout(5):
            while not self.channel.ready():
                await asyncio.sleep(0.002)


class UrlModeBench(Bench):
    name = "wecom_aibot"
    way = "url"

    async def open_platform(self) -> None:
        self.platform = AibotUrlPlatform(self.clock)
        self.platform.chats.add_group(GROUP, PERSON)
        await self.platform.start()

    async def close_platform(self) -> None:
        await self.platform.stop()

    def settings(self) -> Mapping[str, str]:
        robot = self.platform.robot
        return {
            "wecom_aibot_token": robot.token,
            "wecom_aibot_aes_key": robot.aes_key,
            "wecom_aibot_name": robot.name,
        }

    async def joined(self) -> None:
        """Each message brings the right to one more in the same chat. It counts as none that was begun."""
        begun = self.house.begun
        outcome = await self.platform.tell(self._address, self.platform.people.say(PERSON, "/帮助", GROUP))
        assert outcome.fault is None
        self.house.begun = begun

    def recipient(self) -> Recipient:
        return Recipient(GROUP, group=True)

    def received(self) -> list[dict[str, Any]]:
        return _received(self.platform.chats)

    def say(self, words: str) -> str:
        return self.platform.written(self.platform.people.say(PERSON, words, GROUP))

    def unknown(self) -> str:
        return self.platform.written(self.platform.people.message(PERSON, "hologram", {"depth": 3}))

    async def deliver(self, message: str, copies: int = 1) -> list[Heard]:
        found = await self.platform.deliver_at_once(self._address, message, copies)
        assert [each.fault for each in found if each.attempts[-1].status == 200] == [None] * len(found)
        return [Heard(each.attempts[-1].status, each.text) for each in found]

    async def handshake(self) -> bool:
        return await self.platform.verify_url(self._address)

    def request(self, message: str, *, seconds: int = 0, nonce: str = "", forged: bool = False) -> Request:
        at = int(self.clock.now().timestamp()) - seconds
        request = self.platform.request(message, timestamp=at, nonce=nonce or None)
        if not forged:
            return request
        return replace(request, query={**request.query, "msg_signature": "0" * 40})

    async def post(self, request: Request) -> Heard:
        attempt = await self.platform.post(self._address, request)
        if attempt.status != 200:
            return Heard(attempt.status)
        return Heard(200, self.platform.read(request, [attempt]).text)

    @property
    def _address(self) -> str:
        return f"{self.url}/wecom/aibot"
