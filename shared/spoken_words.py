"""Words by which two screens are compared aloud: the coordinator's and that of the tablet that asks to come in."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

WORDS = 6
"""Of 256 each: 48 bits, which nobody reaches by enrolling again and again (ten codes a minute at most)."""


def say(token: str) -> str:
    """Return the six words of a token, as both sides show them. They tell nothing of it: what says them is the
    hash of a hash, and the server keeps only the first."""
    return say_hash(sha256(token.encode()).hexdigest())


def say_hash(token_hash: str) -> str:
    """Return the six words of a token whose SHA-256 this is, in hexadecimal."""
    drawn = sha256(f"spoken words:{token_hash}".encode()).digest()[:WORDS]
    return " ".join(_load()[byte] for byte in drawn)


@cache
def _load() -> tuple[str, ...]:
    """Read the list: 256 words, in the order that both sides share for ever."""
    lines = (files("shared") / "spoken_words.txt").read_text("utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())
