"""Seals and opens what the tablet keeps (PRIVACY, On the tablet).

The port is async because a browser's WebCrypto is; here `cryptography` does the work. A random data key seals
the rows; a key-encryption key, derived from the device secret, wraps it. Each row is bound to its place and to its
key by the associated data: a row swapped with another, or put back under another id, does not open.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
"""Bytes of the random nonce before each ciphertext (NIST SP 800-38D): safe far beyond a tablet's 2^32 rows."""
_WRAP = b"trait-dunion data key v1"
_WRAP_PIN = b"trait-dunion data key v2, with PIN"
_KEY_ID = b"trait-dunion key id v1"


class SealBrokenError(Exception):
    """What was kept does not open: another key, another place, or damage. It is left as it is, never deleted."""


class Vault(Protocol):
    """Seals bytes so that they open only with the same `about`."""

    async def seal(self, plaintext: bytes, about: str) -> bytes:
        """Return the sealed form."""

    async def open(self, sealed: bytes, about: str) -> bytes:
        """Return the plaintext. Raises SealBrokenError."""

    async def wrapped_by(self, key: Vault) -> bytes:
        """Seal the data key of this vault by a key-encryption key: what may be kept beside the rows."""


class AesGcmVault:
    """AES-256-GCM with a fresh random nonce for each seal. The key's id is part of what is authenticated."""

    def __init__(self, key: bytes) -> None:
        self._key = key
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

    async def wrapped_by(self, key: Vault) -> bytes:
        """See `Vault`."""
        return await key.seal(self._key, _WRAP.decode())

    def _bound(self, about: str) -> bytes:
        return f"{about}|{self.key_id}".encode()


@dataclass(frozen=True, slots=True)
class Stretch:
    """How a PIN is stretched before it is a key, kept beside what it wraps so that it can be raised later.
    `memory` in KiB. RFC 9106's second profile: 0.1 s on a desk, below a second on a modest tablet."""

    salt: bytes
    time: int = 3
    memory: int = 64 * 1024
    lanes: int = 4

    def key(self, secret: str) -> bytes:
        """Derive 32 bytes from what a person typed, by Argon2id."""
        return hash_secret_raw(secret.encode(), self.salt, self.time, self.memory, self.lanes, 32, Type.ID)


def new_stretch() -> Stretch:
    """Return a fresh salt with today's parameters."""
    return Stretch(secrets.token_bytes(16))


def key_encryption_key(device_secret: bytes, pin_key: bytes = b"") -> AesGcmVault:
    """Derive the key-encryption key: HKDF(Argon2id(PIN), device secret). The PIN alone protects nothing, a GPU
    tries all six digits in minutes: what protects is the secret that does not leave the device. Without PIN, as
    before one was chosen, the device secret alone."""
    if not pin_key:
        return AesGcmVault(HKDF(SHA256(), 32, salt=None, info=_WRAP).derive(device_secret))
    return AesGcmVault(HKDF(SHA256(), 32, salt=device_secret, info=_WRAP_PIN).derive(pin_key))


def new_vault() -> AesGcmVault:
    """Return a vault with a fresh data key."""
    return AesGcmVault(secrets.token_bytes(32))


async def unlock(wrapped: bytes, key: AesGcmVault) -> AesGcmVault:
    """Return the vault of that wrapped data key. Raises SealBrokenError under another key-encryption key."""
    return AesGcmVault(await key.open(wrapped, _WRAP.decode()))


class Vaults(Protocol):
    """Makes and opens the vaults of a tablet."""

    def new(self) -> AesGcmVault:
        """Return a vault with a fresh data key."""

    def key_encryption_key(self, device_secret: bytes, pin_key: bytes = b"") -> AesGcmVault:
        """Return what wraps the data key: see the function of that name."""

    async def unlock(self, wrapped: bytes, key: AesGcmVault) -> AesGcmVault:
        """Return the vault of that wrapped data key. Raises SealBrokenError under another key."""


class DeskVaults:
    """The vaults of a desk or of Android, by `cryptography`."""

    def new(self) -> AesGcmVault:
        """Return a vault with a fresh data key."""
        return new_vault()

    def key_encryption_key(self, device_secret: bytes, pin_key: bytes = b"") -> AesGcmVault:
        """Return what wraps the data key: see the function of that name."""
        return key_encryption_key(device_secret, pin_key)

    async def unlock(self, wrapped: bytes, key: AesGcmVault) -> AesGcmVault:
        """Return the vault of that wrapped data key. Raises SealBrokenError under another key."""
        return await unlock(wrapped, key)
