"""What the bot says in a group stands on its burden meter: once, whatever is delivered again."""

from datetime import date

from bot.chat.dispatcher import Dispatcher
from bot.chat.reply import Reply
from bot.chat.update import Update
from handlers import FEATURES
from handlers.digests import jobs
from storage.outbox import Outcome
from storage.uow import UnitOfWork
from tests.handlers.town import GROUP, Town

MONDAY = date(2026, 3, 2)


def dispatcher(town: Town) -> Dispatcher:
    return Dispatcher(FEATURES, town.database, town.clock, town.services, messages_a_minute=0)


async def register(town: Town) -> list[tuple[date, str, int, int, int]]:
    rows = await town.register("burden")
    return [(row["week"], row["group"], row["messages"], row["questions"], row["pushes"]) for row in rows]


async def test_answers_and_questions_in_a_group_count_private_words_and_silence_do_not(town: Town) -> None:
    await town.say("王主任", "/心愿单", GROUP)
    await town.say("小周", "/反馈", GROUP)  # asks what about
    await town.say("小周", "/心愿 想要一根拐杖", GROUP)
    await town.say("小周", "/认领 99", GROUP)  # refused: said all the same
    await town.say("小周", "大家好", GROUP)
    await town.say("小周", "/心愿")
    await town.say("小周", "取消")
    assert await register(town) == [(MONDAY, GROUP, 4, 1, 0)]


async def test_a_message_delivered_again_counts_once(town: Town) -> None:
    group = str(town.database.read_now(lambda uow: uow.groups.named(GROUP)).id)
    update = Update("terminal", "k1", str(town.person("小周").id), town.clock.now(), "/心愿单", chat=group)
    for _ in range(3):
        await dispatcher(town).answer(update)
    assert await register(town) == [(MONDAY, GROUP, 1, 0, 0)]


async def test_an_answer_that_comes_late_counts_when_it_is_sent(town: Town) -> None:
    group = str(town.database.read_now(lambda uow: uow.groups.named(GROUP)).id)
    update = Update("terminal", "k1", str(town.person("小周").id), town.clock.now(), "/反馈", chat=group)
    town.database.run_now(lambda uow: uow.inbox.accept("terminal", "k1", update.to_json()))
    await dispatcher(town).answer(update)
    assert await register(town) == [(MONDAY, GROUP, 0, 1, 0)]
    await deliver(town)
    assert await register(town) == [(MONDAY, GROUP, 1, 1, 0)]


async def test_pushes_count_among_the_messages_and_stand_beside_them(town_with_items: Town) -> None:
    town = town_with_items
    for day in (5, 6, 9):
        town.clock.set(f"2026-03-{day:02} 08:00")
        await jobs.push_due(town.database, town.clock, town.services)
        await deliver(town)
    await town.say("王主任", "/推送 统计", GROUP)
    rows = [row for row in await register(town) if row[1] == GROUP]
    assert rows == [(date(2026, 3, 9), GROUP, 2, 0, 1), (MONDAY, GROUP, 2, 0, 2)]
    told = await town.say("王主任", "/推送 统计", GROUP)
    assert told.splitlines()[-1] == (
        "我在本群说话：本周 2 条（早报 1 条，向人追问 0 次）；上周 2 条（早报 2 条，向人追问 0 次）。"
    )


async def deliver(town: Town) -> None:
    def send(uow: UnitOfWork) -> None:
        for row in uow.outbox.lease(limit=100, seconds=60):
            assert Reply.from_json(row.body).parts
            uow.outbox.settle(row, Outcome.SENT)

    await town.database.run(send)
