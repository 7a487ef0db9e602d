"""The platform's own signature and AES envelope, from 消息加解密说明, on the package `cryptography`."""

import base64
import hashlib

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


class Sealer:
    """Seals for, and opens from, the account `receive_id`."""

    def __init__(self, encoding_aes_key: str, receive_id: str) -> None:
        key = base64.b64decode(encoding_aes_key + "=")
        self._cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16]))
        self.receive_id = receive_id

    def seal(self, message: str, random16: bytes, *, receive_id: str | None = None) -> str:
        text = message.encode()
        owner = (self.receive_id if receive_id is None else receive_id).encode()
        return self.seal_raw(random16 + len(text).to_bytes(4, "big") + text + owner)

    def seal_raw(self, content: bytes) -> str:
        """Pad and encrypt `content` as it is, whatever it means."""
        padder = padding.PKCS7(256).padder()
        return self.seal_blocks(padder.update(content) + padder.finalize())

    def seal_blocks(self, padded: bytes) -> str:
        """Encrypt `padded` as it is: the door for wrong paddings."""
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def open(self, ciphertext: str) -> str:
        """The message inside; ValueError when it is not sealed for this account."""
        decryptor = self._cipher.decryptor()
        unpadder = padding.PKCS7(256).unpadder()
        padded = decryptor.update(base64.b64decode(ciphertext, validate=True)) + decryptor.finalize()
        content = unpadder.update(padded) + unpadder.finalize()
        length = int.from_bytes(content[16:20], "big")
        message, owner = content[20 : 20 + length], content[20 + length :]
        if len(content) < 20 or len(message) != length or owner.decode() != self.receive_id:
            raise ValueError("the envelope is not ours")
        return message.decode()
