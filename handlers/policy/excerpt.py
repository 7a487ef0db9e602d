"""A long article cut to what was asked: whole paragraphs, items and sentences, in order, …… for what is left out.

The first words stay, since the number of the article stands there; an item stays with the sentence that opens
its list. Nothing is cut inside a sentence while there is one that fits.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

LONG = 400
"""Signs of an article that are shown whole."""

GAP = "……"
_SENTENCE = re.compile(r"[^。；;\n]*(?:[。；;]|$)")
_ITEM = re.compile(r"\s*(?:[（(][一二三四五六七八九十百零0-9]{1,4}[)）]|[0-9]{1,2}[.．、])")
_NUMBERED = re.compile(r"第[^第条。\s]{0,12}$")


@dataclass(frozen=True, slots=True)
class _Piece:
    """`opens`: the place of the sentence that opens the list this item is in, else None."""

    text: str
    starts_line: bool
    opens: int | None


def excerpt(text: str, share: Callable[[str], float], most: int = LONG) -> str:
    """At most about `most` signs of a text: its beginning, and the pieces that hold most of what was asked.

    `share`: how much of the question a piece speaks of, 0 to 1. A text that fits is returned as it is.

    >>> law = "第一条　总的说。" + "别的事。" * 9 + "\\n（一）带身份证。\\n（二）带户口本。"
    >>> print(excerpt(law, lambda piece: float("户口" in piece), most=30))
    第一条　总的说。
    ……
    （二）带户口本。
    """
    if len(text) <= most:
        return text
    pieces = _pieces(text, most)
    shares = [share(piece.text) for piece in pieces]
    chosen = {0}
    left = most - len(pieces[0].text)
    for place in sorted(range(len(pieces)), key=lambda place: (-shares[place], place)):
        wanted = {place, pieces[place].opens or 0} - chosen
        length = sum(len(pieces[each].text) for each in wanted)
        if length <= left and (shares[place] > 0 or not any(shares)):
            chosen |= wanted
            left -= length
    return _joined(pieces, sorted(chosen))


def _pieces(text: str, most: int) -> list[_Piece]:
    pieces: list[_Piece] = []
    opens: int | None = None
    for line in filter(str.strip, text.split("\n")):
        item = _ITEM.match(line) is not None
        sentences = [said for said in _SENTENCE.findall(line) if said.strip()]
        whole = [line] if item and len(line) <= most // 2 else sentences
        for number, said in enumerate(whole):
            for order, part in enumerate(_bounded(said, most)):
                pieces.append(_Piece(part, number == order == 0, opens if item else None))
        if not item:
            opens = len(pieces) - 1 if line.rstrip().endswith(("：", ":")) else None
    return pieces


def _bounded(said: str, most: int) -> list[str]:
    """A sentence longer than all that is shown, in parts; the number of an article is in one of them whole."""
    parts = []
    while len(said) > most:
        end = most
        if numbered := _NUMBERED.search(said, 0, end):
            end = numbered.start() or end
        parts.append(said[:end])
        said = said[end:]
    return [*parts, said]


def _joined(pieces: Sequence[_Piece], chosen: Sequence[int]) -> str:
    out = pieces[chosen[0]].text
    for before, place in pairwise(chosen):
        piece = pieces[place]
        if place == before + 1:
            out += f"\n{piece.text}" if piece.starts_line else piece.text
        else:
            out += f"\n{GAP}\n{piece.text}" if piece.starts_line else f"{GAP}{piece.text}"
    return out if chosen[-1] == len(pieces) - 1 else out + GAP
