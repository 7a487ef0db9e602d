"""The menu under the chat (自定义菜单) and QR codes with a scene (生成带参数的二维码)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from tests.platform.clock import Clock
from tests.platform.server import Answer, Call, Endpoint, Refused
from tests.platform.shapes import ANYTHING, Items, Text

CREATE = "/cgi-bin/menu/create"
GET = "/cgi-bin/menu/get"
DELETE = "/cgi-bin/menu/delete"
CREATE_CODE = "/cgi-bin/qrcode/create"

KEY = {"key": Text(limit=128, least=1, code=40019)}
FIELDS: dict[str, dict[str, Any]] = {
    "click": KEY,
    "view": {"url": Text(limit=1024, least=1, pattern=r"https?://.+", code=40020)},
    "miniprogram": {"url": str, "appid": str, "pagepath": str},
    "scancode_waitmsg": {**KEY, "sub_button?": ANYTHING},
    "scancode_push": {**KEY, "sub_button?": ANYTHING},
    "location_select": KEY,
    "media_id": {"media_id": str},
    "article_id": {"article_id": str},
    "article_view_limited": {"article_id": str},
}
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=30)
FOR_EVER = timedelta(days=36_500)


class Host(Protocol):
    """What the menu and the codes need of the server they belong to."""

    clock: Clock

    def guarded(self, method: str, path: str, endpoint: Endpoint, *query: str) -> None: ...
    def readable(self, call: Call) -> dict[str, Any]: ...
    def shaped(self, call: Call, shape: Any) -> dict[str, Any]: ...
    def require(self, value: object, shape: Any, where: str = "") -> None: ...
    def number(self, name: str) -> int: ...


class Menu:
    """`buttons`: what people see, None when there is no menu."""

    def __init__(self, server: Host) -> None:
        self.buttons: list[dict[str, Any]] | None = None
        self._server = server
        server.guarded("POST", CREATE, self._create)
        server.guarded("GET", GET, self._get)
        server.guarded("GET", DELETE, self._delete)

    def button(self, name: str) -> dict[str, Any]:
        """The button with this name, at either level; `LookupError` when nobody sees one."""
        for button in self.buttons or []:
            for candidate in (button, *button.get("sub_button", [])):
                if candidate["name"] == name and "type" in candidate:
                    return dict(candidate)
        raise LookupError(f"no button {name}")

    def _create(self, call: Call) -> Answer:
        wanted = self._server.readable(call)
        self._server.require(wanted, {"button": Items(dict, least=1, most=3, code=40016)})
        buttons = wanted["button"]
        for button in buttons:
            if "sub_button" in button and "type" not in button:
                shape = {"name": self._name(16), "sub_button": Items(dict, least=1, most=5, code=40023)}
                self._server.require(button, shape)
                for inner in button["sub_button"]:
                    self._check(inner, self._name(60))
            else:
                self._check(button, self._name(16))
        self.buttons = buttons
        return {"errcode": 0, "errmsg": "ok"}

    def _check(self, button: dict[str, Any], name: Text) -> None:
        fields = FIELDS.get(str(button.get("type")))
        if fields is None:
            raise Refused(40017, "invalid button type")
        self._server.require(button, {"type": str, "name": name, **fields}, "button")

    @staticmethod
    def _name(limit: int) -> Text:
        return Text(limit=limit, least=1, code=40018)

    def _get(self, _: Call) -> Answer:
        if self.buttons is None:
            raise Refused(46003, "menu no exist")
        return {"menu": {"button": self.buttons}}

    def _delete(self, _: Call) -> Answer:
        self.buttons = None
        return {"errcode": 0, "errmsg": "ok"}


@dataclass(frozen=True)
class QrCode:
    scene: str
    until: datetime


class QrCodes:
    """Tickets and their scenes."""

    def __init__(self, server: Host) -> None:
        self._server = server
        self._codes: dict[str, QrCode] = {}
        server.guarded("POST", CREATE_CODE, self._create)

    def scene(self, ticket: str) -> str:
        """What the code says; `LookupError` for one that is unknown or has expired."""
        code = self._codes[ticket]
        if code.until <= self._server.clock.now():
            raise LookupError("the code has expired")
        return code.scene

    def _create(self, call: Call) -> Answer:
        wanted = self._server.shaped(
            call, {"expire_seconds?": int, "action_name": str, "action_info": {"scene": dict}}
        )
        action = wanted["action_name"]
        if action not in ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"):
            raise Refused(40052, "invalid action name")
        name, shape = (
            ("scene_str", Text(limit=64, least=1, code=40053)) if "STR" in action else ("scene_id", int)
        )
        scene = wanted["action_info"]["scene"]
        self._server.require(scene, {name: shape}, "action_info.scene")
        if name == "scene_id" and not 1 <= scene[name] <= (100_000 if "LIMIT" in action else 2**32 - 1):
            raise Refused(40053, "invalid action info")
        lifetime = FOR_EVER if "LIMIT" in action else timedelta(seconds=wanted.get("expire_seconds", 60))
        if "LIMIT" not in action and not SHORTEST <= lifetime <= LONGEST:
            raise Refused(40065, "invalid expire_seconds")
        ticket = f"ticket{self._server.number('code')}=="
        self._codes[ticket] = QrCode(str(scene[name]), self._server.clock.now() + lifetime)
        answer = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket.rstrip('=')}"}
        return answer if "LIMIT" in action else {**answer, "expire_seconds": int(lifetime.total_seconds())}
