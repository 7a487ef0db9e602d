"""Files of plain-words cards: TOML, one `[[card]]` table each."""

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

from knowledge.errors import BadCard
from knowledge.folding import article_name
from knowledge.passage import Card, Passage, passage_id

_TEXTS = ("id", "title", "answer", "where", "bring", "takes", "law", "article", "phrase", "review")
_LISTS = ("questions", "tags", "local")
_DATES = ("issued", "effective", "reviewed")
_NEEDED = ("id", "title", "answer")


def cards_in(text: str) -> tuple[Card, ...]:
    """The cards of one file, in order. Raises `BadCard`."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadCard(f"卡片文件写法不对：{str(error)[:80]}。") from error
    rows = table.get("card", [])
    if not isinstance(rows, list) or not rows:
        raise BadCard("里面没有 [[card]] 卡片。")
    cards = tuple(_card(row, at) for at, row in enumerate(rows, 1))
    ids = [card.id for card in cards]
    if twice := next((i for i in ids if ids.count(i) > 1), None):
        raise BadCard(f"卡片编号“{twice}”用了不止一次。")
    return cards


def passages_of(cards: tuple[Card, ...], source: str) -> tuple[Passage, ...]:
    """One passage a card; its id follows the card's id, so a moved card keeps it."""
    return tuple(
        Passage(passage_id(source, card.id, 0), card.article, card.title, card.answer, card) for card in cards
    )


def _card(row: object, at: int) -> Card:
    if not isinstance(row, Mapping):
        raise BadCard(f"第{at}张卡片写法不对。")
    name = str(row.get("id") or f"第{at}张")
    unknown = next((key for key in row if key not in (*_TEXTS, *_LISTS, *_DATES)), None)
    if unknown is not None:
        raise BadCard(f"卡片“{name}”有不认识的栏目“{unknown}”。")
    fields: dict[str, Any] = {}
    for key in _TEXTS:
        fields[key] = _checked(row.get(key, ""), str, name, key).strip()
    for key in _LISTS:
        items = _checked(row.get(key, []), list, name, key)
        fields[key] = tuple(_checked(item, str, name, key).strip() for item in items)
    for key in _DATES:
        value = row.get(key)
        fields[key] = None if value in (None, "") else _checked(value, date, name, key)
    for key in _NEEDED:
        if not fields[key]:
            raise BadCard(f"卡片“{name}”缺少“{key}”。")
    fields["article"] = (article_name(fields["article"]) or fields["article"]) or None
    return Card(**fields)


def _checked(value: Any, kind: type, card: str, key: str) -> Any:
    if not isinstance(value, kind):
        raise BadCard(f"卡片“{card}”的“{key}”写法不对。")
    return value
