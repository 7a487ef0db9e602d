"""The gate to a group: nothing is said there that leads to a person.

There are two ways into a group, and both lead through here: an answer is masked when it is stamped on its message
(`bot.chat.turn`), so that it is stored as it was said; what stands in the outbox is masked when it leaves
(`bot.delivery`), whoever queued it. Nobody who makes a reply has to think of it; who wrote words for everybody
says so (`published`).
"""

from dataclasses import replace

from bot.chat.reply import Card, File, Image, Link, Markdown, Part, Reply, Text
from bot.masking import hide_people


def for_group(reply: Reply) -> Reply:
    """The reply as it may be said to everybody in a group. Again changes nothing."""
    parts = tuple(_masked(part) for part in reply.parts)
    return reply if parts == reply.parts else replace(reply, parts=parts)


def _masked(part: Part) -> Part:
    if part.published:
        return part
    match part:
        case Text():
            return replace(part, text=hide_people(part.text), citation=hide_people(part.citation))
        case Markdown():
            return replace(
                part,
                text=hide_people(part.text),
                fallback=hide_people(part.fallback),
                citation=hide_people(part.citation),
            )
        case Card():
            return replace(
                part,
                title=hide_people(part.title),
                description=hide_people(part.description),
                rows=tuple((hide_people(name), hide_people(value)) for name, value in part.rows),
                buttons=tuple(replace(button, label=hide_people(button.label)) for button in part.buttons),
                fallback=hide_people(part.fallback),
            )
        case Image() | File():
            return replace(part, alt=hide_people(part.alt))
        case Link():
            return replace(part, title=hide_people(part.title), description=hide_people(part.description))
