"""What comes of bringing a sheet in: what was added and changed, row by row, and what is wrong with it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` as the person sees it in their file, `column` its letter ("" for the whole row); `other`: the row
    it does not agree with.

    `fault` is one of the feature that read the row, which has its wording.
    """

    row: int
    column: str
    fault: StrEnum
    value: str = ""
    other: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """`what` differs from what is kept; `subject`: whose it is, a plot's number or a member's name."""

    row: int
    what: StrEnum
    subject: str
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class Outcome:
    """`new`: how many of each noun were put in. `added`, `same`: first rows of what is new and of what stood;
    `first`: further row → the first row of the same.
    """

    new: Counter[str] = field(default_factory=Counter)
    added: set[int] = field(default_factory=set)
    same: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    first: dict[int, int] = field(default_factory=dict)

    @property
    def changed(self) -> set[int]:
        """First rows of what stood otherwise."""
        return {change.row for change in self.changes} - self.added

    @property
    def bad(self) -> set[int]:
        return {problem.row for problem in self.problems}


class Undone(Exception):
    """Nothing was written: a dry run, or a sheet with wrong rows that nobody said to skip."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{len(outcome.problems)} problems")
        self.outcome = outcome


def settled(outcome: Outcome, *, dry_run: bool, skip_bad: bool) -> Outcome:
    """The outcome, if it is to stand. Raises `Undone`, on which the transaction is rolled back."""
    outcome.problems.sort(key=lambda problem: (problem.row, len(problem.column), problem.column))
    if dry_run or (outcome.problems and not skip_bad):
        raise Undone(outcome)
    return outcome
