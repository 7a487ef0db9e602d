"""应用群聊 (W90245 create, W98913 update, W98914 get, W90248 send): groups that an app has made itself."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.platform.app_messages import BODIES, shown
from tests.platform.ledger import Entry, Outcome, Window
from tests.platform.server import Answer, Call, Refused
from tests.platform.shapes import FLAG, Items, Text

if TYPE_CHECKING:
    from tests.platform.wecom import App, WeComServer

CREATE = "/cgi-bin/appchat/create"
UPDATE = "/cgi-bin/appchat/update"
GET = "/cgi-bin/appchat/get"
SEND = "/cgi-bin/appchat/send"

NAME_LIMIT = 50
CHAT_ID = Text(limit=32, least=1, pattern=r"[0-9A-Za-z]+", code=86001)
KINDS = {kind: body for kind, body in BODIES.items() if kind != "template_card"}


@dataclass
class Chat:
    chat_id: str
    name: str
    owner: str
    members: list[str]
    agent_id: int


class AppChats:
    """`chats` by id. A chat has one ledger entry for each message, a member who gets no more has another."""

    def __init__(self, server: "WeComServer") -> None:
        self.chats: dict[str, Chat] = {}
        self.created_day = Window(1000, timedelta(days=1))
        self.people_minute = Window(20_000, timedelta(minutes=1))
        self.member_minute = Window(200, timedelta(minutes=1))
        self.member_day = Window(10_000, timedelta(days=1))
        self._server = server
        server.guarded("POST", CREATE, self._create)
        server.guarded("POST", UPDATE, self._update)
        server.guarded("GET", GET, self._show, "chatid")
        server.guarded("POST", SEND, self._send)

    def dissolve(self, chat_id: str) -> None:
        """The owner has dissolved the group."""
        del self.chats[chat_id]

    def _create(self, call: Call) -> Answer:
        wanted = self._server.shaped(
            call,
            {
                "name?": str,
                "owner?": str,
                "userlist": Items(str, least=2, most=2000, code=86006),
                "chatid?": CHAT_ID,
            },
        )
        app = self._permitted(call)
        members = wanted["userlist"]
        self._check_members(app, members)
        owner = wanted.get("owner", members[0])
        if owner not in members:
            raise Refused(86207, "the owner is not in userlist")
        self._check_name(wanted.get("name", ""))
        chat_id = wanted.get("chatid") or f"chat{self._server.number('chat')}"
        if chat_id in self.chats:
            raise Refused(86215, "chatid exists")
        if not self.created_day.take(app.agent_id, self._server.clock.now()):
            raise Refused(45009, "api freq out of limit")
        self.chats[chat_id] = Chat(chat_id, wanted.get("name", ""), owner, list(members), app.agent_id)
        return {"errcode": 0, "errmsg": "ok", "chatid": chat_id}

    def _update(self, call: Call) -> Answer:
        lists = {"add_user_list?": Items(str, most=2000), "del_user_list?": Items(str, most=2000)}
        wanted = self._server.shaped(call, {"chatid": CHAT_ID, "name?": str, "owner?": str, **lists})
        app = self._permitted(call)
        chat = self._own(app, wanted["chatid"])
        added, removed = wanted.get("add_user_list", []), wanted.get("del_user_list", [])
        self._check_members(app, added)
        if not set(removed) <= set(chat.members):
            raise Refused(86216, "del_user_list has someone who is not in the chat")
        members = [userid for userid in dict.fromkeys([*chat.members, *added]) if userid not in removed]
        if not 2 <= len(members) <= 2000:
            raise Refused(86006, "invalid chat size")
        owner = wanted.get("owner", chat.owner)
        if owner not in members:
            raise Refused(86207, "the owner is not in the chat")
        self._check_name(wanted.get("name", ""))
        chat.name, chat.owner, chat.members = wanted.get("name", chat.name), owner, members
        return {"errcode": 0, "errmsg": "ok"}

    def _show(self, call: Call) -> Answer:
        chat = self._own(self._permitted(call), call.query["chatid"])
        info = {"chatid": chat.chat_id, "name": chat.name, "owner": chat.owner, "userlist": chat.members}
        return {"errcode": 0, "errmsg": "ok", "chat_info": {**info, "chat_type": 0}}

    def _send(self, call: Call) -> Answer:
        wanted = self._server.shaped(call, dict)
        kind = str(wanted.get("msgtype"))
        outcome, code = Outcome.DELIVERED, 0
        try:
            outcome = self._accept(self._permitted(call), kind, wanted)
        except Refused as refused:
            outcome, code = Outcome.REFUSED, refused.code
            raise
        finally:
            reason = "surplus" if outcome is Outcome.DROPPED else ""
            self._write(str(wanted.get("chatid")), kind, wanted, outcome, code, reason)
        return {"errcode": 0, "errmsg": "ok"}

    def _accept(self, app: "App", kind: str, wanted: dict[str, Any]) -> Outcome:
        """Whether anyone gets it."""
        if kind not in KINDS:
            raise Refused(40008, "invalid message type")
        self._server.require(wanted, {"chatid": CHAT_ID, "msgtype": str, "safe?": FLAG, kind: KINDS[kind]})
        if kind == "text" and len(wanted["text"]["content"].encode()) > 2048:
            raise Refused(45002, "content size out of limit")
        if kind in ("image", "voice", "video", "file"):
            self._server.kept(wanted[kind]["media_id"], kind)
        chat, now = self._own(app, wanted["chatid"]), self._server.clock.now()
        if any(not self.people_minute.take(app.agent_id, now) for _ in chat.members):
            raise Refused(45009, "api freq out of limit")
        reached = 0
        for userid in chat.members:
            if self.member_minute.take((app.agent_id, userid), now) and self.member_day.take(
                (app.agent_id, userid), now
            ):
                reached += 1
            else:
                self._write(userid, kind, wanted, Outcome.DROPPED, 0, "surplus")
        return Outcome.DELIVERED if reached else Outcome.DROPPED

    def _write(
        self, to: str, kind: str, wanted: dict[str, Any], outcome: Outcome, code: int, reason: str
    ) -> None:
        content = shown(kind, wanted.get(kind))
        self._server.ledger.write(Entry(self._server.clock.now(), to, kind, content, outcome, code, reason))

    def _permitted(self, call: Call) -> "App":
        app = self._server.caller(call)
        if not app.whole_corp:
            raise Refused(48002, "api forbidden: the visible range is not the root department")
        return app

    def _own(self, app: "App", chat_id: str) -> Chat:
        chat = self.chats.get(chat_id)
        if chat is None:
            raise Refused(86003, "chatid not found")
        if chat.agent_id != app.agent_id:
            raise Refused(86008, "the chat was made by another app")
        return chat

    def _check_members(self, app: "App", userids: list[str]) -> None:
        if not all(self._server.reachable(app, userid) for userid in userids):
            raise Refused(86216, "userlist has someone who does not exist")

    @staticmethod
    def _check_name(name: str) -> None:
        if len(name) > NAME_LIMIT:
            raise Refused(86004, "invalid chat name")
