"""`make run`, as a newcomer types it: sign-ins that work, twice in a row, and Ctrl-C that stops everything."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from shared import wire
from tools.run import ROOT

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("make run")]


@contextmanager
def running(data: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The launcher, once it has printed its welcome."""
    command = [sys.executable, "-m", "tools.run"]
    env = os.environ | {"DEMO_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    said = ""
    try:
        while "Ctrl-C arrête tout" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        yield said, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=120)
        process.stdout.close()


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def address(said: str, of: str) -> str:
    found = re.search(rf"{of}\s+(http://127\.0\.0\.1:\d+\S*)", said)
    assert found, said
    return found[1]


def password(said: str, login: str) -> str:
    found = re.search(rf"« {login} »\s+mot de passe « (\S+) »", said)
    assert found, said
    return found[1]


def sign_in(console: str, login: str, secret: str) -> httpx.Response:
    return httpx.post(f"{console}/connexion", data={"login": login, "password": secret}, timeout=60)


def test_it_runs_twice_in_a_row_with_sign_ins_that_work_and_stops_everything(tmp_path: Path) -> None:
    ports = []
    for _ in range(2):
        with running(tmp_path / "demo") as (said, process):
            app, console = address(said, "Application de terrain"), address(said, "Console")
            assert "données fictives" in said
            page = httpx.get(app, timeout=60)
            assert '<html lang="fr">' in page.text
            assert "<title>Trait d’union</title>" in page.text
            for login in ("coordination", "admin"):
                assert sign_in(console, login, password(said, login)).status_code == 303
            code = re.search(r"code d’enrôlement\s+(\S+)", said)
            assert code
            enrolled = httpx.post(
                console.replace("/console", "/devices/enrol"),
                json={"code": code[1]},
                headers={wire.PROTOCOL_HEADER: str(wire.PROTOCOL)},
                timeout=60,
            )
            assert wire.Enrolled.model_validate(enrolled.json()).synthetic
            ports = [int(url.split(":")[2].split("/")[0]) for url in (app, console)]
            assert all(listening(port) for port in ports)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) == 0
        assert not any(listening(port) for port in ports)


def test_a_second_one_beside_it_takes_other_ports(tmp_path: Path) -> None:
    with running(tmp_path / "one") as (first, _), running(tmp_path / "two") as (second, _):
        assert address(first, "Console") != address(second, "Console")
        assert address(first, "Application de terrain") != address(second, "Application de terrain")


def test_when_one_of_the_two_dies_the_other_is_stopped_and_it_is_said(tmp_path: Path) -> None:
    import psutil

    with running(tmp_path / "demo") as (said, process):
        port = int(address(said, "Console").split(":")[2].split("/")[0])
        children = psutil.Process(process.pid).children()
        [server] = [child for child in children if "-m sync_server serve" in " ".join(child.cmdline())]
        server.kill()
        assert process.wait(timeout=120) == 1
        assert not listening(port)
        assert not any(child.is_running() and child.status() != "zombie" for child in children)
