"""A file sealed with a passphrase or a key file, written and read as a stream: the memory needed does not grow.

First a mark, then a line that says how the key is derived, then pieces of 64 KiB, each sealed by AES-256-GCM under
its number and whether it is the last (the STREAM construction): pieces cut off, left out, put in another order or
taken from another file are noticed. Every piece is sealed together with the line: nobody changes how the key is
derived.
"""

from __future__ import annotations

import hmac
import io
import json
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MARK = b"trait-dunion sealed 1\n"
"""What the file is, and the version of its form."""
PIECE = 65_536
"""Bytes sealed at a time."""
TAG = 16
"""Bytes that AES-GCM adds to each piece."""
COST, BLOCK = 2**17, 8
"""Of scrypt, as OWASP advises: 128 MB for each try."""
HIGHEST_COST = 2**20
"""Above, a file that somebody made would take the memory of the machine before it is found out."""
LONGEST_LINE = 1_000
PASSPHRASE, KEY = "passphrase", "key"


class DamagedError(ValueError):
    """The sealed file is cut short, changed or something else."""


class WrongSecretError(ValueError):
    """The secret is not the one that this file was sealed with."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a file is sealed with: a passphrase, or the content of a key file."""

    kind: str
    value: bytes

    def __repr__(self) -> str:
        """Show its kind alone: no log and no error says the rest."""
        return f"Secret({self.kind})"


def from_passphrase(text: str) -> Secret:
    """Return a passphrase as it is derived: the same however a keyboard composes its accents."""
    return Secret(PASSPHRASE, unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass"))


def read_kind(file: IO[bytes]) -> str | None:
    """Return what the file was sealed with, at whose beginning this stands; None where it is not sealed. Raises
    DamagedError."""
    return _read_head(file).kind if file.read(len(MARK)) == MARK else None


@dataclass(frozen=True, slots=True)
class _Head:
    """The line: `said` as it stands, and what it says."""

    said: bytes
    kind: str
    cost: int
    salt: bytes
    check: str


def _read_head(file: IO[bytes]) -> _Head:
    """Read the line after the mark. Its digest tells a damaged line from a wrong secret."""
    line = file.readline(LONGEST_LINE)
    try:
        said: Any = json.loads(line)
        if said.pop("digest") != _digest(said) or said["kind"] not in (PASSPHRASE, KEY):
            raise DamagedError
        head = _Head(line, said["kind"], int(said["cost"]), bytes.fromhex(said["salt"]), str(said["check"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError from error
    if not 2 <= head.cost <= HIGHEST_COST or head.cost & (head.cost - 1):
        raise DamagedError
    return head


def _digest(said: dict[str, Any]) -> str:
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _derive(secret: Secret, salt: bytes, cost: int) -> tuple[bytes, str]:
    """Return the key of a file, and what proves the secret without telling anything of the key."""
    raw = (
        Scrypt(salt=salt, length=32, n=cost, r=BLOCK, p=1).derive(secret.value)
        if secret.kind == PASSPHRASE
        else HKDF(algorithm=SHA256(), length=32, salt=salt, info=MARK + b"file").derive(secret.value)
    )
    both = HKDF(algorithm=SHA256(), length=64, salt=None, info=MARK + b"key and check").derive(raw)
    return both[:32], both[32:].hex()


def _nonce(number: int, last: bool) -> bytes:
    """Return the nonce of a piece: the key is the file's alone, so the number is enough."""
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


class SealedWriter(io.RawIOBase):
    """Seals what is written to it into `file`. What was not ended by `finish` is no sealed file."""

    def __init__(self, file: IO[bytes], secret: Secret) -> None:
        cost, salt = COST if secret.kind == PASSPHRASE else 2, secrets.token_bytes(32)
        key, check = _derive(secret, salt, cost)
        said = {"kind": secret.kind, "cost": cost, "salt": salt.hex(), "check": check}
        self._line = json.dumps(said | {"digest": _digest(said)}).encode() + b"\n"
        self._file, self._key, self._number, self._waiting = file, AESGCM(key), 0, bytearray()
        file.write(MARK + self._line)

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, content: Any) -> int:
        """Seal each whole piece that something follows; keep the rest."""
        self._waiting += content
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(content)

    def finish(self) -> None:
        """Seal the last piece, which says that it is the last."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, piece: bytes, last: bool) -> None:
        self._file.write(self._key.encrypt(_nonce(self._number, last), piece, self._line))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads what `SealedWriter` wrote into `file`, whose beginning it stands at. Raises WrongSecretError at once,
    and DamagedError where a piece is not what was written: nothing of that piece is given out."""

    def __init__(self, file: IO[bytes], secret: Secret) -> None:
        if file.read(len(MARK)) != MARK:
            raise DamagedError
        head = _read_head(file)
        if head.kind != secret.kind:
            raise WrongSecretError
        key, check = _derive(secret, head.salt, head.cost)
        if not hmac.compare_digest(check.encode(), head.check.encode()):
            raise WrongSecretError
        self._pieces = _open_pieces(file, AESGCM(key), head.said)
        self._left = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, into: Any) -> int:
        """Read some bytes; none at the end, once the last piece has said that it is the last."""
        if not self._left:
            self._left = next(self._pieces, b"")
        some = self._left[: len(into)]
        into[: len(some)] = some
        self._left = self._left[len(some) :]
        return len(some)


def _open_pieces(file: IO[bytes], key: AESGCM, line: bytes) -> Iterator[bytes]:
    number, sealed = 0, file.read(PIECE + TAG)
    while True:
        following = file.read(PIECE + TAG)
        try:
            piece = key.decrypt(_nonce(number, last=not following), sealed, line)
        except InvalidTag as error:
            raise DamagedError from error
        if piece:
            yield piece
        if not following:
            return
        number, sealed = number + 1, following
