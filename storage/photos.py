"""Photos of a delivered wish: sealed, few, and for who confirms it alone.

A photo is named by a key that nobody can guess and that is given out only with a look, written in the same
transaction. Nothing copies it: a reply carries the key, and the picture is opened as the reply leaves.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, String, delete, func, or_, select, type_coerce, update
from sqlmodel import Field, SQLModel, col

from storage.audit import Audit
from storage.base import Moment, NotFound, StorageError
from storage.inbox import insert, inserted
from storage.sealing import CannotOpen, Sealed, sealer_of
from storage.wish_table import WishRow

MOST = 3
"""Photos of one wish."""


class Full(StorageError):
    """The wish has as many photos as it may have."""


@dataclass(frozen=True, slots=True)
class Photo:
    """`kind` is the ending of a file's name: `jpg` or `png`."""

    number: int
    key: str
    kind: str


class PhotoRow(SQLModel, table=True):
    """`picture` says inside to which wish it belongs: a token moved to another row does not open."""

    __tablename__ = "wish_photo"
    wish_no: int = Field(foreign_key="wish.no", primary_key=True)
    number: int = Field(primary_key=True)
    key: str = Field(unique=True)
    kind: str
    given_by: int = Field(foreign_key="member.id", index=True)
    given_at: datetime = Field(sa_type=Moment)
    picture: str = Field(sa_type=Sealed)


class Photos:
    def __init__(self, connection: Connection, audit: Audit, now: datetime) -> None:
        self._connection = connection
        self._audit = audit
        self._now = now
        self._sealer = sealer_of(connection.dialect)

    def keep(self, wish_no: int, picture: bytes, kind: str, *, by: int) -> int:
        """Keep one more photo with the wish; returns its number, from 1. Raises `Full`."""
        sealed = self._sealer.seal(f"{wish_no}\0{base64.b64encode(picture).decode()}")
        values = {
            "wish_no": wish_no, "key": hashlib.sha256(sealed.encode()).hexdigest(), "kind": kind, "given_by": by,
            "given_at": self._now, "picture": type_coerce(sealed, String),
        }  # fmt: skip
        for number in range(1, MOST + 1):
            kept = insert(self._connection)(PhotoRow).values(number=number, **values)
            if inserted(self._connection, kept):
                return number
        raise Full(wish_no)

    def count(self, wish_no: int) -> int:
        """How many there are, which is no look."""
        query = select(func.count()).where(col(PhotoRow.wish_no) == wish_no)
        return self._connection.execute(query).scalar_one()

    def look(self, wish_no: int, *, by: str) -> tuple[Photo, ...]:
        """The photos of a wish, for `by` (`member:7`) to see; the look is written, where there is anything to see.

        Raises `RuntimeError` in a transaction that only reads, where it would leave no trace.
        """
        query = select(col(PhotoRow.number), col(PhotoRow.key), col(PhotoRow.kind))
        rows = self._connection.execute(
            query.where(col(PhotoRow.wish_no) == wish_no).order_by(col(PhotoRow.number))
        ).all()
        if rows:
            if self._connection.get_execution_options().get("lianxin_read"):
                raise RuntimeError("a look at photos needs a transaction that writes")
            self._audit.add(actor=by, action="look", subject=f"wish_photo:{wish_no}")
        return tuple(Photo(number, key, kind) for number, key, kind in rows)

    def opened(self, key: str) -> bytes:
        """The picture a look gave the key of. Raises `NotFound` when it is kept no more, `CannotOpen`."""
        query = select(col(PhotoRow.wish_no), col(PhotoRow.picture)).where(col(PhotoRow.key) == key)
        row = self._connection.execute(query).first()
        if row is None:
            raise NotFound(key)
        wish_no, _, picture = row.picture.partition("\0")
        if wish_no != str(row.wish_no):
            raise CannotOpen
        return base64.b64decode(picture)

    def wipe(self, wish_no: int) -> None:
        """Let none of this wish be left."""
        self._connection.execute(delete(PhotoRow).where(col(PhotoRow.wish_no) == wish_no))

    def hand_over(self, lost: int, kept: int) -> None:
        """Photos a member gave who turned out to be another one are theirs."""
        mine = update(PhotoRow).where(col(PhotoRow.given_by) == lost)
        self._connection.execute(mine.values(given_by=kept))

    def forget(self, member_id: int) -> None:
        """Let none be left that this member gave, and none of a wish they logged."""
        logged = select(col(WishRow.no)).where(col(WishRow.logged_by) == member_id)
        theirs = or_(col(PhotoRow.given_by) == member_id, col(PhotoRow.wish_no).in_(logged))
        self._connection.execute(delete(PhotoRow).where(theirs))
