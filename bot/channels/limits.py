"""What each platform lets through in one message, and how a longer answer is cut to fit.

All figures are UTF-8 bytes: a Chinese character is three, most emoji are four.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.chat.reply import Markdown, Part, Text

OFFICIAL_PASSIVE_TEXT: Final = 2000
"""被动回复用户消息 gives no figure; 2,048 was measured by others, so we stay below. To be confirmed live."""

OFFICIAL_CUSTOMER_TEXT: Final = 2000
"""客服消息 message/custom/send answers 45002 above 2,048."""

WECOM_APP_TEXT: Final = 2048
WECOM_APP_MARKDOWN: Final = 2048
"""W90236 发送应用消息 and W90241 被动回复: longer text is cut off by the platform."""

GROUP_ROBOT_TEXT: Final = 2048
GROUP_ROBOT_MARKDOWN: Final = 4096
"""W99110 消息推送 (群机器人 webhook)."""

AIBOT_MARKDOWN: Final = 20480
"""W101031 被动回复 and W101463 长连接: stream and markdown content."""

SMALLEST: Final = 64
"""No platform is smaller; below this an article number and a part's mark do not fit together."""

_EXTEND = (
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]*"
)
_JOINED = f"{_EXTEND}(?:\u200d.{_EXTEND})*"
_CHARACTER = "[\U0001f1e6-\U0001f1ff]{2}|\r\n|."
_CLUSTERS = re.compile(f"(?:{_CHARACTER}){_JOINED}", re.DOTALL)
_ATOMS = re.compile(
    r"(?:第\s?[〇零一二两三四五六七八九十百千0-9０-９]+\s?条(?:之[一二三四五六七八九十]+)?"
    r"|《[^《》]*(?:《[^《》]*》[^《》]*)*》"
    r"|[0-9A-Za-z#](?:[0-9A-Za-z.,:/_%?&=#@+~-]*[0-9A-Za-z/=%])?"
    f"|{_CHARACTER}){_JOINED}",
    re.DOTALL,
)
_LINE_END = re.compile(r"\r?\n")
_SENTENCE_END = re.compile(r"[。！？；…!?;]")
_CLAUSE_END = re.compile(r"[，、：,: ]|\s")
_CLOSING = re.compile(r"[”’」』）)】》]")
_MARK = re.compile(r"\([0-9]+/[0-9]+\) ")
_BORDERS: Final = (_LINE_END, _SENTENCE_END, _CLAUSE_END)


def split_bytes(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` bytes; "(1/3) " before each when there are several.

    Cuts at a line's end, else a sentence's, else a clause's; never inside a character, an emoji, a
    number or Latin word, 第…条 or 《…》, unless that alone is over the limit. White space at a cut is
    dropped, nothing else is. A blank text has no parts. `ValueError` for a limit under `SMALLEST`.
    """
    return render((Text(text),), limit)


def render(parts: Sequence[Part], limit: int) -> list[str]:
    """The messages that say `parts` in plain words: packed together, an empty line between, while they fit in `limit`.

    A part that does not fit is split as by `split_bytes`, its citation with at least its last sentence
    (a citation too long for that is split with its text). Rendering the result again changes nothing:
    a message that begins with a mark is never packed behind another.
    """
    if limit < SMALLEST:
        raise ValueError(f"a limit of {limit} bytes is too small to split for")
    messages: list[str] = []
    for piece in (piece for part in parts for piece in _pieces(_words(part), limit)):
        joined = f"{messages[-1]}\n\n{piece}" if messages else piece
        if messages and _size(joined) <= limit and not _MARK.match(piece):
            messages[-1] = joined
        else:
            messages.append(piece)
    return messages


def shortened(text: str, limit: int) -> str:
    """`text` within `limit` bytes, the end replaced by an ellipsis where it is longer."""
    if _size(text) <= limit:
        return text
    return text.encode()[: limit - _size("…")].decode(errors="ignore").rstrip() + "…"


def _size(text: str) -> int:
    return len(text.encode())


def _words(part: Part) -> Text:
    """A part as a platform says it that knows text only."""
    match part:
        case Text():
            return part
        case Markdown():
            return Text(part.fallback, part.citation)
        case _:
            return Text(part.plain())


def _pieces(part: Text, limit: int) -> list[str]:
    """One part as pieces within `limit`, marked when there are several."""
    whole = part.plain().strip()
    if not whole:
        return []
    if _size(whole) <= limit:
        return [whole]
    digits = 1
    while True:
        room = limit - len("(/) ") - 2 * digits
        pieces = _cut_keeping_citation(part.text, part.citation.strip(), room)
        if len(str(len(pieces))) <= digits:
            return [f"({number}/{len(pieces)}) {piece}" for number, piece in enumerate(pieces, 1)]
        digits += 1


def _cut_keeping_citation(text: str, citation: str, room: int) -> list[str]:
    """Unmarked pieces within `room`, the last one holding the end of `text` and its citation."""
    beside = room - _size(citation) - 1
    if not citation:
        return _cut(text, room)
    ending = _ending(text, beside)
    if not ending:
        return _cut(f"{text}\n{citation}", room)
    pieces = _cut(text, room)
    last = f"{pieces[-1]}\n{citation}"
    if _size(last) <= room:
        return [*pieces[:-1], last]
    return [*_cut(text[: text.rindex(ending)], room), f"{ending}\n{citation}"]


def _ending(text: str, room: int) -> str:
    """The longest run of whole sentences at the end of `text` within `room` bytes, else of whole clauses,
    else of what may not be parted; empty when not even that fits."""
    atoms = list(_atoms(text.rstrip(), max(room, 4)))
    start, size = len(atoms), 0
    while start and (size := size + _size(atoms[start - 1])) <= room:
        start -= 1
    for border in (_SENTENCE_END, _CLAUSE_END):
        for index in range(max(start, 1), len(atoms)):
            if _ends(atoms, index, border) or _ends(atoms, index, _LINE_END):
                return "".join(atoms[index:]).strip()
    return "".join(atoms[start:]).strip()


def _cut(text: str, room: int) -> list[str]:
    atoms = list(_atoms(text, room))
    pieces: list[str] = []
    start = 0
    while start < len(atoms):
        end, size = start, 0
        while end < len(atoms) and (size := size + _size(atoms[end])) <= room:
            end += 1
        if end < len(atoms):
            end = _best_border(atoms, start, end, room // 2)
        pieces.append("".join(atoms[start:end]).strip())
        start = end
    return [piece for piece in pieces if piece]


def _best_border(atoms: Sequence[str], start: int, end: int, least: int) -> int:
    """Where to cut `atoms[start:end]`: the last border of the best kind behind `least` bytes, else `end`."""
    first, size = start, 0
    while first < end and size < least:
        size += _size(atoms[first])
        first += 1
    for border in _BORDERS:
        for index in range(end, first - 1, -1):
            if _ends(atoms, index, border):
                return index
    return end


def _ends(atoms: Sequence[str], index: int, border: re.Pattern[str]) -> bool:
    """Whether a unit of this kind ends just before `index`, closing quotes and brackets included."""
    if index < len(atoms) and _CLOSING.fullmatch(atoms[index]):
        return False
    last = index - 1
    while last > 0 and _CLOSING.fullmatch(atoms[last]):
        last -= 1
    return border.fullmatch(atoms[last]) is not None


def _atoms(text: str, room: int) -> Iterator[str]:
    """What a cut may not part, smallest first chance: a term, else a cluster, else a code point."""
    for term in _ATOMS.findall(text):
        if _size(term) <= room:
            yield term
            continue
        for cluster in _CLUSTERS.findall(term):
            yield from (cluster,) if _size(cluster) <= room else cluster
