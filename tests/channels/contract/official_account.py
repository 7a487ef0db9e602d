"""The Official Account's bench."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.chat.channel import Recipient
from tests.channels.contract.bench import Bench, Heard
from tests.platform.official_account import OfficialAccountPlatform, Request

OPENID = "oVillager_0001"


class OfficialAccountBench(Bench):
    name = "official_account"

    async def open_platform(self) -> None:
        self.platform = OfficialAccountPlatform(clock=self.clock)
        self.base = await self.platform.api.start()

    async def close_platform(self) -> None:
        await self.platform.api.stop()

    def settings(self) -> Mapping[str, str]:
        account = self.platform.account
        return {
            "wechat_app_id": account.app_id,
            "wechat_app_secret": account.app_secret,
            "wechat_token": account.token,
            "wechat_aes_key": account.aes_key,
            "wechat_api_base": self.base,
        }

    async def joined(self) -> None:
        self.platform.api.note_message(OPENID)

    def recipient(self) -> Recipient:
        return Recipient(OPENID)

    def received(self) -> list[dict[str, Any]]:
        return [
            {
                "kind": entry.kind,
                "content": entry.content if entry.kind == "text" else json.loads(entry.content),
            }
            for entry in self.platform.api.ledger.delivered(OPENID)
        ]

    def say(self, words: str) -> str:
        return self.platform.message(OPENID, Content=words)

    def unknown(self) -> str:
        return self.platform.message(OPENID, "hologram", Depth="3")

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
        return f"{self.url}/wechat"
