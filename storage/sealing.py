"""Sealing: what says who somebody is lies on the disk under a key that is not on that disk.

A key is a long random setting, so one pass of HKDF (RFC 5869) makes of it what Fernet needs; a slow derivation
defends passwords people choose, and would only slow each start down. Of several keys the first seals and all
open: that is how a key is changed. What is sealed is a Fernet token (AES-128-CBC and HMAC-SHA256).
"""

import base64
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, Engine, String
from sqlalchemy.types import TypeDecorator

from storage.base import StorageError

DEVELOPMENT_KEY = "lianxin-development-key-which-everybody-knows"
"""The key of a demo on one's own machine. It protects nothing, and production refuses to seal with it."""

MARK = "gAAAAA"
"""How every Fernet token begins, until 2106."""

_PURPOSE = b"lianxin/personal-details/1"
_NAMING = b"lianxin/key-fingerprint/1"
_HOLDER = "lianxin_sealer"


class CannotOpen(StorageError):
    """Sealed with a key that is not among ours, or changed since."""


def _derived(key: str, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, None, info).derive(key.encode())


class Sealer:
    """Seals with the first of `keys`, opens with any of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._each = [Fernet(base64.urlsafe_b64encode(_derived(key, _PURPOSE, 32))) for key in keys]
        self._all = MultiFernet(self._each)
        self.fingerprints = tuple(_derived(key, _NAMING, 4).hex() for key in keys)
        """What each key may be called in the open: 8 hexadecimal digits that say nothing of the key."""

    @property
    def fingerprint(self) -> str:
        """That of the key that seals."""
        return self.fingerprints[0]

    def seal(self, words: str) -> str:
        return self._all.encrypt(words.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises `CannotOpen`."""
        try:
            return self._all.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise CannotOpen from None

    def renewed(self, sealed: str) -> str:
        """The same words under the first key, and the very same token where it is. Raises `CannotOpen`."""
        try:
            self._each[0].decrypt(sealed.encode())
        except InvalidToken:
            return self.seal(self.open(sealed))
        return sealed


def hold(engine: Engine, sealer: Sealer) -> None:
    """Let the engine's `Sealed` columns be sealed by it."""
    vars(engine.dialect)[_HOLDER] = sealer


def sealer_of(dialect: Dialect) -> Sealer:
    """The one its engine was given."""
    found = vars(dialect)[_HOLDER]
    assert isinstance(found, Sealer)
    return found


class Sealed(TypeDecorator[str]):
    """A column of words that lie sealed on the disk; "" and NULL stay as they are.

    Words kept in the open by an earlier version are read as they are, until `storage.keys.begin` has sealed them.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return sealer_of(dialect).seal(value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return sealer_of(dialect).open(value) if value and value.startswith(MARK) else value

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """The same words sealed twice are two tokens: a comparison in the database would never hold."""
        if value:
            raise TypeError("a sealed column can only be compared with nothing")
        return super().coerce_compared_value(op, value)
