"""What the server does not take waits on the tablet, and the coordination sees it."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.intake import quarantine
from sync_server.intake.quarantine import CHANGED, DELETED_HERE, DELETED_THERE, QUARANTINE, Waiting
from sync_server.storage import database
from tests.sync_server.world import COLLEAGUE, ME, TODAY, encounter, new_id, push, statuses

TYPED = "Mme Untel, 06 12 34 56 78"


def waiting(engine: Engine) -> list[Waiting]:
    with database.reading(engine) as connection:
        return quarantine.waiting(connection, TERRITORY)


def tombstone(of: str, revision: int, base: int) -> dict[str, object]:
    return {"id": of, "kind": "encounter", "revision": revision, "base_revision": base, "deleted": True}


def test_a_refused_record_is_seen_with_its_reason_and_without_what_was_typed(engine: Engine) -> None:
    devices.create_team(engine, TERRITORY, "giromagny", "Équipe de Giromagny", "trait-dunion")
    good, bad = encounter(), encounter(place_type=TYPED, comment=TYPED)
    assert statuses(engine, good, bad) == ["accepted", "refused"]
    [found] = waiting(engine)
    assert (found.since, found.team, found.kind) == (TODAY, "Équipe de Giromagny", "Rencontre")
    assert len(found.reasons) == 2
    assert "Lieu : la valeur n’est pas dans la liste" in found.reasons
    assert found.differences == []
    with database.reading(engine) as connection:
        rows = str(connection.execute(select(QUARANTINE)).all())
    assert "Untel" not in rows
    assert "06 12" not in rows


@pytest.mark.parametrize("raw", [17, {"id": TYPED}, {"id": new_id(), "kind": TYPED}, encounter() | {"x": TYPED}])
def test_what_cannot_even_be_read_is_seen_and_blocks_nothing(engine: Engine, raw: object) -> None:
    assert statuses(engine, raw, encounter()) == ["refused", "accepted"]
    [found] = waiting(engine)
    assert found.reasons
    with database.reading(engine) as connection:
        assert "Untel" not in str(connection.execute(select(QUARANTINE)).all())


def test_once_corrected_it_waits_no_more(engine: Engine) -> None:
    bad = encounter(place_type="sur-la-lune")
    push(engine, bad)
    push(engine, bad)  # sent again as it is: still one
    assert len(waiting(engine)) == 1
    assert statuses(engine, encounter(bad["id"], 2)) == ["accepted"]
    assert waiting(engine) == []


def test_deleted_by_the_worker_it_waits_no_more(engine: Engine) -> None:
    bad = encounter(place_type="sur-la-lune")
    push(engine, bad)
    assert statuses(engine, tombstone(bad["id"], 2, 1)) == ["accepted"]
    assert waiting(engine) == []


def test_two_versions_are_laid_side_by_side_field_by_field(engine: Engine) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, gender="homme"), sender=COLLEAGUE)
    mine = encounter(
        met["id"], 2, 1, gender="femme", rsa="oui", referrals=[{"id": new_id(), "service": "mobijob"}]
    )
    assert statuses(engine, mine) == ["conflict"]
    [found] = waiting(engine)
    assert found.reasons == [CHANGED]
    shown = {d.label: (d.theirs, d.mine) for d in found.differences}
    assert shown.keys() == {"Genre", "RSA", "Orientations"}
    assert shown["Genre"] == ("Homme", "Femme")
    assert shown["Orientations"][1].startswith("Mobijob")
    assert statuses(engine, encounter(met["id"], 3, 2, gender="femme", rsa="oui")) == ["accepted"]
    assert waiting(engine) == []


def test_a_deletion_against_a_correction_says_which_is_which(engine: Engine) -> None:
    met, other = encounter(), encounter()
    push(engine, met, other)
    push(engine, encounter(met["id"], 2, 1, gender="homme"), tombstone(other["id"], 2, 1), sender=COLLEAGUE)
    both = [tombstone(met["id"], 2, 1), encounter(other["id"], 2, 1, gender="femme")]
    assert statuses(engine, *both) == ["conflict", "conflict"]
    found = {one.reasons[0]: one.differences for one in waiting(engine)}
    assert found == {DELETED_THERE: [], DELETED_HERE: []}


def test_each_tablet_that_waits_is_seen(engine: Engine) -> None:
    met = encounter()
    for sender in (ME, COLLEAGUE):
        push(engine, met | {"fields": {}}, sender=sender)
    assert len(waiting(engine)) == 2


def test_the_coordinator_reads_it_in_the_console(coordinator: TestClient, engine: Engine) -> None:
    assert "Rien à revoir" in coordinator.get("/console/a-revoir").text
    met = encounter()
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, gender="homme"), sender=COLLEAGUE)
    push(engine, encounter(met["id"], 2, 1, gender="femme"), encounter(place_type="<script>"))
    page = coordinator.get("/console/a-revoir").text
    assert "Version de la tablette" in page
    assert "la valeur n’est pas dans la liste" in page
    assert "<script>" not in page


def test_nobody_else_reads_it(administrator: TestClient, client: TestClient) -> None:
    assert administrator.get("/console/a-revoir").status_code == 403
