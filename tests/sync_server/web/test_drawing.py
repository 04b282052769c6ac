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
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import DBAPIError

from shared.territory import TERRITORY
from sync_server import numbers
from sync_server.errors import ServerError
from sync_server.figures import counts, tallies
from sync_server.files import charts, maps, tabular
from sync_server.files.tabular import Percent, Ranged, Rate
from sync_server.records import quality, record_list
from sync_server.reports import commune_map, pact_report, record_sheets, referrals
from sync_server.storage import database
from sync_server.storage.desk_tables import Target
from sync_server.storage.tables import table
from sync_server.web import drawing, showing, writing
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
    "/console/indicateurs?par=commune&comparer=oui",
    "/console/indicateurs.csv",
    "/console/carte",
    "/console/carte.svg",
    "/console/tableau-de-bord",
    "/console/orientations",
    "/console/orientations.csv",
    "/console/saisies?indicateur=A4-02&signalement=doublon",
    "/console/saisies/signalements",
]
HERE = (
    (charts, "_spec"),
    (tabular, "to_csv"),
    (pact_report, "build"),
    (record_sheets, "build_book"),
    (tallies, "recount_stale"),
    (counts, "compute"),
    (counts, "behind"),
    (maps, "svg"),
    (commune_map, "build_book"),
    (referrals, "funnel"),
    (record_list, "listing"),
    (quality, "list_flagged"),
)
"""What takes long."""


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


class UntravelledError(ValueError):
    """It says who was met, and cannot be put together again from what it says."""

    def __init__(self, who: str, where: str) -> None:
        super().__init__(f"{who}, {where}")


def break_down(*_: Any) -> None:
    class Text(str):
        def isascii(self) -> bool:
            raise UntravelledError("Mme Unetelle", "Belfort")

    numbers.whole(Text("7"), most=9)


def killed(*_: Any) -> None:
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
    monkeypatch.setattr(drawing.DOCUMENTS, "places", places)
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
    monkeypatch.setattr(drawing.DOCUMENTS, "renewed", 1)
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
    for module, name in HERE:
        monkeypatch.setattr(module, name, lambda *_, **__: pytest.fail("drawn here"))
    drawn: list[Any] = []
    real = drawing.Worker.run

    def run(self: drawing.Worker, work: Any, *args: Any) -> Any:
        drawn.append(work)
        return real(self, work, *args)

    monkeypatch.setattr(drawing.Worker, "run", run)
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
    asked = 3 * drawing.MOST_ASKED
    with serving(app) as url, ThreadPoolExecutor(asked) as pool:

        def preview(_: int) -> httpx.Response:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
            return httpx.get(url + PREVIEW.replace("apercu", "apercu.docx"), headers=headers, timeout=120)

        waiting = [pool.submit(preview, n) for n in range(asked)]
        while sum(one.done() for one in waiting) < asked - drawing.MOST_ASKED:  # those that are sent away
            threading.Event().wait(0.01)
        assert httpx.get(f"{url}/healthz", timeout=120).status_code == 200
        assert sum(one.done() for one in waiting) == asked - drawing.MOST_ASKED
        gate.touch()
        answers = [one.result() for one in waiting]
    refused = [a for a in answers if a.status_code == 503]
    assert (len(refused), {a.status_code for a in answers}) == (asked - drawing.MOST_ASKED, {200, 503})
    assert {a.headers["retry-after"] for a in refused} == {str(drawing.WAIT)}
    assert "prépare déjà d’autres pages ou documents" in refused[0].text


PAGES = (
    "/console/tableau-de-bord",
    "/console/indicateurs",
    "/console/carte",
    "/console/orientations",
    "/console/saisies",
    "/console/saisies/signalements",
)


@pytest.mark.parametrize("address", PAGES)
def test_whoever_opens_a_page_does_not_wait_behind_the_reports_of_others(
    coordinator: TestClient, gate: Path, address: str
) -> None:
    with ThreadPoolExecutor(1) as pool:
        report = pool.submit(drawing.draw, wait_for, str(gate))
        answer = coordinator.get(address)
        assert not report.done()
        gate.touch()
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("address", [*PAGES, "/console/carte.svg"])
def test_a_page_asked_for_while_too_many_others_wait_says_so_in_french(
    coordinator: TestClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(drawing.PAGES, "places", threading.BoundedSemaphore(1))
    with drawing.PAGES.places:
        answer = coordinator.get(address)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, str(drawing.WAIT))
    assert "Le serveur prépare déjà d’autres pages ou documents." in answer.text
    # What was chosen is not to be chosen again.
    assert address != "/console/indicateurs" or 'name="indicateur"' in answer.text
    assert coordinator.get(address).status_code == 200


@pytest.mark.parametrize("of", [PAGES[1], PAGES[2]])
def test_a_page_whose_worker_was_killed_is_there_when_asked_for_again(
    coordinator: TestClient, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(showing, "show_indicators", killed)
        patch.setattr(showing, "count_map", killed)
        answer = coordinator.get(of)
    assert answer.status_code == 503
    assert "La page ou le document n’a pas pu être préparé jusqu’au bout." in answer.text
    assert coordinator.get(of).status_code == 200


def test_a_fault_of_the_other_process_is_logged_with_its_place_and_without_its_words(
    coordinator: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(showing, "count_map", break_down)
    answer = coordinator.get("/console/carte")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in caplog.text
    assert "UntravelledError in sync_server.numbers:" in caplog.text
    assert "Mme" not in caplog.text


def test_what_looks_at_the_figures_cannot_change_them(engine: Engine) -> None:
    c = table(Target)
    row = {"territory": TERRITORY, "indicator": "A4-02", "year": 2026, "value": 90}
    with pytest.raises(DBAPIError), database.snapshot(engine) as connection:
        connection.execute(insert(c).values(row))
    with database.writing(engine) as connection:  # over the very connection that looked
        connection.execute(insert(c).values(row))
    with database.snapshot(engine) as connection:
        assert len(connection.execute(select(c)).all()) == 1


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
