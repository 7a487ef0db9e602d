"""A picture keeps what is seen and nothing else; what is none is refused with a sentence, whatever it is."""

import contextlib
import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.chat import phrases
from bot.chat.bare_picture import LARGEST, Picture, bare
from bot.chat.errors import BadInput
from tests.pictures import SECRET, chunk, jpeg, png, points

CALM = settings(deadline=None, derandomize=True, max_examples=300)
SAMPLES = {
    "jpg": jpeg(), "jpg, progressive": jpeg(progressive=True), "png": png(), "plain jpg": jpeg(told=False),
    "plain png": png(told=False),
}  # fmt: skip
MARKERS = b"\xff\xd8\xff\xd9\xff\xda\xff\xe1\xff\xc0"


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_seen_stays_and_nothing_else(name: str) -> None:
    sent = SAMPLES[name]
    found = bare(sent)
    assert found.kind == ("jpg" if "jpg" in name else "png")
    assert points(found.body) == points(sent)
    assert [
        word for word in (SECRET, zlib.compress(SECRET), b"Exif", b"2026:03:06") if word in found.body
    ] == []
    assert bare(found.body) == found


def test_the_samples_do_tell_something() -> None:
    assert [SECRET in SAMPLES[name] for name in ("jpg", "jpg, progressive", "png")] == [True] * 3


@pytest.mark.parametrize("turned", range(10))
def test_which_way_is_up_is_all_that_is_kept_of_exif(turned: int) -> None:
    sent = jpeg(turned=turned)
    found = bare(sent).body
    with Image.open(io.BytesIO(found)) as image:
        assert dict(image.getexif()) == ({0x0112: turned} if 2 <= turned <= 8 else {})
    assert (points(found), SECRET in found, bare(found).body) == (points(sent), False, found)


def test_which_way_is_up_is_read_in_either_order_of_bytes() -> None:
    plain = jpeg(told=False)
    little = b"II*\0\x08\0\0\0\1\0" + b"\x12\1\3\0\1\0\0\0\6\0\0\0" + b"\0\0\0\0"
    big = b"MM\0*\0\0\0\x08\0\1" + b"\1\x12\0\3\0\0\0\1\0\6\0\0" + b"\0\0\0\0"
    found = {bare(plain[:20] + b"\xff\xe1\0\x22Exif\0\0" + tiff + plain[20:]).body for tiff in (little, big)}
    assert found == {plain[:20] + b"\xff\xe1\0\x22Exif\0\0" + big + plain[20:]}


@CALM
@given(st.sampled_from([b"II*\0", b"MM\0*"]), st.binary(max_size=60))
def test_any_exif_at_all_is_read(order: bytes, rest: bytes) -> None:
    plain, exif = jpeg(told=False), b"Exif\0\0" + order + rest
    sent = plain[:20] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[20:]
    found = bare(sent).body
    assert points(found) == points(plain)
    assert len(found) in (len(plain), len(plain) + 36)


def test_a_preview_in_the_jfif_header_is_left_out() -> None:
    plain = jpeg(told=False)
    assert plain[2:4] == b"\xff\xe0"
    preview = b"\xff\xe0" + (16 + 3).to_bytes(2, "big") + plain[6:18] + b"\x01\x01" + b"abc"
    assert bare(plain[:2] + preview + plain[20:]) == bare(plain) == Picture(plain, "jpg")


def _refusal(sent: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        bare(sent)
    return caught.value.sentence


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        jpeg(told=False)[:-2],
        b"\xff\xd8\xff\xd9",
        png(told=False)[:-12],
        png(told=False)[:-1] + b"\0",
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"IEND", b""),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"x") + chunk(b"IEND", b""),
        png(told=False)[:33] + chunk(b"EVIL", b"x") + png(told=False)[33:],
        png(told=False)[:33] + png(told=False)[8:],
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\x7f\xff\xff\xff" * 2 + b"\x08\x02\0\0\0") + png()[33:],
    ],
)
def test_what_is_no_picture_is_refused(sent: bytes) -> None:
    assert _refusal(sent) == phrases.NOT_A_PICTURE


def test_the_largest_is_taken_and_one_byte_more_is_not() -> None:
    plain = jpeg(told=False)
    largest = plain + bytes(LARGEST - len(plain))
    assert bare(largest).body == plain
    assert _refusal(largest + b"\0") == phrases.PICTURE_TOO_LARGE


@CALM
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_a_picture_cut_short_is_refused(name: str, data: st.DataObject) -> None:
    whole = bare(SAMPLES[name]).body
    assert _refusal(whole[: data.draw(st.integers(0, len(whole) - 1))]) == phrases.NOT_A_PICTURE


@CALM
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_a_changed_picture_is_refused_or_bare(name: str, data: st.DataObject) -> None:
    sent = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(
            st.sampled_from(MARKERS) | st.integers(0, 255)
        )
    with contextlib.suppress(BadInput):
        found = bare(bytes(sent))
        assert bare(found.body) == found


@CALM
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"]),
    st.binary(max_size=200) | st.lists(st.sampled_from(MARKERS)).map(bytes),
)
def test_anything_at_all_is_refused(start: bytes, rest: bytes) -> None:
    with contextlib.suppress(BadInput):
        bare(start + rest)
