"""A commune that changed its intercommunality: a running server follows the data that is shipped."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select

from shared import territory
from shared.territory import TERRITORY
from sync_server.directory import new_territory
from sync_server.operations import cli
from sync_server.reports import frozen
from sync_server.storage import audit_log, database
from sync_server.storage.tables import CommuneOfTerritory, table
from tests.sync_server.pact_world import frozen_now
from tests.sync_server.world import TODAY, encounter, push

COMMUNE = table(CommuneOfTerritory)
MOVED = "90052"  # Giromagny
NEW_SIREN, NEW_NAME = "200069052", "CA Grand Belfort"


def ship(patch: pytest.MonkeyPatch, **changed: Any) -> None:
    """Another version of the program, in whose list Giromagny is otherwise."""
    shipped = dict(territory.communes())
    shipped[MOVED] = replace(shipped[MOVED], **changed)
    patch.setattr(territory, "communes", lambda: shipped)


def held(engine: Engine) -> dict[str, Any]:
    with database.reading(engine) as connection:
        return dict(connection.execute(select(COMMUNE).where(COMMUNE.c.insee == MOVED)).mappings().one())


def noted(engine: Engine) -> list[Any]:
    with database.reading(engine) as connection:
        assert audit_log.broken_at(connection, TERRITORY) is None
        return [e for e in audit_log.entries(connection, TERRITORY) if e.act == "Communes mises à jour"]


def test_a_commune_that_changed_reaches_a_running_database_at_its_upgrade(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(engine, encounter())
    ship(monkeypatch, epci=NEW_SIREN, epci_name=NEW_NAME)
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    assert cli.main(["upgrade"]) == 0
    assert (held(engine)["epci"], held(engine)["epci_name"]) == (NEW_SIREN, NEW_NAME)
    with database.reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT epci FROM fact_encounter").scalar() == NEW_SIREN
        assert len(connection.execute(select(COMMUNE)).all()) == 101
    [entry] = noted(engine)
    assert entry.login == new_territory.SERVER
    assert NEW_SIREN in entry.after
    assert NEW_SIREN not in entry.before
    assert "Population" not in entry.after  # only what changed
    assert cli.main(["upgrade"]) == 0
    assert len(noted(engine)) == 1


def test_a_frozen_report_keeps_what_it_says(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    push(engine, encounter())
    report_id = frozen_now(engine)

    def as_kept() -> Any:
        with database.reading(engine) as connection:
            return dict(connection.execute(select(frozen.REPORT)).mappings().one())

    before = as_kept()
    ship(monkeypatch, epci=NEW_SIREN, epci_name=NEW_NAME)
    new_territory.create_territory(engine, TERRITORY, TODAY)
    assert len(noted(engine)) == 1
    assert as_kept() == before
    assert before["id"] == report_id
    assert before["digest"] == frozen.digest(json.loads(before["body"]))


def test_nothing_is_written_where_nothing_changed(engine: Engine) -> None:
    assert not new_territory.create_territory(engine, TERRITORY, TODAY)
    assert noted(engine) == []


def test_several_servers_that_start_at_once_do_it_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(monkeypatch, name="Giromagny-le-Neuf")
    start = threading.Barrier(4)

    def begin(_: int) -> None:
        start.wait()
        new_territory.create_territory(engine, TERRITORY, date(2026, 3, 10))

    with ThreadPoolExecutor(4) as servers:
        list(servers.map(begin, range(4)))
    assert held(engine)["name"] == "Giromagny-le-Neuf"
    assert len(noted(engine)) == 1


def test_a_commune_that_is_shipped_no_more_stays_for_the_records_that_name_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(engine, encounter())
    fewer = {insee: one for insee, one in territory.communes().items() if insee != MOVED}
    monkeypatch.setattr(territory, "communes", lambda: fewer)
    new_territory.create_territory(engine, TERRITORY, TODAY)
    assert held(engine)["insee"] == MOVED
