"""Reads which characters a font in WOFF2 draws (https://www.w3.org/TR/WOFF2/): no library here does."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import brotli

HEADER = 48
"""Bytes before the list of tables."""
CMAP, GLYF, LOCA = 0, 10, 11
"""Numbers of the tables that count: the one that is read, and the two that are always transformed."""


def characters(path: Path) -> set[str]:
    """Every character the font has a picture of."""
    content = path.read_bytes()
    assert content[:4] == b"wOF2"
    tables, packed = struct.unpack(">H", content[12:14])[0], struct.unpack(">I", content[20:24])[0]
    at, sizes = HEADER, list[tuple[int, int]]()
    for _ in range(tables):
        flags, at = content[at], at + 1
        known, version = flags & 0x3F, flags >> 6
        at += 4 if known == 0x3F else 0
        size, at = _number(content, at)
        if (known in (GLYF, LOCA)) == (version == 0):
            size, at = _number(content, at)
        sizes.append((known, size))
    unpacked = brotli.decompress(content[at : at + packed])
    starts = [sum(size for _, size in sizes[:rank]) for rank in range(len(sizes) + 1)]
    [(first, last)] = [ends for (known, _), ends in zip(sizes, pairwise(starts), strict=True) if known == CMAP]
    return {chr(code) for code in _codes(unpacked[first:last])}


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A number of several bytes (UIntBase128), and what follows it."""
    value = 0
    while True:
        byte, at = content[at], at + 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at


def _codes(cmap: bytes) -> set[int]:
    found = set[int]()
    for rank in range(struct.unpack(">H", cmap[2:4])[0]):
        offset = struct.unpack(">I", cmap[8 + 8 * rank : 12 + 8 * rank])[0]
        table = cmap[offset:]
        if struct.unpack(">H", table[:2])[0] == 4:
            found |= _segments(table)
    return found


def _segments(table: bytes) -> set[int]:
    """Format 4: the ends of ranges of codes, then their beginnings. A code without a picture in a range is taken
    for one that has it: a font that was cut to some letters has none such."""
    count = struct.unpack(">H", table[6:8])[0] // 2
    ends = struct.unpack(f">{count}H", table[14 : 14 + 2 * count])
    starts = struct.unpack(f">{count}H", table[16 + 2 * count : 16 + 4 * count])
    return {code for start, end in zip(starts, ends, strict=True) for code in range(start, end + 1)} - {0xFFFF}
