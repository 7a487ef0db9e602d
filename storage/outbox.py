"""The outbox: what has to be said, written in the transaction that caused it and sent after it.

    queued ─▶ sending ─▶ sent            the platform took it
      ▲          ├─▶ queued              known not delivered: again later
      │          ├─▶ failed              will never be delivered; `cause` says why
      │          ├─▶ waiting             the platform forbids it now: until the person speaks
      └──────────┘  └─▶ unknown          written, no answer: never sent again by itself

Towards a platform that cannot be asked "did you send?" nothing is exactly once. What holds is: one attempt
is recorded before it is made, and an attempt of unknown outcome is shown to a person instead of repeated.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlmodel import Field, SQLModel, col

from storage.base import Moment, NotFound, new_id
from storage.groups import GroupRow
from storage.sealing import Sealed

KEPT = timedelta(days=14)
"""How long the words of a message are kept after it was sent (personal details go after as long)."""

EMPTY = '{"parts": [], "listing": []}'
"""A reply of no words: how one reads whose words are gone. In the table it is ""."""


class Outcome(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WAITING = "waiting"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Target:
    """A member in private, or a group. Exactly one is set."""

    member_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    id: int
    to: Target
    body: str
    status: Outcome
    attempts: int
    cause: str
    taken: int = 0
    """Messages of this row that the platform took: a long reply is several, and a retry goes on behind them."""
    taken_by: str = ""
    """The channel that took them, while there are more."""
    created_at: datetime | None = None
    tries_from: int = 0
    """Attempts made before a person said to send it again: they count no more."""
    asked_at: datetime | None = None
    """When it was queued, or queued again by a person: patience counts from here."""

    @property
    def tries(self) -> int:
        """Attempts since it was queued, or queued again by a person."""
        return self.attempts - self.tries_from


class OutboxRow(SQLModel, table=True):
    __tablename__ = "outbox"
    id: int | None = Field(default=None, primary_key=True)
    member_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    group_id: int | None = Field(default=None, foreign_key="chat_group.id", index=True)
    body: str = Field(sa_type=Sealed)
    status: str = Field(default=Outcome.QUEUED.value, index=True)
    created_at: datetime = Field(sa_type=Moment)
    not_before: datetime = Field(sa_type=Moment)
    not_after: datetime | None = Field(default=None, sa_type=Moment)
    """After this it is no news any more: it fails instead of leaving."""
    leased_until: datetime | None = Field(default=None, sa_type=Moment)
    attempts: int = 0
    tries_from: int = 0
    asked_at: datetime | None = Field(default=None, sa_type=Moment)
    taken: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    cause: str = ""
    channel: str = ""
    update_key: str = Field(default="", index=True)
    receipt: str = Field(default="", index=True)
    """The platform's id of the (last) message, where it gives one: later reports of it name it. Until the last one
    is taken, the channel that took those before."""


ROWS: Select[*tuple[Any, ...]] = select(
    col(OutboxRow.id), col(OutboxRow.member_id), col(OutboxRow.group_id), col(OutboxRow.body),
    col(OutboxRow.status), col(OutboxRow.attempts), col(OutboxRow.cause), col(OutboxRow.taken),
    col(OutboxRow.receipt), col(OutboxRow.created_at), col(OutboxRow.tries_from), col(OutboxRow.asked_at),
).order_by(col(OutboxRow.id))  # fmt: skip
_ADD = insert(OutboxRow)
_FIRST_OF_EACH_CHAT = (
    select(func.min(col(OutboxRow.id)))
    .where(col(OutboxRow.status).in_([Outcome.QUEUED.value, Outcome.SENDING.value]))
    .group_by(col(OutboxRow.member_id), col(OutboxRow.group_id))
    .having(func.sum(case((col(OutboxRow.status) == Outcome.SENDING.value, 1), else_=0)) == 0)
)
_DUE = (
    ROWS.where(
        col(OutboxRow.id).in_(_FIRST_OF_EACH_CHAT),
        col(OutboxRow.status) == Outcome.QUEUED.value,
        col(OutboxRow.not_before) <= bindparam("now"),
        or_(
            col(OutboxRow.group_id).is_(None),
            col(OutboxRow.group_id).not_in(
                select(col(GroupRow.id)).where(col(GroupRow.channel).in_(bindparam("away", expanding=True)))
            ),
        ),
    )
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(OutboxRow)
    .where(col(OutboxRow.id) == bindparam("row"))
    .values(
        status=Outcome.SENDING.value, attempts=col(OutboxRow.attempts) + 1, leased_until=bindparam("until")
    )
)
_LIVE = (
    select(col(OutboxRow.id))
    .where(
        col(OutboxRow.status).in_([Outcome.QUEUED.value, Outcome.SENDING.value])
        | ((col(OutboxRow.status) == Outcome.WAITING.value) & (col(OutboxRow.not_after) < bindparam("now")))
    )
    .limit(1)
)
_UNSENT = [Outcome.QUEUED.value, Outcome.WAITING.value]
_STILL_NEWS = col(OutboxRow.not_after).is_(None) | (col(OutboxRow.not_after) >= bindparam("now"))
NEWS_OF_ONE = col(OutboxRow.member_id).is_not(None) & col(OutboxRow.not_after).is_not(None)
"""What one person was to get for a day: once it has failed there is nothing to decide about it."""
_PASSED_ON_BY = select(col(GroupRow.id)).where(col(GroupRow.owner_id) == bindparam("member"))
_WAKE = (
    update(OutboxRow)
    .where(
        or_(col(OutboxRow.member_id) == bindparam("member"), col(OutboxRow.group_id).in_(_PASSED_ON_BY)),
        col(OutboxRow.status) == Outcome.WAITING.value,
        _STILL_NEWS,
    )
    .values(status=Outcome.QUEUED.value, not_before=bindparam("now"))
)


def view(row: Row[*tuple[Any, ...]]) -> Outgoing:
    to = Target(row.member_id, row.group_id)
    return Outgoing(
        row.id, to, row.body or EMPTY, Outcome(row.status), row.attempts, row.cause, row.taken,
        row.receipt if row.taken else "", row.created_at, row.tries_from, row.asked_at or row.created_at,
    )  # fmt: skip


def doubt_queued(connection: Connection, cause: str) -> None:
    """Whether what stands queued was sent is not known here (it comes from a backup)."""
    under_way = [Outcome.QUEUED.value, Outcome.SENDING.value]
    connection.execute(
        update(OutboxRow)
        .where(col(OutboxRow.status).in_(under_way))
        .values(status=Outcome.UNKNOWN.value, cause=cause, leased_until=None)
    )


class Outbox:
    def __init__(self, connection: Connection, now: datetime, channel: str, update_key: str) -> None:
        self._connection = connection
        self._now = now
        self._channel = channel
        self._update_key = update_key
        self.grew = False
        """Whether this transaction queued something: the sender is woken after the commit."""

    def add(
        self, to: Target, body: str, *, after: timedelta = timedelta(), until: datetime | None = None
    ) -> int:
        """Queue a reply (its JSON), not to leave before `after` from now nor after `until`; returns the row's id."""
        values = {
            "not_after": until,
            "member_id": to.member_id, "group_id": to.group_id, "body": body, "created_at": self._now,
            "status": Outcome.QUEUED.value, "not_before": self._now + after, "attempts": 0, "taken": 0, "tries_from": 0,
            "cause": "", "receipt": "", "channel": self._channel, "update_key": self._update_key,
        }  # fmt: skip
        row_id = new_id(self._connection.execute(_ADD, values))
        self.grew = True
        return row_id

    def lease(self, *, limit: int, seconds: float, away: Iterable[str] = ()) -> list[Outgoing]:
        """Take due rows for sending, oldest first, at most one a target so that order holds in each chat.

        Rows for groups on a channel in `away` are left to the replica that holds its connection.

        A row stays `sending` until it is settled; a lease that ran out is `lost`, never sent again by itself.
        The first message of a chat that another sender has locked is skipped, and with it the chat.
        """
        rows = self._connection.execute(_DUE, {"now": self._now, "most": limit, "away": list(away)}).all()
        until = self._now + timedelta(seconds=seconds)
        if rows:
            self._connection.execute(_LEASE, [{"row": row.id, "until": until} for row in rows])
        return [replace(view(row), status=Outcome.SENDING, attempts=row.attempts + 1) for row in rows]

    def quiet(self) -> bool:
        """Whether nothing is due and nothing is on its way."""
        return self._connection.execute(_LIVE, {"now": self._now}).first() is None

    def settle(
        self,
        row: Outgoing,
        outcome: Outcome,
        *,
        cause: str = "",
        again_in: timedelta = timedelta(),
        receipt: str = "",
    ) -> bool:
        """Record how an attempt ended. False when the lease was lost meanwhile: the outcome stays unknown."""
        sent = {"sent_at": self._now, "receipt": receipt} if outcome is Outcome.SENT else {"sent_at": None}
        return self._end(
            row,
            status=outcome.value,
            cause=cause,
            leased_until=None,
            not_before=self._now + again_in,
            **sent,
        )

    def postpone(self, row: Outgoing, *, by: timedelta, cause: str = "") -> bool:
        """Not tried after all (no room at the destination, another replica's connection, a fault that only
        the operator can mend): not an attempt."""
        return self._end(
            row,
            status=Outcome.QUEUED.value,
            cause=cause,
            leased_until=None,
            not_before=self._now + by,
            attempts=col(OutboxRow.attempts) - 1,
        )

    def took(self, row: Outgoing, taken: int, *, seconds: float, by: str = "") -> bool:
        """The platform took that many messages of the row, by that channel, and there are more.

        The lease goes on. False when it was lost: nothing more may be sent under it.
        """
        until = self._now + timedelta(seconds=seconds)
        return self._end(row, taken=taken, receipt=by, leased_until=until)

    def _end(self, row: Outgoing, **values: Any) -> bool:
        """The number of attempts is the fence: a sender whose lease was taken from it changes nothing."""
        mine = (
            col(OutboxRow.id) == row.id,
            col(OutboxRow.status) == Outcome.SENDING.value,
            col(OutboxRow.attempts) == row.attempts,
        )
        return bool(self._connection.execute(update(OutboxRow).where(*mine).values(**values)).rowcount)

    def resend(self, row_id: int) -> None:
        """A person decided: an attempt of unknown outcome, or a failed one, is made again, with all patience.

        Raises `NotFound`, also where its words are gone.
        """
        self._decide(
            row_id, [Outcome.UNKNOWN, Outcome.FAILED], col(OutboxRow.body) != "",
            status=Outcome.QUEUED.value, not_before=self._now, not_after=None, asked_at=self._now,
            tries_from=col(OutboxRow.attempts),
        )  # fmt: skip
        self.grew = True

    def accept(self, row_id: int) -> None:
        """A person decided: an attempt of unknown outcome counts as sent. Raises `NotFound`."""
        self._decide(row_id, [Outcome.UNKNOWN], status=Outcome.SENT.value, sent_at=self._now)

    def reported(self, receipt: str, *, cause: str) -> bool:
        """The platform reports afterwards that a message it took was not delivered."""
        done = self._connection.execute(
            update(OutboxRow)
            .where(col(OutboxRow.receipt) == receipt, col(OutboxRow.status) == Outcome.SENT.value)
            .values(status=Outcome.FAILED.value, cause=cause, receipt="", taken=0)
        )
        return bool(done.rowcount)

    def _decide(
        self, row_id: int, standing: list[Outcome], *only: ColumnElement[bool], **values: Any
    ) -> None:
        stands = col(OutboxRow.status).in_([each.value for each in standing])
        done = self._connection.execute(
            update(OutboxRow)
            .where(col(OutboxRow.id) == row_id, stands, *only)
            .values(leased_until=None, **values)
        )
        if not done.rowcount:
            raise NotFound(row_id)

    def lapse(self, cause: str, *, member_id: int | None = None) -> int:
        """What may not leave any more, or was for a day of `member_id`, has failed for this cause; returns how many."""
        mine = NEWS_OF_ONE & (col(OutboxRow.member_id) == member_id)
        over = mine if member_id is not None else col(OutboxRow.not_after) < self._now
        ended = update(OutboxRow).where(col(OutboxRow.status).in_(_UNSENT), over)
        return self._connection.execute(ended.values(status=Outcome.FAILED.value, cause=cause)).rowcount

    def lost_leases(self, cause: str = "") -> int:
        """Attempts whose sender died become `unknown`, for this cause; returns how many."""
        done = self._connection.execute(
            update(OutboxRow)
            .where(col(OutboxRow.status) == Outcome.SENDING.value, col(OutboxRow.leased_until) < self._now)
            .values(status=Outcome.UNKNOWN.value, cause=cause, leased_until=None)
        )
        return done.rowcount

    def wake(self, member_id: int) -> None:
        """The person spoke, so the platform lets us answer: what waited is queued again."""
        done = self._connection.execute(_WAKE, {"member": member_id, "now": self._now})
        self.grew = self.grew or bool(done.rowcount)

    def redirect(self, lost: int, kept: int) -> None:
        """What one member was to be told goes to another, who turned out to be the same person."""
        self._connection.execute(
            update(OutboxRow).where(col(OutboxRow.member_id) == lost).values(member_id=kept)
        )

    def forget(self, member_id: int) -> None:
        """Empty what was said, or was to be said, to this member in private; nothing of it leaves any more.

        An attempt on its way cannot be called back; however it ends, it is not made again.
        """
        mine = col(OutboxRow.member_id) == member_id
        untold = update(OutboxRow).where(mine, col(OutboxRow.status) != Outcome.SENT.value)
        self._connection.execute(untold.values(status=Outcome.FAILED.value, leased_until=None))
        self._connection.execute(update(OutboxRow).where(mine).values(body=""))

    def prune(self) -> None:
        """Empty what ended `KEPT` ago, sent or not: how it ended stays, what it said goes.

        What waits for a person's next message waits as long as that takes.
        """
        ended = [Outcome.SENT.value, Outcome.FAILED.value, Outcome.UNKNOWN.value]
        at = func.coalesce(
            col(OutboxRow.sent_at), col(OutboxRow.asked_at), col(OutboxRow.created_at), type_=Moment()
        )
        self._connection.execute(
            update(OutboxRow)
            .where(col(OutboxRow.status).in_(ended), at < self._now - KEPT, col(OutboxRow.body) != "")
            .values(body="")
        )

    def tell(self, member_id: int) -> list[str]:
        """What this member was to be told and was not yet: handed over now, and marked as sent."""
        mine = (col(OutboxRow.member_id) == member_id, col(OutboxRow.status).in_(_UNSENT), _STILL_NEWS)
        query = ROWS.where(*mine).with_for_update(skip_locked=True)
        rows = self._connection.execute(query, {"now": self._now}).all()
        told = update(OutboxRow).where(col(OutboxRow.id).in_([row.id for row in rows]))
        if rows:
            self._connection.execute(told.values(status=Outcome.SENT.value, sent_at=self._now))
        return [row.body or EMPTY for row in rows]

    def hand_over(self, channel: str, update_key: str, body: str) -> bool:
        """The answer to an update is given another way after all: what still waits of it counts as sent."""
        mine = (
            col(OutboxRow.channel) == channel,
            col(OutboxRow.update_key) == update_key,
            col(OutboxRow.taken) == 0,
            col(OutboxRow.status).in_(_UNSENT),
        )
        same = [row.id for row in self._connection.execute(ROWS.where(*mine)) if row.body == body]
        given = update(OutboxRow).where(*mine, col(OutboxRow.id).in_(same))
        given = given.values(status=Outcome.SENT.value, sent_at=self._now)
        return bool(self._connection.execute(given).rowcount)

    def caused_by(self, channel: str, update_key: str) -> list[Outgoing]:
        """What one message caused elsewhere, in order."""
        caused = (col(OutboxRow.channel) == channel, col(OutboxRow.update_key) == update_key)
        return [view(row) for row in self._connection.execute(ROWS.where(*caused))]

    def with_ids(self, ids: Iterable[int]) -> dict[int, Outgoing]:
        rows = self._connection.execute(ROWS.where(col(OutboxRow.id).in_(list(ids))))
        return {row.id: view(row) for row in rows}
