"""The sealed envelope, against public vectors, an implementation of our own tests, and wechatpy."""

import base64
import hashlib
import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from bot.channels.wire.crypto import Envelope, Seal
from bot.channels.wire.xml import read_fields
from bot.chat.errors import Forged, Malformed
from tests.platform.seal import Sealer, signature

VECTORS = Path(__file__).parents[3] / "shared" / "protocol" / "vectors.json"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx0123456789abcdef"
RANDOM16 = b"0123456789abcdef"

ours = Envelope("token", KEY, APP_ID)
theirs = Sealer(KEY, APP_ID)


def shared(group: str) -> list[Any]:
    """The vectors of one group; a single skipped case where the file is absent."""
    if not VECTORS.exists():
        absent = pytest.mark.skip(reason=f"public vectors are not on this machine: {VECTORS}")
        return [pytest.param(None, marks=absent, id=group)]
    found = json.loads(VECTORS.read_text())[group]
    return [
        pytest.param(vector, id=vector["id"]) for vector in (found if isinstance(found, list) else [found])
    ]


def envelope(vector: dict[str, str]) -> Envelope:
    return Envelope(vector["token"], vector["encoding_aes_key"], vector["receive_id"])


# -- public vectors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", shared("sha1"))
def test_public_signatures(vector: dict[str, Any]) -> None:
    parts = vector["parts"]
    first, *others = parts.values() if isinstance(parts, dict) else parts
    assert Seal(first).sign(*others) == vector["sha1"]
    Seal(first).verify(vector["sha1"], *others)
    if "reject" in vector:
        with pytest.raises(Forged):
            Seal(first).verify(vector["reject"], *others)


@pytest.mark.parametrize("vector", shared("crypto"))
def test_public_envelopes_open_and_close(vector: dict[str, str]) -> None:
    sealer = envelope(vector)
    sealer.verify(vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["ciphertext"])
    assert sealer.decrypt(vector["ciphertext"]) == vector["plaintext"]
    random16 = bytes.fromhex(vector["random16_hex"])
    assert sealer.encrypt(vector["plaintext"], random16) == vector["ciphertext"]


@pytest.mark.parametrize("vector", shared("crypto_large"))
def test_the_largest_public_envelope(vector: dict[str, Any]) -> None:
    sealer = envelope(vector)
    plain = "政策" * 3413
    assert hashlib.sha256(plain.encode()).hexdigest() == vector["plaintext_sha256"]
    sealed = sealer.encrypt(plain, bytes.fromhex(vector["random16_hex"]))
    assert len(sealed) == vector["ciphertext_length"]
    assert hashlib.sha256(sealed.encode()).hexdigest() == vector["ciphertext_sha256"]
    assert sealer.sign(vector["timestamp"], vector["nonce"], sealed) == vector["msg_signature"]
    assert sealer.decrypt(sealed) == plain


@pytest.mark.parametrize("vector", shared("crypto_reject"))
def test_public_envelopes_that_must_be_refused(vector: dict[str, str]) -> None:
    sealer = envelope(vector)
    signed = (vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["ciphertext"])
    if vector["expect"] == "reject_signature":
        with pytest.raises(Forged):
            sealer.verify(*signed)
        return
    sealer.verify(*signed)
    with pytest.raises(Forged if vector["expect"] == "reject_receive_id" else Malformed):
        sealer.decrypt(vector["ciphertext"])


# -- our own vectors: never empty --------------------------------------------------------------------


def test_the_signature_is_the_plain_sha1_of_the_sorted_parts() -> None:
    assert Seal("c").sign("a", "b") == "a9993e364706816aba3e25717850c26c9cd0d89d"  # FIPS 180: "abc"
    assert Seal("token").sign("1772672400", "n") == signature("n", "token", "1772672400")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("A9993E364706816ABA3E25717850C26C9CD0D89D", id="upper case"),
        pytest.param("a9993e364706816aba3e25717850c26c9cd0d89e", id="one digit"),
        pytest.param("a9993e364706816aba3e25717850c26c9cd0d89", id="short"),
        pytest.param("", id="empty"),
        pytest.param("ａ9993e364706816aba3e25717850c26c9cd0d89d", id="full-width"),
        pytest.param("\udcff", id="lone surrogate"),
    ],
)
def test_only_the_exact_signature_is_taken(wrong: str) -> None:
    with pytest.raises(Forged):
        Seal("c").verify(wrong, "a", "b")


@given(st.integers(0, 39), st.sampled_from("0123456789abcdef"))
def test_every_changed_digit_of_a_signature_is_refused(place: int, digit: str) -> None:
    right = Seal("c").sign("a", "b")
    changed = right[:place] + digit + right[place + 1 :]
    if changed != right:
        with pytest.raises(Forged):
            Seal("c").verify(changed, "a", "b")


@pytest.mark.parametrize("length", range(33))
def test_every_padding_length_agrees_with_the_other_implementation(length: int) -> None:
    text = "x" * length
    assert ours.encrypt(text, RANDOM16) == theirs.seal(text, RANDOM16)
    assert ours.decrypt(theirs.seal(text, RANDOM16)) == text


def head(length: int) -> bytes:
    return RANDOM16 + length.to_bytes(4, "big")


def with_spare_bits(ciphertext: str) -> str:
    """The same bytes in base64 that is not canonical: the bits that mean nothing are set."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    digits = ciphertext.rstrip("=")
    spare = alphabet[alphabet.index(digits[-1]) + 1]
    changed = f"{digits[:-1]}{spare}{ciphertext[len(digits) :]}"
    assert base64.b64decode(changed, validate=True) == base64.b64decode(ciphertext)
    return changed


@pytest.mark.parametrize(
    "ciphertext",
    [
        pytest.param("", id="empty"),
        pytest.param("@@@", id="not base64"),
        pytest.param("政策", id="not ASCII"),
        pytest.param(theirs.seal("x", RANDOM16)[:-4], id="cut"),
        pytest.param(theirs.seal("x", RANDOM16) + "\n", id="line end"),
        pytest.param(theirs.seal("x" * 5, RANDOM16) + "AAAA", id="excess"),
        pytest.param(with_spare_bits(theirs.seal("", RANDOM16)), id="spare bits"),
        pytest.param("AAAAAAAAAAAAAAAAAAAAAA==", id="half a block"),
        pytest.param(theirs.seal_blocks(bytes(32)), id="padding 0"),
        pytest.param(theirs.seal_blocks(bytes(31) + b"\x21"), id="padding 33"),
        pytest.param(theirs.seal_blocks(head(5) + b"hello\0\0\0\0\0\0\x07"), id="uneven padding"),
        pytest.param(theirs.seal_blocks(b"\x20" * 32), id="nothing but padding"),
        pytest.param(theirs.seal_raw(b"x" * 19), id="no room for the length"),
        pytest.param(theirs.seal_raw(head(6) + b"hello"), id="length one too big"),
        pytest.param(theirs.seal_raw(head(2**32 - 1) + b"hello"), id="length 2^32 - 1"),
        pytest.param(theirs.seal_raw(head(2) + b"\xff\xfe" + APP_ID.encode()), id="not UTF-8"),
        pytest.param(theirs.seal_raw(head(3) + b"\xed\xa0\x80" + APP_ID.encode()), id="surrogate"),
    ],
)
def test_malformed_envelopes_are_refused(ciphertext: str) -> None:
    with pytest.raises(Malformed):
        ours.decrypt(ciphertext)


@pytest.mark.parametrize("owner", ["", "wx0123456789abcdeF", "wx0123456789abcde", "wx0123456789abcdef\0"])
def test_an_envelope_for_someone_else_is_forged(owner: str) -> None:
    with pytest.raises(Forged):
        ours.decrypt(theirs.seal("hello", RANDOM16, receive_id=owner))


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "H", KEY[:-1] + "!", KEY[:-1] + "政"])
def test_a_wrong_key_fails_at_start(key: str) -> None:
    with pytest.raises(ValueError):
        Envelope("token", key, APP_ID)


def test_secrets_are_not_shown() -> None:
    assert repr(Envelope("token-secret", KEY, APP_ID)) == f"Envelope(receive_id={APP_ID!r})"


# -- wechatpy, both ways -----------------------------------------------------------------------------


@given(st.text(min_size=1), st.binary(min_size=16, max_size=16), st.sampled_from(["", APP_ID, "ww12"]))
def test_what_we_seal_wechatpy_opens(text: str, random16: bytes, receive_id: str) -> None:
    sealed = Envelope("token", KEY, receive_id).encrypt(text, random16)
    crypto = WeChatCrypto("token", KEY, receive_id)
    assert PrpCrypto(crypto.key).decrypt(sealed, receive_id) == text


@given(st.text(min_size=1), st.sampled_from(["", APP_ID, "ww12"]))
def test_what_wechatpy_seals_we_open(text: str, receive_id: str) -> None:
    crypto = WeChatCrypto("token", KEY, receive_id)
    document = crypto.encrypt_message(text, "nonce", "1772672400")
    names = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")
    fields = read_fields(document.encode(), names)
    sealer = Envelope("token", KEY, receive_id)
    sealer.verify(fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
    assert sealer.decrypt(fields["Encrypt"]) == text


@given(st.binary(max_size=200))
def test_no_content_raises_anything_else(content: bytes) -> None:
    for ciphertext in (theirs.seal_raw(content), content.decode("latin-1")):
        try:
            ours.decrypt(ciphertext)
        except (Forged, Malformed):
            continue
