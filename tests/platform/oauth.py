"""The page where a person agrees to be known to ours (网页授权), and the code that it hands over.

Both platforms want the parameters of the link in one order and end it with #wechat_redirect.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.platform.clock import Clock
from tests.platform.server import Refused

ADDRESS = "https://open.weixin.qq.com/connect/oauth2/authorize"
CODE_LIFETIME = timedelta(minutes=5)
OFFICIAL_ORDER = ("appid", "redirect_uri", "response_type", "scope", "state")
WECOM_ORDER = (*OFFICIAL_ORDER, "agentid")


class NotShown(Exception):
    """The page shows an error instead of the question."""


@dataclass
class Code:
    person: str
    until: datetime
    scope: str
    used: bool = False


class OAuthPage:
    """`domain`: the full host (and port) that was entered at the platform; empty lets any through."""

    def __init__(self, clock: Clock, app_id: str, order: tuple[str, ...], scopes: frozenset[str]) -> None:
        self.domain = ""
        self._clock = clock
        self._app_id = app_id
        self._order = order
        self._scopes = scopes
        self._codes: dict[str, Code] = {}

    def authorize(self, link: str, person: str) -> str:
        """`person` opens `link` and agrees: the address they are sent on to. `NotShown` for a wrong link."""
        parts = urlsplit(link)
        given = parse_qsl(parts.query, keep_blank_values=True)
        query = dict(given)
        if f"{parts.scheme}://{parts.netloc}{parts.path}" != ADDRESS or parts.fragment != "wechat_redirect":
            raise NotShown("not the address of the page")
        if tuple(name for name, _ in given) != self._order:
            raise NotShown(f"parameters are not in the order {self._order}")
        if query["appid"] != self._app_id or query["response_type"] != "code":
            raise NotShown("appid or response_type is wrong")
        if query["scope"] not in self._scopes:
            raise NotShown(f"no such scope: {query['scope']}")
        if not re.fullmatch(r"[a-zA-Z0-9]{0,128}", query["state"]):
            raise NotShown("state is too long or has characters that are not allowed")
        back = urlsplit(query["redirect_uri"])
        if back.scheme not in ("http", "https") or (self.domain and back.netloc != self.domain):
            raise NotShown("10003: the domain of redirect_uri is not the one that was entered")
        code = f"code{len(self._codes) + 1}" + "x" * 24
        self._codes[code] = Code(person, self._clock.now() + CODE_LIFETIME, query["scope"])
        answer = urlencode({"code": code, "state": query["state"]})
        return f"{query['redirect_uri']}{'&' if back.query else '?'}{answer}"

    def redeem(self, value: str, *, used: int, expired: int) -> Code:
        """The person behind a code, once and within five minutes; the errcodes differ between the platforms."""
        code = self._codes.get(value)
        if code is None:
            raise Refused(40029, "invalid code")
        if code.used:
            raise Refused(used, "code been used")
        if code.until <= self._clock.now():
            raise Refused(expired, "invalid code: expired")
        code.used = True
        return code
