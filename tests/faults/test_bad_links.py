"""Real sockets through a link that is slow, cut, reset, or plays the server: all arrives in the end, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from field_app.locking.opening import open_store
from field_app.store.local_store import LocalStore
from field_app.sync import client as sync
from field_app.sync.client import SyncClient, SyncError
from field_app.sync.pace import Pace
from tests.faults.conftest import Server
from tests.faults.proxy import Link
from tests.field_app.conftest import held_by_server
from tests.field_app.world import SECRET, kept


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LocalStore]:
    found = await open_store(tmp_path / "tablet.db", SECRET)
    yield found
    found.close()


async def enrolled(served: Server) -> str:
    return (await SyncClient(served.url).enrol(served.code()))[0].token


async def ids(store: LocalStore) -> list[str]:
    return sorted(met.id for met in await store.all() if met.kind == "encounter")


async def through(link: Link, token: str, store: LocalStore, timeout: httpx.Timeout = sync.TIMEOUT) -> str:
    """One sync through that link; the code of its failure, empty when it went well."""
    try:
        await SyncClient(f"http://127.0.0.1:{link.port}", token, timeout=timeout).run(store)
    except SyncError as error:
        return error.code
    return ""


@pytest.mark.parametrize("abruptly", [False, True])
async def test_a_pull_cut_at_any_byte_goes_on_where_it_was_with_nothing_missing(
    served: Server, store: LocalStore, tmp_path: Path, abruptly: bool
) -> None:
    colleague = await open_store(tmp_path / "colleague.db", SECRET)
    theirs = await enrolled(served)
    for _ in range(3):
        await colleague.keep(kept())
    await SyncClient(served.url, theirs).run(colleague)
    token = await enrolled(served)
    async with Link(served.port) as whole:
        measuring = await open_store(tmp_path / "measure.db", SECRET)
        await through(whole, token, measuring)
        measuring.close()
        length = whole.answered
    assert length > 1_000
    codes = set()
    # Each byte of the head and of the last of it; in the middle of the packed body, one in seven.
    for cut in [*range(0, 400, 3), *range(400, length - 50, 97), *range(length - 50, length)]:
        async with Link(served.port, cut_after=cut, abruptly=abruptly) as link:
            codes.add(await through(link, token, store))
        held = await ids(store)
        assert held in ([], await ids(colleague)), cut  # a page and its cursor, or nothing of it
    assert codes <= {"offline", ""}
    async with Link(served.port) as link:
        assert await through(link, token, store) == ""
    assert await ids(store) == await ids(colleague)
    colleague.close()


async def test_a_push_cut_at_any_byte_of_its_answer_counts_once(served: Server, store: LocalStore) -> None:
    token = await enrolled(served)
    for cut in range(0, 700, 23):
        await store.keep(kept())
        async with Link(served.port, cut_after=cut) as link:
            await through(link, token, store)
    async with Link(served.port) as link:
        assert await through(link, token, store) == ""
    there = held_by_server(served.engine)
    assert sorted(there) == await ids(store)
    assert len(there) == 31
    assert store.counts() == {"sent": 31}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_at_one_kilobyte_a_second_everything_leaves(served: Server, store: LocalStore) -> None:
    token = await enrolled(served)
    await SyncClient(served.url, token).run(store)  # the directory is there since the day before
    for _ in range(20):
        await store.keep(kept())
    async with Link(served.port, rate=1_000, delay=0.05) as link:
        client = SyncClient(f"http://127.0.0.1:{link.port}", token, pace=Pace(10))
        await client.run(store)
    assert store.counts() == {"sent": 20}
    assert len(held_by_server(served.engine)) == 20


@pytest.mark.parametrize(
    ("fault", "code"), [({"portal": True}, "portal"), ({"refuse": True}, "offline"), ({"cut_after": 0}, "offline")]
)
async def test_what_is_in_the_way_is_said_and_nothing_is_lost(
    served: Server, store: LocalStore, fault: dict[str, Any], code: str
) -> None:
    token = await enrolled(served)
    await store.keep(kept())
    async with Link(served.port, **fault) as link:
        assert await through(link, token, store) == code
    assert store.counts() == {"pending": 1}
    assert held_by_server(served.engine) in ([], await ids(store))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_server_that_never_answers_is_given_up_and_asked_again_later(
    served: Server, store: LocalStore
) -> None:
    token = await enrolled(served)
    await store.keep(kept())
    async with Link(served.port, delay=2.0) as link:
        assert await through(link, token, store, httpx.Timeout(0.3)) == "offline"
    await asyncio.sleep(0)
    async with Link(served.port) as link:
        assert await through(link, token, store) == ""
    assert store.counts() == {"sent": 1}
