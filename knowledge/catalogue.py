"""What is in the base, without the texts: versions of one law, where each holds, which is the newest."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from knowledge.folding import title_key
from knowledge.ingest.dating import repealed
from knowledge.numbering import Typed, number_in, number_key, numbers_in
from knowledge.passage import IN_FORCE, LAW, REPEALED, Document

_DATES = ("issued", "effective", "expires")
_LISTS = ("repeals", "corrected")


@dataclass(frozen=True, slots=True)
class Entry:
    """A document without its passages. `passages` counts them; `repeals` are the keys of titles it ends.

    `first`: number of the first of its passages among the index's texts (`texts.Texts`); the others follow.
    `number`, `status`, `superseded_by` and `corrected` as of a `Document`.
    """

    source: str
    title: str
    kind: str
    issuer: str
    issued: date | None
    effective: date | None
    expires: date | None
    region: str
    digest: str
    passages: int
    key: str
    repeals: tuple[str, ...] = ()
    number: str = ""
    status: str = ""
    superseded_by: str = ""
    corrected: tuple[str, ...] = ()
    cites: tuple[tuple[str, str], ...] = ()
    """Of cards: key of a 文号 that stands in the title of what one rests on, and the card's passage."""
    first: int = 0

    @property
    def starts(self) -> date:
        """The first day this version can hold: an amended law may name only its first version's day."""
        return max(self.issued or date.min, self.effective or date.min)

    @property
    def upheld(self) -> bool:
        """Whether the operator says that it is in force: that goes before what the texts make of it."""
        return self.status == IN_FORCE and "status" in self.corrected

    def over(self, on: date | None) -> bool:
        """Whether it says of itself that it has ended by the day `on` (None: whatever the day)."""
        return self.status == REPEALED or bool(on and self.expires and self.expires < on)

    def to_json(self) -> bytes:
        row = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(row, ensure_ascii=False, default=str).encode("utf-8", "replace")

    @classmethod
    def from_json(cls, stored: bytes) -> "Entry":
        """Raises `ValueError` for an entry of another form."""
        row = json.loads(stored)
        if not isinstance(row, dict) or row.keys() != set(cls.__slots__):
            raise ValueError("an entry of another form")
        row |= {name: date.fromisoformat(row[name]) if row[name] else None for name in _DATES}
        row["cites"] = tuple((key, passage) for key, passage in row["cites"])
        return cls(**row | {name: tuple(row[name]) for name in _LISTS})


def entry_of(document: Document) -> Entry:
    """The catalogue's entry for a document."""
    ended = repealed(passage.text for passage in document.passages) if document.kind == LAW else ()
    return Entry(
        document.source,
        document.title,
        document.kind,
        document.issuer,
        document.issued,
        document.effective,
        document.expires,
        document.region,
        document.digest,
        len(document.passages),
        title_key(document.title),
        tuple(sorted({title_key(title) for title in ended})),
        document.number,
        document.status,
        document.superseded_by,
        document.corrected,
        tuple(
            (number_key(number), passage.id)
            for passage in document.passages
            if passage.card and (number := number_in(passage.card.law))
        ),
    )


class Catalogue:
    """All entries, by source and by the key of their title."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_source = {entry.source: entry for entry in sorted(entries, key=lambda e: e.source)}
        self._by_key: dict[str, list[Entry]] = {}
        for entry in self._by_source.values():
            if entry.kind == LAW:
                self._by_key.setdefault(entry.key, []).append(entry)
        for versions in self._by_key.values():
            versions.sort(
                key=lambda e: (e.issued or date.min, e.effective or date.min, e.source), reverse=True
            )
        self._by_number: dict[str, list[Entry]] = {}
        for entry in sorted(self._by_source.values(), key=lambda e: (e.starts, e.source), reverse=True):
            if key := number_key(entry.number):
                self._by_number.setdefault(key, []).append(entry)
        self._citing: dict[str, list[str]] = {}
        for entry in self._by_source.values():
            for key, passage in entry.cites:
                self._citing.setdefault(key, []).append(passage)
        self._ended: dict[str, Entry] = {}
        for entry in self._by_source.values():
            for key in entry.repeals:
                for old in self._by_key.get(key, ()):
                    if old.source != entry.source and old.starts < entry.starts:
                        self._ended[old.source] = entry

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._by_source.values())

    def __len__(self) -> int:
        return len(self._by_source)

    def __getitem__(self, source: str) -> Entry:
        return self._by_source[source]

    def get(self, source: str) -> Entry | None:
        return self._by_source.get(source)

    def versions(self, title: str) -> list[Entry]:
        """Laws of this name, newest first; the parts of a code when the code itself is named."""
        key = title_key(title)
        if not key:
            return []
        if found := self._by_key.get(key):
            return found
        if len(key) < 3:
            return []
        parts = [
            entries
            for other, entries in self._by_key.items()
            if other.startswith(key) and _is_part(other[len(key) :])
        ]
        return [entry for entries in parts for entry in entries]

    def numbered(self, text: str) -> list[tuple[Typed, list[Entry], list[str]]]:
        """What a text names by 文号, in order of appearance: documents, newest first, and passages of cards on it."""
        if not _MAY_BE_NUMBER.search(text):
            return []
        found: dict[int, tuple[Typed, list[Entry], list[str]]] = {}
        for typed in numbers_in(text[:_LONGEST_TYPED]):
            entries, cards = self._by_number.get(typed.key, []), self._citing.get(typed.key, [])
            if typed.end not in found and (entries or cards):
                found[typed.end] = typed, entries, cards
        return [found[end] for end in sorted(found)]

    def named(self, name: str) -> list[Entry]:
        """Documents by source, 文号 or title, newest first."""
        if entry := self._by_source.get(name):
            return [entry]
        return self._by_number.get(number_key(name)) or self.versions(name)

    def holds(self, entry: Entry, on: date | None = None) -> bool:
        """In force on the day `on` (None: whatever the day) and not replaced, as the texts and the operator say."""
        if on and entry.starts > on:
            return False
        if entry.upheld:
            return True
        unknown = entry.superseded_by and not self._instead(entry)
        return not (entry.over(on) or unknown or self.successor(entry.source, on))

    def successor(self, source: str, on: date | None = None) -> Entry | None:
        """What has replaced this document by the day `on` (None: by now); None while it holds."""
        entry = self._by_source[source]
        if entry.kind != LAW or entry.upheld:
            return None
        if instead := next((each for each in self._instead(entry) if _in_force(each, on)), None):
            return instead
        ended = self._ended.get(source)
        if ended and _in_force(ended, on):
            return ended
        versions = [each for each in self._by_key[entry.key] if each.region == entry.region]
        newest = next((v for v in versions if _in_force(v, on)), entry)
        return None if newest.source == source or (on and not _in_force(entry, on)) else newest

    def _instead(self, entry: Entry) -> list[Entry]:
        named = self.named(entry.superseded_by) if entry.superseded_by else []
        return [each for each in named if each.source != entry.source]


_MAY_BE_NUMBER = re.compile(r"[\d一二三四五六七八九十]\s*号|[〔\[（(【]\s*(?:19|20)\d{2}\s*[〕\]）)】]")
_LONGEST_TYPED = 500
"""Characters of a question in which a 文号 is looked for."""


def _in_force(entry: Entry, on: date | None) -> bool:
    return on is None or entry.starts <= on


_PARTS = re.compile("总则|.{1,6}编|物权|合同|人格权|婚姻家庭|继承|侵权责任|附则")


def _is_part(rest: str) -> bool:
    return _PARTS.fullmatch(rest) is not None
