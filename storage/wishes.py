"""微心愿 (micro-wishes): the register and its history; states and legal moves are in `wish_states`."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlmodel import col

from storage.base import NotFound, StorageError, new_id
from storage.members import MemberRow
from storage.wish_states import CLOSED, TRANSITIONS, AgeBand, Consent, Kind, Move, Status, Urgency
from storage.wish_table import (
    ALWAYS,
    UNCLAIMED,
    WISHES,
    Wish,
    WishEvent,
    WishEventRow,
    WishRow,
    moving,
    view,
)

__all__ = [
    "TRANSITIONS", "AgeBand", "AlreadyMoved", "Consent", "Kind", "Move", "Moved", "Status", "Urgency", "Wish",
    "WishEvent", "WishEventRow", "WishRow", "Wishes",
]  # fmt: skip


class AlreadyMoved(StorageError):
    """The wish is not in a state this move starts from (or not held by whom the move asks); nothing changed."""

    def __init__(self, no: int, status: Status) -> None:
        super().__init__(f"wish {no} is {status}")
        self.no = no
        self.status = status


class Moved(NamedTuple):
    """The wish after a move, the status it had before, and the number of the event."""

    wish: Wish
    before: Status
    event: int


_WISH = WISHES.where(col(WishRow.no) == bindparam("wish"))
_LOG = insert(WishRow)
_HAPPENED = insert(WishEventRow)
_HISTORY: Select[*tuple[Any, ...]] = (
    select(
        col(WishEventRow.id), col(WishEventRow.at), col(WishEventRow.move), col(MemberRow.name),
        col(WishEventRow.note),
    )
    .join_from(WishEventRow, MemberRow, col(MemberRow.id) == col(WishEventRow.actor_id), isouter=True)
    .where(col(WishEventRow.wish_no) == bindparam("wish"))
    .order_by(col(WishEventRow.id))
)  # fmt: skip
_CONTENTS: Select[*tuple[Any, ...]] = (
    select(col(WishRow.no), col(WishRow.content))
    .where(
        col(WishRow.status).in_(bindparam("statuses", expanding=True)),
        col(WishRow.place_id) == bindparam("place"),
    )
    .order_by(col(WishRow.no))
    .limit(bindparam("most"))
)


_ASIDE = frozenset({Move.PROMISE, Move.MERGE, Move.ABSORB, Move.ENTRUST, Move.SUCCEED})
"""Moves whose note stands in the history alone."""


class Wishes:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def log(
        self,
        content: str,
        *,
        by: int,
        place_id: int | None,
        group_id: int | None,
        expires_on: date,
        kind: Kind = Kind.UNKNOWN,
        age_band: AgeBand = AgeBand.UNKNOWN,
        urgency: Urgency = Urgency.NORMAL,
        wanted_by: date | None = None,
        consent: Consent = Consent.NOT_NEEDED,
    ) -> Wish:
        """`content` is what everybody of the place may read: words of a person are kept with their details."""
        values = {
            "status": Status.PENDING.value, "place_id": place_id, "group_id": group_id, "content": content,
            "logged_by": by, "logged_at": self._now, "expires_on": expires_on, "note": "", "kind": kind.value,
            "age_band": age_band.value, "urgency": urgency.value, "wanted_by": wanted_by,
            "consent": consent.value, "credit": False,
        }  # fmt: skip
        no = new_id(self._connection.execute(_LOG, values))
        self._happened(no, Move.LOG, by, "")
        return self.get(no)

    def move(
        self,
        no: int,
        move: Move,
        *,
        by: int | None,
        note: str = "",
        expected: Collection[Status] | None = None,
        only_claimer: bool = False,
        teams: Collection[int] = (),
        as_seen: Wish | None = None,
        to: int | None = None,
        setting: Mapping[str, object] | None = None,
    ) -> Moved:
        """Move the wish on, in one conditional update.

        `expected` narrows the states the move may start from; `only_claimer` asks that `by` or one of
        `teams` holds it, `as_seen` that its holder and consent are as in that view. `to` is who holds it afterwards,
        `setting` gives further columns their values. Raises `NotFound`, or `AlreadyMoved` when the wish is
        elsewhere by now, or when it is a child's and its guardian's consent is missing, or merged.
        """
        asks = {"own": only_claimer, "as_seen": as_seen is not None, ALWAYS.get(move, ""): True}
        guards = tuple(guard for guard, asked in asks.items() if guard and asked)
        terms: dict[str, object] = {"wish": no}
        if only_claimer:
            terms |= {"claimer": by, "teams": list(teams)}
        if as_seen is not None:
            terms |= {
                "seen_claimer": as_seen.claimed_by, "seen_since": as_seen.claimed_at,
                "seen_consent": as_seen.consent.value,
            }  # fmt: skip
        starts = [
            before for before, name in TRANSITIONS if name is move and (not expected or before in expected)
        ]
        for before in starts:
            values = self._values(move, TRANSITIONS[before, move], to or by, note) | dict(setting or {})
            asked = {f"new_{name}": value for name, value in values.items()}
            if self._connection.execute(
                moving(tuple(values), guards), {**terms, **asked, "before": before.value}
            ).rowcount:
                event = self._happened(no, move, by, note)
                return Moved(self.get(no), before, event)
        raise AlreadyMoved(no, self.get(no).status)

    def get(self, no: int) -> Wish:
        """Raises `NotFound`."""
        row = self._connection.execute(_WISH, {"wish": no}).first()
        if row is None:
            raise NotFound(no)
        return view(row)

    def all(self) -> list[Wish]:
        return self._select()

    def listed(
        self,
        *,
        statuses: Collection[Status],
        places: Collection[int] | None,
        logged_by: int | None = None,
        claimed_by: int | None = None,
        teams: Collection[int] | None = None,
        limit: int = 20,
    ) -> list[Wish]:
        """Wishes in these states, oldest first. `places` None: everywhere, also nowhere in particular."""
        conditions: list[ColumnElement[bool]] = [col(WishRow.status).in_([s.value for s in statuses])]
        if places is not None:
            conditions.append(col(WishRow.place_id).in_(list(places)))
        if logged_by is not None:
            conditions.append(col(WishRow.logged_by) == logged_by)
        if claimed_by is not None:
            conditions.append(col(WishRow.claimed_by) == claimed_by)
        if teams is not None:
            conditions.append(col(WishRow.team_id).in_(list(teams)))
        return self._select(*conditions, limit=limit)

    def contents(self, *, statuses: Collection[Status], place_id: int, limit: int) -> list[tuple[int, str]]:
        """Number and content of the wishes of one place in these states, oldest first."""
        asked = {"statuses": [status.value for status in statuses], "place": place_id, "most": limit}
        return [(no, content) for no, content in self._connection.execute(_CONTENTS, asked).all()]

    def held_by(self, member_id: int) -> int:
        """How many wishes this member has claimed and not delivered yet."""
        query = select(func.count()).where(
            col(WishRow.claimed_by) == member_id, col(WishRow.status) == Status.CLAIMED.value
        )
        return self._connection.execute(query).scalar_one()

    def logged_since(self, member_id: int, moment: datetime) -> int:
        query = select(func.count()).where(
            col(WishRow.logged_by) == member_id, col(WishRow.logged_at) >= moment
        )
        return self._connection.execute(query).scalar_one()

    def merged_loggers(self, no: int) -> list[tuple[int, int]]:
        """The wishes that were merged into this one, each with who logged it."""
        query = select(col(WishRow.no), col(WishRow.logged_by)).where(col(WishRow.merged_into) == no)
        rows = self._connection.execute(query.order_by(col(WishRow.no)))
        return [(merged or 0, logger) for merged, logger in rows]

    def follow_merge(self, lost: int, kept: int) -> None:
        """What was merged into `lost` goes on with `kept`."""
        self._connection.execute(
            update(WishRow).where(col(WishRow.merged_into) == lost).values(merged_into=kept)
        )

    def delivered_by(self, member_id: int, since: datetime) -> Wish | None:
        """What this member last marked as delivered, since this moment, unless it was found not to be."""
        delivered = [Status.DELIVERED.value, Status.FULFILLED.value]
        query = (
            select(col(WishEventRow.wish_no))
            .join_from(WishEventRow, WishRow, col(WishRow.no) == col(WishEventRow.wish_no))
            .where(
                col(WishEventRow.actor_id) == member_id, col(WishEventRow.move) == Move.DELIVER.value,
                col(WishEventRow.at) >= since, col(WishRow.status).in_(delivered),
            )
            .order_by(col(WishEventRow.id).desc())
            .limit(1)
        )  # fmt: skip
        no = self._connection.execute(query).scalar()
        return None if no is None else self.get(no)

    def followed_by(self, no: int) -> int | None:
        """Who answers for a delivered wish since its claimer left; None where nobody was named."""
        steps = [Move.DELIVER.value, Move.SUCCEED.value]
        query = (
            select(col(WishEventRow.move), col(WishEventRow.actor_id))
            .where(col(WishEventRow.wish_no) == no, col(WishEventRow.move).in_(steps))
            .order_by(col(WishEventRow.id).desc())
        )
        last = self._connection.execute(query.limit(1)).first()
        return last.actor_id if last is not None and last.move == Move.SUCCEED.value else None

    def followed(self, member_id: int) -> list[Wish]:
        """Delivered wishes this member answers for since their claimer left, the oldest first."""
        named = select(col(WishEventRow.wish_no)).where(
            col(WishEventRow.move) == Move.SUCCEED.value, col(WishEventRow.actor_id) == member_id
        )
        found = self._select(col(WishRow.status) == Status.DELIVERED.value, col(WishRow.no).in_(named))
        return [wish for wish in found if self.followed_by(wish.no) == member_id]

    def claimed_before(self, moment: datetime) -> list[Wish]:
        """Wishes somebody has had since before this moment without delivering them."""
        return self._select(col(WishRow.status) == Status.CLAIMED.value, col(WishRow.claimed_at) < moment)

    def remind(self, no: int) -> bool:
        """Mark the claimer as reminded; False when they had been, or hold it no more."""
        query = update(WishRow).where(
            col(WishRow.no) == no, col(WishRow.status) == Status.CLAIMED.value,
            col(WishRow.reminded_at).is_(None),
        )  # fmt: skip
        return bool(self._connection.execute(query.values(reminded_at=self._now)).rowcount)

    def out_of_date(self, today: date) -> list[int]:
        """Numbers of open wishes past their date, the oldest first."""
        old = col(WishRow.expires_on) < today
        query = select(col(WishRow.no)).where(col(WishRow.status) == Status.OPEN.value, old)
        query = query.order_by(col(WishRow.no))
        return [no for no in self._connection.execute(query).scalars() if no is not None]

    def hand_over(self, lost: int, kept: int) -> None:
        """Wishes of a member who turned out to be another one are theirs. The history keeps its rows."""
        for column in (WishRow.logged_by, WishRow.claimed_by):
            self._connection.execute(update(WishRow).where(col(column) == lost).values({column: kept}))

    def history(self, no: int) -> list[WishEvent]:
        rows = self._connection.execute(_HISTORY, {"wish": no})
        return [WishEvent(event, at, Move(move), name or "", note) for event, at, move, name, note in rows]

    def _values(self, move: Move, after: Status, holder: int | None, note: str) -> dict[str, object]:
        values: dict[str, object] = {"status": after.value}
        if note and move not in _ASIDE:
            values["note"] = note
        if after in CLOSED:
            values["closed_at"] = self._now
        match move:
            case Move.CLAIM | Move.HANDOVER | Move.REASSIGN:
                values |= {**UNCLAIMED, "claimed_by": holder, "claimed_at": self._now, "note": ""}
            case Move.FOLLOW:
                values |= {**UNCLAIMED, "claimed_by": holder, "claimed_at": self._now, "delivered_at": None}
            case Move.COME_BACK:
                values |= {**UNCLAIMED, "delivered_at": None}
            case Move.AMEND:
                values |= {"note": ""}
            case Move.RELEASE | Move.LAPSE:
                values |= UNCLAIMED
            case Move.DELIVER:
                values |= {"delivered_at": self._now}
            case Move.NOT_RECEIVED:
                values |= {"delivered_at": None, "reminded_at": None}
            case Move.FULFIL:
                values |= {"fulfilled_at": self._now}
            case Move.CONSENT:
                values |= {"consent": Consent.GIVEN.value}
            case Move.GROWN:
                values |= {"consent": Consent.NOT_NEEDED.value}
            case Move.CREDIT | Move.UNCREDIT:
                values |= {"credit": move is Move.CREDIT}
            case Move.PROMISE:
                values |= {"reminded_at": None}
            case Move.REOPEN:
                values |= {**UNCLAIMED, "delivered_at": None, "fulfilled_at": None}
                values |= {"closed_at": None, "wiped_at": None}
            case _:
                pass
        return values

    def _happened(self, no: int, move: Move, by: int | None, note: str) -> int:
        values = {"wish_no": no, "at": self._now, "move": move.value, "actor_id": by, "note": note}
        return new_id(self._connection.execute(_HAPPENED, values))

    def _select(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Wish]:
        query = WISHES.where(*conditions)
        return [view(row) for row in self._connection.execute(query.limit(limit) if limit else query)]
