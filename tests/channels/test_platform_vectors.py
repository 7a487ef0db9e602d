"""The platform's seal against vectors that others have published; ours is checked elsewhere, on the same file."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.platform.seal import Sealer, signature

FILE = Path(__file__).parents[2].parent / "shared" / "protocol" / "vectors.json"

ABSENT = pytest.mark.skip(reason="the public vectors are not beside this checkout")


def named(group: str) -> list[Any]:
    """The vectors of one group as parameters; one skipped case where the file is absent."""
    if not FILE.exists():
        return [pytest.param(None, marks=ABSENT, id=group)]
    found = json.loads(FILE.read_text())[group]
    return [
        pytest.param(vector, id=vector["id"]) for vector in (found if isinstance(found, list) else [found])
    ]


def sealer(vector: dict[str, Any]) -> Sealer:
    return Sealer(vector["encoding_aes_key"], vector["receive_id"])


def signed(vector: dict[str, Any], ciphertext: str) -> str:
    return signature(vector["token"], vector["timestamp"], vector["nonce"], ciphertext)


@pytest.mark.parametrize("vector", named("crypto"))
def test_it_seals_and_opens_as_others_do(vector: dict[str, Any]) -> None:
    assert signed(vector, vector["ciphertext"]) == vector["msg_signature"]
    assert sealer(vector).open(vector["ciphertext"]) == vector["plaintext"]
    random16 = bytes.fromhex(vector["random16_hex"])
    assert sealer(vector).seal(vector["plaintext"], random16) == vector["ciphertext"]


@pytest.mark.parametrize("vector", named("crypto_reject"))
def test_what_must_be_refused_is_refused(vector: dict[str, Any]) -> None:
    if vector["expect"] == "reject_signature":
        assert signed(vector, vector["ciphertext"]) != vector["msg_signature"]
        return
    with pytest.raises(ValueError, match=r"\S"):
        sealer(vector).open(vector["ciphertext"])


@pytest.mark.parametrize("vector", named("crypto_large"))
def test_a_long_text(vector: dict[str, Any]) -> None:
    plaintext = "政策" * 3413
    assert hashlib.sha256(plaintext.encode()).hexdigest() == vector["plaintext_sha256"]
    sealed = sealer(vector).seal(plaintext, bytes.fromhex(vector["random16_hex"]))
    assert hashlib.sha256(sealed.encode()).hexdigest() == vector["ciphertext_sha256"]
    assert signed(vector, sealed) == vector["msg_signature"]


@pytest.mark.parametrize("vector", named("sha1"))
def test_signatures(vector: dict[str, Any]) -> None:
    parts = vector["parts"]
    made = signature(*(parts.values() if isinstance(parts, dict) else parts))
    assert made == vector["sha1"]
    assert made != vector.get("reject")


def test_an_envelope_without_room_for_its_header_is_nobodys() -> None:
    nobody = Sealer("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "")
    for content in (b"", b"r" * 19):
        with pytest.raises(ValueError, match="not ours"):
            nobody.open(nobody.seal_raw(content))
    assert nobody.open(nobody.seal_raw(b"r" * 16 + bytes(4))) == ""
