"""Use the secret of the device, which opens its records together with the PIN and never leaves it."""

from __future__ import annotations

import hmac
from typing import Protocol


class SecretDamagedError(Exception):
    """The device secret is there and is not one, or is gone while sealed records stand. A new one would open
    nothing: all is left as it is."""


class DeviceSecret(Protocol):
    """A secret that need not be readable to be used: a browser's cannot be read at all."""

    async def extract(self, given: bytes) -> bytes:
        """Return HKDF-Extract (RFC 5869, SHA-256) of what is given, with the secret as its salt: 32 bytes."""

    async def extract_alone(self) -> bytes:
        """Return 32 bytes that depend on the secret alone: what wraps the data key until a PIN is chosen."""


class SecretBytes(bytes):
    """A secret at hand, as a file holds it."""

    async def extract(self, given: bytes) -> bytes:
        """See `DeviceSecret`."""
        return hmac.digest(self, given, "sha256")

    async def extract_alone(self) -> bytes:
        """See `DeviceSecret`: here the secret is what is extracted from, without a salt."""
        return hmac.digest(bytes(32), self, "sha256")


class SecretKeeper(Protocol):
    """Where the device secret lives: what protects the records is that it does not leave the device."""

    async def secret(self) -> DeviceSecret:
        """Return the secret, made at the first call. Raises SecretDamagedError."""
