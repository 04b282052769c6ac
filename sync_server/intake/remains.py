"""Records that the log lost, and what stays of them: their columns, their history. Both tell whose a record is, so
that it comes again from its own team alone, and they make room for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, select, tuple_, union

from sync_server.intake import columns
from sync_server.intake.judge import REVOKED, Answers, Incoming, Sender, receipt
from sync_server.storage import database
from sync_server.storage.tables import HeldRecord, PastRevision, table

RECORD, PAST = table(HeldRecord), table(PastRevision)
_LEFT = union(
    *(
        select(one.c.id, one.c.team).where(
            one.c.territory == bindparam("territory"), one.c.id.in_(bindparam("ids", expanding=True))
        )
        for one in (*columns.HEADS, PAST)
    )
)
"""Made once: every batch with new records asks it, and making it costs as much as its answer."""


def find(connection: Connection, territory: str, ids: Collection[str]) -> dict[str, str | None]:
    """Return the teams of those of these ids, none of them in the log, that left something here; None where
    nothing of it tells the team (lost under a schema before the twelfth)."""
    found: dict[str, str | None] = {}
    if ids:
        for record_id, team in connection.execute(_LEFT, {"territory": territory, "ids": list(ids)}):
            found[record_id] = found.get(record_id) or team
    return found


def settle(
    connection: Connection,
    sender: Sender,
    incoming: Sequence[Incoming],
    left: dict[str, str | None],
) -> tuple[list[Incoming], Answers]:
    """Say of each record of which something is left whose it is, as `decision` does of what the log holds. Return
    those to write and the refusals of the others.

    A record of the sender's team comes again; another team's is kept apart. A revoked tablet hands in only what it
    never sent, and this was held: it is refused."""
    rest, refused = [], {}
    for item in incoming:
        record_id, team = item.record.id, left.get(item.record.id)
        # Nothing is left of it: it is new.
        if record_id not in left:
            rest.append(item)
        # Another team's: it comes again to that team from the tablet that wrote it there, else it is kept apart.
        elif team is not None and not sender.owns(team):
            before = _wrote(connection, sender, record_id, team)
            rest.append(replace(item, team=team, apart="") if before else item.set_apart(sender.team))
        # A revoked tablet hands in only what it never sent, and this was held.
        elif sender.revoked:
            refused[item.place] = receipt(item, "refused", reasons=[REVOKED])
        # The sender's team's own, whatever is known by now of what it is about.
        else:
            rest.append(item.set_apart("") if team is not None else item)
    return rest, refused


def _wrote(connection: Connection, sender: Sender, record_id: str, team: str) -> bool:
    """Tell whether the history tells that this tablet wrote it when it was of that team; the columns name no
    tablet."""
    if team not in {before.team for before in sender.former}:
        return False
    p = PAST.c
    mine = (p.territory == sender.territory) & (p.id == record_id) & p.device_id.in_(sender.devices)
    return connection.execute(select(p.revision).where(mine).limit(1)).first() is not None


def clear(connection: Connection, sender: Sender, incoming: list[Incoming]) -> tuple[list[Incoming], Answers]:
    """Make room, under the territory's lock, for records that the log lost: delete their columns, and from the
    history the revisions about to go there. Return those to write, and « duplicate » for each revision that stands
    in the history.

    What is kept apart under an id for the sender's team is cleared too. What is to be kept apart touches nothing
    of another team's, and is told nothing of it.
    """
    database.lock_territory(connection, sender.territory)
    keys = {key for item in incoming for key in _places(item, sender)}
    r, p = RECORD.c, PAST.c
    found = connection.execute(select(r.id, r.revision).where(r.territory == sender.territory, r.id.in_(keys)))
    held = {row.id: row.revision for row in found}
    there = (p.territory == sender.territory) & p.id.in_(keys)
    known = {tuple(row) for row in connection.execute(select(p.id, p.revision, p.digest).where(there))}
    # A revision of the history was held: the same one again is a duplicate.
    rest, repeats = [], {}
    for item in incoming:
        places = _places(item, sender)
        named = [(key, item.record.revision, item.digest) for key in places]
        if not any(key in held for key in places) and any(one in known for one in named):
            repeats[item.place] = receipt(item, "duplicate")
        else:
            rest.append(item)
    # Columns without a row of the log: whatever they say was lost with it.
    alone = {i.record.id for i in rest if not i.apart and i.record.id not in held}
    columns.erase(connection, sender.territory, sorted(alone))
    # What stands now goes to the history when replaced, what is lost when overtaken: free both numbers.
    lost = {(key, i.record.revision) for i in rest for key in _places(i, sender) if key not in held}
    going = [*held.items(), *lost]
    connection.execute(delete(PAST).where(p.territory == sender.territory, tuple_(p.id, p.revision).in_(going)))
    return rest, repeats


def _places(item: Incoming, sender: Sender) -> tuple[str, ...]:
    return (item.key,) if item.apart else item.keys_of(sender.team)
