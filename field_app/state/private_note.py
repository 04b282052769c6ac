"""The repère of one referral, obstacle or right: typed here, kept on this tablet only."""

from __future__ import annotations

from dataclasses import dataclass, field

import flet as ft

from field_app.state.desk import Desk
from field_app.store.local_store import StoreError
from field_app.store.private_notes import LONGEST, Judged

NOT_KEPT = "La tablette n’a pas pu garder ce repère : sa mémoire est peut-être pleine. Libérez de la place."


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log
class PrivateNote:
    """`text` is what stands in the field, kept or not; `judged` why it is not, or what to think of."""

    subject: str
    text: str = ""
    judged: Judged = field(default_factory=Judged)
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    @property
    def left(self) -> int:
        """Return how many characters may still be typed; negative beyond."""
        return LONGEST - len(self.text)

    async def put(self, text: str) -> None:
        """Save the note as it is typed; what names a person stays in the field, to be mended, and is not saved."""
        self.text = text
        try:
            self.judged = await self._desk.notes.put_text(self.subject, text, self._desk.today)
        except StoreError:
            self.judged = Judged(NOT_KEPT)


def open_note(subject: str, desk: Desk) -> PrivateNote:
    """Return the private note of that subject as it is kept."""
    return PrivateNote(subject, desk.notes.get(subject, desk.today).text, _desk=desk)
