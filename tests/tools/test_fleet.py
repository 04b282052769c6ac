"""The fleet simulation: what its page shows, what it calls a miss, and a small afternoon for real."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from field_app.locking.opening import open_store
from field_app.store.kept import Kept
from tests.field_app.world import encounter
from tools.bench import tablets
from tools.bench.figures import Figures, quantile, report
from tools.bench.fleet import differences, measured
from tools.bench.tablets import SECRET, Link, Tablet
from tools.run import free_port

GOOD = Figures(
    tablets=500, records=10_000, nearly_all=38.0, last=125.0, syncs=[1.0, 2.0, 4.0], waits=[3.0, 5.0, 90.0],
    failures=600, killed=1, memory=2.0, lost=0, hidden=0, duplicated=0,
)  # fmt: skip


def test_the_95th_percentile_is_a_value_that_was_measured() -> None:
    assert quantile([7.0]) == 7.0
    assert quantile([float(n) for n in range(100)]) == 95.0
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0


def test_a_good_afternoon_misses_nothing() -> None:
    assert (GOOD.rate, GOOD.overall) == (250.0, 80.0)
    assert GOOD.missed() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lost": 1}, "lost: 1"),
        ({"hidden": 2}, "hidden: 2"),
        ({"duplicated": 3}, "duplicated: 3"),
        ({"nearly_all": 200.0}, "48 records a second for 95 %"),
        ({"last": 201.0}, "50 records a second for all"),
        ({"memory": 2.51}, "memory × 2.51"),
    ],
)
def test_what_is_missed_is_named(change: dict[str, float], said: str) -> None:
    assert replace(GOOD, **change).missed() == [said]  # type: ignore[arg-type]  # each of its field's type


def test_the_page_of_the_fleet_shows_both_databases_beside_each_target() -> None:
    page = report({"SQLite": GOOD, "PostgreSQL": replace(GOOD, last=50.0, lost=4)})
    assert "| | SQLite | PostgreSQL |" in page
    assert "| records a second, while 95 % of them arrived (≥ 50) | 250 | 250 |" in page
    assert "| records a second, until the last tablet was done (≥ 50) | 80 | 200 |" in page
    assert "| lost / hidden / duplicated (0) | 0 / 0 / 0 | 4 / 0 / 0 |" in page
    assert "| a sync that went well, p50 / p95 | 2.0 s / 4.0 s | 2.0 s / 4.0 s |" in page
    assert "500 tablets, 10,000\nrecords" in page


@pytest.mark.parametrize(("fate", "arrived"), [(0.01, 0), (0.07, 1), (0.11, 2), (0.5, 1)])
async def test_a_request_is_lost_answered_in_vain_doubled_or_delivered(
    fate: float, arrived: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Chance(random.Random):
        def random(self) -> float:
            return fate

        def uniform(self, a: float, b: float) -> float:
            return 0.0

    seen: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    monkeypatch.setattr(httpx, "AsyncHTTPTransport", lambda: httpx.MockTransport(server))
    async with httpx.AsyncClient(transport=Link([free_port(0)], Chance(1), fine=False)) as client:
        if fate < tablets.LOST + tablets.UNANSWERED:
            with pytest.raises(httpx.TransportError):
                await client.get("http://127.0.0.1:1/")
        else:
            assert (await client.get("http://127.0.0.1:1/")).status_code == 200
    assert len(seen) == arrived


async def test_what_the_server_does_not_hold_is_lost_and_what_nobody_saved_is_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = (Tablet(tmp_path / f"{n}.db", 0, "", random.Random(n)) for n in range(2))
    for tablet, name in ((mine, "a"), (other, "b")):
        store = await open_store(tablet.path, SECRET)
        await store.keep(Kept(name, "encounter", encounter(), "sent"))
        store.close()
        tablet.saved.add(name)
    for held, expected in ((["a", "b"], (0, 2, 0)), (["a"], (1, 2, 0)), (["a", "a", "b", "c"], (0, 2, 2))):
        monkeypatch.setattr("tools.bench.fleet.counted", lambda _, held=held: held)
        assert await differences(None, [mine, other]) == expected  # type: ignore[arg-type]  # `counted` is set


def test_six_tablets_over_bad_links_and_a_killed_server_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("field_app.sync.pace.FIRST_DELAY", 0.05)
    monkeypatch.setattr("tools.bench.fleet.WITHIN", 0.5)
    found = measured(f"sqlite:///{tmp_path / 'server.db'}", 1, 6, 5)
    assert (found.lost, found.hidden, found.duplicated, found.killed) == (0, 0, 0, 1)
    assert (found.tablets, found.records, len(found.syncs)) == (6, 30, 6)
    assert 0 < found.nearly_all <= found.last
    assert found.memory >= 1
