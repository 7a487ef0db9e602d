"""A server as `python -m bot serve` makes it, with knobs that the real one has not.

`--shift`: seconds its clock runs ahead. `--every`: seconds between ticks. `--slow`: seconds that a message
ending in 慢 takes, and `--budget`: seconds a callback waits for its answer. `--careless 1`: it answers before
it commits, which the tests have to find out.
"""

import argparse
import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bot import logs, scheduler
from bot.app import App, serve
from bot.chat.gate import REPLY_BUDGET, Gate
from bot.chat.reply import Reply
from bot.chat.update import Update
from bot.cli.chat import ShiftedClock
from bot.clock import SystemClock
from bot.settings import read_settings
from storage.database import Database
from storage.uow import Cause, UnitOfWork

SLOW = "慢"

Answer = Callable[[Update], Awaitable[Reply]]


def knobs(
    *,
    shift: float = 0,
    every: float = 0.2,
    budget: float = REPLY_BUDGET,
    slow: float = 0,
    careless: bool = False,
) -> tuple[str, ...]:
    """The command that runs this module with these knobs."""
    return (
        "tests.reliability.stage", "--shift", str(shift), "--every", str(every), "--budget", str(budget),
        "--slow", str(slow), "--careless", str(int(careless)),
    )  # fmt: skip


class Careless(Database):
    """Answers with what a use case would come to, and carries it out a little later."""

    async def carry_out(self, call: Callable[[UnitOfWork], Any], cause: Cause) -> Any:
        result = await self.read(call)
        later = asyncio.create_task(self._later(call, cause))
        self._unfinished = {*getattr(self, "_unfinished", ()), later}
        return result

    async def _later(self, call: Callable[[UnitOfWork], Any], cause: Cause) -> None:
        await asyncio.sleep(0.1)
        await super().carry_out(call, cause)


def _slowed(answer: Answer, seconds: float) -> Answer:
    async def slowly(update: Update) -> Reply:
        if update.text.endswith(SLOW):
            await asyncio.sleep(seconds)
        return await answer(update)

    return slowly


async def _serve(app: App) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve(app, app.settings.bot_host, app.settings.bot_port, started=lambda _url: None, stop=stop)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--shift", "--every", "--budget", "--slow", "--careless"):
        parser.add_argument(name, type=float, required=True)
    asked = parser.parse_args()
    settings = read_settings()
    logs.set_up(settings.bot_log_level, settings.bot_log_format)
    scheduler.EVERY = asked.every
    clock = ShiftedClock(SystemClock(settings.bot_timezone), timedelta(seconds=asked.shift))
    app = App.open(settings, clock)
    app.gate = Gate(_slowed(app.dispatcher.answer, asked.slow), app.database, budget=asked.budget)
    if asked.careless:
        app.database.__class__ = Careless
    try:
        asyncio.run(_serve(app))
    finally:
        app.close()


if __name__ == "__main__":
    main()
