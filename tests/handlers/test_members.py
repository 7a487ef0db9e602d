"""Binding, what I hold, and being forgotten."""

import pytest

from bot.chat import turn
from bot.chat.reply import Reply, Text
from bot.chat.update import Update
from handlers.members import phrases, use_cases
from handlers.members.roster import Fault, MemberLine, Problem, take_in
from storage.members import Grant, Member, Role
from storage.outbox import Target
from storage.uow import UnitOfWork
from tests.handlers.town import Town


def invite(uow: UnitOfWork, code: str, name: str | None, member_id: int | None = None) -> None:
    grant = Grant(Role.VOLUNTEER, uow.places.named("永续社区").id)
    uow.invites.add(code, grant, name=name, member_id=member_id, days=7)


async def test_code_gives_its_role_once(town: Town) -> None:
    town.database.run_now(invite, "K7P2-9QXM", None)
    assert (await town.say("张大妈", "/认领 2")).startswith("“/认领”由")
    assert (await town.say("张大妈", "/绑定 k7p2-9qxm")).startswith("绑定好了：张大妈，志愿者（永续社区）。")
    assert (await town.say("陈大爷", "/绑定 K7P2-9QXM")).startswith("这个邀请码已经用过了")
    assert (await town.say("张大妈", "/认领 2")).startswith("#2 由您认领。")


async def test_code_of_a_known_member_joins_the_account_and_brings_along_what_it_did(town: Town) -> None:
    """Somebody wished from an account nobody knew, and is then bound: the wish and its news are theirs."""
    database = town.database
    known = town.person("小周")
    database.run_now(invite, "K7P2-9QXM", None, known.id)

    def arrive(uow: UnitOfWork) -> int:
        stranger = uow.members.add("村民")
        uow.members.join_account(stranger.id, "wechat", "openid")
        uow.outbox.add(
            Target(member_id=stranger.id), '{"parts": [{"text": "您好", "citation": ""}], "listing": []}'
        )
        return stranger.id

    stranger = database.run_now(arrive)
    await town.say("村民", "/心愿 想要一张地图")
    by = database.read_now(lambda uow: uow.members.get(stranger))
    assert database.run_now(use_cases.bind, "K7P2-9QXM", by=by) == ("小周", "volunteer", "永续社区")

    def found(uow: UnitOfWork) -> tuple[str | None, str, list[str]]:
        speaker = uow.members.speaking_from("wechat", "openid")
        return speaker.name if speaker else None, uow.wishes.get(7).logged_by_name, uow.outbox.tell(known.id)

    speaker, logger, told = database.run_now(found)
    assert (speaker, logger, len(told)) == ("小周", "小周", 1)


async def test_forgotten_member_leaves_numbers_but_no_name_and_no_words(town: Town) -> None:
    await town.say("张大妈", "/心愿 张大妈本人 13812345678 想要一个暖水袋")
    who = town.person("张大妈").id
    await town.say("张大妈", "/隐去")
    (wish,) = [row for row in await town.register("wishes") if row["no"] == 7]
    assert wish["content"] == "一位大妈本人〔号码已隐去〕想要一个暖水袋"
    assert wish["logged_by"] == f"已隐去{who}"
    names = {row["name"] for row in await town.register("members")}
    assert "张大妈" not in names


def test_a_notice_of_several_lines_is_one_point() -> None:
    told = Reply((Text("您接了小李的志愿者。\n要您接着办的心愿：#3。"), Text("发“/我”看手头的事。")))
    view = phrases.Holdings(
        Member(1, "小周", None, None, (), True), (), (), (), (), 0, 0, (told, Reply.text("好"))
    )
    assert phrases.me(view).plain().splitlines()[1:] == [
        "前些时候要告诉您的：", "· 您接了小李的志愿者。", "　要您接着办的心愿：#3。", "　发“/我”看手头的事。", "· 好",
    ]  # fmt: skip


async def test_who_asks_to_be_forgotten_is_told_first_what_goes_and_loses_nothing(town: Town) -> None:
    before = await town.register("members"), await town.register("wishes"), await town.register("audit")
    assert await town.say("王主任", "/隐去") == (
        "隐去以后：\n"
        "· 您的姓名“王主任”不再显示，办过的事只留编号\n"
        "· 您写过的姓名、号码、说过的话，留过的联系方式、照片都删掉\n"
        "· 您的聊天账号解除绑定，再发消息来，就是没有身份的新人\n"
        "· 身份：永续社区村（社区）干部，到此为止\n"
        "· 当群主的群：永续社区连心群，暂时没有群主\n"
        "办了就找不回来。现在还没有办，想好了发“/隐去 确认”。"
    )
    assert (await town.say("王主任", "/隐去 是")).startswith("这里只能写确认，您写的是“是”。")
    after = await town.register("members"), await town.register("wishes"), await town.register("audit")
    assert after == before
    assert await town.say("王主任", "/隐去 确认") == phrases.FORGOTTEN


async def test_forgetting_is_answered_alike_when_the_message_comes_again(town: Town) -> None:
    update = Update("terminal", "once", str(town.person("张大妈").id), town.clock.now(), "/隐去 确认")
    first = await town.hear(update)
    assert first.plain().startswith(phrases.FORGOTTEN)
    before = await town.register("audit")
    assert await town.hear(update) == first
    assert await town.register("audit") == before


async def test_who_still_holds_a_wish_is_not_forgotten_yet(town: Town) -> None:
    assert (await town.say("小孙", "/隐去 确认")).startswith("您手里还有没办完的心愿 #3，")
    assert town.person("小孙").name == "小孙"


@pytest.mark.parametrize("name", ["王主任", "小周", "张大妈", "组织部小郑", "信息科老何"])
async def test_me_begins_with_who_i_am(town: Town, name: str) -> None:
    member = town.person(name)
    assert (await town.say(name, "/我")).splitlines()[0] == f"{name}（{member.place}）"


async def test_news_is_told_once(town: Town) -> None:
    await town.say("王主任", "/核实 1 通过")
    assert "核实通过了" in await town.say("张大妈", "/我")
    assert "核实通过了" not in await town.say("张大妈", "/我")


async def test_after_five_wrong_codes_one_waits_half_an_hour_even_with_the_right_one(town: Town) -> None:
    town.database.run_now(invite, "K7P2-9QXM", None)
    for _ in range(5):
        assert (await town.say("张大妈", "/绑定 K7P2-9QXN")).startswith("没有这个邀请码，")
    for code in ("K7P2-9QXM", "K7P2-9QXN"):
        assert (await town.say("张大妈", f"/绑定 {code}")).startswith(
            "邀请码连着输错了好几次，请过30分钟再试"
        )
    town.database.run_now(invite, "ABCD-2345", None)
    assert (await town.say("陈大爷", "/绑定 ABCD-2345")).startswith("绑定好了：")
    town.clock.advance(minutes=30)
    assert (await town.say("张大妈", "/绑定 K7P2-9QXM")).startswith("绑定好了：")


async def test_a_right_code_makes_the_wrong_ones_forgotten(town: Town) -> None:
    town.database.run_now(invite, "K7P2-9QXM", None)
    for code in ("AAAA", "BBBB", "CCCC", "DDDD", "K7P2-9QXM", "EEEE", "FFFF", "GGGG", "HHHH"):
        await town.say("张大妈", f"/绑定 {code}")
    town.database.run_now(invite, "ABCD-2345", None)
    assert (await town.say("张大妈", "/绑定 ABCD-2345")).startswith("绑定好了：")


async def test_an_expired_code_says_so_and_does_not_count_as_a_guess(town: Town) -> None:
    town.database.run_now(invite, "K7P2-9QXM", None)
    town.clock.advance(days=7)
    for _ in range(6):
        assert (await town.say("张大妈", "/绑定 K7P2-9QXM")).startswith("这个邀请码过期了，")


CORP = "ww0000"


def written(town: Town, channel: str, userid: str) -> str:
    """Who speaks, when somebody writes from this account of the corporation."""
    update = Update(channel, "k1", userid, town.clock.now(), "您好", tenant=CORP)
    member, _ = town.database.run_now(turn.enrol, update, "村民")
    return member.name


@pytest.mark.parametrize("channel", ["wecom_app", "wecom_aibot"])
async def test_a_colleague_in_the_roster_is_recognised_at_the_first_word(town: Town, channel: str) -> None:
    line = MemberLine(1, "丁会计", "志愿者", "永续社区", userid="dingkj")
    town.database.run_now(lambda uow: take_in(uow, [line], corporation=CORP))
    assert written(town, channel, "dingkj") == "丁会计"
    assert written(town, channel, "lihua") == "村民"


async def test_who_wrote_before_the_roster_came_is_joined_with_what_they_did(town: Town) -> None:
    assert written(town, "wecom_aibot", "dingkj") == "村民"
    (stranger,) = town.database.read_now(lambda uow: uow.members.named("村民"))
    await town.say("村民", "/心愿 想要一张地图")
    line = MemberLine(1, "丁会计", "志愿者", "永续社区", userid="dingkj")
    town.database.run_now(lambda uow: take_in(uow, [line], corporation=CORP))
    assert written(town, "wecom_aibot", "dingkj") == "丁会计"
    logged = town.database.read_now(lambda uow: uow.wishes.get(7).logged_by)
    assert (logged, logged != stranger.id) == (town.person("丁会计").id, True)


async def test_a_colleague_already_known_by_another_name_is_not_taken_over(town: Town) -> None:
    first = MemberLine(1, "丁会计", "志愿者", "永续社区", userid="dingkj")
    second = MemberLine(2, "小周", "志愿者", "永续社区", userid="dingkj")
    _, problems = town.database.run_now(lambda uow: take_in(uow, [first, second], corporation=CORP))
    assert problems == [Problem(2, Fault.ACCOUNT_TAKEN, "dingkj")]
