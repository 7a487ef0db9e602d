"""The stored form of a passage: JSON in GB 18030, two bytes a Chinese character where UTF-8 has three."""

import json
from dataclasses import fields
from datetime import date
from typing import Any

from knowledge.passage import Card, Passage

_DATES = frozenset({"effective", "reviewed", "issued"})
_LISTS = frozenset({"questions", "tags", "local", "places"})


def to_stored(source: str, passage: Passage) -> bytes:
    """A passage and where it is from."""
    card = card_to_dict(passage.card) if passage.card else None
    row = [source, passage.id, passage.article, passage.heading, passage.text, card]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("gb18030", "replace")


def from_stored(stored: bytes) -> tuple[str, Passage]:
    """What `to_stored` was given."""
    source, key, article, heading, text, card = json.loads(stored.decode("gb18030"))
    return source, Passage(key, article, heading, text, card_from_dict(card) if card else None)


def card_to_dict(card: Card) -> dict[str, Any]:
    """Plain values only: dates as ISO text, lists for tuples."""
    row = {}
    for f in fields(card):
        value = getattr(card, f.name)
        row[f.name] = value.isoformat() if isinstance(value, date) else value
    return row


def card_from_dict(row: dict[str, Any]) -> Card:
    """What `card_to_dict` was given."""
    known: dict[str, Any] = {
        name: date.fromisoformat(value)
        if name in _DATES and value
        else tuple(value)
        if name in _LISTS
        else value
        for name, value in row.items()
    }
    return Card(**known)
