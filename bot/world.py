"""The simulator's world, kept in the database."""

from collections.abc import Sequence

from bot.channels.simulator import GroupChat, Line, Person
from bot.chat.phrases import ROLES
from bot.chat.reply import Part, Reply, Text
from bot.phrases import simulator as say
from handlers.digests import desk, planning
from handlers.digests.calendar import Calendar
from storage.base import NotFound
from storage.database import Database
from storage.simulator import SimulatorLine
from storage.uow import UnitOfWork

QUICK_COMMANDS = (
    ("/帮助", False),
    ("/心愿单", False),
    ("/心愿", True),
    ("/问", True),
    ("/今日", False),
    ("/我", False),
)


class StoredWorld:
    """Implements `bot.channels.simulator.World`."""

    def __init__(self, database: Database, calendar: Calendar) -> None:
        self._database = database
        self._calendar = calendar

    async def people(self) -> Sequence[Person]:
        return await self._database.read(_people)

    async def groups(self) -> Sequence[GroupChat]:
        return await self._database.read(_groups)

    async def lines(self, *, after: int, limit: int) -> Sequence[Line]:
        return await self._database.read(_lines, after, limit)

    async def say(
        self, chat: str, sender: str | None, parts: Sequence[Part], *, once: str | None = None
    ) -> Line | None:
        return await self._database.run(_say, chat, sender, tuple(parts), once)

    async def quick_commands(self) -> Sequence[tuple[str, bool]]:
        return QUICK_COMMANDS

    async def bring_morning(self, group: str) -> str:
        return await self._database.run(_bring_morning, int(group), self._calendar)

    async def attachment(self, key: str) -> bytes | None:
        try:
            return await self._database.read(lambda uow: uow.attachments.get(key))
        except NotFound:
            return None


def _people(uow: UnitOfWork) -> list[Person]:
    return [
        Person(
            str(member.id),
            member.name,
            member.place or say.NOWHERE,
            "、".join(dict.fromkeys(ROLES[grant.role.value] for grant in member.grants)) or ROLES["resident"],
        )
        for member in uow.members.all()
    ]


def _groups(uow: UnitOfWork) -> list[GroupChat]:
    return [
        GroupChat(str(group.id), group.name, group.place or say.NOWHERE)
        for group in uow.groups.all()
        if group.channel == "simulator"
    ]


def _lines(uow: UnitOfWork, after: int, limit: int) -> list[Line]:
    names = {member.id: member.name for member in uow.members.all()}
    return [_line(uow, row, names) for row in uow.simulator.after(after, limit=limit)]


def _say(
    uow: UnitOfWork, chat: str, sender: str | None, parts: tuple[Part, ...], once: str | None
) -> Line | None:
    member_id = int(sender) if sender is not None else None
    reply = Reply(parts)
    text = reply.plain()
    kept = reply.to_json() if parts != (Text(text),) else None
    row = uow.simulator.say(chat, member_id, text, once=once, parts=kept)
    names = {member_id: uow.members.get(member_id).name} if member_id is not None else {}
    return _line(uow, row, names) if row else None


def _line(uow: UnitOfWork, row: SimulatorLine, names: dict[int, str]) -> Line:
    sender = str(row.member_id) if row.member_id is not None else None
    name = names.get(row.member_id, "") if row.member_id is not None else say.BOT
    parts = Reply.from_json(row.parts).parts if row.parts else (Text(row.text),)
    return Line(row.id, row.chat, sender, name, parts, row.at.astimezone(uow.now.tzinfo))


def _bring_morning(uow: UnitOfWork, group_id: int, calendar: Calendar) -> str:
    """The group's next push, now: the day it belongs to counts as pushed, so it does not come again."""
    group = uow.groups.get(group_id)
    if not group.subscribed:
        return say.NOT_SUBSCRIBED
    day = desk.next_day(uow, group, calendar)
    made = planning.make_one(uow, group_id, day, calendar)
    return say.MORNING[made.value].format(day=f"{day.month}月{day.day}日")
