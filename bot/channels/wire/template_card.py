"""WeCom's template cards: how a `Card` is written for them, and how a press on one is read.

Follows 模板卡片类型 (W101032), 发送应用消息 (W90236) and 更新模版卡片消息 (W94888). A button's key is its
command, so a press needs nothing that we would have to remember: the right to do it is looked up when it comes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final

from bot.chat.errors import Malformed
from bot.chat.reply import Card, Markdown, Part, Reply, Text

MOST_BUTTONS: Final = 6
MOST_ROWS: Final = 6
KEY_BYTES: Final = 1024

TITLE: Final = 26
"""Characters the pages advise at most for a title; a longer one is not shown whole on a phone."""
DESCRIPTION: Final = 30
PARAGRAPH: Final = 112
"""Characters of `sub_title_text`: an answer longer than that has to be said in a message of its own."""
VALUE: Final = 26
LABEL: Final = 10

HOME: Final = "https://work.weixin.qq.com/"
"""A notice has to lead somewhere when it is pressed."""


def fits(card: Card) -> bool:
    """Whether `card` can be shown as a template card: no row or button lost, every button a command of its own."""
    commands = {button.command for button in card.buttons}
    return (
        bool(card.title.strip())
        and len(card.description) <= PARAGRAPH
        and len(card.rows) <= MOST_ROWS
        and all(name.strip() for name, _ in card.rows)
        and len(commands) == len(card.buttons) <= MOST_BUTTONS
        and all(button.label.strip() for button in card.buttons)
        and all(1 <= len(command.encode()) <= KEY_BYTES for command in commands)
    )


def task_id(key: str, card: Card) -> str:
    """An id of the card sent as `key`: the same for a retry, another for another card."""
    return hashlib.sha256(f"{key}\n{card!r}".encode()).hexdigest()[:32]


def card(shown: Card, task: str, *, url: str = HOME) -> dict[str, Any]:
    """The JSON of a card that `fits`: `button_interaction`, or `text_notice` (leading to `url`) without buttons.

    `task`: unique for an app or robot, of `[0-9A-Za-z_@-]`, at most 128 bytes.
    """
    if not fits(shown):
        raise ValueError("the card does not fit a template card")
    written: dict[str, Any] = {"card_type": "button_interaction" if shown.buttons else "text_notice"}
    written["main_title"] = {"title": _cut(shown.title, TITLE)}
    if 0 < len(shown.description) <= DESCRIPTION:
        written["main_title"]["desc"] = shown.description
    elif shown.description:
        written["sub_title_text"] = shown.description
    if shown.rows:
        rows = [{"keyname": name, "value": _cut(value, VALUE)} for name, value in shown.rows]
        written["horizontal_content_list"] = rows
    written["task_id"] = task
    if shown.buttons:
        written["button_list"] = [
            {"text": _cut(button.label, LABEL), "style": 1, "key": button.command} for button in shown.buttons
        ]
    else:
        written["card_action"] = {"type": 1, "url": url}
    return written


def answered(text: str, task: str, *, url: str = HOME) -> dict[str, Any]:
    """What a pressed card becomes: a notice that says the first `PARAGRAPH` characters of the answer `text`."""
    title, _, rest = text.strip().partition("\n")
    written: dict[str, Any] = {"card_type": "text_notice"}
    if len(title) <= TITLE:
        written["main_title"] = {"title": title}
        text = rest
    if text.strip():
        written["sub_title_text"] = _cut(text.strip(), PARAGRAPH)
    return {**written, "task_id": task, "card_action": {"type": 1, "url": url}}


def parted(parts: Sequence[Part]) -> tuple[str, Sequence[Part]]:
    """What a pressed card says of an answer, and what has to be said besides: what follows its words, or all of it
    where the words are more than a card holds."""
    words = list(takewhile(lambda part: isinstance(part, Text | Markdown), parts))
    text = Reply(tuple(words or parts)).plain()
    return text, parts if len(text) > PARAGRAPH else parts[len(words) :]


@dataclass(frozen=True, slots=True)
class Press:
    """A button of a card was pressed. `command`: the button's; `task`: the card's id, as it was sent."""

    command: str
    task: str
    response_code: str = field(default="", repr=False)
    """Lets us change that card once within 72 h (WeCom app)."""


def read_press(event: Mapping[str, Any]) -> Press:
    """The press in an event `template_card_event`, of the robot (JSON) or the app (the fields of its XML).

    The robot's fields stand in an object named after the event (W101027) or beside it (its SDK), and the
    card's id is spelt `task_id` or `taskid`. Raises `Malformed`.
    """
    inner = event.get("template_card_event")
    fields = {**event, **inner} if isinstance(inner, dict) else event
    values = {
        name.replace("_", "").lower(): value for name, value in fields.items() if isinstance(value, str)
    }
    command, task = values.get("eventkey", ""), values.get("taskid", "")
    if not command or len(command.encode("utf-8", "replace")) > KEY_BYTES:
        raise Malformed("the press names no button")
    return Press(command, task, values.get("responsecode", ""))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
