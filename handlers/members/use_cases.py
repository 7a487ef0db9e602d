"""What members do about themselves."""

from collections.abc import Collection

from bot.chat import phrases as engine
from bot.chat.reply import Reply
from bot.chat.update import IdKind
from handlers.members import phrases
from storage.base import NotFound, Taken
from storage.invites import WAIT, Expired
from storage.members import Member, Role
from storage.uow import UnitOfWork
from storage.wishes import Status


def bind(uow: UnitOfWork, code: str, *, by: Member) -> tuple[str, str, str]:
    """Join this chat account to the member the invite was made for, or give its role to whoever speaks.

    Returns the member's name, the role and its place. What the account did before goes with it. Raises
    `WrongCode` for a code nobody made: it is to be counted with `wrong_code`.
    """
    if uow.invites.must_wait(by.id):
        raise phrases.TooManyCodes(int(WAIT.total_seconds()) // 60)
    try:
        invite = uow.invites.redeem(code)
    except Expired:
        raise phrases.ExpiredCode from None
    except NotFound:
        raise phrases.WrongCode from None
    except Taken:
        raise phrases.UsedCode from None
    grant = invite.grant
    kept = invite.member_id if invite.member_id is not None else by.id
    uow.invites.right(by.id)
    uow.members.grant(kept, grant)
    uow.members.settle_in(kept, place_id=grant.place_id, name=invite.name)
    if kept != by.id:
        join(uow, by.id, kept)
    uow.audit.add(
        actor=f"member:{by.id}",
        action="bind",
        subject=f"member:{kept}",
        after=f"{grant.role.value}@{grant.place_id}",
    )
    place = uow.places.get(grant.place_id).name if grant.place_id is not None else ""
    return uow.members.get(kept).name, grant.role.value, place


def wrong_code(uow: UnitOfWork, *, by: Member) -> None:
    """Count a wrong code, though nothing else is changed."""
    uow.invites.wrong(by.id)


def join(uow: UnitOfWork, lost: int, kept: int) -> None:
    """Two members turned out to be one person: everything of `lost` is `kept`'s from now on.

    Of `lost` a number stays, without a name: who asks to be forgotten later is forgotten there too.
    """
    uow.members.merge(lost, kept)
    uow.members.hide(lost, f"{phrases.JOINED_NAME}{kept}")
    uow.teams.hand_over(lost, kept)
    uow.invites.hand_over(lost, kept)
    uow.wishes.hand_over(lost, kept)
    uow.outbox.redirect(lost, kept)
    uow.details.hand_over(f"member:{lost}", f"member:{kept}")
    uow.questions.hand_over(lost, kept)
    uow.groups.hand_over(lost, kept)
    uow.personal.hand_over(lost, kept)
    uow.reports.hand_over(lost, kept)
    uow.photos.hand_over(lost, kept)
    uow.simulator.hand_over(lost, kept)
    uow.chats.forget(lost)
    uow.feedback.forget(lost)


def recognise(uow: UnitOfWork, channels: Collection[str], tenant: str, open_userid: str, userid: str) -> bool:
    """Who was known by an encrypted id of the corporation `tenant` has the plain one `userid`.

    A member with that userid takes over what the other was and did; else the userid becomes theirs. Returns
    whether two members became one.
    """
    seen = uow.members.known_as(channels, open_userid, tenant, IdKind.OPEN.value)
    if seen is None:
        return False
    known = uow.members.known_as(channels, userid, tenant, IdKind.PLAIN.value)
    if known is None:
        uow.members.open_account(seen.id, "wecom_app", userid, tenant)
        return False
    if known.id == seen.id:
        return False
    nameless = engine.ROLES[Role.RESIDENT.value]
    name = seen.name if known.name == nameless != seen.name else None
    uow.members.settle_in(known.id, place_id=seen.place_id, name=name)
    join(uow, seen.id, known.id)
    uow.audit.add(actor="identity", action="join", subject=f"member:{seen.id}", after=f"member:{known.id}")
    return True


def holdings(uow: UnitOfWork, *, by: Member) -> phrases.Holdings:
    """What I hold, what is due, and what could not be told: it counts as told now."""
    roles = [
        (grant.role.value, uow.places.get(grant.place_id).name if grant.place_id is not None else "")
        for grant in by.grants
    ]
    wishes, waiting = uow.wishes, uow.wishes_waiting
    under_way = [Status.PENDING, Status.OPEN, Status.CLAIMED, Status.RETURNED]
    return phrases.Holdings(
        member=by,
        roles=roles,
        held=wishes.listed(statuses=[Status.CLAIMED], places=None, claimed_by=by.id),
        to_confirm=wishes.listed(statuses=[Status.DELIVERED], places=None, logged_by=by.id),
        logged=wishes.listed(statuses=under_way, places=None, logged_by=by.id),
        to_verify=len(waiting.to_verify(by)),
        to_ask=len(waiting.to_ask(by)),
        told=[Reply.from_json(body) for body in uow.outbox.tell(by.id)],
    )
