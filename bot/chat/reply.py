"""What goes out: parts that each channel renders within its own limits."""

import json
from dataclasses import dataclass, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text. `citation` (document, article, date) stays with at least the end of its answer when split."""

    text: str
    citation: str = ""

    def plain(self) -> str:
        return f"{self.text}\n{self.citation}" if self.citation else self.text


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. No parts means silence: the message is acknowledged and nothing is said.

    `listing` holds the references behind the numbers of a numbered list, first item first
    (`wish:12`, `passage:7f3a`): a bare number said next in the same chat picks from it.
    """

    parts: tuple[Text, ...] = ()
    listing: tuple[str, ...] = ()
    incident: str | None = None
    """The number of the bug that kept the message from being carried out. Never stored."""

    @classmethod
    def text(cls, text: str, *, citation: str = "", listing: tuple[str, ...] = ()) -> Self:
        return cls((Text(text, citation),), listing)

    @classmethod
    def silence(cls) -> Self:
        return cls()

    def followed_by(self, text: str) -> "Reply":
        """The same answer with one more part after it. Silence stays silence."""
        return replace(self, parts=(*self.parts, Text(text))) if self.parts else self

    def plain(self) -> str:
        """The whole answer as one text, parts separated by an empty line."""
        return "\n\n".join(part.plain() for part in self.parts)

    def to_json(self) -> str:
        parts = [{"text": part.text, "citation": part.citation} for part in self.parts]
        return json.dumps({"parts": parts, "listing": self.listing}, ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: str) -> Self:
        value: dict[str, Any] = json.loads(stored)
        parts = tuple(Text(part["text"], part["citation"]) for part in value["parts"])
        return cls(parts, tuple(value["listing"]))
