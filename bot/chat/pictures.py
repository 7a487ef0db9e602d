"""Pictures that people send in private: had from their channel, and only when a feature has asked for this one."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Protocol, runtime_checkable

from bot.chat import phrases
from bot.chat.bare_picture import Picture, bare
from bot.chat.channel import Channel
from bot.chat.command import service
from bot.chat.errors import BadInput, ChannelError, TooLarge
from bot.chat.reply import Reply
from bot.chat.update import Update
from storage.members import Member
from storage.uow import UnitOfWork

log = logging.getLogger(__name__)

PATIENCE = 3.0
"""Seconds a picture may take: what is behind them has to fit into the reply budget as well."""

Keep = Callable[[UnitOfWork, Picture], Reply]
"""What is done with the picture, in the transaction of the answer."""

Wants = Callable[[UnitOfWork, Member], Keep | None]
"""Whether a picture of this member is wanted now, asked before anything is fetched. Raises `DomainError`: wanted, but
no more of them."""


@runtime_checkable
class PictureSource(Protocol):
    """A channel that people can send pictures on."""

    name: str

    async def picture(self, media: str) -> bytes:
        """The bytes behind an update's `media`, at most `bare_picture.LARGEST`. Raises `ChannelError`."""


@service
class Pictures:
    """The channels that give pictures; none before they are open."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        """Seconds a picture may take."""
        self._sources: dict[str, PictureSource] = {}

    def open(self, channels: Iterable[Channel | PictureSource]) -> None:
        self._sources |= {channel.name: channel for channel in channels if isinstance(channel, PictureSource)}

    def takes(self, channel: str) -> bool:
        """Whether a picture sent there can be had."""
        return channel in self._sources

    async def fetch(self, update: Update) -> Picture:
        """The picture of the update, bare. Raises `BadInput` with what to do about it."""
        try:
            async with asyncio.timeout(self.patience):
                sent = await self._sources[update.channel].picture(update.media)
        except TooLarge:
            raise BadInput(phrases.PICTURE_TOO_LARGE) from None
        except (ChannelError, TimeoutError) as error:
            log.warning("picture_lost", extra={"channel": update.channel, "reason": type(error).__name__})
            raise BadInput(phrases.PICTURE_LOST) from None
        return await asyncio.to_thread(bare, sent)
