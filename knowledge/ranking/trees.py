"""Boosted trees, read from plain numbers and evaluated over all candidates at once.

A failed test strikes the leaves to its left from a tree's bit mask, and the lowest leaf that remains is the one
reached (QuickScorer, Lucchese et al., SIGIR 2015). The tests of one feature fail in the order of their limits,
so all their masks together are one row of a table, found by bisection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

LEAVES = 16
"""The most leaves a tree may have: a mask is 16 bits."""


@dataclass(frozen=True, slots=True)
class _Column:
    """`limits` of the tests of one feature, rising; `masks[n]`, a mask a tree: what is left when `n` have failed."""

    at: int
    limits: NDArray[np.float64]
    masks: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Trees:
    """`leaves`: values, sixteen a tree. `lowest`: of each mask, the position of its lowest bit."""

    columns: tuple[_Column, ...]
    leaves: NDArray[np.float64]
    lowest: NDArray[np.uint8]

    @classmethod
    def read(cls, trees: Sequence[Any]) -> Self:
        """Trees as nested lists: a leaf is a number, a test `[column, limit, left, right]`.

        A candidate goes left where its feature is at most the limit. Raises `ValueError` for too many leaves.
        """
        leaves = np.zeros((len(trees), LEAVES))
        tests: dict[int, list[tuple[float, int, int]]] = {}
        for number, tree in enumerate(trees):
            values: list[float] = []
            for column, limit, first, last in _walked(tree, values):
                struck = (1 << last) - (1 << first)
                tests.setdefault(column, []).append((limit, number, 0xFFFF & ~struck))
            if len(values) > LEAVES:
                raise ValueError(f"a tree has {len(values)} leaves, more than {LEAVES}")
            leaves[number, : len(values)] = values
        columns = tuple(_column(at, tests[at], len(trees)) for at in sorted(tests))
        lowest = np.zeros(1 << LEAVES, dtype=np.uint8)
        for bit in reversed(range(LEAVES)):
            lowest[1 << bit :: 1 << (bit + 1)] = bit
        return cls(columns, leaves.ravel(), lowest)

    def scores(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """One score a row of features."""
        if not len(matrix):
            return np.zeros(0)
        count = len(self.leaves) // LEAVES
        left = np.full((len(matrix), count), 0xFFFF, dtype=np.uint16)
        rows = np.empty_like(left)
        for column, values in zip(self.columns, matrix.T[[c.at for c in self.columns]], strict=True):
            if values[0] == values[-1] and (values == values[0]).all():
                left &= column.masks[column.limits.searchsorted(values[:1])]
            else:
                column.masks.take(column.limits.searchsorted(values), axis=0, out=rows, mode="clip")
                left &= rows
        reached = self.lowest.take(left) + np.arange(0, count * LEAVES, LEAVES)
        total: NDArray[np.float64] = self.leaves.take(reached).sum(axis=1)
        return total


def _walked(node: Any, values: list[float]) -> list[tuple[int, float, int, int]]:
    """The tests below a node with the leaves to their left (from, to); the leaves go to `values`."""
    if not isinstance(node, list):
        values.append(float(node))
        return []
    column, limit, left, right = node
    first = len(values)
    below = _walked(left, values)
    here = (column, limit, first, len(values))
    return [here, *below, *_walked(right, values)]


def _column(at: int, tests: list[tuple[float, int, int]], trees: int) -> _Column:
    tests.sort()
    masks = np.full((len(tests) + 1, trees), 0xFFFF, dtype=np.uint16)
    for row, (_, tree, mask) in enumerate(tests, 1):
        masks[row] = masks[row - 1]
        masks[row, tree] &= mask
    return _Column(at, np.array([limit for limit, _, _ in tests]), masks)
