"""By which way a message leaves: several channels to one group, pacing, long replies, an operator who has to act."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.chat.channel import Recipient, Window
from bot.chat.errors import ChannelError, Misconfigured, OutcomeUnknown, Removed, Undeliverable, Unreachable
from bot.chat.reply import Part, Reply, Text
from bot.delivery import ATTEMPTS, Delivery
from bot.pacing import SharedPacing
from storage.database import Database
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

Sent = tuple[str, str, str, tuple[str, ...]]


@dataclass
class Stage:
    """A channel that takes what it is given, or raises what stands in its plan."""

    name: str
    taken: list[Sent]
    plan: list[ChannelError | None] = field(default_factory=list)
    here: bool = True
    minute: int = 0
    """Messages a minute for one recipient; 0: as many as one likes."""

    def routes(self) -> Sequence[web.RouteDef]:
        return ()

    async def start(self) -> None:
        return

    def ready(self) -> bool:
        return self.here

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        return [Text(line) for part in parts for line in part.plain().split("|")]

    def windows(self, to: Recipient) -> Sequence[Window]:
        return [Window(f"{self.name}:{to.external_id}", self.minute, 60)] if self.minute else []

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        error = self.plan.pop(0) if self.plan else None
        if error is not None:
            raise error
        self.taken.append((self.name, to.external_id, message.plain(), to.mentions))
        return f"receipt-{len(self.taken)}"

    async def close(self) -> None:
        return


class Post:
    """A group heard on `wecom_aibot` with a webhook beside it, its owner on the Official Account."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        self.database = database
        self.clock = clock
        self.taken: list[Sent] = []
        self.robot = Stage("wecom_aibot", self.taken)
        self.webhook = Stage("group_robot", self.taken)
        self.account = Stage("official_account", self.taken)
        self.owner, self.group = database.run_now(_prepare)

    def queue(self, reply: Reply, *, to_owner: bool = False) -> int:
        target = Target(member_id=self.owner) if to_owner else Target(group_id=self.group)
        return self.database.run_now(lambda uow: uow.outbox.add(target, reply.to_json()))

    async def deliver(self) -> None:
        channels = {stage.name: stage for stage in (self.robot, self.webhook, self.account)}
        pacing = SharedPacing(self.database)
        delivery = Delivery(self.database, channels, self.clock, pacing)
        while await delivery.send_due():
            pass

    def outcome(self, row: int) -> tuple[Outcome, str]:
        found = self.database.read_now(lambda uow: uow.outbox.with_ids([row]))[row]
        return found.status, found.cause

    def said(self) -> list[tuple[str, str]]:
        return [(channel, text) for channel, _, text, _ in self.taken]


def _prepare(uow: UnitOfWork) -> tuple[int, int]:
    owner = uow.members.add("王主任")
    uow.members.join_account(owner.id, "official_account", "openid-owner")
    uow.members.join_account(owner.id, "wecom_app", "wangzhuren", "corp")
    group = uow.groups.add(
        "永续社区连心群", place_id=None, channel="wecom_aibot", external_id="wr-1", owner_id=owner.id,
        webhook="https://example.org/hook",
    )  # fmt: skip
    return owner.id, group.id


@pytest.fixture
def post(database: Database, clock: FrozenClock) -> Post:
    return Post(database, clock)


async def test_a_group_is_reached_by_its_own_channel_and_by_the_webhook_when_that_cannot_be(
    post: Post,
) -> None:
    post.robot.plan = [None, Undeliverable("没在群里说过话")]
    rows = [post.queue(Reply.text("一")), post.queue(Reply.text("二"))]
    await post.deliver()
    assert post.said() == [("wecom_aibot", "一"), ("group_robot", "二")]
    assert [post.outcome(row) for row in rows] == [(Outcome.SENT, ""), (Outcome.SENT, "")]


async def test_a_message_that_calls_somebody_goes_where_a_call_is_possible(post: Post) -> None:
    post.queue(Reply((Text("有三个心愿待核实", mentions=(post.owner,)),)))
    await post.deliver()
    assert post.taken == [("group_robot", "https://example.org/hook", "有三个心愿待核实", ("wangzhuren",))]


async def test_a_secret_that_is_wrong_holds_the_message_for_the_operator_and_no_longer_than_a_day(
    post: Post,
) -> None:
    post.webhook.here = False
    post.robot.plan = [Misconfigured("密钥不对")] * 2
    row = post.queue(Reply.text("早报"))
    await post.deliver()
    assert post.outcome(row) == (Outcome.QUEUED, "密钥不对")
    post.clock.advance(minutes=5)
    await post.deliver()
    assert post.outcome(row) == (Outcome.QUEUED, "密钥不对")
    post.clock.advance(minutes=5)
    await post.deliver()
    assert post.outcome(row) == (Outcome.SENT, "")
    post.robot.plan = [Misconfigured("密钥不对")] * 9
    late = post.queue(Reply.text("隔夜的"))
    await post.deliver()
    post.clock.advance(hours=24)
    await post.deliver()
    assert post.outcome(late) == (Outcome.FAILED, "24 小时没有送出，不再送。最后的原因：密钥不对")
    assert post.said() == [("wecom_aibot", "早报")]


async def test_removed_from_the_group_by_every_way_pushes_stop_and_the_owner_is_told(post: Post) -> None:
    post.robot.plan = [Removed("不在群里")]
    post.webhook.plan = [Removed("机器人被移除")]
    row = post.queue(Reply.text("早报"))
    await post.deliver()
    assert post.outcome(row) == (Outcome.FAILED, "不在群里")
    group = post.database.read_now(lambda uow: uow.groups.get(post.group))
    assert (group.removed_at, group.webhook) == (post.clock.now(), "")
    assert [(channel, text[:14]) for channel, text in post.said()] == [
        ("official_account", "“永续社区连心群”的群机器人"),
        ("official_account", "机器人已不在“永续社区连心群"),
    ]
    again = post.queue(Reply.text("明天的早报"))
    await post.deliver()
    assert post.outcome(again)[0] is Outcome.FAILED
    assert len(post.taken) == 2


async def test_a_dead_webhook_beside_a_wrong_secret_is_not_the_end_of_the_group(post: Post) -> None:
    post.robot.plan = [Misconfigured("密钥不对")]
    post.webhook.plan = [Removed("机器人被移除")]
    row = post.queue(Reply.text("早报"))
    await post.deliver()
    group = post.database.read_now(lambda uow: uow.groups.get(post.group))
    assert (group.removed_at, group.webhook) == (None, "")
    assert post.outcome(row) == (Outcome.QUEUED, "密钥不对")
    post.clock.advance(minutes=5)
    await post.deliver()
    assert post.outcome(row) == (Outcome.SENT, "")


async def test_what_failed_for_good_and_is_sent_again_is_tried_with_all_patience(post: Post) -> None:
    post.webhook.here = False
    post.robot.plan = [Unreachable("断线")] * (ATTEMPTS + 3)
    row = post.queue(Reply.text("早报"))
    for _ in range(ATTEMPTS):
        await post.deliver()
        post.clock.advance(hours=1)
    assert post.outcome(row) == (Outcome.FAILED, "断线")
    post.database.run_now(lambda uow: uow.outbox.resend(row))
    for _ in range(4):
        await post.deliver()
        post.clock.advance(hours=1)
    assert post.outcome(row) == (Outcome.SENT, "")


async def test_removed_by_one_way_the_group_still_gets_its_pushes_by_the_other(post: Post) -> None:
    post.robot.plan = [Removed("不在群里")]
    row = post.queue(Reply.text("早报"))
    await post.deliver()
    assert post.outcome(row) == (Outcome.SENT, "")
    assert post.said() == [("group_robot", "早报")]
    assert post.database.read_now(lambda uow: uow.groups.get(post.group)).removed_at is None


async def test_a_long_reply_goes_on_behind_the_last_message_taken(post: Post) -> None:
    post.robot.plan = [None, None, Unreachable("断线")]
    row = post.queue(Reply.text("一|二|三|四"))
    await post.deliver()
    assert post.outcome(row) == (Outcome.QUEUED, "断线")
    post.clock.advance(minutes=1)
    await post.deliver()
    assert post.outcome(row)[0] is Outcome.SENT
    assert [text for _, text in post.said()] == ["一", "二", "三", "四"]


async def test_what_begins_by_one_way_does_not_go_on_by_another(post: Post) -> None:
    """Half an answer in the group and the whole once more would be read as two answers."""
    post.robot.plan = [None, Undeliverable("太长")]
    row = post.queue(Reply.text("一|二"))
    await post.deliver()
    assert post.outcome(row) == (Outcome.FAILED, "太长")
    assert post.said() == [("wecom_aibot", "一")]


async def test_removed_in_the_middle_of_a_reply_the_other_way_into_the_group_stays(post: Post) -> None:
    mention = Text("一|二", mentions=(post.owner,))
    post.webhook.plan = [None, Removed("机器人被移出")]
    row = post.queue(Reply((mention,)))
    await post.deliver()
    later = post.queue(Reply.text("早报"))
    await post.deliver()
    assert post.outcome(row) == (Outcome.FAILED, "机器人被移出")
    assert post.outcome(later) == (Outcome.SENT, "")
    assert [(channel, text) for channel, text in post.said() if channel != "official_account"] == [
        ("group_robot", "一"), ("wecom_aibot", "早报"),
    ]  # fmt: skip


async def test_an_unknown_outcome_in_the_middle_is_shown_and_resent_from_there(post: Post) -> None:
    post.robot.plan = [None, OutcomeUnknown("没有回音")]
    row = post.queue(Reply.text("一|二|三"))
    await post.deliver()
    assert post.outcome(row) == (Outcome.UNKNOWN, "没有回音")
    (shown,) = post.database.read_now(lambda uow: uow.undelivered.unsettled())
    assert (shown.id, shown.taken) == (row, 1)
    post.database.run_now(lambda uow: uow.outbox.resend(row))
    await post.deliver()
    assert [text for _, text in post.said()] == ["一", "二", "三"]


async def test_pacing_waits_and_counts_no_attempt(post: Post) -> None:
    post.robot.minute = 3
    rows = [post.queue(Reply.text(str(n))) for n in range(3 * ATTEMPTS)]
    for _ in range(40 * ATTEMPTS):
        await post.deliver()
        post.clock.advance(seconds=20)
    assert [post.outcome(row)[0] for row in rows] == [Outcome.SENT] * len(rows)
    assert [text for _, text in post.said()] == [str(n) for n in range(len(rows))]


async def test_a_connection_held_elsewhere_leaves_the_message_to_its_holder(post: Post) -> None:
    post.robot.here = False
    row = post.queue(Reply.text("早报"))
    await post.deliver()
    assert post.outcome(row) == (Outcome.QUEUED, "")
    post.robot.here = True
    await post.deliver()
    assert post.said() == [("wecom_aibot", "早报")]


async def test_a_group_no_interface_reaches_is_served_by_its_owner(post: Post) -> None:
    post.database.run_now(lambda uow: uow.groups.set(post.group, channel="by_hand", webhook=""))
    row = post.queue(Reply.text("早报"))
    await post.deliver()
    assert post.outcome(row) == (Outcome.SENT, "")
    assert post.taken == [
        (
            "official_account",
            "openid-owner",
            "请把下面这条转发到“永续社区连心群”（这个群机器人进不去，长按即可转发）：",
            (),
        ),
        ("official_account", "openid-owner", "早报", ()),
    ]


async def test_a_group_by_hand_without_an_owner_cannot_be_served(post: Post) -> None:
    post.database.run_now(lambda uow: uow.groups.set(post.group, channel="by_hand", owner_id=None))
    row = post.queue(Reply.text("早报"))
    await post.deliver()
    assert post.outcome(row)[0] is Outcome.FAILED
    assert post.taken == []
