"""Leaving and being followed: nothing open is lost, roles end and are remembered, both are told, history stays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.errors import BadInput
from handlers.members.leaving import phrases, use_cases
from handlers.members.leaving.rules import Succession, succession
from storage.invites import Expired
from storage.members import Grant, Role
from storage.teams import Seat
from storage.uow import UnitOfWork
from storage.wishes import Move, Status
from tests.handlers.town import GROUP, Town

ROLE = Role.VOLUNTEER


def holder(uow: UnitOfWork, no: int) -> tuple[str, str | None, str]:
    wish = uow.wishes.get(no)
    return wish.status.value, wish.claimed_by_name, wish.logged_by_name


def handed(uow: UnitOfWork, leaver: str, successor: str | None) -> None:
    """As the command line does it."""
    (who,) = uow.members.named(leaver)
    (to,) = uow.members.named(successor) if successor else [None]
    use_cases.hand_over(uow, use_cases.estate(uow, who), to, actor="operator", by=None)


def audited(uow: UnitOfWork) -> list[tuple[str, str, str, str]]:
    return [(row.action, row.subject, row.before, row.after) for row in uow.audit.all()]


async def test_what_is_open_is_listed_first_and_nothing_is_done(town: Town) -> None:
    before = await town.register("members"), await town.register("wishes")
    told = await town.say("王主任", "/交接 小孙 给 小周")
    assert told.splitlines() == [
        "小孙要交接的：",
        "· 身份：永续社区志愿者，交给小周",
        "· 认领了还没送达的心愿：#3，交给小周",
        "还没有办。核对无误，发“/交接 小孙 给 小周 确认”。",
    ]
    assert await town.caused() == []
    assert (await town.register("members"), await town.register("wishes")) == before


async def test_the_successor_goes_on_with_what_was_claimed(town: Town) -> None:
    told = await town.say("王主任", "/交接 小孙 给 陈大爷 确认")
    assert told.splitlines()[0] == "交接办好了：小孙交给陈大爷，已私下告知。"
    database = town.database
    assert database.read_now(holder, 3)[:2] == ("claimed", "陈大爷")
    events = database.read_now(lambda uow: [(event.move, event.actor) for event in uow.wishes.history(3)])
    assert events[-2:] == [(Move.CLAIM, "小孙"), (Move.HANDOVER, "王主任")]
    assert town.person("小孙").grants == ()
    assert {grant.role for grant in town.person("陈大爷").grants} == {ROLE}
    assert [(name, text.splitlines()[0][:14]) for name, text in await town.caused()] == [
        ("小周", "您登记的心愿 #3：换了人接"),
        ("陈大爷", "您接了小孙的永续社区志愿者。"),
        ("小孙", "您的身份（永续社区志愿者）已"),
    ]


async def test_without_a_successor_it_goes_back_to_the_list(town: Town) -> None:
    await town.say("王主任", "/交接 小孙 确认")
    assert town.database.read_now(holder, 3)[:2] == ("open", None)
    assert (await town.say("小钱", "/认领 3")).startswith("#3 由您认领。")


async def test_a_leaver_speaks_as_a_resident_and_may_not_go_on(town: Town) -> None:
    await town.say("王主任", "/交接 小孙 给 小周 确认")
    assert (await town.say("小孙", "/送达 3")).startswith("“/送达”由")
    assert (await town.say("小孙", "/心愿 想要一顶草帽")).startswith("已登记心愿 #")


async def test_the_past_reads_right(town: Town) -> None:
    await town.say("王主任", "/交接 小孙 给 陈大爷 确认")
    today = town.clock.now().date()
    rows = [row for row in await town.register("members") if row["name"] in ("小孙", "陈大爷")]
    place = {"place": "永续社区", "accounts": 0}
    assert rows == [
        {"name": "小孙", "role": "resident", "since": None, "until": None, **place},
        {"name": "小孙", "role": "volunteer", "since": today, "until": today, **place},
        {"name": "陈大爷", "role": "volunteer", "since": today, "until": None, **place},
    ]


async def test_everything_handed_over_has_its_row_in_the_audit(town: Town) -> None:
    leaver, successor = town.person("王主任").id, town.person("赵干事").id
    place = town.person("王主任").place_id
    known = len(town.database.read_now(audited))
    town.database.run_now(handed, "王主任", "赵干事")
    assert town.database.read_now(audited)[known:] == [
        ("group_owner", "group:1", f"member:{leaver}", f"member:{successor}"),
        ("leave", f"member:{leaver}", f"coordinator@{place}", ""),
    ]


async def test_a_team_a_digest_and_codes_are_seen_to(town: Town) -> None:
    leaver, successor = town.person("李书记"), town.person("陈大爷")

    def prepare(uow: UnitOfWork) -> int:
        assert leaver.place_id is not None
        team = uow.teams.add("3", name="第三队", place_id=leaver.place_id)
        uow.teams.seat(team.id, Seat(leaver.id, leads=True, duty="队长"))
        grant = Grant(Role.FIRST_SECRETARY, leaver.place_id)
        uow.invites.add("K7P2-9QXM", grant, name=None, member_id=leaver.id, days=7)
        return team.id

    team = town.database.run_now(prepare)
    await town.say("李书记", "/订阅 个人")
    told = await town.say("李书记", "/交接 我 给 陈大爷")
    assert told.splitlines()[1:-1] == [
        "· 身份：永续社区第一书记，交给陈大爷",
        "· 所在的民情书记队：第三队，交给陈大爷",
        "· 发给本人还没用的邀请码 1 个，作废",
        "· 个人早报，停掉",
    ]
    await town.say("李书记", "/交接 我 给 陈大爷 确认")

    def found(uow: UnitOfWork) -> tuple[object, ...]:
        return uow.teams.seats([team])[team], uow.personal.of(leaver.id), uow.invites.open_for(leaver.id)

    assert town.database.read_now(found) == ((Seat(successor.id, leads=True, duty="队长"),), None, 0)
    with pytest.raises(Expired):
        town.database.run_now(lambda uow: uow.invites.redeem("K7P2-9QXM"))
    assert [name for name, _ in await town.caused()] == ["陈大爷"]


async def test_what_the_leaver_logged_is_the_successors_to_confirm(town: Town) -> None:
    """Not what waits for verification, which the successor may have to verify, nor what the successor claimed."""
    for text in ("想要一张凉席", "想要一把伞", "想要一个暖壶"):
        await town.say("赵干事", f"/心愿 {text}")
    for no in (7, 8):
        await town.say("王主任", f"/核实 {no} 通过")
    await town.say("小钱", "/认领 7")
    await town.say("小钱", "/送达 7")
    await town.say("小周", "/认领 8")
    town.database.run_now(handed, "赵干事", "小周")
    loggers = [town.database.read_now(holder, no) for no in (7, 8, 9)]
    assert loggers == [
        ("delivered", "小钱", "小周"), ("claimed", "小周", "赵干事"), ("pending", None, "赵干事"),
    ]  # fmt: skip
    assert town.database.read_now(lambda uow: uow.wishes.history(7)[-1].move) is Move.ENTRUST
    assert (await town.say("小周", "/点亮 7")).startswith("#7")


async def test_roles_of_other_places_are_not_a_coordinators_to_give(town: Town) -> None:
    def everywhere(uow: UnitOfWork) -> None:
        uow.members.grant(town.person("小周").id, Grant(ROLE, uow.places.named("和美村").id))

    town.database.run_now(everywhere)
    told = await town.say("王主任", "/交接 小周 给 小钱 确认")
    assert told.splitlines()[0] == phrases.RolesElsewhere("小周").sentence
    assert len(town.person("小周").grants) == 2
    assert (await town.say("组织部小郑", "/交接 小周 给 小钱 确认")).startswith("交接办好了：")


@pytest.mark.parametrize("leaver", ["组织部小郑", "信息科老何"])
async def test_nobody_below_hands_over_the_county_and_nobody_in_chat_the_operator(
    town: Town, leaver: str
) -> None:
    def raise_up(uow: UnitOfWork) -> None:
        county = uow.places.named("金山县").id
        uow.members.grant(town.person("王主任").id, Grant(Role.COORDINATOR, county))

    town.database.run_now(raise_up)
    told = await town.say("王主任", f"/交接 {leaver} 给 王主任 确认")
    assert told.splitlines()[0] == phrases.RolesElsewhere(leaver).sentence
    if leaver == "信息科老何":
        told = await town.say("组织部小郑", f"/交接 {leaver} 给 王主任 确认")
        assert told.splitlines()[0] == phrases.RolesElsewhere(leaver).sentence


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.FIRST_SECRETARY, Role.CHILD_OFFICER])
async def test_who_verifies_consents_or_coordinates_is_replaced_by_the_county(town: Town, role: Role) -> None:
    def promote(uow: UnitOfWork) -> None:
        member = town.person("小孙")
        uow.members.grant(member.id, Grant(role, member.place_id))

    town.database.run_now(promote)
    told = await town.say("王主任", "/交接 小孙 给 小周 确认")
    assert told.splitlines()[0] == phrases.RolesElsewhere("小孙").sentence
    assert (await town.say("组织部小郑", "/交接 小孙 给 小周 确认")).startswith("交接办好了：")


async def test_who_is_of_no_place_is_not_taken_for_the_successor(town: Town) -> None:
    town.database.run_now(lambda uow: uow.members.add("小吕"))
    told = await town.say("王主任", "/交接 小孙 给 小吕 确认")
    assert told.splitlines()[0] == phrases.NoSuccessor("小吕").sentence


async def test_an_operator_does_not_pass_on_the_server_with_their_other_role(town: Town) -> None:
    def both(uow: UnitOfWork) -> None:
        uow.members.grant(town.person("王主任").id, Grant(Role.OPERATOR, None))

    town.database.run_now(both)
    told = await town.say("王主任", "/交接 我 给 小周 确认")
    assert told.splitlines()[0] == phrases.RolesElsewhere("王主任").sentence
    assert {grant.role for grant in town.person("小周").grants} == {ROLE}


@pytest.mark.parametrize(
    ("who", "words", "sentence"),
    [
        ("王主任", "小孙 给 王主任 确认", phrases.NotToYourself.sentence),
        ("王主任", "小许 给 小周", phrases.NotYourMember("小许").sentence),
        ("王主任", "没这人 给 小周", phrases.NoSuchMember("没这人").sentence),
        ("王主任", "张大妈", phrases.NoSuchMember("张大妈").sentence),
        ("王主任", "小孙 给 小许 确认", phrases.NoSuccessor("小许").sentence),
        ("王主任", "小孙 给 小孙 确认", phrases.SamePerson.sentence),
        ("李书记", "小孙 给 小周 确认", phrases.NotYourMember("小孙").sentence),
    ],
)
async def test_a_handing_over_that_cannot_be_is_one_sentence(
    town: Town, who: str, words: str, sentence: str
) -> None:
    before = await town.register("members")
    assert (await town.say(who, f"/交接 {words}")).splitlines()[0] == sentence
    assert await town.register("members") == before


async def test_namesakes_are_told_apart_by_their_place(town: Town) -> None:
    def namesake(uow: UnitOfWork) -> None:
        place = uow.places.named("和美村").id
        uow.members.add("小孙", place_id=place, grants=[Grant(ROLE, place)])

    town.database.run_now(namesake)
    told = await town.say("组织部小郑", "/交接 小孙 给 小周")
    assert told.splitlines()[0] == "叫“小孙”的不止一个，请写成其中一个：小孙@永续社区、小孙@和美村。"
    assert (await town.say("组织部小郑", "/交接 小孙@和美村 给 小周")).startswith("小孙要交接的：")


async def test_who_has_a_role_already_has_it_once(town: Town) -> None:
    town.database.run_now(handed, "小孙", "小周")
    assert town.person("小周").grants == (Grant(ROLE, town.person("小周").place_id),)


async def test_a_role_given_again_begins_again(town: Town) -> None:
    leaver = town.person("小孙")
    town.database.run_now(handed, "小孙", None)
    town.clock.advance(days=30)
    town.database.run_now(lambda uow: uow.members.grant(leaver.id, Grant(ROLE, leaver.place_id)))
    spans = town.database.read_now(
        lambda uow: [
            (each.since, each.until) for each in uow.members.tenures() if each.member_id == leaver.id
        ]
    )
    assert [until is None for _, until in spans] == [False, True]
    assert spans[0][1] < spans[1][0] if spans[0][1] and spans[1][0] else False
    assert replace(town.person("小孙")) == leaver


async def test_a_leaver_on_whom_nothing_hangs_stays_in_the_list_as_a_resident(town: Town) -> None:
    town.database.run_now(handed, "小钱", None)
    rows = [row for row in await town.register("members") if row["name"] == "小钱"]
    assert [row["role"] for row in rows] == ["resident", "volunteer"]
    assert await town.say("小钱", "/心愿单", GROUP)


NAME = st.text("甲乙丙丁李王@村社区", min_size=1, max_size=6)


@given(NAME, st.one_of(st.just(""), NAME), st.booleans())
def test_a_handing_over_is_read_as_it_is_written(leaver: str, successor: str, sure: bool) -> None:
    words = leaver + (f" 给 {successor}" if successor else "") + (f" {phrases.CONFIRM}" if sure else "")
    assert succession(words) == Succession(leaver, successor, sure)


@given(st.text(max_size=40))
def test_whatever_is_written_is_read_or_refused(words: str) -> None:
    try:
        read = succession(words)
    except BadInput:
        return
    assert read.leaver and " " not in read.leaver + read.successor


def test_every_status_under_way_is_handed_over() -> None:
    closed = {Status.FULFILLED, Status.WITHDRAWN, Status.EXPIRED}
    assert set(use_cases.UNDER_WAY) == set(Status) - closed
