"""Propose what the next record starts with: the place of the last one, and its slot while one enters afterwards.

What happens now has the slot of the clock. In the evening, of what happened in the morning, the slot is chosen by
hand once: it is proposed as long as each record of that day follows the one before within `AFTERWARDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from field_app.ports import device
from field_app.state.desk import Desk

NOTE = "last used"
REMEMBERED = ("action", "commune", "place_type")
BY_HAND = "slot by hand"
"""Where the note says which slot was chosen by hand, of which day, and when that record was saved."""
AFTERWARDS = timedelta(hours=2)


def choose_slot(last: Mapping[str, Any], day: str, now: datetime) -> str:
    """Return the slot to propose for a record of that day: the one chosen by hand just before, or the clock's."""
    noted = last.get(BY_HAND)
    if noted and noted["day"] == day and timedelta(0) <= now - datetime.fromisoformat(noted["at"]) <= AFTERWARDS:
        return str(noted["slot"])
    return device.slot_of(now.hour)


async def read_last(desk: Desk) -> dict[str, Any]:
    """Return what was used last, read once: each save asks. Raises StoreError."""
    if desk.last_used is None:
        desk.last_used = await desk.store.note(NOTE)
    return desk.last_used


async def keep_last(last: dict[str, Any], desk: Desk) -> None:
    """Keep what is proposed next time. Raises StoreError."""
    desk.last_used = None  # whatever becomes of it
    await desk.store.keep_note(NOTE, last)
    desk.last_used = last


async def remember(fields: Mapping[str, Any], by_hand: bool, desk: Desk) -> None:
    """Note what was saved just now, for the next record. `by_hand` tells whether a person chose its slot, or it
    was proposed after one they chose. Raises StoreError."""
    before = await read_last(desk)
    after = {**before, **{name: fields[name] for name in REMEMBERED if name in fields}}
    now, slot = desk.clock(), fields.get("slot")
    if slot == device.slot_of(now.hour):
        after.pop(BY_HAND, None)  # what happens now is entered again
    elif by_hand and slot not in (None, "inconnu"):
        after[BY_HAND] = {"day": fields["day"], "slot": slot, "at": now.isoformat(timespec="minutes")}
    if after != before:  # seldom within an outing, and a commit takes as long as the save itself
        await keep_last(after, desk)
