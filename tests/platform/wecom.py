"""The HTTP API of WeCom for 自建应用: one corp, its members and apps; what is sent is in `app_messages`, `appchat`.

Follows W91039 (token), W90196 (user/get), W90227 (agent/get), W91023 (auth/getuserinfo), the pages on id
conversion, W92520 (getcallbackip) and the table of errcodes W90313.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.platform.app_messages import AppMessages
from tests.platform.appchat import AppChats
from tests.platform.clock import Clock, StandingClock
from tests.platform.ledger import Window
from tests.platform.media import Uploads
from tests.platform.oauth import WECOM_ORDER, OAuthPage
from tests.platform.server import Answer, ApiServer, Call, Endpoint, Refused
from tests.platform.shapes import Items
from tests.platform.tokens import GET_TOKEN, WeComTokens

__all__ = ["GET_TOKEN", "App", "Member", "WeComServer"]

USER_GET = "/cgi-bin/user/get"
USER_INFO = "/cgi-bin/auth/getuserinfo"
TO_USERID = "/cgi-bin/batch/openuserid_to_userid"
CALLBACK_ADDRESSES = "/cgi-bin/getcallbackip"
AGENT_GET = "/cgi-bin/agent/get"


@dataclass
class Member:
    userid: str
    name: str
    departments: list[int] = field(default_factory=lambda: [1])


@dataclass
class App:
    """`visible`: the members it may see, None for all. `whole_corp`: its visible range is the root department,
    which appchat asks for. `callback`: an address is entered, which interactive cards ask for. `closed`: it was
    stopped by the administrator."""

    agent_id: int
    secret: str
    visible: set[str] | None = None
    whole_corp: bool = True
    callback: bool = True
    closed: bool = False

    def sees(self, userid: str) -> bool:
        return self.visible is None or userid in self.visible


class WeComServer(ApiServer):
    """One corp. `api_minute` and `api_hour` limit each API; `messages`, `chats` and `oauth` are its rooms."""

    malformed = 40058

    def __init__(self, clock: Clock | None = None, *, corp_id: str = "ww0123456789abcdef") -> None:
        super().__init__(clock or StandingClock())
        self.corp_id = corp_id
        self.members: dict[str, Member] = {}
        self.apps: dict[str, App] = {}
        self.account_limit = 200
        """How many members the corp may have; an app may send 200 times as many messages a day."""
        self.api_minute = Window(10_000, timedelta(minutes=1))
        self.api_hour = Window(150_000, timedelta(hours=1))
        self.token_refusal = 40014
        self.tokens = WeComTokens(self, corp_id, lambda secret: secret in self.apps)
        scopes = frozenset({"snsapi_base", "snsapi_privateinfo"})
        self.oauth = OAuthPage(self.clock, corp_id, WECOM_ORDER, scopes)
        self.messages = AppMessages(self)
        self.chats = AppChats(self)
        limits = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
        self.uploads = Uploads(self, limits)
        self.guarded("GET", USER_GET, self._show_member, "userid")
        self.guarded("GET", USER_INFO, self._tell_visitor, "code")
        self.guarded("POST", TO_USERID, self._convert)
        self.guarded("GET", AGENT_GET, self._show_app, "agentid")
        self.guarded("GET", CALLBACK_ADDRESSES, lambda _: _ok(ip_list=["127.0.0.1", "182.254.11.176"]))

    # -- the test's side -------------------------------------------------------------------------

    def add_app(self, *, secret: str, agent_id: int = 1_000_002, **more: Any) -> App:
        """An app of the corp; `more` are the other fields of `App`."""
        app = self.apps[secret] = App(agent_id, secret, **more)
        return app

    def add_member(self, userid: str, name: str = "", *departments: int) -> Member:
        member = self.members[userid] = Member(userid, name or userid, list(departments) or [1])
        return member

    def open_userid(self, userid: str) -> str:
        """How an app or robot whose maker is no administrator of the corp sees the member."""
        return "wo" + hashlib.sha256(f"{self.corp_id}/{userid}".encode()).hexdigest()[:30]

    @property
    def token_always_refused(self) -> bool:
        """For ever `token_refusal`, however fresh the token."""
        return self.tokens.refused_for_ever is not None

    @token_always_refused.setter
    def token_always_refused(self, always: bool) -> None:
        self.tokens.refused_for_ever = self.token_refusal if always else None

    def invalidate_tokens(self) -> None:
        """All tokens stop working at once."""
        self.tokens.invalidate()

    # -- the platform's side ---------------------------------------------------------------------

    def guarded(self, method: str, path: str, endpoint: Endpoint, *query: str) -> None:
        """As `on`, behind a token, the trusted addresses and the limits of an API."""

        def behind(call: Call) -> Answer:
            self.caller(call)
            if self.refused_address:
                hint = f"from ip: {self.refused_address}, more info at the page of error 60020"
                raise Refused(60020, f"not allow to access from your ip, hint: [1-2], {hint}")
            now = self.clock.now()
            if not (self.api_minute.take(path, now) and self.api_hour.take(path, now)):
                raise Refused(45009, "api freq out of limit")
            return endpoint(call)

        self.on(method, path, behind, "access_token", *query)

    def caller(self, call: Call) -> App:
        """The app whose token `call` carries."""
        return self.apps[self.tokens.check(call)]

    def own_app(self, call: Call, agent_id: object) -> App:
        """The calling app, which has to be the `agent_id` that the body names."""
        app = self.caller(call)
        if not isinstance(agent_id, int) or isinstance(agent_id, bool):
            raise Refused(40058, "agentid: not a number. Warning: wrong json format.")
        if agent_id not in {known.agent_id for known in self.apps.values()}:
            raise Refused(40056, "invalid agentid")
        if agent_id != app.agent_id:
            raise Refused(301002, "not allow operate agent with the token of another")
        return app

    def reachable(self, app: App, userid: str) -> bool:
        return userid in self.members and app.sees(userid)

    # -- people ----------------------------------------------------------------------------------

    def _show_app(self, call: Call) -> Answer:
        agent_id = call.query.get("agentid", "")
        app = self.own_app(call, int(agent_id) if agent_id.isdecimal() else None)
        return _ok(agentid=app.agent_id, name="连心", close=int(app.closed), redirect_domain="")

    def _show_member(self, call: Call) -> Answer:
        userid = call.query["userid"]
        if userid not in self.members:
            raise Refused(60111, "userid not found")
        if not self.caller(call).sees(userid):
            raise Refused(60011, "no privilege to access/modify contact/party/agent")
        member = self.members[userid]
        return _ok(userid=userid, name=member.name, department=member.departments, status=1)

    def _tell_visitor(self, call: Call) -> Answer:
        person = self.oauth.redeem(call.query["code"], used=40029, expired=40029).person
        return _ok(userid=person) if person in self.members else _ok(openid=person)

    def _convert(self, call: Call) -> Answer:
        wanted = self.shaped(
            call, {"open_userid_list": Items(str, least=1, most=1000), "source_agentid": int}
        )
        app = self.caller(call)
        known = {self.open_userid(userid): userid for userid in self.members if app.sees(userid)}
        found = [name for name in wanted["open_userid_list"] if name in known]
        invalid = [name for name in wanted["open_userid_list"] if name not in known]
        pairs = [{"open_userid": name, "userid": known[name]} for name in found]
        return _ok(userid_list=pairs, invalid_open_userid_list=invalid)


def _ok(**fields: Any) -> Answer:
    return {"errcode": 0, "errmsg": "ok", **fields}
