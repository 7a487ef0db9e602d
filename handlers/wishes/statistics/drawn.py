"""Statistics drawn, where this installation can."""

from handlers.wishes.statistics.rules import Statistics

LIBRARIES = frozenset({"PIL", "manimgx_fonts_cjk"})
"""What the extra `poster` brings and drawing needs."""


def drawn(view: Statistics) -> bytes | None:
    """The PNG: half a second of work, not for an event loop. None without the libraries."""
    try:
        from handlers.wishes.statistics.drawing import draw

        return draw(view)
    except ModuleNotFoundError as error:
        if error.name not in LIBRARIES:
            raise
        return None
