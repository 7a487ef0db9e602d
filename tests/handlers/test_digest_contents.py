"""What a morning holds: news, the rota, seasons, topics, notices, what is open; and silence."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.converters import day_in
from bot.chat.reply import Markdown
from handlers.digests import desk, jobs, news, phrases, rules
from handlers.digests.almanac import Almanac, BadAlmanac
from handlers.digests.calendar import Calendar
from handlers.digests.contents import Shelf, Taker, take
from handlers.digests.morning import Morning, Told
from handlers.digests.rules import Turn
from handlers.digests.working_days import WorkingDays
from storage.digests import Had, Item
from storage.documents import StoredDocument, StoredPassage
from storage.push_plans import Plan
from storage.uow import UnitOfWork
from tests.handlers.town import GROUP, Town

DAY = date(2026, 3, 5)
CALENDAR = Calendar(WorkingDays())


def item(key: str, kind: str = "case", **more: object) -> Item:
    return Item(key, kind, f"题{key}", f"文{key}", "", date(2026, 3, 1), **more)  # type: ignore[arg-type]


def law(source: str, **more: object) -> StoredDocument:
    known = {
        "title": f"{source}办法", "kind": "law", "issuer": "民政厅", "issued": date(2025, 1, 1),
        "effective": date(2025, 2, 1), "expires": None, "region": "", "digest": f"{source}1",
    }  # fmt: skip
    passages = [StoredPassage(source, "第一条", "", "文", "")]
    return StoredDocument(source=source, passages=passages, **(known | more))  # type: ignore[arg-type]


async def coming(town: Town, day: date = DAY) -> Morning:
    def look(uow: UnitOfWork) -> Morning:
        return desk.morning_of(uow, uow.groups.named(GROUP), day, town.services[Calendar])

    return await town.database.read(look)


async def put(town: Town, *items: Item) -> None:
    await town.database.run(lambda uow: uow.digests.put_items(items))


async def test_documents_that_came_or_changed_are_news_once(town: Town) -> None:
    await town.database.run(lambda uow: uow.documents.put([law("甲"), law("乙", kind="card")]))
    await town.database.run(news.shelve_news, CALENDAR)
    assert [each.title for each in (await coming(town)).items] == ["《甲办法》已收进知识库"]
    town.clock.set("2026-03-06 08:00")
    await jobs.push_due(town.database, town.clock, town.services)
    assert (await coming(town, date(2026, 3, 9))).items == []
    await town.database.run(lambda uow: uow.documents.correct("甲", {"number": "民发〔2025〕1号"}))
    await town.database.run(news.shelve_news, CALENDAR)
    assert (await coming(town, date(2026, 3, 9))).items == []
    await town.database.run(lambda uow: uow.documents.put([law("甲", digest="甲2")]))
    await town.database.run(news.shelve_news, CALENDAR)
    assert [each.title for each in (await coming(town, date(2026, 3, 9))).items] == ["《甲办法》换了新文本"]


async def test_what_was_replaced_is_no_news(town: Town) -> None:
    await town.database.run(lambda uow: uow.documents.put([law("旧"), law("新", issued=date(2026, 2, 1))]))
    holds = Calendar(WorkingDays(), holds=lambda source, _day: source != "旧")
    await town.database.run(news.shelve_news, holds)
    assert [each.title for each in (await coming(town)).items] == ["《新办法》已收进知识库"]


@pytest.mark.parametrize(
    ("dates", "titles"),
    [
        ({"effective": date(2026, 3, 10)}, ["《甲办法》3月10日起施行"]),
        ({"expires": date(2026, 3, 12)}, ["《甲办法》3月12日到期"]),
        ({"expires": date(2026, 3, 13)}, []),
        ({"expires": date(2026, 3, 4)}, []),
    ],
)
async def test_what_begins_or_ends_within_the_week_is_told(
    town: Town, dates: dict[str, date], titles: list[str]
) -> None:
    await town.database.run(lambda uow: uow.documents.put([law("甲", **dates)]))
    await town.database.run(news.shelve_news, CALENDAR)
    assert [each.title for each in (await coming(town)).items if each.kind == "rule"] == titles


async def test_rules_of_another_place_are_not_told(town: Town) -> None:
    await put(town, item("here", region="济宁"), item("there", region="成都"))
    assert [each.key for each in (await coming(town)).items] == ["here"]


async def test_open_wishes_are_one_line_without_names_and_no_reason_for_a_push(town: Town) -> None:
    morning = await coming(town)
    assert (morning.open_wishes, morning.items, morning.worth_a_push) == (1, [], False)
    await town.say("王主任", "/退订 本群事项", GROUP)
    assert (await coming(town)).open_wishes == 0


async def test_a_notice_opens_every_digest_but_makes_only_the_first(town: Town) -> None:
    await town.say("王主任", "/推送 置顶 周五清运垃圾 到 3月9日", GROUP)
    town.clock.set("2026-03-06 08:00")
    await jobs.push_due(town.database, town.clock, town.services)
    morning = await coming(town, date(2026, 3, 9))
    assert ([notice.text for notice in morning.notices], morning.worth_a_push) == (["周五清运垃圾"], False)
    assert (await coming(town, date(2026, 3, 10))).notices == ()


async def test_topics_order_and_leave_out(town: Town) -> None:
    town.services[Calendar] = Calendar(WorkingDays(), almanac=Almanac.read(Path("absent")))
    await put(town, item("a", tags=("选举",)), item("b", tags=("养老",)), item("c", tags=("医保",)))
    assert [each.key for each in (await coming(town)).items] == ["a"]
    target = f"g:{town.database.read_now(lambda uow: uow.groups.named(GROUP).id)}"
    await town.database.run(lambda uow: uow.digests.choose(target, "养老", wanted=True))
    assert [each.key for each in (await coming(town)).items] == ["b"]
    for subject in ("养老", "村务"):
        await town.database.run(
            lambda uow, subject=subject: uow.digests.choose(target, subject, wanted=False)  # type: ignore[misc]
        )
    assert [each.key for each in (await coming(town)).items] == ["c"]


def test_season_goes_first_and_says_why() -> None:
    almanac = Almanac.read(Path("absent"))
    season = almanac.season_of(("种子",), "", date(2026, 3, 20))
    assert season is not None
    assert season.name == "春耕"
    assert {season.why(date(2026, 3, day)) for day in (20, 21)} == {
        "春耕用得上，给种地户念一念。",
        "种子农药化肥正要下手买，先看清楚。",
    }
    assert almanac.season_of(("种子",), "", date(2026, 7, 20)) is None


def test_own_almanac_replaces_what_has_its_name_and_adds(tmp_path: Path) -> None:
    file = tmp_path / "almanac.toml"
    file.write_text(
        '[[season]]\nname = "春耕"\nfrom = "02-20"\nuntil = "03-10"\ntags = ["大蒜"]\nwhy = "大蒜返青了。"\n'
        '[[subject]]\nname = "大蒜"\ntags = ["大蒜"]\n',
        encoding="utf-8",
    )
    shipped, own = Almanac.read(tmp_path / "absent"), Almanac.read(file)
    assert len(own.seasons) == len(shipped.seasons)
    assert own.season_of(("大蒜",), "", date(2026, 3, 1)) == own.seasons[0]
    assert {each.name for each in own.subjects} - {each.name for each in shipped.subjects} == {"大蒜"}


@pytest.mark.parametrize(
    "text",
    [
        "[[season]",
        '[[seasons]]\nname = "春耕"',
        '[[season]]\nname = "春耕"\nfrom = "2月"\nuntil = "03-10"\ntags = ["大蒜"]',
        '[[season]]\nname = "春耕"\nfrom = "02-30"\nuntil = "03-10"\ntags = ["大蒜"]',
        '[[subject]]\nname = "大蒜"\ntags = "大蒜"',
        '[[subject]]\ntags = ["大蒜"]',
    ],
)
def test_unreadable_almanac_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "almanac.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadAlmanac, match=r"^almanac\.toml: "):
        Almanac.read(file)


@given(count=st.integers(1, 6), mornings=st.integers(1, 25), late=st.sets(st.integers(0, 20), max_size=3))
def test_daily_reads_go_round_without_repeats(count: int, mornings: int, late: set[int]) -> None:
    """None comes again before all have been; one that joins in the middle has its turn in the same round."""
    reads = [Told(item(f"r{n}", "daily_read")) for n in range(count)]
    rounds: dict[int, list[str]] = {}
    had = Had()
    for number in range(mornings):
        if number in late:
            reads.append(Told(item(f"late{number}", "daily_read")))
        shelf = Shelf(DAY, {"rule": [], "policy": [], "case": [], "daily_read": list(reads)})
        (told,) = take(shelf, Taker(had, {}, "", DAY), CALENDAR)
        rounds.setdefault(told.round, []).append(told.item.key)
        turn = frozenset(rounds[told.round])
        had = Had(had.ever | turn, told.round, turn)
    assert all(len(keys) == len(set(keys)) for keys in rounds.values())
    assert list(rounds) == list(range(len(rounds)))
    assert all(len(keys) >= count for turn, keys in rounds.items() if turn + 1 in rounds)


@given(
    push_at=st.times(time(7), time(19, 59)),
    quiet_from=st.times(time(12), time(20)),
    quiet_until=st.times(time(7), time(11)),
    latest=st.times(time(7), time(20)),
    now=st.times(),
)
def test_no_push_in_quiet_hours_nor_before_its_time(
    push_at: time, quiet_from: time, quiet_until: time, latest: time, now: time
) -> None:
    plan = Plan(quiet_from=quiet_from, quiet_until=quiet_until)
    turn = rules.turn(now, push_at, plan, latest)
    if turn is Turn.NOW:
        assert max(push_at, quiet_until, rules.QUIET_BEFORE) <= now < min(quiet_from, rules.QUIET_FROM)
    if now < push_at:
        assert turn is Turn.EARLY


@given(st.text(max_size=12))
def test_what_people_write_is_read_or_refused(words: str) -> None:
    days = rules.days_in(words)
    assert days is None or days == "" or (list(days) == sorted(set(days)) and set(days) <= set("1234567"))
    rules.time_in(words)
    day = day_in(words, DAY)
    assert day is None or day.year >= 1
    rules.words_until(words, DAY)


@given(st.lists(st.text(alphabet="文*_`~<>[]|#字。\\", min_size=1, max_size=30), min_size=1, max_size=4))
def test_markdown_says_what_the_text_says_and_nobodys_words_are_marks(titles: list[str]) -> None:
    told = tuple(
        Told(Item(f"k{n}", "case", title, "文", "源", DAY, why="用得上。")) for n, title in enumerate(titles)
    )
    (part,) = phrases.digest(Morning(DAY, told=told)).parts
    assert isinstance(part, Markdown)
    assert part.text.count("**") == 2 * (1 + len(titles))
    assert [line for line in part.text.splitlines() if line.startswith("> ")][:-1] == ["> 用得上。"] * len(
        titles
    )
    assert all(title in part.fallback for title in titles)


async def test_a_late_replica_leaves_what_it_missed_in_the_register(town: Town) -> None:
    await put(town, item("a"), item("b"))
    town.clock.set("2026-03-09 08:00")
    await jobs.push_due(town.database, town.clock, town.services)
    pushes = [
        push for push in town.database.read_now(lambda uow: uow.digests.pushes()) if push.group == GROUP
    ]
    assert [(push.day, push.reason) for push in reversed(pushes)] == [
        (DAY, "服务没有运行"),
        (DAY + timedelta(days=1), "服务没有运行"),
        (DAY + timedelta(days=2), "不是工作日"),
        (DAY + timedelta(days=3), "不是工作日"),
        (DAY + timedelta(days=4), ""),
    ]
