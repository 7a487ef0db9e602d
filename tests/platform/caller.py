"""Calls an API as a client of nobody's: what is sent is what the test says, and the answer comes as it is."""

import io
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp


class Caller:
    """A session for the server at `base`. `token` goes into every call once it is set."""

    def __init__(self, base: str, *, timeout: float = 60.0) -> None:
        self.token = ""
        self._base = base
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return await self._json("GET", path, query)

    async def post(self, path: str, body: Any, **query: str) -> dict[str, Any]:
        """`body` as raw UTF-8 JSON."""
        return await self._json("POST", path, query, json.dumps(body, ensure_ascii=False).encode())

    async def code(self, path: str, body: Any, **query: str) -> int:
        """The errcode of a `post`."""
        return int((await self.post(path, body, **query))["errcode"])

    async def raw(
        self, path: str, body: bytes, content_type: str = "application/json", **query: str
    ) -> dict[str, Any]:
        return await self._json("POST", path, query, body, content_type)

    async def upload(
        self, path: str, name: str, content: bytes, *, field: str = "media", **query: str
    ) -> dict[str, Any]:
        form = aiohttp.FormData()
        form.add_field(field, io.BytesIO(content), filename=name, content_type="application/octet-stream")
        async with self._session.post(self._base + path, params=self._query(query), data=form) as response:
            return dict(await response.json())

    async def download(self, path: str, **query: str) -> bytes:
        async with self._session.get(self._base + path, params=self._query(query)) as response:
            return await response.read()

    async def _json(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        headers = {} if body is None else {"Content-Type": content_type}
        data = None if body is None else io.BytesIO(body)
        async with self._session.request(
            method, self._base + path, params=self._query(query), data=data, headers=headers
        ) as response:
            return dict(json.loads(await response.text()))

    def _query(self, query: Mapping[str, str]) -> dict[str, str]:
        return {**({"access_token": self.token} if self.token else {}), **query}
