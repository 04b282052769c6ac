"""The transport: the real server, and what networks make of its answers (`tests/conformance/serving.py`)."""

from __future__ import annotations

import asyncio
import gzip
import hashlib

import httpx

from field_app.sync.answers import retry_after
from field_app.sync.client import SyncClient, SyncError
from shared import wire
from tests.conformance.suite.keeping import empty, encounter, gate
from tests.conformance.suite.subject import Subject, refused

SOON = 0.5
"""Seconds that a client waits for a server that does not answer."""


async def a_tablet_enrols_and_sends_a_record(subject: Subject) -> None:
    stranger = SyncClient(subject.server, transport=subject.ports.transport())
    enrolment, synthetic = await stranger.enrol(subject.code)
    assert (enrolment.team, synthetic) == ("Giromagny", False)
    store, _ = await gate(subject, empty(subject)).open()
    await store.keep(encounter(1, gender="femme"))
    client = SyncClient(subject.server, enrolment.token, subject.ports.transport(), territory=enrolment.territory)
    await client.run(store, prove=True)
    assert store.counts() == {"sent": 1}
    store.close()
    error = await refused(SyncError, stranger.enrol(subject.code))  # used up
    assert 400 <= error.status < 500


async def an_answer_comes_whole_with_its_headers(subject: Subject) -> None:
    async with subject.client() as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()
    assert answer.headers["x-content-type-options"] == "nosniff"


async def what_is_sent_arrives_with_every_header_of_ours(subject: Subject) -> None:
    body = gzip.compress(bytes(range(256)) * 4_000, mtime=0) + bytes(100_000)
    ours = {
        wire.PROTOCOL_HEADER: str(wire.PROTOCOL), "Authorization": "Bearer abc",
        "Content-Type": "application/json", "Content-Encoding": "gzip", "X-Of-Tomorrow": "kept",
    }  # fmt: skip
    for method in ("POST", "PUT"):
        async with subject.client() as client:
            said = (await client.request(method, "/odd/echo?a=%C3%A9&b=1", content=body, headers=ours)).json()
        assert said["method"] == method
        assert said["query"] == "a=%C3%A9&b=1"
        assert (said["bytes"], said["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
        assert {name: said["headers"].get(name.lower()) for name in ours} == ours
        assert "cookie" not in said["headers"]


async def an_answer_that_was_packed_is_read_unpacked(subject: Subject) -> None:
    async with subject.client() as client:
        answer = await client.get("/odd/packed")
    assert answer.json() == {"words": "é" * 5_000}


async def a_refusal_says_why_and_when_to_come_back(subject: Subject) -> None:
    async with subject.client() as client:
        busy, missing = await client.get("/odd/busy"), await client.get("/nothing/here")
    assert (busy.status_code, retry_after(busy), busy.json()) == (429, 7.0, {"code": "busy"})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def a_portal_that_redirects_is_not_followed(subject: Subject) -> None:
    async with subject.client() as client:
        assert (await client.get("/odd/portal")).status_code == 302
        assert (await client.post("/odd/aside", content=b"records")).is_redirect
        assert (await client.get("/odd/aside")).is_redirect
        asked = (await client.get("/odd/asked")).json()
        assert (asked["aside"], asked.get("trap", 0)) == (2, 0)
    behind = SyncClient(f"{subject.server}/odd/portal", transport=subject.ports.transport())
    error = await refused(SyncError, behind.enrol(subject.code))
    assert error.code == "portal"


async def an_empty_answer_is_empty(subject: Subject) -> None:
    async with subject.client() as client:
        answer = await client.get("/odd/empty")
    assert (answer.status_code, answer.content) == (204, b"")


async def a_server_that_does_not_answer_is_given_up(subject: Subject) -> None:
    for path in ("/odd/slow", "/odd/stalls"):  # before the headers, and in the middle of the body
        async with subject.client(SOON) as client:
            await refused(httpx.ReadTimeout, client.get(path))


async def a_sync_that_is_called_off_leaves_the_next_one_alone(subject: Subject) -> None:
    async with subject.client() as client:
        before = (await client.get("/odd/asked")).json().get("left", 0)
        await refused(TimeoutError, asyncio.wait_for(client.get("/odd/slow"), SOON))
        for _ in range(40):  # the server hears of it: nothing of the sync goes on behind the next one
            if (await client.get("/odd/asked")).json().get("left", 0) > before:
                break
            await asyncio.sleep(0.1)
        else:
            raise AssertionError("the request goes on")


async def an_answer_that_breaks_off_is_no_answer(subject: Subject) -> None:
    async with subject.client() as client:
        await refused(httpx.TransportError, client.get("/odd/cut"))


async def a_server_that_is_gone_is_told_as_no_network(subject: Subject) -> None:
    async with subject.client() as client:
        await client.post("/odd/stop")
    for _ in range(100):
        async with subject.client() as client:
            try:
                await client.get("/healthz")
            except (httpx.ReadError, httpx.RemoteProtocolError):  # in the act of stopping
                pass
            except httpx.ConnectError:
                break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("it goes on answering")
    stranger = SyncClient(subject.server, transport=subject.ports.transport())
    error = await refused(SyncError, stranger.enrol(subject.code))
    assert error.code == "offline"


CHECKS = (
    a_tablet_enrols_and_sends_a_record, an_answer_comes_whole_with_its_headers,
    what_is_sent_arrives_with_every_header_of_ours, an_answer_that_was_packed_is_read_unpacked,
    a_refusal_says_why_and_when_to_come_back, a_portal_that_redirects_is_not_followed, an_empty_answer_is_empty,
    a_server_that_does_not_answer_is_given_up, a_sync_that_is_called_off_leaves_the_next_one_alone,
    an_answer_that_breaks_off_is_no_answer, a_server_that_is_gone_is_told_as_no_network,
)  # fmt: skip
"""The last one leaves no server behind."""
