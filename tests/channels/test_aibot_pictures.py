"""A picture sent to the intelligent robot in private: had from its address, from nowhere inside, and opened."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.aibot_files import AibotFiles, platform
from bot.channels.wire.aibot_messages import Robot, read_update, where
from bot.channels.wire.crypto import open_file
from bot.chat import phrases as engine
from bot.chat.bare_picture import bare
from bot.chat.errors import ChannelError, Malformed, TooLarge, Unreachable
from bot.chat.pictures import Pictures
from bot.chat.update import Kind
from bot.fetching import Fetcher
from bot.phrases import fetching as say
from tests.channels.contract.bench import House, fresh_folder
from tests.channels.contract.wecom_aibot import PERSON, LongConnectionBench, UrlModeBench
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


OURS = base64.b64encode(KEY).decode().rstrip("=")
"""The key of the robot's address in URL mode."""


@pytest.mark.parametrize("content", [{"url": ADDRESS}, {"url": ADDRESS, "aeskey": "a" * 43}])
def test_where_files_share_a_key_the_message_needs_none_and_none_is_kept(content: dict[str, str]) -> None:
    body = {"msgid": "m", "from": {"userid": PERSON}, "msgtype": "image", "image": content}
    robot = Robot("wecom_aibot", one_key=True)
    update = read_update(body, robot, now=StandingClock().now(), zone=CHINA)
    assert where(update.media) == (ADDRESS, "")


@pytest.fixture
async def site() -> AsyncIterator[TestServer]:
    """A platform of two files, one of them too large, on this machine; the third leads on to where it is told."""

    async def answer(request: web.Request) -> web.Response:
        match request.match_info["name"]:
            case "photo":
                key = base64.b64decode(request.query.get("key", OURS) + "=")
                return web.Response(body=seal(jpeg(), key))
            case "huge":
                return web.Response(body=bytes(6 << 20))
            case _:
                raise web.HTTPFound(request.query["to"])

    app = web.Application()
    app.router.add_get("/{name}", answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield server
    await server.close()


def named(address: str) -> str:
    return json.dumps([address, ""])


async def test_the_operators_own_gateway_is_asked_wherever_it_lies(site: TestServer) -> None:
    files = AibotFiles(platform(f"ws://127.0.0.1:{site.port}/robot"), OURS)
    assert await files.picture(named(str(site.make_url("/photo")))) == jpeg()
    with pytest.raises(TooLarge):
        await files.picture(named(str(site.make_url("/huge"))))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://files.example.com/1", say.NOT_SEALED),
        ("http://127.0.0.1/", say.NOT_SEALED),
        ("https://127.0.0.1/", say.INWARD),
        ("https://10.0.0.7:8443/", say.INWARD),
        ("https://169.254.169.254/latest/meta-data/", say.INWARD),
        ("https://100.100.100.200/", say.INWARD),
        ("https://[::1]/", say.INWARD),
        ("https://[::ffff:10.0.0.1]/", say.INWARD),
        ("https://localhost/", say.INWARD),
        ("https://u:p@files.example.com/", say.NOT_A_PAGE),
        ("file:///etc/passwd", say.NOT_A_PAGE),
    ],
)
async def test_an_address_that_leads_inside_is_not_asked(address: str, why: str) -> None:
    for gateway in ("", "wss://openws.work.weixin.qq.com", "ws://127.0.0.1:9"):
        with pytest.raises(Unreachable) as told:
            await AibotFiles(platform(gateway), OURS).picture(named(address))
        assert told.value.sentence == why


async def test_a_name_that_leads_inside_is_not_asked() -> None:
    async def inside(host: str, port: int) -> list[str]:
        return ["1.1.1.1", "192.168.1.1"]

    with pytest.raises(Unreachable) as told:
        await AibotFiles(Fetcher(inside, sealed=True), OURS).picture(named(ADDRESS))
    assert told.value.sentence == say.INWARD


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("https://127.0.0.1:1/", say.INWARD),
        ("http://127.0.0.1:1/", say.NOT_SEALED),
        ("file:///etc/passwd", say.NOT_A_PAGE),
    ],
)
async def test_what_leads_on_to_the_inside_is_not_followed(site: TestServer, to: str, why: str) -> None:
    files = AibotFiles(platform(f"ws://127.0.0.1:{site.port}/robot"), OURS)
    with pytest.raises(ChannelError) as told:
        await files.picture(named(str(site.make_url("/on").with_query(to=to))))
    assert told.value.sentence == why


@pytest.mark.parametrize(("gateway", "answer"), [(True, KEPT), (False, engine.PICTURE_LOST)])
async def test_where_the_platform_calls_us_a_picture_is_opened_with_our_key_and_none_is_had_from_inside(
    tmp_path: Path, site: TestServer, gateway: bool, answer: str
) -> None:
    House(tmp_path / "new", {}, StandingClock()).app.close()
    bench = UrlModeBench()
    await bench.start(fresh_folder(tmp_path / "new", tmp_path / "data"))
    for person in (PERSON, LOGGER):
        await bench.deliver(bench.platform.written(bench.platform.people.say(person, "/我")))
    await bench.house.app.database.run(claimed, PERSON, LOGGER)
    await bench.deliver(bench.platform.written(bench.platform.people.say(PERSON, "/送达 1")))
    key = bench.platform.robot.aes_key
    if gateway:
        files = AibotFiles(platform(f"ws://127.0.0.1:{site.port}"), key)
        bench.house.app.services[Pictures].open([Files(files)])
    address = site.make_url("/photo").with_query(key=key)
    photo = bench.platform.people.message(PERSON, "image", {"url": str(address)})
    [heard] = await bench.deliver(bench.platform.written(photo))
    assert heard.text == answer
    await bench.stop()


@dataclass
class Files:
    """Where the robot's pictures come from, with a gateway it has no setting for."""

    files: AibotFiles
    name: str = "wecom_aibot"

    async def picture(self, media: str) -> bytes:
        return await self.files.picture(media)
