"""Logs: events with fields, as text or JSON lines on standard error, personal details masked."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from bot.chat.middleware import message_context
from bot.masking import hide_people
from bot.settings import LogFormat

_PLAIN = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
}


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    given = {key: _masked(value) for key, value in record.__dict__.items() if key not in _PLAIN}
    context = message_context.get()
    return {**({"message_key": hide_people(context)} if context else {}), **given}


def _masked(value: Any) -> Any:
    """The value without what leads to a person: what is hidden becomes words, everything else stays what it is."""
    match value:
        case None | bool():
            return value
        case dict():
            return {_masked(key): _masked(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(each) for each in value]
        case _:
            plain = str(value)
            hidden = hide_people(plain)
            return value if hidden == plain and isinstance(value, int | float) else hidden


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": hide_people(record.getMessage()),
            **_fields(record),
        }
        if record.exc_info:
            line["traceback"] = hide_people(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """`time level logger event key=value …`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={value}" for key, value in _fields(record).items())
        head, newline, traceback = super().format(record).partition("\n")
        return f"{hide_people(head)} {fields}".rstrip() + newline + hide_people(traceback)


def set_up(level: str, form: LogFormat) -> None:
    """Send every log record to standard error in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form is LogFormat.JSON else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("apscheduler", "aiohttp.access", "asyncio", "alembic", "filelock", "jieba"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
