"""Words of harm get a card and reach who must know; reports of wrongdoing go to the county and to nobody else."""

import json
from datetime import date

import pytest
from sqlalchemy import event

from handlers.safety import jobs, use_cases
from handlers.safety.phrases import DOORS_OF_REPORTS, EMPTY, MOVED, NOBODY_TAKES
from handlers.safety.rules import Harm, Matter, harm_in
from storage.details import DetailRow
from storage.local_values import NewValue
from storage.uow import UnitOfWork
from tests.handlers.town import GROUP, Town

OUT = "俺邻居家孩子天天被他爸打，叫赵子轩"
ASKED = "/问 我被老公打了，怎么申请保护令"
WRONG = "村会计贪污低保款，我要举报他"


def everything(town: Town) -> str:
    """All that stands in the database, as it stands there, but for what was said in private."""

    def read(uow: UnitOfWork) -> str:
        tables = {table: list(uow.connection.exec_driver_sql(f'SELECT * FROM "{table}"')) for table in TABLES}
        return json.dumps({name: [list(row) for row in rows] for name, rows in tables.items()}, default=str)

    return town.database.read_now(read)


def answered_in_group(town: Town) -> tuple[str, str] | None:
    """What the group's records hold of the last question there."""
    group = town.database.read_now(lambda uow: uow.groups.named(GROUP)).id
    who = town.person("张大妈").id
    return town.database.read_now(lambda uow: uow.feedback.last_answer(f"g:{group}", who))


TABLES = (
    "audit",
    "report",
    "last_answer",
    "question",
    "feedback",
    "conversation",
    "chat_listing",
    "inbox",
    "outbox",
)


async def test_harm_said_in_private_gets_the_card_and_is_told_to_the_officers(town: Town) -> None:
    said = await town.say("张大妈", OUT)
    assert said.splitlines()[:3] == [
        "【立即报告】先顾人身安全，马上打：", "· 110 报警：正有危险、受到伤害", "· 120 急救：受伤、喝药、中毒、昏迷",
    ]  # fmt: skip
    assert "12355" in said
    assert "已私下告诉村（社区）干部、儿童主任" in said
    caused = await town.caused()
    assert [to for to, _ in caused] == ["王主任", "赵干事", "宋儿童"]
    for _, text in caused:
        assert text.startswith("【急情 R1】永续社区：孩子可能正遇到挨打受虐。\n说起的人：张大妈。")
        assert "赵子轩" not in text
        assert "强制报告" in text
    rows = await town.register("looks")
    assert [(row["action"], row["subject"]) for row in rows if row["subject"] == "report:1"] == []
    audit = await town.register("audit")
    assert [(row["action"], row["subject"], row["after"]) for row in audit][-1] == (
        "harm",
        "report:1",
        "waiting",
    )
    assert "赵子轩" not in everything(town)


async def test_no_second_card_within_a_day_but_each_is_kept(town: Town) -> None:
    first = await town.say("张大妈", "我不想活了")
    again = await town.say("张大妈", "我真的不想活了")
    line = "【急情】永续社区：张大妈又说到轻生，见 R2。"
    assert await town.caused() == [("王主任", line), ("赵干事", line)]
    other = await town.say("张大妈", "我家着火了")
    neighbour = await town.say("陈大爷", "我不想活了")
    town.clock.advance(days=1, minutes=1)
    later = await town.say("张大妈", "活着没意思，想死")
    carded = ["【立即报告】" in text for text in (first, again, other, neighbour, later)]
    assert carded == [True, False, True, True, True]
    assert again.startswith("又记下了，编号 R2。")
    kept = town.database.read_now(lambda uow: [each.no for each in uow.reports.waiting()])
    assert kept == [1, 2, 3, 4, 5]


async def test_a_question_about_the_law_is_answered_with_the_card_first_where_somebody_is_in_danger(
    town: Town,
) -> None:
    asked = await town.say("张大妈", "家暴怎么申请保护令")
    assert "【立即报告】" not in asked
    said = await town.say("张大妈", ASKED.removeprefix("/问 "))
    card, answer = said.split("\n\n", 1)
    assert card.startswith("【立即报告】")
    assert answer.startswith("这个我没把握")
    assert "已记下，会请人补充" not in answer


async def test_in_a_group_one_sentence_is_said_and_nothing_kept(town: Town) -> None:
    for text in (ASKED, f"/问 {OUT}"):
        assert await town.say("张大妈", text, GROUP) == MOVED
        to_speaker = [said for to, said in await town.caused() if to == "张大妈"]
        assert len(to_speaker) == 1
    assert "【立即报告】" not in MOVED
    stored = everything(town)
    for bit in ("赵子轩", "老公", "天天被", "保护令"):
        assert bit not in stored, bit
    assert town.database.read_now(lambda uow: uow.questions.waiting()) == []
    assert answered_in_group(town) is None


async def test_a_wish_with_harm_in_it_is_logged_all_the_same(town: Town) -> None:
    said = await town.say("小周", "/心愿 邻居家孩子天天被打，想要一件棉衣", GROUP)
    assert said.startswith("已登记心愿 #7")
    assert said.endswith(MOVED)
    told = dict(await town.caused())
    assert told["小周"].startswith("【立即报告】")


async def test_the_places_own_numbers_stand_on_the_card(town: Town) -> None:
    def enter(uow: UnitOfWork) -> None:
        for name, what, value in (
            ("永续社区", "求助电话", "0537-2345678"),
            ("永续社区", "农村低保标准", "每人每月760元"),
            ("金山县", "救助站电话", "0537-8765432"),
        ):
            place = uow.places.named(name).id
            uow.local_values.put(NewValue(what, value, place, "通知", date(2026, 1, 1), date(2026, 1, 1)))

    town.database.run_now(enter)
    said = await town.say("张大妈", "我不想活了")
    assert [line for line in said.splitlines() if "0537" in line] == [
        "· 0537-2345678：永续社区求助电话", "· 0537-8765432：金山县救助站电话",
    ]  # fmt: skip
    assert "760" not in said


async def test_a_report_spoken_in_a_group_leaves_it(town: Town) -> None:
    for text in (f"/问 {WRONG}", f"/举报 {WRONG}", "/举报"):
        assert await town.say("张大妈", text, GROUP) == MOVED
        assert await town.caused() == [("张大妈", DOORS_OF_REPORTS)]
    assert "会计" not in everything(town)
    assert answered_in_group(town) is None
    assert town.database.read_now(lambda uow: uow.reports.waiting()) == []


async def test_in_private_the_doors_are_told_and_a_report_is_handed_to_the_county_alone(town: Town) -> None:
    assert await town.say("张大妈", "/举报") == DOORS_OF_REPORTS
    assert "12388" in await town.say("张大妈", WRONG)
    said = await town.say("张大妈", f"/举报 {WRONG}")
    assert said.startswith("已转交县委组织部，编号 R1。")
    ((to, letter),) = await town.caused()
    assert (to, letter) == (
        "组织部小郑",
        "有一件待办转交 R1。查看私聊发“/举报 查看 R1”，办结发“/举报 办结 R1”。",
    )
    stored = everything(town)
    assert ("会计" in stored, "低保款" in stored) == (False, False)
    (audit,) = [row for row in await town.register("audit") if row["subject"] == "report:1"]
    assert (audit["actor"], audit["action"], audit["after"]) == ("reporter", "report", "waiting")
    (kept,) = town.database.read_now(lambda uow: uow.reports.waiting())
    assert kept.member_id is None


async def test_only_the_county_sees_it_and_each_look_is_audited(town: Town) -> None:
    await town.say("张大妈", f"/举报 {WRONG}")
    for name in ("王主任", "李书记", "小周", "张大妈"):
        for words in ("/举报 查看 R1", "/举报 办结 R1"):
            refused = await town.say(name, words)
            assert ("会计" in refused, "R1 已办结" in refused) == (False, False)
    assert await town.say("王主任", "/举报 查看") == EMPTY
    assert "R1〔举报〕永续社区，3月5日" in await town.say("组织部小郑", "/举报 查看")
    shown = await town.say("组织部小郑", "/举报 查看 R1")
    assert f"举报人：张大妈\n原话：{WRONG}" in shown
    looks = [row for row in await town.register("looks") if row["subject"] == "report:1"]
    assert [(row["actor"], row["action"]) for row in looks] == [
        (f"member:{town.person('组织部小郑').id}", "look")
    ]


async def test_it_is_closed_once_its_reporter_told_and_its_words_wiped_after_a_fortnight(town: Town) -> None:
    await town.say("张大妈", f"/举报 {WRONG}")
    assert await town.say("组织部小郑", "/举报 办结 R1") == "R1 已办结，原话 14 天后清除。"
    assert [to for to, _ in await town.caused()] == ["张大妈"]
    assert (await town.say("组织部小郑", "/举报 办结 R1")).startswith("R1 已经办结过了。")
    for days, words in ((13, WRONG), (2, "已按期清除")):
        town.clock.advance(days=days)
        await jobs.wipe(town.database, town.clock, {})
        assert f"原话：{words}" in await town.say("组织部小郑", "/举报 查看 R1")


async def test_where_nobody_takes_reports_nothing_is_kept(town: Town) -> None:
    def dismiss(uow: UnitOfWork) -> None:
        (office,) = uow.members.named("组织部小郑")
        uow.members.end_grants(office.id, office.grants)

    town.database.run_now(dismiss)
    assert await town.say("张大妈", f"/举报 {WRONG}") == NOBODY_TAKES
    assert town.database.read_now(lambda uow: uow.reports.waiting()) == []


async def test_harm_is_opened_by_who_was_told_and_not_by_others(town: Town) -> None:
    await town.say("张大妈", OUT)
    assert OUT in await town.say("宋儿童", "/举报 查看 R1")
    assert OUT in await town.say("王主任", "/举报 查看 R1")
    assert OUT in await town.say("组织部小郑", "/举报 查看 R1")
    for name in ("小周", "李书记", "陈大爷"):
        assert OUT not in await town.say(name, "/举报 查看 R1")


async def test_a_second_command_with_the_same_matter_is_told_again_too(town: Town) -> None:
    for line in ("【急情 R1】", "【急情】永续社区：小周又说到孩子挨打受虐，见 R2。"):
        await town.say("小周", "/心愿 邻居家孩子天天被打，想要一件棉衣", GROUP)
        told = {to: said.startswith(line) for to, said in await town.caused()}
        assert {name: told.get(name) for name in ("王主任", "赵干事", "宋儿童")} == dict.fromkeys(
            ("王主任", "赵干事", "宋儿童"), True
        )


def dismissed(town: Town, *names: str) -> None:
    for name in names:
        person = town.person(name)
        town.database.run_now(lambda uow, who=person: uow.members.end_grants(who.id, who.grants))


async def test_who_speaks_is_not_asked_to_take_it_and_the_county_is_when_nobody_else_is_there(
    town: Town,
) -> None:
    await town.say("王主任", "我不想活了")
    assert [to for to, _ in await town.caused()] == ["赵干事"]
    dismissed(town, "赵干事")
    said = await town.say("王主任", "我家着火了")
    assert [to for to, _ in await town.caused()] == ["组织部小郑"]
    assert "已私下告诉县委组织部，会联系您" in said


async def test_without_a_place_the_county_alone_is_told_and_may_open_it(town: Town) -> None:
    town.database.run_now(lambda uow: uow.members.add("外来客"))
    said = await town.say("外来客", "我不想活了")
    ((to, letter),) = await town.caused()
    assert (to, letter.splitlines()[0]) == ("组织部小郑", "【急情 R1】地点不明：有人可能正遇到轻生。")
    assert "已私下告诉县委组织部，会联系您" in said
    assert "原话：我不想活了" in await town.say("组织部小郑", "/举报 查看 R1")
    assert await town.say("王主任", "/举报 查看") == EMPTY


@pytest.mark.parametrize(
    "text", ["王主任打我", "赵干事天天打我", "我去找书记，他摸我", "宋儿童打我孩子", "孩子被村干部打了"]
)
async def test_words_that_blame_an_officer_go_to_the_county_alone(town: Town, text: str) -> None:
    said = await town.say("张大妈", text)
    assert [to for to, _ in await town.caused()] == ["组织部小郑"]
    assert "已私下告诉县委组织部，会联系您" in said
    for name in ("王主任", "赵干事", "宋儿童"):
        assert await town.say(name, "/举报 查看") == EMPTY
        assert (await town.say(name, "/举报 查看 R1")).startswith("没有您能看的 R1")
        assert (await town.say(name, "/举报 办结 R1")).startswith("没有您能看的 R1")
    assert f"原话：{text}" in await town.say("组织部小郑", "/举报 查看 R1")


async def test_the_county_has_the_whole_letter_where_an_officer_is_blamed_only_later(town: Town) -> None:
    await town.say("张大妈", "我被打了")
    await town.say("张大妈", "是王主任打我")
    ((to, letter),) = await town.caused()
    assert (to, letter.splitlines()[0]) == ("组织部小郑", "【急情 R2】永续社区：有人可能正遇到挨打受虐。")


async def test_what_follows_stays_with_the_county_while_it_is_open_but_for_accidents(town: Town) -> None:
    heard = []
    for text in ("王主任打我", "他又打我了", "我不想活了", "我家着火了"):
        await town.say("张大妈", text)
        heard.append([to for to, _ in await town.caused()])
    assert heard == [["组织部小郑"], ["组织部小郑"], ["组织部小郑"], ["王主任", "赵干事"]]
    await town.say("陈大爷", "我不想活了")
    assert [to for to, _ in await town.caused()] == ["王主任", "赵干事"]


async def test_who_is_blamed_may_not_see_it_after_its_words_are_wiped_either(town: Town) -> None:
    await town.say("张大妈", "王主任打我")
    await town.say("组织部小郑", "/举报 办结 R1")
    town.clock.advance(days=15)
    await jobs.wipe(town.database, town.clock, {})
    assert "原话：已按期清除" in await town.say("组织部小郑", "/举报 查看 R1")
    assert (await town.say("王主任", "/举报 查看 R1")).startswith("没有您能看的 R1")


async def test_a_county_officer_who_is_named_is_not_told(town: Town) -> None:
    said = await town.say("张大妈", "王主任和组织部小郑打我")
    assert await town.caused() == []
    assert "这里还没有能接手的人" in said
    await town.say("陈大爷", "组织部小郑打我")
    assert [to for to, _ in await town.caused()] == ["王主任", "赵干事"]


async def test_a_long_list_asks_for_the_members_once(town: Town) -> None:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    counts = []
    for text in ("我不想活了", "我家着火了", "我被老公打了"):
        await town.say("张大妈", text)
        office, officer = town.person("组织部小郑"), town.person("王主任")
        event.listen(town.database.engine, "before_cursor_execute", note)
        found = [
            len(town.database.read_now(lambda uow, by=by: use_cases.waiting(uow, by=by)))
            for by in (office, officer)
        ]
        event.remove(town.database.engine, "before_cursor_execute", note)
        counts.append((found, sum("FROM member " in " ".join(each.split()) + " " for each in seen)))
        seen.clear()
    assert [found for found, _ in counts] == [[1, 1], [2, 2], [3, 3]]
    assert len({asked for _, asked in counts}) == 1
    assert counts[0][1] > 0


def test_nothing_of_a_report_is_in_clear(town: Town) -> None:
    def keep(uow: UnitOfWork) -> None:
        uow.details.keep("report:9", "words", WRONG)

    town.database.run_now(keep)
    rows = town.database.read_now(
        lambda uow: list(uow.connection.exec_driver_sql("SELECT * FROM personal_detail"))
    )
    assert DetailRow.__tablename__ == "personal_detail"
    assert "会计" not in str(rows)


SAID = {
    "我不想活了": Harm(Matter.SELF, False),
    "孩子说想跳楼": Harm(Matter.SELF, True),
    "俺爹喝农药了": Harm(Matter.SELF, False),
    "俺男人天天打我": Harm(Matter.VIOLENCE, False),
    "老师打我家孩子": Harm(Matter.VIOLENCE, True),
    "被家暴了怎么办": Harm(Matter.VIOLENCE, False),
    "后妈不给孩子饭吃": Harm(Matter.VIOLENCE, True),
    "学校里有人欺负我儿子": Harm(Matter.VIOLENCE, True),
    "我女儿被人摸了": Harm(Matter.SEXUAL, True),
    "12岁的侄女被猥亵了": Harm(Matter.SEXUAL, True),
    "着火了": Harm(Matter.FIRE, False),
    "孩子掉河里了": Harm(Matter.WATER, True),
    "有 人 落 水 了": Harm(Matter.WATER, False),
    "我家煤气泄漏了": Harm(Matter.GAS, False),
    "孙子走丢了": Harm(Matter.LOST, True),
    "隔壁把女婴扔了": Harm(Matter.LOST, True),
    "我被老公打了，怎么申请保护令": Harm(Matter.VIOLENCE, False, asks=True),
}


@pytest.mark.parametrize(("text", "harm"), SAID.items())
def test_words_of_harm_are_heard(text: str, harm: Harm) -> None:
    assert harm_in(text) == harm


@pytest.mark.parametrize(
    "text",
    [
        "家暴怎么申请保护令",
        "虐待罪怎么判",
        "猥亵儿童怎么量刑",
        "什么算家庭暴力",
        "反家庭暴力法第二十三条",
        "强制报告制度是什么",
        "遗弃婴儿怎么处罚",
        "打孩子违法吗",
        "校园欺凌怎么处理",
        "孩子被打怎么判",
        "自杀能赔保险吗",
        "防溺水宣传怎么搞",
        "煤气中毒怎么预防",
        "村里失火了房子救助怎么申请",
        "打我电话",
        "给孩子打疫苗",
        "我被打动了",
        "被打印出来的表",
        "打工的孩子想要书包",
        "低保怎么申请",
        "独居老人想要一台收音机",
    ],
)
def test_questions_and_ordinary_words_are_left_alone(text: str) -> None:
    assert harm_in(text) is None
