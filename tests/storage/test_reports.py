"""Reports: kept without their words, closed once, and let go of."""

from datetime import timedelta

import pytest

from storage.base import NotFound
from storage.database import Database
from storage.reports import Concern, NewReport, Report
from tests.clock import FrozenClock
from tests.storage.people import settle


def test_a_report_is_kept_found_and_closed_once(database: Database, clock: FrozenClock) -> None:
    village = settle(database)
    new = NewReport(Concern.HARM, village.place, "fire", child=True, member_id=village.resident, carded=True)
    no = database.run_now(lambda uow: uow.reports.add(new))
    other = database.run_now(lambda uow: uow.reports.add(NewReport(Concern.WRONGDOING, None)))
    kept = Report(
        Concern.HARM,
        village.place,
        "fire",
        True,
        village.resident,
        True,
        no=no,
        at=clock.now(),
        place="永续社区",
    )
    assert database.read_now(lambda uow: uow.reports.get(no)) == kept
    assert [each.no for each in database.read_now(lambda uow: uow.reports.waiting())] == [no, other]
    clock.advance(days=1)
    assert database.run_now(lambda uow: uow.reports.close(no)) is True
    assert database.run_now(lambda uow: uow.reports.close(no)) is False
    assert [each.no for each in database.read_now(lambda uow: uow.reports.waiting())] == [other]
    now = clock.now()
    assert database.read_now(lambda uow: uow.reports.closed_before(now)) == [no]
    assert database.read_now(lambda uow: uow.reports.closed_before(now - timedelta(seconds=1))) == []
    with pytest.raises(NotFound):
        database.read_now(lambda uow: uow.reports.get(other + 1))


def test_a_card_is_remembered_by_person_and_matter(database: Database, clock: FrozenClock) -> None:
    village = settle(database)
    lost, kept = village.volunteers[:2]
    for carded in (False, True):
        new = NewReport(Concern.HARM, village.place, "self", member_id=lost, carded=carded)
        before = database.read_now(
            lambda uow: uow.reports.carded_since(lost, "self", clock.now(), child=False)
        )
        assert before is False
        database.run_now(lambda uow, new=new: uow.reports.add(new))
    since = clock.now()
    clock.advance(hours=1)
    asked = [(lost, "self", since), (lost, "fire", since), (kept, "self", since), (lost, "self", clock.now())]
    given = database.read_now(lambda uow: [uow.reports.carded_since(*each, child=False) for each in asked])
    assert given == [True, False, False, False]
    database.run_now(lambda uow: uow.reports.hand_over(lost, kept))
    assert database.read_now(lambda uow: uow.reports.carded_since(kept, "self", since, child=False)) is True
    database.run_now(lambda uow: uow.reports.forget(kept))
    assert {each.member_id for each in database.read_now(lambda uow: uow.reports.waiting())} == {None}
