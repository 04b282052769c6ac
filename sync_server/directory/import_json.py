"""The lists of a JSON file read one entry at a time: the memory needed is that of an entry, not of the file."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Generator, Iterator
from math import inf
from typing import IO, Any

CHUNK = 1 << 16
"""Bytes read at first; twice as many each time that an entry does not hold in what was read."""
LONGEST_NUMBER = 300
"""Digits of a whole number; Python reads none above 4,300, and what has so many is no number of ours: infinite."""
_BLANKS = re.compile(r"[ \t\n\r]*")
"""What JSON takes for spaces: fewer than Python does."""
_HALF_A_NUMBER = len("e+")
"""What may follow a number that was cut while it was read, and is no number yet."""


class NoListError(ValueError):
    """It is JSON without any of the lists."""


class JsonError(ValueError):
    """It is not whole JSON, from that line on."""

    def __init__(self, line: int) -> None:
        super().__init__(f"not JSON, line {line}")
        self.line = line


def lists(file: IO[bytes], names: Collection[str]) -> Iterator[tuple[str, int, Any]]:
    """Yield each entry of the lists of these names, with the list's name and the line the entry begins on. A file
    that is one bare list gives its entries under an empty name; whatever else it holds is passed over. The file is
    read from its beginning, to its end. A number that is none, or has no end, is infinite or not a number.

    Raises JsonError, which may come after entries that were whole, NoListError and UnicodeDecodeError.
    """
    file.seek(0)
    reading, found = _Reading(file), False
    first = reading.peek()
    if first == "[":
        found = True
        yield from (("", line, value) for line, value in reading.items())
    elif first == "{":
        found = yield from _members(reading, names)
    else:
        reading.value()
    if reading.peek():
        raise JsonError(reading.line)
    if not found:
        raise NoListError


def _members(reading: _Reading, names: Collection[str]) -> Generator[tuple[str, int, Any], None, bool]:
    """Yield the entries of the lists among the members of the object that begins here; whether there was such a
    list."""
    found = False
    for _ in reading.each("{", "}"):
        name = reading.value() if reading.peek() == '"' else None
        if not isinstance(name, str):
            raise JsonError(reading.line)
        reading.take(":")
        if name in names and reading.peek() == "[":
            found = True
            yield from ((name, line, value) for line, value in reading.items())
        else:
            reading.value()
    return found


class _Reading:
    """A place in the file, going forward only."""

    def __init__(self, file: IO[bytes]) -> None:
        self.line = 1
        self._file = file
        self._text, self._at, self._next = "", 0, CHUNK
        self._bytes = codecs.getincrementaldecoder("utf-8-sig")()
        self._decoder = json.JSONDecoder(parse_int=_whole_number)

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end of the file."""
        while True:
            self._go(_BLANKS.match(self._text, self._at).end())  # type: ignore[union-attr]  # it matches nothing too
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, wanted: str) -> None:
        """Goes over that character, which must be the next."""
        if self.peek() != wanted:
            raise JsonError(self.line)
        self._at += 1

    def value(self) -> Any:
        """Return the whole value that begins here."""
        self.peek()
        self._next = CHUNK
        while True:
            try:
                found, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise JsonError(self.line) from None
            except json.JSONDecodeError as error:
                if not self._more():
                    raise JsonError(self.line + self._text.count("\n", self._at, error.pos)) from None
                continue
            if end + _HALF_A_NUMBER < len(self._text) or not self._more():
                self._go(end)
                return found

    def items(self) -> Iterator[tuple[int, Any]]:
        """Yield the items of the list that begins here, each with its line."""
        for line in self.each("[", "]"):
            yield line, self.value()

    def each(self, opening: str, closing: str) -> Iterator[int]:
        """Stops where each part of a list or an object begins, and gives its line."""
        self.take(opening)
        if self.peek() != closing:
            yield self.line
            while self.peek() == ",":
                self.take(",")
                self.peek()
                yield self.line
        self.take(closing)

    def _go(self, end: int) -> None:
        self.line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self) -> bool:
        """Reads on, and lets go of what was gone over; False at the end of the file, where nothing moves."""
        chunk = self._file.read(self._next)
        more = self._bytes.decode(chunk, final=not chunk)
        if chunk:
            self._text, self._at = self._text[self._at :] + more, 0
            self._next *= 2
        return bool(chunk)


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) <= LONGEST_NUMBER else inf
