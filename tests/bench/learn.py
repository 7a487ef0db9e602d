"""Learn the ranking again from labelled questions, and measure it on what each part had not seen.

    python -m tests.bench.learn ../shared/data [--write] [--by-component]

Reads `laws/`, `stard-train.jsonl` and `questions-tune.jsonl` of the folder, and the cards we ship. Needs the extra
`learn` (LightGBM). Prints figures by five folds: tables, trees and threshold of a fold come from the other four.
`--write` puts what is then learned from everything into `knowledge/ranking/data`. Takes about ten minutes on one core.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import knowledge.ranking
from knowledge.index import Index
from knowledge.lexicon import shipped_lexicon
from knowledge.passage import CARD
from knowledge.ranking.features import NAMES
from knowledge.ranking.learned import Learned
from knowledge.ranking.model import ALIKE, SIGNALS, bag_lines, useful_lines
from knowledge.segment import Segmenter
from tests.bench.learning.material import (
    CARDS,
    FOLDS,
    STARD,
    VILLAGE,
    Asked,
    documents_of,
    material,
    seen_elsewhere,
)
from tests.bench.learning.ranker import Scores, by_base, held_out, importance, trained
from tests.bench.learning.samples import (
    ALL_CARDS,
    GONE,
    ONLY_CARDS,
    ONLY_OTHER,
    ONLY_UNSEEN,
    OTHER_CARDS,
    OWN,
    OWN_GONE,
    TINY,
    UNSEEN_FORM,
    Extraction,
    Sample,
    Tables,
    own_samples,
    samples,
    tiny_samples,
)
from tests.bench.learning.tables import Learner
from tests.bench.learning.trust import fitted, held_out_trust, told

ENOUGH, ENOUGH_OF_CARD, ENOUGH_ALIKE = 0.72, 0.86, 0.58
"""The thresholds we ship: see `knowledge.ranking.model.Model`."""
DATA = Path(knowledge.ranking.__file__).parent / "data"


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        documents = documents_of(options.data / "laws")
        index = Index.open(folder / "index", Segmenter(folder / "jieba"))
        if not index.revision:
            index.apply(documents, (), 1)
        lexicon = shipped_lexicon()
        rows = material(options.data, documents, index.documents(), by_component=options.by_component)
        extraction = Extraction(index, lexicon)
        learner = Learner(index, lexicon, extraction.understand)
        learned = without_folds(learner, rows)
        made = list(samples(extraction, rows, documents, learned))
        small = Index.open(None, index.segmenter)
        decks = [document for document in documents if document.kind == CARD]
        small.apply(decks, (), 1)
        made += samples(Extraction(small, lexicon), rows, decks, learned, with_laws=False)
        made += tiny_samples(lexicon, index.segmenter, rows, documents, learned)
        made += own_samples(lexicon, index.segmenter, rows, documents, learned)
        print(f"questions {len(rows)}  samples {len(made)}  features {len(NAMES)}", flush=True)
        scores = held_out(made)
        stard = [row for row in rows if row.kind == STARD]
        cold = frozenset(row.id for row in stard) - seen_elsewhere(stard)
        for part, figures in by_base(made, scores, cold).items():
            print(
                f"{part:32}",
                *(f"{name} {value:.3f}" for name, value in figures.items()),
                sep="  ",
                flush=True,
            )
        sure = _trust(made, scores)
        if options.write:
            _write(learner.learned(rows), trained(made), sure)


def without_folds(learner: Learner, rows: list[Asked]) -> Tables:
    """The tables each fold is tried with."""
    return Tables(
        {fold: learner.learned(row for row in rows if fold not in row.folds) for fold in range(FOLDS)},
        {fold: learner.learned(row for row in rows if row.warm != fold) for fold in range(FOLDS)},
        {
            fold: learner.learned(row for row in rows if row.kind != STARD or row.apart != fold)
            for fold in range(FOLDS)
        },
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Learn the ranking from labelled questions.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true", help="replace what we ship")
    parser.add_argument("--by-component", action="store_true", help="fold STARD by shared gold articles")
    parser.add_argument("--keep", type=Path, help="a folder to keep the index in for the next time")
    return parser.parse_args()


_TRUSTED = frozenset(
    {ALL_CARDS, OTHER_CARDS, GONE, UNSEEN_FORM, ONLY_CARDS, ONLY_OTHER, ONLY_UNSEEN, TINY, OWN, OWN_GONE}
)
_TRIED = ((0.6, 0.6, 0.6), (ENOUGH, ENOUGH_OF_CARD, ENOUGH_ALIKE), (0.7, 0.8, 0.6), (0.8, 0.8, 0.8))
_WEIGHT = {STARD: 0.3, VILLAGE: 1.0, CARDS: 0.3}


def _trust(made: Sequence[Sample], scores: Sequence[Scores]) -> dict[str, float]:
    """Weights of the confidence; prints what each threshold would answer, and how much of it wrongly."""
    chosen = [
        at
        for at, sample in enumerate(made)
        if sample.base in _TRUSTED and (sample.asked.kind, sample.base) != (CARDS, OTHER_CARDS)
    ]
    some, values = [made[at] for at in chosen], [scores[at] for at in chosen]
    signal, right = told(some, values)
    weight = np.array([_WEIGHT[s.asked.kind] * (0.5 if s.base == GONE else 1.0) for s in some])
    trust = held_out_trust(some, signal, right, weight)
    with_card = signal[:, SIGNALS.index("explained")] > 0
    alike = signal[:, SIGNALS.index("likeness")] >= ALIKE**2
    parts = {f"{s.asked.kind}, {s.base}": (s.asked.kind, s.base) for s in some}
    for name, (kind, base) in parts.items():
        part = np.array([(s.asked.kind, s.base) == (kind, base) for s in some])
        for enough, of_card, when_alike in _TRIED:
            least = np.where(with_card, np.where(alike, when_alike, of_card), enough)
            given = part & (trust >= least)
            wrong = (given & (right == 0)).sum() / part.sum()
            print(
                f"{name:32}  at {enough:.2f}, {of_card:.2f} with a card, {when_alike:.2f} alike  "
                f"answers {given.sum() / part.sum():.3f}, of all wrongly {wrong:.3f}"
            )
    beta = fitted(signal, right, weight)
    return {name: round(float(b), 4) for name, b in zip(SIGNALS, beta, strict=True)}


def _write(learned: Learned, trees: list[object], sure: dict[str, float]) -> None:
    DATA.mkdir(exist_ok=True)
    (DATA / "useful.txt").write_text(
        "".join(f"{line}\n" for line in useful_lines(learned.useful)), encoding="utf-8"
    )
    (DATA / "bags.txt").write_text("".join(f"{line}\n" for line in bag_lines(learned.bags)), encoding="utf-8")
    enough = {"enough": ENOUGH, "enough_of_card": ENOUGH_OF_CARD, "enough_alike": ENOUGH_ALIKE}
    model = {"features": NAMES, "sure": sure} | enough
    head = json.dumps(model, ensure_ascii=False)[:-1]
    lines = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in trees)
    (DATA / "trees.json").write_text(f'{head},\n"trees": [\n{lines}\n]}}\n', encoding="utf-8")
    used = sorted(importance(trees).items(), key=lambda item: -item[1])
    print("tests by feature:", *(f"{name} {count}" for name, count in used))


if __name__ == "__main__":
    main()
