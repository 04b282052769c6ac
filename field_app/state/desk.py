"""Gather what every state works with: the store, the directory, the clock, the bell that wakes the sync."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from field_app.directory import Directory
from field_app.locking.entrance import Opened
from field_app.ports import device
from field_app.ports.ports import Ports
from field_app.state.forms import outing
from field_app.state.forms.structures import Written
from field_app.state.forms.usage import Used
from field_app.state.preferred import Preferred
from field_app.store.local_store import Kept, LocalStore
from field_app.store.private_notes import PrivateNotes
from field_app.sync.enrolment import Enrolment
from shared import rules, territory

NO_POSITION = "La position n’est pas disponible : choisissez la commune à la main."
OUTSIDE = "Vous êtes hors du territoire : choisissez la commune à la main."


@dataclass
class Desk:
    """The collaborators, never shown: an ordinary object, so that no component listens to it."""

    store: LocalStore
    directory: Directory
    enrolment: Enrolment | None = None
    clock: Callable[[], datetime] = device.now
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    notes: PrivateNotes = field(default=None, repr=False)  # type: ignore[assignment]  # given wherever a screen is
    locate: device.Locate | None = None
    used: Used = field(default_factory=dict)
    structures: Written = field(default_factory=dict)
    preferred: Preferred = field(default_factory=Preferred)
    ports: Ports = field(default_factory=Ports)
    undoable: tuple[Kept, ...] = field(default=(), repr=False)  # deleted or thrown away, which may be put back
    last_used: dict[str, Any] | None = None  # what the note of that name holds; None: to be read
    found: list[Kept] = field(default_factory=list, repr=False)  # what the tablet holds, as of the last look

    @property
    def today(self) -> date:
        """Return the day on the device."""
        return self.clock().date()

    @property
    def outing_day(self) -> date:
        """Return the day proposed for what happens now: until 6 in the morning, that of the outing under way."""
        return outing.day_of(self.found, self.clock())

    @property
    def when(self) -> dict[str, str]:
        """Return the day and the slot proposed for what happens now, as they are entered."""
        return {"day": str(self.outing_day), "slot": device.slot_of(self.clock().hour)}

    async def look(self) -> list[Kept]:
        """Read what the tablet holds."""
        self.found = await self.store.all()
        return self.found

    async def commune_here(self) -> str | None:
        """Return the commune the device is in, to be proposed; None outside the territory. Raises
        NoPositionError."""
        if self.locate is None:
            raise device.NoPositionError
        found = territory.at(*await self.locate())
        return found.insee if found else None

    async def propose_commune(self) -> tuple[str | None, str]:
        """Return the commune the device is in, or None with what the worker reads. The position is forgotten at
        once."""
        try:
            here = await self.commune_here()
        except device.NoPositionError:
            return None, NO_POSITION
        return here, "" if here else OUTSIDE

    @property
    def evidence(self) -> rules.Evidence:
        """Return what the rules may know here."""
        return rules.Evidence(self.today, self.directory.ids)


def open_desk(opened: Opened, ports: Ports) -> Desk:
    """Return the desk of a tablet that was just opened, over the ports of its device."""
    return Desk(
        opened.store, Directory(opened.records), opened.enrolment, ports.clock, notes=opened.notes,
        locate=ports.locate, ports=ports,
    )  # fmt: skip
