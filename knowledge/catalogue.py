"""What is in the base, without the texts: versions of one law, where each holds, which is the newest."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from knowledge.folding import title_key
from knowledge.ingest.dating import repealed
from knowledge.passage import LAW, Document


@dataclass(frozen=True, slots=True)
class Entry:
    """A document without its passages. `passages` counts them; `repeals` are the keys of titles it ends."""

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

    @property
    def starts(self) -> date:
        """The first day this version can hold: an amended law may name only its first version's day."""
        return max(self.issued or date.min, self.effective or date.min)

    def to_json(self) -> bytes:
        row = [getattr(self, name) for name in self.__slots__]
        plain = [value.isoformat() if isinstance(value, date) else value for value in row]
        return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")

    @classmethod
    def from_json(cls, stored: bytes) -> "Entry":
        source, title, kind, issuer, issued, effective, expires, region, digest, passages, key, repeals = (
            json.loads(stored)
        )
        return cls(
            source,
            title,
            kind,
            issuer,
            _day(issued),
            _day(effective),
            _day(expires),
            region,
            digest,
            passages,
            key,
            tuple(repeals),
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


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

    def successor(self, source: str, on: date | None = None) -> Entry | None:
        """What has replaced this document by the day `on` (None: by now); None while it holds."""
        entry = self._by_source[source]
        if entry.kind != LAW:
            return None
        ended = self._ended.get(source)
        if ended and _in_force(ended, on):
            return ended
        newest = next((v for v in self._by_key[entry.key] if _in_force(v, on)), entry)
        return None if newest.source == source or (on and not _in_force(entry, on)) else newest


def _in_force(entry: Entry, on: date | None) -> bool:
    return on is None or entry.starts <= on


_PARTS = re.compile("总则|.{1,6}编|物权|合同|人格权|婚姻家庭|继承|侵权责任|附则")


def _is_part(rest: str) -> bool:
    return _PARTS.fullmatch(rest) is not None
