"""Fetching what the operator named: from the public network alone, capped in size and time, redirects checked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.fetching import LARGEST, REDIRECTS, Fetched, Fetcher, Unfetchable, public
from bot.phrases import fetching as say

HERE = "127.0.0.1"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def tried(address: str) -> bool:
    """Public, or the test's own server."""
    return address == HERE or public(address)


class Names:
    """A resolver with answers of its own; it remembers what it was asked."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self.answers = {name.replace("_", "."): list(found) for name, found in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        found = self.answers[host]
        return [found.pop(0)] if len(found) > 1 else found


@pytest.fixture
async def site() -> AsyncIterator[Callable[..., Awaitable[TestServer]]]:
    servers: list[TestServer] = []

    async def start(handler: Handler) -> TestServer:
        app = web.Application()
        app.router.add_get("/{path:.*}", handler)
        server = TestServer(app, host=HERE)
        await server.start_server()
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.close()


def at(server: TestServer, host: str = "feeds.example", path: str = "/rss") -> str:
    return f"http://{host}:{server.port}{path}"


def fetcher(**answers: Sequence[str]) -> Fetcher:
    return Fetcher(Names(**({"feeds_example": [HERE]} | answers)), tried)


async def refused(fetching: Awaitable[Fetched]) -> str:
    with pytest.raises(Unfetchable) as told:
        await fetching
    return str(told.value)


async def test_a_page_comes_with_what_to_ask_with_next_time(site) -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        assert "Cookie" not in request.headers
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304, headers={"ETag": '"1"'})
        return web.Response(
            body=b"<rss/>", headers={"ETag": '"1"', "Last-Modified": "yesterday", "Set-Cookie": "a=1"}
        )

    server = await site(answer)
    assert await fetcher().fetch(at(server)) == Fetched(b"<rss/>", '"1"', "yesterday")
    assert await fetcher().fetch(at(server), etag='"1"') == Fetched(None, '"1"', "")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "http://10.0.0.7/", "http://192.168.1.1/", "http://172.16.9.9/", "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/", "http://100.100.100.200/", "http://168.63.129.16/",
        "http://0.0.0.0/", "http://[::1]/", "http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a00:1]/", "http://[2002:a00:1::]/", "http://224.0.0.1/", "http://255.255.255.255/",
    ],
)  # fmt: skip
async def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert await refused(Fetcher().fetch(address)) == say.INWARD


@pytest.mark.parametrize(
    "written", ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://localhost/"]
)
async def test_loopback_written_otherwise_is_refused(written: str) -> None:
    causes = ("ClientConnectorDNSError", "InvalidUrlClientError")
    assert await refused(Fetcher().fetch(written)) in {
        say.INWARD, *(say.UNREACHABLE.format(cause=cause) for cause in causes)
    }  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://feeds.example/",
        "gopher://feeds.example/",
        "http://",
        "http://u:p@feeds.example/",
        "rss",
    ],
)
async def test_only_plain_web_addresses_are_fetched(address: str) -> None:
    assert await refused(fetcher().fetch(address)) == say.NOT_A_PAGE


@pytest.mark.parametrize("inside", ["10.1.2.3", "169.254.169.254", "::1", "fd12::1"])
async def test_a_name_that_leads_inside_is_refused(inside: str) -> None:
    assert await refused(fetcher(feeds_example=[inside]).fetch("http://feeds.example/rss")) == say.INWARD


async def test_one_inward_answer_among_several_is_enough_to_refuse() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["1.1.1.1", "10.0.0.1"]

    assert await refused(Fetcher(both).fetch("http://feeds.example/rss")) == say.INWARD


async def test_a_name_is_looked_up_once_and_the_connection_goes_where_it_was_checked(site) -> None:
    """DNS rebinding: the second answer would be inside, and is never asked for."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b"ok")

    server = await site(answer)
    names = Names(feeds_example=[HERE, "10.0.0.1", "10.0.0.1"])
    assert (await Fetcher(names, tried).fetch(at(server))).body == b"ok"
    assert names.asked == ["feeds.example"]


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        ("http://169.254.169.254/latest/meta-data/", say.INWARD),
        ("http://[::1]/", say.INWARD),
        ("http://inside.example/", say.INWARD),
        ("//10.0.0.1/", say.INWARD),
        ("file:///etc/passwd", say.NOT_A_PAGE),
        ("", say.TOO_MANY_REDIRECTS),
        ("/again", say.TOO_MANY_REDIRECTS),
    ],
)
async def test_a_redirect_is_checked_like_the_first_address(site, target: str, cause: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    server = await site(answer)
    assert await refused(fetcher(inside_example=["10.0.0.1"]).fetch(at(server))) == cause


async def test_a_name_that_changes_between_redirects_is_checked_again(site) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/again"})

    server = await site(answer)
    assert await refused(fetcher(feeds_example=[HERE, "10.0.0.1"]).fetch(at(server))) == say.INWARD


async def test_few_redirects_are_followed(site) -> None:
    async def answer(request: web.Request) -> web.Response:
        step = int(request.path.strip("/") or 0)
        if step == REDIRECTS:
            return web.Response(body=b"there")
        return web.Response(status=301, headers={"Location": f"/{step + 1}"})

    server = await site(answer)
    assert (await fetcher().fetch(at(server, path="/0"))).body == b"there"


async def test_a_huge_page_is_left_off(site) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(LARGEST // 65536 + 2):
            await response.write(b"x" * 65536)
        return response

    server = await site(answer)
    assert await refused(fetcher().fetch(at(server))) == say.TOO_LARGE.format(most=2)


async def test_a_page_that_never_ends_is_given_up(site) -> None:
    gone = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"<rss>")
        await gone.wait()
        return response

    server = await site(answer)
    hurried = Fetcher(Names(feeds_example=[HERE]), tried, seconds=0.3)
    assert await refused(hurried.fetch(at(server))) == say.SLOW.format(seconds=0)
    gone.set()


@pytest.mark.parametrize(
    ("status", "headers", "cause"),
    [
        (404, {}, say.STATUS.format(status=404)),
        (500, {}, say.STATUS.format(status=500)),
        (200, {"Content-Encoding": "gzip"}, say.PACKED),
    ],
)
async def test_what_is_no_plain_page_is_refused(
    site, status: int, headers: dict[str, str], cause: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, body=b"\x1f\x8b", headers=headers)

    server = await site(answer)
    assert await refused(fetcher().fetch(at(server))) == cause


async def test_a_site_that_is_away_is_said_to_be() -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    assert "连不上" in await refused(Fetcher(nobody).fetch("http://feeds.example/rss"))


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="172.16.0.0/12")
       | st.ip_addresses(v=4, network="192.168.0.0/16") | st.ip_addresses(v=4, network="169.254.0.0/16")
       | st.ip_addresses(v=4, network="127.0.0.0/8") | st.ip_addresses(v=4, network="100.64.0.0/10")
       | st.ip_addresses(v=6, network="fc00::/7") | st.ip_addresses(v=6, network="fe80::/10")
       | st.ip_addresses(v=6, network="::ffff:0:0/96") | st.ip_addresses(v=6, network="64:ff9b::/96")
       | st.ip_addresses(v=6, network="2002::/16"))  # fmt: skip
def test_no_address_of_the_inside_is_public(address: object) -> None:
    assert not public(str(address))


def test_what_is_no_address_is_not_public() -> None:
    assert [public(text) for text in ("", "example.org", "1.1.1", "1.1.1.1%eth0")] == [False] * 4
