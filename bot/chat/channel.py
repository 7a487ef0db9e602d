"""What a channel is: one module a platform under `bot.channels`, one class, one line in `bot.app`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from bot.chat.reply import Text
from bot.chat.update import Update


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to reach on one channel: a person's account id there, or a group's id there."""

    external_id: str
    group: bool = False


class Answering(Protocol):
    """How a channel hands an update to the engine (`bot.chat.gate.Gate.answer`)."""

    async def answer(self, update: Update) -> Sequence[Text] | None:
        """The parts to say now; empty for silence; None: not ready in time, the answer will follow by the outbox."""

    async def later(self, update: Update, parts: Sequence[Text]) -> None:
        """Queue, durably, the rest of an answer that does not fit into the passive reply to `update`.

        Called again for the same update (a delivery repeated) it queues nothing twice.
        """

    async def known(self, channel: str, key: str) -> bool:
        """Whether this update was seen before (its stored reply is given whatever its time says)."""


class Channel(Protocol):
    """A platform, from our side."""

    name: str

    def routes(self) -> Sequence[web.RouteDef]:
        """HTTP routes the platform calls; may be empty."""

    async def send(self, to: Recipient, parts: Sequence[Text], *, key: str) -> None:
        """Deliver now. `key` identifies the message where the platform can de-duplicate.

        Raises `Throttled` or `Unreachable` (known not delivered), `Undeliverable` (never will be),
        `OutcomeUnknown` (may have been delivered). Returning means: the platform took it.
        """

    async def close(self) -> None:
        """Release connections."""
