"""The typeface of pictures: Noto Sans CJK SC, from the package that carries it. Needs the extra `poster`."""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import as_file, files
from threading import Lock

from PIL import ImageFont

SIMPLIFIED = 2
"""The place of the SC face in the collection."""

ONE_AT_A_TIME = Lock()
"""A face of the font library is not for two threads: whoever draws takes this."""

_PACKAGE, _FILE = "manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc"
_NOWHERE = "\U0010fffd"
"""A private code point no face has: what is drawn for it stands for every missing mark."""


@lru_cache(maxsize=16)
def face(size: int, weight: int) -> ImageFont.FreeTypeFont:
    """`size` in pixels, `weight` 100 … 900. Raises `ModuleNotFoundError` without the font's package."""
    with as_file(files(_PACKAGE) / _FILE) as path:
        font = ImageFont.truetype(str(path), size, index=SIMPLIFIED, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([weight])
    return font


def shown(text: str) -> str:
    """`text` without what the face cannot draw (emoji, rare marks) and what shows nothing; spaces become one."""
    has = _drawn()
    return " ".join("".join(mark for mark in text if mark.isspace() or has(mark)).split())


@lru_cache(maxsize=1)
def _drawn() -> Callable[[str], bool]:
    font = face(24, 400)
    missing = bytes(font.getmask(_NOWHERE))

    @lru_cache(maxsize=4096)
    def drawn(mark: str) -> bool:
        return unicodedata.category(mark) not in {"Cc", "Cf", "Cs", "Cn", "Me", "Mn", "Sk"} and (
            bytes(font.getmask(mark)) != missing
        )

    return drawn
