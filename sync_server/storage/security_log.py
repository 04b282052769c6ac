"""The security log: who came in, was refused, read or took away what. Each entry is bound to the one before by an
HMAC whose key is not in the database: whoever writes in the database alone can change nothing unseen.

Cut at its end, with the row that says where it ended, it still holds: the heads, told outside each hour
(`web/logs/heads.py`), say how far it had come.
"""

from __future__ import annotations

import hmac
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sync_server.settings import Settings
from sync_server.storage import database, log_keys
from sync_server.storage.log_keys import LogKey
from sync_server.storage.security_tables import SecurityEnd, SecurityEntry
from sync_server.storage.tables import Territory, table

ENTRY, END, TERRITORY = table(SecurityEntry), table(SecurityEnd), table(Territory)
BEGINNING = "0" * 64
"""What the first entry follows."""
LONGEST = 200
"""Characters that an entry says of what it is about."""
KINDS = {
    "signed-in": "Connexion",
    "wrong-password": "Connexion refusée",
    "made-to-wait": "Essais trop nombreux, attente imposée",
    "signed-out": "Déconnexion",
    "factor": "Code de vérification accepté",
    "wrong-factor": "Code de vérification refusé",
    "enrolled": "Tablette enrôlée",
    "bad-code": "Code d’enrôlement refusé",
    "revoked-device": "Tablette révoquée qui demande à lire",
    "read": "Consultation de saisies",
    "export": "Fichier téléchargé",
    "forbidden": "Accès refusé",
    "quota": "Limite d’usage atteinte",
    "act": "Acte inscrit au journal",
    "backup": "Sauvegarde faite",
    "restored": "Sauvegarde restaurée",
    "began": "Début de ce journal",
}
"""What may happen, as the page and the command say it."""
AT_ONCE = 500
"""Entries read together."""
_SAID = ("number", "at", "kind", "who", "about", "count", "key_id", "previous")
_KEY = "log_key"


@dataclass(frozen=True, slots=True)
class Happening:
    """What is to be noted: `who` is a login or a device, `about` a route or a name, `count` rows or times."""

    kind: str
    who: str = ""
    about: str = ""
    count: int = 0


def connect(settings: Settings) -> Engine:
    """Return the engine of the server's database, whose connections note what happens with its key. Raises
    ValueError, in French, where the file of the key holds none."""
    return keyed(database.connect(settings.database_url), log_keys.open_key(log_keys.find_path(settings)))


def keyed(engine: Engine, key: LogKey) -> Engine:
    """Return the engine, whose connections note what happens with that key."""
    return engine.execution_options(**{_KEY: key})


def note(connection: Connection, territory: str, at: int, happened: Happening) -> None:
    """Add an entry, in the transaction of what it tells. A connection without a key, as of a proof or of a copy,
    notes nothing: `check` finds what was done so."""
    key = find_key(connection)
    if key is None:
        return
    last = _hold_end(connection, territory)
    if not last[0]:
        last = _append(
            connection, territory, key, last, at, Happening("began", about=_acts_end(connection, territory))
        )
    ended = _append(connection, territory, key, last, at, happened)
    mine = update(END).where(END.c.territory == territory)
    connection.execute(mine.values(number=ended[0], digest=ended[1]))


def _append(
    connection: Connection, territory: str, key: LogKey, last: tuple[int, str], at: int, happened: Happening
) -> tuple[int, str]:
    """Insert the entry that follows `last`, and return its number and digest."""
    values = {
        "number": last[0] + 1,
        "at": at,
        "kind": happened.kind,
        "who": printable(happened.who)[:100],
        "about": printable(happened.about)[:LONGEST],
        "count": happened.count,
        "key_id": key.id,
        "previous": last[1],
    }
    digest = seal(territory, values, key)
    connection.execute(insert(ENTRY).values(territory=territory, digest=digest, **values))
    return last[0] + 1, digest


def printable(text: str) -> str:
    """Replace what nobody sees and what acts on whoever prints it: controls, line ends, marks that turn the words
    around, half a surrogate."""
    return "".join(
        one if one.isprintable() or unicodedata.category(one) == "Zs" else "\N{REPLACEMENT CHARACTER}"
        for one in text
    )


def name_act(number: int, digest: str) -> str:
    """Write which entry of the audit log an entry of this one answers for."""
    return f"{number} {digest}"


def _acts_end(connection: Connection, territory: str) -> str:
    """Say where the audit log ended when this one began."""
    c = TERRITORY.c
    found = connection.execute(select(c.log_number, c.log_digest).where(c.code == territory)).first()
    return name_act(*found) if found else name_act(0, "")


def seal(territory: str, values: Mapping[str, Any], key: LogKey) -> str:
    """Compute the HMAC-SHA-256, in hexadecimal, of an entry."""
    said = json.dumps([territory, *(str(values[name]) for name in _SAID)], ensure_ascii=False)
    return hmac.new(key.secret, said.encode(), sha256).hexdigest()


def end(connection: Connection, territory: str) -> tuple[int, str]:
    """Return the number and the digest of the last entry, as the row that keeps them says."""
    found = connection.execute(select(END.c.number, END.c.digest).where(END.c.territory == territory)).first()
    return (found.number, found.digest) if found else (0, BEGINNING)


def read_all(connection: Connection, territory: str) -> Iterator[Any]:
    """Read the entries, the oldest first, some at a time: the memory needed does not grow with the log."""
    mine = select(ENTRY).where(ENTRY.c.territory == territory).order_by(ENTRY.c.number)
    yield from connection.execute(mine.execution_options(yield_per=AT_ONCE))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: entries of that kind, of whom (a login or a device, whole), and older than that number; 0 for
    the latest."""

    kind: str = ""
    who: str = ""
    before: int = 0


def list_entries(connection: Connection, territory: str, wanted: Wanted, most: int) -> list[Any]:
    """List entries, the latest first."""
    c = ENTRY.c
    mine = select(ENTRY).where(c.territory == territory).order_by(c.number.desc()).limit(most)
    if wanted.kind:
        mine = mine.where(c.kind == wanted.kind)
    if wanted.who:
        mine = mine.where(c.who == wanted.who)
    if wanted.before:
        mine = mine.where(c.number < wanted.before)
    return list(connection.execute(mine))


def find_key(connection: Connection) -> LogKey | None:
    """Return the key with which this connection notes, None where it notes nothing."""
    key = connection.get_execution_options().get(_KEY)
    return key if isinstance(key, LogKey) else None


def _hold_end(connection: Connection, territory: str) -> tuple[int, str]:
    """Lock the end of the log until the transaction ends, and return it: entries follow one another."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(END).values(territory=territory, number=0, digest=BEGINNING)
    connection.execute(first.on_conflict_do_nothing())
    mine = select(END.c.number, END.c.digest).where(END.c.territory == territory).with_for_update()
    found = connection.execute(mine).one()
    return found.number, found.digest
