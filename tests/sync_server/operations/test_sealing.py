"""A sealed file in hostile hands: cut, forged, mixed with another, made to cost."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sync_server.operations import sealing
from sync_server.operations.sealing import (
    PIECE,
    DamagedError,
    SealedReader,
    SealedWriter,
    Secret,
    WrongSecretError,
)

PHRASE = "le lion dort à Belfort"
WORDS = sealing.from_passphrase(PHRASE)
KEY = Secret(sealing.KEY, b"k" * 32)
HEAD = len(sealing.MARK)
SHIPPED = sealing.COST
"""Read before the tests derive more quickly."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derived in a thousandth of the time; one test looks at what a server uses."""
    monkeypatch.setattr(sealing, "COST", 2**4)


def seal(content: bytes, secret: Secret = KEY) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, secret)
    for at in range(0, len(content), 10_007):
        writer.write(content[at : at + 10_007])
    writer.finish()
    return file.getvalue()


def unseal(sealed: bytes, secret: Secret = KEY) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(sealed), secret)).read()


def pieces(sealed: bytes) -> tuple[bytes, list[bytes]]:
    """The mark and the line; the pieces."""
    start = sealed.index(b"\n", HEAD) + 1
    size = PIECE + sealing.TAG
    return sealed[:start], [sealed[at : at + size] for at in range(start, len(sealed), size)]


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 5])
@pytest.mark.parametrize("secret", [KEY, WORDS], ids=["key", "passphrase"])
def test_what_was_sealed_is_read_again(size: int, secret: Secret) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    assert unseal(seal(content[:size], secret), secret) == content[:size]


@pytest.mark.parametrize("size", [1, PIECE, 2 * PIECE, 2 * PIECE + 7])
def test_a_piece_cut_off_moved_repeated_or_of_another_file_is_noticed(size: int) -> None:
    whole, other = seal(b"a" * size), seal(b"a" * size)
    head, found = pieces(whole)
    _, foreign = pieces(other)
    forged = [found[:-1], [*found, found[-1]], [*found, b""[:0] or b"x"], foreign, [*found[:-1], foreign[-1]], []]
    forged += [found[1:], [found[-1], *found[:-1]]] if len(found) > 1 else []
    forged += [[*found[:-1], found[-1][:-1]], [found[0][:-1] + bytes([found[0][-1] ^ 1]), *found[1:]]]
    for made in forged:
        with pytest.raises(DamagedError):
            unseal(head + b"".join(made))
    with pytest.raises(DamagedError):
        unseal(pieces(other)[0] + b"".join(found))


@given(st.integers(0, 10**6), st.integers(1, 255))
@hypothesis_settings(max_examples=200)
def test_one_bit_changed_anywhere_is_noticed(at: int, flip: int) -> None:
    sealed = bytearray(SEALED)
    sealed[at % len(sealed)] ^= flip
    with pytest.raises((DamagedError, WrongSecretError)):
        unseal(bytes(sealed))


SEALED = seal(b"content" * 10_000)


def test_one_byte_less_anywhere_is_noticed() -> None:
    for at in (*range(400), *range(400, len(SEALED), 97), len(SEALED) - 1):
        with pytest.raises(DamagedError):
            unseal(SEALED[:at])


def test_a_line_that_asks_for_all_the_memory_is_refused_before_it_is_obeyed() -> None:
    line, found = pieces(seal(b"x", WORDS))
    said = json.loads(line[HEAD:])
    said.pop("digest")
    for cost in (2**30, 2**21, 3, 0, -2, "many", None):
        forged = said | {"cost": cost}
        made = json.dumps(forged | {"digest": sealing._digest(forged)}).encode()
        with pytest.raises(DamagedError):
            unseal(sealing.MARK + made + b"\n" + b"".join(found), WORDS)


def test_two_files_of_the_same_secret_share_nothing() -> None:
    assert not set(pieces(seal(b"a" * PIECE))[1]) & set(pieces(seal(b"a" * PIECE))[1])


def test_a_passphrase_is_the_same_however_its_accents_are_typed() -> None:
    assert sealing.from_passphrase("e\u0301te\u0301 en foret") == sealing.from_passphrase("\xe9t\xe9 en foret")
    assert PHRASE not in repr(WORDS)
    assert repr(KEY) == "Secret(key)"


def test_a_passphrase_is_slow_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", SHIPPED)
    line, _ = pieces(seal(b"x", WORDS))
    assert json.loads(line[HEAD:])["cost"] == 2**17


def test_the_memory_needed_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(size: int) -> int:
        tracemalloc.start()
        with open(tmp_path / "sealed", "wb") as file:
            writer = SealedWriter(file, KEY)
            for _ in range(size):
                writer.write(b"x" * 100_000)
            writer.finish()
        with open(tmp_path / "sealed", "rb") as file:
            reader = io.BufferedReader(SealedReader(file, KEY), PIECE)
            while reader.read(PIECE):
                pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(200) < peak(10) + 200_000
