"""Enters a typical encounter, one field at a time, saying each one when it is kept: made to be killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from field_app.directory import Directory
from field_app.locking.opening import open_store
from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.state.forms.drafts import Draft
from tests.field_app.world import ENROLMENT, SECRET, clock

LINK = "remobilisation--lien-social"
INPUTS: tuple[Callable[[Draft], Awaitable[None]], ...] = (
    lambda d: d.choose("commune", "90052"),
    lambda d: d.choose("place_type", "espace-public"),
    lambda d: d.choose("age_band", "18-21"),
    lambda d: d.choose("gender", "femme"),
    lambda d: d.choose("first_contact_year", "oui"),
    lambda d: d.toggle("needs", "theme", LINK),
    lambda d: d.toggle("referrals", "service", "prevention-specialisee", theme=LINK),
    lambda d: d.change_referral("prevention-specialisee", "mode", "accompagnement-physique"),
    lambda d: d.toggle("obstacles", "kind", "mobilite"),
    lambda d: d.choose("household", "seul"),
)
"""What a worker taps for one encounter, in order."""


async def enter(folder: Path) -> None:
    store = await open_store(folder / "tablet.db", SECRET)
    draft = await begin.new("encounter", Desk(store, Directory(), ENROLMENT, clock))
    for number, tap in enumerate(INPUTS, start=1):
        await tap(draft)
        print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(enter(Path(sys.argv[1])))
