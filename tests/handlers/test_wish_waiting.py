"""What waits for somebody's verification, or for a guardian's consent: one count wherever it is told, page by page."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.errors import DomainError, NotAllowed
from bot.chat.phrases import LEFT, NO_MORE, NO_PAGE_BEFORE, NOT_YOUR_LIST, STILL_OPEN
from bot.chat.turn import Chat
from bot.chat.update import Update
from handlers.digests.calendar import Calendar
from handlers.digests.personal.matters import matters
from handlers.digests.working_days import WorkingDays
from handlers.members.use_cases import holdings
from handlers.wishes import use_cases
from handlers.wishes.closing import use_cases as closing
from handlers.wishes.lists.use_cases import own
from handlers.wishes.phrases import GuardianMissing, Verdict, WrongState
from storage.database import Database
from storage.members import Grant, Member, Role
from storage.teams import Seat
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Consent, Move, Wish
from tests.handlers.town import GROUP, Town

CALENDAR = Calendar(WorkingDays())
PLACES = ("清河镇", "柳河村", "杨庄村", "一号田")
ROLES = (Role.COORDINATOR, Role.FIRST_SECRETARY, Role.CHILD_OFFICER, Role.VOLUNTEER, Role.COUNTY_OFFICE)
NEXT = "发“下一页”接着看。"


@dataclass(frozen=True)
class Logged:
    """A wish as it is made: where (None: nowhere), by whom of the two, whose guardian, and what became of it."""

    place: str | None
    by_reader: bool
    consent: Consent
    moves: tuple[Move, ...]


logged = st.builds(
    Logged,
    st.sampled_from((*PLACES, None)),
    st.booleans(),
    st.sampled_from(Consent),
    st.sampled_from(((), (), (Move.RETURN,), (Move.RETURN, Move.AMEND), (Move.WITHDRAW,))),
)
held = st.sets(st.tuples(st.sampled_from(ROLES), st.sampled_from(PLACES)), max_size=3)


class Undone(Exception):
    """Nothing of it is kept."""


def settle(uow: UnitOfWork) -> dict[str, int]:
    town = uow.places.add(PLACES[0], kind="town").id
    villages = {name: uow.places.add(name, kind="village", parent=town).id for name in PLACES[1:3]}
    plot = uow.places.add(PLACES[3], kind="plot", parent=villages[PLACES[1]]).id
    return {PLACES[0]: town, **villages, PLACES[3]: plot}


def put(uow: UnitOfWork, wish: Logged, by: int, places: dict[str, int]) -> None:
    band = AgeBand.UNKNOWN if wish.consent is Consent.NOT_NEEDED else AgeBand.CHILD
    no = uow.wishes.log(
        "想要一本字典", by=by, place_id=places[wish.place] if wish.place else None, group_id=None,
        expires_on=date(2026, 6, 1), age_band=band, consent=wish.consent,
    ).no  # fmt: skip
    for move in wish.moves:
        uow.wishes.move(no, move, by=None)


def verifies(uow: UnitOfWork, wish: Wish, by: Member, chat: Chat) -> bool:
    """Whether `/核实 N 通过` is theirs to say, a missing consent aside."""
    tried = uow.connection.begin_nested()
    try:
        use_cases.verify(uow, wish.no, Verdict.PASS, "", by=by, chat=chat)
    except GuardianMissing:
        return True
    except (NotAllowed, WrongState):
        return False
    finally:
        tried.rollback()
    return True


def asks(uow: UnitOfWork, wish: Wish, by: Member, chat: Chat) -> bool:
    """Whether `/监护同意 N …` is theirs to say."""
    tried = uow.connection.begin_nested()
    try:
        use_cases.consent(uow, wish.no, "奶奶同意", by=by, chat=chat)
    except (NotAllowed, DomainError):
        return False
    finally:
        tried.rollback()
    return True


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(grants=held, wishes=st.lists(logged, min_size=1, max_size=6))
def test_every_count_is_what_can_be_verified_and_what_has_to_be_asked(
    database: Database, grants: set[tuple[Role, str]], wishes: list[Logged]
) -> None:
    def agree(uow: UnitOfWork) -> None:
        places = settle(uow)
        given = [Grant(role, places[place]) for role, place in sorted(grants)]
        reader = uow.members.add("王主任", place_id=places[PLACES[1]], grants=given)
        other = uow.members.add("张大妈", place_id=places[PLACES[1]])
        for wish in wishes:
            put(uow, wish, reader.id if wish.by_reader else other.id, places)
        chat = Chat(f"m:{reader.id}", None, "terminal", reader.place_id)
        may = [wish.no for wish in uow.wishes.all() if verifies(uow, wish, reader, chat)]
        ask = [
            wish.no
            for wish in uow.wishes.all()
            if wish.place_id and wish.status == "pending" and asks(uow, wish, reader, chat)
        ]
        listed = use_cases.to_verify(uow, 9, by=reader, chat=chat).wishes
        to_ask = use_cases.to_ask(uow, 9, by=reader).wishes
        mine, me = own(uow, by=reader), holdings(uow, by=reader)
        morning = matters(uow, reader, CALENDAR, []).to_verify
        assert [wish.no for wish in listed.items] == [wish.no for wish in morning] == may
        assert [wish.no for wish in to_ask.items] == ask
        assert (listed.total, mine.verify, me.to_verify) == (len(may),) * 3
        assert (to_ask.total, mine.ask, me.to_ask) == (len(ask),) * 3
        raise Undone

    with pytest.raises(Undone):
        database.run_now(agree)


@dataclass(frozen=True)
class Delivered:
    """A wish as it was delivered: where, by whom of the two it was logged and taken, whether for the reader's team, and
    whether the reader logged one that went into it."""

    place: str | None
    by_reader: bool
    taken_by_reader: bool
    for_team: bool
    absorbed: bool


def put_delivered(
    uow: UnitOfWork, wish: Delivered, reader: int, other: int, places: dict[str, int], team: int
) -> None:
    def log(by: int) -> int:
        return uow.wishes.log(
            "想要一本字典", by=by, place_id=places[wish.place] if wish.place else None, group_id=None,
            expires_on=date(2026, 6, 1),
        ).no  # fmt: skip

    no = log(reader if wish.by_reader else other)
    uow.wishes.move(no, Move.VERIFY, by=None)
    taker = reader if wish.taken_by_reader else other
    uow.wishes.move(no, Move.CLAIM, by=taker, setting={"team_id": team if wish.for_team else None})
    uow.wishes.move(no, Move.DELIVER, by=taker)
    if wish.absorbed:
        uow.wishes.move(log(reader), Move.MERGE, by=None, setting={"merged_into": no})


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    grants=held,
    wishes=st.lists(
        st.builds(
            Delivered,
            st.sampled_from((*PLACES, None)),
            st.booleans(),
            st.booleans(),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_what_waits_for_a_yes_is_what_can_be_confirmed(
    database: Database, grants: set[tuple[Role, str]], wishes: list[Delivered]
) -> None:
    def agree(uow: UnitOfWork) -> None:
        places = settle(uow)
        given = [Grant(role, places[place]) for role, place in sorted(grants)]
        reader = uow.members.add("王主任", place_id=places[PLACES[1]], grants=given)
        other = uow.members.add("张大妈", place_id=places[PLACES[1]])
        team = uow.teams.add("3", place_id=places[PLACES[1]]).id
        uow.teams.seat(team, Seat(reader.id))
        for wish in wishes:
            put_delivered(uow, wish, reader.id, other.id, places, team)
        chat = Chat(f"m:{reader.id}", None, "terminal", reader.place_id)

        def confirms(no: int) -> bool:
            tried = uow.connection.begin_nested()
            try:
                closing.fulfil(uow, no, by=reader, chat=chat)
            except (NotAllowed, WrongState):
                return False
            finally:
                tried.rollback()
            return True

        may = [wish.no for wish in uow.wishes.all() if confirms(wish.no)]
        assert [wish.no for wish in own(uow, by=reader).confirm] == may
        assert [wish.no for wish in matters(uow, reader, CALENDAR, []).to_confirm] == may
        raise Undone

    with pytest.raises(Undone):
        database.run_now(agree)


async def crowd(town: Town, count: int, words: str = "想要一副春联") -> None:
    """So many more wishes of the community that wait."""

    def log(uow: UnitOfWork) -> None:
        by, child = uow.members.named("张大妈")[0], "儿童" in words
        for _ in range(count):
            uow.wishes.log(
                words, by=by.id, place_id=by.place_id, group_id=None, expires_on=date(2026, 6, 1),
                age_band=AgeBand.CHILD if child else AgeBand.UNKNOWN,
                consent=Consent.NEEDED if child else Consent.NOT_NEEDED,
            )  # fmt: skip

    await town.database.run(log)


def places_in(answer: str) -> list[str]:
    return [line.split(".")[0] for line in answer.splitlines() if line[:1].isdigit()]


async def test_more_than_ten_to_verify_are_shown_page_by_page_forth_and_back(town: Town) -> None:
    await crowd(town, 21)
    first = await town.say("王主任", "/核实")
    assert first.splitlines()[0] == "等您核实的心愿（共 22 个，第 1/3 页）："
    assert (places_in(first), first.splitlines()[-1]) == ([str(n) for n in range(1, 11)], NEXT)
    second = await town.say("王主任", "下一页")
    assert second.splitlines()[0] == "等您核实的心愿（共 22 个，第 2/3 页）："
    third = await town.say("王主任", "/核实 下一页")
    assert (places_in(third), third.splitlines()[-1]) == (["21", "22"], "发“上一页”往回看。")
    assert await town.say("王主任", "下一页") == NO_MORE
    assert (await town.say("王主任", "22")).startswith("心愿 #27（")
    assert await town.say("王主任", "上一页") == second
    assert await town.say("王主任", "/核实 第3页") == third
    assert await town.say("王主任", "/核实 第1页") == first == await town.say("王主任", "/核实")
    assert await town.say("王主任", "上一页") == NO_PAGE_BEFORE
    assert (await town.say("王主任", "/心愿单 下一页")).startswith(NO_MORE)
    assert await town.say("王主任", "/核实 27 退回 写清第2页的尺码") == "#27 已退回，原因已告诉登记的人。"


async def test_pages_of_what_waits_are_turned_in_a_group_when_the_bot_is_called(town: Town) -> None:
    await crowd(town, 10)
    assert (await town.say("王主任", "/核实", GROUP)).endswith("\n@我 发“下一页”接着看。")
    answer = await town.say("王主任", "/核实 第2页", GROUP)
    assert answer.splitlines()[:2] == ["等您核实的心愿（共 11 个，第 2/2 页）：", "11. #16 松果16"]


async def test_a_page_by_its_number_alone_is_of_the_last_list(town: Town) -> None:
    await crowd(town, 21)
    first, third = await town.say("王主任", "/核实"), await town.say("王主任", "第３页")
    assert third.splitlines()[0] == "等您核实的心愿（共 22 个，第 3/3 页）："
    assert await town.say("王主任", "第一页") == first
    assert await town.say("王主任", "1") == await town.say("王主任", f"/心愿详情 {first.split('#')[1][0]}")


async def test_a_page_is_no_answer_to_what_is_open(town: Town) -> None:
    await crowd(town, 21)
    await town.say("王主任", "/核实")
    asked = await town.say("王主任", "/未达 4")
    second, *still = (await town.say("王主任", "下一页")).split("\n\n")
    assert second.splitlines()[0] == "等您核实的心愿（共 22 个，第 2/3 页）："
    assert still == [STILL_OPEN, asked]
    assert await town.say("王主任", "取消") == LEFT
    asked = await town.say("王主任", "/心愿")
    third, *still = (await town.say("王主任", "第3页")).split("\n\n")
    assert third.splitlines()[0] == "等您核实的心愿（共 22 个，第 3/3 页）："
    assert still == [STILL_OPEN, asked]


async def test_a_list_that_was_for_others_is_not_turned(town: Town) -> None:
    await crowd(town, 21)
    await town.say("王主任", "/核实", GROUP)
    refused = len(await town.register("audit"))
    chat = next(
        group.id for group in town.database.read_now(lambda uow: uow.groups.all()) if group.name == GROUP
    )
    who = str(town.person("小周").id)
    update = Update("terminal", "", who, town.clock.now(), "", chat=str(chat), mentioned=True)
    for page in ("下一页", "第2页"):
        asked = replace(update, key=page, text=f"@连心 {page}")
        assert (await town.hear(asked)).plain().startswith(NOT_YOUR_LIST)
    assert len(await town.register("audit")) == refused


async def test_more_than_ten_guardians_to_ask_are_shown_page_by_page(town: Town) -> None:
    await crowd(town, 11, "留守儿童想要一个书包")
    first = await town.say("宋儿童", "/监护同意")
    assert first.splitlines()[0] == "要先问监护人的心愿（共 11 个，第 1/2 页）："
    second = await town.say("宋儿童", "下一页")
    assert places_in(second) == ["11"]
    assert await town.say("宋儿童", "/监护同意 第2页") == second
    assert await town.say("宋儿童", "/监护同意 上一页") == first


async def test_page_words_belong_to_the_list_they_follow(town: Town) -> None:
    await crowd(town, 21)
    await town.say("王主任", "/核实 第2页")
    assert (await town.say("宋儿童", "/监护同意 下一页")).startswith(NO_MORE)
    assert (await town.say("王主任", "/心愿单 上一页")).startswith(NO_PAGE_BEFORE)
    assert (await town.say("王主任", "/核实 上一页")).startswith("等您核实的心愿（共 22 个，第 1/3 页）")


async def test_wish_of_nowhere_is_counted_for_every_coordinator_wherever_they_look(town: Town) -> None:
    town.database.run_now(lambda uow: uow.members.add("路人"))
    await town.say("路人", "/心愿 想要一张地图")
    for name, count in (("王主任", 2), ("李书记", 1), ("郑主任", 1)):
        assert f"等您核实的心愿（共 {count} 个）" in await town.say(name, "/核实")
        assert f"等我核实的心愿有 {count} 个" in await town.say(name, "/我")
        assert f"等我核实的有 {count} 个" in await town.say(name, "/我的心愿")
