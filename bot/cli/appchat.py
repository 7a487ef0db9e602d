"""`group add|set --members`: a WeCom group made by the app itself (应用群聊), of members who are bound to WeCom."""

import asyncio
from typing import TYPE_CHECKING

from bot.cli.people import named_member
from bot.cli.session import Failure, Office, out
from bot.phrases import cli as say

if TYPE_CHECKING:
    from storage.groups import Group
    from storage.uow import UnitOfWork

LEAST = 2


def make_chat(desk: Office, group: "Group", members: str) -> None:
    """Make the group at the platform. Its id is chosen and kept first: an answer that is lost makes no second group.

    A group that was dissolved there is made anew.
    `members`: names, separated by commas or 、. The group's owner, when among them, owns it there too.
    """
    from bot.alarm import OperatorAlarm
    from bot.channels.wire.wecom_api import WecomApi
    from bot.chat.errors import ChannelError, OutcomeUnknown
    from bot.connections import wecom_app

    if group.channel != "wecom_app":
        raise Failure(say.CHAT_NEEDS_APP)
    if not desk.settings.wecom_app_on:
        raise Failure(say.CHAT_WITHOUT_APP)
    userids = desk.database.read_now(_userids, group, members, desk.settings.wecom_corp_id)
    standing = group.external_id if group.removed_at is None else ""
    chat_id = standing or desk.clock.token(16).hex()
    desk.database.run_now(lambda uow: uow.groups.set(group.id, external_id=chat_id, removed_at=None))
    settings = wecom_app(desk.settings)
    alarm = OperatorAlarm(desk.database)

    async def make() -> bool:
        api = WecomApi(settings.api_base, settings.app, desk.database, desk.clock, alarm)
        try:
            return await api.create_chat(chat_id, group.name, userids)
        finally:
            await api.close()

    try:
        made = asyncio.run(make())
    except OutcomeUnknown:
        raise
    except ChannelError:
        desk.database.run_now(lambda uow: uow.groups.set(group.id, external_id=standing))
        raise
    if not made:
        out(say.CHAT_STANDS.format(name=group.name))
        return
    desk.database.run_now(_greet, group)
    out(say.CHAT_MADE.format(name=group.name, count=len(userids)))


def _userids(uow: "UnitOfWork", group: "Group", members: str, corp_id: str) -> list[str]:
    """The userids behind the names, the owner's first."""
    from bot.chat.turn import COLLEAGUES

    found: list[str] = []
    for name in dict.fromkeys(members.replace("，", ",").replace("、", ",").split(",")):
        if not name.strip():
            continue
        member = named_member(uow, name.strip())
        ids = [
            account.external_id
            for account in uow.members.accounts(member.id)
            if account.channel in COLLEAGUES and account.tenant == corp_id and not account.id_kind
        ]
        if not ids:
            raise Failure(say.NOT_IN_WECOM.format(name=name.strip()))
        if member.id == group.owner_id:
            found.insert(0, ids[0])
        else:
            found.append(ids[0])
    if len(set(found)) < LEAST:
        raise Failure(say.CHAT_TOO_SMALL)
    return list(dict.fromkeys(found))


def _greet(uow: "UnitOfWork", group: "Group") -> None:
    """A group is seen by nobody before its first message."""
    from bot.chat.reply import Reply
    from storage.outbox import Target

    uow.outbox.add(Target(group_id=group.id), Reply.text(say.CHAT_GREETING).to_json())
