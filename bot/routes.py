"""Routes: by which channels a message can reach its target, the best first."""

from collections.abc import Set
from dataclasses import dataclass, replace

from bot import phrases
from bot.chat.channel import Recipient
from bot.chat.reply import Reply, Text
from bot.chat.turn import COLLEAGUES, LOCAL_CHANNELS
from storage.base import NotFound
from storage.groups import Group
from storage.outbox import Outgoing, Target
from storage.uow import UnitOfWork

WEBHOOK = "group_robot"
"""The channel that posts to a group's webhook: a second way to a group, and the only one that can call by @."""


BY_HAND = "by_hand"
"""A group no interface reaches: its owner gets the text in private, ready to be passed on."""


@dataclass(frozen=True, slots=True)
class Route:
    channel: str
    to: Recipient
    before: tuple[Text, ...] = ()
    """What is said first, as a message of its own."""


def routes(uow: UnitOfWork, row: Outgoing, channels: Set[str]) -> list[Route]:
    """Ways to the row's target over `channels`; none when nothing leads there."""
    if row.to.group_id is not None:
        return _to_group(uow, uow.groups.get(row.to.group_id), row, channels)
    return _to_member(uow, row.to.member_id, channels) if row.to.member_id is not None else []


def removed(uow: UnitOfWork, row: Outgoing, way: Route, *, last: bool) -> None:
    """We are not in the group by that way. A dead webhook is dropped; with the last way gone, pushes stop.

    The group's owner is told of either.
    """
    if row.to.group_id is None:
        return
    group = uow.groups.get(row.to.group_id)
    if way.channel == WEBHOOK:
        uow.groups.set(group.id, webhook="")
        _tell_owner(uow, group, phrases.WEBHOOK_GONE.format(group=group.name))
    if last and group.removed_at is None:
        uow.groups.set(group.id, removed_at=uow.now)
        _tell_owner(uow, group, phrases.REMOVED_FROM_GROUP.format(group=group.name))


def _to_member(uow: UnitOfWork, member_id: int, channels: Set[str]) -> list[Route]:
    ways = [
        Route(account.channel, Recipient(account.external_id))
        for account in uow.members.accounts(member_id)
        if account.channel in channels
    ]
    local = [Route("simulator", Recipient(str(member_id)))] if "simulator" in channels else []
    return ways + local


def _tell_owner(uow: UnitOfWork, group: Group, sentence: str) -> None:
    if group.owner_id is not None:
        uow.outbox.add(Target(member_id=group.owner_id), Reply.text(sentence).to_json())


def _to_group(uow: UnitOfWork, group: Group, row: Outgoing, channels: Set[str]) -> list[Route]:
    if group.channel in LOCAL_CHANNELS:
        own = Route(group.channel, Recipient(str(group.id), group=True))
        return [own] if group.channel in channels else []
    if group.channel == BY_HAND:
        if group.owner_id is None:
            return []
        before = (Text(phrases.FORWARD.format(group=group.name)),)
        return [replace(way, before=before) for way in _to_member(uow, group.owner_id, channels)]
    ways: list[Route] = []
    if group.channel in channels and group.external_id and group.removed_at is None:
        ways.append(Route(group.channel, Recipient(group.external_id, group=True)))
    if WEBHOOK in channels and group.webhook:
        called = _called(uow, row)
        by_webhook = Route(WEBHOOK, Recipient(group.webhook, group=True, mentions=called))
        ways = [by_webhook, *ways] if called else [*ways, by_webhook]
    return ways


def _called(uow: UnitOfWork, row: Outgoing) -> tuple[str, ...]:
    """The WeCom ids of the members a message calls by @."""
    members = [
        member
        for part in Reply.from_json(row.body).parts
        if isinstance(part, Text)
        for member in part.mentions
    ]
    found: list[str] = []
    for member in members:
        try:
            accounts = uow.members.accounts(member)
        except NotFound:
            continue
        found += [each.external_id for each in accounts if each.channel in COLLEAGUES and not each.id_kind]
    return tuple(dict.fromkeys(found))
