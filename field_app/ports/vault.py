"""Seals and opens what the tablet keeps (PRIVACY, On the tablet).

A random data key seals the rows; a key-encryption key, derived from the device secret, wraps it. Each row is bound
to its place and to its key by the associated data: a row swapped with another, or put back under another id, does
not open. The formats are those of every platform, to the byte; `Ciphers` is what a platform brings.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from field_app.ports.secret import DeviceSecret

NONCE = 12
"""Bytes of the random nonce before each ciphertext (NIST SP 800-38D): safe far beyond a tablet's 2^32 rows."""
_WRAP = b"trait-dunion data key v1"
_WRAP_PIN = b"trait-dunion data key v2, with PIN"
_KEY_ID = b"trait-dunion key id v1"


class SealBrokenError(Exception):
    """What was kept does not open: another key, another place, or damage. It is left as it is, never deleted."""


class Cipher(Protocol):
    """AES-256-GCM under one key."""

    async def encrypt(self, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
        """Return the ciphertext and its tag of 16 bytes."""

    async def decrypt(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """Return the plaintext. Raises ValueError where the tag is not the right one, or nothing could be."""

    async def decrypt_all(self, sealed: Sequence[tuple[bytes, bytes, bytes]]) -> list[bytes | None]:
        """Return the plaintext of each nonce, ciphertext and what it is bound to; None of one that `decrypt` would
        refuse. A call for each takes a browser three times as long."""


class Ciphers(Protocol):
    """What a platform brings. Asynchronous, since a browser's WebCrypto is."""

    def aes_gcm(self, key: bytes) -> Cipher:
        """Return the cipher of a key of 32 bytes."""

    async def argon2id(self, secret: bytes, salt: bytes, time: int, memory: int, lanes: int) -> bytes:
        """Return 32 bytes (RFC 9106, version 0x13) of a secret that is not empty; `memory` in KiB. Raises
        MemoryError where the device has not that much left."""


class Vault(Protocol):
    """Seals bytes so that they open only with the same `about`."""

    async def seal(self, plaintext: bytes, about: str) -> bytes:
        """Return the sealed form."""

    async def open(self, sealed: bytes, about: str) -> bytes:
        """Return the plaintext. Raises SealBrokenError."""

    async def open_all(self, sealed: Sequence[tuple[bytes, str]]) -> list[bytes | None]:
        """Return the plaintext of each sealed form and what it is about; None of one that does not open."""

    async def wrapped_by(self, key: Vault) -> bytes:
        """Seal its data key by a key-encryption key: what may be kept beside the rows."""


class AesGcmVault:
    """AES-256-GCM with a fresh random nonce for each seal. The key's id is part of what is authenticated."""

    def __init__(self, key: bytes, ciphers: Ciphers) -> None:
        self._key = key
        self._cipher = ciphers.aes_gcm(key)
        self.key_id = _expanded(hmac.digest(bytes(32), key, "sha256"), _KEY_ID)[:8].hex()

    async def seal(self, plaintext: bytes, about: str) -> bytes:
        """See `Vault`."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + await self._cipher.encrypt(nonce, plaintext, self._bound(about))

    async def open(self, sealed: bytes, about: str) -> bytes:
        """See `Vault`."""
        try:
            return await self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], self._bound(about))
        except ValueError as error:
            raise SealBrokenError(about) from error

    async def open_all(self, sealed: Sequence[tuple[bytes, str]]) -> list[bytes | None]:
        """See `Vault`."""
        return await self._cipher.decrypt_all(
            [(each[:NONCE], each[NONCE:], self._bound(about)) for each, about in sealed]
        )

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


def new_stretch() -> Stretch:
    """Return a fresh salt with today's parameters."""
    return Stretch(secrets.token_bytes(16))


class Vaults:
    """Makes and opens the vaults of a tablet, with the ciphers of its platform."""

    def __init__(self, ciphers: Ciphers) -> None:
        self._ciphers = ciphers

    def of(self, key: bytes) -> AesGcmVault:
        """Return the vault of a key of 32 bytes."""
        return AesGcmVault(key, self._ciphers)

    def new(self) -> AesGcmVault:
        """Return a vault with a fresh data key."""
        return self.of(secrets.token_bytes(32))

    async def stretched(self, typed: str, stretch: Stretch) -> bytes:
        """Return Argon2id of what a person typed: 32 bytes. Raises SealBrokenError where nothing was: it opens
        nothing, and hash-wasm, which stretches in a browser, takes no empty secret; MemoryError where the device
        has not the memory that it takes."""
        if not typed:
            raise SealBrokenError("nothing was typed")
        return await self._ciphers.argon2id(
            typed.encode(), stretch.salt, stretch.time, stretch.memory, stretch.lanes
        )

    async def key_encryption_key(self, device_secret: DeviceSecret, pin_key: bytes = b"") -> AesGcmVault:
        """Return HKDF(Argon2id(PIN), device secret). The PIN alone protects nothing, a GPU tries all six digits in
        minutes: what protects is the secret that does not leave the device. Without PIN, as before one was chosen,
        the device secret alone."""
        if pin_key:
            return self.of(_expanded(await device_secret.extract(pin_key), _WRAP_PIN))
        return self.of(_expanded(await device_secret.extract_alone(), _WRAP))

    async def unlock(self, wrapped: bytes, key: AesGcmVault) -> AesGcmVault:
        """Return the vault of that wrapped data key. Raises SealBrokenError under another key-encryption key."""
        return self.of(await key.open(wrapped, _WRAP.decode()))


def _expanded(key: bytes, info: bytes) -> bytes:
    """Return the first block of HKDF-Expand (RFC 5869, SHA-256): 32 bytes."""
    return hmac.digest(key, info + b"\x01", "sha256")
