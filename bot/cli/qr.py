"""QR codes, drawn here: on the terminal, or as a picture. No service sees what they say."""

import io
from pathlib import Path

PICTURES = (".png", ".svg")


def on_terminal(text: str) -> str:
    """The code in half blocks, two rows a line, light on dark as terminals are."""
    import segno

    drawn = io.StringIO()
    segno.make_qr(text).terminal(drawn, compact=True)
    return drawn.getvalue().rstrip("\n")


def save(text: str, path: Path) -> None:
    """A picture of the code, its kind as the name ends. Raises `OSError`."""
    import segno

    segno.make_qr(text).save(str(path), scale=8)
