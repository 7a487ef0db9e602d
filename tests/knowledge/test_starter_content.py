"""The shipped cards and digest items: their form, their words, and the law each of them rests on.

The law part reads the real folder beside the checkout, `../shared/data/laws`, by a small parser of its own,
so that a mistake of ours in reading laws cannot hide a mistake in a card.
"""

import json
import re
import tomllib
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "knowledge" / "starter"
DATA = ROOT.parent / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "laws").is_dir(),
    reason="../shared/data is not beside this checkout: cards are not compared with the law texts",
)

CARD_KEYS = {
    *("id", "title", "questions", "answer", "where", "bring", "takes"),
    *("law", "article", "phrase", "effective", "reviewed", "tags", "review"),
}
ITEM_KEYS = {"id", "kind", "title", "body", "source"}
ARTICLE = re.compile(r"^(第[零〇一二三四五六七八九十百千]+条)[\s　]*(.*)$")
Row = dict[str, Any]


def _rows(folder: str, table: str) -> list[Row]:
    files = sorted((STARTER / folder).glob("*.toml"))
    assert files, f"no {folder} files"
    return [row for file in files for row in tomllib.loads(file.read_text(encoding="utf-8"))[table]]


@cache
def _cards() -> list[Row]:
    return _rows("cards", "card")


@cache
def _items() -> list[Row]:
    return _rows("digest", "item")


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _packed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _twice(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _law_name(text: str) -> str:
    """A file's title; a part of the Civil Code is named 中华人民共和国民法典（…编）."""
    titles = [line[2:].strip() for line in text.splitlines() if line.startswith("# ")]
    if len(titles) < 2 or "民法典" not in titles[0]:
        return titles[0] if titles else ""
    part = titles[1] if titles[1].endswith(("编", "附则")) else f"{titles[1]}编"
    return f"{titles[0]}（{part}）"


@cache
def _newest() -> dict[str, str]:
    """Law title → text of its newest version, by the date in the file's name."""
    found: dict[str, tuple[str, str]] = {}
    for path in (DATA / "laws").rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        dated = re.search(r"\((\d{4}-\d\d-\d\d)\)", path.name)
        version = (dated[1] if dated else "", text)
        name = _law_name(text)
        found[name] = max(found.get(name, ("", "")), version)
    assert len(found) > 1000
    return {name: text for name, (_, text) in found.items()}


@cache
def _articles(law: str) -> dict[str, str]:
    """Article number → its text without spaces, in the newest version of `law`; empty when unknown."""
    found: dict[str, str] = {}
    current = ""
    for line in _newest().get(law, "").splitlines():
        opened = ARTICLE.match(line.strip())
        if opened:
            current = opened[1]
            found[current] = found.get(current, "") + opened[2]
        elif line.startswith("#"):
            current = ""
        elif current:
            found[current] += line
    return {number: _packed(text) for number, text in found.items()}


def _numerals(digits: str) -> set[str]:
    """How a law may write a figure: 15 → 15, 十五; 2 → 2, 二, 两."""
    names = "零一二三四五六七八九"
    value, written = int(digits), ""
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        if value >= unit:
            written += names[value // unit] + sign
            value %= unit
    return {
        digits,
        written.removeprefix("一") if written.startswith("一十") else written,
        *(["两"] * (digits == "2")),
    }


def test_there_are_enough_cards_and_items() -> None:
    kinds = Counter(item["kind"] for item in _items())
    assert len(_cards()) >= 90
    assert set(kinds) == {"daily_read", "case"}
    assert kinds["daily_read"] >= 24
    assert kinds["case"] >= 12


def test_files_stay_short_enough_to_read() -> None:
    lengths = {
        file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in STARTER.rglob("*.toml")
    }
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_ids_are_unique_kebab_words() -> None:
    ids = [row["id"] for row in (*_cards(), *_items())]
    assert _twice(ids) == []
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)] == []


def test_every_card_has_every_field_in_its_form() -> None:
    assert [card["id"] for card in _cards() if set(card) != CARD_KEYS] == []
    for card in _cards():
        texts = [card[key] for key in CARD_KEYS - {"questions", "tags", "effective", "reviewed"}]
        assert all(isinstance(text, str) and text == text.strip() for text in texts), card["id"]
        assert all(card[key] for key in ("title", "answer", "law", "tags")), card["id"]
        assert type(card["effective"]) is type(card["reviewed"]) is date, card["id"]
        assert card["effective"] <= card["reviewed"], card["id"]


def test_every_item_has_every_field_in_its_form() -> None:
    assert [item["id"] for item in _items() if set(item) != ITEM_KEYS or not all(item.values())] == []
    assert {item["id"]: len(item["body"]) for item in _items() if not 60 <= len(item["body"]) <= 140} == {}
    assert [item["id"] for item in _items() if not item["source"].startswith("据")] == []


def test_answers_are_three_short_sentences_at_most() -> None:
    too_long = [
        card["id"]
        for card in _cards()
        if len(card["answer"]) > 160 or not 1 <= len(re.findall("[。！？]", card["answer"])) <= 3
    ]
    assert too_long == []


def test_questions_are_four_to_eight_and_never_shared() -> None:
    assert [card["id"] for card in _cards() if not 4 <= len(card["questions"]) <= 8] == []
    assert _twice([_bare(question) for card in _cards() for question in card["questions"]]) == []


def test_laws_known_to_have_changed_are_marked_for_review() -> None:
    changed = ("村民委员会组织法", "婚姻登记条例", "殡葬管理条例", "治安管理处罚法")
    cited = [card for card in _cards() if any(name in card["law"] for name in changed)]
    assert cited
    assert [card["id"] for card in cited if not card["review"]] == []


@needs_data
def test_the_cited_phrase_stands_in_the_newest_text_of_the_article() -> None:
    quoting = [card for card in _cards() if card["phrase"]]
    wrong = [
        (card["id"], card["law"], card["article"])
        for card in quoting
        if _packed(card["phrase"]) not in _articles(card["law"]).get(card["article"], "")
    ]
    assert wrong == []
    assert len(quoting) >= 90


@needs_data
def test_a_card_without_a_phrase_cites_a_document_we_do_not_have() -> None:
    assert [card["id"] for card in _cards() if not card["phrase"] and card["law"] in _newest()] == []


@needs_data
def test_figures_in_an_answer_stand_in_the_article() -> None:
    invented = [
        (card["id"], figure)
        for card in _cards()
        if card["phrase"]
        for figure in re.findall(r"\d+", card["answer"] + card["takes"])
        if not any(form in _articles(card["law"])[card["article"]] for form in _numerals(figure))
    ]
    assert invented == []


@needs_data
def test_items_that_name_an_article_name_one_that_exists() -> None:
    named = [
        (item["id"], match[1], match[2])
        for item in _items()
        if (match := re.fullmatch(r"据《(.+)》(第.+条)", item["source"]))
    ]
    assert [row for row in named if row[2] not in _articles(row[1])] == []
    assert len(named) >= 20


@needs_data
def test_no_question_of_a_data_set_is_copied() -> None:
    asked = {
        _bare(json.loads(line)["question"])
        for name in ("questions-tune.jsonl", "stard-train.jsonl")
        for line in (DATA / name).read_text(encoding="utf-8").splitlines()
    }
    ours = {_bare(text): card["id"] for card in _cards() for text in (*card["questions"], card["title"])}
    assert len(asked) > 1000
    assert {ours[question] for question in asked & ours.keys()} == set()
