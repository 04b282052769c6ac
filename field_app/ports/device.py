"""Tell the device's clock and position."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime


class NoPositionError(Exception):
    """The device does not say where it is: refused, switched off, or no signal."""


Locate = Callable[[], Awaitable[tuple[float, float]]]
"""Where the device is (latitude, longitude, degrees), asked once, on a tap. Raises NoPositionError. Whoever calls
keeps the commune only: a position is never stored nor sent (PRIVACY)."""


def now() -> datetime:
    """Return the moment on the device, in its own time zone: its day is the day of the record."""
    return datetime.now().astimezone()


def slot_of(hour: int) -> str:
    """Return the time slot of that hour, as the form proposes it."""
    if 6 <= hour < 12:
        return "matin"
    if 12 <= hour < 18:
        return "apres-midi"
    return "soiree" if 18 <= hour < 23 else "nuit"
