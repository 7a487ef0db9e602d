"""模板卡片 as message/send and the group webhook take them (W90236, W90372), with the errcodes of W90313."""

from collections.abc import Collection, Mapping
from typing import Any

from tests.platform.shapes import FLAG, Items, Misshapen, Text, check

NOTICES = ("text_notice", "news_notice")
INTERACTIVE = ("button_interaction", "vote_interaction", "multiple_interaction")
WRONG_TYPE = 42031
WRONG_TASK = 42014

KEY_LIMIT = 1024
TASK_ID = Text(limit=128, least=1, pattern=r"[0-9A-Za-z_\-@]+", code=WRONG_TASK)
OPTIONS = Items({"id": Text(limit=128, least=1, code=42040), "text": Text(least=1, code=42041)}, 1, 10, 42037)
CHOICES = Items({**OPTIONS.of, "is_checked?": bool}, 1, 20, 42037)
SUBMIT = {"text": Text(least=1, code=42049), "key": Text(limit=KEY_LIMIT, least=1, code=42046)}
QUESTION = Text(limit=KEY_LIMIT, least=1, code=42043)
TARGET = {"url?": Text(least=1), "appid?": str, "pagepath?": str}
ACTION = {"type": frozenset({0, 1, 2}), **TARGET}
SELECTION = {
    "question_key": QUESTION,
    "title?": str,
    "disable?": bool,
    "selected_id?": str,
    "option_list": OPTIONS,
}
BUTTON = {
    "type?": FLAG,
    "text": Text(least=1, code=42038),
    "style?": frozenset({1, 2, 3, 4}),
    "key?": Text(limit=KEY_LIMIT, least=1, code=42039),
    "url?": str,
}
ROW = {
    "keyname": Text(least=1, code=42027),
    "value?": str,
    "type?": frozenset({0, 1, 2, 3}),
    "url?": str,
    "media_id?": str,
    "userid?": str,
}
COMMON: Mapping[str, Any] = {
    "card_type": str,
    "source?": {"icon_url?": str, "desc?": str, "desc_color?": frozenset({0, 1, 2, 3})},
    "action_menu?": {
        "desc?": str,
        "action_list": Items({"text": Text(least=1), "key": Text(limit=KEY_LIMIT, least=1)}, 1, 3),
    },
    "task_id?": TASK_ID,
    "quote_area?": {"type?": frozenset({0, 1, 2}), **TARGET, "title?": str, "quote_text?": str},
    "horizontal_content_list?": Items(ROW, 0, 6, 42035),
    "jump_list?": Items(
        {"type?": frozenset({0, 1, 2}), "title": Text(least=1, code=42033), **TARGET}, 0, 3, 42042
    ),
}
TITLED = {"main_title": {"title": Text(least=1), "desc?": str}}
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "text_notice": {
        **COMMON,
        "main_title?": {"title?": str, "desc?": str},
        "emphasis_content?": {"title?": str, "desc?": str},
        "sub_title_text?": str,
        "card_action": ACTION,
    },
    "news_notice": {
        **COMMON,
        **TITLED,
        "image_text_area?": {
            "type?": frozenset({0, 1, 2}),
            **TARGET,
            "title?": str,
            "desc?": str,
            "image_url": str,
        },
        "card_image?": {"url": Text(least=1, code=42044), "aspect_ratio?": (int, float)},
        "vertical_content_list?": Items({"title": Text(least=1, code=42033), "desc?": str}, 0, 4, 42036),
        "card_action": ACTION,
    },
    "button_interaction": {
        **COMMON,
        **TITLED,
        "sub_title_text?": str,
        "task_id": TASK_ID,
        "card_action?": ACTION,
        "button_selection?": SELECTION,
        "button_list": Items(BUTTON, 1, 6, 42038),
    },
    "vote_interaction": {
        **COMMON,
        **TITLED,
        "task_id": TASK_ID,
        "checkbox": {"question_key": QUESTION, "mode?": FLAG, "disable?": bool, "option_list": CHOICES},
        "submit_button": SUBMIT,
    },
    "multiple_interaction": {
        **COMMON,
        **TITLED,
        "task_id": TASK_ID,
        "select_list": Items(SELECTION, 1, 3, 42047),
        "submit_button": SUBMIT,
    },
}
ANSWERABLE = (42028, 42030)
"""The url of a target of type 1 and the appid of one of type 2 are missing."""


def check_card(card: Any, kinds: Collection[str], *, strict: bool) -> None:
    """`Misshapen`, with the page's errcode, unless `card` is right and of one of the `kinds`."""
    if not isinstance(card, dict) or card.get("card_type") not in kinds:
        raise Misshapen("template_card.card_type", f"not one of {sorted(kinds)}", WRONG_TYPE)
    kind = card["card_type"]
    if kind in NOTICES and "card_action" not in card:
        raise Misshapen("template_card.card_action", "missing", 42045)
    check(card, SHAPES[kind], "template_card", strict=strict)
    _check_targets(card)
    if kind in NOTICES and card["card_action"]["type"] == 0:
        raise Misshapen("template_card.card_action.type", "0 is not for notices", 42045)
    if kind == "text_notice" and not (card.get("main_title", {}).get("title") or card.get("sub_title_text")):
        raise Misshapen("template_card.main_title.title", "neither it nor sub_title_text", 42033)
    if kind == "news_notice" and not ("card_image" in card or "image_text_area" in card):
        raise Misshapen("template_card.card_image", "neither it nor image_text_area", 42044)
    if "action_menu" in card and "task_id" not in card:
        raise Misshapen("template_card.task_id", "needed with action_menu", WRONG_TASK)
    _check_keys(card)


def is_interactive(card: Mapping[str, Any]) -> bool:
    """Whether a click on it goes to the callback, so that it has a response_code."""
    return card["card_type"] in INTERACTIVE


def keys(card: Mapping[str, Any]) -> list[str]:
    """What a click may send as EventKey."""
    found = [button["key"] for button in card.get("button_list", []) if "key" in button]
    found += [item["key"] for item in card.get("action_menu", {}).get("action_list", [])]
    return found + ([card["submit_button"]["key"]] if "submit_button" in card else [])


def _check_targets(card: Mapping[str, Any]) -> None:
    places = [("card_action", card.get("card_action", {})), ("quote_area", card.get("quote_area", {}))]
    places += [("jump_list", jump) for jump in card.get("jump_list", [])]
    for where, target in places:
        for kind, field, code in ((1, "url", ANSWERABLE[0]), (2, "appid", ANSWERABLE[1])):
            if target.get("type", 0) == kind and not target.get(field):
                raise Misshapen(f"template_card.{where}.{field}", "missing", code)
    for row in card.get("horizontal_content_list", []):
        for kind, field, code in ((1, "url", 42028), (2, "media_id", 42029), (3, "userid", 42050)):
            if row.get("type", 0) == kind and not row.get(field):
                raise Misshapen(f"template_card.horizontal_content_list.{field}", "missing", code)


def _check_keys(card: Mapping[str, Any]) -> None:
    for button in card.get("button_list", []):
        needed = "url" if button.get("type", 0) == 1 else "key"
        if not button.get(needed):
            raise Misshapen(f"template_card.button_list.{needed}", "missing", 42039)
    found = keys(card)
    if len(set(found)) != len(found):
        raise Misshapen("template_card.button_list.key", "twice", 42051)
