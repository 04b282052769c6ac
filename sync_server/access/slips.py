"""Answers of services to referral slips: a follow-up of its own, through the same door as the tablets'.

Whoever answers learns nothing: not whether the slip exists, nor of whom, nor what was answered before, nor by the
time it takes: an answer is put down as it came (`receive`), and looked up later, by nobody's request (`settle`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select

from shared import coupons, ids
from shared.models.tables import Encounter, FollowUp, Referral
from sync_server.access import accounts, brakes
from sync_server.access.brakes import Brake, Tried
from sync_server.intake import store
from sync_server.storage import database
from sync_server.storage.tables import CouponAnswer, table

CAME, ENGAGED = "honoree", "acces-effectif"
ANSWERS = {CAME: "La personne est venue", ENGAGED: "Le service est engagé (accès effectif)"}
"""What a service may say: outcomes of the list `outcome_referral`, in the words of the page."""

_ENCOUNTER, _REFERRAL, _FOLLOW_UP = table(Encounter), table(Referral), table(FollowUp)
_ANSWER = table(CouponAnswer)


@dataclass(frozen=True, slots=True)
class _Slip:
    """The referral behind a code, the service that it is made out to, and the team whose tablets are to pull the
    answer."""

    referral_id: str
    service: str
    team: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A service that is signed in: its account, and its id in the directory."""

    territory: str
    login: str
    service: str
    today: date


def count_try(engine: Engine, territory: str, origin: str, now: int, most: int) -> None:
    """Count one try, whatever was typed, apart from the failures of sign-ins: for that address, and overall.
    Beyond `most` in a quarter of an hour from one address, and where the whole world guesses, each further try
    waits longer. Raises ServerError `too_many_attempts`."""
    own = Brake(most, first=5, longest=accounts.QUARTER, leak=max(1, accounts.QUARTER // most))
    overall = Brake(25 * most, first=1, longest=5, leak=2)
    around = brakes.neighbourhood("coupons", origin, free=most)
    mine = Tried(("coupon from", brakes.classify(origin)), own)
    tried = [mine, around, Tried(("all coupons",), overall, apart=around)]
    brakes.check(engine, territory, tried, now)  # without a lock: a flood stops here
    with database.writing(engine) as connection:
        brakes.count(connection, territory, tried, now)


def receive(engine: Engine, territory: str, code: str, outcome: str, today: date) -> None:
    """Put down a service's answer to the slip `code`, durably. Known or not, said before or not, it costs the same
    statements. Raises coupons.CouponError when `code` cannot be a code."""
    key = {"territory": territory, "slip_hash": coupons.hashed(code), "outcome": outcome}
    with database.writing(engine) as connection:
        database.lock_territory(connection, territory)  # the same answer twice at once would insert it twice
        connection.execute(delete(_ANSWER).where(*(_ANSWER.c[name] == value for name, value in key.items())))
        connection.execute(insert(_ANSWER).values(key | {"day": today}))


def settle(engine: Engine, territory: str) -> int:
    """Report the answers that were put down; return how many. Twice at once, or again after a crash, it does
    nothing more: the follow-up is the same."""
    c = _ANSWER.c
    with database.reading(engine) as connection:
        # « honoree » first: whoever says both within seconds means both.
        waiting = connection.execute(
            select(_ANSWER).where(c.territory == territory).order_by(c.outcome.desc())
        ).all()
    for one in waiting:
        report(engine, territory, one.slip_hash, one.outcome, one.day)
        mine = (c.territory == territory) & (c.slip_hash == one.slip_hash) & (c.outcome == one.outcome)
        with database.writing(engine) as connection:
            connection.execute(delete(_ANSWER).where(mine))
    return len(waiting)


def report(engine: Engine, territory: str, slip_hash: str, outcome: str, today: date) -> None:
    """Write a service's answer to the slip of that hash; of an unknown one, nothing is written."""
    with database.reading(engine) as connection:
        slip = _slip(connection, territory, slip_hash)
        if slip is None or (outcome == CAME and _engaged_already(connection, territory, slip)):
            return
    store.accept(engine, store.Sender(territory, slip.team, None), [_follow_up(slip, outcome, today)], today)


def answer_own(engine: Engine, by: Partner, code: str, outcome: str, limit: accounts.Limit) -> bool:
    """Report the answer of a service that is signed in to a slip made out to it; return whether there is one. One
    of another service is as unknown as one that does not exist, and tries are counted by account.

    Raises coupons.CouponError when `code` cannot be a code, ServerError `too_many_attempts`.
    """
    slip_hash = coupons.hashed(code)
    brake = Brake(limit.most, first=5, longest=accounts.QUARTER, leak=accounts.MINUTE)
    tried = [Tried(("own slips", by.login), brake)]
    with database.writing(engine) as connection:
        counted = brakes.count(connection, by.territory, tried, limit.now)
        slip = _slip(connection, by.territory, slip_hash)
        if slip is None or slip.service != by.service:
            return False
        brakes.give_back(connection, by.territory, counted)
    report(engine, by.territory, slip_hash, outcome, by.today)
    return True


def list_answers(connection: Connection, territory: str, service: str, most: int = 50) -> list[tuple[date, str]]:
    """List what that service answered last: the day and the answer, nothing of the slip or of the person."""
    said, made = _FOLLOW_UP.c, _REFERRAL.c
    found = connection.execute(
        select(said.day, said.outcome)
        .join(_REFERRAL, (made.territory == said.territory) & (made.id == said.subject_id))
        .where(said.territory == territory, said.subject_kind == "referral", said.reported_by == "service")
        .where(made.service == service)
        .order_by(said.day.desc(), said.id)
        .limit(most)
    )
    return [(row.day, ANSWERS.get(row.outcome, row.outcome)) for row in found]


def _slip(connection: Connection, territory: str, slip_hash: str) -> _Slip | None:
    """Return the accepted referral of a live encounter; were two to carry one code, always the same of them."""
    met, record = _ENCOUNTER.c, store.RECORD.c
    row = connection.execute(
        select(_REFERRAL.c.id, _REFERRAL.c.service, func.coalesce(record.team, met.team).label("team"))
        .join(_ENCOUNTER, (met.territory == _REFERRAL.c.territory) & (met.id == _REFERRAL.c.encounter_id))
        .join(store.RECORD, (record.territory == met.territory) & (record.id == met.id), isouter=True)
        .where(_REFERRAL.c.territory == territory, _REFERRAL.c.coupon == slip_hash)
        .where(_REFERRAL.c.accepted)
        .order_by(_REFERRAL.c.id)
    ).first()
    return _Slip(row.id, row.service, row.team) if row and row.team else None


def _engaged_already(connection: Connection, territory: str, slip: _Slip) -> bool:
    c = _FOLLOW_UP.c
    found = select(c.id).where(
        c.territory == territory,
        c.subject_id == slip.referral_id,
        c.outcome == ENGAGED,
        c.subject_kind == "referral",
    )
    return connection.execute(found).first() is not None


def _follow_up(slip: _Slip, outcome: str, today: date) -> dict[str, Any]:
    """Return the follow-up as a record of the wire.

    Its id follows from the referral and the answer, not from the day or from chance: the same answer again, even
    twice at once, meets the first at the door and writes nothing. So does one that the team has put right since.
    """
    random = int.from_bytes(sha256(f"{slip.referral_id}|{outcome}".encode()).digest()[:14])
    fields = {
        "subject_id": slip.referral_id,
        "subject_kind": "referral",
        "day": str(today),
        "outcome": outcome,
        "reported_by": "service",
    }
    record_id = slip.referral_id[:4] + ids.new_id(today, random)[4:]  # the first four digits are a day
    return {"id": record_id, "kind": "follow_up", "revision": 1, "fields": fields}
