"""A tablet keeps the territory it enrolled in: it tells a server of another nothing, and takes nothing from it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from field_app.directory import Directory
from field_app.state.desk import Desk
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient, SyncError
from shared import territory as territories
from shared import wire
from shared.territory import TERRITORY
from sync_server.settings import Settings
from sync_server.web.app import create_app
from tests.field_app.conftest import a_code, held_by_server
from tests.field_app.world import ENROLMENT, URL, clock, kept, over


class Watched(httpx.AsyncBaseTransport):
    """Remembers what was asked, and what was told with it."""

    def __init__(self, through: httpx.AsyncBaseTransport) -> None:
        self._through = through
        self.asked: list[str] = []
        self.told: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if body := await request.aread():
            self.told.append(body)
        return await self._through.handle_async_request(request)


@pytest.fixture
def elsewhere(sqlite_template: Path, tmp_path: Path) -> Iterator[Watched]:
    """The server of another territory, that knows the same devices: the name moved, or it was restored."""
    path = tmp_path / "server.db"  # the one of `server_engine`
    if not path.exists():
        shutil.copy(sqlite_template, path)
    with pytest.MonkeyPatch.context() as patch:  # a program that has the data of both
        patch.setattr(territories, "AVAILABLE", (TERRITORY, "25"))
        app = create_app(Settings(database_url=f"sqlite:///{path}", territory="25"), clock)
    yield Watched(httpx.ASGITransport(app=app, raise_app_exceptions=False))
    app.state.context.engine.dispose()


def stranger(**says: object) -> httpx.MockTransport:
    """A server of today that answers every question, and says whose it is."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/sync/territory":
            return httpx.Response(200, json=says)
        if request.url.path == "/sync/push":
            return httpx.Response(200, json={"receipts": [], **says})
        return httpx.Response(200, json={"records": [], "cursor": "e.1", "epoch": "e", **says})

    return httpx.MockTransport(answer)


async def refused(store: LocalStore, transport: httpx.AsyncBaseTransport, token: str = "token") -> str:
    with pytest.raises(SyncError) as failure:
        await SyncClient(URL, token, transport, territory=TERRITORY).run(store, prove=True)
    assert "restent sur" in failure.value.message
    return failure.value.code


async def test_enrolling_keeps_the_territory(enrolment: Enrolment) -> None:
    assert enrolment.territory == TERRITORY


async def test_a_server_of_another_territory_is_told_nothing_and_the_queue_stays(
    store: LocalStore, elsewhere: Watched, enrolment: Enrolment, server_engine: Engine
) -> None:
    await store.keep(kept())
    assert await refused(store, elsewhere, enrolment.token) == "other_territory"
    assert (elsewhere.told, elsewhere.asked) == ([], ["GET /sync/territory"])
    assert store.counts() == {"pending": 1}
    assert held_by_server(server_engine) == []


async def test_nothing_is_pulled_from_it_either(
    store: LocalStore, elsewhere: Watched, enrolment: Enrolment, server_engine: Engine
) -> None:
    assert await refused(store, elsewhere, enrolment.token) == "other_territory"
    assert await store.all() == []
    assert await store.cursor(URL) is None


async def test_a_server_that_lets_the_request_pass_is_known_by_its_answers(store: LocalStore) -> None:
    assert await refused(store, stranger(territory="25")) == "other_territory"
    await store.keep(kept())
    assert await refused(store, stranger(territory="25")) == "other_territory"
    assert (store.counts(), await store.cursor(URL)) == ({"pending": 1}, None)


async def test_the_right_server_is_recognised_before_anything_is_told(
    store: LocalStore, transport: httpx.AsyncBaseTransport, enrolment: Enrolment, server_engine: Engine
) -> None:
    await store.keep(kept())
    link = Watched(transport)
    client = SyncClient(URL, enrolment.token, link, territory=enrolment.territory)
    await client.run(store)
    assert link.asked == ["GET /sync/territory", "POST /sync/push", "GET /sync/pull"]
    await client.run(store)  # nothing is told: the first answer is enough
    assert link.asked[3:] == ["GET /sync/pull"]
    assert len(held_by_server(server_engine)) == 1


async def test_an_older_server_that_does_not_say_is_synced_with_as_before(
    store: LocalStore, transport: httpx.AsyncBaseTransport, enrolment: Enrolment, server_engine: Engine
) -> None:
    class Older(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/sync/territory":
                failure = wire.Failure(code="not_found", message="Cette page n’existe pas.", hint="Revenez.")
                return httpx.Response(404, json=failure.model_dump())
            return await transport.handle_async_request(request)

    await store.keep(kept())
    await SyncClient(URL, enrolment.token, Older(), territory=TERRITORY).run(store)
    assert len(held_by_server(server_engine)) == 1


async def test_a_tablet_enrolled_before_that_learns_its_territory_at_the_first_answer_and_keeps_it(
    store: LocalStore, transport: httpx.AsyncBaseTransport, enrolment: Enrolment
) -> None:
    old = {name: value for name, value in asdict(enrolment).items() if name != "territory"}
    await store.keep_note("enrolment", old)
    desk = Desk(store, Directory(), Enrolment(**old), clock, ports=over(transport))
    status = SyncStatus(_desk=desk)
    await status.run()
    assert status.error == ""
    assert desk.enrolment == enrolment
    assert await store.note("enrolment") == asdict(enrolment)
    desk.ports = over(stranger(territory="25"))
    await status.run()
    assert "autre territoire" in status.error


async def test_a_tablet_of_a_territory_the_app_has_no_data_of_says_so_and_syncs_nothing(
    store: LocalStore, transport: httpx.AsyncBaseTransport
) -> None:
    link = Watched(transport)
    await store.keep(kept())
    status = SyncStatus(
        _desk=Desk(store, Directory(), replace(ENROLMENT, territory="25"), clock, ports=over(link))
    )
    await status.run()
    assert "« 25 »" in status.error
    assert (link.asked, status.waiting) == ([], 1)


async def test_a_code_of_another_territory_is_not_spent(
    elsewhere: Watched, transport: httpx.AsyncBaseTransport, server_engine: Engine
) -> None:
    code = a_code(server_engine)
    with pytest.raises(SyncError) as failure:
        await SyncClient(URL, transport=elsewhere).enrol(code)
    assert failure.value.code == "other_territory"
    assert (await SyncClient(URL, transport=transport).enrol(code))[0].territory == TERRITORY


@pytest.mark.parametrize(("kept_one", "code"), [("", "no_data"), (TERRITORY, "other_territory")])
async def test_an_older_server_of_another_territory_enrols_nobody(kept_one: str, code: str) -> None:
    enrolled = wire.Enrolled(
        device_id="d", token="t", territory="25", team="Montbéliard", action="trait-dunion", epoch="e"
    )
    link = httpx.MockTransport(lambda _: httpx.Response(200, json=enrolled.model_dump()))
    with pytest.raises(SyncError) as failure:
        await SyncClient(URL, transport=link, territory=kept_one).enrol("ABCD-EFGH-JK")
    assert failure.value.code == code
