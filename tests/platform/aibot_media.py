"""Files of an intelligent robot: uploaded over the long connection in pieces, downloaded sealed.

Follows 长连接 (101463) for uploads (names of fields from the official Node SDK) and 接收消息 (100719) for downloads.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.platform import aibot_forms as forms
from tests.platform.clock import Clock
from tests.platform.ledger import Window
from tests.platform.server import MEDIA_LIFETIME, File, Refused
from tests.platform.shapes import Text

CHUNK = 512 * 1024
CHUNKS = 100
UPLOAD_LIFETIME = timedelta(minutes=30)
URL_LIFETIME = timedelta(minutes=5)
SIZES = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
SMALLEST = 5
"""Bytes a file has to be longer than."""

_INIT = {
    "type": Text(pattern="|".join(SIZES)),
    "filename": Text(256, 1),
    "total_size": int,
    "total_chunks": int,
    "md5?": Text(32, 32, "[0-9a-f]+"),
}
_CHUNK = {"upload_id": Text(128, 1), "chunk_index": int, "base64_data": Text(CHUNK * 4 // 3 + 4, 1)}
_FINISH = {"upload_id": Text(128, 1)}


@dataclass
class Upload:
    kind: str
    name: str
    size: int
    count: int
    md5: str | None
    begun: datetime
    chunks: dict[int, bytes] = field(default_factory=dict)


class Cabinet:
    """Uploads on their way, uploads that are whole, and what people have sent."""

    def __init__(self, clock: Clock, *, strict: bool = True) -> None:
        self.files: dict[str, File] = {}
        self._strict = strict
        self._clock = clock
        self._uploads: dict[str, Upload] = {}
        self._sent: dict[str, tuple[File, datetime]] = {}
        self._minute = Window(30, timedelta(minutes=1))
        self._hour = Window(1000, timedelta(hours=1))

    # -- uploads by the robot --------------------------------------------------------------------

    def begin(self, body: Any) -> dict[str, Any]:
        self._require(body, _INIT)
        if not SMALLEST < body["total_size"] <= SIZES[body["type"]]:
            raise Refused(forms.BAD_PARAMETER, f"total_size: {body['total_size']} bytes of {body['type']}")
        if body["total_chunks"] != -(-body["total_size"] // CHUNK) or body["total_chunks"] > CHUNKS:
            raise Refused(forms.BAD_PARAMETER, "total_chunks: not total_size in pieces of 512 KB")
        now = self._clock.now()
        if self._minute.full("", now) or not self._hour.take("", now):
            raise Refused(forms.TOO_OFTEN, "api freq out of limit")
        self._minute.take("", now)
        upload_id = f"upload-{len(self._uploads) + 1}"
        self._uploads[upload_id] = Upload(
            body["type"], body["filename"], body["total_size"], body["total_chunks"], body.get("md5"), now
        )
        return {"upload_id": upload_id}

    def add(self, body: Any) -> None:
        """One piece, counted from 0; the same one may come again, in any order."""
        self._require(body, _CHUNK)
        upload = self._upload(body["upload_id"])
        try:
            piece = base64.b64decode(body["base64_data"], validate=True)
        except binascii.Error:
            raise Refused(forms.BAD_PARAMETER, "base64_data: not base64") from None
        index = body["chunk_index"]
        if not 0 <= index < upload.count:
            raise Refused(forms.BAD_PARAMETER, f"chunk_index: {index} of {upload.count}")
        if len(piece) > CHUNK:
            raise Refused(forms.BAD_PARAMETER, f"base64_data: {len(piece)} bytes")
        upload.chunks[index] = piece

    def finish(self, body: Any) -> dict[str, Any]:
        self._require(body, _FINISH)
        upload = self._upload(body["upload_id"])
        content = b"".join(upload.chunks[index] for index in sorted(upload.chunks))
        if len(upload.chunks) != upload.count or len(content) != upload.size:
            raise Refused(forms.BAD_PARAMETER, f"{len(content)} of {upload.size} bytes have come")
        if upload.md5 not in (None, hashlib.md5(content).hexdigest()):
            raise Refused(forms.BAD_PARAMETER, "md5: of something else")
        del self._uploads[body["upload_id"]]
        media_id = f"aibot-media-{len(self.files) + 1}"
        now = self._clock.now()
        self.files[media_id] = File(upload.name, "", content, upload.kind, now + MEDIA_LIFETIME)
        return {"type": upload.kind, "media_id": media_id, "created_at": str(int(now.timestamp()))}

    def require_file(self, media_id: str, kind: str) -> None:
        """`Refused` unless the upload is there, of this kind, and not over three days old."""
        file = self.files.get(media_id)
        if file is None or file.kind != kind or file.until is None or file.until <= self._clock.now():
            raise Refused(forms.BAD_MEDIA, "invalid media_id")

    def _upload(self, upload_id: str) -> Upload:
        upload = self._uploads.get(upload_id)
        if upload is None or self._clock.now() - upload.begun > UPLOAD_LIFETIME:
            raise Refused(forms.BAD_PARAMETER, "upload_id: unknown or too old")
        return upload

    def _require(self, body: Any, shape: Any) -> None:
        forms.require(body, shape, strict=self._strict)

    # -- files people send -----------------------------------------------------------------------

    def send(self, content: bytes, name: str, key: bytes) -> str:
        """Keep `content` sealed with `key` (32 bytes) for five minutes; returns its number in the address."""
        number = str(len(self._sent) + 1)
        file = File(name, "application/octet-stream", seal(content, key))
        self._sent[number] = (file, self._clock.now() + URL_LIFETIME)
        return number

    def fetch(self, number: str) -> File | None:
        file, until = self._sent.get(number, (None, self._clock.now()))
        return file if until > self._clock.now() else None


def seal(content: bytes, key: bytes) -> bytes:
    """AES-256-CBC, IV the first half of the key, padded to 32 bytes."""
    padder = padding.PKCS7(256).padder()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
