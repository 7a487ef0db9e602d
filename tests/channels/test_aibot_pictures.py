"""A picture sent to the intelligent robot in private: had from its address and opened with its own key."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.wire.aibot_messages import Robot, read_update, where
from bot.channels.wire.crypto import open_file
from bot.chat import phrases as engine
from bot.chat.bare_picture import bare
from bot.chat.errors import Malformed
from bot.chat.update import Kind
from tests.channels.contract.bench import House, fresh_folder
from tests.channels.contract.wecom_aibot import PERSON, LongConnectionBench
from tests.channels.test_pictures import KEPT, OFFER, claimed
from tests.pictures import jpeg
from tests.platform.aibot_media import seal
from tests.platform.clock import CHINA, StandingClock

LOGGER = "wangwu"
KEY = bytes(range(32))
ADDRESS = "https://files.example.com/1"


@pytest.fixture
async def robot(tmp_path: Path) -> AsyncIterator[LongConnectionBench]:
    """Two people are known; PERSON holds wish 1, which LOGGER logged."""
    House(tmp_path / "new", {}, StandingClock()).app.close()
    made = LongConnectionBench()
    await made.start(fresh_folder(tmp_path / "new", tmp_path / "data"))
    await made.joined()
    for person in (PERSON, LOGGER):
        await _say(made, person, "/我")
    await made.house.app.database.run(claimed, PERSON, LOGGER)
    yield made
    await made.stop()


async def _say(robot: LongConnectionBench, person: str, words: str) -> str:
    [heard] = await robot.deliver(robot.server.people.say(person, words))
    return heard.text or ""


async def _send(robot: LongConnectionBench, content: dict[str, str]) -> str:
    callback = await robot.server.tell(robot.server.people.message(PERSON, "image", content))
    key = callback.body["msgid"]
    await robot.server.until(lambda: key in robot.server.chats.streams)
    return str(robot.server.chats.streams[key].contents[-1])


async def test_it_is_kept_as_it_was_sent_and_bare(robot: LongConnectionBench) -> None:
    assert OFFER in await _say(robot, PERSON, "/送达 1")
    assert await _send(robot, robot.server.attachment(jpeg(), "照片.jpg")) == KEPT

    def read(uow: Any) -> list[bytes]:
        return [uow.photos.opened(photo.key) for photo in uow.photos.look(1, by="test")]

    assert await robot.house.app.database.run(read) == [bare(jpeg()).body]


async def test_what_cannot_be_had_or_opened_is_asked_for_again(robot: LongConnectionBench) -> None:
    await _say(robot, PERSON, "/送达 1")
    sent = robot.server.attachment(jpeg(), "照片.jpg")
    assert await _send(robot, {**sent, "aeskey": base64.b64encode(bytes(32)).decode()}) == engine.PICTURE_LOST
    assert await _send(robot, {**sent, "aeskey": ""}) == engine.UNHEARD["picture"]
    robot.clock.advance(301)
    assert await _send(robot, sent) == engine.PICTURE_LOST


def test_a_file_is_opened_with_or_without_padding_of_its_key() -> None:
    key = base64.b64encode(KEY).decode()
    for written in (key, key.rstrip("=")):
        assert open_file(seal(jpeg(), KEY), written) == jpeg()


@pytest.mark.parametrize(
    ("sealed", "key"),
    [
        (b"", KEY),
        (seal(b"x", KEY)[:-1], KEY),
        (seal(b"x", KEY), bytes(32)),
        (seal(b"x", KEY), KEY[:16]),
    ],
)
def test_what_is_sealed_otherwise_is_malformed(sealed: bytes, key: bytes) -> None:
    with pytest.raises(Malformed):
        open_file(sealed, base64.b64encode(key).decode())


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"url": ADDRESS, "aeskey": "a" * 43}, (ADDRESS, "a" * 43)),
        ({"url": ADDRESS}, None),
        ({"url": "file:///etc/passwd", "aeskey": "a" * 43}, None),
        ({"url": 7, "aeskey": "a" * 43}, None),
        ({"url": ADDRESS, "aeskey": "a" * 44}, None),
        ("nothing", None),
    ],
)
def test_only_an_address_with_a_key_leads_to_a_picture(
    content: object, found: tuple[str, str] | None
) -> None:
    body = {
        "msgid": "m",
        "from": {"userid": PERSON},
        "chattype": "single",
        "msgtype": "image",
        "image": content,
    }
    update = read_update(body, Robot("wecom_aibot"), now=StandingClock().now(), zone=CHINA)
    assert update.kind is Kind.PICTURE
    assert (where(update.media) if update.media else None) == found
