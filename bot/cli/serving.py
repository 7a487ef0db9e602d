"""`serve`: listen, tick and deliver until stopped."""

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.session import Failure, clock_of, note, reported, settings
from bot.phrases import cli as say

if TYPE_CHECKING:
    from bot.app import App


def serve(
    host: Annotated[str | None, typer.Option(help="BOT_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="BOT_PORT", min=1, max=65535)] = None,
) -> None:
    """Start the service and stay until SIGINT or SIGTERM."""
    from bot.app import AlreadyServing, App, lock_of, open_database
    from bot.phrases import settings as settings_say
    from bot.settings import LOOPBACK

    found = settings()
    host, port = host or found.bot_host, port or found.bot_port
    if found.dev and host not in LOOPBACK:
        raise Failure(settings_say.DEV_LOOPBACK)
    clock = clock_of(found)
    with reported():
        database = open_database(found, clock)
        try:
            lock = lock_of(database)
        except AlreadyServing as error:
            raise Failure(say.ALREADY_SERVING.format(path=error)) from None
        finally:
            database.close()
        app = App.open(found, clock)
        try:
            asyncio.run(_serve(app, host, port))
        finally:
            app.close()
            if lock is not None:
                lock.release()


async def _serve(app: "App", host: str, port: int) -> None:
    from bot.app import serve as run

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:  # Windows has no such handlers; Ctrl-C still interrupts
            break

    def started(url: str) -> None:
        note(say.STARTED.format(url=url))
        if app.settings.dev:
            note(say.SIMULATOR.format(url=url))

    try:
        await run(app, host, port, started=started, stop=stop)
    except OSError as error:
        taken = error.errno in (48, 98, 10048)
        sentence = (
            say.PORT_TAKEN.format(port=port)
            if taken
            else say.CANNOT_LISTEN.format(host=host, port=port, error=error.strerror)
        )
        raise Failure(sentence) from error
