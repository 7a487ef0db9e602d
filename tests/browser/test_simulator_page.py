"""The simulator page in a real Chromium: what a person sees and does."""

from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from bot.chat.reply import Button, Card, File, Image, Link, Markdown
from bot.chat.update import Kind
from tests.browser.conftest import PHONE, Visitor
from tests.browser.world import PUSH, Stage

pytestmark = pytest.mark.browser

KEPT = "7f" * 32
GREEN = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63605fe0030001a5"
    "00f409a9b7790000000049454e44ae426082"
)
"""A PNG of one green point."""
CARD = Card(
    title="点一下就认领",
    description="",
    rows=(("#1", "暖阳1（永续社区）：想要一台收音机"), ("#2", "暖阳2（永续社区）：想要一个暖水袋")),
    buttons=(Button("认领 #1", "/认领 1"), Button("认领 #2", "/认领 2")),
    fallback="",
)

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


async def test_a_card_is_drawn_and_its_button_pressed(desk: Visitor, stage: Stage) -> None:
    stage.world.write("g:yx", None, "待认领心愿（共 2 个）", CARD)
    await desk.open("#/chen/g:yx")
    card = desk.page.get_by_role("group", name="点一下就认领")
    await expect(card.locator("dt")).to_have_text(["#1", "#2"])
    await expect(card.locator("dd")).to_have_text([words for _, words in CARD.rows])
    await expect(card.get_by_role("button")).to_have_text(["认领 #1", "认领 #2"])
    await card.get_by_role("button", name="认领 #2").click()
    await expect(desk.page.locator(".message .bubble").last).to_have_text("听到了：/认领 2")
    line = len(stage.world.kept) - 1
    assert [(asked.sender, asked.chat, asked.kind, asked.text, asked.card) for asked in stage.echo.asked] == [
        ("chen", "yx", Kind.CLICK, "/认领 2", f"{line}.1")
    ]


async def test_a_button_is_reached_by_the_keyboard_and_deaf_while_it_works(
    desk: Visitor, stage: Stage
) -> None:
    stage.world.write("p:chen", None, CARD)
    stage.echo.held.clear()
    await desk.open("#/chen/p:chen")
    await expect(desk.page.locator("#chats .row-second").first).to_have_text("点一下就认领")
    first = desk.page.get_by_role("button", name="认领 #1")
    await desk.page.locator("#lines").focus()
    await desk.page.keyboard.press("Tab")
    await expect(first).to_be_focused()
    await desk.page.keyboard.press("Enter")
    await expect(first).to_have_attribute("aria-disabled", "true")
    await desk.page.keyboard.press("Enter")
    await desk.page.keyboard.press("Enter")
    stage.echo.held.set()
    await expect(first).to_have_attribute("aria-disabled", "false")
    await expect(first).to_be_focused()
    await expect(desk.page.locator(".message .bubble")).to_have_text(["听到了：/认领 1"])
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.locator(".message .bubble")).to_have_text(["听到了：/认领 1"] * 2)
    assert [(asked.text, asked.chat) for asked in stage.echo.asked] == [("/认领 1", None)] * 2


async def test_a_press_that_did_not_get_out_says_so_and_can_be_repeated(desk: Visitor, stage: Stage) -> None:
    stage.world.write("g:yx", None, CARD)
    await desk.open("#/chen/g:yx")
    await desk.page.route("**/simulator/presses", lambda route: route.abort())
    pressed = desk.page.get_by_role("button", name="认领 #1")
    async with desk.page.expect_console_message():
        await pressed.click()
    await expect(desk.page.locator("#toast")).to_have_text("连不上服务，请看看连心是不是还开着。")
    await expect(pressed).to_have_attribute("aria-disabled", "false")
    desk.complaints.clear()
    await desk.page.unroute("**/simulator/presses")
    await pressed.click()
    await expect(desk.page.locator(".message .bubble").last).to_have_text("听到了：/认领 1")


async def test_markdown_is_marked_up_and_never_markup(desk: Visitor, stage: Stage) -> None:
    said = """# 今日简报
**低保**怎么办<b>吗</b>
> 第九条 申请
> 向**乡镇**提出
1. 带 `身份证`
- [原文](https://example.invalid/9)、[坏的](javascript:alert(1))
<img src=x onerror=alert(2)>"""
    stage.world.write("g:yx", None, Markdown(said, "低保怎么办", "依据：《社会救助暂行办法》第九条"))
    await desk.open("#/chen/g:yx")
    bubble = desk.page.locator(".message .bubble").last
    await expect(bubble.locator("strong")).to_have_text(["今日简报", "低保", "乡镇"])
    await expect(bubble.locator("blockquote")).to_have_text(["第九条 申请向乡镇提出"])
    await expect(bubble.locator("code")).to_have_text(["身份证"])
    await expect(bubble.locator(".marker")).to_have_text(["1. ", "• "])
    await expect(bubble.locator("a")).to_have_text(["原文"])
    await expect(bubble).to_contain_text("<b>吗</b>")
    await expect(bubble).to_contain_text("<img src=x onerror=alert(2)>")
    await expect(bubble.locator(".words-line").last).to_have_text("依据：《社会救助暂行办法》第九条")
    assert await desk.page.locator("#lines img:not(.avatar), #lines b").count() == 0


async def test_addresses_are_links_and_only_those_of_the_web(desk: Visitor, stage: Stage) -> None:
    stage.world.write(
        "g:yx", "wang", "看这里https://example.invalid/a?b=1&c=2。再看(http://example.invalid/x)."
    )
    stage.world.write("g:yx", None, Link("办事指南", "低保怎么申请", "https://example.invalid/guide"))
    stage.world.write("g:yx", None, Link("坏链接", "", "javascript:alert(1)"))
    await desk.open("#/chen/g:yx")
    links = desk.page.locator("#lines a")
    assert [
        [await one.get_attribute(name) for name in ("href", "target", "rel")] for one in await links.all()
    ] == [
        [address, "_blank", "noopener noreferrer"]
        for address in (
            "https://example.invalid/a?b=1&c=2",
            "http://example.invalid/x",
            "https://example.invalid/guide",
        )
    ]
    await expect(desk.page.locator(".card-title")).to_have_text(["办事指南", "坏链接"])
    await expect(desk.page.locator(".card-words")).to_have_text(["低保怎么申请"])


async def test_a_picture_is_shown_and_its_words_where_it_is_gone(desk: Visitor, stage: Stage) -> None:
    stage.world.attachments[KEPT] = GREEN
    stage.world.write(
        "g:yx", None, Image(KEPT, "绿.png", "一个绿点"), File(KEPT, "名单.xlsx", "本月走访名单")
    )
    stage.world.write("g:yx", None, Image("0" * 64, "没了.png", "原来有张照片"))
    async with desk.page.expect_console_message():
        await desk.open("#/chen/g:yx")
    assert len(desk.complaints) == 1 and "404" in desk.complaints.pop()
    shown = desk.page.get_by_role("img", name="一个绿点")
    await expect(shown).to_have_js_property("naturalWidth", 1)
    await expect(desk.page.locator(".message .bubble").last).to_have_text("原来有张照片")
    saved = desk.page.get_by_role("link", name="名单.xlsx")
    await expect(saved).to_have_attribute("download", "名单.xlsx")
    async with desk.page.expect_download() as download:
        await saved.click()
    assert (await (await download.value).path()).read_bytes() == GREEN
    await expect(desk.page.locator(".card-words")).to_have_text("本月走访名单")


async def test_a_picture_is_sent_by_the_button_beside_the_field(desk: Visitor, stage: Stage) -> None:
    await desk.open("#/chen/p:chen")
    chosen = desk.page.get_by_label("发一张照片")
    await chosen.set_input_files([{"name": "绿.png", "mimeType": "image/png", "buffer": GREEN}])
    await expect(desk.page.locator(".message.mine .bubble")).to_have_text("〔图片〕")
    await expect(desk.page.locator(".message.theirs .bubble")).to_have_text("听到了：")
    (asked,) = stage.echo.asked
    assert (asked.kind, asked.private, asked.text) == (Kind.PICTURE, True, "")
    assert await stage.simulator.picture(asked.media) == GREEN


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
    stage.world.attachments[KEPT] = GREEN
    wide = Card("题" * 60, "d" * 200, (("n" * 90, "v" * 90),), (Button("按" * 40, "/认领 1"),) * 3, "")
    marked = Markdown(f"> {'q' * 200}\n- `{'c' * 200}`\n**{'b' * 200}**", "")
    address = f"https://example.invalid/{'p' * 200}"
    stage.world.write("g:yx", None, wide, marked, Link("", "", address), Image(KEPT, "", ""), CARD)
    await phone.open("#/zhao/g:yx")
    await phone.page.evaluate("size => { document.documentElement.style.fontSize = size }", letters)
    await phone.say("嗯" * 400)
    await expect(phone.page.locator(".message.mine .bubble").last).to_have_text("嗯" * 400)
    frame, lines = await phone.page.evaluate(WIDTHS)
    assert (frame, lines) == (PHONE["width"], PHONE["width"])
    await phone.page.get_by_role("button", name="返回聊天列表").tap()
    assert await phone.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_time_stamps_read_as_in_wechat(desk: Visitor, stage: Stage) -> None:
    stage.world.write("g:yx", "wang", "早", at=stage.clock.now().replace(hour=8, minute=0))
    stage.world.write("g:yx", "wang", "大家早", at=stage.clock.now().replace(hour=8, minute=4))
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
