"""The page on which a person binds their WeChat account by a link: 网页授权 (OAuth), scope snsapi_base.

`/wechat/bind?invite=CODE` asks; WeChat's page confirms who it is and comes back with `code` and `state`.
The state is in `bot.channels.binding`.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from bot.channels import phrases as say
from bot.channels.binding import COOKIE, LIFETIME, State, page
from bot.channels.wire.oauth import authorize_url
from bot.channels.wire.official_api import OfficialApi
from bot.chat.channel import Answering
from bot.chat.errors import ChannelError, Undeliverable
from bot.chat.reply import Part
from bot.chat.update import Kind, Update
from bot.clock import Clock
from storage.database import Database

PATH: Final = "/wechat/bind"

_INVITE = re.compile(r"[0-9A-Za-z-]{4,40}")


@dataclass(frozen=True, slots=True)
class BindPage:
    """The page of the channel `channel` for the account `app_id`. `public_url` is the host known to WeChat."""

    channel: str
    app_id: str
    key: bytes = field(repr=False)
    public_url: str
    api: OfficialApi
    answering: Answering
    database: Database
    clock: Clock

    def routes(self) -> Sequence[web.RouteDef]:
        return (web.get(PATH, self._serve, allow_head=False),) if self.public_url else ()

    async def _serve(self, request: web.Request) -> web.Response:
        query = request.query
        if "code" in query or "state" in query:
            return await self._come_back(query.get("code", ""), query.get("state", ""), request)
        invite = query.get("invite", "")
        if not _INVITE.fullmatch(invite):
            return page(say.BIND_NO_INVITE, status=400)
        return self._ask(invite)

    def _ask(self, invite: str) -> web.Response:
        """Who opens the link sees what they agree to, before WeChat is asked who they are."""
        until = int(self.clock.now().timestamp()) + LIFETIME
        state = State(until, self.clock.token(12).hex(), "".join(invite.upper().split("-")))
        link = authorize_url(self.app_id, f"{self.public_url}{PATH}", state.signed(self.key))
        response = page(say.BIND_ASK.format(invite=invite.upper()), link=link)
        response.set_cookie(
            COOKIE, state.nonce, max_age=LIFETIME, path=PATH, httponly=True, samesite="Lax",
            secure=self.public_url.startswith("https:"),
        )  # fmt: skip
        return response

    async def _come_back(self, code: str, text: str, request: web.Request) -> web.Response:
        now = self.clock.now()
        state = State.read(text, self.key)
        cookie = request.cookies.get(COOKIE, "").encode("utf-8", "surrogatepass")
        ours = state is not None and hmac.compare_digest(cookie, state.nonce.encode())
        if state is None or not ours or state.until < now.timestamp() or not code:
            return page(say.BIND_STALE, status=403)
        nonce = state.nonce
        if not await self.database.run(lambda uow: uow.ticks.take(PATH, nonce)):
            return page(say.BIND_STALE, status=403)
        try:
            openid = await self.api.openid_of(code)
        except Undeliverable:
            return page(say.BIND_STALE, status=403)
        except ChannelError:
            return page(say.BIND_LATER, status=503)
        update = Update(
            self.channel, f"{openid}:bind:{nonce}", openid, now, f"/bind {state.invite}", Kind.CLICK,
            tenant=self.app_id,
        )  # fmt: skip
        return page(_said(await self.answering.answer(update)))


def _said(parts: Sequence[Part] | None) -> str:
    return say.BIND_UNDER_WAY if parts is None else "\n\n".join(part.plain() for part in parts)
