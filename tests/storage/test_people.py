"""Places, members, groups and what a chat has open."""

import asyncio
from datetime import date, time, timedelta

import pytest

from storage.audit import AuditEntry
from storage.base import NotFound, Taken
from storage.chats import PATIENCE, OpenConversation
from storage.database import Database
from storage.feedback import Feedback
from storage.groups import Group
from storage.members import Account, Grant, Member, Role, places_served
from storage.uow import Cause, UnitOfWork
from tests.clock import FrozenClock
from tests.storage.people import Village, settle


@pytest.fixture
def village(database: Database) -> Village:
    return settle(database)


def test_places_are_a_tree(database: Database) -> None:
    def plant(uow: UnitOfWork) -> tuple[int, int, int, int]:
        county = uow.places.add("金乡县", kind="county")
        town = uow.places.add("鱼山街道", kind="town", parent=county.id)
        village = uow.places.add("东关村", parent=town.id)
        other = uow.places.add("羊山镇", kind="town", parent=county.id)
        return county.id, town.id, village.id, other.id

    county, town, village, other = database.run_now(plant)

    def look(uow: UnitOfWork) -> tuple[object, ...]:
        places = uow.places
        return (
            places.line(village),
            places.line(None),
            places.below([town]),
            places.below([county]),
            places.below([]),
            [place.name for place in places.all()],
            places.named("东关村").parent_id,
        )

    assert database.read_now(look) == (
        (village, town, county),
        (),
        {town, village},
        {county, town, village, other},
        frozenset(),
        ["金乡县", "鱼山街道", "东关村", "羊山镇"],
        town,
    )
    with pytest.raises(Taken):
        database.run_now(lambda uow: uow.places.add("东关村", parent=town))
    for missing in (lambda uow: uow.places.named("无"), lambda uow: uow.places.get(99)):
        with pytest.raises(NotFound):
            database.read_now(missing)


def test_a_place_that_lies_in_itself_ends(database: Database, village: Village) -> None:
    def loop(uow: UnitOfWork) -> tuple[int, ...]:
        from storage.places import PlaceRow

        row = uow.session.get(PlaceRow, village.place)
        assert row is not None
        row.parent_id = village.place
        uow.session.flush()
        return uow.places.line(village.place)

    assert database.run_now(loop) == (village.place,)
    assert database.read_now(lambda uow: uow.places.below([village.place])) == {village.place}


def test_roles_hold_for_a_place_and_below(database: Database, village: Village) -> None:
    coordinator = Grant(Role.COORDINATOR, village.place)

    def grown(uow: UnitOfWork) -> tuple[Member, frozenset[int]]:
        for _ in range(2):
            uow.members.grant(village.coordinator, Grant(Role.VOLUNTEER, None))
        inner = uow.places.add("一组", parent=village.place)
        member = uow.members.get(village.coordinator)
        assert member.holds([Role.COORDINATOR], uow.places.line(inner.id))
        assert not member.holds([Role.VOLUNTEER], uow.places.line(inner.id))
        assert not member.holds([Role.COORDINATOR], (4711,))
        assert member.holds([Role.VOLUNTEER], ())
        return member, places_served(member, [Role.COORDINATOR], uow.places)

    member, served = database.run_now(grown)
    assert member == Member(
        village.coordinator,
        "王建国",
        village.place,
        "永续社区",
        (coordinator, Grant(Role.VOLUNTEER, None)),
        False,
    )
    assert served == {village.place, village.place + 1}
    resident = database.read_now(lambda uow: uow.members.get(village.resident))
    assert resident.roles == {Role.RESIDENT}


def test_an_account_speaks_for_one_member_the_latest(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    first, second = village.volunteers[:2]

    def join(uow: UnitOfWork, member: int, external_id: str) -> None:
        uow.members.join_account(member, "official_account", external_id)

    def speaker(uow: UnitOfWork, external_id: str) -> int | None:
        member = uow.members.speaking_from("official_account", external_id)
        return member.id if member else None

    assert database.read_now(speaker, "o1") is None
    database.run_now(join, first, "o1")
    database.run_now(join, second, "o2")
    assert [database.read_now(speaker, "o1"), database.read_now(speaker, "o2")] == [first, second]
    database.run_now(join, second, "o1")
    window = timedelta(hours=48)
    database.run_now(lambda uow: uow.members.heard_from("official_account", "o1", window=window))

    def accounts(member: int) -> list[Account]:
        return database.read_now(lambda uow: uow.members.accounts(member))

    heard = Account("official_account", "o1", clock.now() + window)
    unheard = Account("official_account", "o2", None)
    assert (accounts(first), accounts(second)) == ([], [heard, unheard])
    database.run_now(lambda uow: uow.members.left("official_account", "o1"))
    assert accounts(second) == [unheard]
    database.run_now(lambda uow: uow.members.merge(second, first))
    database.run_now(lambda uow: uow.members.heard_from("official_account", "o1", window=window))
    assert (accounts(first), accounts(second)) == ([heard, unheard], [])
    database.run_now(lambda uow: uow.members.forget_accounts(first))
    assert database.read_now(speaker, "o1") is None


async def test_people_who_join_at_once_do_not_join_twice(database: Database, village: Village) -> None:
    from sqlalchemy.exc import IntegrityError

    def enrol(uow: UnitOfWork) -> int:
        known = uow.members.speaking_from("official_account", "o9")
        if known is not None:
            return known.id
        member = uow.members.add("居民")
        uow.members.open_account(member.id, "official_account", "o9")
        return member.id

    async def enrol_once() -> int:
        try:
            return await database.run(enrol)
        except IntegrityError:
            return await database.run(enrol)

    ids = await asyncio.gather(*(enrol_once() for _ in range(8)))
    assert len(set(ids)) == 1
    assert len(await database.read(lambda uow: uow.members.named("居民"))) == 1


def test_a_hidden_member_keeps_what_they_did(database: Database, village: Village) -> None:
    database.run_now(lambda uow: uow.members.hide(village.resident, "居民"))
    member = database.read_now(lambda uow: uow.members.get(village.resident))
    assert (member.name, member.hidden) == ("居民", True)
    assert database.read_now(lambda uow: uow.members.named("赵大娘")) == []


def test_an_invite_fills_in_only_what_is_missing(database: Database, village: Village) -> None:
    newcomer = database.run_now(lambda uow: uow.members.add("居民").id)

    def settle_in(uow: UnitOfWork, member: int, name: str | None) -> tuple[str, int | None]:
        uow.members.settle_in(member, place_id=village.place, name=name)
        found = uow.members.get(member)
        return found.name, found.place_id

    assert database.run_now(settle_in, newcomer, "小周") == ("小周", village.place)
    other = database.run_now(lambda uow: uow.places.add("别处").id)
    database.run_now(lambda uow: uow.members.settle_in(newcomer, place_id=other, name=None))
    assert database.read_now(lambda uow: uow.members.get(newcomer).place_id) == village.place


def test_groups_are_kept_whole(database: Database, village: Village) -> None:
    added = database.run_now(
        lambda uow: uow.groups.add(
            "工作群", place_id=village.place, channel="wecom_app", external_id="c1", push_at=time(7, 30),
            owner_id=village.coordinator, purpose="志愿服务", ends_on=date(2026, 12, 31),
        )
    )  # fmt: skip
    assert added == Group(
        added.id, "工作群", village.place, "永续社区", "wecom_app", "c1", time(7, 30), True, village.coordinator,
        "志愿服务", date(2026, 12, 31),
    )  # fmt: skip
    changed = database.run_now(lambda uow: uow.groups.set(added.id, subscribed=False, push_at=time(9, 0)))
    assert (changed.subscribed, changed.push_at) == (False, time(9, 0))
    assert database.read_now(lambda uow: uow.groups.on_channel("wecom_app", "c1")) == changed
    assert database.read_now(lambda uow: uow.groups.named("工作群")) == changed
    assert database.read_now(lambda uow: uow.groups.on_channel("wecom_app", "c2")) is None
    with pytest.raises(Taken):
        database.run_now(lambda uow: uow.groups.add("工作群", place_id=None, channel="simulator"))
    for missing in (
        lambda uow: uow.groups.get(99),
        lambda uow: uow.groups.named("无"),
        lambda uow: uow.groups.set(99, subscribed=True),
    ):
        with pytest.raises(NotFound):
            database.run_now(missing)


def test_a_chat_keeps_its_last_list_and_one_open_question(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    chat, member = "m:1", village.resident

    def open_one(uow: UnitOfWork, command: str) -> None:
        uow.chats.open_conversation(chat, member, OpenConversation(command, "12"))

    def waiting(uow: UnitOfWork) -> OpenConversation | None:
        return uow.chats.conversation(chat, member)

    database.run_now(lambda uow: uow.chats.keep_listing(chat, ("wish:1", "wish:2")))
    database.run_now(lambda uow: uow.chats.keep_listing(chat, ("passage:7f3a",)))
    assert database.read_now(lambda uow: uow.chats.listing(chat)) == ("passage:7f3a",)
    assert database.read_now(lambda uow: uow.chats.listing("m:2")) == ()
    assert database.read_now(waiting) is None
    for command in ("心愿", "未达"):
        database.run_now(open_one, command)
    clock.advance(seconds=PATIENCE.total_seconds())
    assert database.read_now(waiting) == OpenConversation("未达", "12")
    clock.advance(seconds=1)
    assert database.read_now(waiting) is None
    database.run_now(open_one, "心愿")
    database.run_now(lambda uow: uow.chats.close_conversation(chat, member))
    assert database.read_now(waiting) is None


def test_feedback_and_the_last_answer(database: Database, village: Village, clock: FrozenClock) -> None:
    def speak(uow: UnitOfWork) -> None:
        uow.feedback.add("comment", "很好")
        uow.feedback.add("useless", "看不懂", answer="a7")
        uow.feedback.answered("m:1", village.resident, "低保咋办", "a7")
        uow.feedback.answered("m:1", village.resident, "养老咋办", "a8")

    database.run_now(speak)
    comment, useless = (
        Feedback(clock.now(), "comment", "很好", ""),
        Feedback(clock.now(), "useless", "看不懂", "a7"),
    )
    assert database.read_now(lambda uow: uow.feedback.all()) == [comment, useless]
    assert database.read_now(lambda uow: uow.feedback.all("useless")) == [useless]
    assert database.read_now(lambda uow: uow.feedback.last_answer("m:1", village.resident)) == (
        "养老咋办",
        "a8",
    )
    assert database.read_now(lambda uow: uow.feedback.last_answer("m:2", village.resident)) is None


async def test_the_audit_register_names_the_message_behind_a_change(
    database: Database, clock: FrozenClock
) -> None:
    def change(uow: UnitOfWork) -> None:
        uow.audit.add(actor="member:1", action="claim", subject="wish:12", before="open", after="claimed")

    await database.carry_out(change, Cause("official_account", "24500000000000001"))
    await database.run(change)
    entry = ("member:1", "claim", "wish:12", "open", "claimed")
    assert database.read_now(lambda uow: uow.audit.all()) == [
        AuditEntry(clock.now(), *entry, "official_account", "24500000000000001"),
        AuditEntry(clock.now(), *entry, "", ""),
    ]
