"""What a subscribed intelligent robot asks for: replies, welcomes, updates of cards, pushes, uploads."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.platform import aibot_forms as forms
from tests.platform.aibot_callbacks import Callback
from tests.platform.aibot_chats import Chats
from tests.platform.aibot_media import Cabinet
from tests.platform.server import Refused
from tests.platform.shapes import Text

RESPOND, SEND = "aibot_respond_msg", "aibot_send_msg"
WELCOME, UPDATE = "aibot_respond_welcome_msg", "aibot_respond_update_msg"
UPLOAD_INIT, UPLOAD_CHUNK = "aibot_upload_media_init", "aibot_upload_media_chunk"
UPLOAD_FINISH = "aibot_upload_media_finish"

REPLY_SPAN = timedelta(hours=24)
EVENT_SPAN = timedelta(seconds=5)

_PUSH = {"chatid": Text(256, 1), "chat_type?": frozenset({0, 1, 2})}


class Desk:
    """Does what frames ask for; `Refused` when it may not be. `strict`: unknown fields are refused.
    Unless `requests_outlive_connections`, a callback can be answered on its own connection only."""

    def __init__(self, chats: Chats, *, strict: bool, requests_outlive_connections: bool) -> None:
        self.media = Cabinet(chats.clock, strict=strict)
        self.callbacks: dict[str, Callback] = {}
        self._chats = chats
        self._strict = strict
        self._outlive = requests_outlive_connections
        self._commands: dict[str, Callable[[int, str, Any], dict[str, Any] | None]] = {
            RESPOND: self._respond,
            WELCOME: self._welcome,
            UPDATE: self._update,
            SEND: self._send,
            UPLOAD_INIT: lambda _connection, _request, body: self.media.begin(body),
            UPLOAD_CHUNK: lambda _connection, _request, body: self.media.add(body),
            UPLOAD_FINISH: lambda _connection, _request, body: self.media.finish(body),
        }

    def knows(self, cmd: str) -> bool:
        return cmd in self._commands

    def act(self, connection: int, cmd: str, request: str, body: Any) -> dict[str, Any] | None:
        """Do it; returns the body of the ack. What is refused to a chat stands in the ledger."""
        try:
            return self._commands[cmd](connection, request, body)
        except Refused as refused:
            if not cmd.startswith("aibot_upload"):
                self._chats.refuse(self._meant(request, body), body, refused)
            raise

    def _respond(self, connection: int, request: str, body: Any) -> None:
        callback = self._callback(connection, request, "message", REPLY_SPAN)
        self._require(body, forms.REPLY_KINDS)
        self._chats.say(callback.chat, body, request)
        callback.answered += 1

    def _welcome(self, connection: int, request: str, body: Any) -> None:
        callback = self._callback(connection, request, "enter_chat", EVENT_SPAN)
        self._require(body, forms.WELCOME_KINDS)
        self._chats.say(callback.chat, body, request)
        callback.answered += 1

    def _update(self, connection: int, request: str, body: Any) -> None:
        callback = self._callback(connection, request, "template_card_event", EVENT_SPAN)
        forms.require_update(body, callback.task_id, strict=self._strict)
        self._chats.update_card(callback.task_id, body["template_card"], body.get("userids"))
        callback.answered += 1

    def _send(self, _connection: int, _request: str, body: Any) -> None:
        kind = forms.require_content(body, forms.PUSH_KINDS, _PUSH, strict=self._strict)
        chat = self._chats.find(body["chatid"], body.get("chat_type", 0))
        self._require_file(body, kind)
        self._chats.say(chat, body, "")

    def _callback(self, connection: int, request: str, kind: str, span: timedelta) -> Callback:
        """The callback that is answered; each event once."""
        callback = self.callbacks.get(request)
        if callback is None or callback.kind != kind:
            raise Refused(forms.BAD_REQ_ID, "invalid req_id")
        if self._chats.clock.now() - callback.at > span:
            raise Refused(forms.BAD_REQ_ID, "invalid req_id: too late")
        if callback.connection != connection and not self._outlive:
            raise Refused(forms.BAD_REQ_ID, "invalid req_id: of another connection")
        if kind != "message" and callback.answered:
            raise Refused(forms.BAD_REQ_ID, "invalid req_id: answered before")
        return callback

    def _require(self, body: Any, kinds: tuple[str, ...]) -> None:
        self._require_file(body, forms.require_content(body, kinds, strict=self._strict))

    def _require_file(self, body: Any, kind: str) -> None:
        if kind in forms.MEDIA_KINDS:
            self.media.require_file(body[kind]["media_id"], kind)

    def _meant(self, request: str, body: Any) -> str:
        """The chat a refused frame was for, as far as it can be told."""
        if request in self.callbacks:
            return self.callbacks[request].chat
        return str(body.get("chatid", "")) if isinstance(body, dict) else ""
