"""The WeCom app's bench."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.chat.channel import Recipient
from tests.channels.contract.bench import Bench, Heard
from tests.platform.sender import Request
from tests.platform.wecom import WeComServer
from tests.platform.wecom_sender import AppAccount, WeComSender

USERID = "lihua"
SECRET = "secret-of-the-app"


class WecomAppBench(Bench):
    name = "wecom_app"

    async def open_platform(self) -> None:
        self.account = AppAccount()
        self.server = WeComServer(self.clock, corp_id=self.account.corp_id)
        self.server.add_app(secret=SECRET, agent_id=self.account.agent_id)
        self.sender = WeComSender(self.account, self.server)
        self.base = await self.server.start()

    async def close_platform(self) -> None:
        await self.server.stop()

    def settings(self) -> Mapping[str, str]:
        return {
            "wecom_corp_id": self.account.corp_id,
            "wecom_agent_id": str(self.account.agent_id),
            "wecom_secret": SECRET,
            "wecom_token": self.account.token,
            "wecom_aes_key": self.account.aes_key,
            "wecom_api_base": self.base,
        }

    async def joined(self) -> None:
        self.server.add_member(USERID, "李华")

    def recipient(self) -> Recipient:
        return Recipient(USERID)

    def received(self) -> list[dict[str, Any]]:
        plain = ("text", "markdown")
        return [
            {
                "kind": entry.kind,
                "content": entry.content if entry.kind in plain else json.loads(entry.content),
            }
            for entry in self.server.ledger.delivered(USERID)
        ]

    def say(self, words: str) -> str:
        return self.sender.message(USERID, Content=words)

    def unknown(self) -> str:
        return self.sender.message(USERID, "hologram", Depth="3")

    async def deliver(self, message: str, copies: int = 1) -> list[Heard]:
        found = await self.sender.deliver_at_once(self._address, message, copies)
        assert [each.fault for each in found if each.attempts[-1].status == 200] == [None] * len(found)
        return [Heard(each.attempts[-1].status, each.text) for each in found]

    async def handshake(self) -> bool:
        return await self.sender.verify_url(self._address)

    def request(self, message: str, *, seconds: int = 0, nonce: str = "", forged: bool = False) -> Request:
        at = int(self.clock.now().timestamp()) - seconds
        request = self.sender.request(message, timestamp=at, nonce=nonce or None)
        if not forged:
            return request
        return replace(request, query={**request.query, "msg_signature": "0" * 40})

    async def post(self, request: Request) -> Heard:
        attempt = await self.sender.post(self._address, request)
        if attempt.status != 200:
            return Heard(attempt.status)
        return Heard(200, self.sender.read(request, [attempt]).text)

    @property
    def _address(self) -> str:
        return f"{self.url}/wecom/app"
