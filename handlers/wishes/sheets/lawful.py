"""Whether what a row of the register tells can be: a wish nobody could have brought into that state is not restored."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from handlers.wishes.sheets import phrases
from handlers.wishes.sheets.faults import Fault
from handlers.wishes.sheets.lines import Reader
from handlers.wishes.sight import CLAIMERS
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Consent, Status

_ASKS: Mapping[Status, tuple[str, ...]] = {
    Status.CLAIMED: ("claimed_by", "claimed_at"),
    Status.DELIVERED: ("claimed_by", "claimed_at", "delivered_at"),
    Status.FULFILLED: ("claimed_by", "claimed_at", "delivered_at", "fulfilled_at", "closed_at"),
    Status.WITHDRAWN: ("closed_at",),
    Status.EXPIRED: ("closed_at",),
}
"""Fields a wish cannot be without in its state."""
_FORBIDS: Mapping[Status, tuple[str, ...]] = {
    **dict.fromkeys(
        (Status.PENDING, Status.OPEN, Status.RETURNED, Status.EXPIRED),
        ("claimed_by", "claimed_at", "delivered_at", "fulfilled_at", "promised_on", "team", "merged_into"),
    ),
    Status.CLAIMED: ("delivered_at", "fulfilled_at", "merged_into"),
    Status.DELIVERED: ("fulfilled_at", "merged_into"),
    Status.FULFILLED: ("merged_into",),
    Status.WITHDRAWN: ("delivered_at", "fulfilled_at"),
}
"""Fields that say that it is in another one."""
_IN_TURN = ("logged_at", "claimed_at", "delivered_at", "fulfilled_at", "closed_at")
_CLAIMED = frozenset({Status.CLAIMED, Status.DELIVERED})
_VERIFIED = frozenset({Status.OPEN, *_CLAIMED})


class Law:
    """Holds rows against what the rules of wishes let come about."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._serves: dict[int, set[int | None]] = {}
        for each in uow.members.tenures():
            if each.role in CLAIMERS:
                self._serves.setdefault(each.member_id, set()).add(each.place_id)

    def check(self, reader: Reader, status: Status, values: Mapping[str, Any]) -> None:
        """Note under its field what cannot be."""
        called = phrases.called(status)
        for key in _ASKS.get(status, ()):
            if not reader.text(key):
                reader.note(key, Fault.STATE_ASKS, called)
        for key in _FORBIDS.get(status, ()):
            if reader.text(key):
                reader.note(key, Fault.STATE_FORBIDS, called)
        self._check_days(reader, values)
        self._check_guardian(reader, status, values)
        claimer = values["claimed_by"]
        if status in _CLAIMED and claimer is not None and not self._may_claim(claimer, values["place_id"]):
            reader.note("claimed_by", Fault.MAY_NOT_CLAIM, reader.text("claimed_by"))

    def _check_days(self, reader: Reader, values: Mapping[str, Any]) -> None:
        told = [(key, values[key]) for key in _IN_TURN if values[key] is not None]
        for key, moment in told:
            if moment > reader.now:
                reader.note(key, Fault.AHEAD, reader.text(key))
        for (before, first), (key, moment) in pairwise(told):
            if moment < first:
                reader.note(key, Fault.TOO_EARLY, phrases.title(before))

    def _check_guardian(self, reader: Reader, status: Status, values: Mapping[str, Any]) -> None:
        """A child's wish that is under way, or may be again, waits for its guardian or has been agreed to."""
        if values["age_band"] is not AgeBand.CHILD or status in (Status.FULFILLED, Status.WITHDRAWN):
            return
        consent = values["consent"]
        if consent is Consent.NOT_NEEDED or (consent is Consent.NEEDED and status in _VERIFIED):
            reader.note("consent", Fault.NO_GUARDIAN, phrases.called(status))

    def _may_claim(self, member_id: int, place_id: int | None) -> bool:
        """Whether they serve there or did: a role may have ended since."""
        serves, line = self._serves.get(member_id, set()), self._uow.places.line(place_id)
        return bool(serves) and (not line or not serves.isdisjoint(line))


def circling(into: Mapping[int, int], numbers: Iterable[int]) -> Sequence[int]:
    """Of `numbers`, those that come back to themselves by `into`: number → the one it is merged into.

    >>> circling({1: 2, 2: 3, 3: 2, 4: 4}, [1, 2, 3, 4])
    [2, 3, 4]
    """
    return [no for no in numbers if _comes_back(into, no)]


def _comes_back(into: Mapping[int, int], no: int) -> bool:
    seen: set[int] = set()
    at = into.get(no)
    while at is not None and at != no and at not in seen:
        seen.add(at)
        at = into.get(at)
    return at == no
