"""The least an HTTP server can do, to measure the bot against: `python -m tests.bench.hello PORT`."""

import sys

from aiohttp import web


async def hello(request: web.Request) -> web.Response:
    """Read the request whole and say one word."""
    await request.read()
    return web.Response(text="success")


def main() -> None:
    app = web.Application()
    app.router.add_post("/wechat", hello)
    app.router.add_get("/readyz", hello)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
