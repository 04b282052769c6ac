"""Keep how far down a list stands while a form is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from field_app.store.local_store import Kept


@dataclass
class Place:
    """How far down a list stands and how long it is, in pixels; which record was opened there, and where in the
    list it was. No component listens to it: to scroll draws nothing anew."""

    pixels: float = 0.0
    whole: float = 0.0
    opened: str = ""
    rank: int | None = None

    def hold(self, opened: str, drawn: Sequence[Kept]) -> None:
        """Keep in mind the record that is opened from the list."""
        self.opened, self.rank = opened, _rank(opened, drawn)

    def follow(self, found: Sequence[Kept], most: int) -> None:
        """Move as far as that record did in the list, of which `most` are drawn: a copy came above it, its day was
        put right. What it measures is what they do on average."""
        before, self.rank = self.rank, _rank(self.opened, found)
        if before is not None and self.rank is not None and self.rank != before and self.pixels:
            each = self.whole / max(1, min(most, len(found)))
            self.pixels = max(0.0, self.pixels + (self.rank - before) * each)


def _rank(record_id: str, drawn: Sequence[Kept]) -> int | None:
    return next((rank for rank, kept in enumerate(drawn) if kept.id == record_id), None)
