"""The Official Account server as a bot sees it: it delivers messages, and it serves the API.

Deliveries follow 接收普通消息, 接收事件推送, 被动回复用户消息 and 消息加解密说明: signed, and sealed by mode.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.platform.clock import StandingClock
from tests.platform.official_api import OfficialApiServer
from tests.platform.replies import TEXT_LIMIT, ServiceFault, opened, read
from tests.platform.seal import Sealer, signature
from tests.platform.sender import Attempt, Outcome, Request, Sender, document, element

__all__ = ["Account", "Attempt", "OfficialAccountPlatform", "Outcome", "Request", "ServiceFault"]

KINDS = frozenset({"text", "image", "voice", "video", "music", "news"})


@dataclass(frozen=True)
class Account:
    """What the account's page shows. `mode`: plain, compatible or safe."""

    app_id: str = "wx0123456789abcdef"
    app_secret: str = "secret-of-the-account"
    token: str = "TokenOfTheAccount"
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    mode: str = "safe"
    original_id: str = "gh_0123456789ab"


class OfficialAccountPlatform(Sender):
    """One account with its followers. `api` is the server of its HTTP API, on the same clock."""

    clock: StandingClock

    def __init__(
        self, account: Account | None = None, clock: StandingClock | None = None, *, patience: float = 5.0
    ) -> None:
        super().__init__(clock or StandingClock(), patience=patience)
        self.account = account or Account()
        self.api = OfficialApiServer(self.account.app_id, self.account.app_secret, self.clock)
        self.sealer = Sealer(self.account.aes_key, self.account.app_id)
        self._last_message_id = 24_500_000_000_000_000

    # -- what happens at the platform ------------------------------------------------------------

    def message(self, openid: str, kind: str = "text", /, **fields: str) -> str:
        """The XML of a message of `kind`; the person's 48 hours begin."""
        self.api.note_message(openid)
        self._last_message_id += 1
        return self.xml(openid, MsgType=kind, **fields, MsgId=str(self._last_message_id))

    def event(self, openid: str, event: str, /, **fields: str) -> str:
        """The XML of an event: subscribe, unsubscribe, CLICK, SCAN …"""
        self.api.note_event(openid, event)
        return self.xml(openid, MsgType="event", Event=event, **fields)

    def press(self, openid: str, name: str) -> str:
        """The XML of the event when a person presses the menu's button `name`; `LookupError` without one."""
        button = self.api.menu.button(name)
        if button["type"] == "view":
            return self.event(openid, "VIEW", EventKey=button["url"], MenuId="414170000")
        return self.event(openid, str(button["type"]).upper(), EventKey=button["key"])

    def scan(self, openid: str, ticket: str) -> str:
        """The XML of the event when a person scans the code of `ticket`: SCAN, or subscribe if they are new."""
        scene = self.api.codes.scene(ticket)
        if self.api.people.get(openid):
            return self.event(openid, "SCAN", EventKey=scene, Ticket=ticket)
        return self.event(openid, "subscribe", EventKey=f"qrscene_{scene}", Ticket=ticket)

    async def deliver_events(self, url: str) -> list[Outcome]:
        """Deliver what the platform itself has to tell, TEMPLATESENDJOBFINISH among it, oldest first."""
        waiting, self.api.events = self.api.events, []
        return [
            await self.deliver(url, self.xml(openid, MsgType="event", Event=event, **fields))
            for openid, event, fields in waiting
        ]

    def xml(self, openid: str, /, **fields: str) -> str:
        """A document with the common fields, then `fields`, in CDATA but for the numbers."""
        common = {
            "ToUserName": self.account.original_id,
            "FromUserName": openid,
            "CreateTime": str(int(self.clock.now().timestamp())),
        }
        return document({**common, **fields})

    # -- delivery --------------------------------------------------------------------------------

    def request(
        self,
        message: str,
        *,
        mode: str | None = None,
        timestamp: int | None = None,
        nonce: str | None = None,
        receive_id: str | None = None,
    ) -> Request:
        mode = mode or self.account.mode
        query = self._signed_query(timestamp, nonce)
        if mode == "plain":
            return Request(query, message.encode(), message)
        encrypted = self.sealer.seal(message, secrets.token_bytes(16), receive_id=receive_id)
        if mode == "compatible":
            body = message.removesuffix("</xml>") + element("Encrypt", encrypted) + "</xml>"
        else:
            body = document({"ToUserName": self.account.original_id, "Encrypt": encrypted})
        return Request({**query, **self.seal_query(query, encrypted)}, body.encode(), message)

    def seal_query(self, query: Mapping[str, str], encrypted: str) -> dict[str, str]:
        signed = signature(self.account.token, query["timestamp"], query["nonce"], encrypted)
        return {"encrypt_type": "aes", "msg_signature": signed}

    async def verify_url(self, url: str, *, echo: str = "5833297246853812") -> bool:
        """The test made when the address is entered: a signed echostr has to come back, alone, in one second."""
        query = {**self._signed_query(), "echostr": echo}
        answer = await self.call("GET", url, query, patience=self.verify_patience)
        return answer.status == 200 and answer.body == echo

    def _signed_query(self, timestamp: int | None = None, nonce: str | None = None) -> dict[str, str]:
        moment = self.moment(timestamp, nonce)
        return {"signature": signature(self.account.token, *moment.values()), **moment}

    # -- reading replies -------------------------------------------------------------------------

    def read_reply(self, request: Request, body: str) -> tuple[str | None, Mapping[str, Any] | None]:
        if body in ("", "success"):
            return None, None
        if "<Encrypt>" in body:
            body = opened(body, self.account.token, self.sealer)
        elif "msg_signature" in request.query:
            raise ServiceFault("a plain reply to a sealed message")
        reply = read(body, KINDS)
        if reply["FromUserName"] != self.account.original_id:
            raise ServiceFault("the reply does not come from the account")
        if reply["ToUserName"] not in self.api.people:
            raise ServiceFault("the reply goes to a stranger")
        if reply["MsgType"] != "text":
            return None, reply
        content = str(reply["Content"])
        if len(content.encode()) > TEXT_LIMIT:
            raise ServiceFault(f"the text has {len(content.encode())} bytes")
        return content, reply
