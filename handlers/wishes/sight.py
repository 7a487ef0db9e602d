"""Who may see which wish, and where: every room of wishes asks here."""

from bot.chat.turn import Chat
from handlers.wishes import phrases
from knowledge.folding import fold
from storage.base import NotFound
from storage.members import Member, Role, places_served
from storage.places import Place, SeveralNamed
from storage.uow import UnitOfWork
from storage.wish_waiting import verifiers
from storage.wishes import AgeBand, Status, Wish

CLAIMERS = frozenset(
    {Role.VOLUNTEER, Role.GRID_WORKER, Role.CARE_SECRETARY, Role.FIRST_SECRETARY, Role.COORDINATOR}
)
ON_SHOW = frozenset({Status.OPEN, Status.CLAIMED, Status.DELIVERED, Status.FULFILLED})
"""States a wish can be seen in by everybody of its place."""


def seen(uow: UnitOfWork, no: int, by: Member, chat: Chat) -> Wish:
    """The wish, if this member may see it in this chat; otherwise it does not exist here."""
    try:
        wish = uow.wishes.get(no)
    except NotFound:
        raise phrases.NoSuchWish(no) from None
    if not visible(uow, wish, by, chat):
        raise phrases.OutOfSight(no)
    return wish


def visible(uow: UnitOfWork, wish: Wish, by: Member, chat: Chat) -> bool:
    line = uow.places.line(wish.place_id)
    if chat.group is not None and line and chat.place_id not in line:
        return False
    if reads(uow, wish, by) or holds(uow, by, wish):
        return True
    if wish.status in ON_SHOW and wish.place_id in places(uow, by, chat):
        return True
    return chat.group is None and logged_merged(uow, by, wish)


def holds(uow: UnitOfWork, by: Member, wish: Wish) -> bool:
    """Whether they claimed it, or are of the team that did: also who has left since, and so confirms nothing."""
    if wish.claimed_by == by.id:
        return True
    return wish.team_id is not None and wish.team_id in {team.id for team in uow.teams.of(by.id)}


def has_in_hand(uow: UnitOfWork, by: Member, wish: Wish) -> bool:
    """Whether they hold it and may still claim there: who has left reads no more whom it was for."""
    if wish.claimed_by == by.id:
        return by.holds(CLAIMERS, uow.places.line(wish.place_id))
    return holds(uow, by, wish)


def logged_merged(uow: UnitOfWork, by: Member, wish: Wish) -> bool:
    """Whether they logged one that was merged into it: from then on it is theirs as well."""
    return any(logger == by.id for _, logger in uow.wishes.merged_loggers(wish.no))


def confirms(uow: UnitOfWork, by: Member, wish: Wish) -> bool:
    """Whether they are of those who say that it arrived, and so may see its photos in private; never who holds it."""
    if holds(uow, by, wish):
        return False
    if by.id == wish.logged_by:
        return True
    return verifies(uow, by, wish)


def verifies(uow: UnitOfWork, by: Member, wish: Wish) -> bool:
    """Whether they are of those who verify wishes there; their own they verify nowhere."""
    return by.holds(verifiers(wish.place_id), uow.places.line(wish.place_id))


def coordinates(uow: UnitOfWork, by: Member, wish: Wish) -> bool:
    """Whether they are a coordinator of its place; one without a place is any coordinator's."""
    return by.holds([Role.COORDINATOR], uow.places.line(wish.place_id))


def reads(uow: UnitOfWork, wish: Wish, by: Member) -> bool:
    """Whether they may read it as it was typed, in private: who logged it, and who helps with it."""
    return by.id == wish.logged_by or helps(uow, wish, by)


def helps(uow: UnitOfWork, wish: Wish, by: Member) -> bool:
    """Whether they have it in hand or verify it; a child's also who asks its guardian."""
    asks = wish.age_band is AgeBand.CHILD and consents(uow, by, wish)
    return asks or has_in_hand(uow, by, wish) or verifies(uow, by, wish)


def consents(uow: UnitOfWork, by: Member, wish: Wish) -> bool:
    """Whether they are the child officer who asks the guardian there."""
    return by.holds([Role.CHILD_OFFICER], uow.places.line(wish.place_id))


def places(uow: UnitOfWork, by: Member, chat: Chat) -> frozenset[int]:
    """Places whose wishes are listed: the group's and below; or one's own and those one serves."""
    if chat.group is not None:
        return uow.places.below([chat.place_id] if chat.place_id is not None else [])
    own = uow.places.below([by.place_id] if by.place_id is not None else [])
    return own | places_served(by, Role, uow.places)


def called(uow: UnitOfWork, words: str) -> list[Place]:
    """The places people mean by a name: whole (镇/村 too), or without its last word."""
    for name in (words, *(f"{words}{ending}" for ending in phrases.ENDINGS)):
        try:
            return [uow.places.named(name)]
        except SeveralNamed:
            return uow.places.called(name)
        except NotFound:
            continue
    return []


def looked(uow: UnitOfWork, by: Member, wish: Wish) -> None:
    uow.audit.add(actor=f"member:{by.id}", action="look", subject=f"wish:{wish.no}")


def says(wish: Wish, word: str) -> bool:
    """Whether the words everybody may read hold it: asking for a name must not tell whose wish it is."""
    return fold(word).casefold() in fold(wish.content).casefold()
