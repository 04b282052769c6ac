"""The body of a push, read record by record where it cannot be read whole: a bad record refuses only itself."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared import wire
from sync_server.errors import ServerError

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|[][{},]', re.DOTALL)
"""A string, closed or not, or a sign of structure. Possessive: whatever is sent, it is read once."""
_MEMBER = re.compile(r'\s*("(?:[^"\\]++|\\.)*+")\s*:\s*')
_UNREADABLE = (ValueError, RecursionError)
"""What `json` raises: broken syntax, bytes that are no text, a number of too many digits; too many levels."""


@dataclass(frozen=True, slots=True)
class Unsplit:
    """A whole body that could not be read: it stands in the place of its records until it is known who sent it."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that could not be read, with those of its members that could."""

    members: dict[str, Any]


def whole(body: bytes) -> Any:
    """Return the JSON of a push; where it cannot be read, a batch of it alone, for `split` to read apart."""
    try:
        return json.loads(body)
    except _UNREADABLE:
        return {"records": [Unsplit(body)]}


def split(records: Sequence[Any]) -> Sequence[Any]:
    """Split a body into its records, each that cannot be read as `Damaged`. Raises ServerError where the body is
    no list of records."""
    if not (records and isinstance(records[0], Unsplit)):
        return records
    # What is no text becomes halves of characters: whoever has them is refused, in its own place.
    text = records[0].body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        found = _records(text)
    except _UNREADABLE:
        raise ServerError("malformed") from None
    if len(found) > wire.MOST_RECORDS:
        raise ServerError("malformed")
    return found


def _records(text: str) -> list[Any]:
    """Return each element of the list under `records`; what stands beside it must be JSON. Raises ValueError."""
    found: list[Any] | None = None
    members, end = _children(text, "{")
    if text[end:].strip():
        raise ValueError
    for member in members:
        key, value = _member(member)
        if key != "records":
            json.loads(value)
            continue
        elements, end = _children(value, "[")
        if value[end:].strip() or (len(elements) > 1 and not all(one.strip() for one in elements)):
            raise ValueError
        found = [_element(one) for one in elements if one.strip()]
    if found is None:
        raise ValueError
    return found


def _element(text: str) -> Any:
    try:
        return json.loads(text)
    except _UNREADABLE:
        return Damaged(_readable(text))


def _readable(text: str) -> dict[str, Any]:
    """Read the members of a damaged record that are JSON by themselves."""
    found = {}
    try:
        members, _ = _children(text, "{")
    except _UNREADABLE:
        members = []
    for member in members:
        with suppress(*_UNREADABLE):
            key, value = _member(member)
            found[key] = json.loads(value)
    return found


def _member(text: str) -> tuple[str, str]:
    """Return a key and the text of its value."""
    match = _MEMBER.match(text)
    if match is None:
        raise ValueError
    return json.loads(match[1]), text[match.end() :]


def _children(text: str, sign: str) -> tuple[list[str], int]:
    """Return the texts between the commas of the object or list that `text` begins with, and where it ends. Raises
    ValueError where it begins otherwise, or does not end."""
    begin = len(text) - len(text.lstrip()) + 1
    if text[begin - 1 : begin] != sign:
        raise ValueError
    found, depth = [], 0
    for token in _TOKEN.finditer(text, begin):
        first = token[0][0]
        if first in "[{":
            depth += 1
        elif first in "]}":
            depth -= 1
        if depth < 0 or (first == "," and not depth):
            found.append(text[begin : token.start()])
            begin = token.end()
        if depth < 0:
            return found, begin
    raise ValueError
