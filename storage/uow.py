"""One unit of work: every repository on one transaction, with the moment and the cause it happens at."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlmodel import Session

from storage.audit import Audit
from storage.chats import Chats
from storage.digests import Digests
from storage.documents import Documents
from storage.feedback import FeedbackBox
from storage.groups import Groups
from storage.inbox import Inbox
from storage.members import Members
from storage.outbox import Outbox
from storage.places import Places
from storage.simulator import SimulatorLines
from storage.ticks import Ticks
from storage.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Cause:
    """The message behind a transaction: stands in audit and outbox rows. Empty for scheduled work."""

    channel: str = ""
    update_key: str = ""


class UnitOfWork:
    """What a use case works on. Commit and roll-back are not its business."""

    def __init__(self, session: Session, now: datetime, cause: Cause) -> None:
        self.session = session
        self.now = now
        self.cause = cause

    @cached_property
    def places(self) -> Places:
        return Places(self.session)

    @cached_property
    def members(self) -> Members:
        return Members(self.session, self.now)

    @cached_property
    def groups(self) -> Groups:
        return Groups(self.session, self.now)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.session, self.now, self.cause.channel, self.cause.update_key)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.session, self.now)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.session, self.now, self.cause.channel, self.cause.update_key)

    @cached_property
    def chats(self) -> Chats:
        return Chats(self.session, self.now)

    @cached_property
    def wishes(self) -> Wishes:
        return Wishes(self.session, self.now)

    @cached_property
    def digests(self) -> Digests:
        return Digests(self.session, self.now)

    @cached_property
    def documents(self) -> Documents:
        return Documents(self.session, self.now)

    @cached_property
    def feedback(self) -> FeedbackBox:
        return FeedbackBox(self.session, self.now)

    @cached_property
    def ticks(self) -> Ticks:
        return Ticks(self.session, self.now)

    @cached_property
    def simulator(self) -> SimulatorLines:
        return SimulatorLines(self.session, self.now)
