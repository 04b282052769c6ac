"""Our own server as it is started: what it believes of whoever stands before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI

from sync_server.settings import Settings, read_settings
from sync_server.web import server
from tests.sync_server.live import post, serving
from tests.sync_server.world import PROTOCOL

PROXY, DIRECT = "127.0.0.2", "127.0.0.1"


@contextmanager
def started(app: FastAPI, **settings: object) -> Iterator[str]:
    """The address of the server as the command starts it, with these settings."""
    told = app.state.context.settings.model_dump() | {"server_port": 0, "log_level": "error"} | settings
    with serving(app, server.configure(app, Settings(**told))) as url:
        yield url


def wrong_code(url: str, address: str, forwarded: str = "") -> int:
    headers = PROTOCOL | ({"X-Forwarded-For": forwarded} if forwarded else {})
    return post(f"{url}/devices/enrol", address, json={"code": "WRONG"}, headers=headers).status_code


def test_who_says_to_come_from_elsewhere_is_believed_from_a_trusted_proxy_only(app: FastAPI) -> None:
    with started(app, trusted_proxies=PROXY) as url:
        # A new address at each try, invented: they are all one.
        assert [wrong_code(url, DIRECT, f"198.51.100.{n}") for n in range(12)] == [403] * 10 + [429] * 2
        # The proxy's clients are told apart.
        assert [wrong_code(url, PROXY, f"198.51.100.{n}") for n in range(12)] == [403] * 12
        # What a client invented before the proxy added the true address is not looked at.
        found = [wrong_code(url, PROXY, f"203.0.113.{n}, 198.51.100.77") for n in range(12)]
        assert found == [403] * 10 + [429] * 2


@pytest.mark.parametrize("trusted", ["", " ", "10.0.0.0/8"])
def test_without_a_trusted_proxy_nobody_is_believed(app: FastAPI, trusted: str) -> None:
    with started(app, trusted_proxies=trusted) as url:
        assert [wrong_code(url, DIRECT, f"198.51.100.{n}") for n in range(12)] == [403] * 10 + [429] * 2


@pytest.mark.parametrize("wrong", ["*", "proxy.example.org", "10.0.0.5/24", "10.0.0.5;10.0.0.6"])
def test_a_setting_that_would_believe_anybody_or_nobody_is_refused(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", wrong)
    with pytest.raises(ValueError, match=r"TRUSTED_PROXIES doit être des adresses comme 10\.0\.0\.5"):
        read_settings()
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.5, 10.0.0.0/24,::1")
    assert read_settings().trusted_proxies == "10.0.0.5, 10.0.0.0/24,::1"
