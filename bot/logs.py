"""Logs: events with fields, as text or JSON lines on standard error, personal numbers masked."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from bot.chat.middleware import message_context
from bot.masking import hide_numbers
from bot.settings import LogFormat

_PLAIN = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
}


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    given = {key: value for key, value in record.__dict__.items() if key not in _PLAIN}
    context = message_context.get()
    return {**({"message_key": context} if context else {}), **given}


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return hide_numbers(json.dumps(line, ensure_ascii=False, default=str))


class TextLines(logging.Formatter):
    """`time level logger event key=value …`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={value}" for key, value in _fields(record).items())
        head, newline, traceback = super().format(record).partition("\n")
        return hide_numbers(f"{head} {fields}".rstrip() + newline + traceback)


def set_up(level: str, form: LogFormat) -> None:
    """Send every log record to standard error in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form is LogFormat.JSON else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("apscheduler", "aiohttp.access", "asyncio", "alembic", "filelock", "jieba"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
