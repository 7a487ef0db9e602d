"""A moment stays the instant it was, whatever zone it came in and whatever database kept it."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func
from sqlalchemy.exc import StatementError
from sqlmodel import select

from storage.audit import AuditRow
from storage.database import Database
from storage.uow import UnitOfWork

ZONES = [
    UTC,
    ZoneInfo("Asia/Shanghai"),
    ZoneInfo("Europe/Berlin"),
    timezone(timedelta(hours=-9, minutes=-30)),
]


def _keep(uow: UnitOfWork, at: datetime) -> datetime:
    row = AuditRow(at=at, actor="system", action="note", subject="moment")
    uow.session.add(row)
    uow.session.flush()
    uow.session.expire(row)
    return row.at


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moment=st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)),
    zone=st.sampled_from(ZONES),
    fold=st.sampled_from((0, 1)),
)
def test_a_moment_keeps_its_instant(database: Database, moment: datetime, zone: timezone, fold: int) -> None:
    given_moment = moment.replace(tzinfo=zone, fold=fold)
    kept = database.read_now(_keep, given_moment)
    assert kept == given_moment.astimezone(UTC)
    assert kept.utcoffset() == timedelta(0)


def test_moments_sort_as_instants(database: Database) -> None:
    noon = datetime(2026, 3, 5, 12, tzinfo=UTC)
    moments = [noon.astimezone(zone) + timedelta(minutes=n) for n, zone in enumerate(ZONES)]

    def latest(uow: UnitOfWork) -> datetime | None:
        for moment in moments:
            _keep(uow, moment)
        later = select(func.max(AuditRow.at)).where(AuditRow.at < moments[3])
        return uow.session.exec(later).one()

    assert database.run_now(latest) == moments[2]


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"):
        database.run_now(_keep, datetime(2026, 3, 5, 9))
