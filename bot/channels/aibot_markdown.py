"""Answers as the robot says them: markdown, template cards, pictures and files, each message within its limits.

The robot's replies and pushes are markdown alone, so plain words are tamed first: what would become a heading,
a list with other numbers or a link is written with the full-width character that looks the same. (Whether a
backslash is understood is written nowhere; a full-width star is right everywhere.)
"""

import re
from collections.abc import Sequence

from bot.channels.limits import AIBOT_MARKDOWN, render
from bot.channels.wire.template_card import fits
from bot.chat.reply import Card, File, Image, Link, Markdown, Part, Text

_ADDRESS = re.compile(r"https?://[!-~]+")
_LOOK_ALIKES = str.maketrans("*_`~<>[]|\\$", "＊＿｀～＜＞［］｜＼＄")
_HEADING = re.compile(r"^[ \t]*(#{1,6})(?=\s|$)", re.MULTILINE)
_NUMBER = re.compile(r"^([ \t]*\d{1,9})([.)])(?=\s)", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*[-=]{2,}[ \t]*$", re.MULTILINE)
_INDENT = re.compile(r"^(?: {4,}|\t)[ \t]*", re.MULTILINE)
_FULL_WIDTH = str.maketrans("#.)-=", "＃．）－＝")


def messages(parts: Sequence[Part], *, media: bool) -> list[Part]:
    """`parts` as messages, in order: `Markdown`, `Card`, and with `media` also `Image` and `File`.

    Words one after another are packed together; a card that fits no template card becomes words.
    Rendering the result again changes nothing.
    """
    found: list[Part] = []
    words: list[Text] = []
    for part in parts:
        whole = fits(part) if isinstance(part, Card) else media and isinstance(part, Image | File)
        if not whole:
            words.append(_words(part))
            continue
        found += _packed(words)
        found.append(part)
        words = []
    return found + _packed(words)


def tame(text: str) -> str:
    """Plain `text` that markdown shows as it is written; addresses stay what they are."""
    text = _INDENT.sub("　　", text)
    text = _HEADING.sub(lambda found: found[0].translate(_FULL_WIDTH), text)
    text = _NUMBER.sub(lambda found: found[1] + found[2].translate(_FULL_WIDTH), text)
    text = _RULE.sub(lambda found: found[0].translate(_FULL_WIDTH), text)
    pieces: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(text):
        pieces += [text[end : address.start()].translate(_LOOK_ALIKES), address[0]]
        end = address.end()
    return "".join([*pieces, text[end:].translate(_LOOK_ALIKES)])


def _packed(words: Sequence[Text]) -> list[Part]:
    return [Markdown(message, message) for message in render(words, AIBOT_MARKDOWN)]


def _words(part: Part) -> Text:
    match part:
        case Text():
            return Text(tame(part.text), tame(part.citation))
        case Markdown():
            return Text(part.text, tame(part.citation))
        case Card():
            return Text(part.markdown().text)
        case Link():
            title = f"[{tame(part.title)}]({part.url})"
            return Text("\n".join(line for line in (title, tame(part.description)) if line))
        case _:
            return Text(tame(part.plain()))
