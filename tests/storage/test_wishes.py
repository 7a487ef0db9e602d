"""Wishes: the table of moves, decided in the database."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from storage.base import NotFound
from storage.database import Database
from storage.uow import UnitOfWork
from storage.wishes import (
    TRANSITIONS,
    AgeBand,
    AlreadyMoved,
    Consent,
    Kind,
    Move,
    Status,
    Urgency,
    Wish,
)
from tests.clock import FrozenClock
from tests.storage.people import Village, settle

WAY_TO: dict[Status, tuple[Move, ...]] = {
    Status.PENDING: (),
    Status.OPEN: (Move.VERIFY,),
    Status.CLAIMED: (Move.VERIFY, Move.CLAIM),
    Status.DELIVERED: (Move.VERIFY, Move.CLAIM, Move.DELIVER),
    Status.FULFILLED: (Move.VERIFY, Move.CLAIM, Move.DELIVER, Move.FULFIL),
    Status.RETURNED: (Move.RETURN,),
    Status.WITHDRAWN: (Move.WITHDRAW,),
    Status.EXPIRED: (Move.VERIFY, Move.EXPIRE),
}
MOVES = [move for move in Move if move is not Move.LOG]
EXPIRES = date(2026, 6, 3)


@pytest.fixture
def village(database: Database) -> Village:
    return settle(database, volunteers=20)


def _log(uow: UnitOfWork, village: Village, content: str = "想要一台收音机") -> Wish:
    return uow.wishes.log(
        content, by=village.resident, place_id=village.place, group_id=village.group, expires_on=EXPIRES
    )


def _move(uow: UnitOfWork, no: int, move: Move, by: int | None) -> tuple[Status, Status]:
    wish, before, _ = uow.wishes.move(no, move, by=by)
    return before, wish.status


def _kept(uow: UnitOfWork, no: int) -> tuple[Wish, list[Move]]:
    return uow.wishes.get(no), [event.move for event in uow.wishes.history(no)]


def test_a_logged_wish_is_pending_and_whole(database: Database, village: Village, clock: FrozenClock) -> None:
    wish = database.run_now(_log, village)
    assert database.read_now(_kept, wish.no) == (wish, [Move.LOG])
    assert wish == Wish(
        no=1, status=Status.PENDING, place_id=village.place, place="永续社区", group_id=village.group,
        group="永续社区连心群", content="想要一台收音机", logged_by=village.resident, logged_by_name="赵大娘",
        claimed_by=None, claimed_by_name=None, logged_at=clock.now(), claimed_at=None, delivered_at=None,
        fulfilled_at=None, expires_on=EXPIRES, note="",
    )  # fmt: skip


@pytest.mark.parametrize("status", list(Status))
def test_from_each_state_the_legal_moves_lead_on_and_all_others_change_nothing(
    database: Database, village: Village, status: Status
) -> None:
    by = village.volunteers[0]

    def lead_there(uow: UnitOfWork) -> int:
        no = _log(uow, village).no
        for step in WAY_TO[status]:
            _move(uow, no, step, by)
        return no

    for move in MOVES:
        no = database.run_now(lead_there)
        before = database.read_now(_kept, no)
        assert before[0].status is status
        if (status, move) in TRANSITIONS:
            assert database.run_now(_move, no, move, by) == (status, TRANSITIONS[status, move])
            assert database.read_now(_kept, no)[1] == [*before[1], move]
        else:
            with pytest.raises(AlreadyMoved) as refused:
                database.run_now(_move, no, move, by)
            assert (refused.value.no, refused.value.status) == (no, status)
            assert database.read_now(_kept, no) == before


def test_each_move_leaves_its_mark(database: Database, village: Village, clock: FrozenClock) -> None:
    claimer = village.volunteers[0]
    wish = database.run_now(_log, village)
    database.run_now(_move, wish.no, Move.VERIFY, village.coordinator)
    clock.advance(hours=1)
    database.run_now(_move, wish.no, Move.CLAIM, claimer)
    claimed = replace(
        wish, status=Status.CLAIMED, claimed_by=claimer, claimed_by_name="志愿者1", claimed_at=clock.now()
    )
    assert database.read_now(lambda uow: uow.wishes.get(wish.no)) == claimed
    clock.advance(hours=1)
    database.run_now(lambda uow: uow.wishes.move(wish.no, Move.DELIVER, by=claimer, note="已送到家"))
    delivered = replace(claimed, status=Status.DELIVERED, delivered_at=clock.now(), note="已送到家")
    assert database.read_now(lambda uow: uow.wishes.get(wish.no)) == delivered
    database.run_now(
        lambda uow: uow.wishes.move(wish.no, Move.NOT_RECEIVED, by=village.resident, note="没收到")
    )
    assert database.read_now(lambda uow: uow.wishes.get(wish.no)) == replace(claimed, note="没收到")
    database.run_now(_move, wish.no, Move.RELEASE, claimer)
    opened = replace(wish, status=Status.OPEN, note="没收到")
    assert database.read_now(lambda uow: uow.wishes.get(wish.no)) == opened
    events = database.read_now(lambda uow: uow.wishes.history(wish.no))
    assert [(event.move, event.actor, event.note) for event in events] == [
        (Move.LOG, "赵大娘", ""),
        (Move.VERIFY, "王建国", ""),
        (Move.CLAIM, "志愿者1", ""),
        (Move.DELIVER, "志愿者1", "已送到家"),
        (Move.NOT_RECEIVED, "赵大娘", "没收到"),
        (Move.RELEASE, "志愿者1", ""),
    ]


def test_a_move_may_be_narrowed_to_the_claimer_and_to_some_states(
    database: Database, village: Village
) -> None:
    one, other = village.volunteers[:2]
    no = database.run_now(_log, village).no
    database.run_now(_move, no, Move.VERIFY, village.coordinator)
    database.run_now(_move, no, Move.CLAIM, one)
    with pytest.raises(AlreadyMoved):
        database.run_now(lambda uow: uow.wishes.move(no, Move.DELIVER, by=other, only_claimer=True))
    with pytest.raises(AlreadyMoved):
        database.run_now(lambda uow: uow.wishes.move(no, Move.WITHDRAW, by=one, expected=[Status.OPEN]))
    assert database.run_now(_move, no, Move.DELIVER, one) == (Status.CLAIMED, Status.DELIVERED)


def test_a_number_nobody_has_is_not_found(database: Database) -> None:
    for query in (lambda uow: uow.wishes.get(9), lambda uow: uow.wishes.move(9, Move.CLAIM, by=1)):
        with pytest.raises(NotFound):
            database.run_now(query)


async def test_of_twenty_claimers_one_has_it(database: Database, village: Village) -> None:
    no = database.run_now(_log, village).no
    database.run_now(_move, no, Move.VERIFY, village.coordinator)
    outcomes = await asyncio.gather(
        *(database.run(_move, no, Move.CLAIM, by) for by in village.volunteers), return_exceptions=True
    )
    winners = [
        by for by, outcome in zip(village.volunteers, outcomes, strict=True) if isinstance(outcome, tuple)
    ]
    losers = [outcome.status for outcome in outcomes if isinstance(outcome, AlreadyMoved)]
    wish, moves = database.read_now(_kept, no)
    assert (winners, losers) == ([wish.claimed_by], [Status.CLAIMED] * 19)
    assert moves == [Move.LOG, Move.VERIFY, Move.CLAIM]


def test_lists_are_narrowed_and_in_order(database: Database, village: Village, clock: FrozenClock) -> None:
    for content in ("收音机", "100%棉的袜子", "棉鞋_41码", "收音机和电池"):
        database.run_now(_log, village, content)
    database.run_now(
        lambda uow: uow.wishes.log(
            "字典", by=village.coordinator, place_id=None, group_id=None, expires_on=EXPIRES
        )
    )
    database.run_now(_move, 4, Move.VERIFY, village.coordinator)
    database.run_now(_move, 4, Move.CLAIM, village.volunteers[0])

    def numbers(**narrowed: object) -> list[int]:
        defaults: dict[str, object] = {"statuses": list(Status), "places": None}
        return database.read_now(
            lambda uow: [wish.no for wish in uow.wishes.listed(**{**defaults, **narrowed})]  # type: ignore[arg-type]
        )

    assert numbers() == [1, 2, 3, 4, 5]
    assert numbers(limit=2) == [1, 2]
    assert numbers(statuses=[Status.PENDING]) == [1, 2, 3, 5]
    assert numbers(places=[village.place]) == [1, 2, 3, 4]
    assert numbers(places=[]) == []
    assert numbers(logged_by=village.coordinator) == [5]
    assert numbers(claimed_by=village.volunteers[0]) == [4]
    pending = {"statuses": [Status.PENDING], "place_id": village.place, "limit": 2}
    contents = database.read_now(lambda uow: uow.wishes.contents(**pending))  # type: ignore[arg-type]
    assert contents == [(1, "收音机"), (2, "100%棉的袜子")]
    assert database.read_now(lambda uow: uow.wishes.held_by(village.volunteers[0])) == 1
    assert database.read_now(lambda uow: uow.wishes.logged_since(village.resident, clock.now())) == 4
    clock.advance(seconds=1)
    assert database.read_now(lambda uow: uow.wishes.logged_since(village.resident, clock.now())) == 0


def test_open_wishes_past_their_date_are_out_of_date(database: Database, village: Village) -> None:
    for _ in range(2):
        database.run_now(_log, village)
    database.run_now(_move, 1, Move.VERIFY, village.coordinator)

    def out_of_date(day: date) -> list[int]:
        return database.read_now(lambda uow: uow.wishes.out_of_date(day))

    assert (out_of_date(EXPIRES), out_of_date(date(2026, 6, 4))) == ([], [1])


def test_what_was_said_of_a_wish_at_logging_is_kept(database: Database, village: Village) -> None:
    wish = database.run_now(
        lambda uow: uow.wishes.log(
            "想要一个书包", by=village.resident, place_id=village.place, group_id=None, expires_on=EXPIRES,
            kind=Kind.GOODS, age_band=AgeBand.CHILD, urgency=Urgency.URGENT, wanted_by=EXPIRES,
            consent=Consent.NEEDED,
        )
    )  # fmt: skip
    assert (wish.kind, wish.age_band, wish.urgency) == (Kind.GOODS, AgeBand.CHILD, Urgency.URGENT)
    assert (wish.wanted_by, wish.consent) == (EXPIRES, Consent.NEEDED)
    with pytest.raises(AlreadyMoved):
        database.run_now(_move, wish.no, Move.VERIFY, village.coordinator)
    database.run_now(_move, wish.no, Move.CONSENT, village.coordinator)
    assert database.run_now(_move, wish.no, Move.VERIFY, village.coordinator)[1] is Status.OPEN


def test_a_teams_wish_is_moved_by_any_of_its_members_and_by_nobody_else(
    database: Database, village: Village
) -> None:
    one, other, third = village.volunteers[:3]
    no = database.run_now(_log, village).no
    database.run_now(_move, no, Move.VERIFY, village.coordinator)
    database.run_now(lambda uow: uow.wishes.move(no, Move.CLAIM, by=one, setting={"team_id": 4}))

    def deliver(by: int, teams: list[int]) -> Status:
        moved, _, _ = database.run_now(
            lambda uow: uow.wishes.move(no, Move.DELIVER, by=by, only_claimer=True, teams=teams)
        )
        return moved.status

    for by, teams in ((third, []), (third, [5])):
        with pytest.raises(AlreadyMoved):
            deliver(by, teams)
    assert deliver(other, [5, 4]) is Status.DELIVERED


def test_a_move_may_ask_that_the_holder_is_still_the_one_that_was_seen(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    one, other = village.volunteers[:2]
    no = database.run_now(_log, village).no
    database.run_now(_move, no, Move.VERIFY, village.coordinator)
    seen_open = database.read_now(lambda uow: uow.wishes.get(no))
    database.run_now(_move, no, Move.CLAIM, one)
    seen = database.read_now(lambda uow: uow.wishes.get(no))

    def reassign(as_seen: Wish, to: int) -> Wish:
        return database.run_now(
            lambda uow: uow.wishes.move(no, Move.REASSIGN, by=village.coordinator, to=to, as_seen=as_seen)[0]
        )

    with pytest.raises(AlreadyMoved):
        reassign(seen_open, other)
    clock.advance(minutes=1)
    assert reassign(seen, other) == replace(
        seen, claimed_by=other, claimed_by_name="志愿者2", claimed_at=clock.now()
    )
    with pytest.raises(AlreadyMoved):
        reassign(seen, other)


def test_what_belongs_to_a_claim_ends_with_it(database: Database, village: Village) -> None:
    one, other = village.volunteers[:2]
    no = database.run_now(_log, village).no
    database.run_now(_move, no, Move.VERIFY, village.coordinator)
    before = database.read_now(lambda uow: uow.wishes.get(no))

    def claim_and_promise(uow: UnitOfWork) -> Wish:
        uow.wishes.move(no, Move.CLAIM, by=one, setting={"team_id": 4})
        uow.wishes.move(no, Move.PROMISE, by=one, note="3月20日", setting={"promised_on": EXPIRES})
        uow.wishes.move(no, Move.CREDIT, by=one)
        assert (uow.wishes.remind(no), uow.wishes.remind(no)) == (True, False)
        return uow.wishes.get(no)

    held = database.run_now(claim_and_promise)
    assert (held.team_id, held.promised_on, held.credit, held.note) == (4, EXPIRES, True, "")
    assert held.reminded_at is not None
    handed = database.run_now(lambda uow: uow.wishes.move(no, Move.HANDOVER, by=one, to=other)[0])
    assert handed == replace(
        held, claimed_by=other, claimed_by_name="志愿者2", team_id=None, promised_on=None, credit=False,
        reminded_at=None,
    )  # fmt: skip
    assert database.run_now(lambda uow: uow.wishes.move(no, Move.LAPSE, by=None)[0]) == before
    assert database.run_now(lambda uow: uow.wishes.remind(no)) is False


def test_merged_wishes_are_found_from_the_one_that_goes_on(database: Database, village: Village) -> None:
    def merge(uow: UnitOfWork) -> tuple[list[tuple[int, int]], ...]:
        for _ in range(3):
            _log(uow, village)
        for no, into in ((1, 2), (2, 3)):
            uow.wishes.move(no, Move.MERGE, by=None, note=f"#{into}", setting={"merged_into": into})
            uow.wishes.follow_merge(no, into)
        return tuple(uow.wishes.merged_loggers(no) for no in (1, 2, 3))

    assert database.run_now(merge) == ([], [], [(1, village.resident), (2, village.resident)])
    with pytest.raises(AlreadyMoved):
        database.run_now(_move, 1, Move.REOPEN, village.resident)


def test_claims_are_found_by_their_age(database: Database, village: Village, clock: FrozenClock) -> None:
    for no in (1, 2):
        database.run_now(_log, village)
        database.run_now(_move, no, Move.VERIFY, village.coordinator)
    database.run_now(_move, 1, Move.CLAIM, village.volunteers[0])

    def older() -> list[int]:
        return [wish.no for wish in database.read_now(lambda uow: uow.wishes.claimed_before(clock.now()))]

    assert older() == []
    clock.advance(seconds=1)
    assert older() == [1]


def test_ended_wishes_are_wiped_once_and_again_after_they_were_opened(
    database: Database, village: Village, clock: FrozenClock
) -> None:
    no = database.run_now(_log, village).no
    database.run_now(lambda uow: uow.wishes.move(no, Move.RETURN, by=village.coordinator, note="多大的"))
    database.run_now(_move, no, Move.WITHDRAW, village.resident)
    ended = database.read_now(lambda uow: uow.wishes.get(no))
    assert ended.closed_at == clock.now()

    def due() -> list[int]:
        return database.read_now(lambda uow: uow.wish_words.closed_before(clock.now()))

    assert due() == []
    clock.advance(seconds=1)
    assert due() == [no]

    def wiped() -> bool:
        return database.run_now(lambda uow: uow.wish_words.wipe(no, clock.now()))

    assert wiped()
    assert (due(), database.read_now(lambda uow: uow.wishes.get(no))) == ([], replace(ended, note=""))
    assert [event.note for event in database.read_now(lambda uow: uow.wishes.history(no))] == ["", "", ""]
    database.run_now(_move, no, Move.REOPEN, village.resident)
    assert database.read_now(lambda uow: uow.wishes.get(no)).closed_at is None
    assert not wiped()
    database.run_now(_move, no, Move.WITHDRAW, village.resident)
    clock.advance(seconds=1)
    assert due() == [no]
