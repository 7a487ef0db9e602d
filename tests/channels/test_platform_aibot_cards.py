"""The imitated intelligent robot is itself checked: welcomes, cards and their updates, files."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.platform import aibot_forms as forms
from tests.platform.aibot import AibotServer
from tests.platform.aibot_media import CHUNK, seal
from tests.platform.aibot_robot import BareRobot, robot_on
from tests.platform.clock import StandingClock

VECTORS = Path(__file__).parents[3] / "shared" / "protocol" / "vectors.json"
GROUP = "wrAAAA"
DAY = 24 * 3600.0
CARD: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "微心愿 42", "desc": "一台收音机"},
    "horizontal_content_list": [{"keyname": "村组", "value": "永续社区"}],
    "button_list": [{"text": "认领", "style": 1, "key": "claim:42"}],
    "task_id": "wish_42_v1",
}
NOTICE: dict[str, Any] = {
    "card_type": "text_notice",
    "main_title": {"title": "已认领"},
    "card_action": {"type": 1, "url": "https://example.org"},
    "task_id": "wish_42_v1",
}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def server(clock: StandingClock) -> AsyncIterator[AibotServer]:
    server = AibotServer(clock)
    server.chats.add_group(GROUP, "lihua", "wangwu")
    server.chats.heard("lihua", GROUP)
    yield server
    await server.stop()


@pytest.fixture
async def robot(server: AibotServer) -> AsyncIterator[BareRobot]:
    async with robot_on(await server.start()) as robot:
        await robot.subscribe(server.robot)
        yield robot


async def code(robot: BareRobot, cmd: str, body: Any, request: str | None = None) -> int:
    answer = await robot.ask(cmd, body, request)
    return int(answer["errcode"])


async def push(robot: BareRobot, body: Any) -> int:
    return await code(robot, "aibot_send_msg", body)


# -- welcomes and cards ------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "expected"), [(0.0, 0), (5.0, 0), (5.1, forms.BAD_REQ_ID)])
async def test_a_welcome_within_five_seconds_and_once(
    server: AibotServer, robot: BareRobot, clock: StandingClock, seconds: float, expected: int
) -> None:
    enter = server.people.enter("wangwu")
    assert enter is not None
    await server.tell(enter)
    clock.advance(seconds)
    body = {"msgtype": "text", "text": {"content": "您好"}}
    assert await code(robot, "aibot_respond_welcome_msg", body, enter.request) == expected
    assert await code(robot, "aibot_respond_welcome_msg", body, enter.request) == forms.BAD_REQ_ID
    assert server.ledger.contents("wangwu") == ([] if expected else ["您好"])


async def pressed(server: AibotServer, robot: BareRobot) -> str:
    """The req_id of 王五's press on the card."""
    assert await push(robot, {"chatid": GROUP, "msgtype": "template_card", "template_card": CARD}) == 0
    return (await server.tell(server.people.click("wangwu", "wish_42_v1", "claim:42"))).request


def update(card: Any = NOTICE, **fields: Any) -> dict[str, Any]:
    return {"response_type": "update_template_card", "template_card": card, **fields}


async def test_a_card_is_changed_for_all_or_for_some(server: AibotServer, robot: BareRobot) -> None:
    request = await pressed(server, robot)
    some = update(userids=["wangwu"])
    assert await code(robot, "aibot_respond_update_msg", some, request) == 0
    card = server.chats.cards["wish_42_v1"]
    assert (card.seen_by("wangwu"), card.seen_by("lihua")) == (NOTICE, CARD)
    again = (await server.tell(server.people.click("lihua", "wish_42_v1", "claim:42"))).request
    assert await code(robot, "aibot_respond_update_msg", update(), again) == 0
    assert server.ledger.contents(GROUP) == [json.dumps(NOTICE, ensure_ascii=False)]
    with pytest.raises(AssertionError, match="lihua sees no claim:42"):
        server.people.click("lihua", "wish_42_v1", "claim:42")


@pytest.mark.parametrize(
    ("body", "seconds", "expected"),
    [
        (update(), 5.0, 0),
        (update(), 5.1, forms.BAD_REQ_ID),
        (update({**NOTICE, "task_id": "another"}), 0.0, forms.BAD_PARAMETER),
        (update(userids=[]), 0.0, forms.BAD_PARAMETER),
        ({"template_card": NOTICE}, 0.0, forms.BAD_PARAMETER),
    ],
)
async def test_an_update_of_a_card(
    server: AibotServer, robot: BareRobot, clock: StandingClock, body: Any, seconds: float, expected: int
) -> None:
    request = await pressed(server, robot)
    clock.advance(seconds)
    assert await code(robot, "aibot_respond_update_msg", body, request) == expected
    if not expected:
        assert await code(robot, "aibot_respond_update_msg", body, request) == forms.BAD_REQ_ID


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CARD.items() if key != name}


@pytest.mark.parametrize(
    "card",
    [
        "card",
        {**CARD, "card_type": "button"},
        without("task_id"),
        without("main_title"),
        without("button_list"),
        {**CARD, "task_id": "心愿"},
        {**CARD, "task_id": "x" * 129},
        {**CARD, "button_list": CARD["button_list"] * 2},
        {**CARD, "button_list": [{"text": "领", "key": f"{number}"} for number in range(7)]},
        {**CARD, "button_list": [{"text": "领", "key": "k" * 1025}]},
        {**CARD, "button_list": [{"text": "领", "key": "k", "style": 5}]},
        {**CARD, "horizontal_content_list": CARD["horizontal_content_list"] * 7},
        {**CARD, "colour": "red"},
        {**NOTICE, "card_action": {"type": 1}},
        {**NOTICE, "main_title": {}},
        {key: value for key, value in NOTICE.items() if key != "card_action"},
        {**NOTICE, "jump_list": [{"title": "看"}] * 4},
        {**CARD, "card_type": "vote_interaction"},
    ],
)
async def test_cards_that_are_none(server: AibotServer, robot: BareRobot, card: Any) -> None:
    body = {"chatid": GROUP, "msgtype": "template_card", "template_card": card}
    assert await push(robot, body) == forms.BAD_PARAMETER


async def test_a_task_id_is_used_once(server: AibotServer, robot: BareRobot) -> None:
    body = {"chatid": GROUP, "msgtype": "template_card", "template_card": CARD}
    assert [await push(robot, body) for _ in range(2)] == [0, forms.BAD_PARAMETER]


# -- files -------------------------------------------------------------------------------------------


async def upload(robot: BareRobot, content: bytes, kind: str = "file", **changed: Any) -> dict[str, Any]:
    """The ack that ends the upload: of its last frame, or of the one that was refused."""
    chunks = [content[start : start + CHUNK] for start in range(0, len(content), CHUNK)]
    begin = {
        "type": kind,
        "filename": "名单.xlsx",
        "total_size": len(content),
        "total_chunks": len(chunks),
        "md5": hashlib.md5(content).hexdigest(),
    }
    answer = await robot.ask("aibot_upload_media_init", begin | changed)
    if answer["errcode"]:
        return answer
    number = answer["body"]
    for index, chunk in reversed(list(enumerate(chunks))):
        piece = {"chunk_index": index, "base64_data": base64.b64encode(chunk).decode()}
        answer = await robot.ask("aibot_upload_media_chunk", number | piece)
        assert answer["errcode"] == 0
    return await robot.ask("aibot_upload_media_finish", number)


async def test_an_upload_in_pieces_can_be_sent_for_three_days(
    server: AibotServer, robot: BareRobot, clock: StandingClock
) -> None:
    content = bytes(range(256)) * 4096
    answer = await upload(robot, content)
    media_id = answer["body"]["media_id"]
    assert answer["body"] == {
        "type": "file",
        "media_id": media_id,
        "created_at": str(int(clock.now().timestamp())),
    }
    assert server.desk.media.files[media_id].content == content
    body = {"chatid": GROUP, "msgtype": "file", "file": {"media_id": media_id}}
    image = {"chatid": GROUP, "msgtype": "image", "image": {"media_id": media_id}}
    assert [await push(robot, body), await push(robot, image)] == [0, forms.BAD_MEDIA]
    callback = await server.say("lihua", "名单", GROUP)
    reply = {"msgtype": "file", "file": {"media_id": media_id}}
    assert await code(robot, "aibot_respond_msg", reply, callback.request) == 0
    clock.advance(3 * DAY)
    assert await push(robot, body) == forms.BAD_MEDIA


@pytest.mark.parametrize(
    ("content", "changed"),
    [
        (b"12345", {}),
        (b"123456", {"type": "text"}),
        (b"123456", {"total_chunks": 2}),
        (b"123456", {"md5": "0" * 32}),
        (b"123456", {"total_size": 7}),
        (b"123456", {"type": "voice", "total_size": (2 << 20) + 1, "total_chunks": 5}),
        (b"123456", {"colour": "red"}),
    ],
)
async def test_uploads_that_are_refused(robot: BareRobot, content: bytes, changed: dict[str, Any]) -> None:
    assert (await upload(robot, content, **changed))["errcode"] == forms.BAD_PARAMETER


async def test_uploads_are_limited_and_do_not_wait_for_ever(robot: BareRobot, clock: StandingClock) -> None:
    codes = [(await upload(robot, b"123456"))["errcode"] for _ in range(31)]
    assert codes == [0] * 30 + [forms.TOO_OFTEN]
    clock.advance(60)
    begin = {"type": "file", "filename": "a", "total_size": 6, "total_chunks": 1}
    number = (await robot.ask("aibot_upload_media_init", begin))["body"]
    clock.advance(1801)
    assert await code(robot, "aibot_upload_media_finish", number) == forms.BAD_PARAMETER


def opened(sealed: bytes, key: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    return padded[: -padded[-1]]


async def test_what_people_send_is_sealed_and_lies_there_for_five_minutes(
    server: AibotServer, robot: BareRobot, clock: StandingClock
) -> None:
    await server.tell(server.people.message("lihua", "image", server.attachment(b"\x89PNG\n", "墙.png")))
    image = (await robot.heard())["body"]["image"]
    async with aiohttp.ClientSession() as session:
        async with session.get(image["url"]) as response:
            sealed = await response.read()
        assert opened(sealed, base64.b64decode(image["aeskey"])) == b"\x89PNG\n"
        assert len(sealed) % 32 == 0
        clock.advance(300)
        async with session.get(image["url"]) as response:
            assert response.status == 404


def test_files_are_sealed_as_in_the_vector() -> None:
    if not VECTORS.exists():
        pytest.skip("public vectors are not on this machine")
    (vector,) = json.loads(VECTORS.read_text())["media"]
    key = base64.b64decode(vector["aeskey"] + "=")
    plaintext = base64.b64decode(vector["plaintext_base64"])
    assert base64.b64encode(seal(plaintext, key)).decode() == vector["ciphertext_base64"]
