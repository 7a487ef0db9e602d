"""Who and what the ids of the audit register stand for: names stand beside ids, since a name may change."""

from collections.abc import Iterable, Mapping
from typing import Any

from storage.uow import UnitOfWork

BESIDE = {"actor": "actor_name", "subject": "subject_name"}
"""Column with an id → the one with its name, which stands behind it."""


def with_names(
    uow: UnitOfWork, rows: Iterable[Mapping[str, Any]], nouns: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The rows, each with two columns more. `nouns`: what stands before a number: "wish" → "心愿 #"."""
    places = uow.places.names()
    called = {f"place:{place_id}": name for place_id, name in places.items()}
    called |= {f"group:{group.id}": group.name for group in uow.groups.all()}
    for member in uow.members.all():
        there = places.get(member.place_id or 0)
        called[f"member:{member.id}"] = f"{member.name}@{there}" if there else member.name
    named: list[dict[str, Any]] = []
    for row in rows:
        wide: dict[str, Any] = {}
        for key, value in row.items():
            wide[key] = value
            if key in BESIDE:
                wide[BESIDE[key]] = called.get(value) or in_words(value, nouns)
        named.append(wide)
    return named


def in_words(subject: str, nouns: Mapping[str, str]) -> str:
    """What an id stands for, "" where it says nothing to a reader.

    >>> in_words("wish:7", {"wish": "心愿 #"}), in_words("operator", {"operator": "命令行"}), in_words("x:1", {})
    ('心愿 #7', '命令行', '')
    """
    for noun, _, number in (subject.rpartition(":"), subject.partition(":")):
        if noun in nouns:
            return f"{nouns[noun]}{number}"
    return nouns.get(subject, "")
