"""Every delivery of a message joins one piece of work, and an answer that is late leaves by the outbox."""

import asyncio
from datetime import timedelta

from bot.chat.gate import ABANDONED, Gate
from bot.chat.reply import Reply, Text
from bot.chat.update import Update
from storage.uow import UnitOfWork
from tests.chat.bench import Bench

PATIENT, HASTY = 20.0, 0.05


def gate_of(bench: Bench, budget: float = PATIENT) -> Gate:
    return Gate(bench.dispatcher.answer, bench.database, budget=budget)


async def test_answer_in_time_is_the_response_and_nothing_is_sent(bench: Bench) -> None:
    gate, update = gate_of(bench), bench.update("/记 买盐")
    assert await gate.answer(update) == (Text("第 1 条"),)
    assert await bench.outbox(update.key) == []


async def test_known_key_gets_the_stored_reply_and_is_not_carried_out_again(bench: Bench) -> None:
    gate, update = gate_of(bench), bench.update("/记 买盐")
    await gate.answer(update)
    restarted = gate_of(bench)
    assert await restarted.answer(update) == (Text("第 1 条"),)
    assert (await bench.kept(), await bench.outbox(update.key)) == (["买盐"], [])


async def test_silence_is_an_answer(bench: Bench) -> None:
    assert await gate_of(bench).answer(bench.update("你好", group=True)) == ()


async def test_delivery_during_the_work_joins_it(bench: Bench) -> None:
    gate, update = gate_of(bench), bench.update("/慢")
    deliveries = [asyncio.create_task(gate.answer(update)) for _ in range(3)]
    await bench.latch.entered.wait()
    bench.latch.opened.set()
    assert await asyncio.gather(*deliveries) == [(Text("第 1 条"),)] * 3
    assert (await bench.kept(), await bench.outbox(update.key)) == (["慢"], [])


async def test_late_answer_is_acknowledged_and_follows_by_the_outbox_once(bench: Bench) -> None:
    gate, update = gate_of(bench, HASTY), bench.update("/慢")
    assert await gate.answer(update) is None
    assert await gate.known("terminal", update.key)
    assert await gate.answer(update) is None
    assert await bench.outbox(update.key) == []
    bench.latch.opened.set()
    await gate.close()
    assert await bench.outbox(update.key) == ["第 1 条"]
    assert await gate.answer(update) == (Text("第 1 条"),)
    assert (await bench.kept(), await bench.outbox(update.key)) == (["慢"], ["第 1 条"])


async def test_platform_asks_before_the_answer_is_stored_but_after_it_is_made(bench: Bench) -> None:
    """The budget runs out in the moment of the commit: the reply is said once, by the response or by the outbox."""
    update = bench.update("/慢")
    bench.latch.opened.set()
    gate = gate_of(bench, 0.0)
    said = await gate.answer(update)
    await gate.close()
    sent = await bench.outbox(update.key)
    assert (said, sent) in ([(Text("第 1 条"),), []], (None, ["第 1 条"])) or (
        said == (Text("第 1 条"),) and sent == []
    )
    assert await bench.kept() == ["慢"]


async def test_unknown_key_is_unknown(bench: Bench) -> None:
    assert not await gate_of(bench).known("terminal", "never")


async def test_rest_of_an_answer_is_queued_once_for_who_asked_or_their_group(bench: Bench) -> None:
    gate = gate_of(bench)
    for update in (bench.update("/念 春", key="a"), bench.update("/念 春", key="b", group=True)):
        await gate.later(update, [Text("二"), Text("三")])
        await gate.later(update, [Text("二"), Text("三")])

    def queued(uow: UnitOfWork) -> list[tuple[int | None, int | None, str]]:
        rows = [row for key in ("a", "b") for row in uow.outbox.caused_by("terminal", key)]
        return [(row.to.member_id, row.to.group_id, Reply.from_json(row.body).plain()) for row in rows]

    assert await bench.database.read(queued) == [
        (bench.resident, None, "二\n\n三"),
        (None, bench.group, "二\n\n三"),
    ]


async def test_update_acknowledged_by_a_process_that_died_is_carried_out_by_another(bench: Bench) -> None:
    update = bench.update("/记 买盐")
    await bench.database.run(lambda uow: uow.inbox.accept("terminal", update.key, update.to_json()))
    gate = gate_of(bench)
    assert await gate.resume() == 0
    bench.clock.advance(seconds=ABANDONED.total_seconds() + 1)
    assert await gate.resume() == 1
    assert await gate.resume() == 0
    assert (await bench.kept(), await bench.outbox(update.key)) == (["买盐"], ["第 1 条"])


async def test_abandoned_update_that_is_a_bug_is_tried_once_and_its_number_is_sent(bench: Bench) -> None:
    update = bench.update("/坏")
    await bench.database.run(lambda uow: uow.inbox.accept("terminal", update.key, update.to_json()))
    bench.clock.advance(seconds=ABANDONED.total_seconds() + 1)
    gate = gate_of(bench)
    assert [await gate.resume(), await gate.resume()] == [1, 0]
    waiting = await bench.database.read(lambda uow: uow.inbox.pending(older_than=timedelta(0)))
    assert waiting == []


async def test_twenty_deliveries_through_two_processes_do_one_thing(bench: Bench) -> None:
    gates, update = (gate_of(bench), gate_of(bench)), bench.update("/记 买盐")

    async def deliver(number: int) -> object:
        return await gates[number % 2].answer(update)

    answers = await asyncio.gather(*(deliver(number) for number in range(20)))
    assert answers == [(Text("第 1 条"),)] * 20
    assert (await bench.kept(), await bench.outbox(update.key)) == (["买盐"], [])


def test_abandoned_is_longer_than_any_answer_takes() -> None:
    assert timedelta(seconds=4) < ABANDONED


async def test_stored_update_is_the_update(bench: Bench) -> None:
    update = bench.update("/慢")
    gate = gate_of(bench, HASTY)
    await gate.answer(update)
    bench.clock.advance(seconds=1)
    (pending,) = await bench.database.read(lambda uow: uow.inbox.pending(older_than=timedelta(0)))
    bench.latch.opened.set()
    await gate.close()
    assert Update.from_json(pending.payload) == update
