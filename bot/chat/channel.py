"""What a channel is: one module a platform under `bot.channels`, one class, one line in `bot.app`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot.chat.reply import Part
from bot.chat.update import Update


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to reach on one channel: a person's account id there, a group's id there, or a group's webhook.

    `mentions` are account ids to be called by @. Neither is ever shown: ids and webhooks stay out of logs.
    """

    external_id: str = field(repr=False)
    group: bool = False
    mentions: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Window:
    """At most `messages` in any `seconds` for what `bucket` names (a chat, a robot, a whole account)."""

    bucket: str
    messages: int
    seconds: int


class Answering(Protocol):
    """How a channel hands an update to the engine (`bot.chat.gate.Gate.answer`)."""

    async def answer(self, update: Update) -> Sequence[Part] | None:
        """The parts to say now; empty for silence; None: not ready in time, the answer will follow by the outbox."""

    async def later(self, update: Update, parts: Sequence[Part]) -> None:
        """Queue, durably, the rest of an answer that does not fit into the passive reply to `update`.

        Called again for the same update (a delivery repeated) it queues nothing twice.
        """

    async def known(self, channel: str, key: str) -> bool:
        """Whether this update was seen before (its stored reply is given whatever its time says)."""


class Alarm(Protocol):
    """How a channel calls for the operator: something has to be changed by hand before it can work again."""

    async def sound(self, key: str, sentence: str) -> None:
        """Log it, keep it for `doctor`, and tell the operators once. `key`: one fault, however often it is met."""

    async def clear(self, key: str) -> None:
        """The fault is gone."""


class Pacing(Protocol):
    """What keeps us below the platform's limits, on all replicas together: a surplus is dropped there in silence."""

    async def take(self, windows: Sequence[Window]) -> None:
        """Count one message in every window. Raises `Throttled` with `after` when one is full; none is counted then."""


class Channel(Protocol):
    """A platform, from our side."""

    name: str

    def routes(self) -> Sequence[web.RouteDef]:
        """HTTP routes the platform calls; may be empty."""

    async def start(self) -> None:
        """Open what has to stay open. Called once, before `send`."""

    def ready(self) -> bool:
        """Whether this process can send now (a connection that one replica holds may be elsewhere)."""

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        """What `parts` becomes on this platform: messages within its limits, in order, each one call.

        Degrades card → markdown → text. The same parts give the same messages, so that a retry goes on
        where the attempt before it stopped.
        """

    def windows(self, to: Recipient) -> Sequence[Window]:
        """The limits a message to `to` counts against, a margin below the platform's own."""

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        """Deliver one message of `render` now; returns the platform's id of it, empty where it gives none.

        `key` identifies the message where the platform can de-duplicate.

        Raises `Throttled` or `Unreachable` (known not delivered; `Misconfigured` until the operator acts),
        `Undeliverable` (never will be; `Removed` from the group, `WindowClosed` until the person speaks),
        `OutcomeUnknown` (may have been delivered). Returning means: the platform took it.
        """

    async def close(self) -> None:
        """Release connections."""
