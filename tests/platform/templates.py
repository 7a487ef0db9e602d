"""Pushing to a follower who has not spoken: 模板消息 (message/template/send) and 订阅通知 (message/subscribe/bizsend).

What became of a template message is told by the event TEMPLATESENDJOBFINISH, queued in the server's `events`.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from tests.platform.clock import Clock
from tests.platform.ledger import Entry, Ledger, Outcome
from tests.platform.server import Answer, Call, Endpoint, Refused
from tests.platform.shapes import Text

TEMPLATE_SEND = "/cgi-bin/message/template/send"
SUBSCRIBE_SEND = "/cgi-bin/message/subscribe/bizsend"
LIMIT = 25
TWICE = timedelta(minutes=10)
BLOCKED = "failed:user block"
FAILED = "failed: system failed"
"""With the odd space, as the page has it."""

PROGRAM = {"appid": str, "pagepath?": str}
CHARACTERS = {"thing": 20, "phrase": 5, "name": 10, "character_string": 32, "number": 32, "letter": 32}
"""How long a value may be, by the name of its keyword without the number behind."""


class Host(Protocol):
    """What the templates need of the server they belong to."""

    clock: Clock
    ledger: Ledger
    events: list[tuple[str, str, dict[str, str]]]

    def guarded(self, method: str, path: str, endpoint: Endpoint, *query: str) -> None: ...
    def follower(self, openid: object) -> str: ...
    def readable(self, call: Call) -> dict[str, Any]: ...
    def require(self, value: object, shape: Any) -> None: ...
    def number(self, name: str) -> int: ...


class Templates:
    """The account's templates, and who agreed to hear from which."""

    def __init__(self, server: Host) -> None:
        self.blocking: set[str] = set()
        """People who take no template messages: accepted, never shown, `BLOCKED` in the event."""
        self.failing: set[str] = set()
        """People to whom the platform fails to deliver: `FAILED` in the event."""
        self._server = server
        self._keys: dict[str, frozenset[str]] = {}
        self._once: Counter[tuple[str, str]] = Counter()
        self._long_term: set[tuple[str, str]] = set()
        self._seen: dict[tuple[str, str], tuple[datetime, int]] = {}
        server.guarded("POST", TEMPLATE_SEND, self._send_template)
        server.guarded("POST", SUBSCRIBE_SEND, self._send_subscribed)

    def add(self, template_id: str, *keys: str) -> str:
        """A template with these keywords ("thing1", "time2" …); an account has at most 25."""
        assert len(self._keys) < LIMIT
        self._keys[template_id] = frozenset(keys)
        return template_id

    def consent(self, openid: str, template_id: str, *, long_term: bool = False) -> None:
        """The person has agreed to one message of this template, or to all from now on."""
        if long_term:
            self._long_term.add((openid, template_id))
        else:
            self._once[openid, template_id] += 1

    def withdraw(self, openid: str, template_id: str) -> None:
        self._long_term.discard((openid, template_id))
        self._once[openid, template_id] = 0

    def _send_template(self, call: Call) -> Answer:
        return self._recorded("template", self._server.readable(call), self._accept_template)

    def _accept_template(self, wanted: dict[str, Any]) -> Answer:
        optional = {
            "url?": Text(limit=1024),
            "miniprogram?": PROGRAM,
            "client_msg_id?": Text(limit=32, least=1),
        }
        self._check(wanted, optional, {"value": str, "color?": str})
        openid, now = self._server.follower(wanted["touser"]), self._server.clock.now()
        mark = (openid, wanted.get("client_msg_id", ""))
        if mark[1] and mark in self._seen and now - self._seen[mark][0] < TWICE:
            return self._answer(self._seen[mark][1])
        number = self._server.number("template message")
        self._seen[mark] = (now, number)
        status = BLOCKED if openid in self.blocking else FAILED if openid in self.failing else "success"
        outcome = Outcome.DELIVERED if status == "success" else Outcome.DROPPED
        self._write("template", wanted, outcome, reason="" if status == "success" else status)
        self._server.events.append(
            (openid, "TEMPLATESENDJOBFINISH", {"MsgID": str(number), "Status": status})
        )
        return self._answer(number)

    def _send_subscribed(self, call: Call) -> Answer:
        return self._recorded("subscribe", self._server.readable(call), self._accept_subscribed)

    def _accept_subscribed(self, wanted: dict[str, Any]) -> Answer:
        self._check(wanted, {"page?": Text(limit=1024), "miniprogram?": PROGRAM}, {"value": str})
        openid = self._server.follower(wanted["touser"])
        consent = (openid, wanted["template_id"])
        if consent not in self._long_term:
            if not self._once[consent]:
                raise Refused(43101, "user refuse to accept the msg")
            self._once[consent] -= 1
        self._write("subscribe", wanted, Outcome.DELIVERED)
        return {"errcode": 0, "errmsg": "ok"}

    def _check(self, wanted: dict[str, Any], optional: dict[str, Any], value: dict[str, Any]) -> None:
        self._server.require(wanted, {"touser": str, "template_id": str, "data": dict, **optional})
        keys = self._keys.get(wanted["template_id"])
        if keys is None:
            raise Refused(40037, "invalid template_id")
        if set(wanted["data"]) != keys:
            raise Refused(47003, f"argument invalid! data has {sorted(wanted['data'])}, not {sorted(keys)}")
        for key, given in wanted["data"].items():
            self._server.require(given, value)
            most = CHARACTERS.get(re.sub(r"\d+$", "", key), 1 << 10)
            if not 0 < len(given["value"]) <= most:
                raise Refused(47003, f"argument invalid! data.{key}.value invalid")

    def _recorded(
        self, kind: str, wanted: dict[str, Any], accept: Callable[[dict[str, Any]], Answer]
    ) -> Answer:
        try:
            return accept(wanted)
        except Refused as refused:
            self._write(kind, wanted, Outcome.REFUSED, code=refused.code)
            raise

    def _write(
        self, kind: str, wanted: dict[str, Any], outcome: Outcome, *, code: int = 0, reason: str = ""
    ) -> None:
        content = json.dumps(wanted.get("data"), ensure_ascii=False)
        to = str(wanted.get("touser"))
        self._server.ledger.write(Entry(self._server.clock.now(), to, kind, content, outcome, code, reason))

    def _answer(self, number: int) -> Answer:
        return {"errcode": 0, "errmsg": "ok", "msgid": number}
