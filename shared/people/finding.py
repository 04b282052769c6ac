"""Say what is found in a text: its sort and where it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A sort of what names a person, and where it stands in the text: from `start` to before `end`."""

    sort: str
    start: int
    end: int
