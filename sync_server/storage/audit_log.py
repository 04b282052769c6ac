"""The audit log of the console: who changed what, in a chain of digests that an edit or a deletion breaks."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from sync_server.storage import database, security_log
from sync_server.storage.desk_tables import AuditEntry
from sync_server.storage.tables import Territory, table

ENTRY, TERRITORY = table(AuditEntry), table(Territory)
BEGINNING = "0" * 64
"""What the first entry follows."""
Content = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which territory, on which day; a connection or an engine is passed apart."""

    territory: str
    login: str
    today: date


@dataclass(frozen=True, slots=True)
class Act:
    """What is done to which thing: `act` is a short French phrase (« Objectif modifié »), `subject` names the
    thing without a record's content."""

    act: str
    subject: str


COMMAND_LINE = "ligne de commande"
"""Who acts by the commands of the server: whoever has its machine, and no account."""


def note(connection: Connection, actor: Actor, act: Act, before: Content = None, after: Content = None) -> None:
    """Add an entry, in the transaction that makes the change: both stand or neither does."""
    database.lock_territory(connection, actor.territory)
    last, previous = end(connection, actor.territory)
    values = {
        "number": last + 1,
        "day": actor.today,
        "login": actor.login,
        "act": act.act,
        "subject": act.subject,
        "before": _text(before),
        "after": _text(after),
        "previous": previous,
    }
    digest = _digest(values)
    connection.execute(insert(ENTRY).values(territory=actor.territory, digest=digest, **values))
    ended = update(TERRITORY).where(TERRITORY.c.code == actor.territory)
    connection.execute(ended.values(log_number=values["number"], log_digest=digest))
    done = security_log.Happening("act", actor.login, security_log.name_act(last + 1, digest))
    security_log.note(connection, actor.territory, int(time.time()), done)


def end(connection: Connection, territory: str) -> tuple[int, str]:
    """Return the number and digest of the last entry ever made, kept apart from the entries: one that was taken
    out keeps its number, and whatever comes next follows from it."""
    c = TERRITORY.c
    number, digest = connection.execute(select(c.log_number, c.log_digest).where(c.code == territory)).one()
    return number, digest or BEGINNING


def entries(connection: Connection, territory: str, most: int = 200, before: int | None = None) -> list[Any]:
    """Return the last entries, the latest first; with `before`, of those below that number."""
    mine = select(ENTRY).where(ENTRY.c.territory == territory)
    if before is not None:
        mine = mine.where(ENTRY.c.number < before)
    return list(connection.execute(mine.order_by(ENTRY.c.number.desc()).limit(most)).all())


def last_about(connection: Connection, territory: str, key: str) -> Any | None:
    """Return the last entry whose subject ends so; None when there is none."""
    mine = select(ENTRY).where(ENTRY.c.territory == territory, ENTRY.c.subject.endswith(key, autoescape=True))
    return connection.execute(mine.order_by(ENTRY.c.number.desc()).limit(1)).first()


def broken_at(connection: Connection, territory: str) -> int | None:
    """Return the number of the first entry that was changed or taken out, at the end too; None when the chain
    holds. Whoever may write in the database may write a whole chain anew, and its end: the name of a backup, kept
    out of their reach, tells it (`backup.save_in`)."""
    expected, previous = 1, BEGINNING
    mine = select(ENTRY).where(ENTRY.c.territory == territory).order_by(ENTRY.c.number)
    try:
        for row in connection.execute(mine).mappings():
            if row["number"] != expected or row["previous"] != previous or row["digest"] != _digest(dict(row)):
                return expected
            expected, previous = expected + 1, row["digest"]
    except ValueError:  # SQLite keeps any word as a day
        return expected
    return None if (expected - 1, previous) == end(connection, territory) else expected


def _text(content: Content) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, default=str) if content is not None else ""


def _digest(values: Mapping[str, Any]) -> str:
    names = ("number", "day", "login", "act", "subject", "before", "after", "previous")
    text = json.dumps([str(values[name]) for name in names], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
