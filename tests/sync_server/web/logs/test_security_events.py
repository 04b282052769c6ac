"""What the security log says of a day: who came in, was refused, read or took away what; never what was read."""

from __future__ import annotations

import logging
import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from shared.territory import TERRITORY
from sync_server.settings import Settings
from sync_server.storage import database, log_check, log_keys, security_log
from sync_server.storage.log_check import read_heads
from sync_server.storage.tables import Device, table
from sync_server.web.app import create_app
from sync_server.web.context import Context
from sync_server.web.logs import heads, watch
from tests.sync_server.conftest import signed_in
from tests.sync_server.world import PASSWORD, PROTOCOL, Clock, Tablet, encounter, push

Said = tuple[str, str, str, int]


def told(app: FastAPI, *kinds: str) -> list[Said]:
    """What the log says of those kinds: the kind, who, about what, how many."""
    with database.reading(app.state.context.engine) as connection:
        entries = list(security_log.read_all(connection, TERRITORY))
    return [(e.kind, e.who, e.about, e.count) for e in entries if e.kind in kinds]


def device_of(app: FastAPI) -> str:
    """The id of the one device."""
    with database.reading(app.state.context.engine) as connection:
        return str(connection.scalars(select(table(Device).c.id)).one())


def holds(app: FastAPI) -> bool:
    context: Context = app.state.context
    key = log_keys.open_key(log_keys.find_path(context.settings))
    with database.reading(context.engine) as connection:
        faults = log_check.check(connection, TERRITORY, [key])
    return faults == []


def test_sign_ins_good_and_bad_are_there_with_where_they_came_from(
    app: FastAPI, client: TestClient, database_url: str
) -> None:
    signed_in(client, database_url, "coordinator")
    client.post("/console/connexion", data={"login": "coordinator", "password": "une autre phrase"})
    ways = told(app, "signed-in", "wrong-password")
    assert ways == [
        ("signed-in", "coordinator", ways[0][2], 0),
        ("wrong-password", "coordinator", ways[0][2], 0),
    ]
    assert ways[0][2]
    assert holds(app)


def test_a_password_typed_in_the_place_of_the_login_is_not_kept(app: FastAPI, client: TestClient) -> None:
    client.post("/console/connexion", data={"login": PASSWORD, "password": ""})
    client.post("/console/connexion", data={"login": PASSWORD, "password": "x"})
    assert {who for _, who, _, _ in told(app, "wrong-password")} == {""}


def test_a_lock_out_is_one_entry_a_minute_that_says_how_many(
    app: FastAPI, client: TestClient, clock: Clock
) -> None:
    wrong = {"login": "coordination", "password": "essai"}
    for _ in range(30):
        client.post("/console/connexion", data=wrong)
    [(_, who, route, count)] = told(app, "made-to-wait")
    assert (who, route, count) == ("", "/console/connexion", 1)
    clock.wait(seconds=watch.EVERY)
    for _ in range(30):
        client.post("/console/connexion", data=wrong)
    _, (_, _, _, count) = told(app, "made-to-wait")
    assert count > 15  # those that were not told, and this one


def test_signing_out_says_who(app: FastAPI, coordinator: TestClient) -> None:
    csrf = re.search(r'name="csrf" value="([^"]+)"', coordinator.get("/console/journal").text)
    assert csrf
    coordinator.post("/console/deconnexion", data={"csrf": csrf[1]})
    assert told(app, "signed-out") == [("signed-out", "coordinator", "", 0)]


def pages(app: FastAPI) -> list[str]:
    """Every page that a person may open and that names no thing but a record."""
    gets = (path for path, acts in app.openapi()["paths"].items() if "get" in acts)
    return [p for p in gets if p.startswith("/console") and set(re.findall(r"{(\w+)}", p)) <= {"record_id"}]


def test_whoever_is_shown_a_record_is_in_the_log_whatever_the_page(
    app: FastAPI, coordinator: TestClient, engine: Engine
) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    read = {}
    for page in pages(app):
        before = len(told(app, "read"))
        answer = coordinator.get(page.format(record_id=met["id"]))
        shown = str(met["id"]) in answer.text
        new = told(app, "read")[before:]
        if shown:
            read[page] = new
        assert bool(new) >= shown, page
    assert len(read) >= 4
    assert {(e[1], e[2], e[3]) for new in read.values() for e in new} == {
        ("coordinator", page, 1) for page in read
    }
    assert str(met["id"]) not in str(told(app, *security_log.KINDS))
    assert holds(app)


def test_a_file_taken_away_says_which_and_how_many_encounters_it_holds(
    app: FastAPI, coordinator: TestClient, engine: Engine
) -> None:
    push(engine, encounter(), encounter(), encounter())
    for file in ("saisies-detail.csv", "indicateurs.csv", "orientations.csv"):
        assert coordinator.get(f"/console/{file}?du=2026-01-01&au=2026-12-31").status_code == 200
    assert told(app, "export") == [
        ("export", "coordinator", "/console/saisies-detail.csv", 0),
        ("export", "coordinator", "/console/indicateurs.csv", 0),
        ("export", "coordinator", "/console/orientations.csv", 0),
    ]
    assert told(app, "read") == [("read", "coordinator", "/console/saisies-detail.{ending}", 3)]


def test_a_page_that_is_not_theirs_says_who_tried(app: FastAPI, administrator: TestClient) -> None:
    assert administrator.get("/console/saisies").status_code == 403
    assert told(app, "forbidden", "read") == [("forbidden", "administrator", "/console/saisies", 1)]


def test_a_forged_form_is_an_access_refused(app: FastAPI, coordinator: TestClient) -> None:
    coordinator.post("/console/listes", data={"csrf": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert told(app, "forbidden") == [("forbidden", "", "/console/listes", 1)]  # nobody's session was even read


def test_a_tablet_enrolled_and_a_code_guessed(app: FastAPI, client: TestClient, giromagny: Tablet) -> None:
    assert client.post("/devices/enrol", json={"code": "ABCD-EFGH-JK"}, headers=PROTOCOL).status_code == 403
    assert told(app, "enrolled", "bad-code") == [
        ("enrolled", device_of(app), "giromagny", 0),
        ("bad-code", "", "/devices/enrol", 1),
    ]


def test_a_revoked_tablet_that_asks_again_is_named(app: FastAPI, giromagny: Tablet) -> None:
    giromagny.revoke()
    assert giromagny.pull_status() == 403
    assert told(app, "revoked-device") == [("revoked-device", device_of(app), "/sync/pull", 1)]


def test_what_is_done_in_the_console_is_answered_for(
    app: FastAPI, administrator: TestClient, engine: Engine, giromagny: Tablet
) -> None:
    page = administrator.get("/console/appareils").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf
    administrator.post(f"/console/appareils/{device_of(app)}/revoquer", data={"csrf": csrf[1]})
    [(_, who, about, _)] = told(app, "act")
    assert who == "administrator"
    assert re.fullmatch(r"1 [0-9a-f]{64}", about)
    assert holds(app)


def test_a_head_is_printed_and_written_at_each_hour(
    app: FastAPI, coordinator: TestClient, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    context: Context = app.state.context
    path = tmp_path / "ailleurs" / "tetes"
    settings = context.settings.model_copy(update={"security_heads": str(path)})
    there = Context(context.engine, settings, context.clock)
    with caplog.at_level(logging.INFO, "sync_server.web.logs.heads"):
        heads.tell_head(there)
        coordinator.get("/console/saisies")
        heads.tell_head(there)
    first, second = read_heads(path.read_text("ascii").splitlines())
    assert second.number == first.number + 1
    assert read_heads(caplog.messages) == [first, second]
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)


def test_a_server_that_starts_prints_how_far_its_log_has_come(database_url: str, tmp_path: Path) -> None:
    own = {
        "DATABASE_URL": database_url,
        "SERVER_PORT": "0",
        "LOG_LEVEL": "error",
        "SECURITY_HEADS": str(tmp_path / "t"),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "sync_server", "serve"], env=os.environ | own, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr
        printed = next(head for line in server.stderr for head in read_heads([line]))
        server.terminate()
    assert read_heads((tmp_path / "t").read_text("ascii").splitlines())[0] == printed


def test_a_head_goes_to_syslog(app: FastAPI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context: Context = app.state.context
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "log"))
        listening.settimeout(10)
        monkeypatch.setattr(heads, "SOCKET", str(tmp_path / "log"))
        there = Context(context.engine, context.settings.model_copy(update={"security_heads": heads.SYSLOG}))
        told_there = heads.tell_head(there)
        assert read_heads([listening.recv(2_000).decode()]) == [told_there]


def test_a_disk_that_takes_no_head_stops_no_server(
    app: FastAPI, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    context: Context = app.state.context
    (tmp_path / "fichier").write_text("")
    settings = context.settings.model_copy(update={"security_heads": str(tmp_path / "fichier" / "tetes")})
    heads.tell_head(Context(context.engine, settings))
    assert "could not be told" in caplog.text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"security_log_key_file": Path("a/cle")}, "a/cle"),
        ({"state_folder": Path("etat"), "database_url": "postgresql+psycopg://h/b"}, "etat/journal-90.cle"),
        ({"database_url": "sqlite:///var/x.db"}, "var/x.db.journal-90.cle"),
        ({"database_url": "postgresql+psycopg://h/b"}, "var/server/journal-90.cle"),
        ({"database_url": "sqlite://"}, None),
    ],
)
def test_the_key_is_outside_the_database(
    given: dict[str, Any], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECURITY_LOG_KEY_FILE")
    found = log_keys.find_path(Settings(**given))
    assert (str(found) if found else None) == expected


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "cles" / "journal.cle"
    first = log_keys.open_key(path)
    assert log_keys.open_key(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["journal.cle"]


@pytest.mark.parametrize("content", [b"", b"une phrase\n", b"YQ==\n"])
def test_a_file_that_is_no_key_stops_the_server_and_says_what_to_do(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal.cle"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="SECURITY_LOG_KEY_FILE"):
        create_app(Settings(database_url="sqlite://", security_log_key_file=path))
    assert path.read_bytes() == content


def test_guessing_with_a_form_to_bring_back_hides_no_wait(app: FastAPI, client: TestClient) -> None:
    wrong = {"login": "coordination", "password": "essai", "kept": "x"}
    assert client.post("/console/connexion", data=wrong).status_code == 401
    answers = [client.post("/console/connexion", data=wrong).status_code for _ in range(30)]
    assert 429 in answers
    assert told(app, "made-to-wait") == [("made-to-wait", "", "/console/connexion", 1)]


def test_guessing_a_password_where_a_second_factor_is_turned_on_is_told(
    app: FastAPI, coordinator: TestClient
) -> None:
    page = coordinator.get("/console/compte/double/preparer").text
    typed = dict(re.findall(r'name="(csrf|attente)" value="([^"]+)"', page))
    for guess in ("une phrase", "une autre phrase"):
        sent = typed | {"actuel": guess, "code": "000000"}
        assert coordinator.post("/console/compte/double/activer", data=sent).status_code == 422
    assert [(kind, who) for kind, who, _, _ in told(app, "wrong-factor")] == [("wrong-factor", "coordinator")] * 2


def test_a_file_asked_for_by_a_name_that_acts_on_a_terminal_is_one_plain_entry(
    app: FastAPI, coordinator: TestClient
) -> None:
    coordinator.get("/console/saisies-detail.%C2%9B2J%E2%80%AE%1B%5B2Jcsv")
    [(_, _, about, _)] = told(app, "export")
    assert about.isprintable()
    assert about.startswith("/console/saisies-detail.")
