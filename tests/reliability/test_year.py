"""A few simulated weeks of `tests.reliability.year`, on both databases; the whole year runs with `--long`."""

from collections import Counter

import pytest

from storage.database import Database
from tests.reliability.year import simulate


@pytest.mark.parametrize(
    ("days", "groups"),
    [(12, 6), pytest.param(365, 50, marks=[pytest.mark.long, pytest.mark.timeout(3600)])],
)
async def test_planned_is_sent_failed_unknown_and_skipped_whatever_dies(
    database: Database, database_url: str, days: int, groups: int
) -> None:
    year = await simulate([database_url] * 2, days=days, groups=groups, seed=20260305)
    sums = year.sums
    assert (sums.planned, sums.waiting) == (year.planned, 0)
    assert (year.doubles, year.repeats, year.days_off, year.at_night) == (0, 0, 0, 0)
    assert min(sums.sent, sums.skipped, year.taken) > 0
    assert year.reasons.keys() <= {
        "不是工作日", "这天不推", "未审批", "暂停中", "没有新内容", "服务没有运行", "误了钟点，当天不补",
    }  # fmt: skip
    assert sum(Counter(year.reasons).values()) == sums.skipped
