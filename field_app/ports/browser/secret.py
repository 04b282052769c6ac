"""Use the device secret of a browser: a WebCrypto key in IndexedDB that no script can read."""

from __future__ import annotations

from pathlib import Path

from pyodide.ffi import JsException, to_js
from tablet_js import secret as key

from field_app.ports.secret import DeviceSecret, SecretDamagedError

ALONE = b"trait-dunion without PIN"
"""What is extracted from where no PIN was chosen: the key cannot be read, so it cannot be the input itself."""


class BrowserSecret:
    """See `DeviceSecret`: HKDF-Extract with the secret as its salt is HMAC under it, which WebCrypto does."""

    async def extract(self, given: bytes) -> bytes:
        """Return 32 bytes. Raises SecretDamagedError where the key is gone while sealed records stand."""
        try:
            signed = await key.extract(to_js(given))
        except JsException as error:
            raise SecretDamagedError(str(error)) from error
        return bytes(signed.to_bytes())

    async def extract_alone(self) -> bytes:
        """See `DeviceSecret`."""
        return await self.extract(ALONE)


class BrowserSecrets:
    """See `SecretKeeper`."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the records, which a desk keeps its secret in; a browser keeps it elsewhere."""

    async def secret(self) -> DeviceSecret:
        """Return the secret, made with the first start of the page."""
        return BrowserSecret()
