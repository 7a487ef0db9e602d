"""How much of a question's very characters a text has: alone, in pairs, in one sentence, in one run.

All texts are one row of numbers, and where a character of the question stands is looked up, not searched for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.question import Question
from knowledge.ranking.learned import Floats

Places = NDArray[np.intp]
SPELLED = ("chars", "chars_share", "pairs_share", "pairs_told", "line", "lead", "run")
"""`chars`: BM25 over characters. Shares of the question's characters by information, of its pairs, and of these by
rarity: in the text, in its best sentence, in its first one. `run`: the longest run of pairs that stand together."""
_PLANE = 0x10000
_K1, _B, _USUAL = 1.2, 0.75, 150.0
_LEAD = 60
"""Characters of a first sentence that count."""
_STOPS = [ord(mark) for mark in "。；\n"]


@dataclass(frozen=True, slots=True)
class _Row:
    """The places where a letter of the question stands: its number, and the text and the sentence it is in."""

    at: Places
    letter: Places
    text: Places
    line: Places


def spelled(
    asked: Question,
    texts: Sequence[str],
    information: Callable[[str], float],
    idf: Callable[[str, str], float],
) -> dict[str, Floats]:
    """The values of `SPELLED` for each text."""
    chars = [char for char in asked.characters if len(char) == 1 and char < "\uffff"]
    pairs = [pair for pair in asked.pairs if len(pair) == 2 and max(pair) < "\uffff"]
    number = {char: nth for nth, char in enumerate(dict.fromkeys([*chars, *"".join(pairs)]), 1)}
    lengths = np.array([len(text) for text in texts], dtype=np.intp)
    ends = np.cumsum(lengths)
    row = _looked_up(number, texts, ends)
    count = np.bincount(row.text * (len(number) + 1) + row.letter, minlength=len(texts) * (len(number) + 1))
    counts = count.reshape(len(texts), len(number) + 1)[:, [number[char] for char in chars]]
    weight = np.array([information(char) for char in chars])
    out = {
        "chars": (counts * (_K1 + 1) / (counts + _K1 * (1 - _B + _B * lengths / _USUAL)[:, None])) @ weight,
        "chars_share": (counts > 0) @ weight / (weight.sum() or 1.0),
    }
    firsts = np.array([min(found, _LEAD) if (found := text.find("。")) >= 0 else _LEAD for text in texts])
    return out | _in_pairs(
        pairs, number, row, ends - lengths + firsts, np.array([idf("bigrams", pair) for pair in pairs])
    )


def _looked_up(number: dict[str, int], texts: Sequence[str], ends: Places) -> _Row:
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    table = np.zeros(_PLANE, dtype=np.int16)
    table[[ord(char) for char in number]] = list(number.values())
    table[_STOPS] = -1
    told = table.take(codes, mode="clip")
    at = np.flatnonzero(told > 0)
    owner = np.searchsorted(ends, at, side="right")
    line = np.searchsorted(np.flatnonzero(told < 0), at) + owner
    return _Row(at, told[at].astype(np.intp), owner, line)


def _in_pairs(
    pairs: Sequence[str], number: dict[str, int], row: _Row, leads: Places, rarity: Floats
) -> dict[str, Floats]:
    size = len(number) + 1
    wanted = np.zeros(size * size, dtype=np.intp)
    wanted[[number[pair[0]] * size + number[pair[1]] for pair in pairs]] = np.arange(1, len(pairs) + 1)
    beside = np.flatnonzero((row.at[1:] == row.at[:-1] + 1) & (row.text[1:] == row.text[:-1]))
    pair = wanted[row.letter[beside] * size + row.letter[beside + 1]]
    beside, pair = beside[pair > 0], pair[pair > 0]
    at, text, line = row.at[beside], row.text[beside], row.line[beside]
    has, in_lead = (np.zeros((len(leads), len(pairs) + 1), dtype=bool) for _ in range(2))
    has[text, pair] = True
    early = at <= leads[text]
    in_lead[text[early], pair[early]] = True
    nth = np.cumsum(np.diff(line, prepend=-1) != 0) - 1
    in_line = np.zeros((nth.max(initial=-1) + 1, len(pairs) + 1), dtype=bool)
    in_line[nth, pair] = True
    share = rarity / (rarity.sum() or 1.0)
    best, run = np.zeros(len(leads)), np.zeros(len(leads))
    np.maximum.at(best, text, (in_line[:, 1:] @ share)[nth])
    if len(at):
        starting = np.flatnonzero(np.diff(at, prepend=-2) != 1)
        sizes = np.diff(np.append(starting, len(at)))
        np.maximum.at(run, text[starting], sizes)
    return {
        "pairs_share": has[:, 1:].sum(axis=1) / (len(pairs) or 1),
        "pairs_told": has[:, 1:] @ share,
        "line": best,
        "lead": in_lead[:, 1:] @ share,
        "run": run,
    }
