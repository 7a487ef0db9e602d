"""Lists of wishes: conditions in any order, pages numbered through, near and far, what is mine; and who sees what."""

import itertools
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.phrases import NO_MORE, NO_PAGES, PRIVATE_ONLY
from bot.chat.reply import Card, Text
from handlers.wishes.lists import conditions
from handlers.wishes.lists.conditions import Conditions, read
from storage.members import Grant, Member, Role
from storage.teams import Seat
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Kind, Move, Status, Urgency
from tests.handlers.town import GROUP, Town

PAGED = "发“下一页”接着看"


def heading(answer: str) -> str:
    return answer.splitlines()[0]


def numbers(answer: str) -> list[str]:
    """The wishes a list names, in its order."""
    return [line.split("#")[1].split()[0] for line in answer.splitlines() if line[:1].isdecimal()]


def log(
    uow: UnitOfWork,
    content: str,
    *,
    place: str = "永续社区",
    by: Member | None = None,
    kind: Kind = Kind.UNKNOWN,
    band: AgeBand = AgeBand.UNKNOWN,
    urgency: Urgency = Urgency.NORMAL,
    wanted_by: date | None = None,
    verified: bool = True,
) -> int:
    logger = by or uow.members.named("张大妈")[0]
    at = uow.places.named(place).id
    wish = uow.wishes.log(
        content, by=logger.id, place_id=at, group_id=None, expires_on=date(2026, 9, 1), kind=kind,
        age_band=band, urgency=urgency, wanted_by=wanted_by,
    )  # fmt: skip
    if verified:
        uow.wishes.move(wish.no, Move.VERIFY, by=uow.members.named("王主任")[0].id)
    return wish.no


@pytest.fixture
async def county(town: Town) -> Town:
    """The demo, and a volunteer of the whole county with wishes near and far, of all kinds: #7 to #12."""

    def put(uow: UnitOfWork) -> None:
        county = uow.places.named("金山县")
        other = uow.places.add("青山镇", kind="town", parent=county.id)
        uow.places.add("石桥村", kind="village", parent=other.id)
        home = uow.places.named("永续社区")
        uow.members.add("县里的小田", place_id=home.id, grants=[Grant(Role.VOLUNTEER, county.id)])
        log(uow, "想要一根拐杖", place="石桥村", kind=Kind.GOODS, band=AgeBand.AGED)
        log(uow, "想请人修房顶", place="石桥村", kind=Kind.SERVICE, urgency=Urgency.URGENT)
        log(uow, "想要一口锅", place="和美村", kind=Kind.GOODS, wanted_by=date(2026, 3, 20))
        log(uow, "想要 MP3 一个", kind=Kind.GOODS, band=AgeBand.YOUTH, wanted_by=date(2026, 3, 8))
        log(uow, "想有人说说话", kind=Kind.COMPANY, band=AgeBand.AGED)
        log(uow, "想要一张床", kind=Kind.GOODS, band=AgeBand.AGED, verified=False)

    await town.database.run(put)
    return town


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["8", "10", "9", "2", "6", "7", "11"]),
        ("急", ["8", "10"]),
        ("物品", ["10", "9", "2", "6", "7"]),
        ("服务", ["8"]),
        ("80岁以上", ["7", "11"]),
        ("老人", ["2", "7", "11"]),
        ("孩子", ["10"]),
        ("附近", ["10", "2", "11", "9", "6", "8", "7"]),
        ("石桥村", ["8", "7"]),
        ("石桥", ["8", "7"]),
        ("青山镇", ["8", "7"]),
        ("青山镇/石桥村", ["8", "7"]),
        ("清河镇", ["10", "9", "2", "6", "11"]),
        ("金山县 物品 80岁以上", ["7"]),
        ("石桥 和美", ["8", "9", "6", "7"]),
        ("已认领", ["3"]),
        ("已认领 待认领 永续社区", ["10", "2", "3", "11"]),
        ("拐杖", ["7"]),
        ("mp3", ["10"]),
        ("想要 锅", ["9"]),
        ("待核实", []),
        ("没有这样的", []),
        ("全部 和美村", ["9", "4", "5", "6"]),
    ],
)
async def test_a_list_holds_what_meets_all_conditions_the_urgent_first(
    county: Town, asked: str, found: list[str]
) -> None:
    assert numbers(await county.say("县里的小田", f"/心愿单 {asked}")) == found


async def test_the_heading_says_what_was_asked_for(county: Town) -> None:
    said = {
        "": "永续社区待认领心愿（共 7 个）：",
        "急": "永续社区待认领心愿〔急〕（共 2 个）：",
        "物品 附近": "永续社区待认领心愿〔物品、由近到远〕（共 5 个）：",
        "石桥": "石桥村待认领心愿（共 2 个）：",
        "拐杖": "永续社区“拐杖”心愿（共 1 个）：",
        "拐杖 物品": "永续社区待认领心愿〔物品、“拐杖”〕（共 1 个）：",
        "和美村 全部": "和美村的全部心愿（共 4 个）：",
        "技能": "永续社区待认领心愿〔技能〕：暂时没有。少写一个条件，或者发“/心愿单 全部”看看。",
        "已撤回": "永续社区已撤回心愿：暂时没有。谁家需要帮一把，发“/心愿”告诉我。",
    }
    assert {asked: heading(await county.say("县里的小田", f"/心愿单 {asked}")) for asked in said} == said


async def test_a_line_says_how_soon_it_is_wanted(county: Town) -> None:
    answer = await county.say("县里的小田", "/心愿单 急")
    assert answer.splitlines()[1:3] == [
        "1. #8 新竹8（石桥村，服务）：想请人修房顶〔待认领，急〕",
        "2. #10 石榴10（永续社区，14至17岁，物品）：想要 MP3 一个〔待认领，3月8日前要〕",
    ]


async def test_pages_are_numbered_through_and_followed_by_one_word(town: Town) -> None:
    def put(uow: UnitOfWork) -> None:
        for number in range(7, 31):
            log(uow, f"第{number}户想要春联", kind=Kind.GOODS)

    await town.database.run(put)
    first = await town.say("小周", "/心愿单")
    assert heading(first) == "永续社区待认领心愿（共 25 个，第 1/3 页）："
    assert first.splitlines()[11].endswith(f"；{PAGED}。")
    second = await town.say("小周", "下一页")
    assert heading(second) == "永续社区待认领心愿（共 25 个，第 2/3 页）："
    assert [line.split(".")[0] for line in second.splitlines()[1:11]] == [str(n) for n in range(11, 21)]
    third = await town.say("小周", "/心愿单 下一页")
    assert numbers(third) == [str(number) for number in range(26, 31)]
    assert PAGED not in third
    assert await town.say("小周", "下一页") == NO_MORE
    assert (await town.say("小周", "25")).startswith("心愿 #30（")
    assert (await town.say("小周", "1")).startswith("心愿 #2（")
    assert await town.say("小周", "/心愿单 第3页") == third
    assert await town.say("小周", "/心愿单 第99页") == third
    assert (
        heading(await town.say("小周", "/心愿单 物品 第二页"))
        == "永续社区待认领心愿〔物品〕（共 25 个，第 2/3 页）："
    )
    assert (
        heading(await town.say("小周", "/心愿单 物品 下一页"))
        == "永续社区待认领心愿〔物品〕（共 25 个，第 3/3 页）："
    )
    assert (await town.say("小周", "/心愿单 急 下一页")).startswith(NO_MORE)


async def test_a_list_beside_an_open_step_promises_no_numbers_and_its_card_repeats_nothing(
    town: Town,
) -> None:
    text, card = (await town.reply("小周", "/心愿单")).parts
    assert isinstance(text, Text) and isinstance(card, Card)
    assert (card.rows, card.fallback, bool(card.buttons)) == ((), "", True)
    assert "回复序号看详情" in text.text
    await town.database.run(lambda uow: uow.chats.keep_listing(
        f"m:{town.person('小周').id}", ("wish:2",), "/心愿单 第1页/2"
    ))  # fmt: skip
    await town.say("小周", "/心愿")
    assert "回复序号看详情" not in (await town.say("小周", "第1页"))


async def test_next_page_of_nothing_is_no_page(town: Town) -> None:
    assert await town.say("小周", "下一页") == NO_PAGES
    assert (await town.say("小周", "/心愿单 下一页")).startswith(NO_MORE)
    await town.say("小周", "/心愿单")
    assert await town.say("小周", "下一页") == NO_MORE


async def test_what_nobody_may_see_is_in_no_list(county: Town) -> None:
    asked = [
        f"/心愿单 {words}".strip() for words in ("", "全部", "石桥村", "青山镇 急", "待核实", "拐杖", "附近")
    ]
    for name, places in (("小周", ("永续社区",)), ("冯书记", ("和美村",))):
        for condition in asked:
            lines = [
                line for line in (await county.say(name, condition)).splitlines() if line[:1].isdecimal()
            ]
            assert all(any(f"（{place}" in line for place in places) for line in lines)
    assert numbers(await county.say("王主任", "/心愿单 待核实")) == ["1", "12"]


async def test_in_a_group_the_list_is_of_its_place_and_nobody_is_told_what_is_whose(county: Town) -> None:
    assert numbers(await county.say("县里的小田", "/心愿单 附近", GROUP)) == ["10", "2", "11"]
    assert (await county.say("县里的小田", "/心愿单 石桥村", GROUP)).startswith(
        "石桥村待认领心愿：暂时没有。"
    )
    for command in ("/心愿单 我的", "/心愿单 我的 全部", "/我的心愿"):
        assert heading(await county.say("小周", command, GROUP)) == PRIVATE_ONLY


async def test_my_wishes_say_what_to_do_next_at_each(town: Town) -> None:
    def team_up(uow: UnitOfWork) -> None:
        team = uow.teams.add("12", place_id=uow.places.named("永续社区").id, name="春风队")
        uow.teams.seat(team.id, Seat(uow.members.named("小周")[0].id))
        taker = uow.members.named("小孙")[0]
        uow.wishes.move(2, Move.CLAIM, by=taker.id, setting={"team_id": team.id})
        mine = uow.members.named("小周")[0]
        log(uow, "想要一盏台灯", by=mine, verified=False)
        done = log(uow, "想要一把扫帚", by=mine)
        for move, name in ((Move.CLAIM, "小钱"), (Move.DELIVER, "小钱")):
            uow.wishes.move(done, move, by=uow.members.named(name)[0].id)
        gone = log(uow, "想要一条毛巾", by=mine)
        uow.wishes.move(gone, Move.WITHDRAW, by=mine.id)
        back = log(uow, "想要鞋", by=mine, verified=False)
        uow.wishes.move(back, Move.RETURN, by=uow.members.named("王主任")[0].id, note="写清尺码")

    await town.database.run(team_up)
    said = (await town.say("小周", "/我的心愿")).splitlines()
    assert said == [
        "我的心愿",
        "等我点头的（1 个）：",
        "1. #8 新竹8（永续社区）：想要一把扫帚〔待确认〕",
        "　→ 收到了发“/点亮 8”，没收到发“/未达 8 原因”",
        "我认领的（1 个）：",
        "2. #2 暖阳2（永续社区，60至79岁，物品）：想给腿脚不便的老伴要一把洗澡用的防滑凳〔已认领〕",
        "　→ 送到后发“/送达 2”，办不了发“/放弃 2 原因”",
        "我登记的（3 个）：",
        "3. #3 朝露3（永续社区，14岁以下，物品）：上四年级的孩子想要一套课外书〔已认领〕",
        "　→ 有人在办",
        "4. #7 清荷7（永续社区）：想要一盏台灯〔待核实〕",
        "　→ 等村（社区）干部核实",
        "5. #10 石榴10（永续社区）：想要鞋〔退回〕",
        "　→ 改好发“/心愿修改 10 新内容”",
        "已经办完或关闭的有 1 个，发“/心愿单 我的 全部”看。",
        "回复序号看详情。",
    ]
    assert (await town.say("小周", "/心愿单 我的")).splitlines() == said
    assert numbers(await town.say("小周", "/心愿单 我的 全部")) == ["2", "3", "7", "8", "9", "10"]
    assert numbers(await town.say("小周", "/心愿单 我的 已撤回")) == ["9"]
    assert numbers(await town.say("小周", "/我的心愿")) == ["8", "2", "3", "7", "10"]
    assert (await town.say("小周", "1")).startswith("心愿 #8（")
    assert (await town.say("小周", "3")).startswith("心愿 #3（")


async def test_who_verifies_learns_how_many_wait_and_who_has_nothing_is_told_where_to_begin(
    town: Town,
) -> None:
    assert "等我核实的有 1 个，发“/核实”看。" in (await town.say("王主任", "/我的心愿")).splitlines()
    assert await town.say("小钱", "/我的心愿") == (
        "您还没有心愿。谁家需要帮一把，发“/心愿”告诉我；想帮别人，发“/心愿单”看看。"
    )


async def test_details_name_similar_wishes_one_may_see(town: Town) -> None:
    def put(uow: UnitOfWork) -> None:
        log(uow, "独居老人想要一台收音机，听听戏")
        log(uow, "独居老人想要一台收音机，听听戏曲", verified=False)

    await town.database.run(put)
    assert "相似的：" not in await town.say("小周", "/心愿详情 2")
    assert "相似的：" not in await town.say("小周", "/心愿详情 7")
    assert "相似的：#8〔待核实〕、#1〔待核实〕" in (await town.say("王主任", "/心愿详情 7")).splitlines()


WORDS = [
    *conditions.STATUS_BY_WORD, *conditions.KIND_BY_WORD, *conditions.BANDS_BY_WORD, *conditions.FLAG_BY_WORD,
    "永续社区", "收音机",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), unique=True, max_size=5), st.integers(1, 99), st.randoms())
def test_the_order_of_conditions_does_not_matter(words: list[str], page: int, chance: object) -> None:
    said = [*words, f"第{page}页"]
    mixed = sorted(said, key=lambda word: hash((word, str(chance))))

    def meant(text: str) -> tuple[object, ...]:
        found = read(text)
        return (
            found.statuses, found.kinds, found.bands, found.urgent, found.near, found.mine, found.all,
            frozenset(found.words), found.page,
        )  # fmt: skip

    assert meant(" ".join(said)) == meant("，".join(mixed)) == meant("、 ".join(reversed(said)))
    assert read(" ".join(said)).page == page


@settings(max_examples=200)
@given(
    st.one_of(
        st.text(max_size=60), st.lists(st.sampled_from([*WORDS, "第", "页", "下一页", "的"])).map("".join)
    )
)
def test_whatever_is_asked_for_is_read_and_said_again_alike(text: str) -> None:
    found = read(text)
    assert isinstance(found, Conditions)
    command, _, words = f"{found.command} 第3页".partition(" ")
    again = read(words)
    assert command == "/心愿单"
    assert (again.words, again.statuses, again.page) == (found.words, found.statuses, 3)


async def test_nothing_anybody_asks_a_list_for_is_a_bug(county: Town) -> None:
    asked = itertools.product(
        ("急", "我的", "下一页", "第0页", "%", "'"), ("附近", "石桥", "第2页", "_\\"), ("全部", "")
    )
    for words in asked:
        await county.say("县里的小田", f"/心愿单 {' '.join(words)}")


def test_every_word_of_a_condition_has_one_meaning() -> None:
    tables = (
        conditions.STATUS_BY_WORD,
        conditions.KIND_BY_WORD,
        conditions.BANDS_BY_WORD,
        conditions.FLAG_BY_WORD,
    )
    words = [word for table in tables for word in table]
    assert len(words) == len(set(words)) > 20
    assert set(conditions.STATUS_BY_WORD.values()) == set(Status)
    assert conditions.read("急") == Conditions(urgent=True, said=("急",))
