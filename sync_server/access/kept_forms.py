"""Keep what was typed in a session that has ended, in the page that asks to sign in, sealed for that account.

The key is made from the secret of the ended session, which the server keeps a day longer: neither another account
at the same computer nor whoever has the page alone reads it, and nothing of it is kept in the database.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

from sync_server.access import sealed_text
from sync_server.access.sessions import SignedIn

_KEPT = "kept form"
"""What the secret of an ended session seals."""
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
    """Return the form as the page carries it; empty where it is too long to be carried, or to be unpacked."""
    said = json.dumps([form.action, form.typed, form.files]).encode()
    if len(said) > MOST_OPENED:
        return ""
    text = sealed_text.seal(_KEPT, ended.csrf, zlib.compress(said), ended.login)
    return text if len(text) <= LONGEST else ""


def unseal(text: str, ended: SignedIn) -> KeptForm | None:
    """Return the form that was kept for that session; None for anything else."""
    try:
        packed = sealed_text.unseal(_KEPT, ended.csrf, text, ended.login)
    except ValueError:
        return None
    action, typed, files = json.loads(zlib.decompressobj().decompress(packed, MOST_OPENED))
    return KeptForm(action, [(name, value) for name, value in typed], files)
