"""The simulator's routes over a world in memory, through real HTTP on loopback."""

import asyncio
import io
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import phrases, simulator
from bot.chat.channel import Recipient
from bot.chat.reply import Button, Card, Image, Markdown, Part, Reply, Text
from bot.chat.update import Kind, Update
from tests.browser.world import PUSH, Stage

Client = TestClient[Any, Any]
HELLO = {"as": "chen", "chat": "g:yx", "text": "@连心 你好", "key": "key-00001"}
PRESS = {"as": "chen", "chat": "g:yx", "card": "1.1", "text": "/认领 2", "key": "press-0001"}
KEPT = "7f" * 32
PICTURE = Image(KEPT, "收音机.png", "一台收音机")
CARD = Card(
    title="点一下就认领",
    description="",
    rows=(("#1", "收音机"), ("#2", "暖水袋")),
    buttons=(Button("认领 #1", "/认领 1"), Button("认领 #2", "/认领 2")),
    fallback="",
)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def client(stage: Stage) -> AsyncIterator[Client]:
    async with TestClient(TestServer(stage.application(), host="127.0.0.1")) as ready:
        yield ready


async def events(response: ClientResponse, count: int) -> list[dict[str, Any]]:
    """The next `count` events that carry a line."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(5):
        while len(found) < count:
            line = (await response.content.readline()).decode()
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
    return found


async def refusal(response: ClientResponse) -> tuple[int, str]:
    return response.status, (await response.json())["error"]


async def test_a_message_becomes_a_line_an_update_and_an_answer(client: Client, stage: Stage) -> None:
    response = await client.post("/simulator/messages", json=HELLO)
    assert (response.status, await response.json()) == (200, {"ok": True, "later": False})
    assert stage.world.said() == [
        ("g:yx", "chen", "@连心 你好"),
        ("g:yx", None, "听到了：@连心 你好"),
    ]
    assert stage.echo.asked == [
        Update(
            channel="simulator",
            key="key-00001",
            sender="chen",
            at=stage.clock.now(),
            text="@连心 你好",
            chat="yx",
            mentioned=True,
            sender_name="陈小雨",
        )
    ]


async def test_a_private_chat_has_no_group_and_idle_talk_in_a_group_no_answer(
    client: Client, stage: Stage
) -> None:
    await client.post("/simulator/messages", json={**HELLO, "chat": "p:chen", "text": "低保咋办"})
    await client.post("/simulator/messages", json={**HELLO, "text": "吃了吗", "key": "key-00002"})
    assert [(asked.chat, asked.mentioned) for asked in stage.echo.asked] == [(None, False), ("yx", False)]
    assert stage.world.said() == [
        ("p:chen", "chen", "低保咋办"),
        ("p:chen", None, "听到了：低保咋办"),
        ("g:yx", "chen", "吃了吗"),
    ]


async def test_a_retry_with_the_same_key_changes_nothing(client: Client, stage: Stage) -> None:
    for _ in range(3):
        assert (await client.post("/simulator/messages", json=HELLO)).status == 200
    assert len(stage.world.kept) == 2
    assert len(stage.echo.asked) == 1


async def test_an_answer_that_comes_later_is_announced(client: Client, stage: Stage) -> None:
    stage.echo.late = True
    response = await client.post("/simulator/messages", json=HELLO)
    assert await response.json() == {"ok": True, "later": True}
    assert stage.world.said() == [("g:yx", "chen", "@连心 你好")]


async def test_sending_twice_under_one_key_says_it_once(stage: Stage) -> None:
    for _ in range(2):
        await stage.push("yx", "早上好", key="out-1")
    await stage.simulator.send(Recipient("li"), CARD, key="out-2")
    assert [(line.chat, line.sender, line.parts) for line in stage.world.kept] == [
        ("g:yx", None, (Text("早上好"),)),
        ("p:li", None, (CARD,)),
    ]


def test_words_one_after_another_are_one_bubble(stage: Stage) -> None:
    parts = [
        Text("早上好", "《社会救助暂行办法》第九条"),
        Text("第二段"),
        CARD,
        Text("第三段"),
        PICTURE,
        PICTURE,
    ]
    rendered = stage.simulator.render(Recipient("yx", group=True), parts)
    assert rendered == [
        Text("早上好\n《社会救助暂行办法》第九条\n\n第二段"),
        CARD,
        Text("第三段"),
        PICTURE,
        PICTURE,
    ]
    assert stage.simulator.render(Recipient("yx", group=True), rendered) == rendered
    assert stage.simulator.render(Recipient("yx", group=True), []) == []


WORDS = st.text("字 \n", max_size=4)
ANY_PART = st.one_of(
    st.builds(Text, WORDS, WORDS),
    st.builds(Markdown, WORDS, WORDS, WORDS),
    st.just(CARD),
    st.just(PICTURE),
)


@given(st.lists(ANY_PART, max_size=6))
def test_rendering_says_the_same_words_and_again_changes_nothing(parts: list[Part]) -> None:
    simulator, to = Stage().simulator, Recipient("yx", group=True)
    rendered = simulator.render(to, parts)
    assert Reply(tuple(rendered)).plain() == Reply(tuple(parts)).plain()
    assert simulator.render(to, rendered) == rendered
    assert not any(
        isinstance(one, Text) and isinstance(two, Text) for one, two in itertools.pairwise(rendered)
    )


# -- parts, buttons, attachments ---------------------------------------------------------------------


async def test_the_page_gets_each_part_with_its_id_and_the_words_of_all(client: Client, stage: Stage) -> None:
    stage.echo.answers["/心愿单"] = [Text("心愿单（共 1 个）："), CARD, PICTURE]
    await client.post("/simulator/messages", json={**HELLO, "text": "/心愿单"})
    asked, answered = (await (await client.get("/simulator/state")).json())["lines"]
    assert (asked["text"], asked["parts"]) == (
        "/心愿单",
        [{"id": "1.0", "text": "/心愿单", "citation": ""}],
    )
    assert answered["text"] == "心愿单（共 1 个）：\n\n一台收音机"
    assert answered["parts"] == [
        {"id": "2.0", "text": "心愿单（共 1 个）：", "citation": ""},
        {
            "id": "2.1",
            "kind": "card",
            "title": "点一下就认领",
            "description": "",
            "rows": [["#1", "收音机"], ["#2", "暖水袋"]],
            "buttons": [
                {"label": "认领 #1", "command": "/认领 1"},
                {"label": "认领 #2", "command": "/认领 2"},
            ],
            "fallback": "",
        },
        {"id": "2.2", "kind": "image", "attachment": KEPT, "name": "收音机.png", "alt": "一台收音机"},
    ]


async def test_a_press_is_a_click_of_that_card_and_its_answer_a_line(client: Client, stage: Stage) -> None:
    stage.world.write("g:yx", None, "心愿单", CARD)
    response = await client.post("/simulator/presses", json=PRESS)
    assert (response.status, await response.json()) == (200, {"ok": True, "later": False})
    assert stage.echo.asked == [
        Update(
            channel="simulator",
            key="press-0001",
            sender="chen",
            at=stage.clock.now(),
            text="/认领 2",
            kind=Kind.CLICK,
            chat="yx",
            sender_name="陈小雨",
            card="1.1",
        )
    ]
    assert stage.world.said() == [("g:yx", None, "心愿单"), ("g:yx", None, "听到了：/认领 2")]


async def test_a_press_delivered_again_says_nothing_new(client: Client, stage: Stage) -> None:
    stage.world.write("g:yx", None, "心愿单", CARD)
    for _ in range(3):
        assert (await client.post("/simulator/presses", json=PRESS)).status == 200
    assert (len(stage.echo.asked), len(stage.world.kept)) == (1, 2)


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"text": "/认领 3"}, (404, phrases.NO_SUCH_BUTTON)),
        ({"text": ""}, (400, phrases.EMPTY)),
        ({"card": "1.0"}, (404, phrases.NO_SUCH_BUTTON)),
        ({"card": "1.2"}, (404, phrases.NO_SUCH_BUTTON)),
        ({"card": "0.1"}, (404, phrases.NO_SUCH_BUTTON)),
        ({"card": "9.1"}, (404, phrases.NO_SUCH_BUTTON)),
        ({"card": "1"}, (400, phrases.NOT_JSON)),
        ({"card": "1.-1"}, (400, phrases.NOT_JSON)),
        ({"card": None}, (400, phrases.NOT_JSON)),
        ({"chat": "g:dg"}, (404, phrases.NO_SUCH_BUTTON)),
        ({"chat": "p:li"}, (404, phrases.NO_SUCH_CHAT)),
        ({"as": "nobody"}, (404, phrases.NO_SUCH_PERSON)),
        ({"key": "short"}, (400, phrases.BAD_KEY)),
    ],
)
async def test_a_button_that_is_not_there_is_not_pressed(
    client: Client, stage: Stage, change: dict[str, Any], answer: tuple[int, str]
) -> None:
    stage.world.write("g:yx", None, "心愿单", CARD)
    response = await client.post("/simulator/presses", json={**PRESS, **change})
    assert await refusal(response) == answer
    assert (len(stage.world.kept), stage.echo.asked) == (1, [])


@pytest.mark.parametrize(
    ("body", "kind", "disposition"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png", None),
        (b"\xff\xd8\xff...", "image/jpeg", None),
        (b"GIF89a...", "image/gif", None),
        (b"<svg onload=alert(1)>", "application/octet-stream", "attachment"),
        (b"PK\x03\x04", "application/octet-stream", "attachment"),
    ],
)
async def test_a_picture_is_shown_and_anything_else_only_saved(
    client: Client, stage: Stage, body: bytes, kind: str, disposition: str | None
) -> None:
    stage.world.attachments[KEPT] = body
    response = await client.get(f"/simulator/attachments/{KEPT}")
    assert (response.status, await response.read()) == (200, body)
    assert response.headers["Content-Type"] == kind
    assert response.headers.get("Content-Disposition") == disposition
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_an_attachment_that_is_gone_says_so(client: Client) -> None:
    assert await refusal(await client.get(f"/simulator/attachments/{KEPT}")) == (
        404,
        phrases.NO_SUCH_ATTACHMENT,
    )
    assert (await client.get("/simulator/attachments/..%2F..%2Fsecret")).status == 404


async def test_state_shows_the_world_and_its_last_lines(client: Client, stage: Stage) -> None:
    for number in range(simulator.RECENT + 5):
        stage.world.write("g:yx", "wang", f"第 {number} 句")
    for _ in range(2):
        state = await (await client.get("/simulator/state")).json()
        assert [line["id"] for line in state["lines"]] == list(range(6, simulator.RECENT + 6))
    assert state["newest"] == simulator.RECENT + 5
    assert state["lines"][0] == {
        "id": 6,
        "chat": "g:yx",
        "sender": "wang",
        "sender_name": "王建国",
        "text": "第 5 句",
        "parts": [{"id": "6.0", "text": "第 5 句", "citation": ""}],
        "at": "2026-03-05T09:00:00+08:00",
    }
    assert state["people"][0] == {"id": "wang", "name": "王建国", "place": "永续社区", "role": "社区干部"}
    assert state["groups"][1] == {"id": "dg", "name": "东关村微心愿群", "place": "东关村"}
    assert state["commands"][:2] == [
        {"text": "/帮助", "needs_text": False},
        {"text": "/问", "needs_text": True},
    ]
    assert (state["bot"], state["now"]) == ("连心", "2026-03-05T09:00:00+08:00")


async def test_an_empty_world_has_an_empty_state(client: Client) -> None:
    state = await (await client.get("/simulator/state")).json()
    assert (state["lines"], state["newest"]) == ([], 0)


async def test_events_bring_what_is_missing_then_what_is_new(client: Client, stage: Stage) -> None:
    for text in ("一", "二", "三"):
        stage.world.write("g:yx", "wang", text)
    response = await client.get("/simulator/events", params={"after": "1"})
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert [event["text"] for event in await events(response, 2)] == ["二", "三"]
    await stage.push("yx", "早上好\n第二行", "push-1")
    assert [event["text"] for event in await events(response, 1)] == ["早上好\n第二行"]
    stage.world.write("p:li", None, "别的进程写的")
    assert [(event["id"], event["chat"]) for event in await events(response, 1)] == [(5, "p:li")]
    response.close()


async def test_a_reconnect_goes_on_after_the_last_event_not_the_address(client: Client, stage: Stage) -> None:
    for text in ("一", "二", "三"):
        stage.world.write("g:yx", "wang", text)
    response = await client.get("/simulator/events?after=0", headers={"Last-Event-ID": "2"})
    assert [event["text"] for event in await events(response, 1)] == ["三"]
    response.close()


async def test_a_page_from_another_database_is_told_to_start_again(client: Client, stage: Stage) -> None:
    stage.world.write("g:yx", "wang", "一")
    response = await client.get("/simulator/events?after=40")
    head = [(await response.content.readline()).decode() for _ in range(3)]
    assert head == ["retry: 1000\n", "\n", "event: reset\n"]
    response.close()


async def test_a_quiet_stream_has_a_heartbeat(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "POLL", 0.01)
    response = await client.get("/simulator/events")
    head = [(await response.content.readline()).decode() for _ in range(3)]
    assert head == ["retry: 1000\n", "\n", ":\n"]
    response.close()


async def test_closing_ends_the_streams(client: Client, stage: Stage) -> None:
    response = await client.get("/simulator/events")
    await stage.simulator.close()
    async with asyncio.timeout(2):
        assert await response.content.read() == b"retry: 1000\n\n"


async def test_the_morning_push_comes_now(client: Client, stage: Stage) -> None:
    response = await client.post("/simulator/morning", json={"group": "yx"})
    assert await response.json() == {"ok": True, "toast": "明早的推送已经送到群里。"}
    assert stage.world.said() == [("g:yx", None, PUSH)]


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"as": "nobody"}, (404, phrases.NO_SUCH_PERSON)),
        ({"as": None}, (404, phrases.NO_SUCH_PERSON)),
        ({"chat": "g:elsewhere"}, (404, phrases.NO_SUCH_CHAT)),
        ({"chat": "p:li"}, (404, phrases.NO_SUCH_CHAT)),
        ({"chat": ["g:yx"]}, (404, phrases.NO_SUCH_CHAT)),
        ({"text": " \n\t　"}, (400, phrases.EMPTY)),
        ({"text": 7}, (400, phrases.NOT_JSON)),
        ({"text": "\0"}, (400, phrases.STRANGE_CHARACTERS)),
        ({"text": "\ud800"}, (400, phrases.STRANGE_CHARACTERS)),
        ({"text": "心" * 6667}, (413, phrases.too_long(20_000))),
        ({"key": "short"}, (400, phrases.BAD_KEY)),
        ({"key": "key-00001#1"}, (400, phrases.BAD_KEY)),
        ({"key": "key-00001\n"}, (400, phrases.BAD_KEY)),
    ],
)
async def test_a_wrong_message_gets_one_sentence_and_changes_nothing(
    client: Client, stage: Stage, change: dict[str, Any], answer: tuple[int, str]
) -> None:
    response = await client.post("/simulator/messages", json={**HELLO, **change})
    assert await refusal(response) == answer
    assert (stage.world.kept, stage.echo.asked) == ([], [])


async def test_a_text_of_just_the_limit_is_taken(client: Client, stage: Stage) -> None:
    text = "心" * 6666 + "ab"
    assert (await client.post("/simulator/messages", json={**HELLO, "text": text})).status == 200
    assert stage.world.said() == [("g:yx", "chen", text)]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"a"', b"\xff\xfe\x00", b"[" * 100_000])
async def test_what_is_not_a_json_object_is_refused(client: Client, stage: Stage, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    for path in ("/simulator/messages", "/simulator/presses", "/simulator/morning"):
        response = await client.post(path, data=body, headers=headers)
        assert await refusal(response) == (400, phrases.NOT_JSON)
    assert stage.world.kept == []


async def test_a_body_over_the_cap_is_refused(client: Client) -> None:
    body = io.BytesIO(json.dumps({**HELLO, "text": "a" * 2_000_000}).encode())
    headers = {"Content-Type": "application/json"}
    response = await client.post("/simulator/messages", data=body, headers=headers)
    assert await refusal(response) == (413, phrases.too_long(20_000))


async def test_a_morning_for_an_unknown_group_is_refused(client: Client, stage: Stage) -> None:
    for group in ("elsewhere", None, ["yx"]):
        response = await client.post("/simulator/morning", json={"group": group})
        assert await refusal(response) == (404, phrases.NO_SUCH_CHAT)
    assert stage.world.kept == []


@pytest.mark.parametrize("position", ["-1", "x", "1.5", "9" * 30, "１"])
async def test_a_strange_position_is_refused(client: Client, position: str) -> None:
    response = await client.get("/simulator/events", params={"after": position})
    assert await refusal(response) == (400, phrases.BAD_POSITION)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.5:8080", "[", "0.0.0.0"])
async def test_a_foreign_host_name_sees_nothing(client: Client, stage: Stage, host: str) -> None:
    stage.world.attachments[KEPT] = b"GIF89a"
    for path in ("", "/state", "/events", "/static/simulator.js", f"/attachments/{KEPT}"):
        response = await client.get(f"/simulator{path}", headers={"Host": host})
        assert await refusal(response) == (403, phrases.ONLY_THIS_COMPUTER)


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "127.3.2.1:99", "[::1]:8080"])
async def test_loopback_names_are_served(client: Client, host: str) -> None:
    assert (await client.get("/simulator/state", headers={"Host": host})).status == 200


async def test_another_site_cannot_post(client: Client, stage: Stage) -> None:
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        for path, said in (("/simulator/messages", HELLO), ("/simulator/presses", PRESS)):
            response = await client.post(path, json=said, headers={"Origin": origin})
            assert await refusal(response) == (403, phrases.OTHER_SITE)
    form = await client.post(
        "/simulator/messages", data=json.dumps(HELLO), headers={"Content-Type": "text/plain"}
    )
    assert await refusal(form) == (400, phrases.NOT_JSON)
    assert stage.world.kept == []
    own = {"Origin": str(client.make_url("/").origin())}
    assert (await client.post("/simulator/messages", json=HELLO, headers=own)).status == 200


async def test_the_page_and_its_files_are_served_with_a_strict_policy(client: Client) -> None:
    page = await client.get("/simulator")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"
    )
    markup = await page.text()
    assert "<script>" not in markup
    assert "style=" not in markup
    script = await client.get("/simulator/static/simulator.js")
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.headers["X-Content-Type-Options"] == "nosniff"


async def test_every_file_of_the_page_is_on_the_list_and_nothing_else(client: Client) -> None:
    kept = {path.name for path in simulator.PAGE.iterdir()} - {"index.html"}
    assert len(kept) == 13
    for name in sorted(kept):
        assert (await client.get(f"/simulator/static/{name}")).status == 200, name
    for name in ("index.html", "..%2Fsimulator.py", "%2e%2e%2fphrases.py", "x.js"):
        assert (await refusal(await client.get(f"/simulator/static/{name}")))[0] == 404


async def test_no_script_writes_markup() -> None:
    scripts = list(simulator.PAGE.glob("*.js"))
    assert len(scripts) == 11
    for script in scripts:
        source = script.read_text(encoding="utf-8")
        for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert danger not in source, f"{script.name}: {danger}"


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=60))
def test_any_text_is_kept_as_it_is_or_refused_whole(text: str) -> None:
    async def exchange() -> None:
        stage = Stage()
        async with TestClient(TestServer(stage.application(), host="127.0.0.1")) as client:
            response = await client.post(
                "/simulator/messages", json={**HELLO, "chat": "p:chen", "text": text}
            )
            state = await (await client.get("/simulator/state")).json()
        said = [line["text"] for line in state["lines"]]
        if response.status == 200:
            assert said == [text, f"听到了：{text}"]
        else:
            assert (response.status, said) == (400, [])

    asyncio.run(exchange())
