"""The page on which a person binds their chat account by a link: 网页授权 (OAuth), scope snsapi_base.

`…/bind?invite=CODE` asks; the platform's page confirms who it is and comes back with `code` and `state`. From there
on it is the command `/绑定` said in private: the same rights, limits and audit. What differs from platform to
platform is a `Porter`.

A state is believed once: it is signed, dies after `LIFETIME`, belongs to the browser that holds its cookie,
and is used up by a row that one replica can insert.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Final, Protocol

from aiohttp import web

from bot.channels import phrases as say
from bot.chat.channel import Answering
from bot.chat.errors import ChannelError, Undeliverable
from bot.chat.reply import Reply
from bot.chat.update import Kind, Update
from bot.clock import Clock
from storage.database import Database

COOKIE: Final = "lianxin_bind"
LIFETIME: Final = 600
"""Seconds between the question and the answer; WeChat's own code lives half as long."""

_INVITE: Final = re.compile(r"[0-9A-Za-z-]{4,40}")
_CODE: Final = re.compile(r"[!-~]{1,512}")
_STATE = re.compile(
    r"(?P<until>[0-9a-f]{8})(?P<nonce>[0-9a-f]{24})(?P<mac>[0-9a-f]{32})(?P<invite>[0-9A-Z]{4,40})"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class State:
    """What travels to WeChat and back, in at most 128 letters and digits."""

    until: int
    nonce: str
    invite: str

    def signed(self, key: bytes) -> str:
        return f"{self._head}{self._mac(key)}{self.invite}"

    @classmethod
    def read(cls, text: str, key: bytes) -> "State | None":
        """None for what we did not sign."""
        found = _STATE.fullmatch(text)
        if found is None:
            return None
        state = cls(int(found["until"], 16), found["nonce"], found["invite"])
        return state if hmac.compare_digest(state._mac(key), found["mac"]) else None

    @property
    def _head(self) -> str:
        return f"{self.until:08x}{self.nonce}"

    def _mac(self, key: bytes) -> str:
        return hmac.new(key, f"{self._head}{self.invite}".encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Words:
    """What the page says: to agree to (`{invite}`), on the button, and how it may end."""

    ask: str
    button: str
    stale: str
    trouble: str
    stranger: str
    under_way: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who came back from the platform's page."""

    id: str
    name: str | None = None


class Porter(Protocol):
    """A platform's way of saying who opened a link."""

    channel: str
    tenant: str
    path: str
    words: Words

    def authorize(self, back: str, state: str) -> str:
        """The address of the platform's page, which leads to `back` with a code and `state`."""

    async def visitor(self, code: str) -> Visitor | None:
        """Whose code it is; None: somebody who has no account here. Raises `ChannelError`, `Undeliverable` for a
        code that is used up or false."""


class BindPage:
    """`secret`: the account's. `public_url`: the host the platform knows; empty when nobody reaches us: no page."""

    def __init__(
        self,
        porter: Porter,
        secret: str,
        public_url: str,
        *,
        answering: Answering,
        database: Database,
        clock: Clock,
    ) -> None:
        self._porter = porter
        self._key = hmac.new(secret.encode(), b"lianxin bind", hashlib.sha256).digest()
        self._public_url = public_url
        self._answering = answering
        self._database = database
        self._clock = clock

    def routes(self) -> Sequence[web.RouteDef]:
        return (web.get(self._porter.path, self._serve, allow_head=False),) if self._public_url else ()

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
        porter, words = self._porter, self._porter.words
        until = int(self._clock.now().timestamp()) + LIFETIME
        state = State(until, self._clock.token(12).hex(), "".join(invite.upper().split("-")))
        link = porter.authorize(f"{self._public_url}{porter.path}", state.signed(self._key))
        response = page(words.ask.format(invite=invite.upper()), link=link, label=words.button)
        response.set_cookie(
            COOKIE, state.nonce, max_age=LIFETIME, path=porter.path, httponly=True, samesite="Lax",
            secure=self._public_url.startswith("https:"),
        )  # fmt: skip
        return response

    async def _come_back(self, code: str, text: str, request: web.Request) -> web.Response:
        porter, words = self._porter, self._porter.words
        now, state = self._clock.now(), State.read(text, self._key)
        cookie = request.cookies.get(COOKIE, "").encode("utf-8", "surrogatepass")
        ours = state is not None and hmac.compare_digest(cookie, state.nonce.encode())
        if state is None or not ours or state.until < now.timestamp() or not _CODE.fullmatch(code):
            return page(words.stale, status=403)
        nonce = state.nonce
        if not await self._database.run(lambda uow: uow.ticks.take(porter.path, nonce)):
            return page(words.stale, status=403)
        try:
            visitor = await porter.visitor(code)
        except Undeliverable:
            return page(words.stale, status=403)
        except ChannelError:
            return page(words.trouble, status=503)
        if visitor is None:
            return page(words.stranger, status=403)
        update = Update(
            porter.channel, f"{visitor.id}:bind:{nonce}", visitor.id, now, f"/bind {state.invite}", Kind.CLICK,
            sender_name=visitor.name, tenant=porter.tenant,
        )  # fmt: skip
        parts = await self._answering.answer(update)
        return page(words.under_way if parts is None else Reply(tuple(parts)).plain())


def page(text: str, *, link: str = "", label: str = say.BIND_BUTTON, status: int = 200) -> web.Response:
    """`text` as paragraphs, and a button where there is a `link`."""
    template = Template((Path(__file__).parent / "bind_page.html").read_text(encoding="utf-8"))
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
    button = f'<a class="button" href="{escape(link)}">{label}</a>' if link else ""
    shown = template.substitute(title=say.BIND_TITLE, text=paragraphs, button=button)
    return web.Response(text=shown, content_type="text/html", status=status, headers=_HEADERS)
