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
import psutil
import pytest
from playwright.sync_api import expect

from shared import wire
from tests.browser import (
    button,
    choose_pin,
    open_app,
    press,
    tap,
    unlock,
    wait_until_installed,
    window,
)
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


def port_of(url: str) -> int:
    return int(url.split(":")[2].split("/")[0])


def test_it_runs_twice_in_a_row_with_sign_ins_that_work_and_stops_everything(tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path / "demo") as (said, process):
            app, console = address(said, "Application de terrain"), address(said, "Console")
            assert "données fictives" in said
            assert re.findall(r"http://\S+", said)[0] == app  # what a newcomer opens first
            page = httpx.get(app, timeout=60)
            assert page.url.path == "/app/"
            assert '<html lang="fr">' in page.text
            assert "<title>Trait d’union</title>" in page.text
            for login in ("coordination", "admin"):
                assert sign_in(console, login, password(said, login)).status_code == 303
            link = address(said, "pour l’enrôler")
            assert link.startswith(f"{app}#code=")
            enrolled = httpx.post(
                console.replace("/console", "/devices/enrol"),
                json={"code": link.split("#code=")[1]},
                headers={wire.PROTOCOL_HEADER: str(wire.PROTOCOL)},
                timeout=60,
            )
            assert wire.Enrolled.model_validate(enrolled.json()).synthetic
            assert port_of(app) == port_of(console)
            assert listening(port_of(app))
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) == 0
        assert not listening(port_of(app))


def test_the_link_enrols_a_browser_that_goes_on_when_the_demonstration_is_stopped(tmp_path: Path) -> None:
    with window(installs=True) as browser:
        with running(tmp_path / "demo") as (said, _):
            app, link = address(said, "Application de terrain"), address(said, "pour l’enrôler")
            page = browser.page()
            open_app(page, link)
            expect(page).to_have_url(app)  # neither the address bar nor the history shows the code
            tap(page, button(page, "Passer"))
            tap(page, button(page, "Activer la tablette"))  # the code is filled in
            choose_pin(page)
            wait_until_installed(page)
        assert not listening(port_of(app))
        page = browser.pull_battery()
        open_app(page, app)
        unlock(page)
        press(page, button(page, "Nouvelle rencontre"))
        expect(button(page, "Enregistrer")).to_be_visible()
        assert browser.strangers == set()
        asked = [url for url in browser.requests if "code=" in url]
        assert [url for url in asked if url != link] == []  # the fragment is of the page alone


def test_a_second_one_beside_it_takes_other_ports(tmp_path: Path) -> None:
    with running(tmp_path / "one") as (first, _), running(tmp_path / "two") as (second, _):
        assert address(first, "Console") != address(second, "Console")
        assert address(first, "Application de terrain") != address(second, "Application de terrain")


def test_when_the_server_dies_the_command_ends_with_a_fault_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with running(tmp_path / "demo") as (said, process):
        children = psutil.Process(process.pid).children(recursive=True)
        [server] = [child for child in children if "-m sync_server serve" in " ".join(child.cmdline())]
        server.kill()
        assert process.wait(timeout=120) == 1
        assert not listening(port_of(address(said, "Console")))
        assert not any(child.is_running() and child.status() != "zombie" for child in children)
