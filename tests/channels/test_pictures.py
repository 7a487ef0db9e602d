"""Pictures of a delivered wish, from a person's phone to who confirms it: the real engine on real channels."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from bot.app import App
from bot.channels import phrases as say
from bot.channels.simulator import Simulator
from bot.chat import phrases as engine
from bot.chat.bare_picture import LARGEST, bare
from bot.delivery import Delivery
from bot.pacing import SharedPacing
from bot.settings import Settings
from bot.web import build
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from storage.wishes import Move
from tests.channels.contract.bench import Bench, House, fresh_folder
from tests.channels.contract.official_account import OfficialAccountBench
from tests.channels.contract.wecom_app import WecomAppBench
from tests.clock import FrozenClock
from tests.pictures import SECRET, jpeg, png
from tests.platform.clock import StandingClock
from tests.platform.media import GET
from tests.platform.server import File

GIVER, LOGGER = "oVillager_0001", "oVillager_0002"
OFFER = "想留张照片就直接发我，不发也行。"
KEPT = "照片收好了，只有登记 #1 的人、本村（社区）干部和第一书记私下看得到；办结 14 天后删掉。"


class Official(OfficialAccountBench):
    """The Official Account, and what a phone does on it."""

    @property
    def server(self) -> Any:
        return self.platform.api

    @property
    def phone(self) -> Any:
        return self.platform


class Wecom(WecomAppBench):
    """The WeCom app, and what a phone does on it."""

    @property
    def phone(self) -> Any:
        return self.sender

    async def joined(self) -> None:
        self.server.add_member(GIVER, "李华")
        self.server.add_member(LOGGER, "王芳")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty register and the starter base."""
    folder = tmp_path_factory.mktemp("pictures") / "data"
    House(folder, {}, StandingClock()).app.close()
    return folder


@pytest.fixture(params=[Official, Wecom], ids=lambda kind: kind.name)
async def bench(request: pytest.FixtureRequest, prepared: Path, tmp_path: Path) -> AsyncIterator[Any]:
    """Two people are known; GIVER holds wish 1, which LOGGER logged."""
    made: Bench = request.param()
    await made.start(fresh_folder(prepared, tmp_path / "data"))
    await made.joined()
    for person in (GIVER, LOGGER):
        await _say(made, person, "/我")
    await made.house.app.database.run(claimed, GIVER, LOGGER)
    yield made
    await made.stop()


def claimed(uow: UnitOfWork, giver_account: str, logger_account: str) -> None:
    """Wish 1, logged by one person and held by another."""
    place = uow.places.add("永续社区", kind="community").id
    giver, logger = (
        next(
            member.id
            for member in uow.members.all()
            if any(account.external_id == person for account in uow.members.accounts(member.id))
        )
        for person in (giver_account, logger_account)
    )
    uow.members.grant(giver, Grant(Role.VOLUNTEER, place))
    day = uow.now.date() + timedelta(days=30)
    no = uow.wishes.log("收音机", by=logger, place_id=place, group_id=None, expires_on=day).no
    uow.wishes.move(no, Move.VERIFY, by=None)
    uow.wishes.move(no, Move.CLAIM, by=giver)


async def _say(bench: Any, person: str, words: str) -> str:
    [heard] = await bench.deliver(bench.phone.message(person, Content=words))
    return heard.text or ""


async def _send(bench: Any, person: str, media_id: str) -> str:
    picture = bench.phone.message(person, "image", PicUrl="http://mmbiz.qpic.cn/x/0", MediaId=media_id)
    [heard] = await bench.deliver(picture)
    return heard.text or ""


def _on_the_platform(bench: Any, content: bytes) -> str:
    return str(bench.server.keep("image", File("picture.jpg", "image/jpeg", content)))


async def _leave(bench: Any) -> None:
    """What stands in the outbox goes out."""
    app = bench.house.app
    bench.clock.advance(3)
    channels = {bench.name: bench.channel}
    await Delivery(app.database, channels, bench.clock, SharedPacing(app.database)).send_due()


async def test_a_picture_goes_to_who_confirms_it_and_to_nobody_else(bench: Any) -> None:
    unwanted = _on_the_platform(bench, jpeg())
    assert await _send(bench, GIVER, unwanted) == engine.UNHEARD["picture"]
    assert (await _say(bench, GIVER, "/送达 1")).endswith(OFFER)
    assert bench.server.calls[GET] == 0
    assert await _send(bench, GIVER, _on_the_platform(bench, jpeg())) == KEPT
    assert bench.server.calls[GET] == 1
    await _leave(bench)
    known = set(bench.server.media)
    for person in (GIVER, LOGGER):
        await _say(bench, person, "/心愿详情 1")
        await _leave(bench)
    uploaded = {media_id: file for media_id, file in bench.server.media.items() if media_id not in known}
    assert [file.content for file in uploaded.values()] == [bare(jpeg()).body]
    shown = [
        (entry.to, entry.content)
        for entry in bench.server.ledger.entries
        if any(media_id in entry.content for media_id in uploaded)
    ]
    assert [to for to, _ in shown] == [LOGGER]


async def test_nothing_of_it_lies_in_the_open(bench: Any, tmp_path: Path) -> None:
    await _say(bench, GIVER, "/送达 1")
    await _send(bench, GIVER, _on_the_platform(bench, jpeg()))
    await _say(bench, LOGGER, "/心愿详情 1")
    await _leave(bench)
    files = [file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file()]
    pieces = (SECRET, bare(jpeg()).body[40:80])
    assert len(files) > 3
    assert [piece for piece in pieces if any(piece in file for file in files)] == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"hello, no picture", engine.NOT_A_PICTURE), (jpeg() + bytes(LARGEST), engine.PICTURE_TOO_LARGE)],
)
async def test_what_is_no_picture_is_not_kept(bench: Any, content: bytes, sentence: str) -> None:
    await _say(bench, GIVER, "/送达 1")
    assert await _send(bench, GIVER, _on_the_platform(bench, content)) == sentence
    assert bench.house.app.database.read_now(lambda uow: uow.photos.count(1)) == 0


async def test_one_that_the_platform_forgot_is_asked_for_again(bench: Any) -> None:
    await _say(bench, GIVER, "/送达 1")
    assert await _send(bench, GIVER, "media-gone") == engine.PICTURE_LOST
    assert await _send(bench, GIVER, "") == engine.UNHEARD["picture"]
    bench.server.refuse(GET, -1)
    assert await _send(bench, GIVER, _on_the_platform(bench, jpeg())) == engine.PICTURE_LOST


# -- the simulator -----------------------------------------------------------------------------------

Client = TestClient[Any, Any]


@pytest.fixture
async def app(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[App]:
    opened = await asyncio.to_thread(
        App.open, Settings(_env_file=None, bot_data_dir=tmp_path / "data"), clock
    )
    yield opened
    await opened.gate.close()
    opened.close()


@pytest.fixture
async def client(app: App) -> AsyncIterator[Client]:
    simulator = app.channels()[Simulator.name]
    served = build([simulator], app.ready, CollectorRegistry(), "")
    async with TestClient(TestServer(served, host="127.0.0.1")) as ready:
        yield ready
    await simulator.close()


def _id(app: App, name: str) -> str:
    return str(app.database.read_now(lambda uow: uow.members.named(name)[0].id))


async def _typed(client: Client, app: App, name: str, words: str, key: str) -> None:
    person = _id(app, name)
    body = {"as": person, "chat": f"p:{person}", "text": words, "key": key}
    assert (await client.post("/simulator/messages", json=body)).status == 200


async def _picture(
    client: Client, app: App, name: str, picture: bytes, key: str, **labels: str
) -> tuple[int, Any]:
    person = _id(app, name)
    query = {"as": person, "chat": f"p:{person}", "key": key}
    headers = {"Content-Type": "image/jpeg", **labels}
    answer = await client.post("/simulator/pictures", params=query, data=io.BytesIO(picture), headers=headers)
    return answer.status, await answer.json()


async def _last(client: Client, app: App, name: str) -> dict[str, Any]:
    """The last line of somebody's private chat."""
    state = await (await client.get("/simulator/state")).json()
    line: dict[str, Any] = [each for each in state["lines"] if each["chat"] == f"p:{_id(app, name)}"][-1]
    return line


async def test_in_the_simulator_from_end_to_end(client: Client, app: App) -> None:
    await _typed(client, app, "小孙", "/送达 3", "key-00001")
    assert "想留张照片就直接发我，别拍到孩子，不发也行。" in (await _last(client, app, "小孙"))["text"]
    assert await _picture(client, app, "小孙", png(), "key-00002") == (200, {"ok": True, "later": False})
    assert (await _last(client, app, "小孙"))["text"] == KEPT.replace("#1", "#3")
    await _typed(client, app, "王主任", "/心愿详情 3", "key-00003")
    shown = [part for part in (await _last(client, app, "王主任"))["parts"] if part.get("kind") == "image"]
    assert [part["name"] for part in shown] == ["心愿3照片1.png"]
    answer = await client.get(f"/simulator/attachments/{shown[0]['attachment']}")
    assert (answer.content_type, await answer.read()) == ("image/png", bare(png()).body)
    assert await app.database.read(lambda uow: uow.photos.count(3)) == 1


async def test_the_simulator_takes_pictures_of_this_page_alone_and_no_larger_ones(
    client: Client, app: App
) -> None:
    await _typed(client, app, "小孙", "/送达 3", "key-00001")
    refusals = [
        await _picture(client, app, "小孙", png(), "key-00002", Origin="https://evil.example"),
        await _picture(client, app, "小孙", b"x=1", "key-00003", **{"Content-Type": "text/plain"}),
        await _picture(client, app, "小孙", bytes(LARGEST + 2), "key-00004"),
        await _picture(client, app, "小孙", png(), "short"),
    ]
    assert [(status, answer["error"]) for status, answer in refusals] == [
        (403, say.OTHER_SITE),
        (400, say.NOT_A_PICTURE),
        (413, say.PICTURE_TOO_LARGE),
        (400, say.BAD_KEY),
    ]
    status, _ = await _picture(client, app, "小孙", jpeg() + bytes(LARGEST + 1 - len(jpeg())), "key-00005")
    assert status == 200
    assert (await _last(client, app, "小孙"))["text"] == engine.PICTURE_TOO_LARGE
    assert await app.database.read(lambda uow: uow.photos.count(3)) == 0
