"""What the HTTP servers of all platforms have in common: calls, faults, strictness, JSON, uploads, media."""

import asyncio
import gzip
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import BodyPartReader, web

from tests.platform.clock import Clock
from tests.platform.faults import Fault, Faults
from tests.platform.ledger import Ledger
from tests.platform.shapes import Misshapen, check

MEDIA_LIFETIME = timedelta(days=3)
JSON_TYPES = ("", "application/json", "text/plain")
"""How a JSON body may be labelled; no label at all is common and accepted."""


class Refused(Exception):
    """An errcode of the platform."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.answer = {"errcode": code, "errmsg": message}


@dataclass(frozen=True)
class File:
    """An uploaded or downloaded file."""

    name: str
    content_type: str
    content: bytes
    kind: str = "file"
    until: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Call:
    """One request, read to its end. `files` are the parts of a multipart body by their field names."""

    path: str
    query: Mapping[str, str]
    body: bytes = b""
    content_type: str = ""
    files: Mapping[str, File] = field(default_factory=dict)


Answer = dict[str, Any] | File
Endpoint = Callable[[Call], Answer]


class ApiServer:
    """Serves on loopback between `start` and `stop`. A platform adds its endpoints with `on`."""

    malformed = 47001
    """The errcode for a body that is not as the page says."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.ledger = Ledger()
        self.strict = True
        """Unknown fields and parameters are refused, so that a misspelt one shows."""
        self.refused_address = ""
        """An address that is not on the white list, as the answer names it."""
        self.base = ""
        """The address it serves at, once started."""
        self.media: dict[str, File] = {}
        self._endpoints: dict[tuple[str, str], tuple[Endpoint, frozenset[str]]] = {}
        self._numbers: Counter[str] = Counter()
        self._refusals: dict[str, deque[Refused]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None

    # -- the test's side -------------------------------------------------------------------------

    def inject(self, path: str, *faults: Fault) -> None:
        """The next calls of `path` fail so, one each, in this order."""
        self.faults.inject(path, *faults)

    def refuse(self, path: str, code: int, message: str = "refused", *, times: int = 1) -> None:
        """The next `times` calls of `path` are answered with this errcode and do nothing else."""
        self._refusals[path].extend([Refused(code, message)] * times)

    async def start(self) -> str:
        """Serve on a free port of loopback; returns the base address."""
        app = web.Application(client_max_size=32 << 20)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.base

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    # -- the platform's side ---------------------------------------------------------------------

    def on(self, method: str, path: str, endpoint: Endpoint, *query: str) -> None:
        """`endpoint` answers `method path`; `query` are the parameters it knows, "?" behind those not needed."""
        self._endpoints[method, path] = (endpoint, frozenset(query))

    def number(self, name: str) -> int:
        """1, 2, 3 … for each name."""
        self._numbers[name] += 1
        return self._numbers[name]

    def shaped(self, call: Call, shape: Any) -> dict[str, Any]:
        """The JSON object in `call`, which has the `shape`; `Refused` otherwise."""
        if self.strict and call.content_type not in JSON_TYPES:
            raise Refused(self.malformed, f"data format error: content type {call.content_type}")
        try:
            value = json.loads(call.body.decode())
        except ValueError:
            raise Refused(self.malformed, "data format error: not JSON") from None
        if not isinstance(value, dict):
            raise Refused(self.malformed, "data format error: not an object")
        self.require(value, shape)
        return value

    def require(self, value: object, shape: Any, where: str = "") -> None:
        try:
            check(value, shape, where, strict=self.strict)
        except Misshapen as error:
            raise Refused(self.malformed if error.code is None else error.code, f"{error}") from None

    def keep(self, kind: str, file: File) -> str:
        """Keep an upload for three days; returns its media id."""
        media_id = f"media-{self.number('media')}"
        until = self.clock.now() + MEDIA_LIFETIME
        self.media[media_id] = File(file.name, file.content_type, file.content, kind, until)
        return media_id

    def kept(self, media_id: object, *kinds: str) -> File:
        """The upload `media_id`, if it still is there and is of one of the `kinds`; else 40007."""
        file = self.media.get(media_id) if isinstance(media_id, str) else None
        if file is None or (kinds and file.kind not in kinds):
            raise Refused(40007, "invalid media_id")
        if file.until is not None and file.until <= self.clock.now():
            raise Refused(40007, "invalid media_id: expired")
        return file

    # -- serving ---------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.calls[request.path] += 1
        fault = self.faults.draw(request.path)
        if fault is Fault.RESET_UNREAD:
            return _hang_up(request)
        call = await _read(request)
        if fault is not None and not fault.took_effect:
            return await self._fail(request, fault)
        answer = self.answer(request.method, call)
        if isinstance(answer, File):
            headers = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
            return await self._reply(request, answer.content, fault, answer.content_type, headers)
        return await self._reply(request, json.dumps(answer, ensure_ascii=False).encode(), fault)

    @property
    def endpoints(self) -> list[tuple[str, str]]:
        """(method, path) of all there is."""
        return list(self._endpoints)

    def answer(self, method: str, call: Call) -> Answer:
        """What the platform does with a call and says to it, the wire and its faults aside."""
        endpoint, known = self._endpoints.get((method, call.path), (None, frozenset()))
        if endpoint is None:
            return {"errcode": 40066, "errmsg": f"invalid url: {method} {call.path}"}
        if self._refusals[call.path]:
            return self._refusals[call.path].popleft().answer
        try:
            self._check_query(call, known)
            return endpoint(call)
        except Refused as refused:
            return refused.answer

    def _check_query(self, call: Call, known: frozenset[str]) -> None:
        for name in known:
            if not name.endswith("?") and name != "access_token" and not call.query.get(name):
                raise Refused(self.malformed, f"{name}: missing")
        if self.strict and (unknown := set(call.query) - {name.removesuffix("?") for name in known}):
            raise Refused(self.malformed, f"{min(unknown)}: an unknown parameter")

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """An answer, or none, from a platform that has done nothing."""
        if fault is Fault.BUSY:
            return web.json_response({"errcode": -1, "errmsg": "system error"})
        if fault is Fault.BAD_GATEWAY:
            return _bad_gateway()
        if fault is Fault.EMPTY:
            return web.Response()
        if fault is Fault.HANG:
            await asyncio.sleep(3600)
        return _hang_up(request)

    async def _reply(
        self,
        request: web.Request,
        body: bytes,
        fault: Fault | None,
        content_type: str = "application/json; charset=utf-8",
        headers: Mapping[str, str] | None = None,
    ) -> web.StreamResponse:
        """The answer `body` of a platform that has acted, as `fault` lets it through."""
        labels = {"Content-Type": content_type, **(headers or {})}
        if fault is Fault.ANSWER_LOST:
            return _hang_up(request)
        if fault is Fault.LATE_BAD_GATEWAY:
            return _bad_gateway()
        if fault is Fault.TRUNCATED:
            return web.Response(body=body[:-4], headers=labels)
        if fault is Fault.GZIP:
            return web.Response(body=gzip.compress(body), headers={**labels, "Content-Encoding": "gzip"})
        if fault is Fault.SLOW_HEADERS:
            await asyncio.sleep(self.faults.slowness)
        if fault is Fault.SLOW_BODY:
            return await self._trickle(request, body, labels)
        return web.Response(body=body, headers=labels)

    async def _trickle(
        self, request: web.Request, body: bytes, labels: Mapping[str, str]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers=labels)
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        await asyncio.sleep(self.faults.slowness)
        await response.write(body[len(body) // 2 :])
        await response.write_eof()
        return response


async def _read(request: web.Request) -> Call:
    content_type = request.content_type if "Content-Type" in request.headers else ""
    if content_type != "multipart/form-data":
        return Call(request.path, dict(request.query), await request.read(), content_type)
    files = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        assert part.name is not None
        kind = part.headers.get("Content-Type", "application/octet-stream")
        files[part.name] = File(part.filename or "", kind, bytes(await part.read(decode=True)))
    return Call(request.path, dict(request.query), b"", content_type, files)


def _hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _bad_gateway() -> web.StreamResponse:
    return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")
