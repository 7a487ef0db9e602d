"""Signature and sealed envelope of WeChat's message push, strict where wechatpy 1.8.18 is lenient.

Follows 消息加解密说明 (Official Account) and W101033 加解密 (WeCom): AES-256-CBC under the key behind
EncodingAESKey, its first 16 bytes as IV, around
16 random bytes | length, 4 bytes big-endian | message | receive id | PKCS#7 padding to 32 bytes.
wechatpy's cipher class does the AES. Checking every padding byte, the length field, the alphabet and
the receive id is ours: wechatpy and Tencent's sample accept wrong ones.
"""

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass, field

from wechatpy.crypto.base import WeChatCipher

from bot.chat.errors import Forged, Malformed

BLOCK = 32
"""Bytes of one padding block; AES itself works on 16."""

_LENGTH = struct.Struct("!I")
_HEAD = 16 + _LENGTH.size


@dataclass(frozen=True, slots=True)
class Seal:
    """The token shared with the platform, and the signature made with it."""

    token: str = field(repr=False)

    def sign(self, *parts: str) -> str:
        """Lower-case hex SHA-1 of the token and `parts`, sorted by bytes and joined."""
        pieces = sorted(part.encode("utf-8", "surrogatepass") for part in (self.token, *parts))
        return hashlib.sha1(b"".join(pieces), usedforsecurity=False).hexdigest()

    def verify(self, signature: str, *parts: str) -> None:
        """Raise `Forged` unless `signature` is exactly ours. Takes the same time wherever they differ."""
        ours = self.sign(*parts).encode("ascii")
        if not hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), ours):
            raise Forged("the signature is wrong")


@dataclass(frozen=True, slots=True)
class Envelope(Seal):
    """Seals and opens messages for one receive id (AppID, CorpID, or empty for an intelligent robot).

    `encoding_aes_key` is the 43 characters of the platform's page; anything else is a `ValueError`.
    """

    encoding_aes_key: str = field(repr=False)
    receive_id: str
    _cipher: WeChatCipher = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.encoding_aes_key) != 43:
            raise ValueError("an EncodingAESKey has 43 characters")
        key = base64.b64decode(self.encoding_aes_key + "=", validate=True)
        object.__setattr__(self, "_cipher", WeChatCipher(key))

    def decrypt(self, ciphertext: str) -> str:
        """The message inside. Raises `Malformed`, or `Forged` when it was sealed for someone else."""
        plain: bytes = self._cipher.decrypt(_sealed_bytes(ciphertext))
        padding = plain[-1]
        if not 1 <= padding <= BLOCK or plain[-padding:] != bytes((padding,)) * padding:
            raise Malformed("the padding is wrong")
        content = plain[:-padding]
        if len(content) < _HEAD:
            raise Malformed("the envelope is too short for its header")
        end = _HEAD + _LENGTH.unpack_from(content, 16)[0]
        if end > len(content):
            raise Malformed("the length field points past the end")
        if not hmac.compare_digest(content[end:], self.receive_id.encode()):
            raise Forged("the envelope is sealed for another receive id")
        try:
            return content[_HEAD:end].decode()
        except UnicodeDecodeError:
            raise Malformed("the message is not UTF-8") from None

    def encrypt(self, text: str, random16: bytes) -> str:
        """Base64 of the sealed `text`. `random16` is 16 fresh unguessable bytes."""
        if len(random16) != 16:
            raise ValueError("an envelope begins with 16 random bytes")
        message = text.encode()
        content = random16 + _LENGTH.pack(len(message)) + message + self.receive_id.encode()
        padding = BLOCK - len(content) % BLOCK
        sealed: bytes = self._cipher.encrypt(content + bytes((padding,)) * padding)
        return base64.b64encode(sealed).decode("ascii")


def open_file(sealed: bytes, aes_key: str) -> bytes:
    """A file that somebody sent an intelligent robot (W100719): no envelope, its own key. Raises `Malformed`."""
    try:
        key = base64.b64decode(aes_key + "=" * (-len(aes_key) % 4), validate=True)
    except ValueError:
        raise Malformed("the file's key is not base64") from None
    if len(key) != 32 or not sealed or len(sealed) % BLOCK:
        raise Malformed("the file is not whole blocks, or its key not 32 bytes")
    plain: bytes = WeChatCipher(key).decrypt(sealed)
    padding = plain[-1]
    if not 1 <= padding <= BLOCK or plain[-padding:] != bytes((padding,)) * padding:
        raise Malformed("the padding is wrong")
    return plain[:-padding]


def _sealed_bytes(ciphertext: str) -> bytes:
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
    except ValueError:
        raise Malformed("the ciphertext is not base64") from None
    # The decoder overlooks spare bits and what follows the padding; only the canonical form is taken.
    if base64.b64encode(sealed) != ciphertext.encode("ascii"):
        raise Malformed("the ciphertext is not canonical base64")
    if not sealed or len(sealed) % BLOCK:
        raise Malformed("the ciphertext is not whole blocks")
    return sealed
