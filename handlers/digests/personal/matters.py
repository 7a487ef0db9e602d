"""What waits for a member, and what is due: read from the records the morning it is told, kept nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from handlers.digests.calendar import Calendar
from handlers.digests.personal import rules
from knowledge.passage import CARD, REPEALED
from storage.members import Member, Role, places_served
from storage.outbox import Outcome, Outgoing
from storage.questions import AskedQuestion
from storage.uow import UnitOfWork
from storage.wishes import Status, Wish

READERS = frozenset({Role.FIRST_SECRETARY, Role.COORDINATOR, Role.COUNTY_OFFICE})
"""Who may ask for a personal digest."""

SECRETARIES = (Role.FIRST_SECRETARY, Role.COORDINATOR)
KEEPERS = (Role.COORDINATOR, Role.COUNTY_OFFICE)

ALL = 10_000


@dataclass(frozen=True, slots=True)
class RuleTurn:
    """A text that takes effect on `day`, or holds on it for the last time; `region`: where it holds, "" everywhere."""

    day: date
    title: str
    begins: bool
    region: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A wish of which something has to come by `day`."""

    wish: Wish
    day: date


@dataclass(frozen=True, slots=True)
class Matters:
    """`overdue` and `due` are the member's own claims; `stuck` are others', past their day, in places they serve:
    told the morning after, and once a week.

    `county`: they serve them for the county, which is told numbers and places only. `week_…`: what comes later
    this week, told on its first working day.
    """

    to_verify: Sequence[Wish] = ()
    overdue: Sequence[Due] = ()
    due: Sequence[Due] = ()
    stuck: Sequence[Due] = ()
    to_confirm: Sequence[Wish] = ()
    expiring: Sequence[Wish] = ()
    questions: Sequence[AskedQuestion] = ()
    unknown: int = 0
    turns: Sequence[RuleTurn] = ()
    week_due: Sequence[Due] = ()
    week_expiring: Sequence[Wish] = ()
    week_turns: Sequence[RuleTurn] = ()
    county: bool = False

    @property
    def nothing(self) -> bool:
        return not any(getattr(self, each.name) for each in fields(self) if each.name != "county")


def turning(uow: UnitOfWork) -> list[RuleTurn]:
    """Texts of the base that turn today or within a week, by day."""
    today = uow.now.date()
    turns = [
        RuleTurn(day, document.title.strip("《》"), begins, document.region)
        for document in uow.documents.standing()
        if document.kind != CARD and document.status != REPEALED
        for day, begins in ((document.effective, True), (document.expires, False))
        if day is not None and today <= day <= today + rules.AHEAD
    ]
    return sorted(turns, key=lambda turn: (turn.day, turn.title, turn.begins))


def matters(uow: UnitOfWork, member: Member, calendar: Calendar, turns: Sequence[RuleTurn]) -> Matters:
    """What this member is told today. `turns`: as `turning` found them this morning."""
    today, is_workday = uow.now.date(), calendar.days.is_workday
    until = rules.horizon(today, is_workday)
    week = rules.week_ahead(today, is_workday)
    last = max(until, week or until)
    before = rules.workday_before(today, is_workday)
    served = places_served(member, SECRETARIES, uow.places)
    county = places_served(member, [Role.COUNTY_OFFICE], uow.places)
    own = _claims(uow, is_workday, claimed_by=member.id)
    others = [
        due for due in _claims(uow, is_workday, places=served | county) if due.wish.claimed_by != member.id
    ]
    expiring = [
        wish
        for wish in uow.wishes.listed(statuses=[Status.OPEN], places=served, limit=ALL)
        if today <= wish.expires_on <= last
    ]
    region = _region(uow, member)
    turns = [turn for turn in turns if turn.day <= last and calendar.holds_in(turn.region, region)]
    return Matters(
        to_verify=uow.wishes_waiting.to_verify(member),
        overdue=[due for due in own if due.day < today],
        due=[due for due in own if today <= due.day <= until],
        stuck=[due for due in others if due.day < today and (week or due.day >= before)],
        to_confirm=uow.wishes_waiting.to_confirm(member),
        expiring=[wish for wish in expiring if wish.expires_on <= until],
        questions=_questions(uow, member),
        unknown=sum(
            _undecided(uow, row, served, everything=bool(county)) for row in uow.undelivered.unsettled()
        ),
        turns=[turn for turn in turns if turn.day <= until],
        week_due=[due for due in own if until < due.day <= last],
        week_expiring=[wish for wish in expiring if wish.expires_on > until],
        week_turns=[turn for turn in turns if turn.day > until],
        county=bool(county) and not served,
    )


def _claims(
    uow: UnitOfWork,
    is_workday: rules.Workday,
    *,
    places: frozenset[int] | None = None,
    claimed_by: int | None = None,
) -> list[Due]:
    zone = uow.now.tzinfo
    found = uow.wishes.listed(statuses=[Status.CLAIMED], places=places, claimed_by=claimed_by, limit=ALL)
    return [
        Due(wish, rules.claim_due(wish.claimed_at.astimezone(zone).date(), is_workday))
        for wish in found
        if wish.claimed_at is not None
    ]


def _questions(uow: UnitOfWork, member: Member) -> list[AskedQuestion]:
    if not member.roles & set(KEEPERS):
        return []
    places = places_served(member, KEEPERS, uow.places)
    return [each for each in uow.questions.waiting() if each.place_id is None or each.place_id in places]


def _undecided(uow: UnitOfWork, row: Outgoing, served: frozenset[int], *, everything: bool) -> bool:
    """Whether nobody knows if the row arrived, and this member may decide about it."""
    if row.status is not Outcome.UNKNOWN:
        return False
    return everything or (row.to.group_id is not None and uow.groups.get(row.to.group_id).place_id in served)


def _region(uow: UnitOfWork, member: Member) -> str:
    held = [grant.place_id for grant in member.grants if grant.role in READERS]
    place_id = next((place for place in held if place is not None), member.place_id)
    return "/".join(uow.places.get(place).name for place in reversed(uow.places.line(place_id)))
