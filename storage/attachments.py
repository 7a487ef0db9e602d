"""Attachments: pictures and files on their way out, kept once under the hash of their bytes.

Photos for few eyes are never among them (`storage.photos`); a reply names them in the same way.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlmodel import Field, SQLModel, col

from storage.base import Moment
from storage.inbox import insert
from storage.photos import Photos

LARGEST = 10 * 1024 * 1024
"""Bytes: what the narrowest platform takes of an image or file is less, no platform's chunked upload is more."""

KEPT = timedelta(days=30)


class AttachmentRow(SQLModel, table=True):
    __tablename__ = "attachment"
    id: str = Field(primary_key=True)
    body: bytes
    used_at: datetime = Field(sa_type=Moment, index=True)


class Attachments:
    def __init__(self, connection: Connection, now: datetime, photos: Photos) -> None:
        self._connection = connection
        self._now = now
        self._photos = photos

    def put(self, body: bytes) -> str:
        """Keep `body` (1 … `LARGEST` bytes) for `KEPT` after the last time it was put; returns its id."""
        if not 0 < len(body) <= LARGEST:
            raise ValueError(f"an attachment of {len(body)} bytes")
        key = hashlib.sha256(body).hexdigest()
        kept = insert(self._connection)(AttachmentRow).values(id=key, body=body, used_at=self._now)
        self._connection.execute(
            kept.on_conflict_do_update(index_elements=["id"], set_={"used_at": self._now})
        )
        return key

    def get(self, key: str) -> bytes:
        """What a reply names by `key`, a photo too. Raises `NotFound`."""
        body = self._connection.execute(
            select(col(AttachmentRow.body)).where(col(AttachmentRow.id) == key)
        ).scalar()
        return self._photos.opened(key) if body is None else body

    def prune(self) -> None:
        self._connection.execute(delete(AttachmentRow).where(col(AttachmentRow.used_at) < self._now - KEPT))
