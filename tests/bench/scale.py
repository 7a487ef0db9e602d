"""How the search bears a million passages, made from a folder of laws.

    python -m tests.bench.scale ../shared/data/laws QUESTIONS.jsonl [--passages 1000000] [--keep FOLDER]

Each copy of a law has another name, and of its text 12 % is dropped and 10 % comes from another article, always the
same. Prints how long the index takes to build, its size, what opening and asking it adds to the resident memory, how
long answers take, and after how long one document that is added or removed shows. Takes some ten minutes.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from knowledge.answer import Answerer
from knowledge.index import Index
from knowledge.lexicon import shipped_lexicon
from knowledge.passage import CARD, Document, Passage, passage_id
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from tests.bench.learning.material import documents_of

_PIECE = 4
_DROPPED, _SWAPPED = 12, 10
_WARM = 50
_SIZES = ("RssAnon", "RssFile")


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        if not (folder / "index" / "meta.json").exists():
            _build(options, folder)
        _measure(options, folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the search over very many passages.")
    parser.add_argument("laws", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder to keep the index in for the next time")
    return parser.parse_args()


def _build(options: argparse.Namespace, folder: Path) -> None:
    documents = documents_of(options.laws)
    index = Index.open(folder / "index", Segmenter(folder / "jieba"))
    start = time.perf_counter()
    index.apply(copies(documents, options.passages), (), 1)
    print(f"built in {time.perf_counter() - start:.0f} s", flush=True)


def copies(documents: Sequence[Document], most: int) -> Iterator[Document]:
    """The documents, then changed copies of the laws among them, until there are `most` passages."""
    laws = [document for document in documents if document.kind != CARD]
    texts = [passage.text for law in laws for passage in law.passages]
    made = sum(len(document.passages) for document in documents)
    yield from documents
    nth = 0
    while made < most:
        nth += 1
        for law in laws:
            source = f"copy{nth}/{law.source}"
            passages = tuple(
                _changed(source, at, passage, texts, nth) for at, passage in enumerate(law.passages)
            )
            yield replace(law, source=source, title=f"{law.title}第{nth}册", passages=passages)
            made += len(passages)
            if made >= most:
                return


def _changed(source: str, at: int, passage: Passage, texts: Sequence[str], nth: int) -> Passage:
    state = int(passage.id, 16) + nth
    other = texts[state % len(texts)]
    pieces = []
    for start in range(0, len(passage.text), _PIECE):
        state = (state * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        place = (state >> 16) % 100
        if place >= _DROPPED:
            swapped = place < _DROPPED + _SWAPPED
            pieces.append((other if swapped else passage.text)[start : start + _PIECE])
    return Passage(passage_id(source, passage.article, at), passage.article, passage.heading, "".join(pieces))


def _measure(options: argparse.Namespace, folder: Path) -> None:
    lines = options.questions.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    segmenter, lexicon = Segmenter(folder / "jieba"), shipped_lexicon()
    segmenter.warm()
    Answerer(Searcher(Index.open(None, segmenter), lexicon)).answer(questions[0])
    before = _resident()
    start = time.perf_counter()
    index = Index.open(folder / "index", segmenter)
    opened = time.perf_counter() - start
    passages = sum(entry.passages for entry in index.documents())
    size = sum(path.stat().st_size for path in (folder / "index").iterdir()) / 1e6
    print(
        f"passages {passages}  documents {len(index.documents())}  index {size:.0f} MB  open {opened:.2f} s"
    )
    answerer = Answerer(Searcher(index, lexicon))
    took, used = [], []
    for question in questions:
        start, spent = time.perf_counter(), time.thread_time()
        answerer.answer(question)
        took.append((time.perf_counter() - start) * 1000)
        used.append((time.thread_time() - spent) * 1000)
    for name, values in (("answers", took), ("of these on the processor", used)):
        rest = sorted(values[_WARM:])
        middle, worst = rest[len(rest) // 2], rest[int(len(rest) * 0.99)]
        print(f"{name} {len(rest)}  p50 {middle:.1f} ms  p99 {worst:.1f} ms")
    own, mapped = (now - then for now, then in zip(_resident(), before, strict=True))
    print(f"resident: our own +{own:.0f} MB, mapped files of the index +{mapped:.0f} MB", flush=True)
    _one_more(index, answerer)


def _one_more(index: Index, answerer: Answerer) -> None:
    """One document comes and goes."""
    passage = Passage(
        passage_id("one.md", "第一条", 0), "第一条", "", "第一条 村口的风铃柱每晚九点由值守员擦亮。"
    )
    one = Document("one.md", "风铃柱办法", "law", "", None, None, None, "", "1", (passage,))
    for name, put, drop in (("added", [one], []), ("removed", [], ["one.md"])):
        start = time.perf_counter()
        index.apply(put, drop, index.revision + 1)
        hits = answerer.searcher.search("风铃柱几点擦亮", top=3)
        shown = any(hit.source == "one.md" for hit in hits)
        print(f"one document {name}: {time.perf_counter() - start:.2f} s, found: {shown}", flush=True)


def _resident() -> tuple[float, float]:
    """MB of our own, and of the index's files that are mapped: those the system may take back at any time."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    told = {
        name: int(value.split()[0]) / 1000
        for name, _, value in (line.partition(":") for line in lines)
        if name in _SIZES
    }
    return told["RssAnon"], told["RssFile"]


if __name__ == "__main__":
    main()
