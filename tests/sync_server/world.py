"""Short words for the server's tests: senders, records, a client that speaks the protocol."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, update

from shared import ids, wire
from shared.territory import TERRITORY
from sync_server.access import devices, sessions
from sync_server.intake import pulling, store
from sync_server.storage import database, desk_tables, import_tables
from sync_server.storage.tables import Device, table

Json = dict[str, Any]
DEVICE = table(Device)
TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
LONG_AGO = date(2024, 1, 1)
ME = store.Sender(TERRITORY, "giromagny", "device-1")
COLLEAGUE = store.Sender(TERRITORY, "giromagny", "device-2")
OTHER_TEAM = store.Sender(TERRITORY, "delle", "device-3")
ELSEWHERE = OTHER_TEAM.team
PASSWORD = "une phrase assez longue"
PROTOCOL = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}

_THERE = {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052"}
USUAL: dict[str, dict[str, Any]] = {
    "encounter": _THERE | {"place_type": "mairie"},
    "presence": _THERE | {"place_type": "mairie", "minutes": 60, "agents": 2},
    "group_session": _THERE
    | {
        "place_type": "mairie",
        "session_type": "atelier",
        "partner": "Mission locale",
        "headcount": 12,
        "ages": [{"age_band": "18-21", "people": 5}, {"age_band": "22-25", "people": 4}],
        "genders": [{"gender": "femme", "people": 7}],
    },
    "partner_contact": _THERE | {"partner_type": "college", "structure": "Collège Val de Rosemont"},
    "service_report": {"service": "mobijob", "problem": "telephone-faux", "day": "2026-03-09"},
}
"""Fields that pass, of each kind that needs no other record first."""

DESK_TABLES = sorted(
    model.__tablename__
    for module in (desk_tables, import_tables)
    for model in vars(module).values()
    if hasattr(model, "__table__")
)
"""What came with the sixth schema and the seventh."""

_numbers = itertools.count(1)


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **amount: float) -> None:
        self.now += timedelta(**amount)


def new_id() -> str:
    return ids.new_id(TODAY, next(_numbers))


def encounter(
    record_id: str | None = None, revision: int = 1, base: int | None = None, **fields: Any
) -> dict[str, Any]:
    """An encounter at Giromagny the day before, with whatever a test adds."""
    record = {
        "id": record_id or new_id(),
        "kind": "encounter",
        "revision": revision,
        "fields": USUAL["encounter"] | fields,
    }
    return record if base is None else record | {"base_revision": base}


def follow_up(subject_id: str, day: str, outcome: str, **fields: Any) -> dict[str, Any]:
    values = {"subject_id": subject_id, "day": day, "outcome": outcome} | fields
    return {"id": new_id(), "kind": "follow_up", "revision": 1, "fields": values}


def referrals(*outcomes: str) -> list[dict[str, Any]]:
    """At Giromagny, one encounter of 2 March a referral, with what is known of it; « » leaves it without news."""
    records = []
    for outcome in outcomes:
        referral = {"id": new_id(), "service": "mobijob", "theme": "mobilite--acceder-a-un-vehicule"}
        needs = [{"theme": referral["theme"]}]
        records.append(encounter(day="2026-03-02", needs=needs, referrals=[referral]))
        records += [follow_up(str(referral["id"]), "2026-03-05", outcome)] if outcome else []
    return records


def forget_records(connection: Connection) -> None:
    """As before the first record: the log, the history and the columns; the directory stays."""
    for name in (
        "encounter", "need", "obstacle", '"right"', "referral", "follow_up", "presence", "group_session",
        "partner_contact", "past_revision",
    ):  # fmt: skip
        connection.exec_driver_sql(f"DELETE FROM {name}")
    connection.exec_driver_sql("DELETE FROM record WHERE kind <> 'service'")


def of_kind(kind: str, **fields: Any) -> dict[str, Any]:
    """A first revision of a record of that kind, of the day before, with whatever a test adds."""
    return {"id": new_id(), "kind": kind, "revision": 1, "fields": USUAL[kind] | fields}


def push(engine: Engine, *records: Any, sender: store.Sender = ME) -> list[wire.Receipt]:
    return store.accept(engine, sender, list(records), TODAY)


def statuses(engine: Engine, *records: Any, sender: store.Sender = ME) -> list[str]:
    return [receipt.status for receipt in push(engine, *records, sender=sender)]


def pull(
    engine: Engine,
    sender: store.Sender = COLLEAGUE,
    cursor: str | None = None,
    limit: int = 500,
    since: date = LONG_AGO,
) -> wire.Page:
    with database.reading(engine) as connection:
        return pulling.page(connection, sender, cursor, limit, since)


def people(page: wire.Page) -> list[wire.Pulled]:
    """The page without the directory, which every first pull brings."""
    return [record for record in page.records if record.kind != "service"]


def enrolled(
    client: TestClient, engine: Engine, team: str = "giromagny", headers: dict[str, str] = PROTOCOL
) -> dict[str, str]:
    """The headers of a tablet just enrolled in that team; with those of before, of the same one."""
    devices.create_team(engine, TERRITORY, team, team.title(), "trait-dunion")
    code = devices.create_code(engine, TERRITORY, team, int(NOW.timestamp()), 15)
    answer = client.post("/devices/enrol", json={"code": code}, headers=headers)
    assert answer.status_code == 200, answer.text
    return headers | {"Authorization": f"Bearer {answer.json()['token']}"}


@dataclass
class Tablet:
    """A client of the wire, nothing else."""

    link: TestClient
    engine: Engine
    headers: dict[str, str] = field(default_factory=lambda: dict(PROTOCOL))

    def enrol(self, team: str) -> Tablet:
        self.headers = enrolled(self.link, self.engine, team, self.headers)
        return self

    def push(self, *records: Any) -> list[Json]:
        answer = self.link.post("/sync/push", json={"records": list(records)}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["receipts"]
        return found

    def push_one(self, record: Any) -> Json:
        [receipt] = self.push(record)
        return receipt

    def pull(self) -> dict[str, Json]:
        records = self.link.get("/sync/pull", params={"limit": "500"}, headers=self.headers).json()["records"]
        return {r["id"]: r for r in records if r["kind"] != "service"}

    def pull_status(self) -> int:
        return self.link.get("/sync/pull", headers=self.headers).status_code

    def held(self) -> Json:
        found: Json = self.link.get("/sync/reconcile", headers=self.headers).json()
        return found

    def lost(self, **held: str) -> list[str]:
        body = {"held": {name.replace("_", "-"): mark for name, mark in held.items()}}
        answer = self.link.post("/sync/reconcile", json=body, headers=self.headers)
        found: list[str] = answer.json()["ids"]
        return found

    def claims(self, record: Json) -> bool:
        """Whether the server says that it holds this."""
        return not self.lost(**{record["id"].replace("-", "_"): mark_of(record)})

    def revoke(self) -> None:
        token = sessions.hash_secret(self.headers["Authorization"].split()[1])
        with database.writing(self.engine) as connection:
            connection.execute(update(DEVICE).where(DEVICE.c.token_hash == token).values(revoked_on=TODAY))


def mark_of(record: Json) -> str:
    return wire.mark(record["revision"], wire.Record.model_validate(record).digest)


def edit(record: Json, by: int = 1, **fields: Any) -> Json:
    """The next revision, as a tablet of today makes it: it names the version it saw."""
    revision = record["revision"]
    return record | {
        "revision": revision + by, "base_revision": revision, "made_from": [mark_of(record)],
        "fields": record["fields"] | fields,
    }  # fmt: skip


def tombstone(record: Json) -> Json:
    return edit(record) | {"deleted": True, "fields": {}}
