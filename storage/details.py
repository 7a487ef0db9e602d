"""Personal details: the one place for what says who somebody is, sealed, and apart from what it is about.

A register beside it holds public words only. Nobody reads here without leaving a trace: a look and its row in
the audit register are one transaction.
"""

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import Field, SQLModel, col

from storage.audit import Audit
from storage.sealing import CannotOpen, sealer_of


class DetailRow(SQLModel, table=True):
    """`sealed` says inside to which subject and field it belongs: a token moved to another row does not open."""

    __tablename__ = "personal_detail"
    subject: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    sealed: str


class Details:
    """`subject`: what they are about, `wish:12` or `member:7`; `field`: what they are, `contact`."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit
        self._sealer = sealer_of(connection.dialect)

    def keep(self, subject: str, field: str, text: str) -> None:
        """Put `text` in the place of what the field held; "" leaves nothing."""
        mine = (col(DetailRow.subject) == subject, col(DetailRow.field) == field)
        self._connection.execute(delete(DetailRow).where(*mine))
        if text:
            sealed = self._sealer.seal("\0".join((subject, field, text)))
            self._connection.execute(
                insert(DetailRow), {"subject": subject, "field": field, "sealed": sealed}
            )

    def read(self, subject: str, *, by: str, own: bool = False) -> dict[str, str]:
        """What is held, by field; the look by `by` (`member:7`) is written with it, where there is anything to see.

        `own`: it is what they said themselves, and no look. Raises `CannotOpen`; `RuntimeError` for a look in a
        transaction that only reads, where it would leave no trace.
        """
        rows = self._connection.execute(
            select(col(DetailRow.field), col(DetailRow.sealed))
            .where(col(DetailRow.subject) == subject)
            .order_by(col(DetailRow.field))
        ).all()
        if rows and not own:
            if self._connection.get_execution_options().get("lianxin_read"):
                raise RuntimeError("a look at personal details needs a transaction that writes")
            self._audit.add(actor=by, action="look", subject=subject)
        return {field: self._opened(subject, field, sealed) for field, sealed in rows}

    def fields(self, subject: str) -> tuple[str, ...]:
        """The names of what is held, which is no look."""
        held = select(col(DetailRow.field)).where(col(DetailRow.subject) == subject)
        return tuple(self._connection.execute(held.order_by(col(DetailRow.field))).scalars())

    def subjects(self) -> frozenset[str]:
        """What anything is held on, which is no look."""
        return frozenset(self._connection.execute(select(col(DetailRow.subject)).distinct()).scalars())

    def wipe(self, subject: str) -> bool:
        """Let nothing of it be left; whether there was anything."""
        return bool(
            self._connection.execute(delete(DetailRow).where(col(DetailRow.subject) == subject)).rowcount
        )

    def hand_over(self, lost: str, kept: str) -> None:
        """Two subjects turned out to be one: what only `lost` has is `kept`'s."""
        rows = self._connection.execute(
            select(col(DetailRow.field), col(DetailRow.sealed)).where(col(DetailRow.subject) == lost)
        ).all()
        for field in sorted({row.field for row in rows} - set(self.fields(kept))):
            sealed = next(row.sealed for row in rows if row.field == field)
            self.keep(kept, field, self._opened(lost, field, sealed))
        self.wipe(lost)

    def _opened(self, subject: str, field: str, sealed: str) -> str:
        whose, what, text = self._sealer.open(sealed).split("\0", 2)
        if (whose, what) != (subject, field):
            raise CannotOpen
        return text
