"""Calls from us to WeCom's API as a 自建应用: messages, groups the app has made, people, cards, files.

Follows W90236 (message/send), W90245 and W90248 (appchat), W94888 (update_template_card), W90253 (media/upload),
media/get (its page is not among the facts we hold),
W90196 (user/get), W90227 (agent/get), W91023 (auth/getuserinfo), W91039 (gettoken), W101521 (open_userid)
and the table W90313.
"""

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.channels import phrases as say
from bot.channels.wire.api import COMMON, TOTAL_SECONDS, Answer, Api, Meaning, Media, Quota, TokenRefused
from bot.channels.wire.token import Fetched, Guarded, TokenKeeper
from bot.chat.channel import Alarm
from bot.chat.errors import Misconfigured, OutcomeUnknown, Removed, Throttled, Undeliverable, Unreachable
from bot.clock import Clock
from storage.database import Database

DEFAULT_BASE: Final = "https://qyapi.weixin.qq.com"

SEND: Final = "/cgi-bin/message/send"
UPDATE_CARD: Final = "/cgi-bin/message/update_template_card"
CHAT_CREATE: Final = "/cgi-bin/appchat/create"
CHAT_SEND: Final = "/cgi-bin/appchat/send"
UPLOAD: Final = "/cgi-bin/media/upload"
MEDIA: Final = "/cgi-bin/media/get"
USER_GET: Final = "/cgi-bin/user/get"
USER_INFO: Final = "/cgi-bin/auth/getuserinfo"
AGENT_GET: Final = "/cgi-bin/agent/get"
TO_USERID: Final = "/cgi-bin/batch/openuserid_to_userid"

OPEN_IDS_A_CALL: Final = 1000
MEDIA_KEPT = timedelta(days=2, hours=12)
"""A media_id lives three days; a message that waits in the outbox should still find it."""


class ChatExists(Undeliverable):
    """The id we chose for a new group is that of a group: our own, when an answer was lost."""


class MediaGone(Unreachable):
    """The platform forgot an upload before its time: it is uploaded again at the next attempt."""


class StaleCode(Undeliverable):
    """The code of a binding page was used, or is older than five minutes."""


MEANINGS: Final[Mapping[int, Meaning]] = {
    **COMMON,
    40003: Meaning(Undeliverable, say.WECOM_NO_MEMBER),
    40007: Meaning(MediaGone, say.WECOM_UPLOAD_LOST),
    40013: Meaning(Misconfigured, say.WECOM_CORP_WRONG),
    40029: Meaning(StaleCode, say.WECOM_LINK_USED),
    40056: Meaning(Misconfigured, say.WECOM_AGENT_WRONG),
    40058: Meaning(Undeliverable, say.BAD_REQUEST),
    41001: Meaning(Unreachable, say.TOKEN_MISSING),
    42014: Meaning(Undeliverable, say.WECOM_CARD_USED),
    43012: Meaning(Misconfigured, say.WECOM_NO_CALLBACK),
    45009: Meaning(Throttled, say.WECOM_BUSY, Quota.MINUTE),
    45033: Meaning(Throttled, say.WECOM_BUSY, Quota.MINUTE),
    48002: Meaning(Misconfigured, say.WECOM_NO_PERMISSION),
    60011: Meaning(Undeliverable, say.WECOM_NOT_VISIBLE),
    60020: Meaning(Misconfigured, say.WECOM_ADDRESS),
    60111: Meaning(Undeliverable, say.WECOM_NO_MEMBER),
    81013: Meaning(Undeliverable, say.WECOM_NOT_VISIBLE),
    82001: Meaning(Undeliverable, say.WECOM_NOT_VISIBLE),
    82004: Meaning(Undeliverable, say.BAD_REQUEST),
    86003: Meaning(Removed, say.WECOM_CHAT_GONE),
    86006: Meaning(Undeliverable, say.WECOM_CHAT_SIZE),
    86008: Meaning(Removed, say.WECOM_CHAT_GONE),
    86215: Meaning(ChatExists, say.WECOM_CHAT_EXISTS),
    86216: Meaning(Undeliverable, say.WECOM_CHAT_MEMBERS),
    301002: Meaning(Misconfigured, say.WECOM_AGENT_WRONG),
}


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """One app of one corporation, and its secret."""

    corp_id: str
    agent_id: int
    secret: str = field(repr=False)


class _AppToken:
    """gettoken: the same token while it is valid, so it is used to its very end; asking again is of no use before."""

    forcible = False

    def __init__(self, api: Api, app: AppIdentity) -> None:
        self._api = api
        self._app = app

    async def fetch(self, *, force: bool) -> Fetched:
        query = {"corpid": self._app.corp_id, "corpsecret": self._app.secret}
        answer = await self._api.get("/cgi-bin/gettoken", query)
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lifetime, int):
            raise Unreachable(say.TOKEN_MISSING)
        return Fetched(token, timedelta(seconds=lifetime))


async def ask_for_token(base: str, app: AppIdentity, clock: Clock, *, patience: float) -> None:
    """Whether a token can be had, for this app, and our address is trusted: asked for the answer's sake (`doctor`).

    Raises why not, in its sentence.
    """
    api = Api(base, MEANINGS, clock, patience=patience)
    try:
        try:
            fetched = await _AppToken(api, app).fetch(force=False)
        except TokenRefused:
            raise Misconfigured(f"{say.WECOM_SECRET_WRONG}（40001）") from None
        # gettoken looks neither at the AgentId nor at the address it comes from.
        asked = {"access_token": fetched.token, "agentid": str(app.agent_id)}
        if (await api.get(AGENT_GET, asked)).get("close"):
            raise Misconfigured(say.WECOM_APP_CLOSED)
    except TokenRefused:
        raise Misconfigured(say.TOKEN_REFUSED_FOR_EVER) from None
    except OutcomeUnknown as error:
        raise Unreachable(error.sentence) from None
    finally:
        await api.close()


class WecomApi:
    """What one app may do. Every call raises what `Channel.send` names."""

    def __init__(
        self,
        base: str,
        app: AppIdentity,
        database: Database,
        clock: Clock,
        alarm: Alarm,
        *,
        patience: float = TOTAL_SECONDS,
    ) -> None:
        api = Api(base, MEANINGS, clock, patience=patience)
        name = f"wecom:{app.corp_id}:{app.agent_id}"
        keeper = TokenKeeper(
            name, app.secret, _AppToken(api, app), database=database, clock=clock, alarm=alarm
        )
        self._app = app
        self._clock = clock
        self._calls = Guarded(api, keeper, alarm)
        self._uploaded: dict[tuple[str, str], tuple[str, datetime]] = {}

    async def send(self, userid: str, body: Mapping[str, Any], *, once: bool = False) -> str:
        """Send `body` (msgtype and what belongs to it) to one member; returns the platform's msgid.

        `once`: let the platform drop it in silence when it took the same for the same member in the last
        half hour. Right only for what is never said twice: it compares contents, not our keys.
        """
        envelope: dict[str, Any] = {"touser": userid, "agentid": self._app.agent_id}
        if once:
            envelope["enable_duplicate_check"] = 1
        answer = await self._send(SEND, {**envelope, **body})
        if userid.lower() in _names(answer.get("invaliduser")):
            raise Undeliverable(say.WECOM_NOT_VISIBLE)
        if userid.lower() in _names(answer.get("unlicenseduser")):
            raise Undeliverable(say.WECOM_NO_LICENCE)
        return _text(answer, "msgid")

    async def send_to_chat(self, chat_id: str, body: Mapping[str, Any]) -> None:
        """Send to a group that this app has made; the platform gives no id for such a message."""
        await self._send(CHAT_SEND, {"chatid": chat_id, **body})

    async def _send(self, path: str, message: Mapping[str, Any]) -> Answer:
        try:
            return await self._calls.post(path, message, coded=True)
        except MediaGone:
            self._uploaded.clear()
            raise

    async def create_chat(self, chat_id: str, name: str, members: Sequence[str]) -> bool:
        """Make the group `chat_id` (1 to 32 letters and digits) of `members`, the first of them its owner.

        False: there was one of that id, our own when an answer was lost; nothing is changed. Raises
        `Undeliverable` for a list the platform does not take.
        """
        wanted = {"chatid": chat_id, "name": name[:50], "owner": members[0], "userlist": list(members)}
        try:
            await self._calls.post(CHAT_CREATE, wanted, coded=True)
        except ChatExists:
            return False
        return True

    async def update_card(self, userid: str, response_code: str, card: Mapping[str, Any]) -> None:
        """Show `card` to one member in place of the card whose press brought `response_code` (one use, 72 h)."""
        wanted = {"userids": [userid], "agentid": self._app.agent_id, "response_code": response_code}
        await self._calls.post(UPDATE_CARD, {**wanted, "template_card": dict(card)}, coded=True)

    async def name_of(self, userid: str) -> str:
        """The member's name in the address book, as far as this app may see it."""
        return _text(await self._calls.get(USER_GET, {"userid": userid}), "name")

    async def visitor(self, code: str) -> str | None:
        """The userid of who opened our page; None when it is nobody of this corporation.

        Raises `StaleCode`.
        """
        answer = await self._calls.get(USER_INFO, {"code": code})
        return _text(answer, "userid") or _text(answer, "UserId") or None

    async def userids(self, open_userids: Sequence[str]) -> dict[str, str]:
        """open_userid → userid, of those the app may see (W101521)."""
        found: dict[str, str] = {}
        for start in range(0, len(open_userids), OPEN_IDS_A_CALL):
            some = list(open_userids[start : start + OPEN_IDS_A_CALL])
            wanted = {"open_userid_list": some, "source_agentid": self._app.agent_id}
            answer = await self._calls.post(TO_USERID, wanted)
            found.update(_pairs(answer.get("userid_list")))
        return found

    async def media_id(self, kind: str, attachment: str, media: Media) -> str:
        """Upload an image or file once in `MEDIA_KEPT`; its media_id."""
        now = self._clock.now()
        known, until = self._uploaded.get((kind, attachment), ("", now))
        if known and now < until:
            return known
        found = await uploaded(self._calls.upload(UPLOAD, media, {"type": kind}))
        self._uploaded = {each: kept for each, kept in self._uploaded.items() if now < kept[1]}
        self._uploaded[kind, attachment] = (found, now + MEDIA_KEPT)
        return found

    async def media(self, media_id: str, *, limit: int) -> Media:
        """What a person sent. Raises `TooLarge` above `limit` bytes."""
        return await self._calls.download(MEDIA, {"media_id": media_id}, limit=limit)

    async def check(self) -> None:
        """Have a token. Raises what stands in the way; its sentence is for the operator."""
        await self._calls.check()

    async def close(self) -> None:
        await self._calls.close()


async def uploaded(call: Awaitable[Answer]) -> str:
    """The media_id an upload brings. Whatever fails here, no message was sent."""
    try:
        found = _text(await call, "media_id")
    except OutcomeUnknown:
        found = ""
    if not found:
        raise Unreachable(say.WECOM_UPLOAD_LOST)
    return found


def _names(listed: object) -> frozenset[str]:
    """Names joined by `|`. The platform tells no capitals from small letters, and lists people in small ones."""
    return frozenset(listed.lower().split("|")) if isinstance(listed, str) else frozenset()


def _text(answer: Answer, name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def _pairs(listed: object) -> Iterator[tuple[str, str]]:
    for pair in listed if isinstance(listed, list) else []:
        if isinstance(pair, dict):
            open_userid, userid = pair.get("open_userid"), pair.get("userid")
            if isinstance(open_userid, str) and isinstance(userid, str) and open_userid and userid:
                yield open_userid, userid
