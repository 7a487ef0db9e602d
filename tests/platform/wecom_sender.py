"""WeCom as the callback of a 自建应用 sees it: encrypted XML, clicks on cards, the test of an address (W90237–90241).

A clicked card belongs to the `WeComServer` that took it; a reply that updates it changes what it shows there.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from tests.platform.cards import keys
from tests.platform.clock import Clock, StandingClock
from tests.platform.replies import TEXT_LIMIT, ServiceFault, opened, read
from tests.platform.seal import Sealer, signature
from tests.platform.sender import Request, Sender, document, element
from tests.platform.wecom import WeComServer

ANSWERED_EVENTS = frozenset({"subscribe", "enter_agent", "location", "click", "view"})
"""Events that may be answered with a message, in lower case."""

MESSAGES = frozenset({"text", "image", "voice", "video", "news"})
UPDATES = frozenset({"update_button", "update_template_card"})


@dataclass(frozen=True)
class AppAccount:
    """What the app's page shows under 接收消息."""

    corp_id: str = "ww0123456789abcdef"
    agent_id: int = 1_000_002
    token: str = "TokenOfTheApp"
    aes_key: str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


class WeComSender(Sender):
    """One app's callback. `server` is where its cards are; without one there are none to click."""

    def __init__(
        self,
        account: AppAccount | None = None,
        server: WeComServer | None = None,
        clock: Clock | None = None,
        *,
        patience: float = 5.0,
    ) -> None:
        super().__init__(clock or (server.clock if server else StandingClock()), patience=patience)
        self.account = account or AppAccount()
        self.server = server
        self.sealer = Sealer(self.account.aes_key, self.account.corp_id)
        self._last_message_id = 4_561_255_354_251_345_000

    # -- what happens at the platform ------------------------------------------------------------

    def message(self, userid: str, kind: str = "text", /, **fields: str) -> str:
        """The XML of a message of `kind`."""
        self._last_message_id += 1
        return self.xml(userid, MsgType=kind, **fields, MsgId=str(self._last_message_id))

    def event(self, userid: str, event: str, /, **fields: str) -> str:
        """The XML of an event: subscribe, enter_agent, click, inactive_alert …"""
        return self.xml(userid, MsgType="event", Event=event, **fields)

    def card_click(
        self, userid: str, task_id: str, key: str, chosen: Mapping[str, list[str]] | None = None
    ) -> str:
        """The XML of a click on a card that `userid` has on the screen; `LookupError` when there is nothing to
        click. `chosen`: question key → option ids."""
        card = self._card(task_id).shown[userid]
        if key not in keys(card):
            raise LookupError(f"the card has no button {key}")
        assert self.server is not None
        code = self.server.messages.response_code(self.account.agent_id, task_id)
        selected = "".join(_selected(*item) for item in (chosen or {}).items())
        event = self.event(
            userid,
            "template_card_event",
            EventKey=key,
            TaskId=task_id,
            CardType=card["card_type"],
            ResponseCode=code,
        )
        return event.removesuffix("</xml>") + f"<SelectedItems>{selected}</SelectedItems></xml>"

    def xml(self, userid: str, /, **fields: str) -> str:
        """A document with the common fields, `fields`, and the app's id at the end."""
        common = {
            "ToUserName": self.account.corp_id,
            "FromUserName": userid,
            "CreateTime": str(int(self.clock.now().timestamp())),
        }
        return document({**common, **fields, "AgentID": str(self.account.agent_id)})

    # -- delivery --------------------------------------------------------------------------------

    def request(
        self,
        message: str,
        *,
        timestamp: int | None = None,
        nonce: str | None = None,
        receive_id: str | None = None,
    ) -> Request:
        encrypted = self.sealer.seal(message, secrets.token_bytes(16), receive_id=receive_id)
        moment = self.moment(timestamp, nonce)
        owner = {"ToUserName": self.account.corp_id, "Encrypt": encrypted}
        body = document({**owner, "AgentID": str(self.account.agent_id)})
        return Request(self.seal_query(moment, encrypted) | moment, body.encode(), message)

    def seal_query(self, query: Mapping[str, str], encrypted: str) -> dict[str, str]:
        signed = signature(self.account.token, query["timestamp"], query["nonce"], encrypted)
        return {"msg_signature": signed}

    async def verify_url(self, url: str, *, echo: str = "1616140317555161061") -> bool:
        """The test of the address: a sealed echostr has to come back in clear, alone, within one second."""
        sealed, moment = self.sealer.seal(echo, secrets.token_bytes(16)), self.moment()
        query = {**self.seal_query(moment, sealed), **moment, "echostr": sealed}
        answer = await self.call("GET", url, query, patience=self.verify_patience)
        return answer.status == 200 and answer.body == echo

    # -- reading replies -------------------------------------------------------------------------

    def read_reply(self, request: Request, body: str) -> tuple[str | None, Mapping[str, Any] | None]:
        if body == "":
            return None, None
        asked = ElementTree.fromstring(request.message)
        reply = read(opened(body, self.account.token, self.sealer), MESSAGES | UPDATES, "AgentID")
        if reply["FromUserName"] != self.account.corp_id:
            raise ServiceFault("the reply does not come from the corp")
        if reply["ToUserName"] != asked.findtext("FromUserName"):
            raise ServiceFault("the reply goes to someone else")
        event = (asked.findtext("Event") or "").lower()
        if reply["MsgType"] in UPDATES:
            self._update(event, asked, reply)
            return None, reply
        if event and event not in ANSWERED_EVENTS:
            raise ServiceFault(f"no message is shown in answer to {event}")
        if reply["MsgType"] != "text":
            return None, reply
        return str(reply["Content"]).encode()[:TEXT_LIMIT].decode(errors="ignore"), reply

    def _update(self, event: str, asked: ElementTree.Element, reply: Mapping[str, Any]) -> None:
        if event != "template_card_event":
            raise ServiceFault("there is no card to update")
        task_id, userid = asked.findtext("TaskId") or "", reply["ToUserName"]
        changed = reply.get("TemplateCard") or {"replace_name": reply["Button"]["ReplaceName"]}
        self._card(task_id).shown[userid] = changed

    def _card(self, task_id: str) -> Any:
        if self.server is None:
            raise LookupError("without a server there are no cards")
        return self.server.messages.cards[self.account.agent_id, task_id]


def _selected(question: str, options: list[str]) -> str:
    chosen = "".join(element("OptionId", option) for option in options)
    key = element("QuestionKey", question)
    return f"<SelectedItem>{key}<OptionIds>{chosen}</OptionIds></SelectedItem>"
