"""Pictures and files on their way to the robot's chats: uploaded once in pieces, then named by their media id.

Follows W101463 长连接, 上传临时素材: 512 KB a piece before base64, an id that lives three days.
"""

import asyncio
import base64
import hashlib
from datetime import datetime, timedelta
from typing import Final

from bot.channels import phrases as say
from bot.channels.aibot_line import AibotLine
from bot.channels.wire.aibot_connection import UPLOAD
from bot.chat.channel import Pacing, Window
from bot.chat.errors import OutcomeUnknown, Undeliverable, Unreachable
from bot.chat.reply import File, Image
from bot.clock import Clock
from storage.base import NotFound
from storage.database import Database

PIECE: Final = 512 * 1024
KEPT: Final = timedelta(days=2)
PIECE_SECONDS: Final = 15.0
"""For the ack of a piece: 700 KB take a while on a village's line."""
UPLOAD_SECONDS: Final = 40.0
"""An attempt of the outbox has a minute, in which an upload and its message have to be done."""
WINDOWS: Final = (Window("wecom_aibot:uploads", 25, 60), Window("wecom_aibot:uploads", 900, 3600))
"""The platform's own are 30 a minute and 1,000 an hour."""


class AibotUploads:
    """Media ids of what was uploaded by this process; forgotten with it."""

    def __init__(self, line: AibotLine, database: Database, pacing: Pacing, clock: Clock) -> None:
        self._line = line
        self._database = database
        self._pacing = pacing
        self._clock = clock
        self._ids: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._one_by_one = asyncio.Lock()

    async def media_id(self, part: Image | File) -> str:
        """The id of `part`'s upload, made now if there is none.

        Raises what `AibotLine.call` does, but never `OutcomeUnknown`: an upload is shown to nobody.
        """
        key = (kind_of(part), part.attachment)
        try:
            async with asyncio.timeout(UPLOAD_SECONDS), self._one_by_one:
                known, until = self._ids.get(key, ("", self._clock.now()))
                if self._clock.now() >= until:
                    known = await self._upload(part)
                    self._ids[key] = (known, self._clock.now() + KEPT)
        except TimeoutError:
            raise Unreachable(say.ROBOT_SLOW_UPLOAD) from None
        return known

    def forget(self, part: Image | File) -> None:
        """The platform refuses its id."""
        self._ids.pop((kind_of(part), part.attachment), None)

    async def _upload(self, part: Image | File) -> str:
        try:
            body = await self._database.read(lambda uow: uow.attachments.get(part.attachment))
        except NotFound:
            raise Undeliverable(say.ROBOT_NO_FILE) from None
        await self._pacing.take(WINDOWS)
        try:
            return await self._in_pieces(part, body)
        except OutcomeUnknown:
            raise Unreachable(say.ROBOT_AWAY) from None

    async def _in_pieces(self, part: Image | File, body: bytes) -> str:
        pieces = [body[start : start + PIECE] for start in range(0, len(body), PIECE)]
        announced = {
            "type": kind_of(part),
            "filename": part.name,
            "total_size": len(body),
            "total_chunks": len(pieces),
            "md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        }
        upload = {"upload_id": _text(await self._line.call(f"{UPLOAD}init", announced), "upload_id")}
        for index, piece in enumerate(pieces):
            data = {**upload, "chunk_index": index, "base64_data": base64.b64encode(piece).decode()}
            await self._line.call(f"{UPLOAD}chunk", data, seconds=PIECE_SECONDS)
        return _text(await self._line.call(f"{UPLOAD}finish", upload), "media_id")


def kind_of(part: Image | File) -> str:
    return "image" if isinstance(part, Image) else "file"


def _text(answer: object, name: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise Unreachable(say.UNREADABLE_ANSWER)
    return value
