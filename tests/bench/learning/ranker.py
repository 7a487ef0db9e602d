"""Training the trees with LightGBM, and how well they rank what they have not seen."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.ranking.features import NAMES
from knowledge.ranking.trees import LEAVES, Trees
from tests.bench.learning.material import CARDS, FOLDS, STARD, VILLAGE
from tests.bench.learning.samples import (
    ALL_CARDS,
    GONE,
    NEW_KIND,
    NO_CARDS,
    ONLY_CARDS,
    ONLY_UNSEEN,
    OTHER_CARDS,
    OWN,
    UNSEEN_FORM,
    Sample,
)

WEIGHTS = {
    (STARD, NO_CARDS): 1.0,
    (STARD, NEW_KIND): 0.25,
    (STARD, OWN): 0.25,
    (VILLAGE, OWN): 0.25,
    (STARD, ALL_CARDS): 1.0,
    (VILLAGE, NO_CARDS): 0.5,
    (VILLAGE, ALL_CARDS): 0.5,
    (VILLAGE, OTHER_CARDS): 1.0,
    (CARDS, NO_CARDS): 0.25,
    (CARDS, OTHER_CARDS): 0.25,
    (CARDS, UNSEEN_FORM): 0.5,
    (VILLAGE, ONLY_CARDS): 0.25,
    (CARDS, ONLY_UNSEEN): 0.25,
}
"""A base that is not here is not trained on."""
SEEDS = 1
_ROUNDS, _RATE = 200, 0.07
_ALWAYS, _ONE_IN = 50, 4
_SETTINGS: dict[str, Any] = {
    "objective": "lambdarank",
    "num_leaves": LEAVES,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "lambdarank_truncation_level": 12,
    "max_bin": 63,
    "use_missing": False,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}

Scores = NDArray[np.float64]


def trained(
    samples: Iterable[Sample], *, rounds: int = _ROUNDS, rate: float = _RATE, seeds: int = SEEDS
) -> list[Any]:
    """Trees as nested lists (`Trees.read`): those of all seeds, one after another, each worth its share."""
    import lightgbm

    matrices, rights, sizes, weights = [], [], [], []
    for sample in samples:
        weight = WEIGHTS.get((sample.asked.kind, sample.base))
        if weight is None or not sample.right.any():
            continue
        place = np.arange(len(sample.right))
        kept = sample.right | (place < _ALWAYS) | (place % _ONE_IN == 0)
        matrices.append(sample.rows.matrix[kept])
        rights.append(sample.right[kept])
        sizes.append(int(kept.sum()))
        weights.append(np.full(sizes[-1], weight))
    data = lightgbm.Dataset(
        np.vstack(matrices), np.concatenate(rights).astype(int), group=sizes, weight=np.concatenate(weights)
    )
    trees = []
    for seed in range(seeds):
        settings = _SETTINGS | {"seed": seed, "learning_rate": rate}
        booster = lightgbm.train(settings, data, rounds)
        trees += [_nested(tree["tree_structure"], 1 / seeds) for tree in booster.dump_model()["tree_info"]]
    return trees


def _nested(node: dict[str, Any], share: float) -> Any:
    if "leaf_value" in node:
        return round(node["leaf_value"] * share, 5)
    left, right = (_nested(node[side], share) for side in ("left_child", "right_child"))
    return [node["split_feature"], float(f"{node['threshold']:.7g}"), left, right]


def held_out(samples: Sequence[Sample], **options: Any) -> list[Scores]:
    """Scores of each sample by trees trained on the samples of the other folds."""
    scores: list[Scores] = [np.zeros(0)] * len(samples)
    for fold in range(FOLDS):
        trees = Trees.read(trained((s for s in samples if fold not in s.asked.folds), **options))
        for at, sample in enumerate(samples):
            if min(sample.asked.folds) == fold:
                scores[at] = trees.scores(sample.rows.matrix)
    return scores


def figures(samples: Iterable[Sample], scores: Iterable[Scores]) -> dict[str, float]:
    """MRR@10, hit@1, hit@3, R@100, as the score script counts them."""
    sums: dict[str, list[float]] = defaultdict(list)
    for sample, values in zip(samples, scores, strict=True):
        label = sample.label[np.argsort(-values, kind="stable")]
        right = np.flatnonzero(label >= 0)
        first = int(right[0]) if len(right) else len(label)
        sums["MRR@10"].append(1 / (first + 1) if first < 10 and len(right) else 0.0)
        for most in (1, 3):
            sums[f"hit@{most}"].append(float(len(right) > 0 and first < most))
        found = set(label[:100].tolist()) - {-1}
        sums["R@100"].append(len(found) / len(sample.asked.golds))
    return {name: float(np.mean(values)) for name, values in sums.items()}


def importance(trees: list[Any]) -> dict[str, int]:
    """How many tests each feature has."""
    counts = dict.fromkeys(NAMES, 0)

    def walk(node: Any) -> None:
        if isinstance(node, list):
            counts[NAMES[node[0]]] += 1
            walk(node[2])
            walk(node[3])

    for tree in trees:
        walk(tree)
    return counts


def by_base(
    samples: Sequence[Sample], scores: Sequence[Scores], cold: frozenset[str]
) -> dict[str, dict[str, float]]:
    """Figures of each kind of question in each kind of base; of the cold ones apart."""
    parts: dict[str, list[int]] = defaultdict(list)
    for at, sample in enumerate(samples):
        if (sample.asked.kind, sample.base) in WEIGHTS and sample.base != GONE:
            parts[f"{sample.asked.kind}, {sample.base}"].append(at)
            if sample.asked.id in cold:
                parts[f"{sample.asked.kind}, {sample.base}, cold"].append(at)
    return {name: figures([samples[i] for i in at], [scores[i] for i in at]) for name, at in parts.items()}
