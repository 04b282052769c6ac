"""Gather what the app asks of the device it runs on, so that a test or another platform hands in its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ports:
    """Name each collaborator once; the defaults are those of a desk."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only ever go on, whatever the clock of the tablet is set to: for taps, and for the lock."""
