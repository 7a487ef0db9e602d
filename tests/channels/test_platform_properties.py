"""Whatever is sent, the imitations answer with an errcode; whatever the order, their windows hold."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.platform.clock import StandingClock
from tests.platform.ledger import Outcome, Window
from tests.platform.official_api import OfficialApiServer
from tests.platform.server import ApiServer, Call
from tests.platform.webhook import GroupRobotServer
from tests.platform.wecom import WeComServer

WORDS = (
    *("touser", "toparty", "agentid", "msgtype", "content", "media_id", "articles", "title", "url", "key"),
    *("text", "markdown", "image", "file", "news", "template_card", "card_type", "main_title", "task_id"),
    *(
        "button_list",
        "card_action",
        "type",
        "button_interaction",
        "text_notice",
        "news_notice",
        "md5",
        "base64",
    ),
    *("chatid", "userlist", "owner", "name", "template_id", "data", "value", "button", "sub_button", "click"),
    *(
        "action_name",
        "action_info",
        "scene",
        "scene_str",
        "QR_STR_SCENE",
        "response_code",
        "userids",
        "atall",
    ),
    *(
        "lihua",
        "o1",
        "T1",
        "thing1",
        "c1",
        "client_msg_id",
        "enable_duplicate_check",
        "msgid",
        "horizontal_content_list",
    ),
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.just(1_000_002)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text()
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=6)
MESSAGES = st.builds(
    lambda body, kind, inner: {**body, "touser": "lihua", "agentid": 1_000_002, "msgtype": kind, kind: inner},
    BODIES.map(lambda body: {name: value for name, value in body.items() if name in ("safe", "chatid")}),
    st.sampled_from(["text", "markdown", "image", "news", "template_card", "msgmenu", "textcard"]),
    VALUES,
)


ACTION = {"type": 1, "url": "https://example.org"}
ROW = {"keyname": "登记人", "value": "小周", "type": 3, "userid": "lihua"}
CARDS: list[dict[str, Any]] = [
    {
        "card_type": "button_interaction",
        "main_title": {"title": "微心愿", "desc": "一台收音机"},
        "horizontal_content_list": [ROW],
        "jump_list": [{**ACTION, "title": "看"}],
        "action_menu": {"desc": "更多", "action_list": [{"text": "不再提醒", "key": "mute"}]},
        "button_list": [{"text": "认领", "style": 1, "key": "claim"}],
        "task_id": "t1",
    },
    {"card_type": "text_notice", "main_title": {"title": "早报"}, "card_action": ACTION},
    {
        "card_type": "vote_interaction",
        "main_title": {"title": "投票"},
        "task_id": "t2",
        "checkbox": {"question_key": "q", "option_list": [{"id": "1", "text": "是"}]},
        "submit_button": {"text": "提交", "key": "submit"},
    },
]


@st.composite
def spoiled_cards(draw: st.DrawFn) -> dict[str, Any]:
    """A message with a right card in which one thing, somewhere, is something else."""
    card = json.loads(json.dumps(draw(st.sampled_from(CARDS))))
    place: Any = card
    while True:
        at = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[at], dict | list) or draw(st.integers(0, 3)) == 0:
            break
        place = place[at]
    place[at] = draw(VALUES)
    return {"touser": "lihua", "agentid": 1_000_002, "msgtype": "template_card", "template_card": card}


def official() -> tuple[ApiServer, str]:
    server = OfficialApiServer("wx1", "s", StandingClock())
    server.note_message("o1")
    server.note_message("lihua")
    server.templates.add("T1", "thing1")
    return server, server.tokens.give("any")["access_token"]


def corp() -> tuple[ApiServer, str]:
    server = WeComServer(StandingClock())
    server.add_app(secret="right")
    server.add_member("lihua")
    return server, server.tokens.give("right")["access_token"]


def robots() -> tuple[ApiServer, str]:
    server = GroupRobotServer(StandingClock())
    return server, server.add_robot("群", members=["lihua"])


@pytest.mark.parametrize("make", [official, corp, robots])
@settings(derandomize=True, deadline=None, max_examples=100)
@given(body=BODIES | MESSAGES | spoiled_cards() | VALUES)
def test_whatever_is_sent_is_answered_with_an_errcode(make: Any, body: Any) -> None:
    server, token = make()
    sent = json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")
    name = "key" if make is robots else "access_token"
    posts = [path for method, path in server.endpoints if method == "POST"]
    assert posts
    for path in posts:
        query = {name: token, **({"type": "file"} if "upload" in path else {})}
        answer = server.answer("POST", Call(path, query, sent, "application/json"))
        assert isinstance(answer, dict)
        assert isinstance(answer.get("errcode", 0), int)
    for entry in server.ledger.entries:
        assert (entry.outcome is Outcome.REFUSED) == (entry.code != 0)


@settings(derandomize=True, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30)), max_size=60))
def test_a_window_never_lets_more_through_and_never_less(steps: Iterable[tuple[str, int]]) -> None:
    clock, window = StandingClock(), Window(3, timedelta(seconds=60))
    taken: list[tuple[str, datetime]] = []
    for key, seconds in steps:
        clock.advance(seconds)
        now = clock.now()
        recent = sum(other == key and now - at < timedelta(seconds=60) for other, at in taken)
        assert window.full(key, now) == (recent >= 3)
        assert window.take(key, now) == (recent < 3)
        if recent < 3:
            taken.append((key, now))
