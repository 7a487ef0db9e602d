"""Pages drawn, where this installation can."""

from dataclasses import dataclass

from handlers.digests.poster import phrases
from handlers.digests.poster.page import Page

LIBRARIES = frozenset({"PIL", "borax", "manimgx_fonts_cjk"})
"""What the extra `poster` brings."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and its size in pixels."""

    body: bytes
    width: int
    height: int


def drawn(page: Page) -> Picture:
    """The page as a picture: a second of work, not for an event loop. Raises `phrases.NoPoster`."""
    try:
        from handlers.digests.poster.drawing import draw

        return draw(page)
    except ModuleNotFoundError as error:
        if error.name not in LIBRARIES:
            raise
        raise phrases.NoPoster from error
