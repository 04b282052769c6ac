"""How a server is reached: over HTTPS with its own certificate, in clear by this machine, and otherwise not."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import inspect

from sync_server.operations import cli
from sync_server.settings import Settings, read_settings
from sync_server.storage import database
from sync_server.web import server
from sync_server.web.envelope import HSTS
from sync_server.web.patience import Patience
from sync_server.web.running import tls
from tests.sync_server.live import serving
from tests.sync_server.web.running.certificates import make_certificate

BEYOND = ("0.0.0.0", "::", "192.0.2.7", "2001:db8::1", "", "trait-dunion.exemple.fr", "::ffff:127.0.0.1")
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def settings(**more: Any) -> Settings:
    told: dict[str, Any] = {"database_url": "sqlite://", "server_port": 0} | more
    return Settings(**told)


def refusal(**more: Any) -> str:
    with pytest.raises(ValueError) as refused:
        tls.open_context(settings(**more))
    return str(refused.value)


@pytest.mark.parametrize("host", BEYOND)
def test_a_server_that_others_reach_does_not_answer_in_clear(host: str) -> None:
    said = refusal(server_host=host)
    for named in (f"« {host} »", "TLS_CERTIFICATE", "TLS_KEY", "SERVER_HOST", "PLAIN_HTTP=true"):
        assert named in said


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_a_server_that_this_machine_alone_reaches_may(host: str) -> None:
    assert tls.open_context(settings(server_host=host)) is None


@pytest.mark.parametrize("host", BEYOND)
def test_a_server_behind_a_proxy_elsewhere_is_told_to(host: str) -> None:
    assert tls.open_context(settings(server_host=host, plain_http=True)) is None


@ON_SQLITE
def test_no_configuration_of_ours_answers_in_clear_beyond_this_machine(app: FastAPI) -> None:
    with pytest.raises(ValueError, match="PLAIN_HTTP"):
        server.configure(app, settings(server_host="0.0.0.0"))


def test_the_command_says_so_and_touches_no_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'base' / 'base.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SERVER_HOST", "0.0.0.0")
    assert cli.main(["serve"]) == 2
    assert capsys.readouterr().err == tls.IN_CLEAR.format(host="0.0.0.0") + "\n"
    engine = database.connect(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_wrong_word_for_yes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAIN_HTTP", "peut-être")
    with pytest.raises(ValueError, match="PLAIN_HTTP doit être true ou false"):
        read_settings()


@ON_SQLITE
def test_a_tablet_speaks_to_the_server_itself_over_https(app: FastAPI, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    told = settings(tls_certificate=certificate, tls_key=key, log_level="error")
    known = ssl.create_default_context(cafile=str(certificate))
    with serving(app, server.configure(app, told)) as url:
        address = url.replace("http://", "https://")
        answer = httpx.get(f"{address}/healthz", verify=known)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers.get_list("Strict-Transport-Security") == [HSTS]
        assert "Server" not in answer.headers  # nobody is told what to look up
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            httpx.get(f"{address}/healthz")  # who does not know it is not led to trust it
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{url}/healthz")  # nothing in clear on that port


def spoken(url: str, certificate: Path, version: ssl.TLSVersion) -> str | None:
    """The version that a client which knows no other is answered in; None where it is sent away."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(certificate)
    client.set_ciphers("DEFAULT:@SECLEVEL=0")  # what a client of then would say
    client.minimum_version = client.maximum_version = version
    host, port = url.removeprefix("http://").split(":")
    try:
        raw = socket.create_connection((host, int(port)), 30)
        with raw, client.wrap_socket(raw, server_hostname=host) as wrapped:
            return wrapped.version()
    except ssl.SSLError:
        return None


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
@ON_SQLITE
def test_a_client_of_an_old_and_weak_tls_is_sent_away(app: FastAPI, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    told = settings(tls_certificate=certificate, tls_key=key, log_level="error")
    versions = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
    with serving(app, server.configure(app, told)) as url:
        assert [spoken(url, certificate, one) for one in versions] == [None, "TLSv1.2", "TLSv1.3"]


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o606, 0o641, 0o777])
def test_a_key_that_others_may_read_or_change_is_not_used(tmp_path: Path, mode: int) -> None:
    certificate, key = make_certificate(tmp_path)
    key.chmod(mode)
    said = refusal(tls_certificate=certificate, tls_key=key)
    assert f"droits {mode:03o}" in said
    assert f"chmod 600 {key}" in said
    assert key.stat().st_mode & 0o777 == mode  # closed now, it would look as if nobody had read it


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_key_of_its_owner_or_of_its_group_is_used(tmp_path: Path, mode: int) -> None:
    certificate, key = make_certificate(tmp_path)
    key.chmod(mode)
    assert tls.open_context(settings(tls_certificate=certificate, tls_key=key, server_host="0.0.0.0"))


def test_half_a_pair_is_told_by_the_name_of_the_other(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    assert "donnez aussi TLS_KEY" in refusal(tls_certificate=certificate)
    assert "donnez aussi TLS_CERTIFICATE" in refusal(tls_key=key)
    # Not even where a certificate was not needed: whoever gave one half meant to be encrypted.
    assert "TLS_KEY" in refusal(tls_certificate=certificate, plain_http=True)


def test_the_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path / "old")
    _, key = make_certificate(tmp_path / "new")
    said = refusal(tls_certificate=certificate, tls_key=key)
    assert said == tls.NOT_ITS_KEY.format(key=key, certificate=certificate)


def test_files_that_are_no_certificate_or_no_key_are_told(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    assert refusal(tls_certificate=key, tls_key=key) == tls.NO_CERTIFICATE.format(path=key)
    wrong = tmp_path / "wrong"
    wrong.write_text("rien")
    wrong.chmod(0o600)
    assert refusal(tls_certificate=wrong, tls_key=key) == tls.NO_CERTIFICATE.format(path=wrong)
    assert f"la clé « {wrong} »" in refusal(tls_certificate=certificate, tls_key=wrong)


def test_a_certificate_too_weak_is_told(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, small=True)
    assert "2048 bits" in refusal(tls_certificate=certificate, tls_key=key)


def test_a_file_that_is_not_there_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate, key = make_certificate(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'base' / 'base.db'}")
    for one, other in ((certificate, tmp_path / "nowhere.pem"), (tmp_path / "nowhere.pem", key)):
        monkeypatch.setenv("TLS_CERTIFICATE", str(one))
        monkeypatch.setenv("TLS_KEY", str(other))
        assert cli.main(["serve"]) == 2
        assert f"« {tmp_path / 'nowhere.pem'} »" in capsys.readouterr().err


def test_a_key_with_a_passphrase_is_told_and_nobody_is_asked(tmp_path: Path) -> None:
    """At a keyboard too: OpenSSL would ask there, and wait."""
    certificate, key = make_certificate(tmp_path, passphrase=b"une phrase")
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'base' / 'base.db'}",
        "TLS_CERTIFICATE": str(certificate),
        "TLS_KEY": str(key),
    }
    command = [sys.executable, "-m", "sync_server", "serve"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (2, tls.LOCKED_KEY.format(path=key) + "\n")


@pytest.mark.parametrize(("days", "told"), [(90, 0), (tls.SHORT + 1, 0), (tls.SHORT - 1, 1), (-2, 1)])
def test_a_certificate_that_ends_soon_is_told_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, days: int, told: int
) -> None:
    certificate, key = make_certificate(tmp_path, days=days + 0.5)
    with caplog.at_level(logging.WARNING):
        server.tell_certificate(settings(tls_certificate=certificate, tls_key=key))
    assert [f"in {days} days" in message for message in caplog.messages] == [True] * told


def test_a_server_without_a_certificate_of_its_own_has_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    server.tell_certificate(settings())
    assert caplog.messages == []


@ON_SQLITE
def test_who_sends_half_a_request_over_https_is_not_waited_for_either(app: FastAPI, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    told = settings(tls_certificate=certificate, tls_key=key, log_level="error")
    known = ssl.create_default_context(cafile=str(certificate))
    with serving(app, server.configure(app, told, Patience(head=0.3))) as url:
        host, port = url.removeprefix("http://").split(":")
        raw = socket.create_connection((host, int(port)), 30)
        with raw, known.wrap_socket(raw, server_hostname=host) as client:
            client.sendall(b"GET /healthz HT")
            assert client.recv(1_000).startswith(b"HTTP/1.1 408")
            assert client.recv(1_000) == b""
