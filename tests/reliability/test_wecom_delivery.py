"""The outbox through WeCom's app and webhooks while a third of all calls fail: nothing lost, nothing twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.channels.group_robot import GroupRobot
from bot.channels.wecom_app import WecomApp
from bot.chat.channel import Channel
from bot.chat.reply import Reply
from bot.delivery import Delivery
from bot.pacing import SharedPacing
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.channels.wecom import Bench, bench
from tests.platform import app_messages, webhook
from tests.platform.faults import Fault
from tests.platform.ledger import Ledger
from tests.platform.tokens import GET_TOKEN

SIZES = [30, pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(1200)])]
"""Messages to each of two members and two groups."""

FAULTS = (
    Fault.BUSY,
    Fault.BAD_GATEWAY,
    Fault.LATE_BAD_GATEWAY,
    Fault.EMPTY,
    Fault.TRUNCATED,
    Fault.RESET_UNREAD,
    Fault.RESET,
    Fault.ANSWER_LOST,
    Fault.GZIP,
)


@dataclass
class Post:
    """A corporation with an app and two members, two groups with a robot each, and our sender."""

    app: Bench
    robots: webhook.GroupRobotServer
    delivery: Delivery
    channels: dict[str, Channel]
    each: int

    def ledgers(self) -> tuple[Ledger, Ledger]:
        return self.app.server.ledger, self.robots.ledger

    def delivered(self) -> Counter[str]:
        return Counter(entry.content for ledger in self.ledgers() for entry in ledger.delivered())

    async def send_all(self) -> None:
        """Until nothing is queued any more; the clock goes to where the next attempt is due."""
        for _ in range(60 * self.each):
            await self.delivery.send_due()
            if await self.app.database.read(lambda uow: uow.outbox.quiet()):
                return
            self.app.clock.advance(1)
        raise AssertionError("the outbox never came to rest")

    def outcomes(self) -> dict[str, Outcome]:
        def read(uow: UnitOfWork) -> dict[str, Outcome]:
            rows = uow.outbox.with_ids(range(1, 10_000)).values()
            return {Reply.from_json(row.body).plain(): row.status for row in rows}

        return self.app.database.read_now(read)


@pytest.fixture(params=SIZES)
async def post(sqlite_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Post]:
    async with bench(sqlite_url, patience=1.0) as app:
        robots = webhook.GroupRobotServer(app.clock)
        base = await robots.start()
        channels: dict[str, Channel] = {
            WecomApp.name: app.channel,
            GroupRobot.name: GroupRobot(app.database, app.clock, patience=1.0),
        }
        hooks = [f"{base}{webhook.SEND}?key={robots.add_robot(name)}" for name in ("甲", "乙")]
        await asyncio.to_thread(app.database.run_now, lambda uow: _put(uow, hooks, request.param))
        pacing = SharedPacing(app.database)
        yield Post(app, robots, Delivery(app.database, channels, app.clock, pacing), channels, request.param)
        await channels[GroupRobot.name].close()
        await robots.stop()


def _put(uow: UnitOfWork, hooks: list[str], each: int) -> None:
    """`each` messages to everybody, no two alike."""
    place = uow.places.add("永续社区", kind="community")
    targets: list[Target] = []
    for userid in ("lihua", "wangfang"):
        member = uow.members.add(userid, place_id=place.id)
        uow.members.open_account(member.id, WecomApp.name, userid, "ww0123456789abcdef")
        targets.append(Target(member_id=member.id))
    for number, hook in enumerate(hooks):
        group = uow.groups.add(f"群{number}", place_id=place.id, channel=GroupRobot.name, webhook=hook)
        targets.append(Target(group_id=group.id))
    for number in range(each):
        for index, to in enumerate(targets):
            uow.outbox.add(to, Reply.text(f"{index}-{number}").to_json())


async def test_without_faults_all_arrive_in_order(post: Post) -> None:
    await post.send_all()
    assert set(post.outcomes().values()) == {Outcome.SENT}
    assert post.app.server.ledger.contents("lihua") == [f"0-{number}" for number in range(post.each)]
    for index, key in enumerate(post.robots.robots, start=2):
        assert post.robots.ledger.contents(key) == [f"{index}-{number}" for number in range(post.each)]
    assert [ledger.over_limits() for ledger in post.ledgers()] == [[], []]
    assert post.app.server.calls[GET_TOKEN] == 1


async def test_with_faults_nothing_is_lost_or_sent_twice(post: Post) -> None:
    post.app.server.faults.scatter(app_messages.SEND, 0.3, *FAULTS, seed=11)
    post.robots.faults.scatter(webhook.SEND, 0.3, *FAULTS, seed=12)
    await post.send_all()
    delivered, outcomes = post.delivered(), post.outcomes()
    assert len(outcomes) == 4 * post.each
    assert set(outcomes.values()) <= {Outcome.SENT, Outcome.UNKNOWN}
    assert {text for text, times in delivered.items() if times > 1} == set()
    sent = {text for text, outcome in outcomes.items() if outcome is Outcome.SENT}
    assert sent - set(delivered) == set()
    unknown = {
        row.id for row in post.app.database.read_now(lambda uow: uow.undelivered.unsettled(limit=10_000))
    }
    assert len(unknown) == len(outcomes) - len(sent)
    assert 0 < len(unknown) < 2 * post.each
    assert [ledger.over_limits() for ledger in post.ledgers()] == [[], []]


async def test_with_faults_known_as_not_delivered_all_arrive_once(post: Post) -> None:
    """One in ten: eight attempts in a row do not fail, whatever the order of the calls."""
    post.app.server.faults.scatter(app_messages.SEND, 0.1, Fault.BUSY, seed=11)
    post.robots.faults.scatter(webhook.SEND, 0.1, Fault.BUSY, seed=12)
    await post.send_all()
    assert set(post.outcomes().values()) == {Outcome.SENT}
    assert set(post.delivered().values()) == {1}
    assert len(post.delivered()) == 4 * post.each
