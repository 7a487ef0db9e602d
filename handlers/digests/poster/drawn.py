"""Pages drawn, where this installation can."""

from handlers.digests.poster import phrases
from handlers.digests.poster.page import Page, Picture

LIBRARIES = frozenset({"PIL", "borax", "manimgx_fonts_cjk"})
"""What the extra `poster` brings."""


def drawn(page: Page) -> Picture:
    """The page as a picture: a second of work, not for an event loop. Raises `phrases.NoPoster`."""
    try:
        from handlers.digests.poster.drawing import draw

        return draw(page)
    except ModuleNotFoundError as error:
        if error.name not in LIBRARIES:
            raise
        raise phrases.NoPoster from error
