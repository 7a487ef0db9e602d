"""Bytes to text, as files come from county offices: UTF-8, UTF-16 with its mark, GB18030."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4000


def decoded(data: bytes) -> str | None:
    """The text of a file, without its byte-order mark; None when the bytes are no text we can tell."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding)
    if b"\0" in data:
        return None
    text = _strict(data, "utf-8")
    if text is not None:
        return text
    text = _strict(data, "gb18030")
    return text if text is not None and _reads_as_chinese(text) else None


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _reads_as_chinese(text: str) -> bool:
    """GB18030 accepts nearly any bytes: real text has few private-use, control or unassigned characters."""
    sample = text[:_SAMPLE]
    strange = sum(not (c.isprintable() or c in "\n\r\t\f　") for c in sample)
    common = sum(c.isascii() or "一" <= c <= "鿿" or "　" <= c <= "〿" or "！" <= c <= "～" for c in sample)
    return strange * 50 <= len(sample) and common * 10 >= len(sample) * 8
