"""How good and how fast the search is: of a run file, or of the live index over a folder of laws.

    python -m tests.bench.retrieval QUESTIONS.jsonl --run RUN.jsonl [--asked ASKED.jsonl]
    python -m tests.bench.retrieval QUESTIONS.jsonl --laws ../shared/data/laws [--starter] [--plain]

RUN is what `kb search --batch` prints, ASKED what `kb ask --batch` prints. With `--laws` an index is built in a
temporary place (or kept in `--keep`), searched and asked. Prints the figures of all questions, of each topic
(`--topics`), of those whose gold article answers none of the other questions of `--taught` (cold), what was answered
and what not, and writes the picture of the threshold to `--picture FILE.svg`.

Figures over questions the shipped model was taught with flatter it: those held out are printed by `tests.bench.learn`.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from knowledge.answer import Answerer, Verdict
from knowledge.index import Index
from knowledge.lexicon import Lexicon, shipped_lexicon
from knowledge.passage import CARD
from knowledge.ranking.model import shipped_model
from knowledge.search import Hit, Searcher
from knowledge.segment import Segmenter
from tests.bench.learning.material import documents_of
from tests.bench.reliability import picture
from tests.bench.scoring import Judged, by_topic, cold, judged, means, verdicts

_TOP = 100


def main() -> None:
    options = _options()
    for questions in options.questions:
        rows = _lines(questions)
        done = list(_from_files(rows, options) if options.run else _live(rows, options))
        report(done, _lines(options.taught) if options.taught else [], topics=options.topics)
        if options.picture:
            model = shipped_model()
            options.picture.write_text(picture(done, (model.enough, model.enough_of_card)), encoding="utf-8")


def report(done: list[Judged], taught: list[dict[str, Any]], *, topics: bool) -> None:
    """Print what was counted."""
    parts = [("all", done)]
    if taught:
        parts.append(("cold", cold(done, taught)))
    if topics:
        parts += by_topic(done)
    for name, part in parts:
        print(_told(name, means(part)))
        if any(one.answered is not None for one in part):
            print(_told("", verdicts(part)))


def _told(name: str, figures: Mapping[str, float]) -> str:
    return "  ".join(
        [f"{name:8}", *(f"{k} {v:.0f}" if k == "n" else f"{k} {v:.3f}" for k, v in figures.items())]
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the search.")
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--run", type=Path, help="a run to score, instead of the live index")
    parser.add_argument("--asked", type=Path, help="the answers that go with the run")
    parser.add_argument("--laws", type=Path, help="a folder to index and search")
    parser.add_argument("--starter", action="store_true", help="with the cards we ship")
    parser.add_argument("--plain", action="store_true", help="without the word tables")
    parser.add_argument("--keep", type=Path, help="a folder to keep the index in for the next time")
    parser.add_argument("--taught", type=Path, help="the questions that taught, to count the cold ones apart")
    parser.add_argument("--topics", action="store_true")
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    if not options.run and not options.laws:
        parser.error("one of --run and --laws is needed")
    return options


def _from_files(rows: list[dict[str, Any]], options: argparse.Namespace) -> Iterator[Judged]:
    hits = {line["id"]: line["hits"] for line in _lines(options.run)}
    answers = {line["id"]: line["answered"] for line in _lines(options.asked)} if options.asked else {}
    for row in rows:
        yield judged(row, hits.get(row["id"], []), answers.get(row["id"]))


def _live(rows: list[dict[str, Any]], options: argparse.Namespace) -> Iterator[Judged]:
    with tempfile.TemporaryDirectory() as name:
        index = _built(options, options.keep or Path(name))
        lexicon = Lexicon({}, frozenset(), {}, {}, {}) if options.plain else shipped_lexicon()
        searcher = Searcher(index, lexicon)
        searcher.warm()
        answerer = Answerer(searcher)
        took = []
        for row in rows:
            start = time.perf_counter()
            verdict = answerer.answer(row["question"]).verdict
            took.append((time.perf_counter() - start) * 1000)
            hits = [_object(hit) for hit in searcher.search(row["question"], top=_TOP)]
            yield judged(row, hits, verdict is Verdict.ANSWERED)
        took.sort()
        middle, worst = took[len(took) // 2], took[int(len(took) * 0.99)]
        print(f"answers {len(took)}  p50 {middle:.1f} ms  p99 {worst:.1f} ms  resident {_peak():.0f} MB")


def _built(options: argparse.Namespace, folder: Path) -> Index:
    index = Index.open(folder / "index", Segmenter(folder / "jieba"))
    if not index.revision:
        start = time.perf_counter()
        documents = documents_of(options.laws)
        index.apply((d for d in documents if options.starter or d.kind != CARD), (), 1)
        print(f"indexed in {time.perf_counter() - start:.0f} s")
    entries = list(index.documents())
    size = sum(path.stat().st_size for path in (folder / "index").iterdir()) / 1e6
    print(f"documents {len(entries)}  passages {sum(e.passages for e in entries)}  index {size:.1f} MB")
    return index


def _object(hit: Hit) -> dict[str, Any]:
    return {"source": hit.source, "article": hit.article, "text": hit.text, "score": hit.score}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
