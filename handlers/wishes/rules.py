"""Pure rules of wishes: names that hide people, dates, likeness."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

OPEN_FOR = timedelta(days=90)
"""How long an open wish may wait before it expires."""

KEPT_AFTER_CLOSING = timedelta(days=14)
"""How long personal details of a wish are kept after it ended."""

LONGEST = 300
"""Characters of a wish."""

_CODE_NAMES = re.findall(
    "..", "春芽暖阳朝露青禾晨星小满清荷新竹山杏石榴桂花稻穗秋枫白杨银杏松果冬青腊梅瑞雪归燕"
)


def code_name(no: int) -> str:
    """What a wish's person is called in a group: says nothing of who it is, and stays the same.

    >>> code_name(1), code_name(21)
    ('春芽1', '春芽21')
    """
    return f"{_CODE_NAMES[(no - 1) % len(_CODE_NAMES)]}{no}"


def expires_on(logged_on: date) -> date:
    """
    >>> expires_on(date(2026, 3, 5))
    datetime.date(2026, 6, 3)
    """
    return logged_on + OPEN_FOR


def working_days_since(day: date, today: date, is_workday: Callable[[date], bool]) -> int:
    """Working days after `day`, `today` included.

    >>> working_days_since(date(2026, 3, 5), date(2026, 3, 9), lambda day: day.weekday() < 5)
    2
    """
    return sum(is_workday(day + timedelta(days=after)) for after in range(1, (today - day).days + 1))


def renewed(wanted_by: date | None, today: date) -> dict[str, date | None]:
    """The dates of a wish that waits anew: a day that is past is no longer what it is wanted by.

    >>> renewed(date(2026, 3, 1), date(2026, 3, 5))
    {'wanted_by': None, 'expires_on': datetime.date(2026, 6, 3)}
    """
    still = wanted_by if wanted_by and wanted_by >= today else None
    return {"wanted_by": still, "expires_on": still or expires_on(today)}


def likeness(one: str, other: str) -> float:
    """Share of character pairs two wishes have in common, 0 to 1 (Dice), of what not every wish says.

    >>> likeness("独居老人想要一台收音机", "想要一个收音机")
    1.0
    >>> likeness("独居老人想要一台收音机", "独居老人想要一把轮椅")
    0.0
    >>> likeness("独居老人家住〔住址已隐去〕，电话〔号码已隐去〕，想要一台收音机", "独居老人想要一台收音机")
    1.0
    """
    first, second = _pairs(one), _pairs(other)
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


_SAID_OF_ANY = re.compile(
    r"(?:[\u4e00-\u9fff]{2,3})?(?:家住|住在|现住|住址|地址|家在)[^，,。；;！!\n想需要缺盼希]*|(?:联系)?(?:电话|手机|号码|联系人|联系方式)[是为号：:\s]*|某某|[\u4e00-\u9fff]某|〔[^〕]*〕|一位|一户|村民|家庭|人家|大爷|大娘|大妈|奶奶|爷爷|独居|留守|老人|儿童|孩子|想要|想有|想|需要|希望|盼望?|急需|给|帮|请人?|[一二两三几][台个把件床双副套条袋箱本盒瓶张块部辆只支根顶桶盏口]|[个些的]"
)
ALIKE = 0.5
"""From this likeness on a wish is named as similar."""


@lru_cache(maxsize=4096)
def _pairs(text: str) -> frozenset[str]:
    marks = [mark for mark in _SAID_OF_ANY.sub("", text) if mark.isalnum()]
    return frozenset("".join(pair) for pair in pairwise(marks))
