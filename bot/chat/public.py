"""The gate to a group: nothing is said there that leads to a person.

There are two ways into a group, and both lead through here: an answer is masked when it is stamped on its message
(`bot.chat.turn`), so that it is stored as it was said; what stands in the outbox is masked when it leaves
(`bot.delivery`), whoever queued it. Nobody who makes a reply has to think of it; who wrote words for everybody
says so (`published`). What stands in quotation marks is mostly what somebody typed, read back: there a name is looked
for that has nothing beside it. Words a keeper writes for everybody are looked at where they are taken (`check`).
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.chat import phrases
from bot.chat.errors import DomainError
from bot.chat.reply import Card, File, Image, Link, Markdown, Part, Reply, Text
from bot.masking import hide_people, nameless, private

_QUOTED = re.compile(r"“[^“”]+”")


def check(*words: str, roster: Iterable[str] = ()) -> None:
    """Words that everybody will read as they are. Raises `DomainError` when they hold what is somebody's own.

    That is an identity number, a bank card, a person's mobile; telephones of offices are wanted there.
    `roster`: names of people known here.
    """
    if found := private("\n".join(words), roster):
        raise DomainError(phrases.for_everybody(found))


def for_group(reply: Reply) -> Reply:
    """The reply as it may be said to everybody in a group. Again changes nothing."""
    parts = tuple(_masked(part) for part in reply.parts)
    return reply if parts == reply.parts else replace(reply, parts=parts)


def _masked(part: Part) -> Part:
    if part.published:
        return part
    match part:
        case Text():
            return replace(part, text=_hidden(part.text), citation=_hidden(part.citation))
        case Markdown():
            return replace(
                part,
                text=_hidden(part.text),
                fallback=_hidden(part.fallback),
                citation=_hidden(part.citation),
            )
        case Card():
            return replace(
                part,
                title=_hidden(part.title),
                description=_hidden(part.description),
                rows=tuple((_hidden(name), _hidden(value)) for name, value in part.rows),
                buttons=tuple(replace(button, label=_hidden(button.label)) for button in part.buttons),
                fallback=_hidden(part.fallback),
            )
        case Image() | File():
            return replace(part, alt=_hidden(part.alt))
        case Link():
            return replace(part, title=_hidden(part.title), description=_hidden(part.description))


def _hidden(text: str) -> str:
    return _QUOTED.sub(lambda quoted: f"“{nameless(quoted[0][1:-1])}”", hide_people(text))
