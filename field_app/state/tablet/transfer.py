"""Export and import of what is not sent yet, from the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import flet as ft

from field_app.locking import transfer_file as files
from field_app.locking.transfer_file import TransferError
from field_app.ports.storage import StoreError
from field_app.state.desk import Desk
from shared import french

UNSENT = ("draft", "pending", "to_correct")
"""The states that the server has not acknowledged."""
FULL = "La tablette n’a pas pu tout garder : libérez de la place, puis importez le même fichier encore une fois."
Save = Callable[[str, bytes], Awaitable[bool]]
"""Gives a file to the person, under that name; whether they took it."""


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log
class Transfer:
    """`code` is that of the file just exported, shown until the screen is left; `typed` the one of a file to
    import; `said` how it went, `wrong` whether badly."""

    code: str = ""
    typed: str = ""
    said: str = ""
    wrong: bool = False
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    async def export(self, save: Save) -> None:
        """Save everything unsent in a file sealed by a fresh code."""
        every = sorted(await self._desk.store.all(), key=lambda kept: kept.entered or 0)
        records = [kept for kept in every if kept.state in UNSENT]
        if not records:
            self._say("Rien à exporter : tout est envoyé.")
            return
        code = files.new_code()
        if await save(
            f"saisies-{self._desk.today}.tdu", await files.sealed(records, code, self._desk.ports.vaults)
        ):
            self.code = code
            plural = french.plural(len(records))
            self._say(
                f"{len(records)} saisie{plural} exportée{plural}. Recopiez le code : sans lui, rien ne s’ouvre."
            )

    async def take_in(self, file: bytes) -> None:
        """Take in the records of such a file that are not here yet; those that are stay as they are."""
        try:
            found = await files.opened(file, self.typed, self._desk.ports.vaults)
        except TransferError as error:
            self._say(str(error), wrong=True)
            return
        try:
            new = [kept for kept in found if await self._desk.store.get(kept.id) is None]
            for kept in new:
                await self._desk.store.keep(replace(kept, entered=None))  # after what was entered here
        except StoreError:
            self._say(FULL, wrong=True)
            return
        self.typed = ""
        self._desk.bell.set()
        plural = french.plural(len(new))
        self._say(f"{len(new)} saisie{plural} ajoutée{plural}." if new else "Tout était déjà sur cette tablette.")

    def leave(self) -> None:
        """Forget the code when the screen is left: it is shown no more."""
        self.code, self.typed, self.said = "", "", ""

    def _say(self, words: str, wrong: bool = False) -> None:
        self.said, self.wrong = words, wrong
