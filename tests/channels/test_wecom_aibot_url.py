"""The robot in URL mode: streams that outlive replicas, addresses that are used once, no answer by two ways."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from bot.channels import phrases as say
from bot.channels.limits import AIBOT_MARKDOWN
from bot.channels.wecom_aibot_url import PATH, UrlMode, WecomAibotUrl
from bot.channels.wire.template_card import task_id
from bot.chat.channel import Recipient
from bot.chat.errors import Throttled, Undeliverable, WindowClosed
from bot.chat.gate import Gate
from bot.chat.reply import Button, Card, Markdown, Part, Text
from bot.chat.update import Kind, Update
from bot.delivery import Delivery
from bot.pacing import SharedPacing
from storage.database import Database
from storage.outbox import Outcome
from storage.robot_calls import Stream
from storage.uow import UnitOfWork
from tests.channels.robot import GROUP, Engine, echo
from tests.platform.aibot_callbacks import Callback
from tests.platform.aibot_url import RESPONSE, AibotUrlPlatform
from tests.platform.clock import StandingClock
from tests.platform.faults import Fault
from tests.platform.sender import Request

PERSON = "lihua"
HERE, ALONE = Recipient(GROUP, group=True), Recipient(PERSON)
WISH = Card("心愿 #12", "一台收音机", (), (Button("认领", "/认领 12"),), "心愿 #12：发“/认领 12”")
SAID: dict[str, tuple[Part, ...]] = {
    "嘘": (),
    "长": (Text("一二三四五六七。" * 2000),),
    "心愿": (WISH,),
    "单子": (Text("有 1 个心愿。"), WISH),
}


def said(update: Update) -> Sequence[Part]:
    return SAID[update.text] if update.text in SAID else echo(update)


@dataclass
class Replica:
    engine: Engine
    channel: WecomAibotUrl
    delivery: Delivery
    url: str


class House:
    """The platform, and as many replicas of ours as are opened, over one database."""

    def __init__(self, database: Database, clock: StandingClock) -> None:
        self.database = database
        self.clock = clock
        self.platform = AibotUrlPlatform(clock)
        self._closing: list[Any] = []

    async def open(self, budget: float = 5.0) -> Replica:
        engine = Engine(self.database, said)
        gate = Gate(engine, self.database, budget=budget)
        robot = self.platform.robot
        channel = WecomAibotUrl(
            UrlMode(robot.token, robot.aes_key, robot.name),
            gate,
            database=self.database,
            clock=self.clock,
            pacing=SharedPacing(self.database),
        )
        app = web.Application()
        app.add_routes(channel.routes())
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        delivery = Delivery(self.database, {"wecom_aibot": channel}, self.clock, SharedPacing(self.database))
        self._closing += [(engine, gate, channel, runner, delivery)]
        return Replica(engine, channel, delivery, f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}")

    async def close(self) -> None:
        for engine, gate, channel, runner, delivery in self._closing:
            engine.hold.set()
            await delivery.close()
            await channel.close()
            await runner.cleanup()
            await gate.close()
        await self.platform.stop()

    def say(self, words: str, chat: str | None = None) -> Callback:
        return self.platform.people.say(PERSON, words, chat)

    def outcomes(self) -> list[Outcome]:
        rows = self.database.read_now(lambda uow: uow.outbox.with_ids(range(1, 50)))
        return [row.status for row in rows.values()]


@pytest.fixture
def standing() -> StandingClock:
    return StandingClock()


@pytest.fixture
def database(database_url: str, standing: StandingClock) -> Iterator[Database]:
    opened = Database(database_url, standing.now)
    yield opened
    opened.close()


@pytest.fixture
async def house(database: Database, standing: StandingClock) -> AsyncIterator[House]:
    made = House(database, standing)
    await made.platform.start()
    made.platform.chats.add_group(GROUP, PERSON)

    def move_in(uow: UnitOfWork) -> None:
        uow.groups.add("连心群", place_id=None, channel="wecom_aibot", external_id=GROUP)
        uow.members.open_account(uow.members.add("李华").id, "wecom_aibot", PERSON)

    database.run_now(move_in)
    yield made
    await made.close()


async def test_an_answer_in_time_is_the_finished_stream(house: House) -> None:
    here = await house.open()
    talk = await house.platform.converse(here.url, house.say("/帮助", GROUP))
    assert (talk.shown, talk.polls, talk.fault) == ("收到：/帮助", 0, None)
    (update,) = here.engine.updates
    assert (update.text, update.chat, update.mentioned) == ("/帮助", GROUP, True)
    assert house.outcomes() == []


async def test_a_late_answer_is_said_by_the_stream_and_by_nothing_else(house: House) -> None:
    here = await house.open(budget=0.05)
    here.engine.hold.clear()
    callback = house.say("/帮助", GROUP)
    talking = asyncio.create_task(house.platform.converse(here.url, callback))
    await _until(lambda: house.platform.chats.streams != {})
    here.engine.hold.set()
    talk = await talking
    assert (talk.contents[0], talk.shown, talk.fault) == (say.ROBOT_WORKING, "收到：/帮助", None)
    await here.delivery.send_due()
    assert (house.outcomes(), house.platform.ledger.contents(GROUP)) == ([Outcome.SENT], ["收到：/帮助"])
    assert house.platform.api.calls[RESPONSE] == 0


async def test_any_replica_goes_on_with_a_stream_and_says_its_end_as_often_as_asked(house: House) -> None:
    first = await house.open(budget=0.05)
    first.engine.hold.clear()
    callback = house.say("/帮助", GROUP)
    opened = await house.platform.tell(first.url, callback)
    assert opened.text == say.ROBOT_WORKING and opened.reply is not None
    second = await house.open()
    key = opened.reply["stream"]["id"]
    assert (await house.platform.poll(second.url, callback, key)).text == say.ROBOT_WORKING
    assert await second.delivery.send_due() == 0
    first.engine.hold.set()
    await _until(lambda: house.outcomes() == [Outcome.QUEUED])
    await second.delivery.send_due()
    assert house.outcomes() == [Outcome.QUEUED], "while the stream is open the outbox waits"
    request = _poll(house, callback, key)
    ends = [await house.platform.post(each.url, request()) for each in (second, first, second)]
    bodies = [json.loads(house.platform.sealer.open(json.loads(end.body)["encrypt"])) for end in ends]
    finished = {"msgtype": "stream", "stream": {"id": key, "finish": True, "content": "收到：/帮助"}}
    assert (bodies, house.outcomes()) == ([finished] * 3, [Outcome.SENT])


async def test_what_takes_too_long_ends_the_stream_and_is_said_by_the_address(house: House) -> None:
    here = await house.open(budget=0.05)
    here.engine.hold.clear()
    talk = await house.platform.converse(here.url, house.say("/帮助"), every=30)
    assert (talk.shown, talk.fault, talk.finished) == (say.ROBOT_STILL_WORKING, None, True)
    here.engine.hold.set()
    await _until(lambda: house.outcomes() == [Outcome.QUEUED])
    await here.delivery.send_due()
    assert house.platform.ledger.contents(PERSON) == [say.ROBOT_STILL_WORKING, "收到：/帮助"]
    assert house.outcomes() == [Outcome.SENT]


async def test_an_answer_that_has_gone_out_otherwise_is_not_said_again(house: House) -> None:
    here = await house.open(budget=0.05)
    here.engine.hold.clear()
    callback = house.say("/帮助", GROUP)
    opened = await house.platform.tell(here.url, callback)
    here.engine.hold.set()
    await _until(lambda: house.outcomes() == [Outcome.QUEUED])

    def sent(uow: UnitOfWork) -> None:
        (row,) = uow.outbox.lease(limit=1, seconds=60)
        uow.outbox.settle(row, Outcome.SENT)

    await house.database.run(sent)
    assert opened.reply is not None
    key = opened.reply["stream"]["id"]
    for _ in range(2):
        assert (await house.platform.post(here.url, _poll(house, callback, key)())).status == 200
    call = await house.database.read(lambda uow: uow.robot_calls.get(key))
    assert call is not None and call.stream is Stream.ELSEWHERE


async def test_what_does_not_fit_follows_by_the_address(house: House) -> None:
    here = await house.open()
    talk = await house.platform.converse(here.url, house.say("长"))
    assert talk.shown is not None and len(talk.shown.encode()) <= AIBOT_MARKDOWN
    house.clock.advance(5)
    await here.delivery.send_due()
    assert house.outcomes() == [Outcome.WAITING], (
        "one address for two messages: the person's next one brings more"
    )
    assert len(house.platform.ledger.contents(PERSON)) == 2
    await house.platform.tell(here.url, house.say("还有吗"))
    await house.database.run(lambda uow: uow.outbox.wake(1))
    await here.delivery.send_due()
    shown = [each for each in house.platform.ledger.contents(PERSON) if not each.startswith("收到")]
    assert ("".join(shown).count("一二三四五六七。"), house.outcomes()) == (2000, [Outcome.SENT])


async def test_cards_are_answers_too(house: House) -> None:
    here = await house.open()
    await house.platform.converse(here.url, house.say("单子", GROUP))
    await house.platform.converse(here.url, house.say("心愿", GROUP))
    kinds = [entry.kind for entry in house.platform.ledger.delivered(GROUP)]
    assert kinds == ["stream", "template_card", "stream", "template_card"]
    assert len(house.platform.chats.cards) == 2


async def test_a_pressed_button_is_answered_on_its_card(house: House) -> None:
    here = await house.open()
    await house.platform.converse(here.url, house.say("单子", GROUP))
    (task,) = house.platform.chats.cards
    press = house.platform.people.click(PERSON, task, "/认领 12")
    await house.platform.tell(here.url, press)
    shown = house.platform.chats.cards[task].seen_by(PERSON)
    assert shown["main_title"] == {"title": "收到：/认领 12"}
    assert (here.engine.updates[-1].kind, here.engine.updates[-1].card) == (Kind.CLICK, task)
    assert task == task_id(here.engine.updates[0].key, WISH)


async def test_who_opens_the_chat_is_greeted(house: House) -> None:
    here = await house.open()
    entered = house.platform.people.enter(PERSON)
    assert entered is not None
    outcome = await house.platform.tell(here.url, entered)
    assert (outcome.text, outcome.fault) == ("收到：", None)
    assert here.engine.updates[0].kind is Kind.FOLLOW


async def test_silence_is_an_empty_answer(house: House) -> None:
    here = await house.open()
    outcome = await house.platform.tell(here.url, house.say("嘘"))
    assert (outcome.text, outcome.reply, outcome.fault) == (None, None, None)


async def test_duplicates_are_one_answer(house: House) -> None:
    here = await house.open()
    here.engine.hold.clear()
    asyncio.get_running_loop().call_later(0.1, here.engine.hold.set)
    message = house.platform.written(house.say("/帮助"))
    found = await house.platform.deliver_at_once(here.url, message, copies=3)
    again = await house.open()
    found += await house.platform.deliver_at_once(again.url, message, copies=2)
    assert [each.text for each in found] == ["收到：/帮助"] * 5
    assert (len(here.engine.updates), len(again.engine.updates), house.outcomes()) == (1, 0, [])


async def test_without_an_unused_address_nothing_is_pushed(house: House) -> None:
    here = await house.open()
    morning = Markdown("早报", "早报")
    with pytest.raises(Undeliverable) as refused:
        await here.channel.send(HERE, morning, key="k")
    assert (type(refused.value), refused.value.sentence) == (Undeliverable, say.ROBOT_NO_PUSH)
    with pytest.raises(WindowClosed):
        await here.channel.send(ALONE, morning, key="k")
    await house.platform.tell(here.url, house.say("在吗", GROUP))
    assert await here.channel.send(HERE, morning, key="k") == ""
    with pytest.raises(Undeliverable):
        await here.channel.send(HERE, morning, key="k")
    assert house.platform.ledger.contents(GROUP) == ["收到：在吗", "早报"]


async def test_an_address_is_good_for_an_hour(house: House) -> None:
    here = await house.open()
    await house.platform.tell(here.url, house.say("在吗", GROUP))
    house.clock.advance(3600)
    with pytest.raises(Undeliverable):
        await here.channel.send(HERE, Markdown("早报", "早报"), key="k")
    assert house.platform.api.calls[RESPONSE] == 0


async def test_an_address_that_took_nothing_is_used_again(house: House) -> None:
    here = await house.open()
    await house.platform.tell(here.url, house.say("在吗", GROUP))
    house.platform.api.inject(RESPONSE, Fault.BUSY)
    with pytest.raises(Throttled):
        await here.channel.send(HERE, Markdown("早报", "早报"), key="k")
    assert await here.channel.send(HERE, Markdown("早报", "早报"), key="k") == ""
    assert house.platform.ledger.contents(GROUP) == ["收到：在吗", "早报"]


async def test_the_address_is_tested_by_the_platform(house: House) -> None:
    here = await house.open()
    assert await house.platform.verify_url(here.url)


async def test_what_is_forged_stale_or_broken_reaches_nobody(house: House) -> None:
    here, platform = await house.open(), house.platform
    message = platform.written(house.say("/心愿 收音机"))
    right = platform.request(message)
    now = int(house.clock.now().timestamp())
    signed = right.query["msg_signature"]
    hostile: list[tuple[int, Request]] = [
        (403, Request({**right.query, "msg_signature": "0" * 40}, right.body)),
        (403, Request({**right.query, "msg_signature": signed.upper()}, right.body)),
        (403, Request({key: value for key, value in right.query.items() if key != "nonce"}, right.body)),
        (403, Request({}, right.body)),
        (403, platform.request(message, timestamp=now - 301)),
        (403, platform.request(message, timestamp=now + 301)),
        (403, platform.request(message, receive_id="ww1234")),
        (403, _poll(house, house.say("x"), "M1", timestamp=now - 301)()),
        (413, Request(right.query, right.body + b" " * 70_000)),
        *((400, Request(right.query, body)) for body in (b"", b"{", b"[]", b"null", b'{"encrypt": 7}', b"[" * 9999)),
        *((400, platform.request(inside)) for inside in (
            "", "[]", "{}", '{"msgtype": "text"}', '{"msgtype": "stream"}',
            '{"msgtype": "stream", "stream": {"id": 7}}',
            json.dumps({**json.loads(message), "msgid": "\x00"}), json.dumps({**json.loads(message), "from": "me"}),
            json.dumps({**json.loads(message), "text": {}}), "[" * 9999,
        )),
    ]  # fmt: skip
    answers = [(await platform.post(here.url, request)).status for _, request in hostile]
    assert answers == [status for status, _ in hostile]
    assert here.engine.updates == []


async def test_limits_hold_for_answers_and_addresses_together(house: House) -> None:
    here = await house.open()
    for number in range(28):
        await house.platform.tell(here.url, house.say(f"第{number}句", GROUP))
    assert len(house.platform.ledger.delivered(GROUP)) == 25
    with pytest.raises(Throttled):
        await here.channel.send(HERE, Markdown("早报", "早报"), key="k")
    assert house.platform.ledger.over_limits() == []
    for _ in range(200):
        house.clock.advance(1)
        await here.delivery.send_due()
    assert len(house.platform.ledger.delivered(GROUP)) == 28
    assert house.platform.ledger.over_limits() == []


async def test_a_stream_is_not_opened_where_there_is_no_room_for_it(house: House) -> None:
    here = await house.open(budget=0.05)
    for number in range(25):
        await house.platform.tell(here.url, house.say(f"第{number}句", GROUP))
    here.engine.hold.clear()
    outcome = await house.platform.tell(here.url, house.say("慢", GROUP))
    assert (outcome.reply, outcome.fault) == (None, None)
    here.engine.hold.set()
    await _until(lambda: house.outcomes() == [Outcome.QUEUED])
    for _ in range(100):
        house.clock.advance(1)
        await here.delivery.send_due()
    assert (house.platform.ledger.contents(GROUP)[25:], house.platform.ledger.over_limits()) == (
        ["收到：慢"],
        [],
    )


async def _until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def _poll(house: House, callback: Callback, key: str, timestamp: int | None = None) -> Any:
    numbers = iter(range(100))

    def request() -> Request:
        told = {name: callback.body[name] for name in ("aibotid", "chattype", "from")}
        body = {"msgid": f"Q{next(numbers)}", **told, "msgtype": "stream", "stream": {"id": key}}
        return house.platform.request(json.dumps(body), timestamp=timestamp)

    return request
