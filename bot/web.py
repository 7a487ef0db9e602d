"""The HTTP server: the channels' routes, health and metrics."""

import ipaddress
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.chat.channel import Channel
from storage.base import DatabaseAway, reason

log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes of a request body the server reads at all; webhooks cap theirs far lower."""

Ready = Callable[[], Awaitable[dict[str, bool]]]


def build(
    channels: Iterable[Channel], ready: Ready, registry: CollectorRegistry, metrics_token: str
) -> web.Application:
    """All routes of the product. `ready` names each thing that must be in order, and whether it is."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_unavailable])
    for channel in channels:
        app.add_routes(channel.routes())

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        checks = await ready()
        return web.json_response(checks, status=200 if all(checks.values()) else 503)

    async def metrics(request: web.Request) -> web.Response:
        if not _may_read_metrics(request, metrics_token):
            raise web.HTTPForbidden(text="forbidden")
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app


@web.middleware
async def _unavailable(request: web.Request, handler: Handler) -> web.StreamResponse:
    """503 while the database is away: what is not acknowledged, a platform sends again."""
    try:
        return await handler(request)
    except DatabaseAway as error:
        log.warning("unavailable", extra={"path": request.path, "reason": reason(error)})
        return web.Response(status=503, text="Unavailable.", headers={"Retry-After": "5"})


def _may_read_metrics(request: web.Request, token: str) -> bool:
    """From this machine and not through a proxy on it, or with the bearer token."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and secrets.compare_digest(given.encode(), token.encode()):
        return True
    peer = request.transport.get_extra_info("peername") if request.transport else None
    direct = "X-Forwarded-For" not in request.headers and "Forwarded" not in request.headers
    return direct and peer is not None and ipaddress.ip_address(peer[0]).is_loopback
