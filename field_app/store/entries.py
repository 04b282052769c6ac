"""The order of entry: ids are random (nobody is to read an hour in them), so each record is numbered as it comes
in, on this tablet alone. The number lies sealed with the record and never travels."""

from __future__ import annotations

from dataclasses import replace

from field_app.store.kept import Kept

BEFORE = 0
"""The number of what an earlier version of the app kept, which numbered nothing."""


class Entries:
    """The numbers given so far, by id."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._last = BEFORE

    def read(self, kept: Kept) -> Kept:
        """Take note of a record that was opened, and return it with its number."""
        number = BEFORE if kept.entered is None else kept.entered
        self._known[kept.id] = number
        self._last = max(self._last, number)
        return kept if kept.entered == number else replace(kept, entered=number)

    def numbered(self, kept: Kept) -> Kept:
        """Return the record to keep with its number: the one it has here already, else the next."""
        number = self._known.get(kept.id, kept.entered)
        return self.read(replace(kept, entered=self._last + 1 if number is None else number))
