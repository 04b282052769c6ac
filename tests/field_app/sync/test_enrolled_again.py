"""A tablet that is revoked, or enrolled again, elsewhere too: what its worker wrote reaches who may take it, and
nothing is sent for ever."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from field_app.ports.desk.storage import FolderStorage
from field_app.ports.ports import Ports
from field_app.state import session as state
from field_app.state.enrolling import token_of
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient, SyncError
from field_app.sync.pace import Pace
from shared.territory import TERRITORY as CODE
from sync_server.access import devices
from sync_server.intake import quarantine
from sync_server.intake.store import RECORD, Sender
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from tests.field_app.conftest import Tablet, a_code
from tests.field_app.server_side import backup, code_elsewhere, push, restore
from tests.field_app.world import NOW, URL, delete, edit, find, kept, send_new


def of_team(engine: Engine) -> dict[str, tuple[str, Any]]:
    """Id to team and revision of what the server holds, the directory aside."""
    with database.reading(engine) as connection:
        rows = connection.execute(select(RECORD).where(RECORD.c.team.is_not(None)))
        return {row.id: (row.team, row.revision) for row in rows}


async def test_a_tablet_that_changes_teams_goes_on_with_its_older_records(
    store: LocalStore, client: SyncClient, enrolment: Enrolment, colleague: Tablet, server_engine: Engine,
    transport: httpx.AsyncBaseTransport,
) -> None:  # fmt: skip
    old, gone = kept(), kept()
    for record in (old, gone):
        await store.keep(record)
    await client.run(store)
    again, _ = await SyncClient(URL, enrolment.token, transport).enrol(code_elsewhere(server_engine))
    moved = SyncClient(URL, again.token, transport)
    new = kept()
    await store.keep(new)
    await edit(store, old.id, gender="homme")
    await delete(store, gone.id)
    await moved.run(store, prove=True)
    assert store.counts() == {"sent": 2}
    everything = {old.id: ("giromagny", 2), gone.id: ("giromagny", 2), new.id: ("delle", 1)}
    assert of_team(server_engine) == everything
    await moved.run(store, prove=True)  # what the first team holds is not taken for lost
    assert of_team(server_engine) == everything
    await colleague.sync()
    there = await find(colleague.store, old.id)
    assert there.fields["gender"] == "homme"


async def test_one_that_cannot_show_its_token_of_before_loses_nothing_and_changes_nothing(
    store: LocalStore, client: SyncClient, transport: httpx.AsyncBaseTransport, server_engine: Engine
) -> None:
    old = await send_new(store, client)
    again, _ = await SyncClient(URL, transport=transport).enrol(code_elsewhere(server_engine))
    await edit(store, old.id, gender="homme")
    await SyncClient(URL, again.token, transport).run(store)
    assert store.counts() == {"sent": 1}
    assert of_team(server_engine)[old.id] == ("giromagny", 1)
    with database.reading(server_engine) as connection:
        [waits] = quarantine.waiting(connection, CODE)
    assert [d.mine for d in waits.differences] == ["Homme"]


async def test_what_a_revoked_tablet_may_not_change_waits_holds_back_nothing_and_leaves_with_a_new_code(
    store: LocalStore, client: SyncClient, enrolment: Enrolment, colleague: Tablet, server_engine: Engine,
    transport: httpx.AsyncBaseTransport,
) -> None:  # fmt: skip
    older = [kept() for _ in range(12)]
    for record in older:
        await store.keep(record)
    await client.run(store)
    await colleague.sync()
    for record in older:
        await edit(colleague.store, record.id, rsa="oui")
        await edit(store, record.id, gender="homme")
    await colleague.sync()
    new = kept()
    await store.keep(new)
    devices.revoke(server_engine, Actor(CODE, "administration", NOW.date()), enrolment.device_id)
    for _ in range(2):
        with pytest.raises(SyncError) as failure:  # batches of 5: the twelve fill the first ones
            await SyncClient(URL, enrolment.token, transport, Pace(5)).run(store)
        assert failure.value.code == "revoked_device"
        assert "nouveau code" in failure.value.message
        assert store.counts() == {"pending": 12, "sent": 1}
    assert of_team(server_engine)[new.id] == ("giromagny", 1)
    again, _ = await SyncClient(URL, transport=transport).enrol(a_code(server_engine))
    await SyncClient(URL, again.token, transport).run(store)
    assert store.counts() == {"sent": 13}
    for record in older:
        there = await find(store, record.id)
        assert (there.fields["gender"], there.fields["rsa"]) == ("homme", "oui")


async def test_after_a_restore_each_edit_names_what_the_server_still_holds(
    store: LocalStore, client: SyncClient, colleague: Tablet, server_engine: Engine
) -> None:
    met = await send_new(store, client)
    await colleague.sync()
    yesterday = backup(server_engine)
    for gender in ("femme", "homme"):
        await edit(store, met.id, gender=gender)
        await client.run(store)
    restore(server_engine, yesterday)
    with database.writing(server_engine) as connection:  # and even the old copy is gone: a colleague lends it
        connection.execute(RECORD.delete().where(RECORD.c.id == met.id))
    await colleague.sync()
    assert of_team(server_engine)[met.id] == ("giromagny", 1)
    await client.run(store)
    assert of_team(server_engine)[met.id] == ("giromagny", 3)
    assert store.counts() == {"sent": 1}


async def test_the_worker_types_the_new_code_and_goes_on(
    enrolment: Enrolment, colleague: Tablet, server_engine: Engine, transport: httpx.AsyncBaseTransport,
    tmp_path: Path,
) -> None:  # fmt: skip
    storage = FolderStorage(tmp_path / "mine")
    session = state.Session(_ports=Ports(storage=storage, transport=lambda: transport))
    await session.open()
    desk = session._opened
    await desk.store.keep_note("enrolment", asdict(enrolment))
    desk.enrolment = enrolment
    old = kept()
    await desk.store.keep(old)
    await session.sync.run()
    theirs = kept()  # of the team to come, from before
    code = code_elsewhere(server_engine)
    push(server_engine, Sender(CODE, "delle", "another"), theirs.record)
    await session.sync.run()
    await session.renew()
    assert (session.screen, session.server_url) == ("enrol", URL)
    session.code = code
    await session.enrol()
    assert (session.message, session.team) == ("", "Delle")
    await edit(desk.store, old.id, gender="homme")
    await session.sync.run()
    assert session.sync.error == ""
    assert of_team(server_engine)[old.id] == ("giromagny", 2)
    assert await desk.store.get(theirs.id) is not None
    session.close()


async def test_the_token_is_shown_to_its_own_server_only(enrolment: Enrolment) -> None:
    assert token_of(enrolment, f" {URL}/ ") == enrolment.token
    assert token_of(enrolment, "https://another.test") == token_of(None, URL) == ""
