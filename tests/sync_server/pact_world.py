"""A territory with targets, funding and deadlines beside its records."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, Engine, insert

from shared.territory import TERRITORY
from sync_server.figures.counts import Period
from sync_server.operations import synthetic
from sync_server.reports import frozen, pact_report
from sync_server.reports.pact_report import Body, ReportRequest
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from sync_server.storage.desk_tables import T0, Deadline, Funding, Goal, NationalIndicator, NationalValue, Target
from sync_server.storage.tables import table
from tests.sync_server.world import ME, TODAY

ANNUAL = ReportRequest("annuel", Period(date(2025, 1, 1), date(2025, 12, 31), TODAY))
LOGIN = "coordination"


def plan(connection: Connection) -> None:
    """What a coordinator sets in an afternoon."""
    aims: dict[str, dict[int, float]] = {
        "A4-02": {T0: 0, 2024: 40, 2025: 90, 2027: 400},
        "A3-09": {T0: 0.2, 2025: 0.35, 2027: 0.6},
        "N1": {T0: 0.03},
    }
    rows = [
        {"territory": TERRITORY, "indicator": code, "year": year, "value": value}
        for code, years in aims.items()
        for year, value in years.items()
    ]
    connection.execute(insert(table(Target)), rows)
    goal = {"territory": TERRITORY, "indicator": "A4-02", "owner": "Équipe", "comment": "=Deux postes"}
    connection.execute(insert(table(Goal)), [goal])
    money = {"territory": TERRITORY, "action": "trait-dunion"}
    years = [(2024, 60_000, 41_200), (2025, 80_000, None)]
    connection.execute(
        insert(table(Funding)), [money | {"year": y, "planned": p, "executed": e} for y, p, e in years]
    )
    national = {"territory": TERRITORY, "code": "N1"}
    connection.execute(
        insert(table(NationalIndicator)), [national | {"label": "Indicateur national", "unit": "%"}]
    )
    connection.execute(insert(table(NationalValue)), [national | {"year": 2025, "value": 0.045}])
    due = {"territory": TERRITORY, "id": "1", "label": "Rapport à mi-parcours", "day": date(2026, 3, 31)}
    connection.execute(insert(table(Deadline)), [due])


def fill(engine: Engine, count: int = 250) -> None:
    synthetic.load(engine, ME, count, TODAY)
    with database.writing(engine) as connection:
        plan(connection)


def built(engine: Engine, wanted: ReportRequest = ANNUAL) -> Body:
    with database.snapshot(engine) as connection:
        return pact_report.build(connection, TERRITORY, wanted)


def frozen_now(engine: Engine, wanted: ReportRequest = ANNUAL, comment: str = "") -> str:
    body = built(engine, wanted)
    with database.writing(engine) as connection:
        return frozen.freeze(connection, Actor(TERRITORY, LOGIN, TODAY), body, comment)


def read(engine: Engine, report_id: str) -> frozen.Frozen:
    with database.reading(engine) as connection:
        return frozen.read_frozen(connection, TERRITORY, report_id)
