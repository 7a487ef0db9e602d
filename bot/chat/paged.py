"""A list that is shown a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """`items`: all from the beginning to the end of the page, as a number said next counts from the first.
    `first`: how many stand on the pages before. `total`: on all pages. `number`: which page, of `pages`."""

    items: Sequence[T]
    first: int
    total: int
    number: int
    pages: int
    more: str
    """What a reply says of where the list stands; empty where there is one page."""

    @property
    def shown(self) -> Sequence[T]:
        return self.items[self.first :]
