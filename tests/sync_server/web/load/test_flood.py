"""Sixty at once: what is tried is counted before it is computed, and the tablets are answered meanwhile."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared import coupons as codes
from shared.territory import TERRITORY
from sync_server.access import accounts, devices, door, slips
from sync_server.storage import database
from tests.sync_server.live import Watched, at_once, post, serving
from tests.sync_server.world import NOW, PASSWORD, PROTOCOL, encounter

LIMIT, TOGETHER = 10, 60
SIGN_IN, ENROL = "/console/connexion", "/devices/enrol"


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Watched:
    watched = Watched()
    monkeypatch.setattr(accounts, "_HASHER", watched)
    return watched


@pytest.fixture
def server(app: FastAPI, engine: Engine, hasher: Watched) -> Iterator[str]:
    accounts.create_account(engine, TERRITORY, "coordination", PASSWORD, "coordinator")
    devices.create_team(engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
    with serving(app) as url:
        yield url


def sign_in(server: str, login: str, password: str, address: str = "127.0.0.1") -> httpx.Response:
    return post(server + SIGN_IN, address, data={"login": login, "password": password})


def code_for(engine: Engine) -> str:
    return devices.create_code(engine, TERRITORY, "giromagny", int(NOW.timestamp()), 15)


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))


def test_of_sixty_wrong_passwords_at_once_from_one_address_ten_are_looked_at(server: str, hasher: Watched) -> None:
    answers = at_once(TOGETHER, lambda _: sign_in(server, "nobody", "wrong"))
    assert statuses(answers) == {401: LIMIT, 429: TOGETHER - LIMIT}
    assert (hasher.verified, hasher.most <= accounts.PASSWORDS_AT_ONCE) == (LIMIT, True)
    assert {"retry-after" in a.headers for a in answers if a.status_code == 429} == {True}


def test_of_sixty_wrong_passwords_for_one_login_from_sixty_addresses_none_makes_another_wait(
    server: str, hasher: Watched
) -> None:
    answers = at_once(TOGETHER, lambda n: sign_in(server, "coordination", "wrong", f"127.0.0.{n + 2}"))
    assert statuses(answers) == {401: TOGETHER}
    assert hasher.most <= accounts.PASSWORDS_AT_ONCE
    assert sign_in(server, "coordination", PASSWORD).status_code == 303


def test_a_whole_office_that_signs_in_at_once_enters(server: str, hasher: Watched) -> None:
    for _ in range(2):  # nothing is left of the first time: what was right is no failure
        answers = at_once(25, lambda _: sign_in(server, "coordination", PASSWORD))
        assert statuses(answers) == {303: 25}
    assert hasher.most <= accounts.PASSWORDS_AT_ONCE


def test_a_right_password_enters_after_nine_failures_and_is_no_tenth(server: str) -> None:
    for _ in range(LIMIT - 1):
        assert sign_in(server, "coordination", "wrong").status_code == 401
    for _ in range(3):
        assert sign_in(server, "coordination", PASSWORD).status_code == 303
    for _ in range(LIMIT):  # from here on it begins anew
        assert sign_in(server, "coordination", "wrong").status_code == 401
    assert sign_in(server, "coordination", PASSWORD).status_code == 429


@pytest.mark.parametrize("login", ["coordination", "nobody", "no\0body"])
def test_an_unknown_login_costs_what_a_known_one_does(server: str, hasher: Watched, login: str) -> None:
    assert sign_in(server, login, "wrong").status_code == 401
    assert hasher.verified == 1


@pytest.mark.parametrize("field", ["login", "password"])
def test_half_a_surrogate_is_a_wrong_password_and_no_fault(server: str, field: str) -> None:
    data = {"login": "coordination", "password": PASSWORD} | {field: "\ud800".encode("utf-7").decode()}
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in data.items()
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b; charset=utf-7"}
    answer = post(server + SIGN_IN, content=f"{parts}--b--\r\n", headers=headers)
    assert answer.status_code == 401


def test_tablets_are_answered_while_passwords_are_computed(server: str, engine: Engine, hasher: Watched) -> None:
    hasher.go.clear()
    with ThreadPoolExecutor(TOGETHER) as pool:
        waiting = [pool.submit(sign_in, server, "nobody", "wrong") for _ in range(TOGETHER)]
        try:
            assert all(hasher.begun.acquire(timeout=60) for _ in range(accounts.PASSWORDS_AT_ONCE))
            assert httpx.get(f"{server}/healthz", timeout=60).status_code == 200
            told = post(server + ENROL, json={"code": code_for(engine)}, headers=PROTOCOL)
            token = {"Authorization": f"Bearer {told.json()['token']}"} | PROTOCOL
            pushed = post(f"{server}/sync/push", json={"records": [encounter()]}, headers=token)
            assert [r["status"] for r in pushed.json()["receipts"]] == ["accepted"]
            assert not any(one.done() for one in waiting)
        finally:
            hasher.go.set()
        assert statuses([one.result() for one in waiting]) == {401: LIMIT, 429: TOGETHER - LIMIT}
    assert hasher.most == accounts.PASSWORDS_AT_ONCE


def test_whoever_comes_to_a_full_line_is_sent_away_to_come_back(
    server: str, hasher: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_AT_THE_DOOR", accounts.PASSWORDS_AT_ONCE)
    hasher.go.clear()
    with ThreadPoolExecutor(accounts.PASSWORDS_AT_ONCE + 1) as pool:
        first = [pool.submit(sign_in, server, "coordination", PASSWORD) for _ in range(accounts.PASSWORDS_AT_ONCE)]
        try:
            assert all(hasher.begun.acquire(timeout=60) for _ in range(accounts.PASSWORDS_AT_ONCE))
            late = pool.submit(sign_in, server, "coordination", PASSWORD).result(60)
        finally:
            hasher.go.set()
        assert [one.result().status_code for one in first] == [303] * accounts.PASSWORDS_AT_ONCE
    assert (late.status_code, late.headers["retry-after"]) == (503, str(door.WAIT))
    assert "très sollicité" in late.text


def test_one_address_that_sends_a_crowd_leaves_room_at_the_door(
    server: str, hasher: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_AT_THE_DOOR", 8)
    monkeypatch.setattr(door, "MOST_OF_ONE", 6)
    hasher.go.clear()
    with ThreadPoolExecutor(30) as pool:
        crowd = [pool.submit(sign_in, server, f"nobody-{n}", "wrong", "127.0.0.2") for n in range(24)]
        try:
            assert all(hasher.begun.acquire(timeout=60) for _ in range(accounts.PASSWORDS_AT_ONCE))
            first = next(as_completed(crowd)).result()
            clean = pool.submit(sign_in, server, "coordination", PASSWORD, "127.0.0.3")
            time.sleep(0.5)  # it has its place by now; were there none, it would be told so at once
            assert not clean.done()
        finally:
            hasher.go.set()
        assert (first.status_code, clean.result().status_code) == (503, 303)
        assert statuses([one.result() for one in crowd]) == {401: 6, 503: 18}


def test_a_crowd_that_has_to_wait_takes_no_place_at_the_door(server: str, hasher: Watched) -> None:
    for n in range(3 * LIMIT):
        assert sign_in(server, f"nobody-{n}", "wrong", "127.0.0.2").status_code == 401
    hasher.go.clear()
    with ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(sign_in, server, "coordination", PASSWORD, "127.0.0.3") for _ in range(2)]
        try:
            assert all(hasher.begun.acquire(timeout=60) for _ in range(accounts.PASSWORDS_AT_ONCE))
            refused = [sign_in(server, "nobody", "wrong", "127.0.0.2").status_code for _ in range(5)]
        finally:
            hasher.go.set()
        assert refused == [429] * 5  # at once, while the threads of passwords are busy
        assert [one.result().status_code for one in slow] == [303] * 2


def test_of_sixty_wrong_codes_at_once_ten_are_looked_up(server: str) -> None:
    answers = at_once(TOGETHER, lambda n: post(server + ENROL, json={"code": f"WRONG{n}"}, headers=PROTOCOL))
    assert statuses(answers) == {403: LIMIT, 429: TOGETHER - LIMIT}
    assert Counter(a.json()["code"] for a in answers)["bad_code"] == LIMIT


def test_a_whole_team_that_enrols_at_once_is_enrolled(server: str, engine: Engine) -> None:
    found = [code_for(engine) for _ in range(25)]
    answers = at_once(25, lambda n: post(server + ENROL, json={"code": found[n]}, headers=PROTOCOL))
    assert statuses(answers) == {200: 25}


def test_one_code_tried_by_sixty_at_once_enrols_one(server: str, engine: Engine) -> None:
    code = code_for(engine)
    answers = at_once(TOGETHER, lambda _: post(server + ENROL, json={"code": code}, headers=PROTOCOL))
    assert statuses(answers) == {200: 1, 403: LIMIT, 429: TOGETHER - LIMIT - 1}


def test_of_sixty_slips_at_once_twenty_are_looked_up(
    server: str, monkeypatch: pytest.MonkeyPatch, app: FastAPI
) -> None:
    tried: list[str] = []
    real = slips.receive

    def receive(*args: object) -> None:
        tried.append("once")
        real(*args)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(slips, "receive", receive)
    form = {"code": codes.new_code(), "answer": slips.CAME}
    most = app.state.context.settings.coupon_tries
    answers = at_once(TOGETHER, lambda _: post(f"{server}/coupon", data=form))
    assert statuses(answers) == {200: most, 429: TOGETHER - most}
    assert len(tried) == most


def test_no_tablet_waits_while_a_new_password_is_computed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hasher(Watched):
        def hash(self, *args: object, **more: object) -> str:
            with database.writing(engine) as connection:  # would wait for ever behind the account's transaction
                database.lock_territory(connection, TERRITORY)
            return super().hash("x")

    monkeypatch.setattr(accounts, "_HASHER", Hasher())
    accounts.create_account(engine, TERRITORY, "coordination", PASSWORD, "coordinator")
