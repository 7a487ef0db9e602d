"""The words of the village beside the words of the files: text tables a clerk can edit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

from knowledge.errors import BadLexicon
from knowledge.folding import fold, title_key


@dataclass(frozen=True)
class Lexicon:
    """`colloquial`: what a villager says → what files say. `neutral`: words that carry no matter.

    `abbreviations`: key of a law's short name → key of its full one. `places`: a place → those above it.
    `replaced`: key of a law → key of the one used in its stead, where the texts themselves do not say so.
    """

    colloquial: Mapping[str, tuple[str, ...]]
    neutral: frozenset[str]
    abbreviations: Mapping[str, str]
    places: Mapping[str, tuple[str, ...]]
    replaced: Mapping[str, str]

    def spoken(self, question: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The colloquial words in a (folded) question with their official ones; the longest at each place."""
        at, longest = 0, self._longest
        while at < len(question):
            for size in range(min(longest, len(question) - at), 0, -1):
                word = question[at : at + size]
                if official := self.colloquial.get(word):
                    yield word, official
                    at += size - 1
                    break
            at += 1

    def full_name(self, key: str) -> str:
        """The key of a law's full name, when `key` is a known short one."""
        return self.abbreviations.get(key, key)

    def region_of(self, question: str) -> str | None:
        """The smallest known place that a question names."""
        named = [place for place in self.places if place in question]
        return max(named, key=lambda place: len(self.places[place]), default=None)

    def within(self, region: str) -> frozenset[str]:
        """A place and the places above it, from a name (济宁, 济宁市) or a path (山东/济宁/金乡)."""
        parts = [bare_place(part) for part in region.replace(">", "/").split("/") if part.strip()]
        return frozenset(name for part in parts for name in (part, *self.places.get(part, ())))

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.colloquial), default=0)


def bare_place(name: str) -> str:
    """济宁 from 济宁市.

    >>> bare_place("济宁市"), bare_place("金乡县"), bare_place("山东")
    ('济宁', '金乡', '山东')
    """
    name = name.strip()
    for rank in ("特别行政区", "自治区", "自治州", "自治县", "省", "市", "县", "区"):
        if name.endswith(rank) and len(name) - len(rank) >= 2:
            return name.removesuffix(rank)
    return name


def shipped_lexicon(extra: Path | None = None) -> Lexicon:
    """The tables we ship; where `extra` (a folder) has a file of the same name, its lines are added.

    Raises `BadLexicon`.
    """

    def lines(name: str) -> Iterator[tuple[int, str]]:
        yield from _lines(resources.files(__name__).joinpath(name).read_text(encoding="utf-8"))
        if extra and (path := extra / name).is_file():
            yield from _lines(path.read_text(encoding="utf-8-sig", errors="replace"))

    colloquial = {k: tuple(v.split()) for k, v in _pairs("colloquial.txt", lines("colloquial.txt"))}
    short, replaced = (
        {title_key(left): title_key(right) for left, right in _pairs(name, lines(name))}
        for name in ("abbreviations.txt", "replaced.txt")
    )
    neutral = frozenset(word for _, line in lines("neutral.txt") for word in line.split())
    below = {k: tuple(v.split()) for k, v in _pairs("places.txt", lines("places.txt"))}
    return Lexicon(colloquial, neutral, short, _places(below), replaced)


def _places(below: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """From what lies below each place to what lies above each; written top down."""
    above: dict[str, tuple[str, ...]] = {}
    for place, inner in below.items():
        over = (place, *above.setdefault(place, ()))
        above.update(dict.fromkeys(inner, over))
    return above


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for at, line in enumerate(text.splitlines(), 1):
        if words := line.partition("#")[0].strip():
            yield at, fold(words)


def _pairs(name: str, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    for at, line in lines:
        left, sign, right = (part.strip() for part in line.partition("="))
        if not (left and sign and right):
            raise BadLexicon(f"{name} 第{at}行写法不对，应当是“左边 = 右边”。")
        yield left, right
