"""Temporary media: /cgi-bin/media/upload and /cgi-bin/media/get, as both platforms have them (新增临时素材, W90253)."""

from collections.abc import Mapping
from typing import Protocol

from tests.platform.server import Answer, Call, Endpoint, File, Refused

UPLOAD = "/cgi-bin/media/upload"
GET = "/cgi-bin/media/get"
LEAST = 5


class Host(Protocol):
    """A server with a token in front of its endpoints."""

    def guarded(self, method: str, path: str, endpoint: Endpoint, *query: str) -> None: ...
    def keep(self, kind: str, file: File) -> str: ...
    def kept(self, media_id: object, *kinds: str) -> File: ...


class Uploads:
    """`limits`: type → the most bytes it may have."""

    def __init__(self, server: Host, limits: Mapping[str, int]) -> None:
        self._server = server
        self._limits = limits
        server.guarded("POST", UPLOAD, self._upload, "type")
        server.guarded("GET", GET, self._get, "media_id")

    def _upload(self, call: Call) -> Answer:
        kind = call.query["type"]
        return {**received(self._server, call, kind, self._limits), "created_at": 1_795_390_000}

    def _get(self, call: Call) -> Answer:
        return self._server.kept(call.query["media_id"])


def received(server: Host, call: Call, kind: str, limits: Mapping[str, int]) -> dict[str, object]:
    """Keep the one file of an upload, checked as the pages say; the answer without its time."""
    if kind not in limits:
        raise Refused(40004, "invalid media type")
    if set(call.files) != {"media"} or not call.files["media"].name:
        raise Refused(41005, "media data missing")
    file = call.files["media"]
    if len(file.content) <= LEAST:
        raise Refused(44001, "empty media data")
    if len(file.content) > limits[kind]:
        raise Refused(40006 if kind == "file" else 45001, "media size out of limit")
    return {"errcode": 0, "errmsg": "ok", "type": kind, "media_id": server.keep(kind, file)}
