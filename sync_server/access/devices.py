"""The tablets: teams, one-time codes, enrolment, revocation.

Codes and tokens are random and kept hashed; days of use are kept, never times (PRIVACY).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from shared import wire
from sync_server.access import accounts, brakes, sessions
from sync_server.access.brakes import Brake, Tried
from sync_server.errors import ServerError
from sync_server.intake.store import Sender
from sync_server.storage import audit_log, database, security_log
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.security_log import Happening
from sync_server.storage.tables import Device, EnrolmentCode, Team, Territory, table

DEVICE, CODE, TEAM, TERRITORY = (table(m) for m in (Device, EnrolmentCode, Team, Territory))
_BY_TOKEN = select(DEVICE).where(DEVICE.c.token_hash == bindparam("token_hash"))
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of one-time codes: no 0/O, no 1/I. Ten of them make 50 bits, for a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """The device behind a token. `revoked`: by the administration, or by a later enrolment of the same tablet;
    `older` are the enrolments before this one whose tokens still open something; until it is `confirmed` it has no
    right at all."""

    sender: Sender
    revoked: bool
    seen_on: date
    older: tuple[str, ...] = ()
    limited_on: date | None = None
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class TeamDevices:
    """A team as the administrator sees it: its devices with days only."""

    id: str
    name: str
    action: str
    devices: list[Device] = field(default_factory=list)


def create_team(engine: Engine, territory: str, team: str, name: str, action: str) -> None:
    """Make a team, or rename it."""
    with database.writing(engine) as connection:
        database.lock_territory(connection, territory)  # twice at once would insert it twice
        connection.execute(delete(TEAM).where(TEAM.c.territory == territory, TEAM.c.id == team))
        connection.execute(insert(TEAM).values(territory=territory, id=team, name=name, action=action))


def create_code(
    engine: Engine,
    territory: str,
    team: str,
    now: int,
    minutes: int,
    by: Actor | None = None,
    unconfirmed: bool = False,
) -> str:
    """Make a one-time code for one device of that team, as it is read out: `ABCD-EFGH-JK`. `by` is written to the
    audit log; the code is not. A tablet that comes with an `unconfirmed` code waits for the coordination: that of
    the console is one, that of the command line, whose user has the database anyway, is not.

    Raises ServerError `unknown_team`.
    """
    code = "".join(secrets.choice(ALPHABET) for _ in range(10))
    with database.writing(engine) as connection:
        known = select(TEAM.c.id).where(TEAM.c.territory == territory, TEAM.c.id == team)
        if connection.execute(known).first() is None:
            raise ServerError("unknown_team")
        connection.execute(delete(CODE).where(CODE.c.territory == territory, CODE.c.expires_at < now))
        connection.execute(
            insert(CODE).values(
                territory=territory,
                code_hash=sessions.hash_secret(code),
                team=team,
                expires_at=now + minutes * 60,
                spent=False,
                unconfirmed=unconfirmed,
            )
        )
        if by is not None:
            act = Act("Code d’enrôlement créé", f"équipe {team}")
            audit_log.note(connection, by, act, None, {"Valable": f"{minutes} minutes"})
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def enrol(
    engine: Engine,
    territory: str,
    code: str,
    today: date,
    now: int,
    limit: accounts.Limit | None = None,
    before: str = "",
) -> wire.Enrolled | None:
    """Exchange a one-time code for a new device, in one transaction; None when the code is not valid, and then
    that is counted in the same transaction. `before` is the token that the same tablet had: what it wrote under it
    stays its own, in the team of then. Raises ServerError `too_many_attempts` where `limit` is reached."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    tried, counted = list[Tried](), list[Tried]()
    if limit:
        with database.reading(engine) as connection:
            known = device(connection, before) if before else None
        tried = _count_as(limit, known)
        brakes.check(engine, territory, tried, limit.now)  # without a lock: a flood stops here
    with database.writing(engine) as connection:
        if limit:
            counted = brakes.count(connection, territory, tried, limit.now)
        code_found = connection.execute(
            update(CODE)
            .where(CODE.c.territory == territory, CODE.c.code_hash == sessions.hash_secret(plain))
            .where(CODE.c.spent.is_(False), CODE.c.expires_at >= now)
            .values(spent=True)
            .returning(CODE.c.team, CODE.c.unconfirmed)
        ).first()
        if code_found is None:
            return None
        brakes.give_back(connection, territory, counted)
        made = _make_device(connection, territory, code_found, today, before)
        security_log.note(connection, territory, now, Happening("enrolled", made.device_id, code_found.team))
        return made


def _count_as(limit: accounts.Limit, known: KnownDevice | None) -> list[Tried]:
    """Return the counts of one try of a code, apart from those of sign-ins. A tablet that is enrolled already has
    its own: nobody makes it wait. The others wait some seconds where an address, or everybody, guesses: 50 bits
    for a quarter of an hour need no more."""
    if known and not known.revoked:
        return [Tried(("code by", known.sender.device_id or ""), limit.own)]
    around = brakes.neighbourhood("codes", limit.origin)
    return [
        around,
        Tried(("code from", brakes.classify(limit.origin)), Brake(limit.most, 1, 30, accounts.MINUTE)),
        Tried(("all codes",), Brake(50 * limit.most, 1, 5, 10), apart=around),
    ]


def _make_device(
    connection: Connection, territory: str, code: Row[Any], today: date, before: str
) -> wire.Enrolled:
    """Make a device of the team of the code, with a token of its own. One that read for that team already need not
    be confirmed again."""
    token, device_id = secrets.token_urlsafe(32), str(uuid4())
    known = device(connection, before) if before else None
    reads = known is not None and known.confirmed and not known.revoked
    same = known is not None and (known.sender.territory, known.sender.team) == (territory, code.team)
    waits = code.unconfirmed and not (reads and same)
    connection.execute(
        insert(DEVICE).values(
            territory=territory, id=device_id, team=code.team, token_hash=sessions.hash_secret(token),
            enrolled_on=today, seen_on=today, confirmed_on=None if waits else today,
            **_before(connection, territory, before, today),
        )
    )  # fmt: skip
    team = connection.execute(select(TEAM).where(TEAM.c.territory == territory, TEAM.c.id == code.team)).one()
    land = connection.execute(select(TERRITORY).where(TERRITORY.c.code == territory)).one()
    return wire.Enrolled(
        device_id=device_id, token=token, territory=territory, team=team.name, action=team.action,
        epoch=land.epoch, synthetic=land.synthetic,
    )  # fmt: skip


def _before(connection: Connection, territory: str, token: str, today: date) -> dict[str, Any]:
    """Find the enrolment this token is of and the tablet's first one; a revoked one proves nothing.

    While it is not replaced, none that came after it was ever used: their tokens did not arrive, and end. One that
    is replaced proves what it wrote, for a tablet put back to an older file has no other; it ends nothing."""
    row = connection.execute(_BY_TOKEN, {"token_hash": sessions.hash_secret(token)}).first() if token else None
    if row is None or row.territory != territory or row.revoked_on is not None:
        return {}
    if row.replaced_on is None:
        unused = (DEVICE.c.territory == territory) & (DEVICE.c.after == row.id)
        connection.execute(update(DEVICE).where(unused).values(replaced_on=today))
    return {"tablet": row.tablet or row.id, "after": row.id}


def _same_tablet(row: Row[Any]) -> ColumnElement[bool]:
    """Build the condition of all the enrolments of the tablet that this is one of."""
    c, first = DEVICE.c, row.tablet or row.id
    return and_(c.territory == row.territory, or_(c.id == first, c.tablet == first))


def device(connection: Connection, token: str) -> KnownDevice | None:
    """Return the device that holds this token, if any."""
    row = connection.execute(_BY_TOKEN, {"token_hash": sessions.hash_secret(token)}).first()
    if row is None:
        return None
    revoked = row.revoked_on is not None or row.replaced_on is not None
    others = [] if revoked else _others(connection, row)
    # Revoked, they give no right; replaced, what was written under them is still this tablet's.
    former = tuple(Sender(row.territory, other.team, other.id) for other in others if other.revoked_on is None)
    sender = Sender(row.territory, row.team, row.id, revoked=revoked, former=former)
    confirmed = row.confirmed_on is not None
    return KnownDevice(sender, revoked, row.seen_on, _older(row, others), row.limited_on, confirmed)


def _older(row: Row[Any], others: Sequence[Row[Any]]) -> tuple[str, ...]:
    """Return those whose tokens were shown, one after the other, to get this one, and still open something."""
    by_id, older, after = {other.id: other for other in others}, [], row.after
    while (before := by_id.pop(after, None)) is not None:
        older += [before.id] if before.replaced_on is None else []
        after = before.after
    return tuple(older)


def _others(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """Return the other enrolments of the same tablet, before this one or after."""
    if row.tablet is None:
        return []
    c = DEVICE.c
    asked = select(c.id, c.team, c.after, c.revoked_on, c.replaced_on)
    return list(connection.execute(asked.where(_same_tablet(row), c.id != row.id)))


def note_seen(engine: Engine, known: KnownDevice, today: date) -> None:
    """Note the last day of use, written once a day: a day shows a silent tablet, a time would watch a worker.

    Who uses a token has it: those of before end now, and no sooner. A tablet that never got the answer to its
    enrolment goes on with the one it has.
    """
    if known.seen_on == today and not known.older:
        return
    mine = DEVICE.c.territory == known.sender.territory
    with database.writing(engine) as connection:
        if known.seen_on != today:
            seen = update(DEVICE).where(mine, DEVICE.c.id == known.sender.device_id)
            connection.execute(seen.values(seen_on=today))
        if known.older:
            older = update(DEVICE).where(mine, DEVICE.c.id.in_(known.older), DEVICE.c.replaced_on.is_(None))
            connection.execute(older.values(replaced_on=today))


def note_limited(engine: Engine, known: KnownDevice, today: date) -> None:
    """Note the last day on which it asked for more than its quota, written once a day."""
    if known.limited_on != today:
        mine = (DEVICE.c.territory == known.sender.territory) & (DEVICE.c.id == known.sender.device_id)
        with database.writing(engine) as connection:
            connection.execute(update(DEVICE).where(mine).values(limited_on=today))


def revoke(engine: Engine, actor: Actor, device_id: str) -> None:
    """Revoke the tablet, under all of its enrolments: one that was lost has all of their tokens. From now on it
    may only hand in what it holds. The audit log has one entry an enrolment."""
    with database.writing(engine) as connection:
        database.lock_territory(connection, actor.territory)
        mine = (DEVICE.c.territory == actor.territory) & (DEVICE.c.id == device_id)
        row = connection.execute(select(DEVICE).where(mine)).first()
        if row is None:
            return
        open_ones = update(DEVICE).where(_same_tablet(row), DEVICE.c.revoked_on.is_(None))
        ended = open_ones.values(revoked_on=actor.today).returning(DEVICE.c.team, DEVICE.c.id)
        gone = connection.execute(ended).all()
        for one in sorted(gone, key=lambda one: one.id != device_id):
            act = Act("Appareil révoqué", f"équipe {one.team}, appareil {one.id}")
            audit_log.note(connection, actor, act)


def overview(connection: Connection, territory: str) -> list[TeamDevices]:
    """Return every team with its devices, the latest enrolled first."""
    teams = {
        row.id: TeamDevices(row.id, row.name, row.action)
        for row in connection.execute(select(TEAM).where(TEAM.c.territory == territory).order_by(TEAM.c.name))
    }
    for row in connection.execute(
        select(DEVICE).where(DEVICE.c.territory == territory).order_by(DEVICE.c.enrolled_on.desc(), DEVICE.c.id)
    ):
        if row.team in teams:
            teams[row.team].devices.append(Device(**row._mapping))
    return list(teams.values())
