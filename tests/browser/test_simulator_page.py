"""The simulator page in a real Chromium: what a person sees and does."""

from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Visitor
from tests.browser.world import PUSH, Stage

pytestmark = pytest.mark.browser

WIDTHS = "[document.documentElement.scrollWidth, document.querySelector('#lines').scrollWidth]"


async def test_a_member_speaks_in_a_group_and_the_bot_answers(
    desk: Visitor, stage: Stage, tmp_path: Path
) -> None:
    await desk.open("#/chen/g:yx")
    before = await desk.messages()
    await desk.say("@连心 医保到几号\n俺还没缴")
    await expect(desk.page.locator("#lines .message")).to_have_count(len(before) + 2)
    assert (await desk.messages())[-2:] == [
        ("mine", "@连心 医保到几号\n俺还没缴"),
        ("theirs", "听到了：@连心 医保到几号\n俺还没缴"),
    ]
    assert [(asked.sender, asked.chat, asked.mentioned) for asked in stage.echo.asked] == [
        ("chen", "yx", True)
    ]
    picture = tmp_path / "desk.png"
    await desk.page.screenshot(path=picture)
    assert picture.stat().st_size > 10_000


async def test_after_changing_person_the_same_message_stands_on_the_left(desk: Visitor) -> None:
    await desk.open("#/chen/g:yx")
    await desk.say("明天我去")
    await expect(desk.page.locator(".message.mine .bubble").last).to_have_text("明天我去")
    await desk.page.get_by_role("button", name="换人").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="赵大娘").click()
    await expect(desk.page.locator("#self-name")).to_have_text("赵大娘")
    last = desk.page.locator(".message.theirs").last
    await expect(last.locator(".bubble")).to_have_text("明天我去")
    await expect(last.locator(".label")).to_have_text("陈小雨志愿者")


async def test_what_others_write_arrives_live_and_counts_as_unread_elsewhere(
    desk: Visitor, stage: Stage
) -> None:
    await desk.open("#/chen/g:yx")
    await stage.push("yx", "早上好", key="push-1")
    await expect(desk.page.locator(".message .bubble").last).to_have_text("早上好")
    stage.world.write("g:dg", "zhou", "老人院的桌子搬好了")
    stage.world.write("p:li", None, "有人认领了 #1")
    other = desk.page.locator("#chats .row", has_text="东关村")
    await expect(other.locator(".badge")).to_have_text("1")
    await expect(other.locator(".row-second")).to_have_text("周强：老人院的桌子搬好了")
    await expect(desk.page.locator("#people .row", has_text="李书记").locator(".badge")).to_be_visible()
    await other.click()
    await expect(other.locator(".badge")).to_have_count(0)


async def test_the_next_morning_push_comes_now(desk: Visitor) -> None:
    await desk.open("#/wang/g:yx")
    await desk.page.get_by_role("button", name="来一份明早的推送").click()
    await expect(desk.page.locator("#toast")).to_have_text("明早的推送已经送到群里。")
    await expect(desk.page.locator(".message .bubble").last).to_contain_text("有 2 个微心愿等人认领")
    assert (await desk.messages())[-1] == ("theirs", PUSH)


async def test_quick_commands_send_or_fill_the_field(desk: Visitor, stage: Stage) -> None:
    await desk.open("#/chen/p:chen")
    await desk.page.get_by_role("button", name="/心愿 …").click()
    field = desk.page.get_by_label("说点什么")
    await expect(field).to_have_value("/心愿 ")
    await expect(field).to_be_focused()
    await expect(desk.page.get_by_role("button", name="发送")).to_be_visible()
    await field.fill("")
    await expect(desk.page.get_by_role("button", name="发送")).to_be_hidden()
    await desk.page.get_by_role("button", name="/今日").click()
    await expect(desk.page.locator(".message .bubble").last).to_have_text("听到了：/今日")
    assert [asked.text for asked in stage.echo.asked] == ["/今日"]


async def test_shift_enter_is_a_new_line_and_a_draft_waits(desk: Visitor, stage: Stage) -> None:
    await desk.open("#/chen/g:yx")
    field = desk.page.get_by_label("说点什么")
    await field.press_sequentially("一")
    await field.press("Shift+Enter")
    await field.press_sequentially("二")
    await desk.page.locator("#chats .row", has_text="东关村").click()
    await expect(field).to_have_value("")
    mine = desk.page.locator("#chats .row", has_text="永续社区")
    await expect(mine.locator(".draft")).to_have_text("[草稿]")
    await mine.click()
    await expect(field).to_have_value("一\n二")
    await desk.page.get_by_role("button", name="@连心").click()
    await expect(field).to_have_value("一\n二@连心 ")
    assert stage.echo.asked == []


async def test_while_the_bot_thinks_the_page_says_so(desk: Visitor, stage: Stage) -> None:
    stage.echo.pause = 1.0
    await desk.open("#/chen/p:chen")
    await desk.say("低保咋办")
    await expect(desk.page.locator("#typing")).to_have_text("对方正在输入…")
    await expect(desk.page.locator(".message .bubble").last).to_have_text("听到了：低保咋办")
    await expect(desk.page.locator("#typing")).to_have_text("")


async def test_markup_in_a_message_is_only_text(desk: Visitor) -> None:
    attack = "<img src=x onerror=alert(1)><script>alert(2)</script>]]>"
    await desk.open("#/chen/g:yx")
    await desk.say(f"@连心 {attack}")
    await expect(desk.page.locator(".message .bubble").last).to_have_text(f"听到了：@连心 {attack}")
    await expect(desk.page.locator("#chats .row-second").first).to_contain_text(attack)
    assert await desk.page.locator("#lines img:not(.avatar), #lines script").count() == 0


async def test_a_message_that_did_not_get_out_is_marked_and_sent_again_once(
    desk: Visitor, stage: Stage
) -> None:
    await desk.open("#/chen/g:yx")
    await desk.page.route("**/simulator/messages", lambda route: route.abort())
    await desk.say("@连心 在吗")
    mark = desk.page.get_by_role("button", name="没发出去，点这里重发")
    await expect(mark).to_be_visible()
    desk.complaints.clear()
    await desk.page.unroute("**/simulator/messages")
    await mark.click()
    await expect(desk.page.locator(".message .bubble").last).to_have_text("听到了：@连心 在吗")
    await expect(mark).to_have_count(0)
    assert [text for _, _, text in stage.world.said()].count("@连心 在吗") == 1
    assert [text for _, text in await desk.messages()].count("@连心 在吗") == 1


async def test_after_a_restart_of_the_server_the_page_catches_up(
    desk: Visitor, server: TestServer, stage: Stage
) -> None:
    await desk.open("#/chen/g:yx")
    port = server.port
    await server.close()
    await expect(desk.page.locator("#offline")).to_be_visible()
    stage.world.write("g:yx", "wang", "你不在的时候说的")
    revived = Stage()
    revived.world.kept = stage.world.kept
    async with TestServer(revived.application(), host="127.0.0.1", port=port):
        await expect(desk.page.locator(".message .bubble").last).to_have_text(
            "你不在的时候说的", timeout=20_000
        )
        await expect(desk.page.locator("#offline")).to_be_hidden()
    desk.complaints.clear()


async def test_over_a_new_database_the_page_starts_again(desk: Visitor, server: TestServer) -> None:
    await desk.open("#/chen/g:yx")
    port = server.port
    await server.close()
    emptied = Stage()
    emptied.world.write("g:yx", "wang", "新的一天")
    async with TestServer(emptied.application(), host="127.0.0.1", port=port):
        await expect(desk.page.locator(".message .bubble")).to_have_text(["新的一天"], timeout=20_000)
    desk.complaints.clear()


async def test_on_a_phone_list_and_chat_are_two_screens(phone: Visitor, tmp_path: Path) -> None:
    await phone.open("#/zhao")
    await expect(phone.page.locator("#open-chat")).to_be_hidden()
    await phone.page.locator("#chats .row", has_text="永续社区").tap()
    await expect(phone.page.get_by_role("heading", level=1)).to_have_text("永续社区志愿服务群")
    await expect(phone.page.locator("#chats")).to_be_hidden()
    await phone.page.screenshot(path=tmp_path / "phone.png")
    await phone.page.get_by_role("button", name="返回聊天列表").tap()
    await expect(phone.page.locator("#chats")).to_be_visible()
    await expect(phone.page.locator("#open-chat")).to_be_hidden()


@pytest.mark.parametrize("letters", ["100%", "200%"])
async def test_nothing_is_wider_than_the_phone(phone: Visitor, stage: Stage, letters: str) -> None:
    stage.world.write(
        "g:yx", "wang", f"网址 https://example.invalid/{'a' * 300}\n1. {'长' * 200}\n表格|{'-' * 200}|"
    )
    await phone.open("#/zhao/g:yx")
    await phone.page.evaluate("size => { document.documentElement.style.fontSize = size }", letters)
    await phone.say("嗯" * 400)
    await expect(phone.page.locator(".message.mine .bubble").last).to_have_text("嗯" * 400)
    frame, lines = await phone.page.evaluate(WIDTHS)
    assert (frame, lines) == (PHONE["width"], PHONE["width"])
    await phone.page.get_by_role("button", name="返回聊天列表").tap()
    assert await phone.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_time_stamps_read_as_in_wechat(desk: Visitor, stage: Stage) -> None:
    stage.world.write("g:yx", "wang", "早", stage.clock.now().replace(hour=8, minute=0))
    stage.world.write("g:yx", "wang", "大家早", stage.clock.now().replace(hour=8, minute=4))
    await desk.open("#/chen/g:yx")
    await expect(desk.page.locator("#lines .stamp")).to_have_text(["昨天 18:20", "08:00"])
    await expect(desk.page.locator("#chats .row-time").first).to_have_text("08:04")


async def test_the_first_visit_says_what_this_page_is_once(desk: Visitor) -> None:
    await desk.open()
    await expect(desk.page.locator("#hint")).to_contain_text("演示用，不连真实微信。")
    await desk.page.get_by_role("button", name="知道了").click()
    await desk.page.reload()
    await expect(desk.page.locator("#chats .row")).to_have_count(3)
    await expect(desk.page.locator("#hint")).to_be_hidden()
