"""What the robot makes of a mention, and of plain words that markdown would garble."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.aibot_markdown import messages, tame
from bot.channels.limits import AIBOT_MARKDOWN
from bot.channels.wire.aibot_messages import Robot, read_update, without_mention
from bot.chat.errors import Malformed
from bot.chat.reply import Button, Card, Image, Markdown, Part, Text
from bot.chat.update import Update
from tests.clock import FrozenClock

NAME = "连心 村务助手"


@pytest.mark.parametrize(
    ("text", "known", "unknown"),
    [
        ("@连心 村务助手 /心愿 列表", "/心愿 列表", "/心愿 列表"),
        ("@连心 村务助手\u2005／认领　12", "／认领　12", "／认领　12"),
        ("@连心 村务助手/帮助", "/帮助", "村务助手/帮助"),
        ("/心愿 列表 @连心 村务助手", "/心愿 列表", "/心愿 列表"),
        ("低保怎么申请 @连心 村务助手 ", "低保怎么申请", "低保怎么申请"),
        ("@连心 村务助手 低保/特困怎么申请", "低保/特困怎么申请", "村务助手 低保/特困怎么申请"),
        ("@连心 村务助手 https://example.org/a 是真的吗", "https://example.org/a 是真的吗",
         "村务助手 https://example.org/a 是真的吗"),
        ("＠连心 村务助手 帮助", "帮助", "村务助手 帮助"),
        ("@连心 村务助手", "", "村务助手"),
        ("@连心 村务助手小王 帮助", "村务助手小王 帮助", "村务助手小王 帮助"),
        ("@RobotA /wish", "/wish", "/wish"),
        ("@RobotA/wish", "/wish", "/wish"),
        ("@张三 @连心 村务助手 /认领 12", "@张三 /认领 12", "/认领 12"),
        ("/反馈 邮箱是 a@b.cn", "/反馈 邮箱是 a@b.cn", "/反馈 邮箱是 a@b.cn"),
        ("帮助", "帮助", "帮助"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_the_robots_name_is_cut_out(text: str, known: str, unknown: str) -> None:
    assert (without_mention(text, NAME), without_mention(text, "")) == (known, unknown)


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("# 标题", "＃ 标题"),
        ("#12 号心愿", "#12 号心愿"),
        ("1. 甲\n3. 乙\n5) 丙", "1． 甲\n3． 乙\n5） 丙"),
        ("2.5 元", "2.5 元"),
        ("- 身份证\n- 户口本", "- 身份证\n- 户口本"),
        ("标题\n---\n正文\n===", "标题\n－－－\n正文\n＝＝＝"),
        ("    缩进", "　　缩进"),
        ("*号_和`[链](接)~~<b>|$x$\\", "＊号＿和｀［链］(接)～～＜b＞｜＄x＄＼"),
        ("见 https://example.org/a_b*c?x=[1] 的_说明", "见 https://example.org/a_b*c?x=[1] 的＿说明"),
    ],
)
def test_plain_words_stay_what_they_are(plain: str, shown: str) -> None:
    assert tame(plain) == shown


@given(st.text(alphabet="*_`~<>[]|\\$#.)-= \n\t1甲第条https://a", max_size=60))
def test_tame_words_hold_nothing_that_markdown_acts_on(text: str) -> None:
    tamed = tame(text)
    assert tame(tamed) == tamed
    outside = re.sub(r"https?://[!-~]+", "", tamed)
    assert not set(outside) & set("*_`~<>[]|\\$")
    assert not re.search(r"^[ \t]*#{1,6}(\s|$)|^[ \t]*\d{1,9}[.)]\s|^ {4}|^\t", tamed, re.MULTILINE)


CARD = Card("心愿 #12", "", (), (Button("认领", "/认领 12"),), "心愿 #12")
WIDE = Card("心愿", "", tuple((f"第{n}项", "有") for n in range(9)), (), "九项")


def test_a_card_that_fits_no_template_becomes_words() -> None:
    (message,) = messages([WIDE], media=True)
    assert isinstance(message, Markdown) and message.text.startswith("**心愿**\n> 第0项　有")


@given(
    st.lists(
        st.one_of(
            st.text(alphabet="一二三。*# \n1.", max_size=9000).map(Text),
            st.just(CARD),
            st.just(WIDE),
            st.just(Image("key", "图.png", "一张图")),
            st.just(Markdown("**今日**", "今日")),
        ),
        max_size=5,
    ),
    st.booleans(),
)
def test_rendering_again_changes_nothing_and_no_message_is_too_long(parts: list[Part], media: bool) -> None:
    once = messages(parts, media=media)
    assert messages(once, media=media) == once
    for message in once:
        assert not isinstance(message, Markdown) or 0 < len(message.text.encode()) <= AIBOT_MARKDOWN
    assert sum(isinstance(message, Card) for message in once) == parts.count(CARD)


NAMES = ("msgid", "msgtype", "chattype", "chatid", "from", "userid", "corpid", "text", "content", "mixed", "msg_item",
         "voice", "event", "eventtype", "template_card_event", "event_key", "task_id", "create_time")  # fmt: skip
WORDS = (
    "text",
    "mixed",
    "voice",
    "event",
    "group",
    "single",
    "enter_chat",
    "template_card_event",
    "lihua",
    "@连心 /帮助",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=9)
    ),
    max_leaves=20,
)
BODIES = st.fixed_dictionaries(
    {
        "msgid": st.just("M1") | JSON,
        "from": st.just({"userid": "lihua"}) | JSON,
        "msgtype": st.sampled_from(WORDS) | JSON,
    },
    optional={name: JSON for name in NAMES if name not in ("msgid", "from", "msgtype")},
)


@given(BODIES)
def test_whatever_comes_is_an_update_or_malformed(body: dict[str, object]) -> None:
    clock = FrozenClock()
    try:
        update = read_update(body, Robot("wecom_aibot", NAME, "ww1"), now=clock.now(), zone=clock.zone)
    except Malformed:
        return
    assert update.key and update.sender
    assert Update.from_json(update.to_json()) == update
    assert "\0" not in update.to_json()
    assert update.to_json().encode()
