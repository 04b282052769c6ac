"""What a tablet or a stranger sends never ends in a 500; and where the server does fail, its log tells nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from shared import wire
from shared.territory import TERRITORY
from sync_server import numbers
from sync_server.access import devices
from sync_server.intake import quarantine, store
from sync_server.storage import database
from sync_server.web.envelope import Envelope
from tests.sync_server.live import at_once
from tests.sync_server.world import (
    COLLEAGUE,
    ME,
    TODAY,
    encounter,
    enrolled,
    new_id,
    people,
    pull,
    push,
    statuses,
)

JSON = {"Content-Type": "application/json"}
ODD = ["\x00", "a\x00b", "\ud800", "é", "²", "٣", "x" * 5_000, "9" * 5_000, "9" * 30, "-1", "", "%00", "\udcff"]


def shortly(text: str) -> str:
    return ascii(f"{text[:9]}, {len(text)}" if len(text) > 9 else text)


def escaped(text: str | bytes) -> str:
    """As an address writes it, whatever bytes it stands for."""
    return quote(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"), safe="")


@pytest.fixture
def tablet(client: TestClient, engine: Engine) -> dict[str, str]:
    return enrolled(client, engine) | JSON


def test_the_same_batch_sent_again_before_its_receipt_came(engine: Engine) -> None:
    for _ in range(5):
        met, deleted = encounter(), encounter()
        push(engine, met, deleted)
        theirs = [encounter(one["id"], 2, 1, gender="homme") for one in (met, deleted)]
        push(engine, *theirs, sender=COLLEAGUE)
        gone = {"id": deleted["id"], "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True}
        batch = [
            encounter(),
            encounter(slot="x"),
            encounter(met["id"], 2, 1, gender="femme"),
            gone,
            17,
            encounter(),
        ]

        def send(turn: int, batch: list[Any] = batch) -> list[str]:
            return statuses(engine, *(batch if turn % 2 else batch[::-1]))

        found = at_once(10, send)
        for turn, seen in enumerate(found):
            good, refused, conflict, other, unread, last = seen if turn % 2 else seen[::-1]
            assert (refused, conflict, other, unread) == ("refused", "conflict", "conflict", "refused")
            assert {good, last} <= {"accepted", "duplicate"}
        with database.reading(engine) as connection:
            waits = quarantine.waiting(connection, TERRITORY)
        assert len(waits) % 3 == 1  # the two in conflict and the refused one of each round; unread ones are one
    assert len(people(pull(engine))) == 10  # the others are the colleague's own


def test_what_cannot_be_noted_leaves_nothing_half_done(engine: Engine) -> None:
    batch = [encounter(), encounter(slot="x")]

    @event.listens_for(engine, "before_cursor_execute")
    def fail(*args: Any) -> None:
        if "INSERT INTO quarantine" in args[2]:
            raise OSError

    with pytest.raises(OSError):
        push(engine, *batch)
    event.remove(engine, "before_cursor_execute", fail)
    assert people(pull(engine)) == []
    assert statuses(engine, *batch) == ["accepted", "refused"]


def test_two_make_the_same_team_at_once(engine: Engine) -> None:
    made = at_once(8, lambda n: devices.create_team(engine, TERRITORY, "delle", f"Delle {n}", "trait-dunion"))
    assert made == [None] * 8


def test_tablets_push_pull_and_prove_while_others_correct(client: TestClient, engine: Engine) -> None:
    tablets = [enrolled(client, engine) for _ in range(4)]
    met = [encounter() for _ in range(6)]

    def day(number: int) -> list[int]:
        headers, found = tablets[number % 4], []
        for turn in range(4):
            mine = [encounter(one["id"], turn + 1, turn or None, slot=["matin", "x"][number % 2]) for one in met]
            body = {"records": mine if number % 3 else mine[::-1]}
            found.append(client.post("/sync/push", json=body, headers=headers).status_code)
            found.append(client.get("/sync/pull", headers=headers).status_code)
            found.append(client.get("/sync/reconcile", headers=headers).status_code)
            devices.create_team(engine, TERRITORY, "giromagny", f"Giromagny {number}", "trait-dunion")
        return found

    assert {status for found in at_once(8, day) for status in found} == {200}


@pytest.mark.parametrize("odd", ODD, ids=shortly)
def test_a_claim_of_what_is_no_id_is_answered_and_the_others_too(
    client: TestClient, tablet: dict[str, str], odd: str
) -> None:
    gone, there = new_id(), encounter()
    receipt = client.post("/sync/push", json={"records": [there]}, headers=tablet).json()["receipts"][0]
    held = {odd: "1.abc", gone: odd, there["id"]: wire.mark(1, receipt["digest"])}
    answer = client.post("/sync/reconcile", content=json.dumps({"held": held}), headers=tablet)
    assert answer.status_code == 200, answer.text
    assert gone in answer.json()["ids"]
    assert there["id"] not in answer.json()["ids"]


@pytest.mark.parametrize("odd", ODD, ids=shortly)
def test_a_cursor_of_any_length_and_bytes_begins_again(
    client: TestClient, tablet: dict[str, str], odd: str
) -> None:
    epoch = client.get("/sync/pull", headers=tablet).json()["epoch"]
    text = odd.encode("utf-8", "surrogatepass")
    for cursor in (text, b"." + text, epoch.encode() + b"." + text, text + b".1", text * 8, b"\xff\xfe." + text):
        answer = client.get(f"/sync/pull?cursor={escaped(cursor)}", headers=tablet)
        assert answer.status_code == 200, answer.text
        assert answer.json()["refetch"] is bool(cursor)


@pytest.mark.parametrize(
    "version",
    ["9" * 5_000, "1" + "0" * 4_400, "0" * 5_000, "1.0", "+2", " ", "²", "٢", "\xff"],
    ids=shortly,
)
def test_a_version_that_is_none_is_too_old(client: TestClient, tablet: dict[str, str], version: str) -> None:
    headers = [(k.encode(), v.encode()) for k, v in tablet.items() if k != wire.PROTOCOL_HEADER]
    for method, path in (("POST", "/sync/push"), ("GET", "/sync/pull"), ("GET", "/sync/reconcile")):
        told = [*headers, (wire.PROTOCOL_HEADER.encode(), version.encode("utf-8"))]
        answer = client.request(
            method, path, headers=told, content=b'{"records": []}' if method == "POST" else None
        )
        assert (answer.status_code, answer.json()["code"]) == (426, "protocol_too_old")


@pytest.mark.parametrize(
    "odd", [*ODD, "Bearer", "Bearer \x00", "Bearer \xff\xfe", "Bearer " + "x" * 20_000], ids=shortly
)
def test_a_credential_of_any_bytes_is_unknown(client: TestClient, tablet: dict[str, str], odd: str) -> None:
    plain = [(k.encode(), v.encode()) for k, v in tablet.items() if k != "Authorization"]
    headers = [*plain, (b"Authorization", odd.encode("utf-8", "surrogatepass"))]
    for path in ("/sync/pull", "/sync/reconcile"):
        assert client.get(path, headers=headers).status_code == 401


@pytest.mark.parametrize("odd", ODD, ids=shortly)
def test_no_text_breaks_a_page_or_a_route(client: TestClient, tablet: dict[str, str], odd: str) -> None:
    text = escaped(odd)
    for path in (
        f"/sync/pull?limit={text}",
        f"/{text}",
        f"/coupon/{text}",
        f"/coupon?code={text}",
        f"/static/{text}",
    ):
        assert client.get(path, headers=tablet).status_code < 500, path
    for path, body in (("/devices/enrol", {"code": odd}), ("/sync/push", {"records": odd}), ("/sync/push", odd)):
        answer = client.post(path, content=json.dumps(body), headers=tablet)
        assert answer.status_code < 500, path


@pytest.mark.parametrize("odd", ["9" * 5_000, "٣" * 4_500, "9" * 30, "²", "-1", "\x00"], ids=shortly)
def test_no_number_breaks_a_page_of_the_coordinator(coordinator: TestClient, engine: Engine, odd: str) -> None:
    met = encounter()
    push(engine, met)
    record = f"/console/saisies/{met['id']}"
    token = re.search(r'name="csrf" value="([^"]+)"', coordinator.get(record).text)
    assert token
    names = {"rapports": "annee", "saisies": "apres", "journal": "avant", "listes/communes": "annee"}
    for page, name in [*names.items(), ("rapports/apercu", "annee"), ("saisies", "faites"), ("saisies", "du")]:
        assert coordinator.get(f"/console/{page}?{name}={escaped(odd)}").status_code < 500, page
    assert coordinator.get(f"/console/saisies/{escaped(odd)}").status_code < 500
    form = {"csrf": token[1], "revision": odd, "nouvel_etat": "validee", "choisies": f"{met['id']}:{odd}"}
    form |= {f"needs.{odd}.theme": "x", "base": odd, "day": odd, "annee": odd, "genre": "annuel"}
    acts = [f"{record}/{act}" for act in ("etat", "corriger", "supprimer", "retablir")]
    for address in (*acts, "/console/saisies/etat", "/console/rapports/figer", "/console/listes/communes"):
        assert coordinator.post(address, data=form).status_code < 500, address
    form |= {"base": "1", "revision": "1"}
    assert coordinator.post(f"{record}/corriger", data=form).status_code < 500


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("12", 12), ("13", None), ("012", None), ("", None), ("²", None), ("٣", None),
                         ("-1", None), (" 1", None), ("1_0", None), ("9" * 5_000, None)]
)  # fmt: skip
def test_a_whole_number_from_outside(text: str, number: int | None) -> None:
    assert numbers.whole(text, most=12) == number


def lose(engine: Engine, record_id: str) -> None:
    """The log loses a row; its columns and its history stay."""
    with database.writing(engine) as connection:
        connection.execute(store.RECORD.delete().where(store.RECORD.c.id == record_id))


def test_a_late_duplicate_of_what_the_log_lost_and_then_the_last_revision(engine: Engine) -> None:
    first = encounter(gender="femme")
    second = encounter(first["id"], 2, 1, gender="homme")
    push(engine, first)
    push(engine, second)
    lose(engine, first["id"])
    assert statuses(engine, first, encounter()) == ["duplicate", "accepted"]
    assert statuses(engine, second) == ["accepted"]
    third = encounter(first["id"], 3, 2, gender="femme")
    assert statuses(engine, third, second, first) == ["accepted", "duplicate", "duplicate"]
    assert [r.revision for r in people(pull(engine)) if r.id == first["id"]] == [3]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_all_its_revisions_again_in_one_batch_in_any_order(engine: Engine, order: tuple[int, ...]) -> None:
    met = new_id()
    made = [encounter(met, n, n - 1 or None, gender=g) for n, g in ((1, "femme"), (2, "homme"), (3, "femme"))]
    for one in made:
        push(engine, one)
    lose(engine, met)
    assert set(statuses(engine, *(made[n] for n in order))) <= {"accepted", "duplicate"}
    assert statuses(engine, encounter(met, 4, 3, gender="homme")) == ["accepted"]
    assert [r.fields["gender"] for r in people(pull(engine))] == ["homme"]


def test_another_line_of_what_the_log_and_its_columns_lost(engine: Engine) -> None:
    met = new_id()
    push(engine, encounter(met, gender="femme"))
    push(engine, encounter(met, 2, 1, gender="homme"))
    lose(engine, met)
    with database.writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM encounter")
    other = encounter(met, rsa="oui")
    assert statuses(engine, other) == ["accepted"]
    assert statuses(engine, encounter(met, 2, 1, rsa="non")) == ["accepted"]
    assert [r.fields["rsa"] for r in people(pull(engine))] == ["non"]


def served(app: FastAPI, ask: Any) -> httpx.Response:
    """What a real server of that app answers."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        found: httpx.Response = ask(f"http://127.0.0.1:{port}")
        return found
    finally:
        server.should_exit = True
        thread.join()


def test_a_real_server_that_fails_logs_a_type_and_a_number_and_nothing_else(
    app: FastAPI, client: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    headers, record = enrolled(client, engine), encounter(gender="femme")
    with database.writing(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE encounter RENAME TO lost")
    caplog.clear()
    caplog.set_level(logging.WARNING)
    answer = served(
        app, lambda at: httpx.post(f"{at}/sync/push", json={"records": [record]}, headers=headers, timeout=60)
    )
    failure = wire.Failure.model_validate(answer.json())
    assert (answer.status_code, failure.code) == (500, "broken")
    [line] = map(json.loads, caplog.messages)
    assert re.fullmatch(r"\w+Error in sync_server\.[a-z_.]+:\d+", line.pop("fault"))
    assert line.pop("ms") >= 0
    reference = answer.headers["X-Request-Id"]
    assert line == {
        "reference": reference, "method": "POST", "route": "/sync/push", "status": 500, "team": "giromagny",
        "error": "broken",
    }  # fmt: skip
    assert failure.reference == reference
    assert f"Référence\xa0: {reference}." in failure.hint
    assert "Traceback" not in caplog.text
    assert record["id"] not in caplog.text


def test_a_page_that_fails_gives_the_number_too_and_not_its_address(
    coordinator: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    met = encounter()
    push(engine, met)
    with database.writing(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE past_revision RENAME TO lost")
    answer = coordinator.get(f"/console/saisies/{met['id']}")
    assert answer.status_code == 500
    assert f"Référence\xa0: {answer.headers['X-Request-Id']}<" in answer.text
    assert answer.headers["X-Request-Id"] in caplog.text
    assert met["id"] not in caplog.text
    assert "Traceback" not in caplog.text


def test_a_fault_in_the_middle_of_an_answer_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Message] = []

    async def half(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("Mme Untel")

    async def nothing() -> Message:
        return {"type": "http.request"}

    async def keep(message: Message) -> None:
        sent.append(message)

    seen: list[Request] = []

    def broken(asked: Request, _: Exception) -> PlainTextResponse:
        seen.append(asked)
        return PlainTextResponse("", 500)

    async def anybody(_: Request) -> bool:
        return True

    asyncio.run(
        Envelope(half, broken, lambda *_: None, anybody)(
            {"type": "http", "scheme": "http", "headers": [], "path": "/"}, nothing, keep
        )
    )
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert seen == []  # no second answer is made
    assert "ValueError in " in caplog.text
    assert "Untel" not in caplog.text


def test_the_day_of_use_is_noted_by_many_at_once(engine: Engine, client: TestClient) -> None:
    headers = enrolled(client, engine)
    token = headers["Authorization"].removeprefix("Bearer ")
    with database.reading(engine) as connection:
        known = devices.device(connection, token)
    assert known is not None
    assert at_once(8, lambda n: devices.note_seen(engine, known, TODAY.replace(day=11 + n))) == [None] * 8
    assert ME.territory == known.sender.territory
