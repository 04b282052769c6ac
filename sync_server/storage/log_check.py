"""Check the security log, the audit log that it answers for, and what was told outside of how far it had come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from sync_server import numbers
from sync_server.storage import audit_log, security_log
from sync_server.storage.log_keys import LogKey
from sync_server.storage.security_log import BEGINNING

CHANGED = (
    "La ligne n° {number} a été changée, ajoutée ou retirée : de là, le journal de sécurité ne prouve plus rien."
)
OTHER_KEY = (
    "Les lignes n° {first} à {last} sont d’une autre clé ({id}). Donnez-la par --old-key si elle a été remplacée ;"
    " sinon, quelqu’un a réécrit le journal."
)
KEY_BACK = (
    "La ligne n° {number} est d’une clé qui avait été remplacée ({id}) : quelqu’un s’en sert encore, ou elle a été"
    " remise à sa place."
)
CUT = "Le journal de sécurité a perdu sa fin : il disait aller jusqu’au n° {told}, il s’arrête au n° {number}."
ACT_CHANGED = "L’acte n° {number} du journal de la console a été changé ou retiré depuis qu’il a été inscrit."
ACT_UNKNOWN = "L’acte n° {number} du journal de la console n’a pas été inscrit par ce serveur."
ACTS_BROKEN = "Le journal de la console est rompu au n° {number}."
HEAD_LOST = (
    "Le {at}, le journal de sécurité allait jusqu’au n° {number} ; cette ligne {why} : il a été coupé ou réécrit."
)
_MOST = 2**63 - 1
"""The last number that a database keeps."""
GONE, OTHER = "n’y est plus", "n’est plus la même"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_HEAD = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (\S+) (\d+) ([0-9a-f]{64})\b")
"""A head, wherever it stands in a line: syslog and others write something before it."""


@dataclass(frozen=True, slots=True)
class LogHead:
    """How far the log had come at a moment, as it was told outside the database; `at` in seconds since 1970."""

    at: int
    territory: str
    number: int
    digest: str

    def write(self) -> str:
        """Write it in a line: the moment (UTC), the territory, the number and the digest."""
        return f"{write_moment(self.at)} {self.territory} {self.number} {self.digest}"


def write_moment(at: int) -> str:
    """Write a moment, in seconds since 1970, for a program: UTC, to the second (ISO 8601)."""
    return f"{datetime.fromtimestamp(at, UTC):{_MOMENT}}"


def read_heads(lines: Iterable[str]) -> list[LogHead]:
    """Read the heads that stand in these lines; those that hold none are passed over."""
    found = (_HEAD.search(line) for line in lines)
    return [
        LogHead(int(datetime.strptime(one[1], _MOMENT).replace(tzinfo=UTC).timestamp()), one[2],
             int(one[3]), one[4])
        for one in found if one
    ]  # fmt: skip


def check(
    connection: Connection, territory: str, keys: Iterable[LogKey], heads: Iterable[LogHead] = ()
) -> list[str]:
    """Return what is wrong with the logs, in French; nothing when all of it holds. Whoever wrote in the database
    may have written anything: nothing of it acts on a terminal, nor keeps the rest from being told."""
    entries = [dict(row._mapping) for row in security_log.read_all(connection, territory)]
    faults = [
        *_check_chain(territory, entries, {key.id: key for key in keys}),
        *_check_end(connection, territory, entries),
        *_check_acts(connection, territory, entries),
        *_check_heads(entries, [head for head in heads if head.territory == territory]),
    ]
    return [security_log.printable(fault) for fault in faults]


def _check_chain(territory: str, entries: list[dict[str, Any]], keys: Mapping[str, LogKey]) -> Iterator[str]:
    """Follow the chain up to the first entry that breaks it. Entries of a key that is not at hand are told, and
    followed by their order alone; one of a key that was replaced, after it, is told too: it may be why it was."""
    previous, others, used, back = BEGINNING, dict[str, list[int]](), list[str](), dict[str, int]()
    for number, entry in enumerate(entries, 1):
        key = keys.get(entry["key_id"])
        if key is None:
            others.setdefault(entry["key_id"], []).append(number)
        sealed = key is None or entry["digest"] == security_log.seal(territory, entry, key)
        if entry["number"] != number or entry["previous"] != previous or not sealed:
            yield CHANGED.format(number=number)
            break
        if entry["key_id"] not in used:
            used.append(entry["key_id"])
        elif entry["key_id"] != used[-1]:
            back.setdefault(entry["key_id"], number)
        previous = entry["digest"]
    for name, first in back.items():
        yield KEY_BACK.format(number=first, id=name)
    for name, found in others.items():
        yield OTHER_KEY.format(first=found[0], last=found[-1], id=name)


def _check_end(connection: Connection, territory: str, entries: list[dict[str, Any]]) -> Iterator[str]:
    told, digest = security_log.end(connection, territory)
    last = (entries[-1]["number"], entries[-1]["digest"]) if entries else (0, BEGINNING)
    if (told, digest) != last:
        yield CUT.format(told=told, number=last[0])


def _check_acts(connection: Connection, territory: str, entries: list[dict[str, Any]]) -> Iterator[str]:
    """Compare the audit log with what this one answers for: each act since it began, and where it stood then."""
    broken = audit_log.broken_at(connection, territory)
    if broken is not None:
        yield ACTS_BROKEN.format(number=broken)
    c = audit_log.ENTRY.c
    acts = {row.number: row.digest for row in connection.execute(
        select(c.number, c.digest).where(c.territory == territory))}  # fmt: skip
    noted = dict[int, set[str]]()
    for number, digest in _list_noted(entries):
        noted.setdefault(number, set()).add(digest)
    for number, digests in sorted(noted.items()):
        if number and digests != {acts.get(number)}:  # two of one number: cut back, and gone on
            yield ACT_CHANGED.format(number=number)
    since = min(noted, default=max(acts, default=0))
    for number in sorted(acts.keys() - noted.keys()):
        if number > since:
            yield ACT_UNKNOWN.format(number=number)


def _list_noted(entries: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    """List the acts that entries answer for, by number and digest; one that is written over answers for none."""
    for entry in entries:
        number, _, digest = str(entry["about"]).partition(" ")
        known = numbers.whole(number, most=_MOST) if entry["kind"] in ("act", "began") else None
        if known is not None:
            yield known, digest


def _check_heads(entries: list[dict[str, Any]], heads: list[LogHead]) -> Iterator[str]:
    """Compare what was told outside with the entries; a backup put back since explains what went after it."""
    digests = {entry["number"]: entry["digest"] for entry in entries}
    told = [(entry["at"], entry["count"]) for entry in entries if entry["kind"] == "restored"]
    restored = [
        one for one in told if all(isinstance(value, int) for value in one)
    ]  # SQLite keeps words there too
    for head in heads:
        found = digests.get(head.number)
        explained = any(head.at <= at and head.number > kept for at, kept in restored)
        if head.number and found != head.digest and not explained:
            at = f"{datetime.fromtimestamp(head.at, UTC):%d/%m/%Y à %Hh%M} UTC"
            yield HEAD_LOST.format(at=at, number=head.number, why=GONE if found is None else OTHER)
            return
