"""access_token: how the Official Account and WeCom give it out, let it die and refuse it.

Follows 获取接口调用凭据, 获取稳定版接口调用凭据 and W91039 获取 access_token.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.platform.ledger import Window
from tests.platform.server import Answer, ApiServer, Call, Refused

TOKEN = "/cgi-bin/token"
STABLE_TOKEN = "/cgi-bin/stable_token"
GET_TOKEN = "/cgi-bin/gettoken"

LIFETIME = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
DAY = timedelta(days=1)
FORCED_APART = timedelta(seconds=30)
BLOCK = timedelta(hours=1)


@dataclass
class Token:
    value: str
    owner: str
    until: datetime


class Tokens:
    """Gives tokens out and checks them. `refused_for_ever`: whatever the token, this errcode."""

    unknown = 40001
    """The errcode for a token that never was, or is no longer the latest."""

    def __init__(self, server: ApiServer) -> None:
        self.refused_for_ever: int | None = None
        self._server = server
        self._tokens: list[Token] = []

    def invalidate(self) -> None:
        """All tokens stop working at once, as after a change made elsewhere."""
        self._tokens.clear()

    def check(self, call: Call) -> str:
        """Whose token `call` carries; `Refused` if it carries none that works."""
        value = call.query.get("access_token")
        if not value:
            raise Refused(41001, "access_token missing")
        if self.refused_for_ever is not None:
            raise Refused(self.refused_for_ever, "invalid credential, access_token is invalid rid: 3-4")
        for token in self._tokens:
            if token.value == value:
                if token.until <= self._server.clock.now():
                    raise Refused(42001, "access_token expired")
                return token.owner
        raise Refused(self.unknown, "invalid credential, access_token is invalid or not latest")

    def latest(self, owner: str) -> Token | None:
        now = self._server.clock.now()
        valid = [token for token in self._tokens if token.owner == owner and token.until > now]
        return valid[-1] if valid else None

    def give(self, owner: str) -> dict[str, Any]:
        """A new token beside those that still live."""
        number = self._server.number("token")
        token = Token(f"token-{number}-" + "x" * 120, owner, self._server.clock.now() + LIFETIME)
        self._tokens.append(token)
        return self.shown(token)

    def shown(self, token: Token) -> dict[str, Any]:
        left = token.until - self._server.clock.now()
        return {"access_token": token.value, "expires_in": int(left.total_seconds())}

    def kill(self, owner: str, after: timedelta = timedelta()) -> None:
        """The tokens of `owner` die `after` that time, if they live so long."""
        end = self._server.clock.now() + after
        for token in self._tokens:
            if token.owner == owner:
                token.until = min(token.until, end)


class OfficialTokens(Tokens):
    """/cgi-bin/token, where a new one soon kills the old, and /cgi-bin/stable_token beside it."""

    def __init__(self, server: ApiServer, app_id: str, app_secret: str) -> None:
        super().__init__(server)
        self.forced = 0
        """How often a refresh was forced."""
        self._app_id = app_id
        self._app_secret = app_secret
        self.issued_day = Window(2000, DAY)
        self._forced = Window(20, DAY)
        self._forced_apart = Window(1, FORCED_APART)
        self._stable = Window(10_000, timedelta(minutes=1))
        server.on("GET", TOKEN, self._issue, "grant_type?", "appid?", "secret?")
        server.on("POST", STABLE_TOKEN, self._issue_stable)

    def check_credentials(self, given: Mapping[str, object]) -> None:
        """Address, appid and secret, in the order in which the platform complains."""
        if self._server.refused_address:
            address = self._server.refused_address
            raise Refused(40164, f"invalid ip {address} ipv6 ::ffff:{address}, not in whitelist rid: 1-2")
        for name, missing in (("appid", 41002), ("secret", 41004)):
            if not given.get(name):
                raise Refused(missing, f"{name} missing")
        if given["appid"] != self._app_id:
            raise Refused(40013, "invalid appid")
        if given["secret"] != self._app_secret:
            raise Refused(40125, "invalid appsecret")

    def _issue(self, call: Call) -> Answer:
        if call.query.get("grant_type") != "client_credential":
            raise Refused(40002, "invalid grant_type")
        self.check_credentials(call.query)
        if not self.issued_day.take(TOKEN, self._server.clock.now()):
            raise Refused(45009, "reach max api daily quota limit")
        self.kill(TOKEN, after=OVERLAP)
        return self.give(TOKEN)

    def _issue_stable(self, call: Call) -> Answer:
        wanted = self._server.shaped(
            call, {"grant_type": str, "appid?": str, "secret?": str, "force_refresh?": bool}
        )
        if wanted["grant_type"] != "client_credential":
            raise Refused(40002, "invalid grant_type")
        self.check_credentials(wanted)
        now = self._server.clock.now()
        if not self._stable.take(STABLE_TOKEN, now):
            raise Refused(45009, "reach max api minute quota limit")
        if wanted.get("force_refresh"):
            self.forced += 1
            if self._forced_apart.full(STABLE_TOKEN, now) or not self._forced.take(STABLE_TOKEN, now):
                raise Refused(45009, "reach max api daily quota limit")
            self._forced_apart.take(STABLE_TOKEN, now)
            self._tokens = [token for token in self._tokens if token.owner != STABLE_TOKEN]
            return self.give(STABLE_TOKEN)
        token = self.latest(STABLE_TOKEN)
        if token is not None and token.until - now > OVERLAP:
            return self.shown(token)
        return self.give(STABLE_TOKEN)


class WeComTokens(Tokens):
    """/cgi-bin/gettoken: one for each app, the same while it is valid. The owner is the app's secret."""

    unknown = 40014

    def __init__(self, server: ApiServer, corp_id: str, known: Callable[[str], bool]) -> None:
        super().__init__(server)
        self._corp_id = corp_id
        self._known = known
        self.wrong_hour = Window(2000, BLOCK)
        server.on("GET", GET_TOKEN, self._issue, "corpid?", "corpsecret?")

    def expire_early(self, secret: str) -> None:
        """The app's token dies before its time, which the page reserves the right to do."""
        self._tokens = [token for token in self._tokens if token.owner != secret]

    def _issue(self, call: Call) -> Answer:
        now, secret = self._server.clock.now(), call.query.get("corpsecret", "")
        if self.wrong_hour.full(GET_TOKEN, now):
            raise Refused(45009, "api freq out of limit")
        if not call.query.get("corpid"):
            raise Refused(41002, "corpid missing")
        if not secret:
            raise Refused(41004, "corpsecret missing")
        if call.query["corpid"] != self._corp_id or not self._known(secret):
            self.wrong_hour.take(GET_TOKEN, now)
            code = 40001 if call.query["corpid"] == self._corp_id else 40013
            raise Refused(code, "invalid credential" if code == 40001 else "invalid corpid")
        token = self.latest(secret)
        answer = self.give(secret) if token is None else self.shown(token)
        return {"errcode": 0, "errmsg": "ok", **answer}
