"""A robot's address in URL mode, on wechatpy's crypto, which nobody here wrote: for the platform's own tests."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from wechatpy.enterprise.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from tests.platform.aibot_chats import Robot

Told = dict[str, Any]
Answer = Callable[[Told], Awaitable[Any]]


class Address:
    """A receiver of callbacks on wechatpy's crypto. `answer` gets what was told; a dict goes back sealed, a
    string as it is, a number as a status, None as an empty body. `changes` spoil the envelope."""

    def __init__(self, robot: Robot) -> None:
        self.told: list[Told] = []
        self.answer: Answer = nothing
        self.changes: dict[str, Any] = {}
        self.verification_seconds = 0.0
        self.url = ""
        self._robot = robot
        self._runner: web.AppRunner | None = None
        self._crypto = WeChatCrypto(robot.token, robot.aes_key, "")

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/aibot", self._verify)
        app.router.add_post("/aibot", self._receive)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/aibot"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _verify(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.verification_seconds)
        query = request.query
        echo = self._crypto.check_signature(
            query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"]
        )
        return web.Response(text=echo)

    async def _receive(self, request: web.Request) -> web.Response:
        query, encrypted = request.query, json.loads(await request.text())["encrypt"]
        told = json.loads(
            self._crypto.decrypt_message(
                {"Encrypt": encrypted}, query["msg_signature"], query["timestamp"], query["nonce"]
            )
        )
        self.told.append(told)
        answer = await self.answer(told)
        if isinstance(answer, int):
            return web.Response(status=answer)
        if not isinstance(answer, dict):
            return web.Response(text=answer or "")
        return web.json_response(self._sealed(answer, query["nonce"]) | self.changes)

    def _sealed(self, answer: Told, nonce: str) -> Told:
        sealed = PrpCrypto(self._crypto.key).encrypt(json.dumps(answer), "").decode()
        signer = WeChatSigner()
        signer.add_data(self._robot.token, "1795390000", nonce, sealed)
        return {"encrypt": sealed, "msgsignature": signer.signature, "timestamp": 1795390000, "nonce": nonce}


async def nothing(told: Told) -> None:
    return None


def saying(*answers: Any) -> Answer:
    """Gives these answers, one a call; the last one again and again."""
    left = list(answers)

    async def answer(told: Told) -> Any:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer
