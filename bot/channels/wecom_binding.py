"""The page on which a member binds their WeCom account by a link: 网页授权 (W91022, W91023), scope snsapi_base.

As the Official Account's page, whose state and looks it shares: `/wecom/bind?invite=CODE` asks, the platform
confirms who it is, and from there on it is the command `/绑定` said in private: the same rights, limits and audit.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from bot.channels import phrases as say
from bot.channels.binding import COOKIE, LIFETIME, State, page
from bot.channels.wire.wecom_api import AppIdentity, WecomApi
from bot.chat.channel import Answering
from bot.chat.errors import ChannelError, Undeliverable
from bot.chat.reply import Reply
from bot.chat.update import Update
from bot.clock import Clock
from storage.database import Database

PATH: Final = "/wecom/bind"
AUTHORIZE: Final = "https://open.weixin.qq.com/connect/oauth2/authorize"

_INVITE: Final = re.compile(r"[0-9A-Za-z-]{4,40}")
_CODE: Final = re.compile(r"[!-~]{1,512}")


class BindingPage:
    """`public_url`: the host that the app's page calls 可信域名; empty when nobody can reach us, and no page then."""

    def __init__(
        self,
        app: AppIdentity,
        public_url: str,
        *,
        api: WecomApi,
        answering: Answering,
        database: Database,
        clock: Clock,
    ) -> None:
        self._app = app
        self._public_url = public_url
        self._key = hmac.new(app.secret.encode(), b"lianxin bind", hashlib.sha256).digest()
        self._api = api
        self._answering = answering
        self._database = database
        self._clock = clock

    def routes(self) -> Sequence[web.RouteDef]:
        return (web.get(PATH, self._serve, allow_head=False),) if self._public_url else ()

    async def _serve(self, request: web.Request) -> web.Response:
        query = request.query
        if "code" in query or "state" in query:
            return await self._come_back(query.get("code", ""), query.get("state", ""), request)
        invite = query.get("invite", "")
        if not _INVITE.fullmatch(invite):
            return page(say.BIND_NO_INVITE, status=400)
        return self._ask(invite)

    def _ask(self, invite: str) -> web.Response:
        """Who opens the link sees what they agree to, before the platform is asked who they are."""
        until = int(self._clock.now().timestamp()) + LIFETIME
        state = State(until, self._clock.token(12).hex(), "".join(invite.upper().split("-")))
        link = self._authorize(state.signed(self._key))
        response = page(
            say.WECOM_BIND_ASK.format(invite=invite.upper()), link=link, label=say.WECOM_BIND_BUTTON
        )
        response.set_cookie(
            COOKIE, state.nonce, max_age=LIFETIME, path=PATH, httponly=True, samesite="Lax",
            secure=self._public_url.startswith("https:"),
        )  # fmt: skip
        return response

    def _authorize(self, state: str) -> str:
        """The platform wants the parameters in this order."""
        query = [
            ("appid", self._app.corp_id),
            ("redirect_uri", f"{self._public_url}{PATH}"),
            ("response_type", "code"),
            ("scope", "snsapi_base"),
            ("state", state),
            ("agentid", str(self._app.agent_id)),
        ]
        return f"{AUTHORIZE}?{urlencode(query)}#wechat_redirect"

    async def _come_back(self, code: str, text: str, request: web.Request) -> web.Response:
        now, state = self._clock.now(), State.read(text, self._key)
        cookie = request.cookies.get(COOKIE, "").encode("utf-8", "surrogatepass")
        ours = state is not None and hmac.compare_digest(cookie, state.nonce.encode())
        if state is None or not ours or state.until < now.timestamp() or not _CODE.fullmatch(code):
            return page(say.WECOM_BIND_STALE, status=403)
        nonce = state.nonce
        if not await self._database.run(lambda uow: uow.ticks.take(PATH, nonce)):
            return page(say.WECOM_BIND_STALE, status=403)
        try:
            userid = await self._api.visitor(code)
        except Undeliverable:
            return page(say.WECOM_BIND_STALE, status=403)
        except ChannelError:
            return page(say.WECOM_BIND_TROUBLE, status=503)
        if userid is None:
            return page(say.WECOM_BIND_STRANGER, status=403)
        update = Update(
            channel="wecom_app",
            key=f"{userid}:bind:{nonce}",
            sender=userid,
            at=now,
            text=f"/bind {state.invite}",
            sender_name=await self._name(userid),
            tenant=self._app.corp_id,
        )
        parts = await self._answering.answer(update)
        return page(say.WECOM_BIND_UNDER_WAY if parts is None else Reply(tuple(parts)).plain())

    async def _name(self, userid: str) -> str | None:
        """What the address book calls them, where the app may see it; binding does not depend on it."""
        try:
            return await self._api.name_of(userid) or None
        except ChannelError:
            return None
