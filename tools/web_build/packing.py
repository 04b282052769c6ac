"""Pack each file for its transfer, beside it: brotli and gzip, once for each content."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import brotli

QUALITY, WINDOW = 9, 24
SUFFIXES = ("br", "gz")
WORTH = 0.95
"""What does not get smaller than this is sent as it is: pictures and fonts are packed already."""


class Packer:
    """Packs contents, each once: what it packed is kept under the content's hash, so that a change of the app
    alone packs the app alone."""

    def __init__(self, cache: Path) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        self._cache = cache
        self._used: set[Path] = set()

    def size_to_send(self, out: Path) -> int:
        """Return the bytes of a first visit by brotli."""
        contents = [path.read_bytes() for path in _files(out)]
        packed = [len(self._packed(content, "br")) for content in contents]
        return sum(_sent(len(content), size) for content, size in zip(contents, packed, strict=True))

    def write(self, out: Path) -> None:
        """Write `name.br` and `name.gz` beside each file that gets smaller; forget what no file has any more."""
        for path in list(_files(out)):
            content = path.read_bytes()
            for suffix in SUFFIXES:
                packed = self._packed(content, suffix)
                if _sent(len(content), len(packed)) < len(content):
                    path.with_name(f"{path.name}.{suffix}").write_bytes(packed)
        for kept in set(self._cache.iterdir()) - self._used:
            kept.unlink()

    def _packed(self, content: bytes, suffix: str) -> bytes:
        kept = self._cache / f"{hashlib.sha256(content).hexdigest()}-{QUALITY}.{suffix}"
        self._used.add(kept)
        if not kept.exists():
            beside = kept.with_suffix(".part")
            beside.write_bytes(_pack(content, suffix))
            beside.rename(kept)
        return kept.read_bytes()


def _sent(whole: int, packed: int) -> int:
    return packed if packed < WORTH * whole else whole


def _files(out: Path) -> Iterator[Path]:
    return (path for path in sorted(out.rglob("*")) if path.is_file())


def _pack(content: bytes, suffix: str) -> bytes:
    if suffix == "gz":
        return gzip.compress(content, 6, mtime=0)
    return bytes(brotli.compress(content, quality=QUALITY, lgwin=WINDOW))
