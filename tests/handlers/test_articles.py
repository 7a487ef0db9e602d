"""Articles from outside: imported once under their title, corrected in place; a feed's wait for an editor."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from bot.fetching import Fetched, Unfetchable
from handlers.digests.articles import use_cases
from handlers.digests.articles.feeds import Newsstand, look, look_at_feeds
from handlers.digests.articles.rules import LONGEST_BODY, Draft, Refused, key_of, kind_of
from handlers.digests.articles.use_cases import Outcome, Report
from knowledge.errors import Unreadable
from knowledge.ingest.feed import Feed, FeedEntry
from storage.database import Database
from storage.digests import Item
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

ONE = Draft("甲.md", "案例", "一个新书记，三个领路人", "配三个帮手。\n\n 细说。", "公开报道")
TWO = Draft("乙.md", "daily_read", "首问先接", "先接下再说。", "", "今天就能用。")
BY = "operator"


def put(database: Database, *drafts: Draft, dry: bool = False) -> list[tuple[str, str]]:
    reports = database.run_now(lambda uow: use_cases.put(uow, drafts, by=BY, dry=dry))
    assert [report.where for report in reports] == [draft.where for draft in drafts]
    return [(report.outcome.value, report.reason) for report in reports]


def kept(database: Database, draft: Draft) -> Item | None:
    return database.read_now(lambda uow: uow.digests.item(key_of(kind_of(draft.kind), draft.title)))


def test_articles_become_items_once_and_are_corrected_in_place(database: Database) -> None:
    assert put(database, ONE, TWO, dry=True) == [("new", ""), ("new", "")]
    assert (kept(database, ONE), kept(database, TWO)) == (None, None)
    assert put(database, ONE, TWO) == [("new", ""), ("new", "")]
    key = key_of("case", ONE.title)
    item = Item(key, "case", ONE.title, "配三个帮手。\n细说。", "公开报道", date(2026, 3, 5))
    assert kept(database, ONE) == item
    assert put(database, ONE, TWO) == [("same", ""), ("same", "")]
    changed = replace(ONE, body="配四个帮手。")
    assert put(database, changed, TWO, dry=True) == [("changed", ""), ("same", "")]
    assert kept(database, ONE) == item
    assert put(database, changed, TWO) == [("changed", ""), ("same", "")]
    assert kept(database, ONE) == replace(item, body="配四个帮手。")
    rows = database.read_now(lambda uow: [(row.action, row.after) for row in uow.audit.all()])
    assert rows == [("import", "2"), ("import", "1")]


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (replace(ONE, kind=""), "没写类别，可以写：政策、案例、每日一读。"),
        (replace(ONE, kind="天气"), "没有“天气”这个类别，可以写：政策、案例、每日一读。"),
        (replace(ONE, title=" \u200b "), "没有标题。"),
        (replace(ONE, title="长" * 81), "标题有 81 个字，超过 80 个，请缩短。"),
        (replace(ONE, body=" \n "), "没有正文。"),
        (
            replace(ONE, body="长" * (LONGEST_BODY + 1)),
            "正文有 3001 个字，超过 3000 个，早报里放不下，请摘要后再导入。",
        ),
    ],
)
def test_what_is_not_fit_is_refused_and_the_others_go_in(
    database: Database, draft: Draft, reason: str
) -> None:
    assert put(database, draft, TWO) == [("refused", reason), ("new", "")]


def test_the_same_title_twice_in_one_import_is_refused(database: Database) -> None:
    twin = replace(ONE, where="丙.md", title="一个新书记， 三个领路人")
    assert put(database, ONE, twin) == [("new", ""), ("refused", "和甲.md的标题、类别都一样。")]
    with pytest.raises(Refused):
        kind_of("notice")


A, B = "https://a.example/rss", "https://b.example/rss"
ENTRY = FeedEntry("k1", "临时救助怎么申请", "可以先申请。", "https://a.example/1", date(2026, 3, 5))


class Site:
    """Feeds as they come, by address; an exception is raised. It remembers what it was asked."""

    def __init__(self, **feeds: Feed | Exception) -> None:
        self.feeds = {f"https://{name}.example/rss": feed for name, feed in feeds.items()}
        self.asked: list[tuple[str, str]] = []

    async def fetch(self, address: str, *, etag: str = "", modified: str = "") -> Fetched:
        self.asked.append((address, etag))
        feed = self.feeds[address]
        if isinstance(feed, Unfetchable):
            raise feed
        return Fetched(None) if etag else Fetched(address.encode(), '"1"')

    def read(self, data: bytes) -> Feed:
        feed = self.feeds[data.decode()]
        if isinstance(feed, Exception):
            raise feed
        return feed

    def stand(self, *addresses: str) -> Newsstand:
        return Newsstand(addresses, self.fetch, self.read)


def waiting(database: Database) -> list[tuple[str, str]]:
    return [(row.feed, row.title) for row in database.read_now(use_cases.waiting)]


async def test_feeds_are_looked_at_one_a_tick_and_once_an_hour(
    database: Database, clock: FrozenClock
) -> None:
    site = Site(a=Feed("民政局", (ENTRY,)), b=Feed("卫健局", ()))
    services = {Newsstand: site.stand(A, B)}
    for _ in range(4):
        await look_at_feeds(database, clock, services)
    assert site.asked == [(A, ""), (B, "")]
    assert waiting(database) == [("民政局", "临时救助怎么申请")]
    clock.advance(hours=1)
    for _ in range(4):
        await look_at_feeds(database, clock, services)
    assert site.asked[2:] == [(A, '"1"'), (B, '"1"')]
    assert waiting(database) == [("民政局", "临时救助怎么申请")]


async def test_without_feeds_nothing_is_asked(database: Database, clock: FrozenClock) -> None:
    site = Site()
    await look_at_feeds(database, clock, {Newsstand: site.stand()})
    assert site.asked == []


async def test_of_several_replicas_one_looks(database: Database, clock: FrozenClock) -> None:
    site = Site(a=Feed("民政局", (ENTRY,)))
    services = {Newsstand: site.stand(A)}
    await asyncio.gather(*(look_at_feeds(database, clock, services) for _ in range(5)))
    assert site.asked == [(A, "")]


@pytest.mark.parametrize(
    "failure", [Unfetchable("等了 10 秒没取完。"), Unreadable("这个网址给的不是 RSS 或 Atom。")]
)
async def test_a_feed_that_fails_says_why_and_the_next_look_mends_it(
    database: Database, clock: FrozenClock, failure: Exception
) -> None:
    site = Site(a=failure)
    state = await look(database, site.stand(A), A)
    assert state is not None
    assert (state.problem, state.checked_at) == (str(failure), clock.now())
    site.feeds[A] = Feed("民政局", (ENTRY,))
    state = await look(database, site.stand(A), A, anyway=True)
    assert state is not None
    assert (state.problem, state.title) == ("", "民政局")
    assert waiting(database) == [("民政局", "临时救助怎么申请")]


async def test_what_a_feed_brings_is_told_only_when_an_editor_took_it(database: Database) -> None:
    other = replace(ENTRY, key="k2", title="别的")
    await look(database, Site(a=Feed("民政局", (ENTRY, other))).stand(A), A)

    def shelf(uow: UnitOfWork) -> list[str]:
        return [item.title for item in uow.digests.shelf(date(2026, 3, 5))]

    assert database.read_now(shelf) == []
    one, two = (row.no for row in database.read_now(use_cases.waiting))
    refused = database.run_now(lambda uow: use_cases.take(uow, [one], "天气", by=BY))
    assert [report.outcome for report in refused] == [Outcome.REFUSED]
    assert len(waiting(database)) == 2
    taken = database.run_now(lambda uow: use_cases.take(uow, [one], "政策", by=BY))
    assert taken == [Report(f"#{one}", "临时救助怎么申请", Outcome.NEW)]
    assert database.read_now(shelf) == ["临时救助怎么申请"]
    item = database.read_now(lambda uow: uow.digests.item(key_of("policy", ENTRY.title)))
    assert item is not None
    assert (item.body, item.source) == ("可以先申请。\n全文：https://a.example/1", "民政局")
    assert database.run_now(lambda uow: use_cases.drop(uow, [one, two], by=BY)) == 1
    assert database.run_now(lambda uow: use_cases.take(uow, [one, two], "政策", by=BY)) == []
    assert waiting(database) == []
