"""The lists of a JSON file, each entry with the line it begins on: `json` alone would not tell the line."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Generator, Iterator
from math import inf
from typing import IO, Any

LONGEST_NUMBER = 300
"""Digits of a whole number; Python reads none above 4,300, and what has so many is no number of ours: infinite."""
MOST_LISTS, MOST_VALUES = 1_000_000, 4_000_000
"""Opening brackets, and commas, of one file: twice what 20 MB of real entries hold. Counted before anything is
read: 19 MB of « {} » are six million entries."""
_BLANKS = re.compile(r"[ \t\n\r]*")
"""What JSON takes for spaces: fewer than Python does."""


class NoListError(ValueError):
    """It is JSON without any of the lists."""


class TooManyPartsError(ValueError):
    """It holds more lists, objects or values than any directory of its size."""


class JsonError(ValueError):
    """It is not whole JSON, from that line on."""

    def __init__(self, line: int) -> None:
        super().__init__(f"not JSON, line {line}")
        self.line = line


def lists(file: IO[bytes], names: Collection[str]) -> Iterator[tuple[str, int, Any]]:
    """Yield each entry of the lists of these names, with its list and the line it begins on. A file that
    is one bare list gives its entries under an empty name; whatever else it holds is passed over. A number that is
    none, or has no end, is infinite or not a number.

    Raises TooManyPartsError at once; JsonError, which may come after entries that were whole, NoListError and
    UnicodeDecodeError.
    """
    file.seek(0)
    text = file.read().decode("utf-8-sig")
    if text.count("{") + text.count("[") > MOST_LISTS or text.count(",") > MOST_VALUES:
        raise TooManyPartsError
    reading, found = _Reading(text), False
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
    """A place in the text, going forward only."""

    def __init__(self, text: str) -> None:
        self.line = 1
        self._text, self._at = text, 0
        self._decoder = json.JSONDecoder(parse_int=_whole_number)

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end of the file."""
        self._go(_BLANKS.match(self._text, self._at).end())  # type: ignore[union-attr]  # it matches nothing too
        return self._text[self._at : self._at + 1]

    def take(self, wanted: str) -> None:
        """Go over that character, which must be the next."""
        if self.peek() != wanted:
            raise JsonError(self.line)
        self._at += 1

    def value(self) -> Any:
        """Return the whole value that begins here."""
        self.peek()
        try:
            found, end = self._decoder.raw_decode(self._text, self._at)
        except RecursionError:
            raise JsonError(self.line) from None
        except json.JSONDecodeError as error:
            raise JsonError(error.lineno) from None
        self._go(end)
        return found

    def items(self) -> Iterator[tuple[int, Any]]:
        """Yield the items of the list that begins here, each with its line."""
        for line in self.each("[", "]"):
            yield line, self.value()

    def each(self, opening: str, closing: str) -> Iterator[int]:
        """Stop where each part of a list or an object begins, and yield its line."""
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


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) <= LONGEST_NUMBER else inf
