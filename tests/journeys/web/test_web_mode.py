"""A developer's tablet in web mode, and another page of the same browser that would like to read it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from field_app.web_mode import is_own
from tests.browser import LOCKED, LOOK, PIN, button, expose_names, open_app, text, window
from tools.bench.web_use import fill_tablet
from tools.run import data_environment, launch, stop

OWN = "127.0.0.1:8550"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """An enrolled tablet in web mode."""
    fill_tablet(tmp_path / "tablet", 2)
    env = data_environment() | {"FLET_APP_STORAGE_DATA": str(tmp_path / "tablet")}
    process, port = launch(["main.py"], env, "FIELD_APP_PORT", 0)
    yield port
    stop([process])


def knock(port: int, host: str, origin: str | None, path: str = "/ws") -> str:
    """Ask for a WebSocket as a browser does; the status that is answered."""
    asked = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]  # fmt: skip
    asked += [f"Origin: {origin}"] if origin else []
    with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
        link.sendall("\r\n".join([*asked, "", ""]).encode())
        return link.recv(200).split(b" ")[1].decode()


@pytest.mark.journey
def test_a_page_from_elsewhere_opens_no_tablet(port: int) -> None:
    own = f"127.0.0.1:{port}"
    assert knock(port, own, f"http://{own}") == "101"
    for origin in ("https://ailleurs.example", "http://127.0.0.1:1", f"http://localhost:{port}", "null", None):
        assert knock(port, own, origin) == "403", origin
    named = f"ailleurs.example:{port}"  # a name of the outside that points at the loopback
    assert knock(port, named, f"http://{named}") == "403"


@pytest.mark.journey
def test_an_unlocked_tab_loaded_again_asks_for_the_pin(port: int) -> None:
    with window() as browser:
        page = browser.page()
        open_app(page, f"http://127.0.0.1:{port}/")
        expect(text(page, LOCKED)).to_be_visible()
        page.get_by_label("Code PIN").click()  # its input is another once names are asked for
        page.wait_for_timeout(LOOK)
        page.keyboard.type(PIN, delay=80)
        expect(button(page, "Nouvelle rencontre")).to_be_visible()
        page.reload()
        expose_names(page)
        expect(text(page, LOCKED)).to_be_visible()
        expect(button(page, "Nouvelle rencontre")).to_have_count(0)


@pytest.mark.parametrize(
    ("kind", "headers", "expected"),
    [
        ("websocket", {"host": OWN, "origin": f"http://{OWN}"}, True),
        ("websocket", {"host": "[::1]:8550", "origin": "http://[::1]:8550"}, True),
        ("websocket", {"host": OWN}, False),
        ("websocket", {"host": OWN, "origin": f"https://{OWN}"}, False),
        ("websocket", {"host": OWN, "origin": f"http://{OWN}.example"}, False),
        ("websocket", {}, False),
        ("http", {"host": OWN}, True),
        ("http", {"host": OWN, "origin": "https://ailleurs.example"}, False),
        ("http", {"host": "ailleurs.example"}, False),
        ("http", {}, False),
    ],
)
def test_only_its_own_pages_are_let_in(kind: str, headers: dict[str, str], expected: bool) -> None:
    assert is_own(kind, headers) is expected
