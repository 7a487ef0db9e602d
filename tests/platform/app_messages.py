"""发送应用消息 (W90236), 更新模版卡片消息 (W94888) and 撤回应用消息 (W94867).

A text over 2,048 bytes arrives cut, as the page says; a member's surplus arrives not at all.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.platform.cards import INTERACTIVE, NOTICES, WRONG_TASK, check_card, is_interactive
from tests.platform.ledger import Entry, Outcome, Window
from tests.platform.server import Answer, Call, Refused
from tests.platform.shapes import FLAG, Items, Misshapen, Text

if TYPE_CHECKING:
    from tests.platform.wecom import App, WeComServer

SEND = "/cgi-bin/message/send"
UPDATE_CARD = "/cgi-bin/message/update_template_card"
RECALL = "/cgi-bin/message/recall"

TEXT_LIMIT = 2048
RECALL_WITHIN = timedelta(hours=24)
RESPONSE_LIFETIME = timedelta(hours=72)
DUPLICATE_INTERVAL = 1800
LONGEST_INTERVAL = 4 * 3600
MEDIA = {"media_id": str}
ARTICLE = {
    "title": Text(limit=128, least=1, code=41016),
    "description?": Text(limit=512),
    "url?": Text(limit=2048),
    "picurl?": str,
    "appid?": str,
    "pagepath?": str,
}
BODIES: dict[str, Any] = {
    "text": {"content": Text(least=1, code=44004)},
    "markdown": {"content": Text(limit=TEXT_LIMIT, least=1, code=45002)},
    "image": MEDIA,
    "voice": MEDIA,
    "video": {**MEDIA, "title?": Text(limit=128), "description?": Text(limit=512)},
    "file": MEDIA,
    "textcard": {
        "title": Text(limit=128, least=1),
        "description": Text(limit=512, least=1),
        "url": Text(limit=2048, least=1),
        "btntxt?": Text(limit=12),
    },
    "news": {"articles": Items(ARTICLE, least=1, most=8, code=45008)},
    "template_card": dict,
}
ENVELOPE = {
    "touser?": str,
    "toparty?": str,
    "totag?": str,
    "agentid": int,
    "msgtype": str,
    "safe?": FLAG,
    "enable_id_trans?": FLAG,
    "enable_duplicate_check?": FLAG,
    "duplicate_check_interval?": int,
}
UPDATE = {
    "userids?": Items(str, most=1000),
    "partyids?": Items(int, most=100),
    "tagids?": Items(int, most=100),
    "atall?": FLAG,
    "agentid": int,
    "response_code": str,
    "enable_id_trans?": FLAG,
    "button?": {"replace_name": Text(least=1, code=42020)},
    "template_card?": dict,
}


@dataclass
class Card:
    """A card on people's screens: `shown` by userid, after updates."""

    task_id: str
    card: dict[str, Any]
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class ResponseCode:
    agent_id: int
    task_id: str
    until: datetime


class AppMessages:
    """What the corp's apps send to members. Each member's messages are ledger entries of their own."""

    def __init__(self, server: "WeComServer") -> None:
        self.cards: dict[tuple[int, str], Card] = {}
        """(agent id, task id) → the card."""
        self.member_minute = Window(30, timedelta(minutes=1))
        self.member_hour = Window(1000, timedelta(hours=1))
        self._server = server
        self._sent: dict[str, tuple[int, datetime]] = {}
        self._seen: dict[str, datetime] = {}
        self._codes: dict[str, ResponseCode] = {}
        self._today: Counter[tuple[int, str]] = Counter()
        server.guarded("POST", SEND, self._send)
        server.guarded("POST", UPDATE_CARD, self._update)
        server.guarded("POST", RECALL, self._recall)

    def response_code(self, agent_id: int, task_id: str) -> str:
        """A new one, as message/send and every click hand out: 72 hours, one use."""
        code = f"response-{self._server.number('response')}"
        self._codes[code] = ResponseCode(agent_id, task_id, self._server.clock.now() + RESPONSE_LIFETIME)
        return code

    def card(self, task_id: str, card: dict[str, Any], people: list[str]) -> Card:
        """A card as all `people` see it."""
        return Card(task_id, card, dict.fromkeys(people, card))

    def screen(self, app: "App", task_id: str, userid: str) -> dict[str, Any]:
        """The card as `userid` sees it now; `{"replace_name": …}` once its buttons are one grey text."""
        return self.cards[app.agent_id, task_id].shown[userid]

    # -- sending ---------------------------------------------------------------------------------

    def _send(self, call: Call) -> Answer:
        wanted = self._server.shaped(call, dict)
        kind = str(wanted.get("msgtype"))
        try:
            app = self._server.own_app(call, wanted.get("agentid"))
            self._check(app, kind, wanted)
            reached, invalid = self._recipients(app, wanted)
        except Refused as refused:
            self._write(str(wanted.get("touser")), kind, wanted, Outcome.REFUSED, code=refused.code)
            raise
        number = f"msg-{self._server.number('message')}"
        self._sent[number] = (app.agent_id, self._server.clock.now())
        repeated = self._repeated(app, wanted)
        for userid in reached:
            self._deliver(app, userid, kind, wanted, number, repeated=repeated)
        answer = {"errcode": 0, "errmsg": "ok", **invalid, "unlicenseduser": "", "msgid": number}
        if kind == "template_card":
            card = wanted["template_card"]
            if "task_id" in card:
                self.cards[app.agent_id, card["task_id"]] = self.card(card["task_id"], card, reached)
            if is_interactive(card):
                answer["response_code"] = self.response_code(app.agent_id, card["task_id"])
        return answer

    def _check(self, app: "App", kind: str, wanted: dict[str, Any]) -> None:
        if kind not in BODIES:
            raise Refused(40008, "invalid message type")
        self._server.require(wanted, {**ENVELOPE, kind: BODIES[kind]})
        if kind in ("image", "voice", "video", "file"):
            self._server.kept(wanted[kind]["media_id"], kind)
        if kind == "template_card":
            self._check_card(app, wanted["template_card"])
        if not 0 < wanted.get("duplicate_check_interval", 1) <= LONGEST_INTERVAL:
            raise Refused(40058, "duplicate_check_interval out of range")

    def _check_card(self, app: "App", card: dict[str, Any]) -> None:
        self._check_form(card)
        if (is_interactive(card) or "action_menu" in card) and not app.callback:
            raise Refused(43012, "the app needs a callback url")
        if (app.agent_id, card.get("task_id")) in self.cards:
            raise Refused(WRONG_TASK, "task_id is used")

    def _check_form(self, card: dict[str, Any]) -> None:
        try:
            check_card(card, (*NOTICES, *INTERACTIVE), strict=self._server.strict)
        except Misshapen as error:
            raise Refused(error.code or self._server.malformed, str(error)) from None

    def _recipients(self, app: "App", wanted: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
        """Who is reached, in the order named, and the lists of who is not."""
        users, parties, tags = (_split(wanted.get(name, "")) for name in ("touser", "toparty", "totag"))
        if not (users or parties or tags):
            raise Refused(82001, "all recipients are empty")
        if len(users) > 1000:
            raise Refused(40032, "invalid userid list size")
        if len(parties) > 100:
            raise Refused(82002, "invalid party list size")
        if len(tags) > 100:
            raise Refused(82003, "invalid tag list size")
        if users == ["@all"]:
            users = [userid for userid in self._server.members if app.sees(userid)]
        reached = [userid for userid in users if self._server.reachable(app, userid)]
        departments = {
            str(number) for member in self._server.members.values() for number in member.departments
        }
        reached += [
            member.userid
            for member in self._server.members.values()
            if app.sees(member.userid) and {str(number) for number in member.departments} & set(parties)
        ]
        if not reached:
            raise Refused(81013, "user & party & tag all invalid")
        invalid = {
            "invaliduser": "|".join(userid for userid in users if not self._server.reachable(app, userid)),
            "invalidparty": "|".join(party for party in parties if party not in departments),
            "invalidtag": "|".join(tags),
        }
        self._count(app, len(set(reached)))
        return list(dict.fromkeys(reached)), invalid

    def _count(self, app: "App", people: int) -> None:
        day = (app.agent_id, self._server.clock.now().date().isoformat())
        if self._today[day] + people > self._server.account_limit * 200:
            raise Refused(45009, "api freq out of limit")
        self._today[day] += people

    def _repeated(self, app: "App", wanted: dict[str, Any]) -> bool:
        if not wanted.get("enable_duplicate_check"):
            return False
        now, interval = self._server.clock.now(), wanted.get("duplicate_check_interval", DUPLICATE_INTERVAL)
        mark = f"{app.agent_id} {json.dumps(wanted, sort_keys=True)}"
        last = self._seen.get(mark)
        if last is not None and now - last < timedelta(seconds=interval):
            return True
        self._seen[mark] = now
        return False

    def _deliver(
        self, app: "App", userid: str, kind: str, wanted: dict[str, Any], number: str, *, repeated: bool
    ) -> None:
        now, key = self._server.clock.now(), (app.agent_id, userid)
        outcome, reason = Outcome.DELIVERED, ""
        if repeated:
            outcome, reason = Outcome.DROPPED, "duplicate"
        elif not (self.member_minute.take(key, now) and self.member_hour.take(key, now)):
            outcome, reason = Outcome.DROPPED, "surplus"
        self._write(userid, kind, wanted, outcome, reason=reason, number=number)

    def _write(
        self,
        to: str,
        kind: str,
        wanted: dict[str, Any],
        outcome: Outcome,
        *,
        code: int = 0,
        reason: str = "",
        number: str = "",
    ) -> None:
        content = shown(kind, wanted.get(kind))
        if kind == "text" and outcome is Outcome.DELIVERED and len(content.encode()) > TEXT_LIMIT:
            content, reason = content.encode()[:TEXT_LIMIT].decode(errors="ignore"), "cut"
        entry = Entry(self._server.clock.now(), to, kind, content, outcome, code, reason, number)
        self._server.ledger.write(entry)

    # -- after sending ---------------------------------------------------------------------------

    def _update(self, call: Call) -> Answer:
        wanted = self._server.shaped(call, UPDATE)
        app = self._server.own_app(call, wanted["agentid"])
        if ("button" in wanted) == ("template_card" in wanted):
            raise Refused(40058, "one of button and template_card")
        code = self._codes.get(wanted["response_code"])
        if code is None or code.until <= self._server.clock.now() or code.agent_id != app.agent_id:
            raise Refused(60140, "invalid response_code")
        if "template_card" in wanted:
            self._check_form(wanted["template_card"])
        del self._codes[wanted["response_code"]]
        card = self.cards[app.agent_id, code.task_id]
        named = list(card.shown) if wanted.get("atall") else wanted.get("userids", [])
        if not named:
            raise Refused(82101, "no one to update for")
        for userid in named:
            if userid in card.shown:
                card.shown[userid] = wanted.get("template_card") or wanted["button"]
        return {
            "errcode": 0,
            "errmsg": "ok",
            "invaliduser": [name for name in named if name not in card.shown],
        }

    def _recall(self, call: Call) -> Answer:
        number = self._server.shaped(call, {"msgid": str})["msgid"]
        agent_id, at = self._sent.get(number, (None, self._server.clock.now()))
        if agent_id != self._server.caller(call).agent_id:
            raise Refused(40058, "not a message of this app")
        if self._server.clock.now() - at > RECALL_WITHIN:
            raise Refused(42052, "msgid expired")
        self._server.ledger.recall(number)
        return {"errcode": 0, "errmsg": "ok"}


def shown(kind: str, body: Any) -> str:
    """What stands in the ledger for a body: the text of a text or markdown, else its JSON."""
    content = (
        body.get("content") if isinstance(body, dict) and kind.startswith(("text", "markdown")) else None
    )
    return content if isinstance(content, str) else json.dumps(body, ensure_ascii=False)


def _split(names: str) -> list[str]:
    return [name for name in names.split("|") if name]
