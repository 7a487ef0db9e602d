"""Files that people send an intelligent robot: had from the address their message names, and opened.

W100719 names no hosts, so the address is an https one on the public network, or one at the very gateway the operator
has set; whatever a message says, nothing else is asked.
"""

from urllib.parse import urlsplit

from bot.channels.wire import aibot_messages as wire
from bot.channels.wire.crypto import BLOCK, open_file
from bot.chat.bare_picture import LARGEST
from bot.chat.errors import TooLarge, Unreachable
from bot.fetching import Fetcher, Oversized, Unfetchable

PORTS = {"ws": 80, "wss": 443}


def platform(gateway: str = "") -> Fetcher:
    """What asks the platform. `gateway`: the address of the long connection."""
    parts = urlsplit(gateway)
    trusted = [f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}"] if parts.scheme in PORTS else []
    return Fetcher(most=LARGEST + BLOCK, sealed=True, trusted=trusted)


class AibotFiles:
    """`key`: what a file is sealed with that has no key of its own (URL mode)."""

    def __init__(self, fetcher: Fetcher, key: str = "") -> None:
        self._fetcher = fetcher
        self._key = key

    async def picture(self, media: str) -> bytes:
        """The bytes behind an update's `media`. Raises `TooLarge`, `Unreachable`, `Malformed`."""
        address, key = wire.where(media)
        try:
            found = await self._fetcher.fetch(address)
        except Oversized as error:
            raise TooLarge(str(error)) from None
        except Unfetchable as error:
            raise Unreachable(str(error)) from None
        return open_file(found.body or b"", key or self._key)
