"""The robot's one line: who among the replicas holds it, and how it is taken up again.

The platform allows one connection a robot; a second one throws the first out. So a replica takes the lease,
then connects; it stops sending before the lease can be another's, whatever the database or the platform do.

    LOST      connect again, after a pause of 1, 2, 4 … 60 s with chance in it
    REPLACED  somebody who does not know our lease is there: minutes of pause, and an alarm
    REFUSED   stop, and an alarm: only the operator can help
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.channels import phrases as say
from bot.channels.wire.aibot_connection import Access, AibotConnection, Callback, Ending, Frame, Patience
from bot.chat.channel import Alarm
from bot.chat.errors import Unreachable
from bot.clock import Clock
from storage.database import Database

log = logging.getLogger(__name__)

LEASE: Final = "wecom_aibot"
REFUSED_ALARM: Final = "wecom_aibot:credentials"
REPLACED_ALARM: Final = "wecom_aibot:replaced"


@dataclass(frozen=True, slots=True)
class Timing(Patience):
    """Seconds. `margin`: clocks of replicas may differ by less, and a socket takes less to be closed."""

    lease: float = 20.0
    renew: float = 5.0
    margin: float = 5.0
    look: float = 1.0
    """Between looks at a lease that another replica holds."""
    first_pause: float = 1.0
    longest_pause: float = 60.0
    steady: float = 60.0
    """A connection that held so long was a good one: the pauses begin with the first again."""
    hold_off: float = 300.0


class AibotLine:
    """Holds the connection in the background from `start` to `close`, when this process may. `hear`: as there."""

    def __init__(
        self,
        access: Access,
        hear: Callable[[Callback], None],
        timing: Timing,
        *,
        database: Database,
        clock: Clock,
        alarm: Alarm,
    ) -> None:
        self._access = access
        self._database = database
        self._clock = clock
        self._alarm = alarm
        self._hear = hear
        self._timing = timing
        self._me = clock.token(8).hex()
        self._task: asyncio.Task[None] | None = None
        self._connection: AibotConnection | None = None
        self._until = 0.0
        """Of the event loop's clock: behind it the lease may be another's."""
        self._stopped = False

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def ready(self) -> bool:
        return self._connection is not None and self._connection.alive and self._now() < self._until

    async def call(self, cmd: str, body: Frame, request: str | None = None, *, seconds: float = 0.0) -> Frame:
        """As `AibotConnection.call`; `Unreachable` while this process holds no connection."""
        if self._connection is None or not self.ready():
            raise Unreachable(say.ROBOT_AWAY)
        return await self._connection.call(cmd, body, request, seconds=seconds)

    async def close(self) -> None:
        """Hang up, and let another replica take over at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _run(self) -> None:
        while not self._stopped:
            try:
                await self._take_and_hold()
            except Exception:  # a worker's outermost loop: the database may be away for a moment
                log.exception("aibot_line_failed")
            await asyncio.sleep(self._timing.look)

    async def _take_and_hold(self) -> None:
        """Nothing while another holds the lease; else hold the line until the lease or all hope is lost."""
        asked = self._now()
        fence = await self._database.run(
            lambda uow: uow.leases.take(LEASE, self._me, seconds=self._timing.lease)
        )
        if fence is None:
            return
        self._until = asked + self._timing.lease - self._timing.margin
        log.info("aibot_lease_taken", extra={"fence": fence})
        work = [asyncio.create_task(self._keep(fence)), asyncio.create_task(self._stay_connected())]
        try:
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            ends = await asyncio.gather(*work, return_exceptions=True)
            self._connection = None
            await self._database.run(lambda uow: uow.leases.release(LEASE, fence))
            log.info("aibot_lease_released", extra={"fence": fence})
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _keep(self, fence: int) -> None:
        """Renew the lease; returns when it is lost, or when nobody can say in time whether it is."""
        while True:
            await asyncio.sleep(self._timing.renew)
            asked = self._now()
            renewing = self._database.run(
                lambda uow: uow.leases.renew(LEASE, fence, seconds=self._timing.lease)
            )
            try:
                kept = await asyncio.wait_for(renewing, max(self._until - asked, 0))
            except TimeoutError:
                kept = False
            if not kept:
                log.warning("aibot_lease_lost", extra={"fence": fence})
                return
            self._until = asked + self._timing.lease - self._timing.margin

    async def _stay_connected(self) -> None:
        """Returns when the platform does not know us, or another replica came in our place while we stood still."""
        failures = 0
        while True:
            begun = self._now()
            ending = await self._connect()
            if ending is Ending.REFUSED:
                assert self._connection is not None
                self._stopped = True
                await self._alarm.sound(
                    REFUSED_ALARM, say.ROBOT_REFUSED.format(code=self._connection.refusal)
                )
                return
            if ending is Ending.REPLACED and self._now() >= self._until:
                return
            if ending is Ending.REPLACED:
                minutes = round(self._timing.hold_off / 60)
                await self._alarm.sound(REPLACED_ALARM, say.ROBOT_REPLACED.format(minutes=minutes))
                await asyncio.sleep(self._timing.hold_off)
                failures = 0
            else:
                failures = 0 if self._now() - begun >= self._timing.steady else failures + 1
                await asyncio.sleep(self._pause(failures))

    async def _connect(self) -> Ending:
        """One connection, from its beginning to its end."""
        self._connection = connection = AibotConnection(self._access, self._clock, self._hear, self._timing)
        holding = asyncio.create_task(connection.hold())
        watching = asyncio.create_task(self._watch(connection))
        try:
            ending = await holding
            log.info("aibot_connection_ended", extra={"ending": ending.name, "errcode": connection.refusal})
            return ending
        finally:
            for task in (holding, watching):
                task.cancel()
            await asyncio.gather(holding, watching, return_exceptions=True)

    async def _watch(self, connection: AibotConnection) -> None:
        """What was wrong is over: the credentials once we are subscribed, a rival once we stay so."""
        await connection.subscribed.wait()
        log.info("aibot_subscribed")
        await self._alarm.clear(REFUSED_ALARM)
        await asyncio.sleep(self._timing.hold_off)
        await self._alarm.clear(REPLACED_ALARM)

    def _pause(self, failures: int) -> float:
        """After so many failures one after another: growing, half of it chance, so that no two come together."""
        chance: float = int.from_bytes(self._clock.token(2)) / 65536
        doubled = self._timing.first_pause * 2.0 ** min(max(failures - 1, 0), 16)
        return min(doubled, self._timing.longest_pause) * (0.5 + chance / 2)
