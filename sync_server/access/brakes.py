"""Count what fails, and make whoever fails wait a little longer each time: never a block.

Each attempt belongs to several counts (`Tried`): that of its account from its address, of its address, of its
account from anywhere, of everything. A count leaks away with time, and makes wait from `Brake.free` on. What is
refused is not counted: to knock on in vain makes nobody's wait longer. What everybody shares is counted apart for
those who have hardly failed (`Tried.apart`): whoever fails on and on, and takes each turn as it comes, takes it
from their like.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, insert, or_, select, update

from sync_server.errors import ServerError
from sync_server.storage import database
from sync_server.storage.tables import Attempts, table

ATTEMPTS = table(Attempts)
AN_HOUR, A_DAY = 3_600, 24 * 3_600
"""Seconds. A day after its last failure a count is forgotten, whatever is left of it."""
CUSTOMER = 48
"""Bits of an IPv6 address that one customer's networks share, at least."""
CLOCK_SLIP = 60
"""Seconds by which two servers' clocks may differ; a count from further ahead is of a clock that was set back."""


@dataclass(frozen=True, slots=True)
class Brake:
    """How one count makes wait, in seconds: not at all below `free` failures, then `first`, doubled at each
    further failure, `longest` at most. One failure is forgotten every `leak` seconds."""

    free: int
    first: int
    longest: int
    leak: int

    def wait(self, failures: int) -> int:
        """Return the seconds to wait after the last of so many failures."""
        over = failures - self.free
        return 0 if over < 0 else min(self.first << min(over, 16), self.longest)

    @property
    def most(self) -> int:
        """Failures beyond which nothing more is counted: the longest wait is reached, and is left as soon."""
        return self.free + (self.longest // max(self.first, 1)).bit_length()


@dataclass(frozen=True, slots=True)
class Tried:
    """One count that an attempt belongs to: `parts` say what it counts and for whom. `account` is the login it is
    about, by which an administrator finds it; both are kept hashed. `apart` is one of the other counts: below its
    `free`, this attempt is counted apart from all those above."""

    parts: tuple[str, ...]
    brake: Brake
    account: str = ""
    apart: Tried | None = None

    @property
    def name(self) -> str:
        """Name of the count: nobody types a login that reads like the count of somebody else."""
        return json.dumps(self.parts)


def classify(address: str, prefix: int = 64) -> str:
    """Return the class of an address: IPv4 itself, IPv6 the /64 that one network has all of, or the shorter prefix
    that one customer may have all of. What is no address (a proxy may pass on anything) is a class of its own."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    rest = 128 - prefix
    return str(found.ipv4_mapped or ip_network((int(found) >> rest << rest, prefix)))


def neighbourhood(name: str, address: str, free: int = 3) -> Tried:
    """Return the count that tells who has failed lately, in that name, from those who have hardly: it makes nobody
    wait. Of IPv6 the /48 that one customer may have, with 65,536 networks to come from."""
    return Tried((name, "around", classify(address, CUSTOMER)), Brake(free, first=0, longest=0, leak=AN_HOUR))


def check(engine: Engine, territory: str, tried: Iterable[Tried], now: int) -> None:
    """Require that none of `tried` has to wait, without a lock: a flood stops here. Raises `too_many_attempts`."""
    with database.reading(engine) as connection:
        _check(connection, territory, _set_apart(connection, territory, tried, now), now)


def count(connection: Connection, territory: str, tried: Iterable[Tried], now: int) -> list[Tried]:
    """Count an attempt as a failure of each of `tried`, and clear away what is forgotten. Return the counts that
    it went into, for `give_back`. Takes the territory's turn: what is counted here nobody else can count at the
    same time.

    Raises ServerError `too_many_attempts`, and counts nothing then.
    """
    database.lock_territory(connection, territory)
    tried = _set_apart(connection, territory, tried, now)
    _check(connection, territory, tried, now)
    c = ATTEMPTS.c
    connection.execute(delete(ATTEMPTS).where(or_(c.last_at < now - A_DAY, c.last_at > now + CLOCK_SLIP)))
    for one in tried:
        failures, since = _failures(connection, territory, one, now)
        counted = {"failures": min(failures + 1, one.brake.most), "since": since, "last_at": now}
        _put(connection, territory, one, counted)
    return tried


def give_back(connection: Connection, territory: str, tried: Iterable[Tried]) -> None:
    """Take back what `count` counted, under the names that it returned: it was no failure."""
    database.lock_territory(connection, territory)
    for one in tried:
        mine = _is(territory, one) & (ATTEMPTS.c.failures > 0)
        connection.execute(update(ATTEMPTS).where(mine).values(failures=ATTEMPTS.c.failures - 1))


def forget(connection: Connection, territory: str, tried: Iterable[Tried]) -> None:
    """Forget these counts whole: whoever failed turned out to be who they say."""
    for one in tried:
        connection.execute(delete(ATTEMPTS).where(_is(territory, one)))


def lift(connection: Connection, territory: str, account: str) -> bool:
    """Forget all the counts of one account; return whether there were any."""
    database.lock_territory(connection, territory)
    c = ATTEMPTS.c
    mine = (c.territory == territory) & (c.account == hash_name(account))
    failed = connection.scalars(select(c.failures).where(mine)).all()
    connection.execute(delete(ATTEMPTS).where(mine))
    return any(failed)


def list_accounts(connection: Connection, territory: str, now: int) -> set[str]:
    """List the accounts, hashed, that have failures of the last hour."""
    c = ATTEMPTS.c
    lately = (c.territory == territory) & (c.account != "") & (c.failures > 0) & (c.last_at > now - AN_HOUR)
    return set(connection.scalars(select(c.account).where(lately)))


def hash_name(name: str) -> str:
    """Hash what a count is about, as it is kept."""
    return hashlib.sha256(name.encode()).hexdigest()


def _set_apart(connection: Connection, territory: str, tried: Iterable[Tried], now: int) -> list[Tried]:
    """Return the counts with the name of the moment: apart, for whoever has hardly failed."""

    def is_apart(one: Tried) -> bool:
        return one.apart is not None and _failures(connection, territory, one.apart, now)[0] < one.apart.brake.free

    return [replace(one, parts=(*one.parts, "apart"), apart=None) if is_apart(one) else one for one in tried]


def _check(connection: Connection, territory: str, tried: Iterable[Tried], now: int) -> None:
    left = [_wait_left(connection, territory, one, now) for one in tried]
    if longest := max(left, default=0):
        raise ServerError("too_many_attempts", retry_after=longest)


def _wait_left(connection: Connection, territory: str, one: Tried, now: int) -> int:
    row = _row(connection, territory, one)
    if row is None or row.last_at > now + CLOCK_SLIP:
        return 0
    wait = one.brake.wait(_leak(row, one.brake, now)[0])
    elapsed: int = max(0, now - row.last_at)
    return max(0, wait - elapsed)


def _failures(connection: Connection, territory: str, one: Tried, now: int) -> tuple[int, int]:
    """Return the failures that are not forgotten yet, and since when the next one is being forgotten."""
    row = _row(connection, territory, one)
    return (0, now) if row is None else _leak(row, one.brake, now)


def _leak(row: Row[Any, Any, Any], brake: Brake, now: int) -> tuple[int, int]:
    gone = max(0, now - row.since) // brake.leak
    return (row.failures - gone, row.since + gone * brake.leak) if gone < row.failures else (0, now)


def _row(connection: Connection, territory: str, one: Tried) -> Row[Any, Any, Any] | None:
    c = ATTEMPTS.c
    return connection.execute(select(c.failures, c.since, c.last_at).where(_is(territory, one))).first()


def _put(connection: Connection, territory: str, one: Tried, counted: dict[str, int]) -> None:
    if not connection.execute(update(ATTEMPTS).where(_is(territory, one)).values(counted)).rowcount:
        account = hash_name(one.account) if one.account else ""
        key = {"territory": territory, "origin": hash_name(one.name), "account": account}
        connection.execute(insert(ATTEMPTS).values(key | counted))


def _is(territory: str, one: Tried) -> ColumnElement[bool]:
    return (ATTEMPTS.c.territory == territory) & (ATTEMPTS.c.origin == hash_name(one.name))
