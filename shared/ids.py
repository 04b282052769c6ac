"""Identifiers of records.

A UUIDv8 (RFC 9562, section 5.8): the first 16 bits are the day of recording, 106 of the others are random.
A UUIDv7 would tell the second a person was met; a UUIDv4 costs six times more to insert (SYNC). The day is in
the record anyway.
"""

from __future__ import annotations

import secrets
from datetime import date
from uuid import UUID

_DAY_ZERO = date(2020, 1, 1)

PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
"""What an id looks like on the wire: lower case, version 8."""


def new_id(day: date, random: int | None = None) -> str:
    """Make a fresh id for a record made on `day`. `random` (112 bits) is for seeded generators and tests only."""
    bits = secrets.randbits(112) if random is None else random
    value = ((day - _DAY_ZERO).days & 0xFFFF) << 112 | bits & (1 << 112) - 1
    value = value & ~(0xF << 76) | 0x8 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))
