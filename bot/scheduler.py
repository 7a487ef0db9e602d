"""The clock of scheduled work: APScheduler ticks, our tables decide.

Its own job store keeps nothing: what ran is a row that one process can insert (`storage.ticks`, `storage.digests`),
so a restart, a clock jump or a second process changes nothing.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)

EVERY = 15
"""Seconds between ticks."""

Job = Callable[[], Awaitable[object]]


class Scheduler:
    """Calls every job at each tick; a job that fails is logged and called again at the next."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        self._jobs = jobs
        self._scheduler = AsyncIOScheduler()

    def start(self) -> None:
        self._scheduler.add_job(
            self.tick, "interval", seconds=EVERY, max_instances=1, coalesce=True, misfire_grace_time=None
        )
        self._scheduler.start()

    def close(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        for name, job in self._jobs.items():
            try:
                await job()
            except Exception:  # a worker's outermost loop: the next tick tries again
                log.exception("job_failed", extra={"job": name})
