"""What members do about themselves."""

from bot.chat.reply import Reply
from bot.masking import hide_people
from handlers.members import phrases
from storage.base import NotFound, Taken
from storage.members import Member, Role, places_served
from storage.uow import UnitOfWork
from storage.wishes import Status


def bind(uow: UnitOfWork, code: str, *, by: Member) -> tuple[str, str, str]:
    """Join this chat account to the member the invite was made for, or give its role to whoever speaks.

    Returns the member's name, the role and its place. What the account did before goes with it.
    """
    try:
        grant, name, invited = uow.members.redeem(code)
    except NotFound:
        raise phrases.BadCode from None
    except Taken:
        raise phrases.UsedCode from None
    kept = invited if invited is not None else by.id
    uow.members.grant(kept, grant)
    uow.members.settle_in(kept, place_id=grant.place_id, name=name)
    if kept != by.id:
        uow.members.merge(by.id, kept)
        uow.wishes.hand_over(by.id, kept)
        uow.outbox.redirect(by.id, kept)
        uow.questions.hand_over(by.id, kept)
    uow.audit.add(
        actor=f"member:{by.id}",
        action="bind",
        subject=f"member:{kept}",
        after=f"{grant.role.value}@{grant.place_id}",
    )
    place = uow.places.get(grant.place_id).name if grant.place_id is not None else ""
    return uow.members.get(kept).name, grant.role.value, place


def holdings(uow: UnitOfWork, *, by: Member) -> phrases.Holdings:
    """What I hold, what is due, and what could not be told: it counts as told now."""
    roles = [
        (grant.role.value, uow.places.get(grant.place_id).name if grant.place_id is not None else "")
        for grant in by.grants
    ]
    wishes = uow.wishes
    served = places_served(by, [Role.COORDINATOR, Role.FIRST_SECRETARY], uow.places)
    waiting = wishes.listed(statuses=[Status.PENDING], places=served, limit=1000)
    if Role.COORDINATOR in by.roles:
        waiting += wishes.waiting_without_place(limit=1000)
    under_way = [Status.PENDING, Status.OPEN, Status.CLAIMED, Status.RETURNED]
    return phrases.Holdings(
        member=by,
        roles=roles,
        held=wishes.listed(statuses=[Status.CLAIMED], places=None, claimed_by=by.id),
        to_confirm=wishes.listed(statuses=[Status.DELIVERED], places=None, logged_by=by.id),
        logged=wishes.listed(statuses=under_way, places=None, logged_by=by.id),
        to_verify=len([wish for wish in waiting if wish.logged_by != by.id]),
        told=[Reply.from_json(body) for body in uow.outbox.tell(by.id)],
    )


def forget(uow: UnitOfWork, *, by: Member) -> None:
    """Hide who a member is, in their own words too. What was done stays, under a number."""
    held = uow.wishes.listed(statuses=[Status.CLAIMED], places=None, claimed_by=by.id)
    if held:
        raise phrases.StillHolding([wish.no for wish in held])
    uow.members.hide(by.id, f"{phrases.HIDDEN_NAME}{by.id}")
    uow.members.forget_accounts(by.id)
    uow.questions.forget(by.id)
    uow.wishes.hide_words(by.id, lambda words: hide_people(words.replace(by.name, phrases.HIDDEN_WORD)))
    uow.audit.add(actor=f"member:{by.id}", action="hide", subject=f"member:{by.id}", after="hidden")
