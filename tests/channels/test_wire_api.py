"""The client of a platform's API: what is written, what an answer means, what a failure shows."""

import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wire import official_api
from bot.channels.wire.api import ANSWER_LIMIT, COMMON, Api, Meaning, Media, Quota, TokenRefused
from bot.chat.errors import (
    ChannelError,
    Misconfigured,
    OutcomeUnknown,
    Throttled,
    TooLarge,
    Undeliverable,
    Unreachable,
)
from tests.channels.test_wire_xml import CHINA
from tests.platform.clock import StandingClock

MEANINGS = {
    **COMMON,
    60020: Meaning(Misconfigured, "地址 {address} 不在可信IP里"),
    45033: Meaning(Throttled, "太快", Quota.HOUR),
}
SECRET = "secret-of-the-app"
Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(serve: Serve, *, patience: float = 8.0) -> AsyncIterator[Api]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    api = Api(base, MEANINGS, StandingClock(), patience=patience)
    yield api
    await api.close()
    await runner.cleanup()


def answering(text: str, status: int = 200, content_type: str = "application/json") -> Serve:
    async def serve(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=content_type)

    return serve


async def failure(call: Awaitable[object]) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await call
    return caught.value


async def test_json_is_written_raw_and_read_whole() -> None:
    seen: list[tuple[str, str, bytes, str]] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, request.path_qs, await request.read(), request.content_type))
        return web.json_response({"errcode": 0, "msgid": "7", "more": "政策"})

    async with served(serve) as api:
        answer = await api.post("/a", {"content": "政策 👍🏽 ]]>"}, {"key": "a b&c"}, coded=True)
        assert answer == {"errcode": 0, "msgid": "7", "more": "政策"}
        assert await api.get("/b") == answer
    assert seen == [
        ("POST", "/a?key=a+b%26c", '{"content": "政策 👍🏽 ]]>"}'.encode(), "application/json"),
        ("GET", "/b", b"", "application/octet-stream"),
    ]


async def test_what_sends_a_message_needs_a_code_and_others_do_not() -> None:
    async with served(answering('{"ticket": "t"}')) as api:
        assert await api.post("/a", {}) == {"ticket": "t"}
        assert type(await failure(api.post("/a", {}, coded=True))) is OutcomeUnknown


async def test_a_file_is_the_one_part_of_an_upload() -> None:
    seen: list[tuple[str | None, str | None, str | None, bytes]] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        async for part in await request.multipart():
            name, filename, kind = part.name, part.filename, part.headers["Content-Type"]
            seen.append((name, filename, kind, bytes(await part.read())))
        return web.json_response({"media_id": "m"})

    async with served(serve) as api:
        answer = await api.upload("/up", Media(b"\x00\xff", "名单.csv", "text/csv"), {"type": "file"})
        assert answer == {"media_id": "m"}
    assert seen == [("media", "名单.csv", "text/csv", b"\x00\xff")]


async def test_a_download_is_a_file_or_says_why_not() -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        if request.path == "/no":
            return web.json_response({"errcode": 40014})
        if request.path == "/none":
            return web.json_response({})
        headers = {"Content-Disposition": 'attachment; filename="a.jpg"'}
        status = 404 if request.path == "/gone" else 200
        return web.Response(body=b"x" * 1000, content_type="image/jpeg", headers=headers, status=status)

    async with served(serve) as api:
        assert await api.download("/yes", limit=1000) == Media(b"x" * 1000, "a.jpg", "image/jpeg")
        assert type(await failure(api.download("/yes", limit=999))) is TooLarge
        assert type(await failure(api.download("/no", limit=1000))) is TokenRefused
        assert type(await failure(api.download("/none", limit=1000))) is OutcomeUnknown
        assert type(await failure(api.download("/gone", limit=1000))) is Unreachable


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    written = 0

    async def serve(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(1000):
                await response.write(b" " * 65536)
                written += 65536
        except (ConnectionError, RuntimeError):
            pass
        return response

    async with served(serve) as api:
        assert type(await failure(api.get("/a"))) is OutcomeUnknown
    assert written < 40 * ANSWER_LIMIT


async def test_a_code_means_what_the_table_says() -> None:
    expected: dict[str, tuple[type, str, float | None]] = {
        '{"errcode": -1}': (Throttled, "平台这会儿太忙（-1）", None),
        '{"errcode": 45033}': (Throttled, "太快（45033）", 3601.0),
        '{"errcode": 45011}': (Throttled, "这一分钟发得太快，过一分钟再发（45011）", 61.0),
        '{"errcode": 45009}': (Throttled, "今天的接口调用次数用完了，过了零点再发（45009）", 15 * 3600 + 1.0),
        '{"errcode": 60020, "errmsg": "not allow to access from your ip, 203.0.113.9"}': (
            Misconfigured, "地址 203.0.113.9 不在可信IP里（60020）", None,
        ),
        '{"errcode": 60020, "errmsg": "x"}': (
            Misconfigured, "地址 （平台没有说是哪个） 不在可信IP里（60020）", None,
        ),
        '{"errcode": 47001, "errmsg": "secret-of-the-app"}': (
            Undeliverable, "平台认不出这条消息的格式，请把这条记录交给开发人员（47001）", None,
        ),
        '{"errcode": 99999}': (Unreachable, "平台没有收下，给了一个不认识的错误码（99999）", None),
    }  # fmt: skip
    for answer, (kind, sentence, after) in expected.items():
        async with served(answering(answer)) as api:
            found = await failure(api.get("/a"))
        assert (type(found), found.sentence) == (kind, sentence)
        assert (found.after if isinstance(found, Throttled) else None) == after


def test_every_meaning_can_be_said() -> None:
    clock = StandingClock()
    api = Api("http://e.cn", official_api.MEANINGS, clock)
    assert len(official_api.MEANINGS) > 30
    for code, meaning in official_api.MEANINGS.items():
        found = api.error(code, "invalid ip 203.0.113.9")
        assert type(found) is meaning.kind
        assert found.sentence.endswith(f"（{code}）") and "{" not in found.sentence


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.sampled_from(Quota))
def test_a_quota_begins_anew_within_its_length_and_on_the_hour_of_beijing(
    now: datetime, quota: Quota
) -> None:
    moment = now.replace(tzinfo=CHINA)
    left = quota.left(moment)
    assert 1 <= left <= quota.value.total_seconds() + 1
    anew = moment + timedelta(seconds=left - 1)
    midnight = anew.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (anew - midnight) % quota.value in (timedelta(), quota.value - timedelta(microseconds=1))


@pytest.mark.parametrize("base", ["http://127.0.0.1:9", "http://no-such-host.invalid", "http://[::"])
async def test_no_failure_leads_back_to_the_address(base: str) -> None:
    api = Api(base, MEANINGS, StandingClock())
    for call in (
        api.get("/a", {"secret": SECRET}),
        api.post("/a", {"secret": SECRET}, {"secret": SECRET}),
        api.upload("/a", Media(b"x", "n"), {"secret": SECRET}),
        api.download("/a", {"secret": SECRET}, limit=1),
    ):
        found = await failure(call)
        assert type(found) is Unreachable
        assert (found.__cause__, found.__context__) == (None, None)
        assert SECRET not in "".join(traceback.format_exception(found))
    await api.close()


async def test_a_connection_that_is_cut_is_unknown_and_leads_nowhere() -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with served(serve) as api:
        found = await failure(api.get("/a", {"secret": SECRET}))
        assert type(found) is OutcomeUnknown
        assert (found.__cause__, found.__context__) == (None, None)
