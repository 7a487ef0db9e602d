"""The evaluation kit: figures as the score script counts them, and a slice of real questions with a floor."""

import importlib.util
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from knowledge.answer import Answerer, Verdict
from knowledge.index import Index
from knowledge.ingest import read_document
from knowledge.lexicon import Lexicon
from knowledge.search import Searcher
from knowledge.segment import Segmenter
from knowledge.starter import starter_documents
from tests.bench.reliability import picture
from tests.bench.scale import copies
from tests.bench.scoring import ABSTAIN, SCORED, by_topic, cold, judged, means, verdicts
from tests.knowledge.conftest import DATA, DOGS_JINING, FORESTS, law, needs_data

GOLD = {"id": "s1", "gold": [{"text": "第一条，合同。"}, {"text": "押金应当退还"}]}
VILLAGE = {
    "id": "q1-1",
    "topic": "低保-条件",
    "law_file": "甲/办法.md",
    "article": "第九条",
    "also_accept": [{"law_file": "乙.md", "article": "第一条"}],
    "certainty": "verified",
}
REFUSED = {"id": "n1", "topic": "拒答-天气", "law_file": None, "article": None, "certainty": ABSTAIN}


def hit(source: str = "", article: str | None = None, text: str = "", score: float = 0.5) -> dict[str, Any]:
    return {"source": source, "article": article, "text": text, "score": score}


RUN = [
    (
        GOLD,
        [
            hit(text="别的"),
            hit(text="（一）押金应当退还。"),
            hit(text="押金应当退还"),
            hit(text="第一条 合同"),
        ],
    ),
    (VILLAGE, [hit("库/甲/办法.md", "第八条"), hit("乙.md", "第一条")]),
    (VILLAGE | {"id": "q1-2"}, [hit("甲/办法.md", "第九条")]),
    (VILLAGE | {"id": "q1-3"}, []),
]


def test_a_run_is_counted_by_hand() -> None:
    stard, second, first, nothing = (judged(row, hits, None).figures for row, hits in RUN)
    assert stard == pytest.approx(
        {
            "MRR@10": 0.5,
            "nDCG@10": (1 / 1.5849625 + 1 / 2.3219281) / (1 + 1 / 1.5849625),
            "hit@1": 0,
            "hit@3": 1,
            "hit@5": 1,
            "R@5": 1,
            "R@10": 1,
            "R@100": 1,
        }
    )
    assert (second["hit@1"], second["hit@3"], second["MRR@10"], second["law@1"]) == (0, 1, 0.5, 1)
    assert (first["hit@1"], first["R@100"], first["nDCG@10"]) == (1, 1, 1)
    assert set(nothing.values()) == {0}


def test_what_became_of_the_questions() -> None:
    done = [
        judged(row, hits, answered)
        for (row, hits), answered in zip(
            [*RUN[1:], (REFUSED, [hit()])], [True, True, False, False], strict=True
        )
    ]
    assert verdicts(done) == pytest.approx(
        {
            "answered rightly": 1 / 3,
            "answered wrongly": 1 / 3,
            "right but unsaid": 0,
            "wrong and unsaid": 1 / 3,
            "abstain declined": 1,
        }
    )
    assert [(name, len(rows)) for name, rows in by_topic(done)] == [("低保", 3), ("拒答", 1)]
    assert means(done)["n"] == 3


def test_a_question_is_cold_when_no_other_taught_its_article() -> None:
    other = {"id": "s2", "gold": [{"text": "押金应当 退还"}]}
    asked = [judged(GOLD, [], None)]
    assert cold(asked, [GOLD]) == asked
    assert cold(asked, [GOLD, other]) == []


def test_the_picture_is_drawn_from_what_was_scored() -> None:
    done = [judged(row, hits, None) for row, hits in [*RUN, (REFUSED, [hit()])]]
    root = ElementTree.fromstring(picture(done, (0.62, 0.7)))
    lines = [e.get("points", "").count(",") for e in root if e.tag.endswith("polyline")]
    assert lines == [101, 101]
    assert any("4 questions" in (e.text or "") for e in root)


def test_copies_of_laws_are_many_changed_and_always_the_same() -> None:
    documents = [law("林木法.md", FORESTS * 3), law("济宁.md", DOGS_JINING)]
    once, again = (list(copies(documents, 20)) for _ in range(2))
    assert once == again
    assert once[:2] == documents
    assert 20 <= sum(len(document.passages) for document in once) < 20 + len(documents[0].passages)
    assert len({document.source for document in once}) == len({d.title for d in once}) == len(once)
    texts = [document.passages[0].text for document in once if document.source.endswith("林木法.md")]
    assert len(set(texts)) == len(texts)


@needs_data
def test_figures_are_those_of_the_score_script() -> None:
    spec = importlib.util.spec_from_file_location("score", DATA / "score.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    compared = 0
    for row, hits in RUN:
        ours, theirs = judged(row, hits, None).figures, script.score(row, hits)
        for name in ours.keys() & theirs.keys():
            assert ours[name] == pytest.approx(theirs[name]), (row["id"], name)
            compared += 1
    assert compared >= 24


@needs_data
def test_a_slice_of_real_questions_stays_above_the_floor(segmenter: Segmenter, lexicon: Lexicon) -> None:
    """The village's questions over the laws they are about and the cards we ship."""
    rows = [json.loads(line) for line in (DATA / "questions-tune.jsonl").read_text("utf-8").splitlines()]
    asked = [row for row in rows if row["certainty"] in SCORED or row["certainty"] == ABSTAIN]
    laws = DATA / "laws"
    files = sorted({Path(row["law_file"]) for row in asked if row["law_file"]})
    index = Index.open(None, segmenter)
    index.apply([*(read_document(laws / f, f.as_posix()) for f in files), *starter_documents()], (), 1)
    searcher = Searcher(index, lexicon)
    answerer = Answerer(searcher)
    done = []
    for row in asked[::2]:
        hits = [hit(h.source, h.article, h.text, h.score) for h in searcher.search(row["question"])]
        done.append(judged(row, hits, answerer.answer(row["question"]).verdict is Verdict.ANSWERED))
    figures, became = means(done), verdicts(done)
    assert figures["n"] > 140
    assert figures["hit@1"] >= 0.9
    assert figures["hit@3"] >= 0.95
    assert figures["law@1"] >= 0.95
    assert became["answered wrongly"] <= 0.03
    assert became["answered rightly"] >= 0.6
    assert became["abstain declined"] == 1
