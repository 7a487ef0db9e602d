"""The Official Account's API: its token, customer-service, template and subscription messages, menu, codes, media.

Follows 获取稳定版接口调用凭据, 客服消息, 模板消息, 订阅通知 (bizsend), 自定义菜单, 生成带参数的二维码, 新增临时素材,
网页授权 and the table of return codes. How a call ends is in `bot.channels.wire.api`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from bot.channels import phrases as say
from bot.channels.wire.api import COMMON, TOTAL_SECONDS, Api, Meaning, Media, Quota, TokenRefused
from bot.channels.wire.token import Fetched, Guarded, TokenKeeper
from bot.chat.channel import Alarm
from bot.chat.errors import Misconfigured, OutcomeUnknown, Throttled, Undeliverable, Unreachable, WindowClosed
from bot.clock import Clock
from storage.database import Database

DEFAULT_BASE: Final = "https://api.weixin.qq.com"

PICTURES: Final = "https://mp.weixin.qq.com/cgi-bin/showqrcode"
"""Where the platform draws a QR code of its ticket (生成带参数的二维码)."""

TOKEN_MARGIN = timedelta(minutes=4)
"""A token is renewed this long before its end: in its last five minutes the platform gives the next one."""

MEDIA_LIMIT: Final = 10 * 1024 * 1024
"""Bytes of an image, both ways (新增临时素材)."""

LONGEST_SCENE: Final = timedelta(days=30)

MEANINGS: Final[Mapping[int, Meaning]] = {
    **COMMON,
    40003: Meaning(Undeliverable, say.NO_SUCH_OPENID),
    40007: Meaning(Undeliverable, say.BAD_REQUEST),
    40013: Meaning(Misconfigured, say.WRONG_APP_ID),
    40029: Meaning(Undeliverable, say.STALE_OAUTH_CODE),
    40037: Meaning(Misconfigured, say.NO_SUCH_TEMPLATE),
    40125: Meaning(Misconfigured, say.WRONG_APP_SECRET),
    40163: Meaning(Undeliverable, say.STALE_OAUTH_CODE),
    40164: Meaning(Misconfigured, say.ADDRESS_NOT_LISTED),
    41001: Meaning(Misconfigured, say.TOKEN_MISSING),
    41002: Meaning(Misconfigured, say.WRONG_APP_ID),
    41004: Meaning(Misconfigured, say.WRONG_APP_SECRET),
    43004: Meaning(Undeliverable, say.NOT_A_FOLLOWER),
    43101: Meaning(Undeliverable, say.NO_CONSENT),
    45015: Meaning(WindowClosed, say.WINDOW_CLOSED),
    45028: Meaning(Throttled, say.MASS_QUOTA, Quota.DAY),
    45047: Meaning(WindowClosed, say.WINDOW_USED_UP),
    45065: Meaning(Undeliverable, say.SENT_BEFORE),
    47003: Meaning(Misconfigured, say.TEMPLATE_DIFFERS),
    48001: Meaning(Misconfigured, say.NO_PERMISSION),
    48004: Meaning(Misconfigured, say.BANNED),
    48006: Meaning(Throttled, say.DAY_QUOTA, Quota.DAY),
    50002: Meaning(Misconfigured, say.RESTRICTED),
}


@dataclass(frozen=True, slots=True)
class StableToken:
    """Where the account's tokens come from (`bot.channels.wire.token.Source`)."""

    api: Api
    app_id: str
    app_secret: str = field(repr=False)
    forcible: bool = True

    async def fetch(self, *, force: bool) -> Fetched:
        asked = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.app_secret}
        answer = await self.api.post("/cgi-bin/stable_token", {**asked, "force_refresh": force})
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lifetime, int):
            raise Unreachable(say.TOKEN_MISSING)
        return Fetched(token, timedelta(seconds=lifetime) - TOKEN_MARGIN)


async def ask_for_token(base: str, app_id: str, app_secret: str, clock: Clock, *, patience: float) -> None:
    """Whether a token can be had, asked for the sake of the answer (`doctor`). Raises why not, in its sentence."""
    api = Api(base, MEANINGS, clock, patience=patience)
    try:
        await StableToken(api, app_id, app_secret).fetch(force=False)
    except TokenRefused:
        raise Misconfigured(f"{say.WRONG_APP_SECRET}（40001）") from None
    except OutcomeUnknown as error:
        raise Unreachable(error.sentence) from None
    finally:
        await api.close()


class OfficialApi:
    """One account's API. `patience`: seconds a call may take. Everything raises what `Api` names."""

    def __init__(
        self,
        base: str,
        app_id: str,
        app_secret: str,
        *,
        database: Database,
        clock: Clock,
        alarm: Alarm,
        patience: float = TOTAL_SECONDS,
    ) -> None:
        self._bare = Api(base, MEANINGS, clock, patience=patience)
        self._credentials = {"appid": app_id, "secret": app_secret}
        source = StableToken(self._bare, app_id, app_secret)
        keeper = TokenKeeper(
            f"official_account:{app_id}", app_secret, source, database=database, clock=clock, alarm=alarm
        )
        self._api = Guarded(self._bare, keeper, alarm)

    async def send(self, openid: str, kind: str, body: Mapping[str, Any]) -> None:
        """Deliver one customer-service message of `kind` (text, image, news)."""
        message = {"touser": openid, "msgtype": kind, kind: body}
        await self._api.post("/cgi-bin/message/custom/send", message, coded=True)

    async def send_template(self, openid: str, template: str, data: Mapping[str, str], *, key: str) -> str:
        """Deliver a template message; returns its id, under which the platform reports how it ended.

        `key`: at most 32 characters, by which the platform knows a message sent twice within ten minutes.
        """
        message = {"touser": openid, "template_id": template, "data": _values(data), "client_msg_id": key}
        answer = await self._api.post("/cgi-bin/message/template/send", message, coded=True)
        return str(answer.get("msgid", ""))

    async def send_subscribed(self, openid: str, template: str, data: Mapping[str, str]) -> None:
        """Deliver a subscription message (订阅通知); `Undeliverable` when the person did not agree to it."""
        message = {"touser": openid, "template_id": template, "data": _values(data)}
        await self._api.post("/cgi-bin/message/subscribe/bizsend", message, coded=True)

    async def upload_image(self, media: Media) -> str:
        """Returns the media id, good for three days."""
        answer = await self._api.upload("/cgi-bin/media/upload", media, {"type": "image"})
        return _text(answer, "media_id")

    async def media(self, media_id: str, *, limit: int = MEDIA_LIMIT) -> Media:
        """What a person sent: a picture or a voice message. Raises `TooLarge` above `limit` bytes."""
        return await self._api.download("/cgi-bin/media/get", {"media_id": media_id}, limit=limit)

    async def create_menu(self, menu: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        """Replace the menu under the chat by (name, its (label, command) entries).

        At most three names of 16 bytes with five labels of 60 bytes each. People see it within five minutes,
        or when they follow again. What is clicked comes back as the command (`bot.channels.wire.xml`).
        """
        buttons = [
            {
                "name": name,
                "sub_button": [
                    {"type": "click", "name": label, "key": command} for label, command in entries
                ],
            }
            for name, entries in menu
        ]
        await self._api.post("/cgi-bin/menu/create", {"button": buttons}, coded=True)

    async def scene_code(self, scene: str, *, good_for: timedelta) -> str:
        """A QR code that says `scene` (1 to 64 characters); returns where the platform shows its picture."""
        seconds = int(min(good_for, LONGEST_SCENE).total_seconds())
        asked = {
            "expire_seconds": seconds,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        ticket = _text(await self._api.post("/cgi-bin/qrcode/create", asked), "ticket")
        return f"{PICTURES}?{urlencode({'ticket': ticket})}"

    async def openid_of(self, code: str) -> str:
        """Who agreed on the authorization page; a code is good once and for five minutes."""
        query = {**self._credentials, "code": code, "grant_type": "authorization_code"}
        return _text(await self._bare.get("/sns/oauth2/access_token", query), "openid")

    async def close(self) -> None:
        await self._api.close()


def _values(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {keyword: {"value": value} for keyword, value in data.items()}


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise OutcomeUnknown(say.UNREADABLE_ANSWER)
    return value
