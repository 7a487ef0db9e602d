"""Items for the morning digest that we ship: 每日一读 and typical cases, in our words, with their sources."""

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class StarterItem:
    """`kind` is daily_read or case; `id` never changes, so that a group gets an item once."""

    id: str
    kind: str
    title: str
    body: str
    source: str


def starter_items() -> list[StarterItem]:
    """All shipped items, in the order of their files."""
    items: list[StarterItem] = []
    for file in sorted(resources.files(__name__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            table = tomllib.loads(file.read_text(encoding="utf-8"))
            items += [StarterItem(**row) for row in table.get("item", ())]
    return items
