"""The words of wishes, from their being written to their being wiped: whose they are, and what takes their place."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, exists, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from storage.wish_states import Move
from storage.wish_table import WISHES, Wish, WishEventRow, WishRow, view


class WishWords:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def typed_by(self, member_id: int) -> list[int]:
        """Wishes whose words are this member's own: logged by them, not entrusted to them by who left."""
        happened = exists().where(col(WishEventRow.wish_no) == col(WishRow.no))
        wrote = happened.where(
            col(WishEventRow.move) == Move.LOG.value, col(WishEventRow.actor_id) == member_id
        )
        entrusted = happened.where(col(WishEventRow.move) == Move.ENTRUST.value)
        theirs = or_(and_(col(WishRow.logged_by) == member_id, ~entrusted), wrote)
        query = select(col(WishRow.no)).where(theirs).order_by(col(WishRow.no))
        return [no for no in self._connection.execute(query).scalars() if no is not None]

    def closed_before(self, moment: datetime) -> list[int]:
        """Numbers of wishes closed before this moment whose details were not wiped since.

        One that was merged counts as closed when the one that stays is.
        """
        stays = aliased(WishRow)
        query = (
            select(col(WishRow.no))
            .join(stays, col(stays.no) == col(WishRow.merged_into), isouter=True)
            .where(
                col(WishRow.closed_at) < moment, col(WishRow.wiped_at).is_(None),
                or_(col(WishRow.merged_into).is_(None), col(stays.closed_at) < moment),
            )
        )  # fmt: skip
        return [
            no for no in self._connection.execute(query.order_by(col(WishRow.no))).scalars() if no is not None
        ]

    def wipe(self, no: int, moment: datetime) -> bool:
        """Forget what was noted in free words; that it happened stays.

        False, and nothing is forgotten, where it, or the one it was merged into, was opened again since it was found.
        """
        stays = select(col(WishRow.merged_into)).where(col(WishRow.no) == no).scalar_subquery()
        both = (
            select(col(WishRow.closed_at))
            .where(or_(col(WishRow.no) == no, col(WishRow.no) == stays))
            .order_by(col(WishRow.no))
            .with_for_update()
        )
        if not all(at is not None and at < moment for at in self._connection.execute(both).scalars()):
            return False
        self._connection.execute(
            update(WishRow).where(col(WishRow.no) == no).values(note="", wiped_at=self._now)
        )
        kept = [Move.MERGE.value, Move.ABSORB.value]
        said = update(WishEventRow).where(
            col(WishEventRow.wish_no) == no, col(WishEventRow.move).not_in(kept)
        )
        self._connection.execute(said.values(note=""))
        return True

    def lock_after(self, no: int, limit: int) -> list[Wish]:
        """The next wishes by number, which nobody else changes before this transaction ends."""
        query = WISHES.where(col(WishRow.no) > no).limit(limit).with_for_update(of=WishRow)
        return [view(row) for row in self._connection.execute(query)]

    def reword(
        self, no: int, *, content: str, note: str, notes: Mapping[int, str], setting: Mapping[str, object]
    ) -> None:
        """Put other words in the place of a wish's own, and of its notes by their events; also set columns."""
        values = {"content": content, "note": note, **setting}
        self._connection.execute(update(WishRow).where(col(WishRow.no) == no).values(**values))
        for event, words in notes.items():
            said = update(WishEventRow).where(col(WishEventRow.id) == event, col(WishEventRow.wish_no) == no)
            self._connection.execute(said.values(note=words))

    def hide_words(self, member_id: int, hidden: Callable[[str], str]) -> None:
        """Pass through `hidden` what a member wrote: wishes they logged, and their notes on any."""
        own = select(col(WishRow.no), col(WishRow.content), col(WishRow.note)).where(
            col(WishRow.logged_by) == member_id
        )
        for no, content, note in self._connection.execute(own).all():
            values = {"content": hidden(content), "note": hidden(note)}
            self._connection.execute(update(WishRow).where(col(WishRow.no) == no).values(**values))
        said = select(col(WishEventRow.id), col(WishEventRow.note)).where(
            col(WishEventRow.actor_id) == member_id
        )
        for event, note in self._connection.execute(said).all():
            values = {"note": hidden(note)}
            self._connection.execute(
                update(WishEventRow).where(col(WishEventRow.id) == event).values(**values)
            )
