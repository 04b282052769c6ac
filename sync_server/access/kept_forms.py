"""Keep what was typed in a session that has ended, in the page that asks to sign in, sealed for that account.

The key is made from the secret of the ended session, which the server keeps a day longer: neither another account
at the same computer nor whoever has the page alone reads it, and nothing of it is kept in the database.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
import zlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync_server.access.sessions import SignedIn

_IV = 12
"""Bytes, as AES-GCM takes them."""
LONGEST = 1_000_000
"""Characters of a sealed form: beyond, the page that carries it could not be sent back."""
MOST_OPENED = 10_000_000
"""Bytes that one may unpack to."""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that could not act: where it is sent, what was typed, and the names of its fields for files."""

    action: str
    typed: list[tuple[str, str]]
    files: list[str]


def seal(form: KeptForm, ended: SignedIn) -> str:
    """Return the form as the page carries it; empty where it is too long to be carried."""
    said = json.dumps([form.action, form.typed, form.files]).encode()
    iv = secrets.token_bytes(_IV)
    sealed = iv + _cipher(ended).encrypt(iv, zlib.compress(said), ended.login.encode())
    text = base64.b64encode(sealed).decode()
    return text if len(text) <= LONGEST else ""


def unseal(text: str, ended: SignedIn) -> KeptForm | None:
    """Return the form that was kept for that session; None for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
        packed = _cipher(ended).decrypt(raw[:_IV], raw[_IV:], ended.login.encode())
    except (binascii.Error, InvalidTag, ValueError):
        return None
    action, typed, files = json.loads(zlib.decompressobj().decompress(packed, MOST_OPENED))
    return KeptForm(action, [(name, value) for name, value in typed], files)


def _cipher(ended: SignedIn) -> AESGCM:
    return AESGCM(hashlib.sha256(b"kept form:" + ended.csrf.encode()).digest())
