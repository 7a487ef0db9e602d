"""Alarms: what only the operator can mend is logged, kept for `doctor`, and told to the operators once."""

import logging

from bot import phrases
from bot.chat.reply import Reply
from storage.database import Database
from storage.members import Role
from storage.outbox import Target
from storage.uow import UnitOfWork

log = logging.getLogger(__name__)


class OperatorAlarm:
    """Implements `bot.chat.channel.Alarm`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sound(self, key: str, sentence: str) -> None:
        if await self._database.run(_sound, key, sentence):
            log.error("alarm", extra={"alarm": key, "cause": sentence})

    async def clear(self, key: str) -> None:
        if any(alarm.key == key for alarm in await self._database.read(lambda uow: uow.alarms.standing())):
            await self._database.run(lambda uow: uow.alarms.clear(key))
            log.info("alarm_over", extra={"alarm": key})


def _sound(uow: UnitOfWork, key: str, sentence: str) -> bool:
    if not uow.alarms.sound(key, sentence):
        return False
    body = Reply.text(phrases.ALARM.format(sentence=sentence)).to_json()
    for member in uow.members.all():
        if any(grant.role is Role.OPERATOR for grant in member.grants):
            uow.outbox.add(Target(member_id=member.id), body)
    return True
