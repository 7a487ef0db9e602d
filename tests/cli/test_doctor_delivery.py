"""`doctor` on groups, alarms and the outbox: what is reported, what is left alone, and how it is cured."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from bot.cli.doctor_delivery import delivery_findings, past
from bot.cli.finding import Finding, Status
from bot.settings import Settings
from storage.database import Database
from storage.outbox import Outcome, Target
from storage.places import PlaceKind
from storage.uow import UnitOfWork
from tests.channels.receiver import register
from tests.cli.conftest import Run
from tests.clock import FrozenClock
from tests.platform.clock import StandingClock

HOOK = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def database(clock: StandingClock) -> Iterator[Database]:
    with register(clock) as kept:
        kept.run_now(lambda uow: uow.places.add("永续社区", kind=PlaceKind.COMMUNITY, parent_id=None))
        yield kept


def look(database: Database) -> dict[str, Finding]:
    found = database.read_now(delivery_findings, Settings(_env_file=None))
    assert "693a91f6" not in str(found)
    return {each.name: each for each in found}


def add_group(database: Database, name: str, channel: str, **more: object) -> int:
    def add(uow: UnitOfWork) -> int:
        place_id = uow.places.named("永续社区")[0].id
        values = {"place_id": place_id, **more}
        removed = values.pop("removed_at", None)
        group = uow.groups.add(name, channel=channel, **values)
        return uow.groups.set(group.id, removed_at=removed).id

    return database.run_now(add)


def robot_on(patch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in (settings or {"ID": "BOT", "SECRET": "secret"}).items():
        patch.setenv(f"WECOM_AIBOT_{name}", value)


def test_an_empty_house(database: Database) -> None:
    assert list(look(database).values()) == [
        Finding("groups", Status.OK, "群：还没有"),
        Finding("alarms", Status.OK, "提醒：没有要您处理的"),
        Finding("outbox", Status.OK, "待发：0 条，没有要人定的"),
    ]
