"""How a digest looks on each platform: markdown where it fits, else the same words as text, in parts."""

from datetime import date

from bot.channels import group_robot, wecom_messages
from bot.channels.sizes import APP, messages_by_platform
from bot.chat.reply import Markdown, Reply, Text
from handlers.digests import phrases
from handlers.digests.morning import Morning, Told
from storage.digests import Item

DAY = date(2026, 3, 5)


def morning(items: int) -> Reply:
    told = Told(Item("k", "case", "题", "文文文", "源", DAY, why="用得上。"))
    return phrases.digest(Morning(DAY, told=(told,) * items, open_wishes=3))


def test_a_digest_is_markdown_in_wecom_and_text_elsewhere() -> None:
    reply = morning(1)
    (part,) = reply.parts
    assert part == Markdown(
        "**【连心早报】3月5日 星期四**\n\n**1. 〔案例〕题**\n> 用得上。\n文文文\n（源）\n\n"
        "本群还有 3 个心愿待认领，发“/心愿单”看。\n\n"
        "> @我 发序号看全文；不想收了，请村（社区）干部在群里发“/退订”。",
        "【连心早报】3月5日 星期四\n\n1. 〔案例〕用得上。\n【题】文文文\n（源）\n\n"
        "本群还有 3 个心愿待认领，发“/心愿单”看。\n\n"
        "@我 发序号看全文；不想收了，请村（社区）干部在群里发“/退订”。",
        published=True,
    )
    assert wecom_messages.rendered(reply.parts, group_robot.ROOM) == [part]
    assert set(messages_by_platform(reply).values()) == {1}


def test_a_long_one_is_text_in_parts_where_markdown_does_not_fit() -> None:
    reply = morning(36)
    messages = wecom_messages.rendered(reply.parts, APP)
    assert all(isinstance(message, Text) for message in messages)
    assert all(len(message.plain().encode()) <= APP.text for message in messages)
    assert messages_by_platform(reply) == {"企业微信应用": 2, "群机器人": 1, "智能机器人": 1, "公众号": 2}
