"""Who does what a wish asks for: alone or as a team, handed on, promised, reminded, thanked."""

from datetime import date

import pytest

from handlers.wishes import jobs
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from storage.wishes import Move
from tests.handlers.town import GROUP, Town
from tests.handlers.wish_records import REFUSED, form_team, history, looks, told, wish


async def test_wish_claimed_for_a_team_is_the_whole_teams(town: Town) -> None:
    await form_team(town, "小周", "小孙", "李书记")
    answer = await town.say("小周", "/认领 2 暖心队", GROUP)
    assert "由您认领" in answer
    mates = [(to, text) for to, text in await town.caused() if "你们队" in text]
    assert [to for to, _ in mates] == ["李书记", "小孙"]
    assert mates[0][1].startswith("小周替你们队认领了心愿 #2：暖阳2（永续社区，60至79岁，物品）：想给腿脚")
    assert (await town.say("小孙", "/认领 2")).startswith("#2 已经由您认领")
    assert (await town.say("小钱", "/送达 2")).startswith("#2 不是您认领的")
    assert await town.say("小孙", "/放弃 2 太忙") == "#2 已放弃，重新等人认领。"
    assert ("小周", "您认领的心愿 #2，队友已放弃，重新等人认领。") in await town.caused()
    assert (await wish(town, 2)).team_id is None
    await town.say("小周", "/认领 2 3")
    assert REFUSED not in await town.say("小孙", "/送达 2")
    assert (await town.say("李书记", "/点亮 2")).startswith("#2 要由登记的人或村（社区）干部来确认")
    assert REFUSED not in await town.say("陈大爷", "/点亮 2")
    (row,) = [row for row in await town.register("wishes") if row["no"] == 2]
    assert (row["claimed_by"], row["team"]) == ("小周", "暖心队")


@pytest.mark.parametrize(
    ("who", "team", "sentence"),
    [
        ("小周", "没有队", "没有叫“没有队”的队伍；自己认领不用写队伍。"),
        ("小钱", "暖心队", "您不是“暖心队”的队员，不能替它认领。"),
    ],
)
async def test_team_that_is_not_ones_own_cannot_be_named(
    town: Town, who: str, team: str, sentence: str
) -> None:
    await form_team(town, "小周")
    assert (await town.say(who, f"/认领 2 {team}")).startswith(sentence)


async def test_team_of_elsewhere_cannot_claim_here(town: Town) -> None:
    await form_team(town, "小周", place="和美村")
    assert (await town.say("小周", "/认领 2 暖心队")).startswith("“暖心队”不在 #2 所在的地方")


async def test_wish_handed_over_is_the_receivers_with_its_details(town: Town) -> None:
    await town.say("张大妈", "/心愿 孙秀英奶奶 13812345678 想要一床被子")
    await town.say("王主任", "/核实 7 通过")
    await town.say("小周", "/认领 7")
    answer = await town.say("小周", "/转交 7 小孙", GROUP)
    assert answer == "#7 已转交，详细内容已私下发给接手的人。"
    assert await town.caused() == [
        ("张大妈", "您登记的心愿 #7 换了一位热心人来办。"),
        (
            "小孙",
            "心愿 #7，认领的人转给您来办：\n内容：孙秀英奶奶 13812345678 想要一床被子\n地点：永续社区\n登记人：张大妈\n"
            "以上只给您一人，请勿转发。"
            "说好哪天送到发“/约定 7 几月几日”，送到后发“/送达 7”，办不了发“/放弃 7 原因”；"
            "愿意点亮时说出您的名字发“/署名 7”。",
        ),
    ]
    assert await looks(town, 7) == [f"member:{town.person(name).id}" for name in ("小周", "小孙")]
    assert (await town.say("小周", "/送达 7")).startswith("#7 不是您认领的")
    assert REFUSED not in await town.say("小孙", "/送达 7")


@pytest.mark.parametrize(
    ("whom", "sentence"),
    [
        ("小周", "#2 本来就由小周在办。"),
        ("没这人", "没有找到“没这人”"),
        ("张大妈", "“张大妈”不是永续社区的志愿者、网格员、书记或干部"),
        ("小许", "“小许”不是永续社区的志愿者、网格员、书记或干部"),
        ("小丁", "叫“小丁”的不止一个，请写成其中一个：小丁@永续社区、小丁@清河镇。"),
        ("小钱", "小钱手里已有 5 个心愿没送达，请换一位。"),
    ],
)
async def test_wish_is_handed_only_to_one_who_may_claim_it(town: Town, whom: str, sentence: str) -> None:
    def enlist(uow: UnitOfWork) -> None:
        here, town_above = uow.places.named("永续社区"), uow.places.named("清河镇")
        for place in (here, town_above):
            uow.members.add("小丁", place_id=place.id, grants=[Grant(Role.VOLUNTEER, place.id)])
        busy, logger = town.person("小钱").id, town.person("张大妈").id
        for _ in range(5):
            no = uow.wishes.log(
                "面", by=logger, place_id=here.id, group_id=None, expires_on=date(2026, 6, 3)
            ).no
            uow.wishes.move(no, Move.VERIFY, by=None)
            uow.wishes.move(no, Move.CLAIM, by=busy)

    await town.database.run(enlist)
    await town.say("小周", "/认领 2")
    before = await town.register("wishes")
    assert (await town.say("小周", f"/转交 2 {whom}")).startswith(sentence)
    assert await town.register("wishes") == before
    assert REFUSED not in await town.say("小周", "/转交 2 小丁@清河镇")


async def test_coordinator_gives_an_open_or_a_claimed_wish_to_somebody(town: Town) -> None:
    assert await town.say("王主任", "/改派 2 小周") == "#2 已改派，详细内容已私下发给接手的人。"
    assert [to for to, _ in await town.caused()] == ["陈大爷", "小周"]
    await town.say("赵干事", "/改派 2 小孙", GROUP)
    assert [to for to, _ in await town.caused()] == ["陈大爷", "小周", "小孙"]
    assert (await town.caused())[1][1].startswith("您认领的心愿 #2 已由村（社区）干部改派给别人")
    audit = [row for row in await town.register("audit") if row["action"] == "reassign"]
    assert [(row["before"], row["after"]) for row in audit] == [("open", "claimed"), ("claimed", "claimed")]
    before = await town.register("wishes")
    assert REFUSED in await town.say("吴会计", "/改派 2 小钱")
    assert await town.register("wishes") == before


async def test_promised_day_is_told_and_kept(town: Town) -> None:
    await town.say("小周", "/认领 2")
    assert await town.say("小周", "/约定 2 3月20日") == "#2 约定 3月20日送到，已告诉登记的人。"
    assert await town.caused() == [("陈大爷", "您登记的心愿 #2，认领的人约定 3月20日送到。")]
    assert (await wish(town, 2)).promised_on == date(2026, 3, 20)
    for words in ("过两天", "2026-03-04", "2026-12-31"):
        assert REFUSED in await town.say("小周", f"/约定 2 {words}")
    await town.say("小周", "/放弃 2")
    assert (await wish(town, 2)).promised_on is None


@pytest.mark.parametrize(("words", "day"), [("明天", 6), ("下周五", 13), ("月底前", 31), ("三天内", 8)])
async def test_promised_day_is_taken_as_people_say_it(town: Town, words: str, day: int) -> None:
    await town.say("小周", "/认领 2")
    assert await town.say("小周", f"/约定 2 {words}") == f"#2 约定 3月{day}日送到，已告诉登记的人。"
    assert (await wish(town, 2)).promised_on == date(2026, 3, day)


async def test_claimer_is_reminded_once_and_then_the_wish_is_back(town: Town) -> None:
    """Claimed on Thursday 5 March 2026: the seventh working day is the 16th, the fourteenth the 25th."""
    await town.say("小周", "/认领 2")
    said: dict[str, list[tuple[str, str]]] = {}
    for day in range(6, 27):
        town.clock.set(f"2026-03-{day:02} 10:00")
        before = await told(town)
        for _ in range(2):
            await jobs.look_after(town.database, town.clock, town.services)
        if new := (await told(town))[len(before) :]:
            said[f"{town.clock.now():%m-%d}"] = [line for line in new if "#2" in line[1]]
    assert {day: lines for day, lines in said.items() if lines} == {
        "03-16": [
            (
                "小周",
                "您认领的心愿 #2 认领有些日子了。送到了发“/送达 2”；要晚几天发“/约定 2 几月几日”；"
                "办不了发“/放弃 2”，好让别人来办。",
            )
        ],
        "03-25": [
            ("陈大爷", "您登记的心愿 #2 认领的人一直没送到，重新等人认领。"),
            ("小周", "您认领的心愿 #2 一直没送到，已放回心愿单，谢谢您的心意。"),
        ],
    }
    assert (await wish(town, 2)).status.value == "open"
    (row,) = [
        row for row in await town.register("audit") if row["action"] == "lapse" and row["subject"] == "wish:2"
    ]
    assert (row["actor"], row["before"], row["after"]) == ("system", "claimed", "open")


@pytest.mark.parametrize("moment", ["2026-03-28 10:00", "2026-03-30 08:59", "2026-03-30 18:00"])
async def test_nobody_is_reminded_on_days_off_or_out_of_hours(town: Town, moment: str) -> None:
    await town.say("小周", "/认领 2")
    town.clock.set(moment)
    await jobs.look_after(town.database, town.clock, town.services)
    assert await told(town) == []


async def test_after_a_long_silence_of_the_bot_the_claimer_still_has_a_day_to_answer(town: Town) -> None:
    await town.say("小周", "/认领 2")
    for day, status in (("2026-04-20", "claimed"), ("2026-04-21", "open")):
        town.clock.set(f"{day} 09:30")
        await jobs.look_after(town.database, town.clock, town.services)
        assert (await wish(town, 2)).status.value == status


async def test_wish_not_received_starts_anew_for_its_claimer(town: Town) -> None:
    await town.say("小周", "/认领 2")
    await town.say("小周", "/送达 2")
    town.clock.set("2026-04-20 09:00")
    await town.say("陈大爷", "/未达 2 没见着")
    await jobs.look_after(town.database, town.clock, town.services)
    assert [line for line in await told(town) if "#2" in line[1]] == []


async def test_claimer_is_named_in_thanks_only_if_they_said_so(town: Town) -> None:
    await town.say("小周", "/认领 2")
    assert (await town.say("小孙", "/署名 2")).startswith("#2 不是您认领的")
    assert await town.say("小周", "/署名 2") == "好的，#2 点亮时会说您的名字。"
    await town.say("小周", "/送达 2")
    assert await town.say("王主任", "/点亮 2", GROUP) == "#2 点亮了，心愿达成，感谢小周，谢谢大家！"
    assert ("陈大爷", "您登记的心愿 #2 点亮了，感谢小周。") in await town.caused()
    await town.say("小孙", "/送达 3")
    assert await town.say("王主任", "/点亮 3", GROUP) == "#3 点亮了，心愿达成，感谢一位热心人，谢谢大家！"


async def test_consent_to_be_named_can_be_taken_back(town: Town) -> None:
    await town.say("小周", "/认领 2")
    await town.say("小周", "/署名 2")
    assert (await town.say("小孙", "/署名 2 不")).startswith("#2 不是您认领的")
    assert await town.say("小周", "/署名 2 不") == "好的，#2 点亮时不说您的名字，只说一位热心人。"
    moves = [move for move, _ in await history(town, 2)]
    assert moves[-3:] == [Move.CLAIM, Move.CREDIT, Move.UNCREDIT]
    await town.say("小周", "/送达 2")
    assert "一位热心人" in await town.say("王主任", "/点亮 2")


async def test_consent_to_be_named_ends_with_the_claim(town: Town) -> None:
    await town.say("小周", "/认领 2")
    await town.say("小周", "/署名 2")
    await town.say("小周", "/转交 2 小孙")
    await town.say("小孙", "/送达 2")
    assert "一位热心人" in await town.say("陈大爷", "/点亮 2")
