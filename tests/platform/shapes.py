"""The form of a JSON document, declared in Python: what is missing, misspelt, of the wrong type or too long shows.

A shape is a type (`str`, `int`, `bool`), a `Text`, an `Items`, an `OneOf`, or a dict of shapes whose keys are
the only ones allowed; a key ending in "?" may be absent. `ANYTHING` is not looked at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ANYTHING = object
FLAG = frozenset({0, 1})


class Misshapen(Exception):
    """`where` the document is not as declared, as in "text.content", and `why`; `code` when the page has one."""

    def __init__(self, where: str, why: str, code: int | None = None) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.code = code


@dataclass(frozen=True)
class Text:
    """A string of at least `least` and at most `limit` bytes of UTF-8; `pattern` is for the whole of it.
    `code`: what the platform answers when it is not so."""

    limit: int = 1 << 20
    least: int = 0
    pattern: str = ""
    code: int | None = None


@dataclass(frozen=True)
class Items:
    """A list of `least` to `most` things of one shape."""

    of: Any
    least: int = 0
    most: int = 10_000
    code: int | None = None


def check(value: object, shape: Any, where: str = "", *, strict: bool = True) -> None:
    """`Misshapen` unless `value` has the `shape`; unknown keys are let through when not `strict`."""
    if isinstance(shape, Mapping):
        _check_fields(value, shape, where, strict)
    elif isinstance(shape, Items):
        if not isinstance(value, list):
            raise Misshapen(where, "not a list")
        if not shape.least <= len(value) <= shape.most:
            raise Misshapen(where, f"{len(value)} items", shape.code)
        for index, item in enumerate(value):
            check(item, shape.of, f"{where}[{index}]", strict=strict)
    elif isinstance(shape, Text):
        _check_text(value, shape, where)
    elif isinstance(shape, frozenset):
        if isinstance(value, bool) or not isinstance(value, int) or value not in shape:
            raise Misshapen(where, f"not one of {sorted(shape)}")
    elif not isinstance(value, shape) or (isinstance(value, bool) and shape is int):
        raise Misshapen(where, f"not of type {shape.__name__}")


def _check_fields(value: object, shape: Mapping[str, Any], where: str, strict: bool) -> None:
    if not isinstance(value, dict):
        raise Misshapen(where, "not an object")
    place = f"{where}." if where else ""
    known = {name.removesuffix("?") for name in shape}
    if strict and (unknown := set(value) - known):
        raise Misshapen(place + min(unknown), "an unknown field")
    for name, inner in shape.items():
        field = name.removesuffix("?")
        if field in value:
            check(value[field], inner, place + field, strict=strict)
        elif field == name:
            raise Misshapen(place + field, "missing", inner.code if isinstance(inner, Text) else None)


def _check_text(value: object, shape: Text, where: str) -> None:
    if not isinstance(value, str):
        raise Misshapen(where, "not a string")
    size = len(value.encode())
    if not shape.least <= size <= shape.limit:
        raise Misshapen(where, f"{size} bytes, {shape.least} to {shape.limit} allowed", shape.code)
    if shape.pattern and not re.fullmatch(shape.pattern, value):
        raise Misshapen(where, "characters that are not allowed", shape.code)
