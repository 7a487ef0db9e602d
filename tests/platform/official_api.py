"""The HTTP API of an Official Account: customer-service messages, and what the other rooms add, under one token.

Follows 客服消息, API_Call_Limits and the table of return codes. Tokens are in `tokens`, template and
subscription messages in `templates`, the menu and QR codes in `menu`, the web page in `oauth`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.platform.clock import Clock
from tests.platform.faults import Fault
from tests.platform.ledger import Entry, Outcome
from tests.platform.media import Uploads
from tests.platform.menu import Menu, QrCodes
from tests.platform.oauth import OFFICIAL_ORDER, OAuthPage
from tests.platform.server import Answer, ApiServer, Call, Endpoint, Refused
from tests.platform.shapes import Items, Text
from tests.platform.templates import Templates
from tests.platform.tokens import STABLE_TOKEN, TOKEN, OfficialTokens

__all__ = ["SEND", "STABLE_TOKEN", "TOKEN", "Fault", "Message", "OfficialApiServer"]

SEND = "/cgi-bin/message/custom/send"
OAUTH_TOKEN = "/sns/oauth2/access_token"
GET_TICKET = "/cgi-bin/ticket/getticket"
CLEAR_QUOTA = "/cgi-bin/clear_quota"
CALLBACK_ADDRESSES = "/cgi-bin/getcallbackip"

CONTENT_LIMIT = 2048
MONTHLY_CLEARINGS = 10
TICKET_LIFETIME = timedelta(seconds=7200)
WINDOWS = {
    "message": (timedelta(hours=48), 5),
    "CLICK": (timedelta(minutes=1), 3),
    "subscribe": (timedelta(minutes=1), 3),
    "SCAN": (timedelta(minutes=1), 3),
}
DAILY = {
    SEND: 500_000,
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/media/upload": 100_000,
    "/cgi-bin/message/template/send": 100_000,
}

TEXT = Text(limit=CONTENT_LIMIT, code=45002)
MEDIA = {"media_id": str}
ARTICLE = {"title": str, "description?": str, "url?": str, "picurl?": str}
MENU_ITEM = {"id": Text(limit=32, least=1), "content": Text(least=1)}
BODIES: Mapping[str, Any] = {
    "text": {"content": TEXT},
    "image": MEDIA,
    "voice": MEDIA,
    "video": {**MEDIA, "thumb_media_id?": str, "title?": str, "description?": str},
    "music": {"title?": str, "description?": str, "musicurl": str, "hqmusicurl": str, "thumb_media_id": str},
    "news": {"articles": Items(ARTICLE, least=1, most=1, code=45008)},
    "mpnews": MEDIA,
    "mpnewsarticle": {"article_id": str},
    "msgmenu": {"head_content?": str, "list": Items(MENU_ITEM, least=1), "tail_content?": str},
    "wxcard": {"card_id": str},
    "miniprogrampage": {"title": str, "appid": str, "pagepath": str, "thumb_media_id": str},
}


@dataclass(frozen=True)
class Message:
    """A customer-service message that the person has on the screen."""

    openid: str
    content: str


@dataclass
class Grant:
    """The right to send `left` messages until `until`."""

    until: datetime
    left: int


class OfficialApiServer(ApiServer):
    """`people`: openid → whether that person follows. `events` waits to be delivered to the callback."""

    def __init__(self, app_id: str, app_secret: str, clock: Clock) -> None:
        super().__init__(clock)
        self.people: dict[str, bool] = {}
        self.events: list[tuple[str, str, dict[str, str]]] = []
        """(openid, Event, fields) of what the platform has to tell, oldest first."""
        self.quotas = dict(DAILY)
        """Calls a day by path; beyond, 45009 until midnight or `clear_quota`."""
        self.token_refusal = 40001
        self.tokens = OfficialTokens(self, app_id, app_secret)
        scopes = frozenset({"snsapi_base", "snsapi_userinfo"})
        self.oauth = OAuthPage(clock, app_id, OFFICIAL_ORDER, scopes)
        self.templates = Templates(self)
        self.menu = Menu(self)
        self.codes = QrCodes(self)
        self.uploads = Uploads(
            self, {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
        )
        self._app_id = app_id
        self._grants: dict[str, dict[str, Grant]] = defaultdict(dict)
        self._used: Counter[tuple[str, str]] = Counter()
        self._cleared: Counter[str] = Counter()
        self._ticket = ("", datetime.min.replace(tzinfo=clock.now().tzinfo))
        self.guarded("POST", SEND, self._send)
        self.guarded("GET", GET_TICKET, self._give_ticket, "type")
        self.guarded("GET", CALLBACK_ADDRESSES, lambda _: {"ip_list": ["127.0.0.1", "101.226.103.0/25"]})
        self.guarded("POST", CLEAR_QUOTA, self._clear_quota)
        self.on("GET", OAUTH_TOKEN, self._redeem, "appid?", "secret?", "code", "grant_type")

    # -- the test's side -------------------------------------------------------------------------

    @property
    def delivered(self) -> list[Message]:
        """The customer-service messages on people's screens, oldest first."""
        return [Message(entry.to, entry.content) for entry in self.ledger.delivered() if entry.kind in BODIES]

    @property
    def forced(self) -> int:
        """How often a token was asked for by force."""
        return self.tokens.forced

    @property
    def token_always_refused(self) -> bool:
        """For ever `token_refusal`, however fresh the token."""
        return self.tokens.refused_for_ever is not None

    @token_always_refused.setter
    def token_always_refused(self, always: bool) -> None:
        self.tokens.refused_for_ever = self.token_refusal if always else None

    def invalidate_tokens(self) -> None:
        """All tokens stop working at once, as after a change made elsewhere."""
        self.tokens.invalidate()

    def note_message(self, openid: str) -> None:
        """The person has written: they follow, and their 48 hours begin."""
        self.people.setdefault(openid, True)
        self._grant(openid, "message")

    def note_event(self, openid: str, event: str) -> None:
        """The person has done something: they follow unless they left, and their minute may begin."""
        self.people[openid] = event != "unsubscribe"
        if event in WINDOWS:
            self._grant(openid, event)

    # -- the platform's side ---------------------------------------------------------------------

    def guarded(self, method: str, path: str, endpoint: Endpoint, *query: str) -> None:
        """As `on`, behind a token and the day's quota."""

        def behind(call: Call) -> Answer:
            self.tokens.check(call)
            self._count(path)
            return endpoint(call)

        self.on(method, path, behind, "access_token", *query)

    def follower(self, openid: object) -> str:
        """`openid`, if it is of a person who follows; 40003 or 43004 otherwise."""
        if not isinstance(openid, str) or openid not in self.people:
            raise Refused(40003, "invalid openid")
        if not self.people[openid]:
            raise Refused(43004, "require subscribe")
        return openid

    def readable(self, call: Call) -> dict[str, Any]:
        """The JSON object of `call`, every text of it in raw UTF-8."""
        if b"\\u" in call.body:
            raise Refused(40033, r"invalid charset: please do not send \uxxxx")
        return self.shaped(call, dict)

    def _count(self, path: str) -> None:
        day = self.clock.now().date().isoformat()
        if self._used[path, day] >= self.quotas.get(path, 1 << 40):
            raise Refused(45009, "reach max api daily quota limit")
        self._used[path, day] += 1

    def _clear_quota(self, call: Call) -> Answer:
        if self.shaped(call, {"appid": str})["appid"] != self._app_id:
            raise Refused(40013, "invalid appid")
        month = f"{self.clock.now():%Y-%m}"
        if self._cleared[month] >= MONTHLY_CLEARINGS:
            raise Refused(48006, "forbid to clear quota because of reaching the limit")
        self._cleared[month] += 1
        self._used.clear()
        return {"errcode": 0, "errmsg": "ok"}

    def _redeem(self, call: Call) -> Answer:
        address, self.refused_address = self.refused_address, ""  # this call needs no white list
        try:
            self.tokens.check_credentials(call.query)
        finally:
            self.refused_address = address
        if call.query["grant_type"] != "authorization_code":
            raise Refused(40002, "invalid grant_type")
        code = self.oauth.redeem(call.query["code"], used=40163, expired=40029)
        return {
            "access_token": f"page-token-{self.number('page')}",
            "expires_in": 7200,
            "refresh_token": f"refresh-{self.number('refresh')}",
            "openid": code.person,
            "scope": code.scope,
        }

    def _give_ticket(self, call: Call) -> Answer:
        if call.query["type"] not in ("jsapi", "wx_card"):
            raise Refused(40097, "invalid args")
        now = self.clock.now()
        if self._ticket[1] <= now:
            self._ticket = (f"ticket-{self.number('ticket')}", now + TICKET_LIFETIME)
        left = int((self._ticket[1] - now).total_seconds())
        return {"errcode": 0, "errmsg": "ok", "ticket": self._ticket[0], "expires_in": left}

    # -- customer-service messages ---------------------------------------------------------------

    def _send(self, call: Call) -> Answer:
        message = self.readable(call)
        kind, body = str(message.get("msgtype")), message.get(str(message.get("msgtype")))
        shown = body.get("content") if isinstance(body, dict) and kind == "text" else None
        content = shown if isinstance(shown, str) else json.dumps(body, ensure_ascii=False)
        outcome, code = Outcome.DELIVERED, 0
        try:
            self._check_message(kind, message)
            self._use_grant(self.follower(message.get("touser")))
        except Refused as refused:
            outcome, code = Outcome.REFUSED, refused.code
            raise
        finally:
            to = str(message.get("touser"))
            self.ledger.write(Entry(self.clock.now(), to, kind, content, outcome, code))
        return {"errcode": 0, "errmsg": "ok"}

    def _check_message(self, kind: str, message: dict[str, Any]) -> None:
        if kind not in BODIES:
            raise Refused(40008, "invalid message type")
        if kind == "text" and message.get("text") == {"content": ""}:
            raise Refused(44004, "empty content")
        service = {"customservice?": {"kf_account": str}}
        self.require(message, {"touser": str, "msgtype": str, kind: BODIES[kind], **service})
        if kind in ("image", "voice", "video"):
            self.kept(message[kind]["media_id"], kind)

    def _grant(self, openid: str, event: str) -> None:
        duration, count = WINDOWS[event]
        self._grants[openid][event] = Grant(self.clock.now() + duration, count)

    def _use_grant(self, openid: str) -> None:
        now = self.clock.now()
        still_open = [grant for grant in self._grants[openid].values() if grant.until > now]
        if not still_open:
            raise Refused(45015, "response out of time limit or subscription is canceled")
        usable = [grant for grant in still_open if grant.left]
        if not usable:
            raise Refused(45047, "out of response count limit")
        usable[0].left -= 1
