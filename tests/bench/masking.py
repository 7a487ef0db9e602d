"""How much of what leads to a person is hidden, and how much else: `python -m tests.bench.masking [COUNT]`.

Recall on generated messages by kind (floor 99.5 %); false alarms by kind on the lines of the laws in
`../shared/data/laws`, relative to the checkout, and the questions beside them (at most 1 %); names left in the
public words of wishes, and ordinary wishes changed (none); and the time for one message on its way to a group.
Exit code 1 when a floor is missed.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from bot.masking import Kind, hide_people, kinds
from handlers.wishes.words import public
from tests.bench import named
from tests.bench.personal import MAKERS, leaks, samples

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
RECALL, FALSE, MILLISECONDS = 0.995, 0.01, 0.1
ORDINARY = (
    "独居老人想要一台收音机，听戏解闷",
    "#12 核实通过，现在可以认领了。",
    "永续社区待认领心愿（共 2 个）：\n1. #2 暖阳2（永续社区）：想给腿脚不便的老伴要一把洗澡用的防滑凳〔待认领〕\n"
    "@我 发序号看详情；认领发“/认领 编号”，编号是 # 后面的数。",
)


def recall(count: int) -> float:
    """The share of generated messages whose detail is hidden, all kinds together."""
    seen: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for sample in samples(count):
        seen[sample.kind] += 1
        missed[sample.kind] += leaks(sample, hide_people(sample.text))
    for kind in MAKERS:
        print(f"{kind:>14} {seen[kind]:6} {1 - missed[kind] / seen[kind]:8.2%}")
    hidden = 1 - missed.total() / seen.total()
    print(f"{'all':>14} {seen.total():6} {hidden:8.2%}")
    return hidden


def sentences() -> Iterator[str]:
    """Lines of the laws, and the questions."""
    for path in sorted((DATA / "laws").rglob("*.*")):
        if path.is_file():
            yield from filter(str.strip, path.read_text(encoding="utf-8", errors="replace").splitlines())
    for name in ("questions-tune.jsonl", "stard-train.jsonl"):
        for line in (DATA / name).read_text(encoding="utf-8").splitlines():
            yield str(json.loads(line).get("question") or json.loads(line).get("query") or "")


def false_alarms() -> float:
    """The share of sentences in which something would be hidden, any kind."""
    alarms: Counter[Kind] = Counter()
    total = alarmed = 0
    for sentence in sentences():
        found = kinds(sentence)
        total += 1
        alarmed += bool(found)
        alarms.update(found)
    for kind in Kind:
        print(f"{kind:>14} {alarms[kind]:6} {alarms[kind] / total:8.4%}")
    print(f"{'any':>14} {alarmed:6} {alarmed / total:8.4%} of {total}")
    return alarmed / total


def wishes() -> tuple[int, int]:
    """How many wishes still hold a name, and how many ordinary ones are changed."""
    pairs = list(named.wishes())
    held = sum(named.leaks(name, public(wish)) for wish, name in pairs)
    changed = sum(public(wish) != wish for wish in named.ORDINARY)
    print(
        f"{held} of {len(pairs)} wishes hold a name; {changed} of {len(named.ORDINARY)} ordinary ones are changed"
    )
    return held, changed


def milliseconds(text: str, rounds: int = 1000) -> float:
    """For hiding people in one message: the best of ten rounds, as other work on the machine only adds."""
    return min(_round(text, rounds) for _ in range(10))


def _round(text: str, times: int) -> float:
    began = perf_counter()
    for _ in range(times):
        hide_people(text)
    return (perf_counter() - began) / times * 1000


def main() -> int:
    print("recall")
    hidden = recall(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
    held, changed = wishes()
    print("a message on its way to a group, ms")
    took = [milliseconds(text) for text in ORDINARY]
    for text, each in zip(ORDINARY, took, strict=True):
        print(f"{len(text):>10} marks {each:8.3f}")
    false = 0.0
    if (DATA / "laws").is_dir():
        print("false alarms")
        false = false_alarms()
    else:
        print(f"no false alarms counted: {DATA} is not there")
    named_well = held == changed == 0
    return 0 if named_well and hidden >= RECALL and false < FALSE and max(took) < MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
