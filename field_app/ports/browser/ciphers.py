"""Encrypt by the browser's WebCrypto, stretch by hash-wasm: the same bytes as a desk's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from js import Object, crypto
from pyodide.ffi import JsException, to_js
from tablet_js import argon2, decrypt_all

from field_app.ports.vault import Cipher


class BrowserAesGcm:
    """One key, imported at its first use: see `Cipher`."""

    def __init__(self, key: bytes) -> None:
        self._raw = key
        self._key: Any = None

    async def encrypt(self, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
        """Return the ciphertext and its tag."""
        sealed = await crypto.subtle.encrypt(_gcm(nonce, bound), await self._imported(), to_js(plaintext))
        return bytes(sealed.to_bytes())

    async def decrypt(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """Return the plaintext. Raises ValueError where the tag is not the right one."""
        try:
            plain = await crypto.subtle.decrypt(_gcm(nonce, bound), await self._imported(), to_js(sealed))
        except JsException as error:  # OperationError
            raise ValueError("the tag is not the right one") from error
        return bytes(plain.to_bytes())

    async def decrypt_all(self, sealed: Sequence[tuple[bytes, bytes, bytes]]) -> list[bytes | None]:
        """Return the plaintext of each, None where `decrypt` would refuse: all of them cross at once."""
        parts = list(chain.from_iterable(sealed))
        lengths = to_js([len(part) for part in parts])
        packed, found = await decrypt_all(await self._imported(), to_js(b"".join(parts)), lengths)
        plain, at = bytes(packed.to_bytes()), 0
        opened: list[bytes | None] = []
        for length in found.to_py():
            opened.append(None if length < 0 else plain[at : at + length])
            at += max(0, length)
        return opened

    async def _imported(self) -> Any:
        if self._key is None:
            usages = to_js(["encrypt", "decrypt"])
            self._key = await crypto.subtle.importKey("raw", to_js(self._raw), "AES-GCM", False, usages)
        return self._key


class BrowserCiphers:
    """See `Ciphers`."""

    def aes_gcm(self, key: bytes) -> Cipher:
        """Return the cipher of a key of 32 bytes."""
        return BrowserAesGcm(key)

    async def argon2id(self, secret: bytes, salt: bytes, time: int, memory: int, lanes: int) -> bytes:
        """Return 32 bytes; `memory` in KiB. Raises MemoryError where the browser gives not that much."""
        try:
            stretched = await argon2(to_js(secret), to_js(salt), time, memory, lanes, 32)
        except JsException as error:  # of WebAssembly.Memory, or hash-wasm's own for more than it ever takes
            raise MemoryError(f"{memory} KiB to stretch what was typed") from error
        return bytes(stretched.to_bytes())


def _gcm(nonce: bytes, bound: bytes) -> Any:
    """Return what WebCrypto is told beside the key."""
    given = {"name": "AES-GCM", "iv": to_js(nonce), "additionalData": to_js(bound)}
    return Object.fromEntries(to_js(list(given.items())))
