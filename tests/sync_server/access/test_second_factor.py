"""A stolen password opens nothing: codes of the telephone, taken once; and a telephone that is lost."""

from __future__ import annotations

import html
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.access import accounts
from sync_server.access.accounts import Limit, Second
from sync_server.access.second_factor import factors, own, totp
from sync_server.settings import Settings
from sync_server.storage import audit_log, database, security_log
from sync_server.storage.audit_log import Actor
from sync_server.web.app import create_app
from sync_server.web.context import PROOF_LASTS
from sync_server.web.routes.access.second_factor import own_page
from tests.sync_server.access.authenticator import (
    ACCOUNT,
    FACTOR,
    SCAN,
    Authenticator,
    form_of,
    genuine,
    say,
    turn_on,
)
from tests.sync_server.conftest import signed_in
from tests.sync_server.live import at_once
from tests.sync_server.posting import form, send
from tests.sync_server.world import PASSWORD, TODAY, Clock

FILE = "/console/orientations.csv?du=2026-01-01&au=2026-02-01"
ME = Actor(TERRITORY, "coordinator", TODAY)


def enter(client: TestClient, code: str = "", password: str = PASSWORD) -> int:
    typed = {"login": "coordinator", "password": password, "code": code}
    return int(send(client, "/console/connexion", typed).status_code)


def acts(engine: Engine) -> list[str]:
    with database.reading(engine) as connection:
        return [entry.act for entry in audit_log.entries(connection, TERRITORY, 10)]


def test_the_examples_of_the_standard() -> None:
    secret = b"12345678901234567890"  # RFC 6238, appendix B, of which six digits are asked for
    for now, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")):
        assert totp.find_step(secret, code, now) == now // 30
        assert totp.find_step(secret, f"{code[:3]} {code[3:]}", now + 30) == now // 30  # half a minute late
        assert totp.find_step(secret, code, now + 90) is None


@given(st.text(max_size=12))
def test_no_text_breaks_the_look_at_a_code(code: str) -> None:
    found = totp.find_step(b"x" * 20, code, 1_000_000)
    assert found is None or code.strip().replace(" ", "").isdigit()


def test_a_stolen_password_does_not_open_the_console(coordinator: TestClient, clock: Clock) -> None:
    phone, _ = turn_on(coordinator, clock)
    coordinator.cookies.clear()
    assert enter(coordinator) == 401
    assert enter(coordinator, "000000") == 401
    assert enter(coordinator, phone.next(), "une autre phrase") == 401
    assert enter(coordinator, phone.code()) == 303


def test_nothing_tells_a_right_password_without_its_code_from_a_wrong_one(
    coordinator: TestClient, clock: Clock
) -> None:
    turn_on(coordinator, clock)
    coordinator.cookies.clear()
    pages = [
        send(coordinator, "/console/connexion", {"login": "coordinator", "password": password, "code": "123456"})
        for password in (PASSWORD, "une autre phrase")
    ]
    assert len({one.text for one in pages}) == 1
    assert {one.status_code for one in pages} == {401}


def test_a_code_seen_over_the_shoulder_is_taken_once(coordinator: TestClient, clock: Clock) -> None:
    phone, _ = turn_on(coordinator, clock)
    code = phone.next()
    coordinator.cookies.clear()
    assert enter(coordinator, code) == 303
    coordinator.cookies.clear()
    assert enter(coordinator, code) == 401
    assert enter(coordinator, phone.code(-30)) == 401  # nor the one before, though it is still good


def test_two_who_send_one_code_at_the_same_moment_one_enters(
    coordinator: TestClient, clock: Clock, app: FastAPI, engine: Engine
) -> None:
    phone, codes = turn_on(coordinator, clock)
    key = app.state.context.key
    for code in (phone.next(), codes[0]):
        now = int(clock().timestamp())
        limit = Limit("203.0.113.7", now, 10)

        def try_it(_: int, code: str = code, limit: Limit = limit, now: int = now) -> bool:
            second = Second(code, key)
            return bool(accounts.sign_in(engine, TERRITORY, "coordinator", PASSWORD, now + 3600, limit, second))

        assert sorted(at_once(4, try_it)) == [False, False, False, True]


def test_codes_are_not_guessed_for_long_even_with_the_password(coordinator: TestClient, clock: Clock) -> None:
    phone, _ = turn_on(coordinator, clock)
    coordinator.cookies.clear()
    told = [enter(coordinator, f"{n:06}") for n in range(14)]
    assert told[:10] == [401] * 10
    assert told[-1] == 429
    assert enter(coordinator, phone.code(30)) == 429


def test_nor_by_whoever_found_a_session_open(coordinator: TestClient, clock: Clock) -> None:
    turn_on(coordinator, clock)
    told = [say(coordinator, "verifier", code=f"{n:06}").status_code for n in range(12)]
    assert told[:9] == [422] * 9
    assert told[-1] == 429


@pytest.mark.parametrize("act", ["codes", "retirer"])
def test_an_open_session_changes_no_factor_without_password_and_code(
    coordinator: TestClient, clock: Clock, act: str
) -> None:
    phone, codes = turn_on(coordinator, clock)
    assert say(coordinator, act, actuel="une autre phrase", code=phone.next()).status_code == 422
    assert say(coordinator, act, actuel=PASSWORD, code="000000").status_code == 422
    assert "Active." in coordinator.get(ACCOUNT).text
    assert say(coordinator, act, actuel=PASSWORD, code=codes[0]).status_code in (200, 303)


def test_a_factor_that_is_on_is_not_replaced_by_another(coordinator: TestClient, clock: Clock) -> None:
    turn_on(coordinator, clock)
    page = coordinator.get(SCAN).text
    other = Authenticator(page, clock)
    to, data = form_of(coordinator, page)
    assert send(coordinator, to, data | {"actuel": PASSWORD, "code": other.code()}).status_code == 422


def test_a_lost_telephone_a_recovery_code_opens_once(coordinator: TestClient, clock: Clock) -> None:
    _, codes = turn_on(coordinator, clock)
    coordinator.cookies.clear()
    assert enter(coordinator, codes[3].lower().replace("-", " ")) == 303
    assert "Codes de secours restants : 9" in html.unescape(coordinator.get(ACCOUNT).text)
    coordinator.cookies.clear()
    assert enter(coordinator, codes[3]) == 401
    assert enter(coordinator, codes[4]) == 303


def test_other_recovery_codes_end_those_of_before(coordinator: TestClient, clock: Clock) -> None:
    phone, codes = turn_on(coordinator, clock)
    assert say(coordinator, "codes", actuel=PASSWORD, code=phone.next()).status_code == 200
    coordinator.cookies.clear()
    assert enter(coordinator, codes[0]) == 401


def test_telephone_and_codes_lost_the_administration_takes_the_factor_away(
    coordinator: TestClient, clock: Clock, engine: Engine
) -> None:
    turn_on(coordinator, clock)
    assert own.remove(engine, Actor(TERRITORY, "admin", TODAY), "coordinator")
    assert not own.remove(engine, Actor(TERRITORY, "admin", TODAY), "coordinator")
    assert coordinator.get(ACCOUNT, follow_redirects=False).status_code == 303  # its sessions ended
    assert enter(coordinator) == 303
    assert acts(engine)[:2] == [own.OFF, own.ON]


def test_the_database_alone_makes_no_code(coordinator: TestClient, clock: Clock, engine: Engine) -> None:
    phone, codes = turn_on(coordinator, clock)
    secret = phone.letters.replace(" ", "")
    with database.reading(engine) as connection:
        held = str(connection.exec_driver_sql("SELECT * FROM account").all())
        held += str(connection.exec_driver_sql("SELECT * FROM recovery_code").all())
    assert secret not in held
    assert not any(code.replace("-", "") in held for code in codes)


def test_a_key_that_was_lost_lets_nobody_in_by_the_factor(
    coordinator: TestClient, clock: Clock, engine: Engine
) -> None:
    phone, codes = turn_on(coordinator, clock)
    with database.writing(engine) as connection:
        for code in (phone.next(), codes[0]):
            assert not factors.accept(
                connection, "00" * 32, TERRITORY, "coordinator", code, int(clock().timestamp())
            )


def test_a_secret_moved_to_another_account_opens_nothing(
    coordinator: TestClient, clock: Clock, engine: Engine, app: FastAPI
) -> None:
    phone, _ = turn_on(coordinator, clock)
    accounts.create_account(engine, TERRITORY, "victime", PASSWORD, "coordinator")
    with database.writing(engine) as connection:
        connection.exec_driver_sql(
            "UPDATE account SET totp_secret = (SELECT a.totp_secret FROM account a WHERE a.login = 'coordinator')"
        )
        code, now = phone.next(), int(clock().timestamp())
        assert not factors.accept(connection, app.state.context.key, TERRITORY, "victime", code, now)


def test_a_file_is_taken_away_with_a_code_of_the_last_ten_minutes(
    coordinator: TestClient, clock: Clock, engine: Engine
) -> None:
    phone, _ = turn_on(coordinator, clock)
    coordinator.cookies.clear()
    assert enter(coordinator, phone.next()) == 303
    assert coordinator.get(FILE).headers["content-type"].startswith("text/csv")
    clock.wait(seconds=PROOF_LASTS + 1)
    asked = coordinator.get(FILE, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"].startswith(FACTOR)) == (303, True)
    with database.reading(engine) as connection:
        assert "forbidden" not in [row.kind for row in security_log.read_all(connection, TERRITORY)]
    page = coordinator.get(asked.headers["location"])
    assert "Code à 6 chiffres" in html.unescape(page.text)
    to, data = form(page.text, f"{FACTOR}/verifier")
    wrong = send(coordinator, to, data | {"code": "000000"})
    assert wrong.status_code == 422
    to, data = form(wrong.text, f"{FACTOR}/verifier")
    led = send(coordinator, to, data | {"code": phone.next()})
    assert led.headers["location"] == FILE
    assert coordinator.get(FILE).headers["content-type"].startswith("text/csv")


def test_a_session_found_open_ends_no_other_without_a_code(coordinator: TestClient, clock: Clock) -> None:
    phone, _ = turn_on(coordinator, clock)
    coordinator.cookies.clear()
    assert enter(coordinator, phone.next()) == 303
    first = dict(coordinator.cookies)
    coordinator.cookies.clear()
    assert enter(coordinator, phone.next()) == 303
    clock.wait(seconds=2 * PROOF_LASTS + 1)
    to, data = form(coordinator.get(ACCOUNT).text, f"{ACCOUNT}/fin")
    stopped = send(coordinator, to, data)
    assert (stopped.status_code, "demandé de nouveau" in html.unescape(stopped.text)) == (403, True)
    assert say(coordinator, "verifier", code=phone.next()).status_code == 303
    to, data = form(stopped.text, f"{ACCOUNT}/fin")
    assert send(coordinator, to, data).headers["location"] == f"{ACCOUNT}?fait=fin"
    coordinator.cookies.clear()
    for name, value in first.items():
        coordinator.cookies.set(name, value, domain="testserver.local", path="/")
    assert coordinator.get(ACCOUNT, follow_redirects=False).status_code == 303


def test_who_has_no_factor_takes_a_file_as_before(coordinator: TestClient) -> None:
    assert coordinator.get(FILE).headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    "address",
    ["https://ailleurs.example/", "//ailleurs.example/console/", "/\\ailleurs.example", "javascript:alert(1)", "",
     "/console", "/console/x\\y"],
)  # fmt: skip
def test_nobody_is_led_to_another_site(address: str) -> None:
    assert own_page(address) == ACCOUNT
    assert own_page("/console/saisies?du=2026-01-01") == "/console/saisies?du=2026-01-01"


def test_where_it_is_required_an_account_without_it_can_only_turn_it_on(
    database_url: str, engine: Engine, clock: Clock
) -> None:
    app = create_app(Settings(database_url=database_url, require_second_factor=True), clock)
    with TestClient(app, base_url="https://testserver", follow_redirects=False) as client:
        signed_in(client, database_url, "coordinator")
        for path in ("/console/tableau-de-bord", "/console/saisies", FILE, "/console/publications"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, ACCOUNT)
        assert "Activez d’abord la double vérification" in html.unescape(client.get(ACCOUNT).text)
        turn_on(client, clock)
        assert client.get("/console/saisies").status_code == 200
    app.state.context.engine.dispose()


def test_a_pending_secret_of_another_session_is_not_taken(
    coordinator: TestClient, clock: Clock, database_url: str
) -> None:
    page = coordinator.get(SCAN).text
    _, data = form_of(coordinator, page)
    signed_in(coordinator, database_url, "reader")
    answer: Any = genuine(coordinator, "activer", attente=data["attente"], actuel=PASSWORD, code="123456")
    assert (answer.status_code, answer.headers["location"]) == (303, ACCOUNT)


def test_a_wrong_code_at_the_first_try_keeps_the_same_square(coordinator: TestClient, clock: Clock) -> None:
    page = coordinator.get(SCAN).text
    phone = Authenticator(page, clock)
    to, data = form_of(coordinator, page)
    again = send(coordinator, to, data | {"actuel": PASSWORD, "code": "000000"})
    assert again.status_code == 422
    assert Authenticator(again.text, clock).letters == phone.letters
    to, data = form_of(coordinator, again.text)
    assert send(coordinator, to, data | {"actuel": PASSWORD, "code": phone.code()}).status_code == 200
