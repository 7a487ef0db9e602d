"""The clock of scheduled work: APScheduler ticks, our tables decide.

Its own job store keeps nothing: what ran is a row that one process can insert (`storage.ticks`, `storage.digests`),
so a restart, a clock jump or a second process changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)

EVERY = 15
"""Seconds between ticks."""

PARTING = 5.0
"""Seconds a closing scheduler waits for the job that runs; the jobs after it wait for the next start."""

Job = Callable[[], Awaitable[object]]


class Scheduler:
    """Calls every job at each tick; a job that fails is logged and called again at the next."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        self._jobs = jobs
        self._scheduler = AsyncIOScheduler()
        self._ticking = asyncio.Lock()
        self._closing = False

    def start(self) -> None:
        self._scheduler.add_job(
            self.tick, "interval", seconds=EVERY, max_instances=1, coalesce=True, misfire_grace_time=None
        )
        self._scheduler.start()

    async def close(self) -> None:
        """Begin nothing more, and let the job that runs come to its end."""
        self._closing = True
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        await asyncio.sleep(0)  # a tick that was just handed out takes the lock now
        try:
            async with asyncio.timeout(PARTING), self._ticking:
                pass
        except TimeoutError:
            log.warning("tick_cut_off")
        self._scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        async with self._ticking:
            for name, job in self._jobs.items():
                if self._closing:
                    return
                try:
                    await job()
                except Exception:  # a worker's outermost loop: the next tick tries again
                    log.exception("job_failed", extra={"job": name})
