"""Charts and files are drawn in a process beside: whoever answers the tablets is free, whatever happens there."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

from shared.territory import TERRITORY
from sync_server.errors import ServerError
from sync_server.files import charts, tabular
from sync_server.files.tabular import Percent, Ranged, Rate
from sync_server.reports import pact_report, record_sheets
from sync_server.storage import database
from sync_server.storage.desk_tables import Target
from sync_server.storage.tables import table
from sync_server.web import drawing, writing
from tests.sync_server.conftest import signed_in
from tests.sync_server.live import serving
from tools.run import ROOT

PREVIEW = "/console/rapports/apercu?genre=annuel&annee=2026"
ADDRESSES = [
    PREVIEW,
    *(PREVIEW.replace("apercu", f"apercu.{ending}") for ending in ("docx", "xlsx", "ods", "csv")),
    "/console/indicateurs.xlsx",
    "/console/saisies-detail.ods",
    "/console/carte.csv",
    "/console/indicateurs/A4-02.svg?par=epci",
]


def wait_for(path: str) -> int:
    """Draws nothing until there is such a file; the process it is in."""
    until = threading.Event()
    while not Path(path).exists():
        until.wait(0.01)
    return os.getpid()


def refuse() -> None:
    raise ServerError("not_found", retry_after=7)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """What a drawing waits for; it comes in any case."""
    path = tmp_path / "go"
    yield path
    path.touch()


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_is_drawn_is_drawn_in_one_other_process_that_gives_way() -> None:
    found = {drawing.draw(os.getpid) for _ in range(3)}
    assert len(found) == 1
    assert found != {os.getpid()}
    assert psutil.Process(found.pop()).nice() > psutil.Process().nice()


def test_it_is_told_in_the_same_words_there_and_here() -> None:
    with pytest.raises(ServerError, match="not_found") as failure:
        drawing.draw(refuse)
    assert failure.value.headers == {"Retry-After": "7"}


def test_whoever_comes_to_a_full_line_is_sent_away_and_the_others_have_their_drawing(
    gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = threading.BoundedSemaphore(3)
    monkeypatch.setattr(drawing, "_PLACES", places)
    with ThreadPoolExecutor(3) as pool:
        first = [pool.submit(drawing.draw, wait_for, str(gate)) for _ in range(3)]
        while places._value:  # until each has its place
            threading.Event().wait(0.01)
        with pytest.raises(ServerError, match="drawing_busy") as failure:
            drawing.draw(os.getpid)
        gate.touch()
        assert len({one.result() for one in first}) == 1
    assert failure.value.headers == {"Retry-After": str(drawing.WAIT)}
    assert drawing.draw(os.getpid)


def test_a_worker_killed_for_its_memory_fails_its_drawing_alone() -> None:
    for _ in range(2):
        with pytest.raises(ServerError, match="drawing_failed"):
            drawing.draw(killed)
        assert drawing.draw(abs, -90) == 90


def test_another_worker_takes_over_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "RENEWED", 1)
    assert drawing.draw(os.getpid) != drawing.draw(os.getpid)


def test_numbers_that_carry_words_arrive_whole() -> None:
    for value in (Percent(0.25), Rate(0.5, "1 sur 2"), Ranged(12, 15)):
        there = pickle.loads(pickle.dumps(value))  # our own
        assert (type(there), there, vars(there)) == (type(value), value, vars(value))


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_and_no_file_is_drawn_where_tablets_are_answered(
    coordinator: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    with database.writing(engine) as connection:  # what has no target has no chart
        connection.execute(
            insert(table(Target)).values(territory=TERRITORY, indicator="A4-02", year=2026, value=90)
        )
    for module, name in ((charts, "_spec"), (tabular, "to_csv"), (pact_report, "build"), (record_sheets, "book")):
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("drawn here"))
    drawn: list[Any] = []
    real = drawing.draw

    def draw(work: Any, *args: Any) -> Any:
        drawn.append(work)
        return real(work, *args)

    monkeypatch.setattr(drawing, "draw", draw)
    answer = coordinator.get(address)
    assert answer.status_code == 200, answer.text
    assert drawn
    assert address != PREVIEW or "data:image/svg+xml" in answer.text


def test_tablets_are_answered_while_more_reports_wait_than_may(
    app: FastAPI, client: TestClient, database_url: str, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookies = dict(signed_in(client, database_url, "coordinator").cookies)
    real = drawing.draw
    monkeypatch.setattr(drawing, "draw", lambda *_: real(wait_for, str(gate)) and b"")
    asked = 3 * drawing.MOST_DRAWINGS
    with serving(app) as url, ThreadPoolExecutor(asked) as pool:

        def preview(_: int) -> httpx.Response:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
            return httpx.get(url + PREVIEW.replace("apercu", "apercu.docx"), headers=headers, timeout=120)

        waiting = [pool.submit(preview, n) for n in range(asked)]
        while sum(one.done() for one in waiting) < asked - drawing.MOST_DRAWINGS:  # those that are sent away
            threading.Event().wait(0.01)
        assert httpx.get(f"{url}/healthz", timeout=120).status_code == 200
        assert sum(one.done() for one in waiting) == asked - drawing.MOST_DRAWINGS
        gate.touch()
        answers = [one.result() for one in waiting]
    refused = [a for a in answers if a.status_code == 503]
    assert (len(refused), {a.status_code for a in answers}) == (asked - drawing.MOST_DRAWINGS, {200, 503})
    assert {a.headers["retry-after"] for a in refused} == {str(drawing.WAIT)}
    assert "prépare déjà d’autres documents" in refused[0].text


PARENT = """
import gc, os, signal, sys
from sync_server.web import drawing
gc.disable()  # a server collects seldom
if __name__ == "__main__":
    print(drawing.draw(os.getpid), flush=True)
    sys.stdin.read()
    drawing.stop()
    os.kill(os.getpid(), signal.SIGTERM)  # as uvicorn does once everything is ended
"""


@pytest.mark.parametrize("sent", [None, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_its_server(tmp_path: Path, sent: signal.Signals | None) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, "utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(script)], env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert parent.stdout
    assert parent.stdin
    worker = psutil.Process(int(parent.stdout.readline()))
    if sent is not None:
        parent.send_signal(sent)
    errors = parent.communicate(timeout=60)[1]
    psutil.wait_procs([worker], timeout=60)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    if sent is None:
        assert (parent.returncode, errors) == (-signal.SIGTERM, "")


def test_a_file_is_the_same_to_the_byte_wherever_it_is_drawn() -> None:
    book = tabular.Book("Essai", date(2026, 3, 10), ())
    assert drawing.draw(writing.write_book, book, "csv") == tabular.to_csv(book)
