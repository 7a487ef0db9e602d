"""Template cards at the imitated WeCom: their form, their clicks, their updates."""

from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.platform.app_messages import SEND, UPDATE_CARD
from tests.platform.caller import Caller
from tests.platform.clock import StandingClock
from tests.platform.wecom import WeComServer
from tests.platform.wecom_sender import AppAccount, WeComSender

ACCOUNT = AppAccount()
AGENT = ACCOUNT.agent_id
TITLE = {"title": "微心愿 #42", "desc": "独居老人王某想要一台收音机"}
CLAIM = {
    "card_type": "button_interaction",
    "main_title": TITLE,
    "horizontal_content_list": [{"keyname": "登记人", "value": "小周"}],
    "button_list": [{"text": "我来认领", "style": 1, "key": "claim:42"}],
    "task_id": "wish_42_v1",
}
NOTICE = {
    "card_type": "text_notice",
    "main_title": TITLE,
    "card_action": {"type": 1, "url": "https://example.org"},
}
NEWS = {**NOTICE, "card_type": "news_notice", "card_image": {"url": "https://example.org/a.png"}}
OPTION = {"id": "1", "text": "是"}
VOTE = {
    "card_type": "vote_interaction",
    "main_title": TITLE,
    "task_id": "vote_1",
    "checkbox": {"question_key": "q", "mode": 1, "option_list": [{**OPTION, "is_checked": True}]},
    "submit_button": {"text": "提交", "key": "submit"},
}
CHOICE = {
    "card_type": "multiple_interaction",
    "main_title": TITLE,
    "task_id": "choice_1",
    "select_list": [{"question_key": "q", "title": "哪天", "option_list": [OPTION]}],
    "submit_button": {"text": "提交", "key": "submit"},
}


@pytest.fixture
async def server() -> AsyncIterator[WeComServer]:
    running = WeComServer(StandingClock())
    running.add_app(secret="right")
    for userid in ("lihua", "zhao"):
        running.add_member(userid)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def caller(server: WeComServer) -> AsyncIterator[Caller]:
    async with Caller(server.base) as client:
        client.token = server.tokens.give("right")["access_token"]
        yield client


def message(card: Any) -> dict[str, Any]:
    return {"touser": "lihua|zhao", "agentid": AGENT, "msgtype": "template_card", "template_card": card}


@pytest.mark.parametrize("card", [CLAIM, NOTICE, NEWS, VOTE, CHOICE], ids=lambda card: card["card_type"])
async def test_a_card_of_each_type(server: WeComServer, caller: Caller, card: dict[str, Any]) -> None:
    sent = await caller.post(SEND, message(card))
    assert sent["errcode"] == 0
    assert ("response_code" in sent) == card["card_type"].endswith("interaction")
    assert len(server.ledger.delivered()) == 2


WRONG: list[tuple[dict[str, Any], dict[str, Any], int]] = [
    (CLAIM, {"card_type": "buttons"}, 42031),
    (CLAIM, {"task_id": None}, 42014),
    (CLAIM, {"task_id": "wish 42"}, 42014),
    (CLAIM, {"task_id": "w" * 129}, 42014),
    (CLAIM, {"button_list": [{"text": "甲", "key": str(n)} for n in range(7)]}, 42038),
    (CLAIM, {"button_list": []}, 42038),
    (CLAIM, {"button_list": [{"text": "", "key": "k"}]}, 42038),
    (CLAIM, {"button_list": [{"text": "甲"}]}, 42039),
    (CLAIM, {"button_list": [{"text": "甲", "key": "k" * 1025}]}, 42039),
    (CLAIM, {"button_list": [{"text": "甲", "key": "k"}] * 2}, 42051),
    (CLAIM, {"button_list": [{"text": "甲", "key": "k", "style": 5}]}, 40058),
    (CLAIM, {"horizontal_content_list": [{"keyname": "甲"}] * 7}, 42035),
    (CLAIM, {"horizontal_content_list": [{"value": "甲"}]}, 42027),
    (CLAIM, {"horizontal_content_list": [{"keyname": "甲", "type": 3}]}, 42050),
    (CLAIM, {"jump_list": [{"type": 1, "title": "看", "url": "https://example.org"}] * 4}, 42042),
    (CLAIM, {"jump_list": [{"type": 1, "title": "看"}]}, 42028),
    (CLAIM, {"main_title": {"title": ""}}, 40058),
    (CLAIM, {"colour": "red"}, 40058),
    (NOTICE, {"card_action": None}, 42045),
    (NOTICE, {"card_action": {"type": 0}}, 42045),
    (NOTICE, {"card_action": {"type": 2}}, 42030),
    (NOTICE, {"main_title": {"desc": "x"}}, 42033),
    (NOTICE, {"action_menu": {"action_list": [{"text": "不再提醒", "key": "mute"}]}}, 42014),
    (NEWS, {"card_image": None}, 42044),
    (VOTE, {"checkbox": {"question_key": "q", "option_list": [OPTION] * 21}}, 42037),
    (VOTE, {"submit_button": {"text": "提交"}}, 42046),
    (CHOICE, {"select_list": []}, 42047),
    (CHOICE, {"select_list": [{"question_key": "q", "option_list": [OPTION] * 11}]}, 42037),
]


@pytest.mark.parametrize(("card", "change", "code"), WRONG)
async def test_a_card_that_is_not_right(
    server: WeComServer, caller: Caller, card: dict[str, Any], change: dict[str, Any], code: int
) -> None:
    changed = {name: value for name, value in {**card, **change}.items() if value is not None}
    assert await caller.code(SEND, message(changed)) == code
    assert server.ledger.delivered() == []


async def test_a_task_is_used_once_and_needs_an_address(server: WeComServer, caller: Caller) -> None:
    server.apps["right"].callback = False
    assert await caller.code(SEND, message(CLAIM)) == 43012
    server.apps["right"].callback = True
    assert await caller.code(SEND, message(CLAIM)) == 0
    assert await caller.code(SEND, message(CLAIM)) == 42014
    assert await caller.code(SEND, message({**CLAIM, "task_id": "wish_42_v2"})) == 0


async def test_a_click_and_the_update_it_allows(server: WeComServer, caller: Caller) -> None:
    sender, app = WeComSender(ACCOUNT, server), server.apps["right"]
    await caller.post(SEND, message(CLAIM))
    click = ElementTree.fromstring(sender.card_click("zhao", "wish_42_v1", "claim:42"))
    fields = {child.tag: child.text for child in click}
    code = fields.pop("ResponseCode")
    assert fields == {
        "ToUserName": ACCOUNT.corp_id,
        "FromUserName": "zhao",
        "CreateTime": str(int(server.clock.now().timestamp())),
        "MsgType": "event",
        "Event": "template_card_event",
        "EventKey": "claim:42",
        "TaskId": "wish_42_v1",
        "CardType": "button_interaction",
        "AgentID": str(AGENT),
        "SelectedItems": None,
    }
    update = {"userids": ["zhao", "nobody"], "agentid": AGENT, "response_code": code}
    done = {**update, "button": {"replace_name": "已认领"}}
    assert await caller.code(UPDATE_CARD, update) == 40058
    assert await caller.code(UPDATE_CARD, {**done, "response_code": "x"}) == 60140
    assert await caller.post(UPDATE_CARD, done) == {
        "errcode": 0,
        "errmsg": "ok",
        "invaliduser": ["nobody"],
    }
    assert await caller.code(UPDATE_CARD, done) == 60140
    assert server.messages.screen(app, "wish_42_v1", "zhao") == {"replace_name": "已认领"}
    assert server.messages.screen(app, "wish_42_v1", "lihua") == CLAIM
    with pytest.raises(LookupError):
        sender.card_click("zhao", "wish_42_v1", "claim:42")
    with pytest.raises(LookupError):
        sender.card_click("lihua", "wish_42_v1", "other")


async def test_everybodys_card_is_updated_with_the_code_of_the_message(
    server: WeComServer, caller: Caller
) -> None:
    code = (await caller.post(SEND, message(CLAIM)))["response_code"]
    update = {"atall": 1, "agentid": AGENT, "response_code": code}
    assert await caller.code(UPDATE_CARD, {**update, "template_card": {**NOTICE, "x": 1}}) == 40058
    assert await caller.code(UPDATE_CARD, {**update, "template_card": NOTICE}) == 0
    shown = [server.messages.screen(server.apps["right"], "wish_42_v1", who) for who in ("lihua", "zhao")]
    assert shown == [NOTICE, NOTICE]


async def test_a_code_lives_72_hours(server: WeComServer, caller: Caller) -> None:
    code = (await caller.post(SEND, message(CLAIM)))["response_code"]
    assert isinstance(server.clock, StandingClock)
    server.clock.advance(72 * 3600)
    caller.token = server.tokens.give("right")["access_token"]
    update = {"atall": 1, "agentid": AGENT, "response_code": code, "button": {"replace_name": "已认领"}}
    assert await caller.code(UPDATE_CARD, update) == 60140


def test_what_was_chosen_is_in_the_click() -> None:
    server = WeComServer(StandingClock())
    server.messages.cards[AGENT, "vote_1"] = server.messages.card("vote_1", VOTE, ["lihua"])
    click = WeComSender(ACCOUNT, server).card_click("lihua", "vote_1", "submit", {"q": ["1", "2"]})
    items = ElementTree.fromstring(click).findall("SelectedItems/SelectedItem")
    assert [(item.findtext("QuestionKey"), [o.text for o in item.iter("OptionId")]) for item in items] == [
        ("q", ["1", "2"])
    ]
