"""One person on several channels: known by the corporation's userid, or by an encrypted id that is turned into it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bot.chat.dispatcher import Dispatcher
from bot.chat.errors import Misconfigured
from bot.chat.phrases import ROLES
from bot.chat.reply import Reply
from bot.chat.turn import COLLEAGUES
from bot.chat.update import IdKind, Update
from bot.identity import convert
from handlers import FEATURES
from handlers.members.use_cases import join, recognise
from storage.database import Database
from storage.members import Grant, Member, Role
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import Status
from tests.clock import FrozenClock
from tests.handlers.town import Town, empty_library

CORP = "ww0123456789abcdef"
OPEN = "wo0123456789"


class Corporation:
    """People speaking on the channels of one corporation, to the real engine."""

    def __init__(self, database: Database, clock: FrozenClock, folder: Path) -> None:
        self.database = database
        self.clock = clock
        services = Town(database, clock, empty_library(folder)).services
        self._dispatcher = Dispatcher(FEATURES, database, clock, services, messages_a_minute=0)
        self._said = 0

    async def say(
        self, text: str, channel: str, sender: str, *, tenant: str = CORP, kind: IdKind = IdKind.PLAIN
    ) -> str:
        self._said += 1
        update = Update(
            channel, f"k{self._said}", sender, self.clock.now(), text, tenant=tenant, id_kind=kind
        )
        reply = await self._dispatcher.answer(update)
        assert reply.incident is None
        return reply.plain()

    def members(self) -> list[Member]:
        return self.database.read_now(lambda uow: uow.members.all())

    def accounts(self, member_id: int) -> set[tuple[str, str, str]]:
        found = self.database.read_now(lambda uow: uow.members.accounts(member_id))
        return {(account.channel, account.external_id, account.id_kind) for account in found}

    def invite(self, code: str, *, name: str | None = None) -> None:
        def run(uow: UnitOfWork) -> None:
            place = next(iter(uow.places.all()), None) or uow.places.add("永续社区", kind="community")
            uow.invites.add(code, Grant(Role.VOLUNTEER, place.id), name=name, member_id=None, days=7)

        self.database.run_now(run)

    async def turn(self, known: Mapping[str, str]) -> list[list[str]]:
        """The job runs with an app that knows these; returns what it asked for."""
        asked: list[list[str]] = []

        async def ask(open_userids: Sequence[str]) -> Mapping[str, str]:
            asked.append(list(open_userids))
            return {each: known[each] for each in open_userids if each in known}

        await convert(self.database, self.clock, CORP, ask=ask, recognise=recognise)
        return asked


@pytest.fixture
def corp(database: Database, clock: FrozenClock, tmp_path: Path) -> Corporation:
    return Corporation(database, clock, tmp_path)


# -- one userid, several channels --------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second"), [("wecom_app", "wecom_aibot"), ("wecom_aibot", "wecom_app")])
async def test_who_is_bound_on_one_channel_is_known_on_the_other(
    corp: Corporation, first: str, second: str
) -> None:
    corp.invite("K7P2-9QXM", name="李华")
    await corp.say("/绑定 K7P2-9QXM", first, "lihua")
    assert "李华" in await corp.say("/我", second, "lihua")
    (member,) = corp.members()
    assert corp.accounts(member.id) == {("wecom_app", "lihua", ""), ("wecom_aibot", "lihua", "")}
    assert member.roles == {Role.VOLUNTEER}


async def test_the_same_userid_of_another_corporation_is_somebody_else(corp: Corporation) -> None:
    await corp.say("/帮助", "wecom_app", "lihua")
    await corp.say("/帮助", "wecom_aibot", "lihua", tenant="ww-another")
    await corp.say("/帮助", "wecom_aibot", "lihua", tenant="")
    await corp.say("/帮助", "official_account", "lihua", tenant=CORP)
    assert len(corp.members()) == 4


async def test_an_encrypted_id_is_no_name_and_no_userid(corp: Corporation) -> None:
    await corp.say("/帮助", "wecom_app", "wo-same")
    told = await corp.say("/我", "wecom_aibot", "wo-same", kind=IdKind.OPEN)
    assert len(corp.members()) == 2
    assert {member.name for member in corp.members()} == {ROLES["resident"]}
    assert "wo-same" not in told


# -- encrypted ids turned into userids ---------------------------------------------------------------


async def test_who_was_unknown_joins_the_member_with_the_userid(corp: Corporation) -> None:
    corp.invite("K7P2-9QXM", name="李华")
    await corp.say("/绑定 K7P2-9QXM", "wecom_app", "lihua")
    await corp.say("/心愿 想要一台能听戏的收音机", "wecom_aibot", OPEN, kind=IdKind.OPEN)
    known, seen = corp.members()
    corp.database.run_now(
        lambda uow: uow.outbox.add(Target(member_id=seen.id), Reply.text("办好了").to_json())
    )
    assert await corp.turn({OPEN: "lihua"}) == [[OPEN]]
    assert corp.accounts(known.id) == {("wecom_app", "lihua", ""), ("wecom_aibot", OPEN, "open")}
    assert corp.accounts(seen.id) == set()

    def left(uow: UnitOfWork) -> tuple[list[int | None], list[int | None]]:
        wishes = uow.wishes.listed(statuses=list(Status), places=None, limit=10)
        told = uow.outbox.lease(limit=10, seconds=1)
        return [wish.logged_by for wish in wishes], [row.to.member_id for row in told]

    assert corp.database.run_now(left) == ([known.id], [known.id])
    assert "李华" in await corp.say("/我", "wecom_aibot", OPEN, kind=IdKind.OPEN)


async def test_who_is_known_by_no_userid_yet_gets_it(corp: Corporation) -> None:
    await corp.say("/帮助", "wecom_aibot", OPEN, kind=IdKind.OPEN)
    await corp.turn({OPEN: "lihua"})
    (member,) = corp.members()
    assert corp.accounts(member.id) == {("wecom_aibot", OPEN, "open"), ("wecom_app", "lihua", "")}
    await corp.say("/帮助", "wecom_app", "lihua")
    assert [each.id for each in corp.members()] == [member.id]


async def test_roles_and_name_go_with_the_person(corp: Corporation) -> None:
    corp.invite("K7P2-9QXM", name="李华")
    await corp.say("/绑定 K7P2-9QXM", "wecom_aibot", OPEN, kind=IdKind.OPEN)
    await corp.say("/帮助", "wecom_app", "lihua")
    await corp.turn({OPEN: "lihua"})
    told = await corp.say("/我", "wecom_app", "lihua")
    assert "李华" in told and "志愿者" in told


async def test_only_those_are_asked_about_who_are_not_known(corp: Corporation) -> None:
    await corp.say("/帮助", "wecom_aibot", OPEN, kind=IdKind.OPEN)
    await corp.say("/帮助", "wecom_aibot", "wo-other", kind=IdKind.OPEN)
    await corp.say("/帮助", "wecom_aibot", "wo-foreign", kind=IdKind.OPEN, tenant="ww-another")
    assert [sorted(asked) for asked in await corp.turn({OPEN: "lihua"})] == [["wo-other", OPEN]]
    assert await corp.turn({}) == []
    corp.clock.advance(minutes=10)
    assert await corp.turn({}) == [["wo-other"]]


async def test_without_encrypted_ids_nothing_is_asked(corp: Corporation) -> None:
    await corp.say("/帮助", "wecom_app", "lihua")
    assert await corp.turn({}) == []


async def test_a_platform_that_refuses_is_asked_again_in_ten_minutes(corp: Corporation) -> None:
    await corp.say("/帮助", "wecom_aibot", OPEN, kind=IdKind.OPEN)
    refusals = 0

    async def refuse(_open_userids: Sequence[str]) -> Mapping[str, str]:
        nonlocal refusals
        refusals += 1
        raise Misconfigured("没有权限")

    for _ in range(3):
        await convert(corp.database, corp.clock, CORP, ask=refuse, recognise=recognise)
    assert refusals == 1
    corp.clock.advance(minutes=10)
    assert await corp.turn({OPEN: "lihua"}) == [[OPEN]]


def test_nothing_of_a_member_is_lost_in_another(database: Database) -> None:
    def run(uow: UnitOfWork) -> tuple[object, ...]:
        place = uow.places.add("永续社区", kind="community")
        kept = uow.members.add("李华", grants=[Grant(Role.VOLUNTEER, place.id)])
        lost = uow.members.add(
            "居民", grants=[Grant(Role.VOLUNTEER, place.id), Grant(Role.COORDINATOR, place.id)]
        )
        uow.members.open_account(lost.id, "wecom_aibot", OPEN, CORP, "open")
        uow.invites.add("K7P2-9QXM", Grant(Role.RESIDENT, place.id), name=None, member_id=lost.id, days=7)
        group = uow.groups.add("永续社区连心群", place_id=place.id, channel="wecom_app", owner_id=lost.id)
        join(uow, lost.id, kept.id)
        invited = uow.invites.redeem("K7P2-9QXM").member_id
        owner = uow.groups.get(group.id).owner_id
        speaker = uow.members.known_as(COLLEAGUES, OPEN, CORP, "open")
        assert speaker is not None
        return uow.members.get(kept.id).roles, invited == kept.id, owner == kept.id, speaker.id == kept.id

    assert database.run_now(run) == ({Role.VOLUNTEER, Role.COORDINATOR}, True, True, True)


def test_what_is_known_of_nobody_changes_nothing(database: Database) -> None:
    assert database.run_now(lambda uow: recognise(uow, COLLEAGUES, CORP, "wo-nobody", "lihua")) is False
    assert database.read_now(lambda uow: uow.members.all()) == []
