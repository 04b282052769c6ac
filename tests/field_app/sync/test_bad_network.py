"""A link that breaks, and one that somebody stands in: what leaves is small, packed, and never to a stranger."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient, SyncError
from field_app.sync.pace import BRISK, LARGEST, SMALLEST, USUAL, Pace
from shared import ids, wire
from tests.field_app.conftest import held_by_server
from tests.field_app.world import NOW, URL, encounter, kept


class Watched(httpx.AsyncBaseTransport):
    """The real server behind a link that breaks under a batch of more than `most` records."""

    def __init__(self, through: httpx.AsyncBaseTransport, most: int = LARGEST) -> None:
        self.through = through
        self.most = most
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        if body:
            self.bodies.append(body)
            if len(json.loads(gzip.decompress(body))["records"]) > self.most:
                raise httpx.WriteError("the link broke", request=request)
        return await self.through.handle_async_request(request)


def test_a_batch_shrinks_where_the_link_breaks_and_grows_where_it_is_quick() -> None:
    pace = Pace()
    assert pace.size == USUAL
    pace.passed(BRISK)
    assert pace.size == USUAL
    for _ in range(9):
        pace.failed()
    assert pace.size == SMALLEST
    for _ in range(9):
        pace.passed(0.1)
    assert pace.size == LARGEST == wire.MOST_RECORDS


async def test_on_a_link_that_passes_little_everything_leaves_in_the_end(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport, server_engine: Engine
) -> None:
    for _ in range(130):
        await store.keep(kept())
    pace, link, told = Pace(), Watched(transport, most=30), list[int]()
    for _ in range(20):  # the retries of an afternoon
        with suppress(SyncError):
            await SyncClient(URL, enrolment.token, link, pace, told.append).run(store)
    assert len(held_by_server(server_engine)) == 130
    assert store.counts() == {"sent": 130}
    assert told[0] <= 30
    assert max(told) <= 130


async def test_fifty_encounters_cost_less_than_two_hundred_bytes_each(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    for n in range(50):
        referral = {"id": ids.new_id(NOW.date()), "service": "france-services-giromagny", "mode": "prise-rdv"}
        needs = [{"theme": "mobilite--acceder-a-un-vehicule"}, {"theme": "sante--acces-aux-soins"}]
        age = ("16-17", "18-21", "22-25", "26-39")[n % 4]
        await store.keep(kept(fields=encounter(age_band=age, needs=needs, referrals=[referral])))
    link = Watched(transport)
    await SyncClient(URL, enrolment.token, link).run(store)
    [body] = link.bodies
    assert len(body) / 50 <= 200


@pytest.fixture
async def stranger(tmp_path: Path) -> AsyncIterator[str]:
    """A real TLS server that nobody vouches for, and its address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(start).not_valid_after(start + timedelta(days=9)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    bare = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "stranger.pem").write_bytes(bare + signed.public_bytes(pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "stranger.pem")

    async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pytest.fail(f"a stranger was told {await reader.read(100)!r}")

    server = await asyncio.start_server(heard, "127.0.0.1", 0, ssl=context)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()


async def test_a_network_that_plays_the_server_is_told_nothing(store: LocalStore, stranger: str) -> None:
    await store.keep(kept())
    with pytest.raises(SyncError) as caught:
        await SyncClient(stranger, "token").run(store)
    assert caught.value.code == "untrusted"
    assert "la date de la tablette est peut-être fausse" in caught.value.message
    assert store.counts() == {"pending": 1}
