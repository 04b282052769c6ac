"""What whoever watches over the server reads at /metrics, and what nobody reads there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import MagicMock

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, update
from sqlalchemy.exc import ProgrammingError

from shared.territory import TERRITORY
from sync_server.access import accounts, devices
from sync_server.desk import device_counts
from sync_server.desk.attention import SILENT_DAYS
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.web import server
from sync_server.web.app import ROUTERS, create_app
from sync_server.web.context import COOKIE
from sync_server.web.logs import heads
from sync_server.web.running import metrics_page
from sync_server.web.running.metrics import CLASSES, OTHER, PREFIX, Family, Metrics, Sample, name_class, write
from tests.sync_server.live import serving
from tests.sync_server.web.running.certificates import make_certificate
from tests.sync_server.web.test_watched_over import NOWHERE
from tests.sync_server.world import (
    DEVICE,
    NOW,
    PASSWORD,
    PROTOCOL,
    TODAY,
    Clock,
    edit,
    encounter,
    enrolled,
    of_kind,
)

TOKEN = "0123456789abcdef0123456789abcdef"
LINE = re.compile(r'trait_dunion_[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? -?[0-9.e+-]+')
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def watcher(app: FastAPI) -> Iterator[TestClient]:
    """Who asks from the machine of the server, at its own address."""
    at = ("127.0.0.1", 50_000)
    with TestClient(app, base_url="http://127.0.0.1:8000", client=at, raise_server_exceptions=False) as found:
        yield found


def read(client: TestClient) -> dict[str, float]:
    """The numbers by the name and labels that each stands behind."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0].removeprefix(PREFIX): float(line.rpartition(" ")[2]) for line in lines}


def ask(app: FastAPI, address: str = "127.0.0.1", host: str = "127.0.0.1", **headers: str | bytes) -> Response:
    named = {"Host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    sent = [
        (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in named.items()
    ]
    with TestClient(app, base_url="http://127.0.0.1", client=(address, 50_000)) as client:
        return client.get("/metrics", headers=sent)


def test_the_page_is_what_prometheus_reads(client: TestClient, watcher: TestClient, engine: Engine) -> None:
    enrolled(client, engine)
    answer = watcher.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    told, kind, seen = set[str](), {}, set[str]()
    for line in answer.text.splitlines():
        if line.startswith("# HELP "):
            name = line.split()[2]
            assert line.endswith("."), line
            assert name not in told
            told.add(name)
        elif line.startswith("# TYPE "):
            kind[line.split()[2]] = line.split()[3]
        else:
            assert LINE.fullmatch(line), line
            assert line not in seen
            seen.add(line)
            name = re.split("[{ ]", line)[0]
            base = re.sub("_(bucket|sum|count)$", "", name)
            assert kind.get(name) in ("counter", "gauge") or kind.get(base) == "histogram", line
    assert told == kind.keys()
    assert all(name.endswith("_total") == (of == "counter") for name, of in kind.items())
    assert answer.text.endswith("\n")


def test_requests_are_counted_by_sort_of_route_and_by_status(client: TestClient, watcher: TestClient) -> None:
    for _ in range(3):
        client.get("/healthz")
    client.get("/console/saisies/une-inconnue", follow_redirects=False)
    client.get("/coupon")
    client.get("/static/console.css")
    client.get("/nulle-part/quidam")
    client.get("/sync/pull", headers=PROTOCOL)
    found = {key: value for key, value in read(watcher).items() if key.startswith("requests_total")}
    assert found == {
        'requests_total{route="console",status="303"}': 1,
        'requests_total{route="coupon",status="200"}': 1,
        'requests_total{route="other",status="404"}': 1,
        'requests_total{route="static",status="200"}': 1,
        'requests_total{route="sync",status="401"}': 1,
        'requests_total{route="watch",status="200"}': 3,
    }
    assert read(watcher)['requests_total{route="watch",status="200"}'] == 4  # the first reading is one too


def test_durations_are_a_histogram_whose_buckets_hold_those_before(
    client: TestClient, watcher: TestClient
) -> None:
    for _ in range(5):
        client.get("/coupon")
    found = read(watcher)
    buckets = [v for k, v in found.items() if k.startswith('request_seconds_bucket{route="coupon"')]
    assert buckets == sorted(buckets)
    assert buckets[-1] == found['request_seconds_count{route="coupon"}'] == 5
    assert 0 < found['request_seconds_sum{route="coupon"}'] < 60


def test_what_tablets_send_and_read_is_counted_by_batch_and_by_receipt(
    client: TestClient, watcher: TestClient, engine: Engine
) -> None:
    headers = enrolled(client, engine)
    met = encounter()
    for batch in ([met, encounter(commune="ailleurs")], [met], [edit(met, gender="femme"), encounter()]):
        client.post("/sync/push", json={"records": batch}, headers=headers)
    page = client.get("/sync/pull", headers=headers).json()
    client.post("/sync/push", json={"records": [met]}, headers=PROTOCOL)  # nobody's: no batch
    found = read(watcher)
    assert [found[f'sync_batches_total{{way="{way}"}}'] for way in ("push", "pull")] == [3, 1]
    results = {k.split('"')[1]: v for k, v in found.items() if k.startswith("sync_records_total")}
    assert results == {"accepted": 3, "duplicate": 1, "conflict": 0, "refused": 1, "given": len(page["records"])}


def test_a_quota_that_is_reached_is_counted_where_it_was(
    app: FastAPI, client: TestClient, watcher: TestClient, engine: Engine
) -> None:
    headers = enrolled(client, engine)
    before = read(watcher)
    assert [before[f'quota_refusals_total{{route="{route}"}}'] for route in ("sync", "console")] == [0, 0]
    app.state.context.quotas.most["push"] = 1
    assert client.post("/sync/push", json={"records": [encounter()]}, headers=headers).status_code == 200
    assert client.post("/sync/push", json={"records": [encounter()]}, headers=headers).status_code == 429
    found = read(watcher)
    assert [found[f'quota_refusals_total{{route="{route}"}}'] for route in ("sync", "console")] == [1, 0]
    assert found["devices_over_quota"] == 1


def test_tablets_are_counted_by_whether_they_were_seen_lately(
    client: TestClient, watcher: TestClient, engine: Engine
) -> None:
    for _ in range(5):
        enrolled(client, engine)
    devices.create_code(engine, TERRITORY, "giromagny", int(NOW.timestamp()), 15)
    devices.create_code(engine, TERRITORY, "giromagny", int(NOW.timestamp()) - 3_600, 15)  # has expired
    with database.writing(engine) as connection:
        ids = [row.id for row in connection.execute(DEVICE.select().order_by(DEVICE.c.id))]
        late = TODAY - timedelta(SILENT_DAYS + 1)
        each: list[dict[str, object]] = [
            {"seen_on": late}, {"revoked_on": TODAY}, {"replaced_on": TODAY, "seen_on": late},
            {"confirmed_on": None, "seen_on": late},
        ]  # fmt: skip
        for one, changed in zip(ids, each, strict=False):
            connection.execute(update(DEVICE).where(DEVICE.c.id == one).values(**changed))
    found = read(watcher)
    assert [found[f'devices{{state="{state}"}}'] for state in ("seen", "silent", "waiting")] == [1, 1, 1]
    assert (found["devices_over_quota"], found["enrolment_codes"]) == (0, 1)


def test_the_disk_the_security_log_and_the_certificate_are_told(
    app: FastAPI, watcher: TestClient, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read(watcher)
    assert "security_head_age_seconds" not in first  # never told: an age would be invented
    assert "certificate_end_seconds" not in first
    assert ("disk_free_bytes" in first) == (engine.dialect.name == "sqlite")
    assert first["database_up"] == 1
    context = app.state.context
    heads.tell_head(context)
    context.metrics.certificate_end = 1_900_000_000
    clock.wait(minutes=90)
    monkeypatch.setattr(database, "room_left", lambda _: 123_456_789.0)
    found = read(watcher)
    assert found["security_head_age_seconds"] == 90 * 60
    assert found["certificate_end_seconds"] == 1_900_000_000
    assert found["disk_free_bytes"] == 123_456_789


def test_a_head_that_could_not_be_written_grows_old(
    app: FastAPI, watcher: TestClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads.tell_head(app.state.context)
    monkeypatch.setattr(heads, "_append", MagicMock(side_effect=OSError(28, "No space left on device")))
    clock.wait(hours=3)
    heads.tell_head(app.state.context)
    assert read(watcher)["security_head_age_seconds"] == 3 * 3_600


def test_a_database_that_is_away_is_a_number_and_no_fault(tmp_path: Path) -> None:
    app = create_app(Settings(database_url=NOWHERE))
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as watcher:
        found = read(watcher)
    app.state.context.engine.dispose()
    assert found["database_up"] == 0
    assert not [name for name in found if name.startswith(("devices", "enrolment"))]


def test_a_fault_of_ours_is_not_told_as_a_database_that_is_away(
    watcher: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = ProgrammingError("SELECT", {}, Exception("relation does not exist"))
    monkeypatch.setattr(device_counts, "count_devices", MagicMock(side_effect=wrong))
    assert watcher.get("/metrics").status_code == 500


def test_a_day_of_work_leaves_no_team_login_code_or_content_in_the_numbers(
    client: TestClient, watcher: TestClient, engine: Engine
) -> None:
    headers = enrolled(client, engine)
    met, other = encounter(gender="femme"), of_kind("partner_contact", structure="Collège Zébulon")
    client.post(
        "/sync/push", json={"records": [met, other, encounter(commune="Chez Mme Quidam")]}, headers=headers
    )
    client.get("/sync/pull", headers=headers)
    client.request("QUIDAM", f"/console/saisies/{met['id']}")
    client.get(f"/nulle-part/{met['id']}?nom=Quidam")
    accounts.create_account(engine, TERRITORY, "claire.quidam", PASSWORD, "coordinator")
    client.post("/console/connexion", data={"login": "claire.quidam", "password": "mauvais-secret"})
    client.post("/console/connexion", data={"login": "claire.quidam", "password": PASSWORD})
    client.get(f"/console/saisies/{met['id']}")
    client.get("/console/saisies", params={"texte": "Zébulon", "commune": "90052"})
    client.post("/coupon", data={"code": "QUID-AMQU-IDAM", "answer": "honoree"})
    said = watcher.get("/metrics").text
    token = headers["Authorization"].removeprefix("Bearer ")
    planted = [met["id"], other["id"], token, client.cookies[COOKIE], PASSWORD, "mauvais-secret", "femme", "90052"]
    for one in (*planted, "giromagny", "Giromagny", "Zébulon", "uidam", "QUID", "saisies", "testclient", "?"):
        assert one not in said, one
    labels = set(re.findall(r'([a-z]+)="([^"]*)"', said))
    assert {name for name, _ in labels} == {"route", "status", "le", "way", "result", "state"}
    assert {value for name, value in labels if name == "route"} <= {*CLASSES.values(), OTHER}
    assert all(re.fullmatch("[1-5][0-9]{2}", value) for name, value in labels if name == "status")


def test_every_route_of_the_server_is_of_a_sort() -> None:
    declared = {route.path for part in ROUTERS for route in part.router.routes if hasattr(route, "path")}
    assert len(declared) > 40
    assert {path for path in declared if name_class(path) == OTHER} == set()
    assert [name_class(one) for one in ("/app", "/static", "?", "", "/openapi.json", "/consolez")] == [
        "app", "static", OTHER, OTHER, OTHER, OTHER,
    ]  # fmt: skip


def test_without_a_token_this_machine_alone_reads_them(app: FastAPI) -> None:
    assert [ask(app, one).status_code for one in ("127.0.0.1", "::1", "127.0.0.9")] == [200] * 3
    for elsewhere in ("192.0.2.7", "10.0.0.5", "2001:db8::7", "testclient"):
        answer = ask(app, elsewhere)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_watching"), elsewhere
        assert "METRICS_TOKEN_FILE" in answer.json()["hint"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:8000", "[::1]:8000", "LOCALHOST"])
def test_this_machine_asks_the_server_by_its_own_address(app: FastAPI, host: str) -> None:
    assert ask(app, host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["trait-dunion.exemple.fr", "localhost.exemple.fr", "127.0.0.1.exemple.fr", "[::1", "127.0.0.1:80a", "@"],
)
def test_a_page_of_a_browser_of_this_machine_does_not_ask_by_another_name(app: FastAPI, host: str) -> None:
    assert ask(app, host=host).status_code == 403


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Proto"])
def test_who_comes_through_the_proxy_of_this_machine_is_not_of_this_machine(app: FastAPI, name: str) -> None:
    assert ask(app, **{name.replace("-", "_"): "127.0.0.1"}).status_code == 403


@ON_SQLITE
def test_a_proxy_that_is_believed_opens_them_to_nobody(app: FastAPI) -> None:
    """uvicorn itself writes in the place of the proxy's address what it says: also that of this machine."""
    settings = Settings(database_url="sqlite://", server_port=0)
    with serving(app, server.configure(app, settings)) as url:
        assert httpx.get(f"{url}/metrics").status_code == 200
        for said in ("127.0.0.1", "192.0.2.7", "192.0.2.7, 127.0.0.1", "::1"):
            assert httpx.get(f"{url}/metrics", headers={"X-Forwarded-For": said}).status_code == 403, said


@pytest.fixture
def guarded(database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    token = tmp_path / "jeton"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    app = create_app(Settings(database_url=database_url, metrics_token_file=token))
    yield app
    app.state.context.engine.dispose()


def test_with_a_token_whoever_shows_it_reads_them_and_nobody_else(guarded: FastAPI) -> None:
    assert ask(guarded, "192.0.2.7", "trait-dunion.exemple.fr", Authorization=f"Bearer {TOKEN}").status_code == 200
    for wrong in ("Bearer " + TOKEN[:-1], f"Bearer {TOKEN}x", "Bearer ", TOKEN, f"Basic {TOKEN}", b"Bearer \xe9"):
        answer = ask(guarded, "192.0.2.7", Authorization=wrong)
        assert answer.status_code == 403, wrong
    assert ask(guarded).status_code == 403  # nor this machine: whoever has a token means it


def test_a_refusal_is_in_the_security_log_once_a_minute(guarded: FastAPI, engine: Engine) -> None:
    for _ in range(5):
        ask(guarded, "192.0.2.7")
    with database.reading(engine) as connection:
        found = connection.exec_driver_sql("SELECT kind, about FROM security_entry WHERE kind = 'forbidden'").all()
    assert [tuple(row) for row in found] == [("forbidden", "/metrics")]


@pytest.mark.parametrize("content", ["", "court", TOKEN[:31], f"{TOKEN} {TOKEN}", f"{TOKEN}\n{TOKEN}", "é" * 40])
def test_a_token_that_can_be_guessed_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "jeton"
    path.write_text(content, "utf-8")
    path.chmod(0o600)
    with pytest.raises(ValueError, match="openssl rand -hex 32"):
        metrics_page.read_token(path)


def test_a_token_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "jeton"
    path.write_text(TOKEN)
    path.chmod(0o644)
    with pytest.raises(ValueError, match=r"droits 644.*chmod 600"):
        metrics_page.read_token(path)
    with pytest.raises(FileNotFoundError):
        metrics_page.read_token(tmp_path / "nowhere")


@ON_SQLITE
def test_the_end_of_the_certificate_that_is_served_is_the_one_told(
    app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = make_certificate(tmp_path, days=60)
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_: None)
    settings = Settings(database_url="sqlite://", tls_certificate=certificate, tls_key=key, log_level="error")
    monkeypatch.setattr(uvicorn.Config, "configure_logging", lambda *_: None)
    server.serve(app, settings)
    end = app.state.context.metrics.certificate_end
    make_certificate(tmp_path, days=90)  # renewed, and the server not yet started again
    assert server.tell_certificate(settings) - end in range(30 * 86_400 - 60, 30 * 86_400 + 60)
    assert app.state.context.metrics.certificate_end == end


def test_numbers_are_written_whole() -> None:
    found = write(
        [Family("a_total", "counter", "Un.", [Sample(12_345_678_901), Sample(0.25, {"b": "c"}, "_sum")])]
    )
    assert found.splitlines()[2:] == ["trait_dunion_a_total 12345678901", 'trait_dunion_a_total_sum{b="c"} 0.25']


def test_a_process_that_just_started_counts_from_nothing() -> None:
    counted = {family.name: family.samples for family in Metrics().list_counts()}
    assert counted["requests_total"] == []
    assert {sample.value for sample in counted["sync_batches_total"]} == {0}
