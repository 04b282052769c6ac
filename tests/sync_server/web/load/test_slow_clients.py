"""Half a request, a byte at a time, silence: who keeps the server waiting is let go, a bad field link is not."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared import wire
from sync_server.web import server
from sync_server.web.patience import Patience
from tests.sync_server.live import serving
from tests.sync_server.world import PROTOCOL, Tablet, encounter

QUICK = Patience(head=0.6, idle=1.0, grace=0.6, rate=2_000, body=4.0, answer=1.0)
"""As the server's own, thirty times faster."""
SLACK = 8.0
"""Seconds that a machine under load may take besides."""
HALF_A_HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "


@pytest.fixture
def port(app: FastAPI) -> Iterator[int]:
    settings = app.state.context.settings.model_copy(update={"server_port": 0, "log_level": "error"})
    with serving(app, server.configure(app, settings, QUICK)) as url:
        yield int(url.rsplit(":", 1)[1])


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
        yield link


def until_closed(
    link: socket.socket, send: Callable[[], object] = lambda: None, every: float = 0.05
) -> tuple[float, bytes]:
    """How long the server kept the connection while `send` was done again and again, and what it said."""
    begun, said = time.monotonic(), b""
    link.settimeout(every)
    while time.monotonic() - begun < 30:
        try:
            send()
            found = link.recv(4_096)
        except TimeoutError:
            continue
        except OSError:  # it was closed while we sent
            return time.monotonic() - begun, said
        if not found:
            return time.monotonic() - begun, said
        said += found
    raise AssertionError("the server keeps the connection")


def post_head(path: str, length: int, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *more, "", ""]
    return "\r\n".join(lines).encode()


FORM = "Content-Type: application/x-www-form-urlencoded"


def test_who_connects_and_says_nothing_is_let_go(port: int) -> None:
    with connected(port) as link:
        kept, said = until_closed(link)
    assert QUICK.head / 2 < kept < QUICK.head + SLACK
    assert said == b""


def test_half_a_head_is_let_go(port: int) -> None:
    with connected(port) as link:
        link.sendall(HALF_A_HEAD)
        kept, said = until_closed(link)
    assert kept < QUICK.head + SLACK
    assert said.startswith(b"HTTP/1.1 408 ")


def test_a_head_that_trickles_a_byte_at_a_time_gains_no_time(port: int) -> None:
    with connected(port) as link:
        link.sendall(HALF_A_HEAD)
        kept, _ = until_closed(link, lambda: link.send(b"x"))
    assert QUICK.head / 2 < kept < QUICK.head + SLACK


@pytest.mark.parametrize("path", ["/coupon", "/console/connexion", "/nulle-part", "/sync/push"])
def test_half_a_body_is_let_go_and_is_no_fault_of_ours(
    port: int, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(port) as link:
        link.sendall(post_head(path, 1_000, FORM) + b"code=ABC")
        kept, said = until_closed(link)
    assert kept < QUICK.grace + SLACK
    assert said.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 404 ", b"HTTP/1.1 401 ", b"HTTP/1.1 426 "))
    time.sleep(0.2)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_a_body_that_trickles_below_the_pace_is_let_go(port: int) -> None:
    with connected(port) as link:
        link.sendall(post_head("/coupon", 1_000_000, FORM))
        kept, said = until_closed(link, lambda: link.send(b"x"))  # some 20 bytes a second
    assert kept < QUICK.grace + SLACK
    assert said.startswith(b"HTTP/1.1 408 ")


def test_a_body_at_any_pace_ends_some_time(port: int) -> None:
    with connected(port) as link:
        link.sendall(post_head("/coupon", 1_000_000_000, FORM))
        kept, _ = until_closed(link, lambda: link.send(b"x" * 500))  # 10 kB a second, of which all is allowed
    assert kept < QUICK.body + SLACK


def test_a_connection_left_idle_is_closed_and_the_next_half_request_on_it_too(port: int) -> None:
    whole = b"GET /static/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(port) as link:
        link.sendall(whole)
        kept, said = until_closed(link)
        assert said.startswith(b"HTTP/1.1 200 ")
        assert QUICK.idle / 2 < kept < QUICK.idle + SLACK
    with connected(port) as link:
        link.sendall(whole)
        time.sleep(0.2)
        link.recv(65_536)
        link.sendall(HALF_A_HEAD)
        kept, said = until_closed(link, lambda: link.send(b"x"))
        assert QUICK.head / 2 < kept < QUICK.head + SLACK
        assert b"HTTP/1.1 408 " in said


def test_an_answer_that_nobody_takes_is_not_kept(port: int, app: FastAPI) -> None:
    @app.get("/large", include_in_schema=False)
    async def large() -> dict[str, str]:
        return {"x": "x" * 20_000_000}

    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        link.settimeout(30)
        link.connect(("127.0.0.1", port))
        link.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(QUICK.answer + 1.5)
        taken = 0
        try:
            while found := link.recv(65_536):
                taken += len(found)
        except ConnectionResetError:
            pass
    assert taken < 20_000_000


def test_four_hundred_half_requests_are_gone_while_everybody_else_is_answered(port: int) -> None:
    links = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(400)]
    try:
        for number, link in enumerate(links):
            link.sendall(HALF_A_HEAD if number % 2 else post_head("/coupon", 100, FORM))
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 200
        ended = time.monotonic() + QUICK.head + SLACK
        for link in links:
            link.settimeout(max(0.1, ended - time.monotonic()))
            assert b"408" in link.recv(100)
    finally:
        for link in links:
            link.close()


def test_a_batch_over_a_slow_field_link_arrives(port: int, engine: Engine, giromagny: Tablet) -> None:
    records = [encounter() for _ in range(100)]
    body = gzip.compress(json.dumps({"records": records}).encode())
    headers = [f"{name}: {value}" for name, value in giromagny.headers.items()]
    head = post_head("/sync/push", len(body), "Content-Type: application/json", "Content-Encoding: gzip", *headers)
    with connected(port) as link:
        link.sendall(head)
        pieces = [body[at : at + 300] for at in range(0, len(body), 300)]
        for piece in pieces:  # 3 kB a second, above the floor of 2
            link.sendall(piece)
            time.sleep(0.1)
        link.settimeout(30)
        said = link.recv(65_536)
    assert said.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("size", [20_000, 200_000, wire.MOST_BYTES])
def test_the_servers_own_patience_is_for_two_kilobytes_a_second_with_silences(size: int) -> None:
    ours = Patience()
    sent, second, silence = 0, 0, 25
    while sent < size and second < 1_500:
        assert second < ours.allow(sent), (sent, second)
        second += 1
        if second % 60 >= silence:  # 25 seconds of every minute nothing passes: 1.2 kB a second in all
            sent += 2_000
    assert sent >= size or size == wire.MOST_BYTES
    assert (ours.head, ours.allow(0), ours.allow(10**9)) == (20.0, 30.0, 1_800.0)


def test_what_the_tablets_say_of_themselves_passes_in_one_head(port: int, giromagny: Tablet) -> None:
    answer = httpx.get(f"http://127.0.0.1:{port}/sync/pull", headers=giromagny.headers, timeout=30)
    assert answer.status_code == 200
    assert PROTOCOL.items() <= giromagny.headers.items()
