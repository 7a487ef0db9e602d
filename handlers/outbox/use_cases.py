"""Deciding on attempts of unknown outcome: they are never repeated by themselves."""

from bot.chat.reply import Reply
from handlers.outbox import phrases
from handlers.outbox.phrases import Decision, Unsettled
from storage.base import NotFound
from storage.members import Member, Role, places_served
from storage.outbox import EMPTY, Outcome, Outgoing
from storage.uow import UnitOfWork

BEGINNING = 24
"""Characters of a message by which a person recognises it."""

ALL = frozenset({Role.OPERATOR, Role.COUNTY_OFFICE})


def unsettled(uow: UnitOfWork, *, by: Member) -> list[Unsettled]:
    """What this member may decide on: the groups of their places; everything for IT and the county."""
    return [_view(uow, row) for row in uow.undelivered.unsettled(groups=_groups(uow, by))]


def decide(uow: UnitOfWork, no: int, decision: Decision, *, by: Member) -> Decision:
    found = uow.outbox.with_ids([no]).get(no)
    open_ones = (Outcome.UNKNOWN, Outcome.FAILED)
    if found is None or found.status not in open_ones:
        raise phrases.NoSuchMessage(no)
    if not _may(uow, found, by):
        raise phrases.NotYourMessage(no)
    if decision is Decision.ACCEPT and found.status is Outcome.FAILED:
        raise phrases.NotUnknown
    if decision is Decision.RESEND and found.body == EMPTY:
        raise phrases.WordsGone
    try:
        if decision is Decision.RESEND:
            uow.outbox.resend(no)
        else:
            uow.outbox.accept(no)
    except NotFound:
        raise phrases.NoSuchMessage(no) from None
    uow.audit.add(
        actor=f"member:{by.id}",
        action=f"outbox_{decision.name.lower()}",
        subject=f"outbox:{no}",
        before=found.status.value,
        after="queued" if decision is Decision.RESEND else "sent",
    )
    return decision


def _may(uow: UnitOfWork, row: Outgoing, by: Member) -> bool:
    groups = _groups(uow, by)
    return groups is None or row.to.group_id in groups


def _groups(uow: UnitOfWork, by: Member) -> frozenset[int] | None:
    """The groups this member decides for; None: everything."""
    if by.roles & ALL:
        return None
    served = places_served(by, [Role.COORDINATOR, Role.FIRST_SECRETARY], uow.places)
    return frozenset(group.id for group in uow.groups.all() if group.place_id in served)


def _view(uow: UnitOfWork, row: Outgoing) -> Unsettled:
    assert row.created_at is not None
    to, beginning = phrases.to_somebody(), ""
    if row.to.group_id is not None:
        to = phrases.to_group(uow.groups.get(row.to.group_id).name)
        text = " ".join(Reply.from_json(row.body).plain().split())
        beginning = text[:BEGINNING] + ("…" if len(text) > BEGINNING else "")
    at = row.created_at.astimezone(uow.now.tzinfo)
    return Unsettled(row.id, to, at, row.status, row.cause, beginning, row.taken)
