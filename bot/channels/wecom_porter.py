"""Who opened a link in WeCom: 网页授权 (W91022, W91023, scope snsapi_base), for the page of `binding`."""

from typing import Final
from urllib.parse import urlencode

from bot.channels import phrases as say
from bot.channels.binding import Visitor, Words
from bot.channels.wire.wecom_api import AppIdentity, WecomApi
from bot.chat.errors import ChannelError

AUTHORIZE: Final = "https://open.weixin.qq.com/connect/oauth2/authorize"


class WecomPorter:
    """Knows a member by the userid that a code stands for; `public_url` has to lie under the app's 可信域名."""

    channel = "wecom_app"
    path = "/wecom/bind"
    words = Words(
        say.WECOM_BIND_ASK,
        say.WECOM_BIND_BUTTON,
        say.WECOM_BIND_STALE,
        say.WECOM_BIND_TROUBLE,
        say.WECOM_BIND_STRANGER,
        say.WECOM_BIND_UNDER_WAY,
    )

    def __init__(self, app: AppIdentity, api: WecomApi) -> None:
        self.tenant = app.corp_id
        self._app = app
        self._api = api

    def authorize(self, back: str, state: str) -> str:
        """The platform wants the parameters in this order."""
        query = [
            ("appid", self._app.corp_id),
            ("redirect_uri", back),
            ("response_type", "code"),
            ("scope", "snsapi_base"),
            ("state", state),
            ("agentid", str(self._app.agent_id)),
        ]
        return f"{AUTHORIZE}?{urlencode(query)}#wechat_redirect"

    async def visitor(self, code: str) -> Visitor | None:
        userid = await self._api.visitor(code)
        return Visitor(userid, await self._name(userid)) if userid is not None else None

    async def _name(self, userid: str) -> str | None:
        """What the address book calls them, where the app may see it; binding does not depend on it."""
        try:
            return await self._api.name_of(userid) or None
        except ChannelError:
            return None
