"""Passive replies read as strictly as a platform reads them (被动回复用户消息, W90241)."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from tests.platform.seal import Sealer, signature
from tests.platform.shapes import ANYTHING, Misshapen, Text, check

TEXT_LIMIT = 2048
NUMBER = Text(least=1, pattern=r"\d+")
COMMON: Mapping[str, Any] = {"ToUserName": str, "FromUserName": str, "CreateTime": NUMBER, "MsgType": str}
MEDIA = {"MediaId": Text(least=1)}
VIDEO = {**MEDIA, "Title?": str, "Description?": str}
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"Content": Text(least=1, pattern=r"(?s).*\S.*")},
    "image": {"Image": MEDIA},
    "voice": {"Voice": MEDIA},
    "video": {"Video": VIDEO},
    "music": {"Music": dict},
    "news": {"ArticleCount": NUMBER, "Articles": dict},
    "update_button": {"Button": {"ReplaceName": Text(least=1)}},
    "update_template_card": {"TemplateCard": ANYTHING},
}


class ServiceFault(Exception):
    """A reply that the platform would not accept."""


def read(body: str, kinds: frozenset[str], *optional: str) -> dict[str, Any]:
    """The fields of a reply of one of the `kinds`; children of children are objects, several `item` a list.
    `optional`: fields that may stand there and mean nothing."""
    fields = parse(body)
    if fields.get("MsgType") not in kinds:
        raise ServiceFault(f"not a reply of a known kind: {fields.get('MsgType')}")
    try:
        check(fields, {**COMMON, **SHAPES[fields["MsgType"]], **{f"{name}?": str for name in optional}})
    except Misshapen as error:
        raise ServiceFault(str(error)) from None
    if fields["MsgType"] == "news":
        articles = fields["Articles"].get("item", [])
        count = len(articles) if isinstance(articles, list) else 1
        if str(count) != fields["ArticleCount"]:
            raise ServiceFault(f"ArticleCount is not {count}")
    return fields


def opened(body: str, token: str, sealer: Sealer) -> str:
    """The document inside a sealed reply."""
    envelope = parse(body)
    if set(envelope) != {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}:
        raise ServiceFault(f"not a sealed reply: {sorted(envelope)}")
    if envelope["MsgSignature"] != signature(
        token, *(envelope[k] for k in ("TimeStamp", "Nonce", "Encrypt"))
    ):
        raise ServiceFault("the reply's signature is wrong")
    try:
        return sealer.open(envelope["Encrypt"])
    except ValueError as error:
        raise ServiceFault(f"the reply cannot be opened: {error}") from error


def parse(document: str) -> dict[str, Any]:
    """The children of <xml>, each of them once."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise ServiceFault(f"not XML: {error}") from error
    if root.tag != "xml":
        raise ServiceFault("not an <xml> document")
    return _children(root)


def _children(parent: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in parent:
        value: Any = _children(child) if len(child) else child.text or ""
        if child.tag not in found:
            found[child.tag] = value
        elif child.tag == "item":
            found["item"] = [*_listed(found["item"]), value]
        else:
            raise ServiceFault(f"<{child.tag}> stands there twice")
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
