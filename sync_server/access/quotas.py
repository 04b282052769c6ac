"""Bound what one tablet or one account may ask for: much at once, then so much an hour. Beyond, it is told when to
come back, and nothing is lost.

A quota is a bucket that empties in an hour. It is kept in memory, of one process: a push costs no other write, and
a server that starts again forgives.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from sync_server.errors import ServerError

AN_HOUR = 3_600.0
"""Seconds in which a full bucket empties."""
MOST_BUCKETS = 10_000
"""Beyond, those that are empty are cleared away."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


@dataclass(slots=True)
class Quotas:
    """`most`: what fits in each bucket at once. Counts for each tablet or account apart; `clock` gives seconds."""

    most: dict[str, int]
    clock: Callable[[], float]
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str, who: str, count: int = 1) -> None:
        """Take `count` of it, whole or not at all. Raises ServerError `quota_reached`, that says when it will fit.
        What would never fit is taken once the bucket is empty."""
        with self._lock:
            bucket = self._leak(name, who)
            over = bucket.level + min(count, self.most[name]) - self.most[name]
            if over > 0:
                raise ServerError("quota_reached", retry_after=ceil(over / self.most[name] * AN_HOUR))
            bucket.level += count

    def charge(self, name: str, who: str, count: int) -> None:
        """Add what turned out to be taken, beyond the brim where need be: the next `take` waits for it."""
        with self._lock:
            self._leak(name, who).level += count

    def _leak(self, name: str, who: str) -> _Bucket:
        now = self.clock()
        if len(self._buckets) > MOST_BUCKETS:  # tablets and accounts of ten years: those at rest are empty again
            self._buckets = {key: one for key, one in self._buckets.items() if now - one.at < AN_HOUR}
        bucket = self._buckets.setdefault((name, who), _Bucket(0.0, now))
        elapsed = max(0.0, now - bucket.at)  # a clock that is set back gives nothing, and takes nothing
        bucket.level = max(0.0, bucket.level - elapsed / AN_HOUR * self.most[name])
        bucket.at = now
        return bucket
