"""The imitated platforms as places to deliver to: who lives there, our channels to them, and what may go wrong."""

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import replace
from typing import Final

from bot.channels.group_robot import GroupRobot
from bot.channels.official_account import OfficialAccount, OfficialAccountSettings
from bot.channels.wecom_app import WecomApp, WecomAppSettings
from bot.channels.wire.official_api import OfficialApi
from bot.channels.wire.wecom_api import AppIdentity
from bot.chat.channel import Channel
from bot.chat.reply import Link, Part, Text
from storage.database import Database
from storage.outbox import Target
from storage.uow import UnitOfWork
from tests.channels.robot import QUICK, Alarms, Answers, replica
from tests.clock import FrozenClock
from tests.platform import app_messages, appchat, official_api, webhook
from tests.platform.aibot import AibotServer
from tests.platform.aibot_desk import SEND as PUSH
from tests.platform.appchat import Chat
from tests.platform.faults import Fault, Faults
from tests.platform.ledger import Ledger
from tests.platform.official_api import OfficialApiServer
from tests.platform.tokens import GET_TOKEN
from tests.platform.wecom import WeComServer

HTTP_FAULTS: Final = tuple(fault for fault in Fault if fault is not Fault.HANG)
LINE_FAULTS: Final = (
    Fault.BUSY, Fault.ANSWER_LOST, Fault.SLOW_HEADERS, Fault.BAD_GATEWAY, Fault.LATE_BAD_GATEWAY, Fault.RESET,
    Fault.EMPTY, Fault.TRUNCATED, Fault.HANG,
)  # fmt: skip
"""Those that are something of their own on the robot's line: no ack, a late one, closes, an abort, half an ack."""


class Platform(ABC):
    """An imitated platform, its people, and our channels to it. `patience`: real seconds our calls wait."""

    name: str
    paths: tuple[str, ...]
    faults_known: tuple[Fault, ...] = HTTP_FAULTS
    silent: frozenset[Fault] = frozenset({Fault.SLOW_HEADERS, Fault.SLOW_BODY})
    """Those that keep our call waiting until it loses patience."""
    exact = True
    """Whether every doubtful fault is one message's; on a line that breaks it is that of all that are under way."""

    def __init__(self, clock: FrozenClock, patience: float) -> None:
        self.clock = clock
        self.patience = patience

    @abstractmethod
    async def start(self) -> None: ...

    @abstractmethod
    async def stop(self) -> None: ...

    @abstractmethod
    def settle(self, uow: UnitOfWork, chats: int) -> list[tuple[Target, str]]:
        """People and groups move in; who they are to us, and in the ledger."""

    @abstractmethod
    async def replica(self, database: Database) -> Channel:
        """One more of our channels, started."""

    @property
    @abstractmethod
    def ledger(self) -> Ledger: ...

    @property
    @abstractmethod
    def faults(self) -> Faults: ...

    def parts(self, tag: str, number: int) -> list[Part]:
        more = [Link(tag, "", "https://example.org/")] if number % 10 == 0 else []
        return [Text(tag), *more]

    def people_speak(self) -> None:
        """Before every round: whoever has to keep a window open does."""
        return

    def take_tokens_back(self) -> None:
        """All tokens stop working."""
        return

    def fetches(self) -> int:
        """How many tokens were asked for."""
        return 0


class OfficialPlatform(Platform):
    """People only, who write again when three messages have reached them: five are allowed."""

    name = "official_account"
    paths = (official_api.SEND,)

    async def start(self) -> None:
        self._server = OfficialApiServer("wx0123456789abcdef", "secret", self.clock)
        self._base = await self._server.start()
        self._heard: Counter[str] = Counter()
        self._read = 0

    async def stop(self) -> None:
        await self._server.stop()

    def settle(self, uow: UnitOfWork, chats: int) -> list[tuple[Target, str]]:
        settled = []
        for number in range(chats):
            member = uow.members.add(f"居民{number}").id
            uow.members.join_account(member, self.name, f"o-{number}")
            self._server.note_message(f"o-{number}")
            settled.append((Target(member_id=member), f"o-{number}"))
        return settled

    async def replica(self, database: Database) -> Channel:
        settings = OfficialAccountSettings(
            "wx0123456789abcdef", "secret", "token", "a" * 43, api_base=self._base
        )
        alarms = Alarms()
        channel = OfficialAccount(settings, Answers(), database=database, clock=self.clock, alarm=alarms)
        await channel.api.close()
        channel.api = OfficialApi(
            self._base, settings.app_id, settings.app_secret, database=database, clock=self.clock, alarm=alarms,
            patience=self.patience,
        )  # fmt: skip
        return channel

    @property
    def ledger(self) -> Ledger:
        return self._server.ledger

    @property
    def faults(self) -> Faults:
        return self._server.faults

    def people_speak(self) -> None:
        entries = self.ledger.entries
        self._heard.update(entry.to for entry in entries[self._read :])
        self._read = len(entries)
        for openid in [openid for openid, messages in self._heard.items() if messages >= 3]:
            self._server.note_message(openid)
            del self._heard[openid]

    def take_tokens_back(self) -> None:
        self._server.invalidate_tokens()

    def fetches(self) -> int:
        return self._server.calls[official_api.STABLE_TOKEN]


class AppPlatform(Platform):
    """Half of the chats are people, half are groups of the app's making. The secretary is in all groups."""

    name = "wecom_app"
    paths = (app_messages.SEND, appchat.SEND)

    async def start(self) -> None:
        self._server = WeComServer(self.clock)
        self._app = self._server.add_app(secret="secret")
        self._base = await self._server.start()
        self._server.add_member("secretary")

    async def stop(self) -> None:
        await self._server.stop()

    def settle(self, uow: UnitOfWork, chats: int) -> list[tuple[Target, str]]:
        settled = []
        for number in range(chats):
            userid = f"u{number}"
            self._server.add_member(userid)
            if number % 2:
                chat = Chat(f"c{number}", "", "secretary", ["secretary", userid], self._app.agent_id)
                self._server.chats.chats[chat.chat_id] = chat
                group = uow.groups.add(
                    f"{number}群", place_id=None, channel=self.name, external_id=chat.chat_id
                )
                settled.append((Target(group_id=group.id), chat.chat_id))
            else:
                member = uow.members.add(userid).id
                uow.members.join_account(member, self.name, userid, self._server.corp_id)
                settled.append((Target(member_id=member), userid))
        return settled

    async def replica(self, database: Database) -> Channel:
        identity = AppIdentity(self._server.corp_id, self._app.agent_id, self._app.secret)
        return WecomApp(
            WecomAppSettings(identity, "token", "a" * 43, self._base), Answers(),
            database=database, clock=self.clock, alarm=Alarms(), patience=self.patience,
        )  # fmt: skip

    @property
    def ledger(self) -> Ledger:
        return self._server.ledger

    @property
    def faults(self) -> Faults:
        return self._server.faults

    def take_tokens_back(self) -> None:
        self._server.invalidate_tokens()

    def fetches(self) -> int:
        return self._server.calls[GET_TOKEN]


class WebhookPlatform(Platform):
    """Groups only, each with a robot."""

    name = "group_robot"
    paths = (webhook.SEND,)

    async def start(self) -> None:
        self._server = webhook.GroupRobotServer(self.clock)
        self._base = await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    def settle(self, uow: UnitOfWork, chats: int) -> list[tuple[Target, str]]:
        settled = []
        for number in range(chats):
            key = self._server.add_robot(f"{number}群")
            hook = f"{self._base}{webhook.SEND}?key={key}"
            group = uow.groups.add(f"{number}群", place_id=None, channel=self.name, webhook=hook)
            settled.append((Target(group_id=group.id), key))
        return settled

    async def replica(self, database: Database) -> Channel:
        return GroupRobot(database, self.clock, patience=self.patience)

    @property
    def ledger(self) -> Ledger:
        return self._server.ledger

    @property
    def faults(self) -> Faults:
        return self._server.faults


class RobotPlatform(Platform):
    """Half of the chats are people, half are groups; one of the two replicas holds the line."""

    name = "wecom_aibot"
    paths = (PUSH,)
    faults_known = LINE_FAULTS
    silent = frozenset(LINE_FAULTS) - {Fault.BUSY, Fault.BAD_GATEWAY, Fault.LATE_BAD_GATEWAY, Fault.RESET}
    exact = False

    async def start(self) -> None:
        self._server = AibotServer(self.clock)
        self._url = await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    def settle(self, uow: UnitOfWork, chats: int) -> list[tuple[Target, str]]:
        settled = []
        for number in range(chats):
            name = f"{'g' if number % 2 else 'u'}{number}"
            if number % 2:
                self._server.chats.add_group(name, "lihua")
                self._server.chats.heard("lihua", name)
                group = uow.groups.add(name, place_id=None, channel=self.name, external_id=name)
                settled.append((Target(group_id=group.id), name))
            else:
                self._server.chats.heard(name, None)
                member = uow.members.add(name).id
                uow.members.join_account(member, self.name, name)
                settled.append((Target(member_id=member), name))
        return settled

    async def replica(self, database: Database) -> Channel:
        timing = replace(QUICK, ack=self.patience, look=0.2)
        channel = replica(self._server, self._url, database, self.clock, timing=timing)
        await channel.start()
        return channel

    @property
    def ledger(self) -> Ledger:
        return self._server.ledger

    @property
    def faults(self) -> Faults:
        return self._server.faults

    def parts(self, tag: str, number: int) -> list[Part]:
        return [Text(tag)]


PLATFORMS: Final[tuple[type[Platform], ...]] = (OfficialPlatform, AppPlatform, WebhookPlatform, RobotPlatform)
