"""Seals and opens what the tablet keeps (PRIVACY, On the tablet).

The port is async because a browser's WebCrypto is; here `cryptography` does the work. A random data key seals
the rows; a key-encryption key, derived from the device secret, wraps it. Each row is bound to its place and to its
key by the associated data: a row swapped with another, or put back under another id, does not open.
"""

from __future__ import annotations

import secrets
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
"""Bytes of the random nonce before each ciphertext (NIST SP 800-38D): safe far beyond a tablet's 2^32 rows."""
_WRAP = b"trait-dunion data key v1"
_KEY_ID = b"trait-dunion key id v1"


class SealBrokenError(Exception):
    """What was kept does not open: another key, another place, or damage. It is left as it is, never deleted."""


class Vault(Protocol):
    """Seals bytes so that they open only with the same `about`."""

    async def seal(self, plaintext: bytes, about: str) -> bytes:
        """The sealed form."""

    async def open(self, sealed: bytes, about: str) -> bytes:
        """The plaintext. Raises SealBrokenError."""


class AesGcmVault:
    """AES-256-GCM with a fresh random nonce for each seal. The key's id is part of what is authenticated."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.key_id = HKDF(SHA256(), 8, salt=None, info=_KEY_ID).derive(key).hex()

    async def seal(self, plaintext: bytes, about: str) -> bytes:
        """See `Vault`."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, plaintext, self._bound(about))

    async def open(self, sealed: bytes, about: str) -> bytes:
        """See `Vault`."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], self._bound(about))
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError(about) from error

    def _bound(self, about: str) -> bytes:
        return f"{about}|{self.key_id}".encode()


def _key_encryption_key(device_secret: bytes) -> AesGcmVault:
    return AesGcmVault(HKDF(SHA256(), 32, salt=None, info=_WRAP).derive(device_secret))


async def new_data_key(device_secret: bytes) -> bytes:
    """A fresh data key, wrapped: what may be kept beside the rows."""
    return await _key_encryption_key(device_secret).seal(secrets.token_bytes(32), _WRAP.decode())


async def unlock(wrapped: bytes, device_secret: bytes) -> AesGcmVault:
    """The vault of that wrapped data key. Raises SealBrokenError under another device secret."""
    return AesGcmVault(await _key_encryption_key(device_secret).open(wrapped, _WRAP.decode()))
