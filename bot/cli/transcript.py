"""One line said to the engine, and everything it made the bot say: here and elsewhere."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from bot.app import App
from bot.chat.reply import Reply
from bot.chat.update import Kind, Update
from storage.members import Member
from storage.outbox import Outgoing
from storage.uow import UnitOfWork

CHANNEL = "terminal"


@dataclass(slots=True)
class Said:
    """`replies`: (to, text); the first is the answer to who wrote, further ones what it caused elsewhere."""

    input: str
    here: str
    replies: list[tuple[str, str]] = field(default_factory=list)
    error: str | None = None

    def plain(self) -> dict[str, Any]:
        replies = [{"to": to, "kind": "text", "text": text} for to, text in self.replies]
        return {"input": self.input, "replies": replies, "error": self.error}


async def say_line(
    app: App,
    speaker: Member,
    group_id: int | None,
    text: str,
    members: Collection[str],
    *,
    key: str | None = None,
    kind: Kind = Kind.TEXT,
    media: str = "",
) -> Said:
    """Say `text` as `speaker`, in the group or in private. `key`: the update's own, for saying it again."""
    key = key or app.clock.token(8).hex()
    update = Update(
        channel=CHANNEL,
        key=key,
        sender=str(speaker.id),
        sender_name=speaker.name,
        at=app.clock.now(),
        text=text,
        kind=kind,
        media=media,
        chat=str(group_id) if group_id is not None else None,
        mentioned=_mentions_bot(text, members),
    )
    here = await app.database.read(_name_of, update, speaker)
    reply = await app.dispatcher.answer(update)
    said = Said(text, here, error=reply.incident)
    if reply.parts:
        said.replies.append((here, reply.plain()))
    caused = await app.database.read(
        lambda uow: [(_to(uow, row), row) for row in uow.outbox.caused_by(CHANNEL, key)]
    )
    said.replies += [(to, Reply.from_json(row.body).plain()) for to, row in caused]
    return said


def _mentions_bot(text: str, members: Collection[str]) -> bool:
    """A leading @ that is no member's name is the bot's: the terminal has no list of names to choose from."""
    mention = re.match(r"\s*@(\S+)", text)
    return "@连心" in text or (mention is not None and mention[1] not in members)


def _name_of(uow: UnitOfWork, update: Update, speaker: Member) -> str:
    return uow.groups.get(int(update.chat)).name if update.chat else speaker.name


def _to(uow: UnitOfWork, row: Outgoing) -> str:
    if row.to.group_id is not None:
        return uow.groups.get(row.to.group_id).name
    return uow.members.get(row.to.member_id or 0).name
