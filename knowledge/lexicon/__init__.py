"""The words of the village beside the words of the files: text tables a clerk can edit.

The tables we ship stand in this folder; an office's own lines stand in files of the same names in another one
(`lexicon.own`) and are added to ours. A line on the same word takes ours' place.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path

from knowledge.errors import BadLexicon
from knowledge.folding import fold, title_key
from knowledge.ingest.decoding import decoded

TABLES = ("colloquial.txt", "neutral.txt", "abbreviations.txt", "places.txt", "replaced.txt", "figures.txt")
"""Files whose lines an office may add to."""

LARGEST = 4 * 1024 * 1024
"""Bytes of a table."""

LONGEST = 20
"""Characters of a word on the left: questions are looked through for each length up to the longest."""


@dataclass(frozen=True)
class Lexicon:
    """`colloquial`: what a villager says → what files say. `neutral`: words that carry no matter.

    `abbreviations`: key of a law's short name → key of its full one. `places`: a place → those above it.
    `replaced`: key of a law → key of the one used in its stead, where the texts themselves do not say so.
    `figures`: an amount that differs from county to county → words of those who ask for it.
    """

    colloquial: Mapping[str, tuple[str, ...]]
    neutral: frozenset[str]
    abbreviations: Mapping[str, str]
    places: Mapping[str, tuple[str, ...]]
    replaced: Mapping[str, str]
    figures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def spoken(self, question: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The colloquial words in a (folded) question with their official ones; the longest at each place."""
        at = 0
        while at < len(question):
            for size in self._sizes.get(question[at], ()):
                word = question[at : at + size]
                if len(word) == size and (official := self.colloquial.get(word)):
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
    def _sizes(self) -> Mapping[str, tuple[int, ...]]:
        """By the first character of colloquial words, how long they are, the longest first."""
        sizes: dict[str, set[int]] = {}
        for word in filter(None, self.colloquial):
            sizes.setdefault(word[0], set()).add(len(word))
        return {first: tuple(sorted(found, reverse=True)) for first, found in sizes.items()}


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


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be read; `line` 0 when it is the whole file."""

    file: str
    line: int
    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.file} 第{self.line}行{self.reason}" if self.line else f"{self.file} {self.reason}"


def shipped_lexicon(extra: Path | None = None) -> Lexicon:
    """The tables we ship; where `extra` (a folder) has a file of the same name, its lines are added.

    Raises `BadLexicon`.
    """
    lexicon, faults = readable_lexicon(extra)
    if faults:
        raise BadLexicon(faults[0].sentence)
    return lexicon


def readable_lexicon(extra: Path | None = None) -> tuple[Lexicon, tuple[Fault, ...]]:
    """As `shipped_lexicon`, of the lines that can be read, and what is wrong with the others."""
    faults: list[Fault] = []
    lines = {name: [*_shipped(name), *(_own(extra, name, faults) if extra else ())] for name in TABLES}

    def pairs(name: str) -> dict[str, str]:
        return dict(_pairs(name, lines[name], faults))

    def lists(name: str) -> dict[str, tuple[str, ...]]:
        return {left: tuple(right.split()) for left, right in pairs(name).items()}

    def laws(name: str) -> dict[str, str]:
        return {title_key(left): title_key(right) for left, right in pairs(name).items()}

    lexicon = Lexicon(
        colloquial=lists("colloquial.txt"),
        neutral=frozenset(word for _, line in lines["neutral.txt"] for word in line.split()),
        abbreviations=laws("abbreviations.txt"),
        places=_places(lists("places.txt")),
        replaced=laws("replaced.txt"),
        figures=lists("figures.txt"),
    )
    return lexicon, tuple(faults)


def _shipped(name: str) -> Iterator[tuple[int, str]]:
    return _lines(resources.files(__name__).joinpath(name).read_text(encoding="utf-8"))


def _own(folder: Path, name: str, faults: list[Fault]) -> Iterator[tuple[int, str]]:
    path = folder / name
    if not path.is_file():
        return iter(())
    try:
        size = path.stat().st_size
        text = decoded(path.read_bytes()) if size <= LARGEST else None
    except OSError as error:
        faults.append(Fault(name, 0, f"打不开（{error.strerror}）。"))
        return iter(())
    if text is None:
        large = f"超过 {LARGEST // 1024 // 1024} MB。" if size > LARGEST else "不是文本，请另存为 UTF-8。"
        faults.append(Fault(name, 0, large))
        return iter(())
    return _lines(text)


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


def _pairs(name: str, lines: Iterable[tuple[int, str]], faults: list[Fault]) -> Iterator[tuple[str, str]]:
    for at, line in lines:
        left, sign, right = (part.strip() for part in line.partition("="))
        if not (left and sign and right):
            faults.append(Fault(name, at, "写法不对，应当是“左边 = 右边”。"))
        elif name in _MATCHED and len(left) > LONGEST:
            faults.append(Fault(name, at, f"左边太长，最多 {LONGEST} 个字。"))
        else:
            yield left, right


_MATCHED = frozenset({"colloquial.txt", "places.txt"})
"""Tables whose left sides are looked for in questions."""
