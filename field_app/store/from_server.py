"""Decides what a tablet keeps of a record that the server sends, next to the one that stands here. No SQL, no I/O.

What the worker entered and the server does not hold yet is never overwritten: nothing else has it.
"""

from __future__ import annotations

from dataclasses import replace

from field_app.store.kept import HELD_THERE, Kept, as_held_there
from shared import wire

PUBLISHED = ("service", "choice")
"""The kinds that come from the coordination: a tablet never sends them."""


def send_again(now: Kept | None) -> Kept | None:
    """Send again what the server acknowledged and lost (`Kept.again`), unless it is unsent here."""
    return now.again() if now is not None and now.state in HELD_THERE else now


def _lost(record: wire.Pulled, mine: Kept) -> bool:
    """Return whether the server acknowledged mine, and now has something earlier or else in its place."""
    content = wire.digest(record.kind, record.deleted, record.fields)
    return record.revision < mine.revision or (
        record.revision == mine.revision and mine.state != "received" and content != mine.digest
    )


def take_pulled(record: wire.Pulled, mine: Kept | None) -> Kept | None:
    """Decide what a pulled record makes of mine: never an unsent edit overwritten; None removes it.

    A service deleted by the coordination stays as a tombstone: the one that shipped must not come back. A server
    that sends an older revision than it had acknowledged, or another content, lost mine: it goes to it again.
    """
    # 1. Unsent here: it goes to the server, which compares.
    if mine is not None and mine.state not in HELD_THERE:
        return mine
    # 2. The server lost mine: its version is older, and must not replace the last copy there is.
    if mine is not None and mine.kind not in PUBLISHED and _lost(record, mine):
        return mine.again()
    # 3. Anything else is news.
    return as_held_there(record, mine)


def take_given_back(record: wire.Pulled, mine: Kept | None, mark: str) -> Kept | None:
    """Decide what becomes of a record that this tablet wrote and no longer had as the server has it, under that
    mark: its own again, a deletion too. Never an unsent edit overwritten."""
    taken = take_pulled(record, mine)
    # Deleted: a pull would keep nothing of it, but this tablet wrote it, so its marks stay.
    if taken is None:
        return Kept(record.id, record.kind, {}).tombstone(record.revision)
    # It looks like a colleague's only because this tablet forgot that it wrote it.
    return (replace(taken, state="sent") if taken.state == "received" else taken).known_by(mark)
