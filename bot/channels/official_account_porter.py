"""Who opened a link in WeChat: 网页授权 of the Official Account (scope snsapi_base), for the page of `binding`."""

from bot.channels import phrases as say
from bot.channels.binding import Visitor, Words
from bot.channels.wire.oauth import authorize_url
from bot.channels.wire.official_api import OfficialApi


class OfficialPorter:
    """Knows a person by the openid that a code stands for."""

    channel = "official_account"
    path = "/wechat/bind"
    words = Words(say.BIND_ASK, say.BIND_BUTTON, say.BIND_STALE, say.BIND_LATER, "", say.BIND_UNDER_WAY)

    def __init__(self, app_id: str, api: OfficialApi) -> None:
        self.tenant = app_id
        self._api = api

    def authorize(self, back: str, state: str) -> str:
        return authorize_url(self.tenant, back, state)

    async def visitor(self, code: str) -> Visitor | None:
        return Visitor(await self._api.openid_of(code))
