"""Take over the PIN that a worker typed while Python was still starting."""

from __future__ import annotations

from typing import Protocol


class EarlyPin(Protocol):
    """The field « Code PIN » of a page that shows before the app does. A desk has none.

    What goes wrong with it is never raised: the lock screen then comes with an empty field.
    """

    async def take(self) -> str:
        """Return, once, the digits typed there, and take the field away: six; fewer when the worker stopped; none.

        It waits for a worker who is typing, some seconds after each key. A tablet that asks has a PIN: the next
        page has the field.
        """

    async def expect(self, has_pin: bool) -> None:
        """Say whether the next page may ask for a PIN; where it may not, this one's field goes at once."""
