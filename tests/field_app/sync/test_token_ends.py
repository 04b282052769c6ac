"""The tablet's right to speak ends in the middle of a sync, with 50 records unsent: none is lost, and a new code
is all it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, update

from field_app.locking.opening import Gate, choose_pin
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient, SyncError
from field_app.sync.pace import Pace
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.access.devices import DEVICE
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from tests.field_app.conftest import a_code, held_by_server
from tests.field_app.world import NOW, PIN, SECRET, URL, kept

End = Callable[[Engine, str], None]


def revoked(engine: Engine, device_id: str) -> None:
    devices.revoke(engine, Actor(TERRITORY, "administration", NOW.date()), device_id)


def replaced(engine: Engine, device_id: str) -> None:
    """The server knows another token: this one expired, or was given anew."""
    with database.writing(engine) as connection:
        connection.execute(update(DEVICE).where(DEVICE.c.id == device_id).values(token_hash="another"))


class Until(httpx.AsyncBaseTransport):
    """The real server, until so many pushes have gone through."""

    def __init__(self, through: httpx.AsyncBaseTransport, pushes: int, then: Callable[[], None]) -> None:
        self._through, self._left, self._then = through, pushes, then

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/sync/push":
            self._left -= 1
            if self._left == -1:
                self._then()
        return await self._through.handle_async_request(request)


@pytest.mark.parametrize(
    ("end", "code", "unsent"), [(revoked, "revoked_device", 0), (replaced, "unknown_device", 20)]
)
async def test_a_token_that_ends_in_the_middle_of_a_sync_keeps_what_is_unsent_behind_the_same_pin(
    end: End, code: str, unsent: int, store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport,
    server_engine: Engine, tmp_path: Path,
) -> None:  # fmt: skip
    mine = [kept() for _ in range(50)]
    for record in mine:
        await store.keep(record)
    cut = Until(transport, 2, lambda: end(server_engine, enrolment.device_id))
    with pytest.raises(SyncError) as failure:
        await SyncClient(URL, enrolment.token, cut, Pace(10)).run(store)
    assert failure.value.code == code
    assert store.counts().get("pending", 0) == unsent  # after batches of 10 and 20
    await choose_pin(store, SECRET, PIN)
    store.close()
    store, _ = await Gate(tmp_path / "tablet.db", SECRET).open(PIN)  # no network, no token: the PIN is enough
    assert Counter(met.kind for met in await store.all())["encounter"] == 50
    fresh, _ = await SyncClient(URL, transport=transport).enrol(a_code(server_engine))
    await SyncClient(URL, fresh.token, transport).run(store, prove=True)
    assert store.counts() == {"sent": 50}
    assert sorted(held_by_server(server_engine)) == sorted(met.id for met in mine)
    store.close()
