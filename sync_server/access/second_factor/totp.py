"""Time-based one-time passwords (RFC 6238), as every authenticator application makes them."""

from __future__ import annotations

import base64
import secrets
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from sync_server.access.sessions import same

STEP, DIGITS = 30, 6
"""Seconds a code lasts, and its digits: what applications take for granted, as SHA-1 (RFC 6238, 1.2)."""
SLIP = 1
"""Steps before and after the present one that are taken: a telephone's clock may be some seconds wrong, and typing
takes some (RFC 6238, 5.2)."""
LENGTH = 20
"""Bytes of a secret, as many as SHA-1 makes use of (RFC 4226, 4)."""
ISSUER = "Trait d’union"


def make_secret() -> bytes:
    """Make a secret."""
    return secrets.token_bytes(LENGTH)


def find_step(secret: bytes, code: str, now: int) -> int | None:
    """Return the time step whose code this is, None when it is none of those that are taken; `now` in seconds
    since 1970."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    known = TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303  # nosec B303  # HMAC-SHA-1, which the standard asks for
    taken = range(max(now // STEP - SLIP, 0), now // STEP + SLIP + 1)
    found = [step for step in taken if same(known.generate(step * STEP).decode(), digits)]
    return found[-1] if found else None


def write_secret(secret: bytes) -> str:
    """Write a secret as it is typed into an application that cannot scan: groups of four letters."""
    letters = base64.b32encode(secret).decode()
    return " ".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def write_uri(secret: bytes, login: str) -> str:
    """Write what an application scans (Key URI Format)."""
    label = quote(f"{ISSUER}:{login}", safe="")
    return f"otpauth://totp/{label}?secret={base64.b32encode(secret).decode()}&issuer={quote(ISSUER, safe='')}"
