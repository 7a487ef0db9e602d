"""Wishes that wait for a member: to verify, to ask a guardian, to confirm. Every list and count of them asks here."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from storage.members import Member, Role, places_served
from storage.places import Places
from storage.teams import SeatRow
from storage.wish_states import Consent, Status
from storage.wish_table import WISHES, Wish, WishRow, view

VERIFIERS = frozenset({Role.COORDINATOR, Role.FIRST_SECRETARY})
NOWHERE_VERIFIERS = frozenset({Role.COORDINATOR})
"""Who verifies a wish without a place."""


def verifiers(place_id: int | None) -> frozenset[Role]:
    """The roles that verify a wish of this place."""
    return NOWHERE_VERIFIERS if place_id is None else VERIFIERS


class WishesWaiting:
    def __init__(self, connection: Connection, places: Places) -> None:
        self._connection = connection
        self._places = places

    def to_verify(self, member: Member, within: Collection[int] | None = None) -> list[Wish]:
        """What this member may verify, the oldest first: of the places they verify for, never what they logged.

        `within` narrows it to these places. A child's wish stands among them also while its guardian is to be
        asked: its `consent` says so.
        """
        served = places_served(member, VERIFIERS, self._places)
        if within is not None:
            served &= frozenset(within)
        here: ColumnElement[bool] = col(WishRow.place_id).in_(served)
        if within is None and member.roles & NOWHERE_VERIFIERS:
            here = or_(here, col(WishRow.place_id).is_(None))
        return self._in(Status.PENDING, here, col(WishRow.logged_by) != member.id)

    def to_ask(self, member: Member) -> list[Wish]:
        """The children's wishes whose guardian this child officer is to ask, the oldest first.

        One without a place is nobody's to ask before a coordinator has found out whose.
        """
        served = places_served(member, [Role.CHILD_OFFICER], self._places)
        needed = col(WishRow.consent) == Consent.NEEDED.value
        return self._in(Status.PENDING, col(WishRow.place_id).in_(served), needed)

    def to_confirm(self, member: Member) -> list[Wish]:
        """What this member may say has arrived, the oldest first: what they logged, also what that was merged into, and
        what lies where they coordinate; never what they hold, or a team of theirs."""
        merged = aliased(WishRow)
        went_into = select(col(merged.merged_into)).where(col(merged.logged_by) == member.id)
        theirs = [
            col(WishRow.logged_by) == member.id,
            col(WishRow.no).in_(went_into.where(col(merged.merged_into).is_not(None))),
            col(WishRow.place_id).in_(places_served(member, [Role.COORDINATOR], self._places)),
        ]
        if Role.COORDINATOR in member.roles:
            theirs.append(col(WishRow.place_id).is_(None))
        teams = select(col(SeatRow.team_id)).where(col(SeatRow.member_id) == member.id)
        by_team = and_(col(WishRow.team_id).is_not(None), col(WishRow.team_id).in_(teams))
        held = or_(col(WishRow.claimed_by) == member.id, by_team)
        return self._in(Status.DELIVERED, or_(*theirs), ~held)

    def _in(self, status: Status, *conditions: ColumnElement[bool]) -> list[Wish]:
        query = WISHES.where(col(WishRow.status) == status.value, *conditions)
        return [view(row) for row in self._connection.execute(query)]
