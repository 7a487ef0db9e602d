"""Pictures of a few points, with and without what a camera writes beside them."""

import io
import zlib

from PIL import Image, PngImagePlugin

SECRET = b"GPS 26.15N 119.25E 2026-03-06 16:00"
POINTS = [(number * 11 % 256, number * 7 % 256, number * 5 % 256) for number in range(16 * 8)]


def _image() -> Image.Image:
    image = Image.new("RGB", (16, 8))
    image.putdata(POINTS)
    return image


def jpeg(*, told: bool = True, progressive: bool = False, turned: int = 1) -> bytes:
    """`told`: with EXIF, a comment, a colour profile, and a film behind the end. `turned`: EXIF's orientation."""
    file = io.BytesIO()
    if not told:
        _image().save(file, "JPEG", progressive=progressive)
        return file.getvalue()
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x0132] = "2026:03:06 16:00:00"
    exif[0x0112] = turned
    _image().save(
        file, "JPEG", exif=exif, comment=SECRET, icc_profile=SECRET, progressive=progressive, dpi=(72, 72)
    )
    return file.getvalue() + SECRET


def png(*, told: bool = True) -> bytes:
    """`told`: with text, EXIF, a time, and something behind the end."""
    file, info = io.BytesIO(), PngImagePlugin.PngInfo()
    if not told:
        _image().save(file, "PNG")
        return file.getvalue()
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("Place", SECRET.decode(), zip=True)
    info.add(b"tIME", b"\x07\xea\x03\x06\x10\x00\x00")
    _image().save(file, "PNG", pnginfo=info, exif=exif)
    return file.getvalue() + SECRET


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    sum_of = zlib.crc32(name + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + name + content + sum_of


def points(picture: bytes) -> bytes:
    """What is seen."""
    with Image.open(io.BytesIO(picture)) as image:
        return image.convert("RGB").tobytes()
