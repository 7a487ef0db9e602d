"""Who asked for a personal digest, and at what time. A row is a wish to have it; nothing says what came of it.

That one was made stands among the ticks, which forget it after a fortnight: nobody's mornings are on record.
"""

from dataclasses import dataclass
from datetime import time

from sqlalchemy import Connection, delete, select, update
from sqlmodel import Field, SQLModel, col

from storage.inbox import INSERT


@dataclass(frozen=True, slots=True)
class Subscription:
    member_id: int
    at: time


class PersonalDigestRow(SQLModel, table=True):
    __tablename__ = "personal_digest"
    member_id: int = Field(primary_key=True, foreign_key="member.id")
    at: time


class PersonalDigests:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, member_id: int, at: time) -> None:
        """Have one a working day at `at`, local time; asked again, at another time."""
        statement = INSERT[self._connection.dialect.name](PersonalDigestRow)
        again = statement.on_conflict_do_update(index_elements=["member_id"], set_={"at": at})
        self._connection.execute(again, {"member_id": member_id, "at": at})

    def end(self, member_id: int) -> bool:
        """Whether there was one to end."""
        mine = col(PersonalDigestRow.member_id) == member_id
        return bool(self._connection.execute(delete(PersonalDigestRow).where(mine)).rowcount)

    def of(self, member_id: int) -> Subscription | None:
        mine = col(PersonalDigestRow.member_id) == member_id
        query = select(col(PersonalDigestRow.member_id), col(PersonalDigestRow.at)).where(mine)
        row = self._connection.execute(query).first()
        return Subscription(*row) if row else None

    def until(self, moment: time) -> list[Subscription]:
        """Those whose time of the day has come by `moment`, the earliest first."""
        query = select(col(PersonalDigestRow.member_id), col(PersonalDigestRow.at)).where(
            col(PersonalDigestRow.at) <= moment
        )
        rows = self._connection.execute(
            query.order_by(col(PersonalDigestRow.at), col(PersonalDigestRow.member_id))
        )
        return [Subscription(*row) for row in rows]

    def hand_over(self, lost: int, kept: int) -> None:
        """What a member asked for who turned out to be another one is theirs, unless they have their own."""
        if self.of(kept) is None:
            mine = update(PersonalDigestRow).where(col(PersonalDigestRow.member_id) == lost)
            self._connection.execute(mine.values(member_id=kept))
        self.end(lost)
