"""What goes out: parts that each channel renders within its own limits, or degrades to text.

`published` on a part: its words were written for everybody by who keeps the base, the digest or an office's numbers,
and may be said in a group as they stand. What is said in a group without it is masked (`bot.chat.public`).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text. `citation` (document, article, date) stays with at least the end of its answer when split.

    `mentions`: members to be called by @ in a group, where a platform can do that.
    """

    text: str
    citation: str = ""
    mentions: tuple[int, ...] = ()
    published: bool = False

    def plain(self) -> str:
        return f"{self.text}\n{self.citation}" if self.citation else self.text


@dataclass(frozen=True, slots=True)
class Markdown:
    """Text with **bold**, `> quotes` and lists; `fallback` says the same where a platform knows no markdown."""

    text: str
    fallback: str
    citation: str = ""
    published: bool = False

    def plain(self) -> str:
        return f"{self.fallback}\n{self.citation}" if self.citation else self.fallback


@dataclass(frozen=True, slots=True)
class Button:
    """`command` is what a press says, in the words a person could type (`/认领 12`): the same rights, the same
    answer, and a second press does what typing it twice does."""

    label: str
    command: str


@dataclass(frozen=True, slots=True)
class Card:
    """A titled list with buttons. `fallback` says the same as text; empty when the reply says it already."""

    title: str
    description: str
    rows: tuple[tuple[str, str], ...]
    buttons: tuple[Button, ...]
    fallback: str
    published: bool = False

    def plain(self) -> str:
        return self.fallback

    def markdown(self) -> Markdown:
        """For a platform that has markdown and no cards; buttons become the commands to type."""
        lines = [f"**{self.title}**", self.description, *(f"> {name}　{value}" for name, value in self.rows)]
        typed = "　".join(f"`{button.command}`" for button in self.buttons)
        return Markdown(
            "\n".join(line for line in [*lines, typed] if line), self.fallback, published=self.published
        )


@dataclass(frozen=True, slots=True)
class Image:
    """A picture kept under `attachment` (`storage.attachments`); `alt` is what is said where none can be shown."""

    attachment: str
    name: str
    alt: str
    published: bool = False

    def plain(self) -> str:
        return self.alt


@dataclass(frozen=True, slots=True)
class File:
    """A file kept under `attachment`; `alt` is what is said where none can be sent."""

    attachment: str
    name: str
    alt: str
    published: bool = False

    def plain(self) -> str:
        return self.alt


@dataclass(frozen=True, slots=True)
class Link:
    """One article to open: title, a sentence, its address, a picture's address (may be empty)."""

    title: str
    description: str
    url: str
    picture: str = ""
    published: bool = False

    def plain(self) -> str:
        return "\n".join(line for line in (self.title, self.description, self.url) if line)


Part = Text | Markdown | Card | Image | File | Link

_KINDS: Mapping[str, type[Any]] = {
    "text": Text, "markdown": Markdown, "card": Card, "image": Image, "file": File, "link": Link,
}  # fmt: skip
_NAMES: Mapping[type[Any], str] = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. No parts means silence: the message is acknowledged and nothing is said.

    `listing` holds the references behind the numbers of a numbered list, first item first
    (`wish:12`, `passage:7f3a`): a bare number said next in the same chat picks from it.
    """

    parts: tuple[Part, ...] = ()
    listing: tuple[str, ...] = ()
    more: str = ""
    """Where a list of several pages stands (`bot.chat.pages`): a bare 下一页 or 上一页 said next goes on from it."""
    incident: str | None = None
    """The number of the bug that kept the message from being carried out. Never stored."""

    @classmethod
    def text(cls, text: str, *, citation: str = "", listing: tuple[str, ...] = ()) -> Self:
        return cls((Text(text, citation),), listing)

    @classmethod
    def silence(cls) -> Self:
        return cls()

    def followed_by(self, text: str) -> "Reply":
        """The same answer with one more part after it, unless that says nothing. Silence stays silence."""
        return replace(self, parts=(*self.parts, Text(text))) if self.parts and text else self

    def published(self) -> "Reply":
        """The same answer, all of it written for everybody."""
        return replace(self, parts=tuple(replace(part, published=True) for part in self.parts))

    def plain(self) -> str:
        """The whole answer as one text, parts separated by an empty line."""
        return "\n\n".join(text for part in self.parts if (text := part.plain()))

    def to_json(self) -> str:
        parts = [_part_to_json(part) for part in self.parts]
        whole = {"parts": parts, "listing": self.listing}
        return json.dumps({**whole, "more": self.more} if self.more else whole, ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: str) -> Self:
        value: dict[str, Any] = json.loads(stored)
        parts = tuple(_part_from_json(part) for part in value["parts"])
        return cls(parts, tuple(value["listing"]), value.get("more", ""))


def _part_to_json(part: Part) -> dict[str, Any]:
    """A text, which nearly every part is, without what it does not use; any part without a mark it does not bear."""
    if isinstance(part, Text):
        written: dict[str, Any] = {"text": part.text, "citation": part.citation}
        if part.mentions:
            written["mentions"] = part.mentions
    else:
        written = {"kind": _NAMES[type(part)], **asdict(part)}
        del written["published"]
    return {**written, "published": True} if part.published else written


def _part_from_json(stored: dict[str, Any]) -> Part:
    values = dict(stored)
    kind = _KINDS[values.pop("kind", "text")]
    if kind is Text:
        values["mentions"] = tuple(values.get("mentions", ()))
    if kind is Card:
        values["rows"] = tuple((name, value) for name, value in values["rows"])
        values["buttons"] = tuple(Button(**button) for button in values["buttons"])
    part: Part = kind(**values)
    return part
