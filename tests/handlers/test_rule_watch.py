"""Rules of a place, texts that have ended, and the weekly line to who keeps the base."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import demo
from bot.chat.reply import Reply
from handlers.policy import phrases
from handlers.policy.jobs import OfficeDays, opens_week, tell_keepers
from handlers.policy.library import Library, correct, import_paths
from handlers.policy.watching.found import Replaced, StaleCard, Watch
from handlers.policy.watching.use_cases import watch
from knowledge.answer import Verdict
from knowledge.catalogue import Entry
from knowledge.freshness import Stale, stale, text_day
from knowledge.passage import Card
from knowledge.search import Hit
from storage.database import Database
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.handlers.town import GROUP, Town, empty_library

RULE = """# {place}猪圈管理办法

（{day}{place}人民政府公布）

第一条 为了管好猪圈，制定本办法。

第二条 猪圈离水井不得少于{metres}米，违者由{place}农业部门责令搬迁。
"""
ASKED = "猪圈离水井不得少于几米"


@pytest.fixture
def town(database: Database, clock: FrozenClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with an index of its own: 金山县 in 济宁市 in 山东省."""
    database.run_now(demo.put)
    yield Town(database, clock, empty_library(tmp_path_factory.getbasetemp() / "jieba"))


def library_of(town: Town) -> Library:
    library: Library = town.services[Library]
    return library


def take_in(town: Town, folder: Path, **files: str) -> None:
    for name, words in files.items():
        (folder / f"{name}.md").write_text(words, encoding="utf-8")
    import_paths(town.database, [folder], folder.parent / "originals")
    library_of(town).catch_up(town.database)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "laws").mkdir()
    return tmp_path / "laws"


def rule(place: str, metres: int, day: str = "2020年1月1日") -> str:
    return RULE.format(place=place, metres=metres, day=day)


async def test_a_group_is_answered_by_the_rules_of_its_own_place(town: Town, folder: Path) -> None:
    take_in(town, folder, 青岛=rule("青岛市", 90), 邻县=rule("泗水县", 70))
    said = await town.say("张大妈", f"/问 {ASKED}", GROUP)
    assert "90米" not in said and "青岛" not in said and "泗水" not in said
    take_in(town, folder, 本县=rule("金山县", 30))
    said = await town.say("张大妈", f"/问 {ASKED}", GROUP)
    assert said.startswith("《金山县猪圈管理办法》\n第二条") and "青岛" not in said and "泗水" not in said
    named = await town.say("张大妈", "/问 青岛市猪圈管理办法第二条", GROUP)
    assert named.startswith("《青岛市猪圈管理办法》\n第二条 猪圈离水井不得少于90米")


def test_without_a_place_the_rule_of_one_is_not_given_as_the_answer(town: Town, folder: Path) -> None:
    take_in(town, folder, 本县=rule("金山县", 30))
    answer = library_of(town).answer
    assert answer(ASKED).verdict is Verdict.UNSURE
    assert [hit.source for hit in answer(ASKED).candidates][:1] == ["本县.md"]
    assert answer(ASKED, "山东省/济宁市/金山县").verdict is Verdict.ANSWERED
    assert answer(ASKED, "山东省/青岛市").candidates == ()


async def test_expired_text_gives_way_and_is_marked_when_it_is_shown(town: Town, folder: Path) -> None:
    old = rule("金山县", 30, "2010年1月1日") + "\n第三条 本办法有效期至2015年12月31日。\n"
    take_in(town, folder, 旧=old)
    assert "没把握" in await town.say("张大妈", ASKED)
    shown = await town.say("张大妈", "1")
    note = "【以2010年1月文本为准，此文本已失效或已有新版本，办事前请向乡镇（街道）核实】"
    assert shown.endswith(note)
    assert (await town.say("张大妈", "/条文 金山县猪圈管理办法 2")).endswith(note)
    new = rule("金山县", 50, "2024年1月1日")
    take_in(town, folder, 新=new)
    said = await town.say("张大妈", ASKED)
    assert "50米" in said and "30米" not in said and "文本为准" not in said


async def test_an_operators_correction_is_seen_by_a_running_server(town: Town, folder: Path) -> None:
    take_in(town, folder, 本县=rule("金山县", 30))
    library = library_of(town)
    assert not library.catch_up(town.database)
    changes: dict[str, str | None] = {"status": "repealed", "number": "金政发〔2020〕1号"}
    await town.database.run(correct, "本县.md", changes, by="operator")
    assert library.catch_up(town.database)
    assert "没把握" in await town.say("张大妈", ASKED)
    assert "（金政发〔2020〕1号，" in await town.say("张大妈", "金政发2020 1号")


def test_what_an_older_reader_read_is_read_again(town: Town, folder: Path) -> None:
    take_in(town, folder, 本县=rule("金山县", 30))

    def forget(uow: UnitOfWork) -> None:
        uow.connection.execute(text("UPDATE document SET reading = 0, issuer = ''"))

    town.database.run_now(forget)
    report = import_paths(town.database, [folder], folder.parent / "originals")
    assert (report.unchanged, report.changed, report.added, report.documents) == (1, 0, 0, 1)
    ((document, _),) = town.database.read_now(lambda uow: uow.documents.all())
    assert document.issuer == "金山县人民政府"
    assert town.database.read_now(lambda uow: uow.documents.versions("本县.md")) == []


LAW = Hit(
    document="某办法", article="第一条", source="a.md", passage_id="p", score=1.0, text="第一条 可以领。", heading="",
    issued=date(2019, 3, 2), effective=date(2014, 5, 1), expires=None, region="",
)  # fmt: skip
CARD = Card(
    "c", "能领吗", (), "可以领。", law="某办法", article="第一条", phrase="可以领", reviewed=date(2026, 1, 1)
)


@pytest.mark.parametrize(
    ("hit", "why", "day"),
    [
        (LAW, None, date(2019, 3, 2)),
        (replace(LAW, superseded=True), Stale.ENDED, date(2019, 3, 2)),
        (replace(LAW, superseded=True, awaits=True), Stale.AWAITS, date(2019, 3, 2)),
        (replace(LAW, plain=CARD), None, date(2019, 3, 2)),
        (replace(LAW, plain=replace(CARD, review="核对")), Stale.REVIEW, date(2019, 3, 2)),
        (
            replace(LAW, plain=replace(CARD, reviewed=date(2018, 1, 1), effective=date(2014, 5, 1))),
            Stale.CHANGED,
            date(2014, 5, 1),
        ),
        (replace(LAW, plain=replace(CARD, phrase="不能领")), Stale.CHANGED, date(2026, 1, 1)),
        (
            replace(LAW, text="可以领。", plain=replace(CARD, review="核对", issued=date(2018, 12, 29))),
            Stale.REVIEW,
            date(2018, 12, 29),
        ),
    ],
)
def test_why_an_answer_may_no_longer_be_right(hit: Hit, why: Stale | None, day: date) -> None:
    assert (stale(hit), text_day(hit)) == (why, day)
    said = phrases.citation(hit)
    assert (f"【以{day.year}年{day.month}月文本为准，" in said) is (why not in (None, Stale.AWAITS))
    assert ("【注意：还没有开始施行】" in said) is (why is Stale.AWAITS)


def on(moment: str) -> FrozenClock:
    return FrozenClock(moment)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-09 08:29", False),
        ("2026-03-09 08:30", True),
        ("2026-03-09 16:59", True),
        ("2026-03-09 17:00", False),
        ("2026-03-09 23:00", False),
        ("2026-03-10 09:00", False),
        ("2026-03-08 09:00", False),
    ],
)
def test_the_week_opens_on_its_first_working_day(town: Town, moment: str, opens: bool) -> None:
    assert opens_week(on(moment).now(), town.services[OfficeDays]) is opens


def test_after_a_holiday_the_week_opens_later() -> None:
    off = {date(2026, 4, 6)}
    days = OfficeDays(lambda day: day.weekday() < 5 and day not in off)
    moments = ("2026-04-06 09:00", "2026-04-07 09:00", "2026-04-08 09:00")
    assert [opens_week(on(moment).now(), days) for moment in moments] == [False, True, False]


async def tick(town: Town, moment: str) -> list[tuple[str, str]]:
    """(to, text) of what the job queued."""
    town.clock.set(moment)

    def queued(uow: UnitOfWork) -> dict[int, tuple[str, str]]:
        return {
            row.id: (uow.members.get(row.to.member_id or 0).name, Reply.from_json(row.body).plain())
            for row in uow.outbox.caused_by("", "")
        }

    before = await town.database.read(queued)
    await tell_keepers(town.database, town.clock, town.services)
    after = await town.database.read(queued)
    return [after[key] for key in sorted(after.keys() - before.keys())]


async def test_keepers_are_told_once_a_week_what_to_act_on(town: Town, folder: Path) -> None:
    old = rule("金山县", 30, "2010年1月1日") + "\n第三条 本办法有效期至2015年12月31日。\n"
    take_in(town, folder, 旧=old)
    await town.say("张大妈", "社区食堂几点开饭")
    line = (
        "知识库一周核查（3月9日）：\n"
        "过了有效期或已废止的 1 份：《金山县猪圈管理办法》（到2015年12月31日）\n"
        "没答上的问题 1 个：发“/待答”查看、答复\n"
        "文件有新文本就导入，没有就改有效期或撤下；全部明细请系统管理员用 kb check 看。"
    )
    assert await tick(town, "2026-03-09 08:00") == []
    assert await tick(town, "2026-03-09 08:30") == [("组织部小郑", line), ("信息科老何", line)]
    assert await tick(town, "2026-03-09 08:31") == []
    assert await tick(town, "2026-03-10 08:30") == []
    assert [name for name, _ in await tick(town, "2026-03-16 08:30")] == ["组织部小郑", "信息科老何"]


async def test_nothing_is_said_when_there_is_nothing_to_act_on(town: Town, folder: Path) -> None:
    take_in(town, folder, 旧=rule("金山县", 30, "2010年1月1日"), 新=rule("金山县", 50, "2024年1月1日"))
    assert await tick(town, "2026-03-09 08:30") == []
    await town.say("张大妈", "社区食堂几点开饭")
    assert await tick(town, "2026-03-09 09:00") == []
    assert len(await tick(town, "2026-03-16 08:30")) == 2


async def test_where_nobody_keeps_the_county_the_coordinators_are_told(
    database: Database, town: Town
) -> None:
    def alone(uow: UnitOfWork) -> None:
        uow.connection.execute(text("DELETE FROM member_role WHERE role IN ('county_office', 'operator')"))
        place = uow.places.named("永续社区").id
        uow.members.add("孙会计", place_id=place, grants=[Grant(Role.COORDINATOR, place)])

    await database.run(alone)
    await town.say("张大妈", "社区食堂几点开饭")
    told = [name for name, _ in await tick(town, "2026-03-09 08:30")]
    assert told == ["王主任", "赵干事", "吴会计", "郑主任", "孙会计"]


def entry(source: str, **known: object) -> Entry:
    said = {
        "title": source, "kind": "law", "issuer": "", "issued": None, "effective": date(2020, 1, 1),
        "expires": None, "region": "", "digest": source, "passages": 1, "key": source,
    } | known  # fmt: skip
    return Entry(source, **said)  # type: ignore[arg-type]


def test_news_leaves_out_what_needs_nobody() -> None:
    today = date(2026, 3, 9)
    old, long_ago = entry("旧"), entry("新", effective=date(2024, 1, 1))
    lately = entry("更新", effective=date(2026, 3, 5))
    marked = StaleCard("s", replace(CARD, review="核对"), unfounded=False, changed=False)
    changed = StaleCard("s", replace(CARD, review="核对"), unfounded=False, changed=True)
    due = StaleCard("s", CARD, unfounded=False, changed=False)
    replaced = [Replaced(old, long_ago, "新"), Replaced(old, lately, "更新"), Replaced(old, None, "别处的")]
    found = Watch([], [], replaced, [], [marked, changed, due], [])
    assert found.news(today) == Watch([], [], replaced[1:], [], [changed, due], [])
    assert Watch([], [], replaced[:1], [], [marked], []).news(today).clean
    assert Watch([], [], [], [], [], []).clean


def test_the_watch_sees_ends_and_beginnings_within_thirty_days(town: Town, folder: Path) -> None:
    ends = rule("金山县", 30) + "\n第三条 本办法有效期至{}。\n"
    begins = rule("济宁市", 30) + "\n第三条 本办法自{}起施行。\n"
    take_in(
        town, folder,
        今天=ends.format("2026年3月9日"), 昨天=ends.format("2026年3月8日").replace("猪圈", "羊圈"),
        远=ends.format("2026年4月9日").replace("猪圈", "牛圈"),
        将=begins.format("2026年4月8日"), 已=begins.format("2026年3月9日").replace("猪圈", "鸡窝"),
    )  # fmt: skip
    found = town.database.read_now(watch, library_of(town), date(2026, 3, 9))
    kinds = {
        name: [each.source for each in getattr(found, name)] for name in ("expired", "expiring", "coming")
    }
    assert kinds == {"expired": ["昨天.md"], "expiring": ["今天.md"], "coming": ["将.md"]}
