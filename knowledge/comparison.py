"""What changed between two versions of a text, article by article."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

Numbered = tuple[str | None, str, str]
"""Article, heading, text."""


@dataclass(frozen=True, slots=True)
class Change:
    """One article that is not as it was. `old` is None for a new one, `new` for one that is gone."""

    label: str
    old: str | None
    new: str | None

    def marked(self) -> str:
        """The new words in 【+ 】, the words that are gone in 【- 】.

        >>> Change("第一条", "三日内办结。", "五日内办完。").marked()
        '【-三】【+五】日内办【-结】【+完】。'
        """
        old, new = self.old or "", self.new or ""
        out = []
        for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if what == "equal":
                out.append(old[a:b])
                continue
            out += [f"【-{old[a:b]}】"] if b > a else []
            out += [f"【+{new[c:d]}】"] if d > c else []
        return "".join(out)


def changes(old: Iterable[Numbered], new: Iterable[Numbered]) -> Iterator[Change]:
    """Articles that changed or are new, in the order of the new version; then those that are gone.

    An article is known by its number, a section by its heading; one that only moved is not a change.
    """
    before, after = dict(_labelled(old)), dict(_labelled(new))
    for label, text in after.items():
        if before.get(label) != text:
            yield Change(label, before.get(label), text)
    for label, text in before.items():
        if label not in after:
            yield Change(label, text, None)


def _labelled(passages: Iterable[Numbered]) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for article, heading, text in passages:
        label = article or heading.split(" > ")[-1]
        seen[label] = seen.get(label, 0) + 1
        yield (label if seen[label] == 1 else f"{label}（{seen[label]}）"), text.strip()
