"""What WeCom's app and group robot have in common: which messages a reply becomes, and their JSON.

Follows W90236 发送应用消息 and W99110 消息推送.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.channels import limits
from bot.channels import phrases as say
from bot.channels.wire import template_card
from bot.chat.errors import Undeliverable
from bot.chat.reply import Card, Link, Markdown, Part, Text
from storage.base import NotFound
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Room:
    """What one message may be: bytes of a text, of a markdown, and whether there are template cards."""

    text: int
    markdown: int
    cards: bool


def rendered(parts: Sequence[Part], room: Room) -> list[Part]:
    """The messages that `parts` become: texts packed and split, what does not fit said in simpler form."""
    found: list[Part] = []
    texts: list[Text] = []
    for part in (*(_fitting(part, room) for part in parts), None):
        if isinstance(part, Text):
            texts.append(part)
            continue
        found += _packed(texts, room)
        texts = []
        found += [part] if part is not None else []
    return found


def body(message: Part) -> dict[str, Any]:
    """The JSON of a text, markdown or link."""
    match message:
        case Markdown():
            return {"msgtype": "markdown", "markdown": {"content": message_text(message)}}
        case Link():
            return {"msgtype": "news", "news": {"articles": [article(message)]}}
        case _:
            return {"msgtype": "text", "text": {"content": message.plain()}}


def article(link: Link) -> dict[str, str]:
    """The one article of a message of type news (128 and 512 bytes)."""
    title, description = limits.shortened(link.title, 128), limits.shortened(link.description, 512)
    written = {"title": title, "description": description, "url": link.url}
    return {**written, "picurl": link.picture} if link.picture else written


def is_picture(file: bytes) -> bool:
    """Whether a message of type image takes it: JPG and PNG alone are shown."""
    return file.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))


async def attachment(database: Database, key: str) -> bytes:
    """The bytes of an image or file on its way out. Raises `Undeliverable` when they are kept no more."""
    try:
        return await database.read(lambda uow: uow.attachments.get(key))
    except NotFound:
        raise Undeliverable(say.WECOM_ATTACHMENT_GONE) from None


def message_text(part: Markdown) -> str:
    return f"{part.text}\n{part.citation}" if part.citation else part.text


def _fitting(part: Part, room: Room) -> Part:
    match part:
        case Card() if room.cards and template_card.fits(part):
            return part
        case Card():
            # Without words of its own it only repeats, with buttons, what was said before it.
            return _fitting(part.markdown(), room) if part.fallback.strip() else Text("")
        case Markdown():
            # `<@userid>` calls people: what residents wrote must not.
            harmless = replace(part, text=part.text.replace("<@", "＜@"))
            fits = 0 < len(message_text(harmless).encode()) <= room.markdown
            return harmless if fits else Text(part.fallback, part.citation)
        case Link() if not part.title.strip() or not part.url.strip():
            return Text(part.plain())
        case _:
            return part


def _packed(texts: Sequence[Text], room: Room) -> list[Part]:
    """People are called by the first message, once."""
    called = tuple(dict.fromkeys(member for text in texts for member in text.mentions))
    messages = limits.render(texts, room.text)
    return [Text(message, mentions=() if number else called) for number, message in enumerate(messages)]
