"""Statistics of wishes: counted in SQL as the history tells it, and never so finely that somebody is seen."""

import io
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.chat.reply import Image as Picture
from bot.chat.reply import Text
from handlers.digests.working_days import WorkingDays
from handlers.wishes.claiming.reminders import Patience
from handlers.wishes.rules import working_days_since
from handlers.wishes.statistics import phrases, rules, use_cases
from handlers.wishes.statistics.drawing import MARGIN, PAPER, WIDTH, draw
from handlers.wishes.statistics.drawn import drawn
from handlers.wishes.statistics.rules import Asked, Period
from handlers.wishes.statistics.use_cases import Statistics
from storage.database import Database
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from storage.wish_counts import Counted, Late, Tally
from storage.wish_states import TRANSITIONS
from storage.wishes import AlreadyMoved, Kind, Move, Status, Wish
from tests.clock import ZONE, FrozenClock, at
from tests.handlers.town import GROUP, Town

WORKDAYS = WorkingDays().is_workday
PATIENCE = Patience(7, 14, WORKDAYS)
SECOND = "和美村"
MOVES = sorted({move for _, move in TRANSITIONS} - {Move.MERGE, Move.ABSORB, Move.CONSENT})


# -- counting --------------------------------------------------------------------------------------


def _by_history(uow: UnitOfWork, places: set[int], moments: Sequence[datetime], late: Late) -> Counted:
    """The same figures, told from the history wish by wish."""
    since, until = moments[0], moments[-1]
    by: dict[tuple[int, Kind], Counter[str]] = {}
    states: Counter[Status] = Counter()
    months = [[0, 0, 0, 0] for _ in moments[1:]]
    for wish in uow.wishes.all():
        if wish.place_id not in places or wish.merged_into is not None:
            continue
        if wish.status in (Status.RETURNED, Status.WITHDRAWN):
            continue
        events = uow.wishes.history(wish.no)
        assert wish.place_id is not None
        counts = by.setdefault((wish.place_id, wish.kind), Counter())
        logged = events[0].at
        if since <= logged < until:
            counts["collected"] += 1
            states[wish.status] += 1
            months[_part(logged, moments)][0] += 1
        taken = [event for event in events if event.move in (Move.CLAIM, Move.REASSIGN)]
        counts["claimed"] += any(since <= event.at < until for event in taken)
        lit = [event.at for event in events if event.move is Move.FULFIL]
        if wish.status is Status.FULFILLED and since <= lit[-1] < until:
            counts["lit"] += 1
            months[_part(lit[-1], moments)][2] += 1
        for part in {_part(event.at, moments) for event in taken if since <= event.at < until}:
            months[part][1] += 1
        is_late = _late(wish, taken[-1].at if taken else None, late)
        counts["overdue"] += logged < until and is_late
        if since <= logged < until:
            months[_part(logged, moments)][3] += is_late
    found = {key: Tally(**counts) for key, counts in by.items() if any(counts.values())}
    return Counted(found, dict(states), tuple(Tally(*month) for month in months))


def _part(moment: datetime, moments: Sequence[datetime]) -> int:
    return max(n for n, begun in enumerate(moments) if begun <= moment)


def _late(wish: Wish, taken: datetime | None, late: Late) -> bool:
    if wish.status not in (Status.OPEN, Status.CLAIMED):
        return False
    if wish.wanted_by is not None and wish.wanted_by < late.today:
        return True
    if wish.status is Status.OPEN or taken is None or late.held_since is None:
        return False
    since = max(taken.astimezone(ZONE).date(), wish.promised_on or date.min)
    return since <= late.held_since


step = st.tuples(
    st.integers(0, 5), st.sampled_from(MOVES), st.integers(0, 40), st.one_of(st.none(), st.integers(-5, 30))
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    logged=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(Kind), st.integers(0, 60)), min_size=1, max_size=6
    ),
    steps=st.lists(step, max_size=25),
    month=st.integers(1, 8),
    merged=st.booleans(),
)
def test_sql_counts_what_the_history_tells(
    database: Database,
    logged: list[tuple[int, Kind, int]],
    steps: list[tuple[int, Move, int, int | None]],
    month: int,
    merged: bool,
) -> None:
    clock = FrozenClock("2026-01-20 09:00")
    own = Database(database.url, clock.now)
    made: dict[str, list[int]] = {"places": [], "wishes": []}

    def begin(uow: UnitOfWork) -> int:
        town = uow.places.add(f"镇{uow.places.all()[-1].id if uow.places.all() else 0}", kind="town")
        made["places"] = [
            town.id,
            *(uow.places.add(name, kind="village", parent=town.id).id for name in ("东村", "西村")),
        ]
        return uow.members.add("王主任").id

    member = own.run_now(begin)

    def log(uow: UnitOfWork, place: int, kind: Kind) -> int:
        wanted = uow.now.date() + timedelta(days=20) if kind is Kind.GOODS else None
        wish = uow.wishes.log(
            "收音机", by=member, place_id=made["places"][place], group_id=None, expires_on=date(2027, 1, 1),
            kind=kind, wanted_by=wanted,
        )  # fmt: skip
        return wish.no

    def move(uow: UnitOfWork, no: int, step: Move, promised: int | None) -> None:
        setting = {}
        if step is Move.PROMISE and promised is not None:
            setting = {"promised_on": uow.now.date() + timedelta(days=promised)}
        uow.wishes.move(no, step, by=member, setting=setting)

    for place, kind, days in logged:
        made["wishes"].append(own.run_now(log, place, kind))
        clock.advance(hours=days)
    for number, step, hours, promised in steps:
        clock.advance(hours=hours * 5)
        with suppress(AlreadyMoved):
            own.run_now(move, made["wishes"][number % len(made["wishes"])], step, promised)
    if merged and len(made["wishes"]) > 1:
        lost, kept = made["wishes"][:2]
        with suppress(AlreadyMoved):
            own.run_now(
                lambda uow: uow.wishes.move(lost, Move.MERGE, by=member, setting={"merged_into": kept})
            )
    period = rules.until_today(
        rules.year_of(2026) if month > 6 else rules.month_of(date(2026, month, 1)), date(2026, 8, 1)
    )
    late = rules.late(clock.now().date(), 14, WORKDAYS, ZONE)
    moments = period.moments(ZONE)
    told = own.read_now(lambda uow: _by_history(uow, set(made["places"]), moments, late))
    assert own.read_now(lambda uow: uow.wish_counts.count(made["places"], moments, late)) == told
    goods = own.read_now(lambda uow: uow.wish_counts.count(made["places"], moments, late, Kind.GOODS))
    assert goods.by == {key: tally for key, tally in told.by.items() if key[1] is Kind.GOODS}
    own.close()


@given(st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.integers(1, 30), st.integers(0, 60))
def test_late_is_what_the_reminder_counts(today: date, patience: int, ago: int) -> None:
    late = rules.late(today, patience, WORKDAYS, ZONE)
    taken = today - timedelta(days=ago)
    assert late.held_since is not None
    assert late.held_before == datetime.combine(
        late.held_since + timedelta(days=1), datetime.min.time(), ZONE
    )
    assert (taken <= late.held_since) == (working_days_since(taken, today, WORKDAYS) >= patience)


def test_without_patience_only_the_wanted_day_is_late() -> None:
    assert rules.late(date(2026, 3, 5), 0, WORKDAYS, ZONE) == Late(date(2026, 3, 5), None, None)


# -- what is too few -------------------------------------------------------------------------------

tallies = st.builds(Tally, *[st.integers(0, 6)] * 4)


@given(st.lists(tallies, max_size=9))
def test_few_are_never_told_apart_and_nothing_is_lost(found: list[Tally]) -> None:
    named = list(enumerate(found))
    parted = rules.parted(named)
    assert all(rules.most(tally) >= rules.FEW for _, tally in parted.rows)
    assert [row for row in named if row in parted.rows] == list(parted.rows)
    assert parted.others != 1
    if parted.rows:
        rest = sum((tally for _, tally in parted.rows), start=parted.rest)
        assert rest == sum(found, start=Tally())


@pytest.mark.parametrize(
    ("counts", "shown", "others"),
    [
        ((5, 4), [0, 1], 0),
        ((5, 2), [], 0),  # the one left alone would be told by the total
        ((5, 4, 2), [0], 2),
        ((5, 2, 1), [0], 2),
        ((5, 0, 4), [0, 2], 0),
        ((5,), [], 0),
        ((2, 2), [], 0),
        ((), [], 0),
    ],
)
def test_what_stands_in_a_line_of_its_own(counts: tuple[int, ...], shown: list[int], others: int) -> None:
    parted = rules.parted((n, Tally(collected=count)) for n, count in enumerate(counts))
    assert ([name for name, _ in parted.rows], parted.others) == (shown, others)


# -- what is asked ---------------------------------------------------------------------------------

TODAY = date(2026, 3, 5)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("", Asked()),
        ("今年", Asked(period=rules.year_of(2026))),
        ("去年", Asked(period=rules.year_of(2025))),
        ("2025年", Asked(period=rules.year_of(2025))),
        ("本月", Asked(period=rules.month_of(TODAY))),
        ("上月", Asked(period=Period(date(2026, 2, 1), date(2026, 3, 1)))),
        ("3月", Asked(period=Period(date(2026, 3, 1), date(2026, 4, 1)))),
        ("4月份", Asked(period=Period(date(2025, 4, 1), date(2025, 5, 1)))),
        ("2025年12月", Asked(period=Period(date(2025, 12, 1), date(2026, 1, 1)))),
        ("2026-02", Asked(period=Period(date(2026, 2, 1), date(2026, 3, 1)))),
        ("物品", Asked(kind=Kind.GOODS)),
        (
            "陪伴类 鱼山街道 上个月",
            Asked("鱼山街道", Period(date(2026, 2, 1), date(2026, 3, 1)), Kind.COMPANY),
        ),
        ("12", Asked("12")),
    ],
)
def test_place_time_and_kind_are_read_in_any_order(words: str, asked: Asked) -> None:
    assert phrases.read(words, TODAY) == asked
    assert phrases.read(" ".join(reversed(words.split())), TODAY) == asked


@pytest.mark.parametrize("words", ["今年 上月 去年", "东村 西村", "物品 服务 陪伴"])
def test_twice_the_same_is_not_understood(words: str) -> None:
    with pytest.raises(phrases.NoSuchPlace):
        phrases.read(words, TODAY)


@pytest.mark.parametrize(
    ("period", "months"),
    [
        (rules.month_of(date(2026, 12, 9)), (date(2026, 12, 1), date(2027, 1, 1))),
        (
            Period(date(2026, 11, 1), date(2027, 2, 1)),
            (date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)),
        ),
    ],
)
def test_months_of_a_period(period: Period, months: tuple[date, ...]) -> None:
    assert period.months == months


# -- in chat ---------------------------------------------------------------------------------------


@pytest.fixture
def busy(town: Town) -> Iterator[Town]:
    """Eight more wishes in the first community, lit and claimed; two in the second."""

    def fill(uow: UnitOfWork) -> None:
        (first, second) = (uow.places.named(name).id for name in ("永续社区", SECOND))
        by, helper = uow.members.named("王主任")[0].id, uow.members.named("小周")[0].id
        for n in range(10):
            place, kind = (first, Kind.GOODS if n % 2 else Kind.SERVICE) if n < 8 else (second, Kind.SKILL)
            wish = uow.wishes.log(
                "收音机", by=by, place_id=place, group_id=None, expires_on=date(2026, 9, 1), kind=kind
            )
            uow.wishes.move(wish.no, Move.VERIFY, by=by)
            if n < 6:
                uow.wishes.move(wish.no, Move.CLAIM, by=helper)
            if n < 5:
                uow.wishes.move(wish.no, Move.DELIVER, by=helper)
                uow.wishes.move(wish.no, Move.FULFIL, by=by)

    town.database.run_now(fill)
    yield town


def _view(town: Town, place: str, **asked: object) -> Statistics:
    def read(uow: UnitOfWork) -> Statistics:
        return use_cases.figures(
            uow, uow.places.named(place), patience=PATIENCE, **{"period": None, "kind": None, **asked}
        )  # type: ignore[arg-type]

    return town.database.read_now(read)


async def test_a_coordinator_gets_text_and_a_picture_to_forward(busy: Town) -> None:
    before = len(await busy.register("audit"))
    reply = await busy.reply("王主任", "/心愿统计", GROUP)
    text, picture = reply.parts
    assert isinstance(text, Text) and isinstance(picture, Picture)
    view = _view(busy, "永续社区")
    assert text.text == phrases.told(view)
    assert picture.name == "永续社区微心愿0305.png"
    body = busy.database.read_now(lambda uow: uow.attachments.get(picture.attachment))
    assert body == draw(view)
    assert len(await busy.register("audit")) == before


async def test_months_give_all_four_figures_and_empty_ones_are_left_out(busy: Town) -> None:
    busy.clock.advance(days=70)
    await busy.say("王主任", "/心愿 李书记说的，想要一台收音机")
    months = _view(busy, "永续社区", period=rules.year_of(2026)).months
    assert [day for day, _ in months] == [date(2026, 3, 1), date(2026, 5, 1)]
    (_, march), (_, may) = months
    assert (march.lit, may) == (5, Tally(1, 0, 0, 0))
    assert (march.claimed > 5, march.overdue > 0) == (True, True)


async def test_figures_of_a_town_are_those_of_its_places(busy: Town) -> None:
    def appoint(uow: UnitOfWork) -> None:
        town = uow.places.get(uow.places.named("永续社区").parent_id or 0)
        uow.members.add("镇里的人", grants=[Grant(Role.COORDINATOR, town.id)])

    busy.database.run_now(appoint)
    town = busy.database.read_now(lambda uow: uow.places.get(uow.places.named("永续社区").parent_id or 0))
    view = _view(busy, town.name)
    parts = [_view(busy, name).total for name in ("永续社区", SECOND)]
    assert view.total == parts[0] + parts[1]
    assert (
        await busy.say("镇里的人", "/心愿统计")
        == phrases.told(view) + f"\n\n（{phrases.heading(view)}统计图）"
    )


@pytest.mark.parametrize(
    ("name", "words", "told"),
    [
        ("王主任", SECOND, f"{SECOND}的统计由那里的干部和书记看"),
        ("王主任", "火星村", "看不懂“火星村”"),
        ("王主任", "技能", "永续社区的技能类心愿不到 3 个"),
        ("小周", "", "“/心愿统计”由"),
    ],
)
async def test_what_is_refused(busy: Town, name: str, words: str, told: str) -> None:
    def add(uow: UnitOfWork) -> None:
        by, place = uow.members.named("王主任")[0].id, uow.places.named("永续社区").id
        uow.wishes.log(
            "学剪纸", by=by, place_id=place, group_id=None, expires_on=date(2026, 9, 1), kind=Kind.SKILL
        )

    busy.database.run_now(add)
    assert (await busy.say(name, f"/心愿统计 {words}")).startswith(told)


async def test_a_place_with_too_few_says_only_how_many(busy: Town) -> None:
    def empty(uow: UnitOfWork) -> None:
        place = uow.places.add("新村", kind="village", parent=uow.places.named("永续社区").parent_id)
        uow.members.add("新主任", place_id=place.id, grants=[Grant(Role.COORDINATOR, place.id)])
        by = uow.members.named("新主任")[0].id
        uow.wishes.log(
            "学剪纸", by=by, place_id=place.id, group_id=None, expires_on=date(2026, 9, 1), kind=Kind.SKILL
        )

    busy.database.run_now(empty)
    assert await busy.say("新主任", "/心愿统计") == (
        "【新村】2026年1至3月微心愿\n征集 1　认领 0　点亮 0　超期 0\n点亮率 0%（征集的 1 个里已点亮 0 个）\n"
        "不到 3 个，不再细分，免得看得出是谁家。\n连心心愿台账，截至 3月5日 09:00"
    )


# -- the picture -----------------------------------------------------------------------------------

VIEW = Statistics(
    "鱼山街道", rules.until_today(rules.year_of(2026), date(2026, 6, 5)), None, at("2026-06-05 09:30"),
    Tally(58, 43, 38, 4), {Status.FULFILLED: 34, Status.CLAIMED: 20, Status.OPEN: 4},
    rules.parted([("东关村", Tally(30, 20, 12, 1)), ("西关村", Tally(28, 23, 26, 3))]),
    rules.parted([(Kind.GOODS, Tally(30, 20, 12, 1)), (Kind.UNKNOWN, Tally(28, 23, 26, 3))]),
    tuple((date(2026, month, 1), Tally(month + 9, month, month, 1)) for month in (1, 3, 6)),
)  # fmt: skip


def test_the_text_is_aligned_for_a_phone() -> None:
    assert phrases.told(VIEW) == (
        "【鱼山街道】2026年1至6月微心愿\n征集 58　认领 43　点亮 38　超期 4\n"
        "点亮率 59%（征集的 58 个里已点亮 34 个）\n"
        "各地（征集/认领/点亮/超期）\n东关村　30/20/12/1\n西关村　28/23/26/3\n"
        "各类（征集/认领/点亮/超期）\n物品　　　30/20/12/1\n没写类别　28/23/26/3\n"
        "各月（征集/认领/点亮/超期）\n1月　10/1/1/1\n3月　12/3/3/1\n6月　15/6/6/1\n"
        "连心心愿台账，截至 6月5日 09:30"
    )


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=30), st.integers(3, 9999)), max_size=30))
def test_a_picture_is_as_wide_as_a_phone_wants_and_keeps_its_margins(
    place: str, rows: list[tuple[str, int]]
) -> None:
    view = replace(VIEW, place=place, places=rules.parted((name, Tally(n, n, n, n)) for name, n in rows))
    image = Image.open(io.BytesIO(draw(view)))
    assert (image.format, image.width) == ("PNG", WIDTH)
    assert image.height < 4000
    rgb = image.convert("RGB")
    paper = rgb.getpixel((20, 300))
    for x in (10, MARGIN - 12, WIDTH - MARGIN + 12, WIDTH - 10):
        assert {rgb.getpixel((x, y)) for y in range(20, rgb.height)} == {paper}
    assert isinstance(paper, tuple)
    assert max(abs(one - int(PAPER[k : k + 2], 16)) for one, k in zip(paper, (1, 3, 5), strict=True)) <= 6


def test_the_same_figures_give_the_same_bytes() -> None:
    assert draw(VIEW) == draw(VIEW)


@pytest.mark.parametrize("library", ["PIL", "manimgx_fonts_cjk"])
async def test_without_the_libraries_the_text_stands_alone(
    library: str, busy: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bot.typeface", "handlers.wishes.statistics.drawing"):
        if name in sys.modules:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    assert drawn(VIEW) is None
    told = await busy.say("王主任", "/心愿统计", GROUP)
    assert told == f"{phrases.told(_view(busy, '永续社区'))}\n{phrases.NO_LIBRARY}"
