"""What a wish can be: its states, the legal moves between them, its kind, for whom it is, and how soon."""

from enum import StrEnum


class Status(StrEnum):
    PENDING = "pending"
    OPEN = "open"
    CLAIMED = "claimed"
    DELIVERED = "delivered"
    FULFILLED = "fulfilled"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Move(StrEnum):
    LOG = "log"
    CONSENT = "consent"
    GROWN = "grown"
    """Taken for a child's, it is for somebody of 14 or more: no guardian is asked."""
    VERIFY = "verify"
    RETURN = "return"
    AMEND = "amend"
    MERGE = "merge"
    ABSORB = "absorb"
    CLAIM = "claim"
    PROMISE = "promise"
    CREDIT = "credit"
    UNCREDIT = "uncredit"
    HANDOVER = "handover"
    REASSIGN = "reassign"
    ENTRUST = "entrust"
    """Somebody who leaves hands what they logged to who follows: from now on it is theirs to confirm."""
    RELEASE = "release"
    LAPSE = "lapse"
    DELIVER = "deliver"
    FULFIL = "fulfil"
    NOT_RECEIVED = "not_received"
    SUCCEED = "succeed"
    """Who delivered it leaves: who follows, the actor of this event, answers for it from now on."""
    FOLLOW = "follow"
    """Not received, and who had claimed it has left: who follows goes on with it."""
    COME_BACK = "come_back"
    """The same, where nobody follows: it waits for somebody else."""
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    REOPEN = "reopen"


CLOSED = frozenset({Status.FULFILLED, Status.WITHDRAWN, Status.EXPIRED})
UNDER_WAY = frozenset(Status) - CLOSED

TRANSITIONS: dict[tuple[Status, Move], Status] = {
    (Status.PENDING, Move.CONSENT): Status.PENDING,
    (Status.RETURNED, Move.CONSENT): Status.RETURNED,
    (Status.PENDING, Move.GROWN): Status.PENDING,
    (Status.RETURNED, Move.GROWN): Status.RETURNED,
    (Status.PENDING, Move.VERIFY): Status.OPEN,
    (Status.PENDING, Move.RETURN): Status.RETURNED,
    (Status.RETURNED, Move.AMEND): Status.PENDING,
    (Status.OPEN, Move.CLAIM): Status.CLAIMED,
    (Status.CLAIMED, Move.PROMISE): Status.CLAIMED,
    (Status.CLAIMED, Move.CREDIT): Status.CLAIMED,
    (Status.DELIVERED, Move.CREDIT): Status.DELIVERED,
    (Status.CLAIMED, Move.UNCREDIT): Status.CLAIMED,
    (Status.DELIVERED, Move.UNCREDIT): Status.DELIVERED,
    (Status.CLAIMED, Move.HANDOVER): Status.CLAIMED,
    (Status.OPEN, Move.REASSIGN): Status.CLAIMED,
    (Status.CLAIMED, Move.REASSIGN): Status.CLAIMED,
    (Status.CLAIMED, Move.RELEASE): Status.OPEN,
    (Status.CLAIMED, Move.LAPSE): Status.OPEN,
    (Status.CLAIMED, Move.DELIVER): Status.DELIVERED,
    (Status.DELIVERED, Move.FULFIL): Status.FULFILLED,
    (Status.DELIVERED, Move.NOT_RECEIVED): Status.CLAIMED,
    (Status.DELIVERED, Move.SUCCEED): Status.DELIVERED,
    (Status.DELIVERED, Move.FOLLOW): Status.CLAIMED,
    (Status.DELIVERED, Move.COME_BACK): Status.OPEN,
    (Status.PENDING, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.OPEN, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.RETURNED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.CLAIMED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.PENDING, Move.MERGE): Status.WITHDRAWN,
    (Status.OPEN, Move.MERGE): Status.WITHDRAWN,
    (Status.RETURNED, Move.MERGE): Status.WITHDRAWN,
    (Status.CLAIMED, Move.MERGE): Status.WITHDRAWN,
    **{(status, Move.ABSORB): status for status in sorted(UNDER_WAY)},
    **{(status, Move.ENTRUST): status for status in sorted(UNDER_WAY)},
    (Status.OPEN, Move.EXPIRE): Status.EXPIRED,
    (Status.EXPIRED, Move.REOPEN): Status.PENDING,
    (Status.WITHDRAWN, Move.REOPEN): Status.PENDING,
    (Status.FULFILLED, Move.REOPEN): Status.OPEN,
}


class Kind(StrEnum):
    """What is wished for."""

    UNKNOWN = ""
    GOODS = "goods"
    SERVICE = "service"
    COMPANY = "company"
    SKILL = "skill"


class AgeBand(StrEnum):
    """For whom: under 14, 14 to 17, 18 to 59, 60 to 79, 80 and more."""

    UNKNOWN = ""
    CHILD = "child"
    YOUTH = "youth"
    ADULT = "adult"
    ELDER = "elder"
    AGED = "aged"


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"


class Consent(StrEnum):
    """Of the guardian, to the wish of a child under 14. Who recorded it, and when, stands in the history."""

    NOT_NEEDED = ""
    NEEDED = "needed"
    GIVEN = "given"
