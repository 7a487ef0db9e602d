"""One unit of work: every repository on one transaction, with the moment and the cause it happens at.

What every message needs (inbox, outbox, members, chats, wishes, audit, places) are statements built once and
run on the connection: a tenth of what a session costs. What is asked seldom uses a session.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection
from sqlmodel import Session

from storage.alarms import Alarms
from storage.attachments import Attachments
from storage.audit import Audit
from storage.burden import BurdenMeter
from storage.called import Called, called, spoken_of
from storage.chats import Chats
from storage.details import Details
from storage.digests import Digests
from storage.documents import Documents
from storage.feedback import FeedbackBox
from storage.feeds import Feeds
from storage.groups import Groups
from storage.inbox import Inbox
from storage.invites import Invites
from storage.leases import Leases
from storage.local_values import LocalValues
from storage.members import Members
from storage.outbox import Outbox
from storage.pace import Pace
from storage.personal import PersonalDigests
from storage.photos import Photos
from storage.places import Places
from storage.plots import Plots
from storage.push_plans import PushPlans
from storage.questions import Questions
from storage.reports import Reports
from storage.robot_calls import RobotCalls
from storage.seals import Seals
from storage.sheet_columns import SheetColumns
from storage.simulator import SimulatorLines
from storage.teams import Teams
from storage.ticks import Ticks
from storage.tokens import Tokens
from storage.undelivered import Undelivered
from storage.whole_person import WholePerson
from storage.wish_counts import WishCounts
from storage.wish_intake import WishIntake
from storage.wish_waiting import WishesWaiting
from storage.wish_words import WishWords
from storage.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Cause:
    """The message behind a transaction: stands in audit and outbox rows. Empty for scheduled work."""

    channel: str = ""
    update_key: str = ""


class UnitOfWork:
    """What a use case works on. Commit and roll-back are not its business."""

    def __init__(self, connection: Connection, now: datetime, cause: Cause) -> None:
        self.connection = connection
        self.now = now
        self.cause = cause

    @cached_property
    def session(self) -> Session:
        """Under a savepoint of its own, so that a failed flush is not the whole transaction's end."""
        return Session(self.connection, join_transaction_mode="create_savepoint")

    @property
    def grew_outbox(self) -> bool:
        """Whether something was queued to be sent."""
        return "outbox" in self.__dict__ and self.outbox.grew

    def finish(self) -> None:
        """Write what the session still holds."""
        if "session" in self.__dict__:
            self.session.commit()

    def close(self) -> None:
        """Let go of the session; what it did not finish is undone."""
        if "session" in self.__dict__:
            self.session.close()

    @cached_property
    def places(self) -> Places:
        return Places(self.connection)

    @cached_property
    def plots(self) -> Plots:
        return Plots(self.connection)

    @cached_property
    def teams(self) -> Teams:
        return Teams(self.connection)

    @cached_property
    def sheet_columns(self) -> SheetColumns:
        return SheetColumns(self.connection, self.now)

    @cached_property
    def members(self) -> Members:
        return Members(self.connection, self.now)

    def called(self, words: str, *, hidden: bool = False) -> Called:
        """Whom the words name, see `storage.called`."""
        return called(self.connection, self.members, self.places, words, hidden=hidden)

    def spoken_of(self, text: str) -> list[str]:
        """Names on the roster that stand in the text, the longest first."""
        return spoken_of(self.connection, text)

    @cached_property
    def invites(self) -> Invites:
        return Invites(self.connection, self.now)

    @cached_property
    def groups(self) -> Groups:
        return Groups(self.session, self.now)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.connection, self.now, self.cause.channel, self.cause.update_key)

    @cached_property
    def seals(self) -> Seals:
        return Seals(self.connection, self.now)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.connection, self.now)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.connection, self.now, self.cause.channel, self.cause.update_key)

    @cached_property
    def chats(self) -> Chats:
        return Chats(self.connection, self.now)

    @cached_property
    def wishes(self) -> Wishes:
        return Wishes(self.connection, self.now)

    @cached_property
    def wish_counts(self) -> WishCounts:
        return WishCounts(self.connection)

    @cached_property
    def wish_intake(self) -> WishIntake:
        return WishIntake(self.connection)

    @cached_property
    def wishes_waiting(self) -> WishesWaiting:
        return WishesWaiting(self.connection, self.places)

    @cached_property
    def wish_words(self) -> WishWords:
        return WishWords(self.connection, self.now)

    @cached_property
    def details(self) -> Details:
        return Details(self.connection, self.audit)

    @cached_property
    def photos(self) -> Photos:
        return Photos(self.connection, self.audit, self.now)

    @cached_property
    def digests(self) -> Digests:
        return Digests(self.session, self.now)

    @cached_property
    def plans(self) -> PushPlans:
        return PushPlans(self.connection, self.now)

    @cached_property
    def personal(self) -> PersonalDigests:
        return PersonalDigests(self.connection)

    @cached_property
    def burden(self) -> BurdenMeter:
        return BurdenMeter(self.connection, self.now)

    @cached_property
    def documents(self) -> Documents:
        return Documents(self.session, self.now)

    @cached_property
    def feedback(self) -> FeedbackBox:
        return FeedbackBox(self.connection, self.now)

    @cached_property
    def feeds(self) -> Feeds:
        return Feeds(self.connection, self.now)

    @cached_property
    def questions(self) -> Questions:
        return Questions(self.connection, self.now)

    @cached_property
    def local_values(self) -> LocalValues:
        return LocalValues(self.connection, self.now)

    @cached_property
    def ticks(self) -> Ticks:
        return Ticks(self.session, self.now)

    @cached_property
    def simulator(self) -> SimulatorLines:
        return SimulatorLines(self.session, self.now)

    @cached_property
    def leases(self) -> Leases:
        return Leases(self.connection, self.now)

    @cached_property
    def pace(self) -> Pace:
        return Pace(self.connection, self.now)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self.connection, self.now)

    @cached_property
    def alarms(self) -> Alarms:
        return Alarms(self.connection, self.now)

    @cached_property
    def attachments(self) -> Attachments:
        return Attachments(self.connection, self.now, self.photos)

    @cached_property
    def reports(self) -> Reports:
        return Reports(self.connection, self.now)

    @cached_property
    def robot_calls(self) -> RobotCalls:
        return RobotCalls(self.connection, self.now)

    @cached_property
    def whole_person(self) -> WholePerson:
        return WholePerson(self.connection)

    @cached_property
    def undelivered(self) -> Undelivered:
        return Undelivered(self.connection)
