"""How good and how fast the search is, over any folder of laws.

    python tests/bench/retrieval.py ../shared/data/laws --questions ../shared/data/questions-tune.jsonl \
        --score ../shared/data/score.py [--starter] [--plain]

Builds an index from the folder in a temporary place, then prints documents, passages, seconds, index size,
memory, time per query, and the lines of the score script for all questions and for two halves (by the group
number in the id). `--starter` adds the cards we ship, `--plain` searches without the word tables (words and
bigrams alone).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from knowledge.answer import Answerer
from knowledge.index import Index
from knowledge.ingest import Unreadable, found, read_document
from knowledge.lexicon import Lexicon, shipped_lexicon
from knowledge.passage import Document
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from knowledge.starter import starter_documents

_TOP = 100


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        index = _built(options.laws, folder, starter=options.starter)
        lexicon = Lexicon({}, frozenset(), {}, {}, {}) if options.plain else shipped_lexicon()
        searcher = Searcher(index, lexicon)
        searcher.warm()
        for questions in options.questions:
            rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
            _timed(searcher, [row["question"] for row in rows])
            _verdicts(searcher, rows)
            for half, part in _halves(rows):
                _scored(searcher, part, half, folder, options.score)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the search over a folder of laws.")
    parser.add_argument("laws", type=Path)
    parser.add_argument("--questions", type=Path, action="append", default=[])
    parser.add_argument("--score", type=Path, help="the score script; without it no score lines")
    parser.add_argument("--starter", action="store_true")
    parser.add_argument("--plain", action="store_true")
    return parser.parse_args()


def _built(laws: Path, folder: Path, *, starter: bool) -> Index:
    segmenter = Segmenter(folder / "jieba")
    segmenter.warm()
    before = _peak()
    index = Index.open(folder / "index", segmenter)
    start = time.perf_counter()
    index.apply(_documents(laws, starter=starter), (), 1)
    seconds = time.perf_counter() - start
    entries = list(index.documents())
    size = sum(path.stat().st_size for path in (folder / "index").iterdir()) / 1e6
    print(f"documents {len(entries)}  passages {sum(e.passages for e in entries)}  seconds {seconds:.1f}")
    print(f"index {size:.1f} MB  memory peak {_peak():.0f} MB (with the dictionary alone {before:.0f} MB)")
    return index


def _documents(laws: Path, *, starter: bool) -> Iterator[Document]:
    for path, source in found([laws]):
        try:
            yield read_document(path, source)
        except Unreadable as error:
            print(f"skipped {source}: {error.reason}")
    if starter:
        yield from starter_documents()


def _timed(searcher: Searcher, questions: list[str]) -> None:
    took = []
    for question in questions:
        start = time.perf_counter()
        searcher.search(question, top=10)
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    print(f"queries {len(took)}  p50 {took[len(took) // 2]:.1f} ms  p99 {took[int(len(took) * 0.99)]:.1f} ms")


def _verdicts(searcher: Searcher, rows: list[dict[str, str]]) -> None:
    answerer, counts = Answerer(searcher), dict[tuple[str, str], int]()
    for row in rows:
        key = (row.get("certainty", "labelled"), answerer.answer(row["question"]).verdict.value)
        counts[key] = counts.get(key, 0) + 1
    print("verdicts", *(f"{label}/{verdict}={n}" for (label, verdict), n in sorted(counts.items())), sep="  ")


def _halves(rows: list[dict[str, str]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    yield "all", rows
    groups = sorted({row["id"].split("-")[0] for row in rows})
    for half in (0, 1):
        chosen = set(groups[half::2])
        yield f"half {half}", [row for row in rows if row["id"].split("-")[0] in chosen]


def _scored(
    searcher: Searcher, rows: list[dict[str, str]], half: str, folder: Path, script: Path | None
) -> None:
    if script is None:
        return
    run, asked = folder / "run.jsonl", folder / "asked.jsonl"
    asked.write_text(_lines(rows), encoding="utf-8")
    run.write_text(
        _lines({"id": r["id"], "hits": _hits(searcher, r["question"])} for r in rows), encoding="utf-8"
    )
    done = subprocess.run([sys.executable, script, asked, run], capture_output=True, text=True, check=True)
    print(half, done.stdout.strip())


def _lines(rows: Iterable[object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _hits(searcher: Searcher, question: str) -> list[dict[str, str | None]]:
    hits = searcher.search(question, top=_TOP)
    return [{"source": h.source, "article": h.article, "document": h.document, "text": h.text} for h in hits]


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
