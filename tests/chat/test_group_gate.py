"""Whatever way a message goes into a group, nothing in it leads to a person; what was written for all stays."""

import ast
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.chat.gate import ABANDONED, Gate
from bot.chat.public import for_group
from bot.chat.reply import Button, Card, File, Image, Link, Markdown, Part, Reply, Text
from bot.delivery import Delivery
from bot.logs import JsonLines, TextLines
from bot.pacing import SharedPacing
from storage.database import Database
from storage.outbox import Target
from storage.uow import UnitOfWork
from tests.chat.bench import Bench
from tests.clock import FrozenClock
from tests.reliability.test_routes import Stage

ROOT = Path(__file__).resolve().parents[2]
CANARY = "孩子叫贾宝钗，住柳河村3组12号，电话１３９ 0000 1234，身份证11010519491231002X"
HIDDEN = "孩子叫贾某，住柳河村〔住址已隐去〕，电话〔号码已隐去〕，身份证〔号码已隐去〕"
TOLD = ("贾宝钗", "3组", "1234", "0000", "1949")
PATIENT = 20.0


def leaks(text: str) -> list[str]:
    return [bit for bit in TOLD if bit in text]


def parts(words: str, *, published: bool = False) -> tuple[Part, ...]:
    """One of each kind, with the words in every place where words can stand."""
    return (
        Text(words, words, published=published),
        Markdown(words, words, words, published=published),
        Card(words, words, ((words, words),), (Button(words, "/帮助"),), words, published=published),
        Image("key", "一.png", words, published=published),
        File("key", "一.pdf", words, published=published),
        Link(words, words, "https://example.org/1", published=published),
    )


def test_every_kind_of_part_is_masked_and_a_published_one_is_not() -> None:
    assert for_group(Reply(parts(CANARY))) == Reply(parts(HIDDEN))
    assert for_group(Reply(parts(CANARY, published=True))) == Reply(parts(CANARY, published=True))
    assert {type(part) for part in parts("")} == set(Part.__args__)


def test_a_stored_reply_remembers_what_was_published() -> None:
    for published in (False, True):
        reply = Reply(parts(CANARY, published=published), ("wish:1",))
        assert Reply.from_json(reply.to_json()) == reply
    assert Reply(parts(CANARY)).published() == Reply(parts(CANARY, published=True))


async def test_an_answer_in_a_group_is_masked_and_stored_masked(bench: Bench) -> None:
    update = bench.update(f"/念 {CANARY}", group=True)
    first = await bench.dispatcher.answer(update)
    again = await bench.dispatcher.answer(update)
    stored = await bench.database.read(lambda uow: uow.inbox.reply_to("terminal", update.key))
    assert (first.plain(), again.plain()) == (HIDDEN, HIDDEN)
    assert leaks(stored or "") == []


async def test_what_is_refused_repeats_no_details_in_a_group(bench: Bench) -> None:
    for words in (f"/管 {CANARY}", f"/单 {CANARY}", f"@连心 {CANARY}"):
        said = await bench.say(words, who=bench.coordinator, group=True, mentioned=True)
        assert (said != "", leaks(said)) == (True, [])


async def test_in_private_one_hears_ones_own_words(bench: Bench) -> None:
    assert await bench.say(f"/念 {CANARY}") == CANARY


def _queue(uow: UnitOfWork, group: int, reply: Reply) -> None:
    uow.outbox.add(Target(group_id=group), reply.to_json())


async def delivered(database: Database, clock: FrozenClock, stages: Sequence[Stage]) -> None:
    delivery = Delivery(database, {stage.name: stage for stage in stages}, clock, SharedPacing(database))
    while await delivery.send_due():
        pass


@pytest.mark.parametrize("way", ["own channel", "webhook", "by hand"])
async def test_what_anybody_queues_for_a_group_is_masked_when_it_leaves(
    database: Database, clock: FrozenClock, way: str
) -> None:
    stages = [Stage(name, []) for name in ("wecom_aibot", "group_robot", "official_account")]

    def prepare(uow: UnitOfWork) -> int:
        owner = uow.members.add("王主任")
        uow.members.join_account(owner.id, "official_account", "openid")
        heard = (
            {"channel": "wecom_aibot", "external_id": "wr-1"}
            if way == "own channel"
            else {"channel": "by_hand"}
        )
        if way == "webhook":
            heard = {"channel": "wecom_app", "webhook": "https://example.org/hook"}
        return uow.groups.add("柳河村群", place_id=None, owner_id=owner.id, **heard).id

    group = database.run_now(prepare)
    database.run_now(_queue, group, Reply.text(CANARY))
    database.run_now(_queue, group, Reply.text("便民服务中心 0537-2345678").published())
    await delivered(database, clock, stages)
    said = [text for stage in stages for _, _, text, _ in stage.taken if "请转发" not in text]
    assert [text for text in said if text in (HIDDEN, "便民服务中心 0537-2345678")] == [
        HIDDEN, "便民服务中心 0537-2345678",
    ]  # fmt: skip
    assert [leaks(text) for text in said] == [[]] * len(said)


async def test_a_late_answer_and_the_rest_of_a_long_one_are_masked(bench: Bench) -> None:
    """The rest comes from an answer that was masked already: it is not masked twice, and leaves as it was said."""
    gate = Gate(bench.dispatcher.answer, bench.database, budget=PATIENT)
    update = bench.update(f"/念 {CANARY}", group=True)
    said = await gate.answer(update)
    assert said is not None
    await gate.later(update, said)
    late = bench.update(f"/念 {CANARY}", group=True)
    await bench.database.run(lambda uow: uow.inbox.accept("terminal", late.key, late.to_json()))
    bench.clock.advance(seconds=ABANDONED.total_seconds() + 1)
    assert await gate.resume() == 1
    rest, answer = await bench.outbox(update.key), await bench.outbox(late.key)
    assert (rest, answer) == ([HIDDEN], [HIDDEN])
    stage = Stage("simulator", [])
    bench.clock.advance(minutes=1)
    await delivered(bench.database, bench.clock, [stage])
    assert [text for _, _, text, _ in stage.taken] == [HIDDEN, HIDDEN]


def calls(tree: ast.Module, method: str) -> int:
    return sum(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
        for node in ast.walk(tree)
    )


def test_nobody_goes_past_the_gate() -> None:
    """A channel's `send` is called in one place, and answers are stamped in one: both beside `for_group`."""
    rooms = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for room in ("bot", "handlers")
        for path in (ROOT / room).rglob("*.py")
    }
    outside = {name: tree for name, tree in rooms.items() if not name.startswith("bot/channels/")}
    assert len(outside) > 100
    assert {name for name, tree in outside.items() if calls(tree, "send")} == {"bot/delivery.py"}
    assert {name for name, tree in outside.items() if calls(tree, "render")} == {"bot/delivery.py"}
    stamping = {name for name, tree in outside.items() if "inbox.answer(" in ast.unparse(tree)}
    assert stamping == {"bot/chat/turn.py", "bot/chat/gate.py"}
    gated = {name for name, tree in outside.items() if "for_group(" in ast.unparse(tree)}
    assert gated == {"bot/chat/public.py", "bot/chat/turn.py", "bot/delivery.py"}


@pytest.mark.parametrize("form", [JsonLines(), TextLines()], ids=["json", "text"])
def test_logs_are_masked_word_by_word(form: logging.Formatter) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        record = logging.LogRecord(
            "bot", logging.ERROR, __file__, 1, "said %s", (CANARY,), (ValueError, error, error.__traceback__)
        )
    record.__dict__ |= {"words": CANARY, "many": [CANARY, {"a": CANARY}], "phone": 13912345678, "outbox": 12}
    line = form.format(record)
    assert leaks(line) == []
    assert "13912345678" not in line
    if isinstance(form, JsonLines):
        kept = json.loads(line)
        assert (kept["outbox"], kept["phone"], kept["many"]) == (
            12,
            "〔号码已隐去〕",
            [HIDDEN, {"a": HIDDEN}],
        )
