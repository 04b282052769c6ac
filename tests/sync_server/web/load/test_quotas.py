"""One token, or one account, that asks for too much: told when to come back, shown, and nothing is lost."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from shared import wire
from sync_server.access.quotas import Quotas
from sync_server.directory import import_read
from sync_server.errors import ServerError
from sync_server.settings import Settings
from sync_server.web.app import ROUTERS
from sync_server.web.context import Context, export_quota
from tests.sync_server.conftest import signed_in
from tests.sync_server.world import Clock, Tablet, encounter

DAY = 24 * 3_600


def context_of(app: FastAPI) -> Context:
    found: Context = app.state.context
    return found


def allow(app: FastAPI, **most: int) -> None:
    """Make the quotas small, for a test that does not push five thousand records."""
    context_of(app).quotas.most.update({name.rstrip("_"): count for name, count in most.items()})


def push(tablet: Tablet, *records: Any) -> Any:
    return tablet.link.post("/sync/push", json={"records": list(records)}, headers=tablet.headers)


def test_records_invented_by_the_thousand_are_slowed_and_those_taken_stay(
    app: FastAPI, giromagny: Tablet, clock: Clock
) -> None:
    allow(app, push=20)
    batch = [encounter() for _ in range(10)]
    assert [push(giromagny, *batch).status_code for _ in range(3)] == [200, 200, 429]  # a repeat counts too
    refused = push(giromagny, encounter())
    assert refused.status_code == 429
    failure = wire.Failure.model_validate(refused.json())
    assert (failure.code, "Rien n’est perdu" in failure.hint) == ("quota_reached", True)
    assert int(refused.headers["Retry-After"]) == 180  # a twentieth of an hour
    clock.wait(seconds=180)
    assert push(giromagny, encounter()).status_code == 200
    assert giromagny.held()["count"] == 11


def test_a_tablet_that_is_slowed_slows_no_other(app: FastAPI, giromagny: Tablet, stranger: Tablet) -> None:
    allow(app, push=10)
    assert [push(giromagny, *(encounter() for _ in range(10))).status_code for _ in range(2)] == [200, 429]
    assert push(stranger, encounter()).status_code == 200


def test_empty_batches_without_end_are_counted(app: FastAPI, giromagny: Tablet) -> None:
    allow(app, push=10)
    assert [push(giromagny).status_code for _ in range(11)] == [200] * 10 + [429]


def test_a_stolen_token_does_not_read_everything_again_and_again(
    app: FastAPI, giromagny: Tablet, clock: Clock
) -> None:
    allow(app, pull=200)
    giromagny.push(*(encounter() for _ in range(50)))
    found = [giromagny.pull_status() for _ in range(6)]
    assert found[0] == 200
    assert found[-1] == 429
    assert giromagny.link.get("/sync/reconcile", headers=giromagny.headers).status_code == 429
    assert push(giromagny, encounter()).status_code == 200  # what it holds leaves all the same
    clock.wait(hours=1)
    assert giromagny.pull_status() == 200


def test_the_console_shows_the_tablet_that_reaches_its_quota(
    app: FastAPI, client: TestClient, giromagny: Tablet, database_url: str, clock: Clock
) -> None:
    signed_in(client, database_url, "administrator")
    assert "Quota atteint" not in client.get("/console/appareils").text
    allow(app, push=10)
    for _ in range(4):
        push(giromagny, *(encounter() for _ in range(10)))
    assert client.get("/console/appareils").text.count("Quota atteint le 10/03/2026") == 1
    clock.wait(days=1)
    push(giromagny)  # below it again
    signed_in(client, database_url, "administrator")
    assert "Quota atteint le 10/03/2026" in client.get("/console/appareils").text


@pytest.mark.parametrize(
    "address", ["/console/indicateurs.csv", "/console/saisies-detail.csv", "/console/orientations.csv"]
)
def test_files_are_asked_for_a_certain_number_of_times(
    app: FastAPI, coordinator: TestClient, clock: Clock, address: str
) -> None:
    allow(app, export=2)
    assert [coordinator.get(address).status_code for _ in range(3)] == [200, 200, 429]
    page = coordinator.get(address)
    assert "Trop de demandes en peu de temps" in page.text
    assert int(page.headers["Retry-After"]) == 1_800
    assert coordinator.get("/console/tableau-de-bord").status_code == 200  # the pages stay
    clock.wait(minutes=30)
    assert coordinator.get(address).status_code == 200


def test_every_route_that_makes_a_file_counts_it() -> None:
    every = [route for module in ROUTERS for route in module.router.routes if isinstance(route, APIRoute)]
    files = [route for route in every if route.path.endswith((".{ending}", ".csv"))]
    assert len(files) >= 6
    for route in files:
        assert export_quota in {each.dependency for each in route.dependencies}, route.path


def upload(coordinator: TestClient, content: bytes) -> Any:
    page = coordinator.get("/console/annuaire/import").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    chosen = {"fichiers": ("annuaire.json", io.BytesIO(content), "application/json")}
    return coordinator.post("/console/annuaire/import", data={"csrf": csrf}, files=chosen)


def test_imports_are_counted_too(app: FastAPI, coordinator: TestClient) -> None:
    allow(app, import_=2)
    assert [upload(coordinator, b"{}").status_code for _ in range(3)] == [422, 422, 429]


NOTHING = {
    "empty entries": lambda size: b"[" + b"{}," * (size // 3) + b"{}]",
    "empty entries of a list beside": lambda size: b'{"x": [' + b"{}," * (size // 3) + b"{}]}",
    "zeros": lambda size: b'{"services": [' + b"0," * (size // 2) + b"0]}",
    "zeros on lines": lambda size: b"[" + b"0\n,\n" * (size // 4) + b"0]",
    "lists in lists": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "entries with a name": lambda size: b"[" + b'{"nom":"x","id":"y"},' * (size // 21) + b"{}]",
    "names": lambda size: b"[" + b'"' + b"x" * size + b'"]',
}


@pytest.mark.parametrize("what", NOTHING)
def test_nineteen_megabytes_of_nothing_are_answered_in_seconds(coordinator: TestClient, what: str) -> None:
    content = NOTHING[what](19_000_000)
    begun = time.process_time()  # of this process, all of it: another test's CPU does not count
    answer = upload(coordinator, content)
    assert answer.status_code in (200, 422)
    assert time.process_time() - begun < 5


def test_a_file_of_ten_thousand_unreadable_entries_is_no_directory() -> None:
    def read(count: int) -> import_read.Read:
        return import_read.read([io.BytesIO(b"[" + b"{}," * (count - 1) + b"{}]")], "90")

    found = read(import_read.MOST_REFUSED)
    assert (found.refusals, len(found.refused)) == (import_read.MOST_REFUSED, import_read.MOST_TOLD)
    with pytest.raises(import_read.FileError, match="n’est pas un annuaire"):
        read(import_read.MOST_REFUSED + 1)


def wait_for(quotas: Quotas, name: str, count: int) -> int:
    """Seconds to wait before it is taken; 0 when it was."""
    try:
        quotas.take(name, "tablet", count)
    except ServerError as error:
        return error.retry_after or 0
    return 0


@pytest.fixture
def shipped() -> tuple[Quotas, list[float]]:
    """The quotas as they are without a setting, and the second it is."""
    now = [0.0]
    return Quotas(Settings.model_construct().quotas, lambda: now[0]), now


def test_two_thousand_records_of_three_months_offline_leave_at_once_twice_over(
    shipped: tuple[Quotas, list[float]],
) -> None:
    quotas, _ = shipped
    assert [wait_for(quotas, "push", 100) for _ in range(20)] == [0] * 20
    assert [wait_for(quotas, "push", 100) for _ in range(20)] == [0] * 20  # each sent again: the link broke


def test_a_field_day_of_the_busiest_team_never_waits(shipped: tuple[Quotas, list[float]]) -> None:
    quotas, now = shipped
    for _ in range(10 * 60):  # ten hours: a record and a sync each minute, a page of colleagues' records in each
        now[0] += 60
        assert wait_for(quotas, "push", 1) == 0
        assert [wait_for(quotas, "pull", 10) for _ in range(3)] == [0, 0, 0]
        quotas.charge("pull", "tablet", 200)


def test_a_new_tablet_reads_a_whole_team_of_ninety_days_at_once(shipped: tuple[Quotas, list[float]]) -> None:
    quotas, _ = shipped
    for _ in range(45_000 // 200):  # five tablets, a hundred records a day each
        assert wait_for(quotas, "pull", 10) == 0
        quotas.charge("pull", "tablet", 200)


def test_twenty_four_thousand_invented_records_take_hours_and_no_single_wait_is_long(
    shipped: tuple[Quotas, list[float]],
) -> None:
    quotas, now = shipped
    waits, sent = [], 0
    while sent < 24_000:
        if waited := wait_for(quotas, "push", 500):
            waits.append(waited)
            now[0] += waited
        else:
            sent += 500
    assert now[0] > 3.5 * 3_600
    assert max(waits) <= 361


def test_a_clock_set_back_neither_gives_nor_takes(shipped: tuple[Quotas, list[float]]) -> None:
    quotas, now = shipped
    now[0] = 365 * DAY
    assert wait_for(quotas, "push", 5_000) == 0
    now[0] = 0.0
    assert 0 < wait_for(quotas, "push", 500) <= 361
    now[0] += 361
    assert wait_for(quotas, "push", 500) == 0


def test_a_bucket_at_rest_is_cleared_away(shipped: tuple[Quotas, list[float]]) -> None:
    quotas, now = shipped
    for number in range(12_000):
        quotas.take("export", f"account-{number}")
        now[0] += 1
    assert len(quotas._buckets) <= 10_001


def test_what_is_told_to_wait_is_told_so_in_the_description(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]
    for path, method in (("/sync/push", "post"), ("/sync/pull", "get"), ("/sync/reconcile", "get")):
        assert "429" in described[path][method]["responses"], path
