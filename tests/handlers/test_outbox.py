"""What nobody knows arrived: shown to who may decide, decided once, audited."""

from bot.chat.reply import Reply
from storage.outbox import Outcome, Target
from storage.uow import UnitOfWork
from tests.handlers.town import GROUP, Town


def _unsettled(
    town: Town, outcome: Outcome, text: str = "【连心早报】3月5日 星期四 这里是正文，很长很长很长"
) -> int:
    def make(uow: UnitOfWork) -> int:
        row = uow.outbox.add(Target(group_id=uow.groups.named(GROUP).id), Reply.text(text).to_json())
        (leased,) = uow.outbox.lease(limit=1, seconds=60)
        uow.outbox.settle(leased, outcome, cause="平台没有回音")
        return row

    return town.database.run_now(make)


def _status(town: Town, row: int) -> Outcome:
    return town.database.read_now(lambda uow: uow.outbox.with_ids([row]))[row].status


async def test_a_coordinator_sees_and_decides(town: Town) -> None:
    unknown, failed = _unsettled(town, Outcome.UNKNOWN), _unsettled(town, Outcome.FAILED)
    begins = "【连心早报】3月5日 星期四 这里是正文，很长很…"
    assert await town.say("王主任", "/发件") == "\n".join([
        "没送到或不知送没送到的消息（共 2 条）：",
        f"编号 {unknown}　03-05 09:00 给“{GROUP}”，不知送没送到（平台没有回音）：{begins}",
        f"编号 {failed}　03-05 09:00 给“{GROUP}”，没送到（平台没有回音）：{begins}",
        "问一声对方收到没有，再发“/发件 编号 重发”或“/发件 编号 视为已发”。",
    ])  # fmt: skip
    assert (await town.say("王主任", f"/发件 {failed} 视为已发")).startswith("这条是明确没送到的")
    assert await town.say("王主任", f"/发件 {unknown} 视为已发") == "好，这条算已经送到。"
    assert await town.say("王主任", f"/发件 {failed} 重发") == "好，马上再发一次。"
    assert (await town.say("王主任", f"/发件 {failed} 重发")).startswith(f"没有编号 {failed} 的待定消息")
    assert [_status(town, row) for row in (unknown, failed)] == [Outcome.SENT, Outcome.QUEUED]
    audit = [(row["action"], row["before"], row["after"]) for row in await town.register("audit")]
    assert audit[-2:] == [("outbox_accept", "unknown", "sent"), ("outbox_resend", "failed", "queued")]


async def test_what_went_to_one_person_is_nobody_elses_to_read(town: Town) -> None:
    def make(uow: UnitOfWork) -> None:
        member = uow.members.named("小周")[0].id
        uow.outbox.add(Target(member_id=member), Reply.text("王大爷的电话").to_json())
        (leased,) = uow.outbox.lease(limit=1, seconds=60)
        uow.outbox.settle(leased, Outcome.UNKNOWN, cause="平台没有回音")

    town.database.run_now(make)
    assert await town.say("王主任", "/发件") == "没有要您定的消息，发出去的都有着落。"


async def test_what_lost_its_words_can_only_be_taken_as_sent(town: Town) -> None:
    row = _unsettled(town, Outcome.UNKNOWN)
    town.clock.advance(days=15)
    town.database.run_now(lambda uow: uow.outbox.prune())
    assert (await town.say("王主任", f"/发件 {row} 重发")).startswith("这条过了十四天，内容已删")
    assert await town.say("王主任", f"/发件 {row} 视为已发") == "好，这条算已经送到。"
