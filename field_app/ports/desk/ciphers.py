"""Encrypt and stretch by `cryptography` and `argon2-cffi`, which a desk has and a browser has not."""

from __future__ import annotations

from collections.abc import Sequence

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from field_app.ports.vault import Cipher


class DeskAesGcm:
    """One key: see `Cipher`."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    async def encrypt(self, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
        """Return the ciphertext and its tag."""
        return self._cipher.encrypt(nonce, plaintext, bound)

    async def decrypt(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """Return the plaintext. Raises ValueError where the tag is not the right one."""
        try:
            return self._cipher.decrypt(nonce, sealed, bound)
        except InvalidTag as error:
            raise ValueError("the tag is not the right one") from error

    async def decrypt_all(self, sealed: Sequence[tuple[bytes, bytes, bytes]]) -> list[bytes | None]:
        """Return the plaintext of each, None where `decrypt` would refuse."""
        found: list[bytes | None] = []
        for each in sealed:
            try:
                found.append(await self.decrypt(*each))
            except ValueError:
                found.append(None)
        return found


class DeskCiphers:
    """See `Ciphers`."""

    def aes_gcm(self, key: bytes) -> Cipher:
        """Return the cipher of a key of 32 bytes."""
        return DeskAesGcm(key)

    async def argon2id(self, secret: bytes, salt: bytes, time: int, memory: int, lanes: int) -> bytes:
        """Return 32 bytes; `memory` in KiB. Raises MemoryError where the machine gives not that much."""
        try:
            return hash_secret_raw(secret, salt, time, memory, lanes, 32, Type.ID)
        except HashingError as error:
            raise MemoryError(f"{memory} KiB to stretch what was typed") from error
