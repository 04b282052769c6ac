"""A console in use: records of every kind, what waits, what the coordination set; and where all that is."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, insert, select

from shared import ids
from shared.models import KINDS
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.directory import choice_lists, import_merge, import_read
from sync_server.figures.counts import Period
from sync_server.intake import store
from sync_server.intake.store import RECORD
from sync_server.operations import synthetic
from sync_server.reports import frozen, pact_report
from sync_server.reports.pact_report import ReportRequest
from sync_server.steering import deprived_communes
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from sync_server.storage.desk_tables import T0, Deadline, Funding, Goal, NationalIndicator, NationalValue, Target
from sync_server.storage.tables import table
from tests.sync_server.directory.test_import import file
from tests.sync_server.world import USUAL

ME = store.Sender(TERRITORY, "trait-dunion", "tablet-1")
COLLEAGUE = store.Sender(TERRITORY, "trait-dunion", "tablet-2")
LOGIN = "coordination"
Places = dict[str, list[str]]
"""By the word that stands for it in a route, the things that have a page."""


def fill(engine: Engine, today: date) -> Places:
    """A year's work in a second."""
    synthetic.load(engine, ME, 120, today)
    _pushed(engine, today)
    actor = Actor(TERRITORY, LOGIN, today)
    with database.writing(engine) as connection:
        found = _planned(connection, today)
        choice_lists.add(connection, actor, "place_type", "Marché du samedi", "espace-public")
        deprived_communes.save_marks(connection, actor, today.year, ["90052", "90033"], [])
        waiting = import_merge.keep(
            connection, actor, import_read.read([io.BytesIO(file({}, {"id": "x", "nom": ""}))], TERRITORY)
        )
    code = devices.create_code(engine, TERRITORY, "trait-dunion", 0, 10**9)
    devices.enrol(engine, TERRITORY, code, today, 1)
    code = devices.create_code(engine, TERRITORY, "trait-dunion", 0, 10**9, unconfirmed=True)
    devices.enrol(engine, TERRITORY, code, today, 1)
    return found | {
        "record_id": _one_of_each(engine),
        "service_id": ["mobijob"],
        "import_id": [waiting],
        "report_id": [_frozen(engine, today), _frozen(engine, today)],
        "code": ["A4-02", "A3-09"],
    }


def _pushed(engine: Engine, today: date) -> None:
    """What the year does not have by itself: edited twice, deleted, refused, in conflict; a service reported."""
    place = {"action": "trait-dunion", "day": str(today), "commune": "90052", "place_type": "mairie"}

    def push(record_id: str, revision: int, sender: store.Sender = ME, **fields: Any) -> None:
        record = {"id": record_id, "kind": "encounter", "revision": revision, "fields": place | fields}
        store.accept(engine, sender, [record | {"base_revision": revision - 1 or None}], today)

    edited, refused = ids.new_id(today), ids.new_id(today)
    push(edited, 1, gender="femme")
    push(edited, 2, COLLEAGUE, gender="homme")
    push(edited, 2, gender="femme", rsa="oui")
    push(refused, 1, place_type="sur-la-lune")
    for kind in ("group_session", "service_report"):
        fields = USUAL[kind] | {"day": str(today)}
        store.accept(engine, ME, [{"id": ids.new_id(today), "kind": kind, "revision": 1, "fields": fields}], today)


def _planned(connection: Connection, today: date) -> Places:
    """Targets with a gap for the trajectory, funding, a national indicator, a deadline behind and one ahead."""
    here, year, national = {"territory": TERRITORY}, today.year, str(uuid4())
    money = here | {"action": "trait-dunion", "year": year}
    deadlines = [str(uuid4()), str(uuid4())]
    rows: dict[Any, list[dict[str, Any]]] = {
        Target: [
            here | {"indicator": code, "year": at, "value": value}
            for code, at, value in (
                ("A4-02", T0, 0),
                ("A4-02", 2027, 400),
                ("A3-09", T0, 0.2),
                ("A3-09", year, 0.9),
            )
        ],
        Goal: [
            here | {"indicator": "A4-02", "owner": "Équipe", "comment": "Deux postes", "trajectory": "progressive"}
        ],
        Funding: [money | {"planned": 80_000, "executed": 41_200}],
        NationalIndicator: [here | {"code": national, "label": "Jeunes sans emploi ni formation", "unit": "%"}],
        NationalValue: [here | {"code": national, "year": 2025, "value": 0.045}],
        Deadline: [
            here | {"id": one, "label": f"Rapport n° {number}", "day": today + timedelta(days)}
            for number, (one, days) in enumerate(zip(deadlines, (-10, 20), strict=True), 1)
        ],
    }
    for model, lines in rows.items():
        connection.execute(insert(table(model)), lines)
    return {"national": [national], "deadline": deadlines[:1]}


def _one_of_each(engine: Engine) -> list[str]:
    """A record of every kind that tablets send: of encounters, the one with a history."""
    with database.reading(engine) as connection:
        latest = select(RECORD.c.id, RECORD.c.kind).order_by(RECORD.c.revision, RECORD.c.id)
        found = {row.kind: row.id for row in connection.execute(latest)}
    return [found[kind] for kind in KINDS]


def _frozen(engine: Engine, today: date) -> str:
    period = Period(date(today.year, 1, 1), date(today.year, 12, 31), today)
    with database.snapshot(engine) as connection:
        body = pact_report.build(connection, TERRITORY, ReportRequest("annuel", period))
    with database.writing(engine) as connection:
        return frozen.freeze(connection, Actor(TERRITORY, LOGIN, today), body, "Envoyé")
