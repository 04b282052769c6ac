"""Seal a text under a secret that is not kept beside it, by AES-256-GCM: what the secret's owner alone reads."""

from __future__ import annotations

import base64
import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_IV = 12
"""Bytes, as AES-GCM takes them."""


def seal(purpose: str, secret: str, content: bytes, of: str = "") -> str:
    """Return the content sealed, in Base64. `purpose` keeps the seals of two uses of one secret apart; `of` must
    be the same to open it."""
    iv = secrets.token_bytes(_IV)
    return base64.b64encode(iv + _cipher(purpose, secret).encrypt(iv, content, of.encode())).decode()


def unseal(purpose: str, secret: str, text: str, of: str = "") -> bytes:
    """Return what was sealed so. Raises ValueError for anything else."""
    raw = base64.b64decode(text, validate=True)
    try:
        return _cipher(purpose, secret).decrypt(raw[:_IV], raw[_IV:], of.encode())
    except InvalidTag as error:
        raise ValueError(purpose) from error


def _cipher(purpose: str, secret: str) -> AESGCM:
    return AESGCM(hashlib.sha256(f"{purpose}:{secret}".encode()).digest())
