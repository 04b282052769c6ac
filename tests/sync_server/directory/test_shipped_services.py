"""A running server gets the services that a later version ships, once, and nothing that stands there changes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from shared import territory
from shared.models import ServiceFields
from shared.territory import TERRITORY
from sync_server.directory import new_territory, services
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Actor
from tests.sync_server.world import TODAY

NEW = "numero-999"
LINE = {"id": NEW, "name": "999", "phone": "9 99", "themes": [], "source": "essai.fr"}
WHO = Actor(TERRITORY, "coordination", TODAY)


@pytest.fixture
def later(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A database founded by this version, opened by one that ships a service more."""
    shipped = (*territory.services(), LINE)
    monkeypatch.setattr(territory, "services", lambda: shipped)
    return engine


def held(engine: Engine) -> dict[str, services.DirectoryEntry]:
    with database.reading(engine) as connection:
        return {entry.id: entry for entry in services.entries(connection, TERRITORY)}


def added(engine: Engine) -> list[Any]:
    with database.reading(engine) as connection:
        assert audit_log.broken_at(connection, TERRITORY) is None
        return [e for e in audit_log.entries(connection, TERRITORY) if e.act.startswith("Services ajoutés")]


def test_a_service_that_ships_later_reaches_the_directory_once_and_the_log_says_so(later: Engine) -> None:
    before = held(later)
    for _ in range(2):
        assert not new_territory.create_territory(later, TERRITORY, TODAY)
    found = held(later)
    assert {i: e for i, e in found.items() if i in before} == before
    assert (found[NEW].fields.phone, found[NEW].retired) == ("9 99", False)
    [entry] = added(later)
    assert (entry.login, entry.act) == (new_territory.SERVER, "Services ajoutés")
    assert NEW in entry.after


def test_what_the_coordination_changed_or_retired_stays_so(later: Engine) -> None:
    new_territory.create_territory(later, TERRITORY, TODAY)
    with database.writing(later) as connection:
        services.change(connection, WHO, NEW, 1, retired=True)
    new_territory.create_territory(later, TERRITORY, TODAY)
    assert held(later)[NEW].retired
    assert len(added(later)) == 1


def test_a_number_that_the_coordination_had_entered_itself_is_proposed_once(later: Engine) -> None:
    """Retired, for the tablets ship it too: a deletion takes it out there, and an old referral keeps its name."""
    with database.writing(later) as connection:
        own = services.add(connection, WHO, ServiceFields(name="Notre 999", phone="999"))
    new_territory.create_territory(later, TERRITORY, TODAY)
    found = held(later)
    assert (found[own].retired, found[NEW].retired) == (False, True)
    assert [entry.act for entry in added(later)] == ["Services ajoutés retirés, déjà saisis"]


def test_a_new_territory_has_them_from_the_first(engine: Engine) -> None:
    assert held(engine)["numero-115"].fields.phone == "115"
    assert added(engine) == []
