"""`doctor` on what leaves the house: groups and their webhooks, standing alarms, the outbox."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.cli.finding import Finding, Status
from bot.phrases import doctor as say

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from bot.settings import Settings
    from storage.alarms import StandingAlarm
    from storage.groups import Group
    from storage.undelivered import Backlog
    from storage.uow import UnitOfWork

RECENT = timedelta(days=7)
"""A failed row stays for ever; of older ones nobody asks any more."""

OLD = timedelta(minutes=10)
"""What has been due for longer is held up by something."""

PLATFORM: Final = "qyapi.weixin.qq.com"
KEY: Final = re.compile(r"[0-9A-Za-z-]{8,64}")
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
CHANNELS_OF_KEYS: Final = ("official_account:", "wecom:", "wecom_app:", "wecom_aibot:")


def delivery_findings(uow: "UnitOfWork", settings: "Settings") -> list[Finding]:
    """In one read: what stands in the records about groups, alarms and messages."""
    alarms = [alarm for alarm in uow.alarms.standing() if not past(alarm.key, settings)]
    return [
        *group_findings(uow, settings),
        *alarm_findings(alarms, uow.now.tzinfo),
        *outbox_findings(uow.undelivered.backlog(since=uow.now - RECENT), uow.now),
    ]


def group_findings(uow: "UnitOfWork", settings: "Settings") -> list[Finding]:
    """Each group that pushes cannot reach, or would reach wrongly; those that are over or want none are left alone."""
    groups = [group for group in uow.groups.all() if _looked_at(group, uow)]
    if not groups:
        return [Finding("groups", Status.OK, say.GROUPS_NONE)]
    faulty: list[Finding] = []
    first_with: dict[str, str] = {}
    for group in groups:
        faults = [*_faults(uow, settings, group), *_shared(group, first_with)]
        if group.webhook:
            first_with.setdefault(group.webhook, group.name)
        if faults:
            fault, cure = faults[0]
            what = say.GROUP.format(group=group.name, fault=fault)
            faulty.append(Finding(f"group:{group.name}", Status.WARNING, what, cure.format(group=group.name)))
    if not faulty:
        return [Finding("groups", Status.OK, say.GROUPS_GOOD.format(count=len(groups)))]
    some = say.GROUPS_SOME.format(count=len(groups), faulty=len(faulty))
    return [Finding("groups", Status.WARNING, some), *faulty]


def _looked_at(group: "Group", uow: "UnitOfWork") -> bool:
    over = group.ends_on is not None and group.ends_on < uow.now.date()
    new = group.place_id is None and group.removed_at is None
    return not over and (group.subscribed or new)


def _faults(uow: "UnitOfWork", settings: "Settings", group: "Group") -> Iterator[tuple[str, str]]:
    """What keeps a push from the group, and the cure, the first thing first."""
    from bot.channels.group_robot import GroupRobot
    from bot.channels.wecom_aibot import NAME as ROBOT
    from bot.channels.wecom_app import WecomApp
    from bot.routes import BY_HAND

    if group.removed_at is not None:
        gone = group.channel == GroupRobot.name
        fault = say.WEBHOOK_DIED if gone else say.ROBOT_REMOVED
        cure = say.WEBHOOK_MISSING_CURE if gone else say.ROBOT_REMOVED_CURE
        yield fault.format(since=group.removed_at.astimezone(uow.now.tzinfo)), cure
    if group.webhook:
        yield from _webhook_faults(group.webhook)
    elif group.channel == GroupRobot.name:
        yield say.WEBHOOK_MISSING, say.WEBHOOK_MISSING_CURE
    elif group.channel not in _open_channels(settings):
        yield say.CHANNEL_OFF.format(channel=group.channel), say.CHANNEL_OFF_CURE
    elif group.channel == BY_HAND:
        yield from _forwarder_faults(uow, group)
    elif group.channel == WecomApp.name and not group.external_id:
        yield say.CHAT_NOT_MADE, say.CHAT_NOT_MADE_CURE
    elif group.channel == ROBOT and settings.wecom_aibot_is_called:
        yield say.NO_PUSH, say.NO_PUSH_CURE
    elif group.channel == ROBOT and group.heard_at is None:
        yield say.NEVER_HEARD, say.NEVER_HEARD_CURE
    if group.place_id is None:
        yield say.NO_PLACE, say.NO_PLACE_CURE


def _open_channels(settings: "Settings") -> frozenset[str]:
    """The channels, other than webhooks, by which this house reaches groups."""
    from bot.channels.simulator import Simulator
    from bot.channels.wecom_aibot import NAME as ROBOT
    from bot.channels.wecom_app import WecomApp
    from bot.routes import BY_HAND

    found = {
        BY_HAND: True,
        Simulator.name: settings.dev,
        WecomApp.name: settings.wecom_app_on,
        ROBOT: settings.wecom_aibot_connects or settings.wecom_aibot_is_called,
    }
    return frozenset(name for name, on in found.items() if on)


def _webhook_faults(webhook: str) -> Iterator[tuple[str, str]]:
    """Its form alone: the only way to try a webhook is to post into the group."""
    from bot.channels.group_robot import read_webhook
    from bot.chat.errors import Undeliverable

    host = urlsplit(webhook).hostname or ""
    try:
        well_formed = KEY.fullmatch(read_webhook(webhook).key) is not None
    except Undeliverable:
        well_formed = False
    if not well_formed:
        yield say.WEBHOOK_WRONG, say.WEBHOOK_WRONG_CURE
    elif host != PLATFORM and host not in LOOPBACK:
        yield say.WEBHOOK_ELSEWHERE.format(host=host), say.WEBHOOK_WRONG_CURE


def _forwarder_faults(uow: "UnitOfWork", group: "Group") -> Iterator[tuple[str, str]]:
    if group.owner_id is None:
        yield say.NO_FORWARDER, say.NO_FORWARDER_CURE
    elif not uow.members.accounts(group.owner_id):
        yield say.FORWARDER_UNBOUND, say.FORWARDER_UNBOUND_CURE


def _shared(group: "Group", first_with: dict[str, str]) -> Iterator[tuple[str, str]]:
    if group.webhook in first_with:
        yield say.WEBHOOK_SHARED.format(other=first_with[group.webhook]), say.WEBHOOK_WRONG_CURE


def past(key: str, settings: "Settings") -> bool:
    """Whether an alarm tells of a channel that is off by now, or of another account: nobody will clear it."""
    standing = {
        f"official_account:{settings.wechat_app_id}": settings.wechat_on,
        f"wecom:{settings.wecom_corp_id}:{settings.wecom_agent_id}": settings.wecom_app_on,
        f"wecom_app:{settings.wecom_agent_id}": settings.wecom_app_on,
        "wecom_aibot:": settings.wecom_aibot_connects,
    }
    of_a_channel = any(name in key for name in CHANNELS_OF_KEYS)
    return of_a_channel and not any(on and name in key for name, on in standing.items())


def alarm_findings(alarms: list["StandingAlarm"], zone: "tzinfo | None") -> list[Finding]:
    """What the running server called the operator for and has not seen mended."""
    if not alarms:
        return [Finding("alarms", Status.OK, say.ALARMS_NONE)]
    found = []
    for alarm in alarms:
        fault, cure = say.channel_fault(alarm.sentence)
        what = say.ALARM.format(since=alarm.since.astimezone(zone), fault=fault)
        found.append(Finding(f"alarm:{alarm.key}", Status.FAILED, what, say.ALARM_CURE.format(cure=cure)))
    return found


def outbox_findings(backlog: "Backlog", now: "datetime") -> list[Finding]:
    """What waits to leave, and what waits for a person to decide."""
    found = []
    oldest = backlog.oldest
    if oldest is not None and oldest.created_at is not None and now - oldest.created_at > OLD:
        minutes = int((now - oldest.created_at).total_seconds() // 60)
        what = say.OUTBOX_OLD.format(
            count=backlog.queued, waited=say.waited(minutes), cause=say.because(oldest.cause)
        )
        found.append(Finding("outbox_queue", Status.WARNING, what, say.OUTBOX_OLD_CURE))
    if backlog.unknown or backlog.failed:
        what = say.OUTBOX_OPEN.format(unknown=backlog.unknown, failed=backlog.failed)
        found.append(Finding("outbox", Status.WARNING, what, say.OUTBOX_OPEN_CURE))
    else:
        found.append(Finding("outbox", Status.OK, say.OUTBOX_GOOD.format(queued=backlog.queued)))
    return found
