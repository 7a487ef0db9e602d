"""How far the first hit can be trusted: a logistic regression over a few signals, and the threshold of an answer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.ranking.model import SIGNALS, signals
from tests.bench.learning.material import FOLDS
from tests.bench.learning.ranker import Scores
from tests.bench.learning.samples import Sample

_RIDGE = 1.0


def told(
    samples: Sequence[Sample], scores: Sequence[Scores]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Signals, one row a sample, and whether its first candidate is right."""
    rows, right = [], []
    for sample, values in zip(samples, scores, strict=True):
        found = signals(sample.rows, values)
        rows.append([found[name] for name in SIGNALS])
        right.append(float(sample.right[int(np.argmax(values))]))
    return np.array(rows), np.array(right)


def fitted(
    signal: NDArray[np.float64], right: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights of the signals, by Newton's method with a ridge."""
    scale = signal.std(axis=0)
    scale[scale == 0] = 1.0
    x = signal / scale
    beta = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], _RIDGE)
    for _ in range(30):
        p = 1 / (1 + np.exp(-(x @ beta)))
        gradient = x.T @ (weight * (p - right)) + ridge * beta
        curvature = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(curvature, gradient)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    out: NDArray[np.float64] = beta / scale
    return out


def held_out_trust(
    samples: Sequence[Sample],
    signal: NDArray[np.float64],
    right: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The confidence of each sample by weights fitted on the other folds."""
    out = np.zeros(len(samples))
    for fold in range(FOLDS):
        others = np.array([fold not in sample.asked.folds for sample in samples])
        here = np.array([min(sample.asked.folds) == fold for sample in samples])
        beta = fitted(signal[others], right[others], weight[others])
        out[here] = 1 / (1 + np.exp(-(signal[here] @ beta)))
    return out
