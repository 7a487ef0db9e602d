"""WeCom's template cards, held against both platforms that take them, and presses however they are spelt."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.wire import template_card
from bot.channels.wire.template_card import Press, answered, card, fits, read_press, task_id
from bot.chat.errors import Malformed
from bot.chat.reply import Button, Card
from tests.platform import aibot_forms
from tests.platform.cards import INTERACTIVE, NOTICES, check_card

CALM = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WISH = Card(
    "微心愿 #12",
    "永续社区",
    (("想要", "收音机"), ("登记", "3月5日")),
    (Button("认领", "/认领 12"),),
    "微心愿 #12：收音机。想认领，发“/认领 12”。",
)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
cards = st.builds(
    Card,
    title=words,
    description=words,
    rows=st.lists(st.tuples(words, words), max_size=8).map(tuple),
    buttons=st.lists(st.builds(Button, words, words), max_size=8).map(tuple),
    fallback=words,
)


def taken_by_both(written: dict[str, Any]) -> None:
    """Neither platform refuses it."""
    check_card(written, (*NOTICES, *INTERACTIVE), strict=True)
    aibot_forms.require_card(written)


def test_a_card_with_buttons() -> None:
    assert card(WISH, "t-1") == {
        "card_type": "button_interaction",
        "main_title": {"title": "微心愿 #12", "desc": "永续社区"},
        "horizontal_content_list": [
            {"keyname": "想要", "value": "收音机"},
            {"keyname": "登记", "value": "3月5日"},
        ],
        "task_id": "t-1",
        "button_list": [{"text": "认领", "style": 1, "key": "/认领 12"}],
    }


def test_a_card_without_buttons_leads_somewhere() -> None:
    shown = Card("早报", "今天有三件事要办，先把张大爷家的收音机送到，再把这个月的走访补上", (), (), "早报")
    assert card(shown, "t-2", url="https://example.org/") == {
        "card_type": "text_notice",
        "main_title": {"title": "早报"},
        "sub_title_text": "今天有三件事要办，先把张大爷家的收音机送到，再把这个月的走访补上",
        "task_id": "t-2",
        "card_action": {"type": 1, "url": "https://example.org/"},
    }


def test_what_is_too_long_for_a_phone_is_cut() -> None:
    shown = Card(
        "长" * 40, "", (("想要", "收" * 40),), (Button("认领这一个微心愿并马上联系", "/认领 1"),), "长"
    )
    written = card(shown, "t")
    assert written["main_title"]["title"] == "长" * 25 + "…"
    assert written["horizontal_content_list"][0]["value"] == "收" * 25 + "…"
    assert written["button_list"][0]["text"] == "认领这一个微心愿并…"


@CALM
@given(cards)
def test_what_fits_is_taken_and_what_does_not_is_refused(shown: Card) -> None:
    if fits(shown):
        taken_by_both(card(shown, task_id("outbox:1:0", shown)))
    else:
        with pytest.raises(ValueError, match="does not fit"):
            card(shown, "t")


@pytest.mark.parametrize(
    "shown",
    [
        Card(" ", "", (), (), ""),
        Card("一", "长" * 113, (), (), ""),
        Card("一", "", (("行", "值"),) * 7, (), ""),
        Card("一", "", (), tuple(Button(str(n), f"/认领 {n}") for n in range(7)), ""),
        Card("一", "", (), (Button("甲", "/认领 1"), Button("乙", "/认领 1")), ""),
        Card("一", "", (), (Button("甲", "长" * 342),), ""),
        Card("一", "", (), (Button("甲", ""),), ""),
        Card("一", "", (("", "值"),), (), ""),
    ],
)
def test_what_does_not_fit(shown: Card) -> None:
    assert not fits(shown)


@CALM
@given(words.filter(str.strip))
def test_an_answer_becomes_a_notice(text: str) -> None:
    taken_by_both(answered(text, "t-1"))


def test_a_short_answer_is_the_title_and_a_longer_one_is_said_below() -> None:
    assert answered("已认领 #12", "t")["main_title"] == {"title": "已认领 #12"}
    assert answered("认领好了。\n请三天内联系。", "t") == {
        "card_type": "text_notice",
        "main_title": {"title": "认领好了。"},
        "sub_title_text": "请三天内联系。",
        "task_id": "t",
        "card_action": {"type": 1, "url": template_card.HOME},
    }
    assert answered("长" * 200, "t")["sub_title_text"] == "长" * 111 + "…"


def test_the_id_of_a_card_is_that_of_its_retry_and_of_no_other() -> None:
    other = Card("微心愿 #13", "永续社区", (), (), "")
    ids = {task_id("outbox:1:0", WISH), task_id("outbox:1:0", other), task_id("outbox:2:0", WISH)}
    assert len(ids) == 3
    assert task_id("outbox:1:0", WISH) in ids


PRESSES: list[dict[str, Any]] = [
    {
        "eventtype": "template_card_event",
        "template_card_event": {"card_type": "button_interaction", "event_key": "/认领 12", "task_id": "t"},
    },
    {"eventtype": "template_card_event", "event_key": "/认领 12", "task_id": "t"},
    {"eventtype": "template_card_event", "event_key": "/认领 12", "taskid": "t"},
    {"template_card_event": {"event_key": "/认领 12", "taskid": "t"}},
    {"Event": "template_card_event", "EventKey": "/认领 12", "TaskId": "t"},
]


@pytest.mark.parametrize("event", PRESSES)
def test_a_press_is_read_however_it_is_spelt(event: dict[str, Any]) -> None:
    assert read_press(event) == Press("/认领 12", "t")


def test_the_code_that_changes_the_card_is_shown_nowhere() -> None:
    press = read_press({"EventKey": "/认领 1", "TaskId": "t", "ResponseCode": "secret-code"})
    assert press.response_code == "secret-code"
    assert "secret-code" not in repr(press)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["event_key", "task_id", "taskid", "template_card_event", "EventKey", "TaskId"])


@CALM
@given(st.dictionaries(names, json_values | st.dictionaries(names, json_values, max_size=3), max_size=4))
def test_whatever_a_press_is_made_of_it_is_read_or_malformed(event: dict[str, Any]) -> None:
    try:
        press = read_press(event)
    except Malformed:
        return
    assert press.command
