"""Cutting the passages of many documents into terms, in two processes when there is enough to cut."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from knowledge.passage import Document
from knowledge.segment import Segmenter

Terms = tuple[str, str]
"""Words and bigrams of one passage, each joined by spaces."""

WORTHWHILE = 1_500_000
"""Characters. Below this a second process costs more (starting, loading the dictionary) than it saves."""
_BATCH = 200_000
_AHEAD = 4

_segmenter: Segmenter | None = None


def cut_documents(
    documents: Iterable[Document], segmenter: Segmenter, *, worthwhile: int = WORTHWHILE
) -> Iterator[tuple[Document, list[Terms]]]:
    """Each document with the terms of its passages, in order."""
    waiting = iter(documents)
    first: list[Document] = []
    size = 0
    for document in waiting:
        first.append(document)
        size += _size(document)
        if size >= worthwhile:
            break
    rest = chain(first, waiting)
    if size < worthwhile or (os.cpu_count() or 1) < 2:
        for document in rest:
            yield document, _terms(segmenter, _texts(document))
        return
    yield from _in_processes(rest, segmenter)


def _in_processes(
    documents: Iterable[Document], segmenter: Segmenter
) -> Iterator[tuple[Document, list[Terms]]]:
    """A window of batches is with the workers; a broken pool is replaced by this very process."""
    segmenter.warm()
    workers = min(os.cpu_count() or 1, 4)
    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (segmenter.cache_dir,)) as pool:
        window: deque[tuple[list[Document], Future[list[list[Terms]]] | None]] = deque()
        for batch in _batches(documents):
            try:
                future = pool.submit(_cut_in_worker, [_texts(document) for document in batch])
            except BrokenProcessPool:
                future = None
            window.append((batch, future))
            if len(window) >= workers + _AHEAD:
                yield from _finished(*window.popleft(), segmenter)
        while window:
            yield from _finished(*window.popleft(), segmenter)


def _finished(
    batch: list[Document], future: Future[list[list[Terms]]] | None, segmenter: Segmenter
) -> Iterator[tuple[Document, list[Terms]]]:
    try:
        terms = future.result() if future else None
    except BrokenProcessPool:
        terms = None
    if terms is None:
        terms = [_terms(segmenter, _texts(document)) for document in batch]
    yield from zip(batch, terms, strict=True)


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += _size(document)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _size(document: Document) -> int:
    return sum(len(passage.text) for passage in document.passages)


def _texts(document: Document) -> list[str]:
    return [passage.card.searchable if passage.card else passage.text for passage in document.passages]


def _terms(segmenter: Segmenter, texts: list[str]) -> list[Terms]:
    return [(" ".join(segmenter.words(text)), " ".join(segmenter.bigrams(text))) for text in texts]


def _start_worker(cache_dir: Path) -> None:
    global _segmenter  # noqa: PLW0603 - a worker process has this one task
    _segmenter = Segmenter(cache_dir)


def _cut_in_worker(batch: list[list[str]]) -> list[list[Terms]]:
    if _segmenter is None:
        raise RuntimeError("the worker was not started")
    return [_terms(_segmenter, texts) for texts in batch]
