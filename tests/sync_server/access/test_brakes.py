"""Somebody guesses passwords and codes: they wait longer each time, and nobody else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from shared.territory import TERRITORY
from sync_server.access import accounts, brakes, browsers, devices, slips
from sync_server.access.brakes import Brake, Tried
from sync_server.errors import ServerError
from sync_server.operations import cli
from sync_server.storage import audit_log, database
from sync_server.storage.tables import Attempts, KnownBrowser, table
from sync_server.web.context import BROWSER
from tests.sync_server.access.work import work_of
from tests.sync_server.world import NOW, PASSWORD, PROTOCOL, TODAY, Clock, Tablet

LIMIT, WRONG, OFFICE, ATTACKER = 10, "a wrong password", "192.0.2.10", "203.0.113.7"
OWN = Brake(LIMIT, first=5, longest=900, leak=900)
Sign = Callable[..., Any]


@pytest.fixture
def sign_in(app: FastAPI, engine: Engine) -> Iterator[Sign]:
    """Signs in from an address, showing a cookie or none; every request is a browser of its own."""
    accounts.create_account(engine, TERRITORY, "coordination", PASSWORD, "coordinator")

    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as link:

        def ask(login: str, password: str, address: str, cookie: str = "") -> Any:
            come_from(link, address)
            link.cookies.clear()
            headers = {"Cookie": f"{BROWSER}={cookie}"} if cookie else {}
            data = {"login": login, "password": password}
            return link.post("/console/connexion", data=data, headers=headers, follow_redirects=False)

        yield ask


def come_from(link: TestClient, address: str) -> None:
    """What the client sends from here on comes from that address."""
    link._transport.client = (address, 50_000)  # type: ignore[attr-defined]  # the test client's own transport


def fail(
    sign_in: Sign, times: int, login: str = "coordination", address: str = ATTACKER, cookie: str = ""
) -> list[int]:
    return [sign_in(login, WRONG, address, cookie).status_code for _ in range(times)]


def cookie_of(answer: Any) -> str:
    assert answer.status_code == 303, answer.text
    return str(answer.cookies[BROWSER])


def wait_of(answer: Any) -> int:
    assert answer.status_code == 429, answer.text
    return int(answer.headers["Retry-After"])


def test_a_stranger_who_fails_for_an_hour_makes_a_clean_address_wait_for_nothing(
    sign_in: Sign, clock: Clock
) -> None:
    for _ in range(12):
        fail(sign_in, 12)
        clock.wait(minutes=5)
    assert sign_in("coordination", PASSWORD, ATTACKER).status_code == 429
    assert sign_in("coordination", PASSWORD, OFFICE).status_code == 303


def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(sign_in: Sign, clock: Clock) -> None:
    assert fail(sign_in, LIMIT) == [401] * LIMIT
    waits = []
    for _ in range(7):
        waits.append(wait_of(sign_in("coordination", WRONG, ATTACKER)))
        clock.wait(seconds=waits[-1] - 1)
        assert wait_of(sign_in("coordination", WRONG, ATTACKER)) == 1  # to knock on in vain adds nothing
        clock.wait(seconds=1)
        assert sign_in("coordination", WRONG, ATTACKER).status_code == 401
    assert waits == [5, 10, 20, 40, 80, 160, 320]
    assert [OWN.wait(LIMIT + n) for n in (-1, 0, 7, 8, 1_000)] == [0, 5, 640, 900, 900]


def test_who_never_stops_for_a_day_waits_no_longer_than_a_quarter_of_an_hour(engine: Engine) -> None:
    now = int(NOW.timestamp())
    counted = [second for second in range(0, 24 * 3600, 60) if attempt(engine, now + second)]
    assert len(counted) <= LIMIT + 8 + 24 * 4
    assert max(later - earlier for earlier, later in pairwise(counted)) <= 900 + 60
    assert attempt(engine, now + 24 * 3600 + 4 * 900)  # and an hour after it stops, nothing is left to wait for


def test_after_the_wait_the_right_password_enters_and_all_begins_anew(sign_in: Sign, clock: Clock) -> None:
    fail(sign_in, LIMIT)
    clock.wait(seconds=wait_of(sign_in("coordination", PASSWORD, ATTACKER)))
    assert sign_in("coordination", PASSWORD, ATTACKER).status_code == 303
    assert fail(sign_in, LIMIT) == [401] * LIMIT


def test_a_failure_is_forgotten_every_quarter_of_an_hour(sign_in: Sign, clock: Clock) -> None:
    fail(sign_in, LIMIT)
    clock.wait(minutes=15)
    assert fail(sign_in, 2) == [401, 429]
    clock.wait(minutes=45)
    assert fail(sign_in, 4) == [401] * 3 + [429]


def test_behind_a_proxy_that_hides_addresses_who_was_there_before_never_waits(sign_in: Sign, clock: Clock) -> None:
    known = cookie_of(sign_in("coordination", PASSWORD, OFFICE))
    for _ in range(20):  # the same account, and forty others, from what looks like the same address
        fail(sign_in, 3, address=OFFICE)
        for number in range(2):
            fail(sign_in, 1, f"nobody-{number}", address=OFFICE)
        assert sign_in("coordination", PASSWORD, OFFICE, known).status_code == 303
        clock.wait(seconds=20)


def test_behind_a_proxy_that_hides_addresses_a_new_browser_enters_after_seconds(
    sign_in: Sign, engine: Engine, clock: Clock
) -> None:
    accounts.create_account(engine, TERRITORY, "colleague", PASSWORD, "reader")
    fail(sign_in, LIMIT, address=OFFICE)
    for number in range(100):
        fail(sign_in, 1, f"nobody-{number}", address=OFFICE)
    waited = wait_of(sign_in("colleague", PASSWORD, OFFICE))
    assert waited <= 30
    clock.wait(seconds=waited)
    assert sign_in("colleague", PASSWORD, OFFICE).status_code == 303


@pytest.mark.parametrize(
    "login",
    [
        f"coordination from:{OFFICE}",
        f'coordination", "{OFFICE}',
        f"coordination', '{OFFICE}",
        f"coordination\0{OFFICE}",
        "all sign-ins",
    ],
)
def test_a_login_that_reads_like_anothers_count_makes_nobody_wait(sign_in: Sign, clock: Clock, login: str) -> None:
    for _ in range(3):
        fail(sign_in, LIMIT, login)
        clock.wait(minutes=3)
    assert sign_in("coordination", PASSWORD, OFFICE).status_code == 303


def test_who_guesses_at_many_accounts_from_one_address_waits_at_each(sign_in: Sign) -> None:
    found = [sign_in(f"nobody-{number}", WRONG, ATTACKER).status_code for number in range(3 * LIMIT + 5)]
    assert found == [401] * 3 * LIMIT + [429] * 5
    assert sign_in("coordination", PASSWORD, OFFICE).status_code == 303


def test_a_thousand_addresses_at_one_account_are_slowed_and_never_its_own_browser(
    sign_in: Sign, clock: Clock
) -> None:
    known = cookie_of(sign_in("coordination", PASSWORD, OFFICE))
    found = [sign_in("coordination", WRONG, f"198.51.{n // 250}.{n % 250}").status_code for n in range(160)]
    assert found == [401] * 10 * LIMIT + [429] * (160 - 10 * LIMIT)
    assert sign_in("coordination", PASSWORD, OFFICE, known).status_code == 303
    waited = wait_of(sign_in("coordination", PASSWORD, OFFICE))
    assert waited <= 60
    clock.wait(seconds=waited)
    assert sign_in("coordination", PASSWORD, OFFICE).status_code == 303


HOMES = {
    "one home, of 256 networks": [f"2001:db8:7:{n:x}::1" for n in range(256)],
    "twenty-four customers of one carrier": [f"2001:db8:{n % 24:x}:{n:x}::1" for n in range(256)],
    "thirty addresses": [f"203.0.113.{n % 30}" for n in range(256)],
}


@pytest.mark.parametrize("whose", HOMES)
def test_who_takes_each_turn_of_an_account_from_many_networks_keeps_out_nobody_who_has_not_failed(
    sign_in: Sign, clock: Clock, whose: str
) -> None:
    for _ in range(3):
        found = [sign_in("coordination", WRONG, address).status_code for address in HOMES[whose]]
        assert set(found) == {401, 429}
        clock.wait(minutes=1)
    assert sign_in("coordination", WRONG, HOMES[whose][0]).status_code in (401, 429)
    assert sign_in("coordination", WRONG, HOMES[whose][1]).status_code == 429  # their next one waits
    assert sign_in("coordination", WRONG, OFFICE).status_code == 401  # a slip of the finger, and its owner enters
    assert sign_in("coordination", PASSWORD, OFFICE).status_code == 303


def test_who_has_hardly_failed_anywhere_shares_a_count_of_their_own(engine: Engine) -> None:
    now, world = int(NOW.timestamp()), Brake(5, first=1, longest=60, leak=60)

    def tried(address: str) -> list[Tried]:
        around = brakes.neighbourhood("test", address)
        return [around, Tried(("everybody",), world, apart=around)]

    def attempt_from(address: str, right: bool = False) -> bool:
        try:
            brakes.check(engine, TERRITORY, tried(address), now)
            with database.writing(engine) as connection:
                counted = brakes.count(connection, TERRITORY, tried(address), now)
                if right:
                    brakes.give_back(connection, TERRITORY, counted)
        except ServerError:
            return False
        return True

    assert [attempt_from(ATTACKER) for _ in range(9)] == [True] * (3 + 5) + [False]
    assert all(attempt_from(OFFICE, right=True) for _ in range(20))  # what was right is given back where it was
    found = [attempt_from(f"198.51.100.{n}") for n in range(3)]
    assert found == [True, True, False]  # with the attacker's first three


def test_codes_and_coupons_guessed_from_many_networks_keep_out_no_clean_address(
    client: TestClient, engine: Engine
) -> None:
    devices.create_team(engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")

    def codes(address: str) -> int:
        come_from(client, address)
        return client.post("/devices/enrol", json={"code": "WRONG"}, headers=PROTOCOL).status_code

    def coupons(address: str) -> int:
        limit = (address, int(NOW.timestamp()), 20)
        try:
            slips.count_try(engine, TERRITORY, *limit)
        except ServerError as error:
            return error.kind.status
        return 200

    for ask, passes, networks in ((codes, 403, 60), (coupons, 200, 30)):
        guessed = [ask(f"2001:db8:7:{n:x}::1") for n in range(networks) for _ in range(20)]
        assert set(guessed) == {passes, 429}
        assert ask(f"2001:db8:7:{networks:x}::1") == 429  # all of them wait, whatever network they come from next
        assert ask(OFFICE) == passes


def test_the_whole_world_guessing_at_everybody_waits_seconds(engine: Engine, sign_in: Sign) -> None:
    limit = accounts.Limit(ATTACKER, int(NOW.timestamp()), LIMIT)
    world = limit.count_as("x")[-1]
    with database.writing(engine) as connection:
        for _ in range(50 * LIMIT):
            brakes.count(connection, TERRITORY, [world], limit.now)
    assert wait_of(sign_in("coordination", PASSWORD, OFFICE)) <= 5


def test_a_cookie_opens_nothing_and_its_own_failures_are_counted(sign_in: Sign, clock: Clock) -> None:
    known = cookie_of(sign_in("coordination", PASSWORD, OFFICE))
    failed = fail(sign_in, 2 * LIMIT + 1, address=OFFICE, cookie=known)  # from then on, as any other's from there
    assert failed == [401] * 2 * LIMIT + [429]
    assert sign_in("coordination", PASSWORD, OFFICE, known).status_code == 429
    clock.wait(seconds=5)
    assert sign_in("coordination", PASSWORD, OFFICE, known).status_code == 303


def test_a_stolen_cookie_makes_its_owner_wait_for_nothing(sign_in: Sign, clock: Clock) -> None:
    known = cookie_of(sign_in("coordination", PASSWORD, OFFICE))
    for _ in range(4):
        assert 429 in fail(sign_in, 2 * LIMIT + 1, cookie=known)
        assert sign_in("coordination", WRONG, OFFICE, known).status_code == 401
        assert sign_in("coordination", PASSWORD, OFFICE, known).status_code == 303
        clock.wait(minutes=15)


@pytest.mark.parametrize("shown", ["", "x", "." * 400, "a.b.c.d.e.f.g", "\x7f", "x" * 10_000])
def test_an_invented_cookie_is_none(sign_in: Sign, shown: str) -> None:
    fail(sign_in, LIMIT, cookie=shown)
    assert sign_in("coordination", PASSWORD, ATTACKER, shown).status_code == 429


def test_a_cookie_of_one_account_is_none_of_another(sign_in: Sign, engine: Engine) -> None:
    accounts.create_account(engine, TERRITORY, "colleague", PASSWORD, "reader")
    mine = cookie_of(sign_in("colleague", PASSWORD, ATTACKER))
    assert fail(sign_in, LIMIT + 1, cookie=mine) == [401] * LIMIT + [429]


def test_a_cookie_planted_in_somebodys_browser_is_not_made_theirs(sign_in: Sign, engine: Engine) -> None:
    accounts.create_account(engine, TERRITORY, "colleague", PASSWORD, "reader")
    planted = cookie_of(sign_in("colleague", PASSWORD, ATTACKER))
    theirs = cookie_of(sign_in("coordination", PASSWORD, OFFICE, planted))
    assert theirs != planted
    assert fail(sign_in, LIMIT + 1, cookie=planted) == [401] * LIMIT + [429]


def test_one_computer_of_two_people_is_known_for_both(sign_in: Sign, engine: Engine) -> None:
    accounts.create_account(engine, TERRITORY, "colleague", PASSWORD, "reader")
    first = cookie_of(sign_in("coordination", PASSWORD, OFFICE))
    both = cookie_of(sign_in("colleague", PASSWORD, OFFICE, first))
    assert cookie_of(sign_in("colleague", PASSWORD, OFFICE, both)) == both  # nothing grows day after day
    for login in ("coordination", "colleague"):
        fail(sign_in, LIMIT, login, OFFICE)
        assert sign_in(login, PASSWORD, OFFICE, both).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_sites_and_kept_hashed(sign_in: Sign, engine: Engine) -> None:
    answer = sign_in("coordination", PASSWORD, OFFICE)
    [said] = [one.lower() for one in answer.headers.get_list("set-cookie") if one.startswith(BROWSER)]
    assert all(word in said for word in ("httponly", "secure", "samesite=strict", "path=/;", "max-age=15552000"))
    with database.reading(engine) as connection:
        [row] = connection.execute(select(table(KnownBrowser)))
    assert cookie_of(answer) not in str(tuple(row))
    assert (row.login, row.seen_on) == ("coordination", TODAY)


def test_a_new_password_ends_every_known_browser(sign_in: Sign, engine: Engine) -> None:
    known = cookie_of(sign_in("coordination", PASSWORD, OFFICE))
    accounts.create_account(engine, TERRITORY, "coordination", PASSWORD + "!", "coordinator")
    fail(sign_in, LIMIT, address=OFFICE)
    assert sign_in("coordination", PASSWORD + "!", OFFICE, known).status_code == 429


def test_a_browser_not_used_for_half_a_year_is_one_of_the_others(
    sign_in: Sign, engine: Engine, clock: Clock
) -> None:
    known = cookie_of(sign_in("coordination", PASSWORD, OFFICE))
    clock.wait(days=browsers.DAYS + 1)
    assert browsers.find(engine, TERRITORY, "coordination", known, clock().date()) == ""
    sign_in("coordination", PASSWORD, OFFICE)
    with database.reading(engine) as connection:
        assert len(connection.execute(select(table(KnownBrowser))).all()) == 1  # the old one is cleared away


def test_an_unknown_account_is_told_and_worked_at_as_a_known_one(
    app: FastAPI, sign_in: Sign, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    hasher = accounts._HASHER

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            verified.append(password)
            return hasher.verify(kept, password)

    monkeypatch.setattr(accounts, "_HASHER", Counting())
    # The count of everybody has its row, and the log its entry of this minute.
    fail(sign_in, LIMIT, "somebody", "198.51.100.1")
    assert sign_in("somebody", WRONG, "198.51.100.1").status_code == 429
    verified.clear()
    told: dict[str, list[Any]] = {"coordination": [], "personne-ici": []}
    for _ in range(LIMIT + 4):
        for login, kept in told.items():
            with work_of(app.state.context.engine) as asked:
                answer = sign_in(login, WRONG, ATTACKER if login == "coordination" else OFFICE)
            body = answer.text.replace(f'value="{login}"', "X")
            if answer.status_code == 429:  # its reference in the log is its own
                body = answer.headers["Retry-After"]
            kept.append((answer.status_code, body, tuple(asked), len(verified)))
            verified.clear()
        clock.wait(seconds=3)
    assert told["coordination"] == told["personne-ici"]
    assert {one[0] for one in told["coordination"]} == {401, 429}


def test_one_home_has_all_of_its_ipv6_64_and_its_neighbour_another() -> None:
    home = {brakes.classify(a) for a in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:DB8:1:2::1%eth0")}
    assert home == {"2001:db8:1:2::/64"}
    assert brakes.classify("2001:db8:1:3::1") not in home
    assert brakes.classify("::ffff:192.0.2.10") == brakes.classify(OFFICE) == OFFICE
    assert brakes.classify("192.0.2.11") != OFFICE
    assert brakes.classify("unknown") == "unknown"


def test_hopping_through_ones_own_ipv6_addresses_is_one_address(sign_in: Sign) -> None:
    found = [sign_in("coordination", WRONG, f"2001:db8:1:2::{n:x}").status_code for n in range(LIMIT + 3)]
    assert found == [401] * LIMIT + [429] * 3


def test_the_administrator_lifts_the_wait_and_the_log_says_who(
    sign_in: Sign, administrator: TestClient, engine: Engine
) -> None:
    assert "Connexions qui échouent" not in administrator.get("/console/appareils").text
    fail(sign_in, LIMIT)
    fail(sign_in, LIMIT, "personne-ici", "198.51.100.1")
    page = administrator.get("/console/appareils").text
    assert "Lever l’attente" in page
    assert "personne-ici" not in page  # whoever guesses writes nothing on the page
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": csrf, "login": "coordination"}
    assert administrator.post("/console/appareils/comptes/lever", data=form).status_code == 200
    assert sign_in("coordination", PASSWORD, ATTACKER).status_code == 303
    with database.reading(engine) as connection:
        [entry, *_] = audit_log.entries(connection, TERRITORY)
    assert (entry.act, entry.subject, entry.login) == (accounts.LIFTED, "coordination", "administrator")


def test_nobody_but_the_administrator_lifts_a_wait(sign_in: Sign, coordinator: TestClient) -> None:
    form = {"csrf": "x", "login": "coordination"}
    assert coordinator.post("/console/appareils/comptes/lever", data=form).status_code == 403


def test_the_command_lifts_the_wait_too(
    sign_in: Sign, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail(sign_in, LIMIT)
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    assert cli.main(["unlock", "coordination"]) == 0
    assert "Attente levée" in capsys.readouterr().out
    assert sign_in("coordination", PASSWORD, ATTACKER).status_code == 303
    assert cli.main(["unlock", "coordination"]) == 0
    assert "rien n’a été changé" in capsys.readouterr().out
    with database.reading(engine) as connection:
        lifted = [e for e in audit_log.entries(connection, TERRITORY) if e.act == accounts.LIFTED]
    assert [e.login for e in lifted] == [audit_log.COMMAND_LINE]


def attempt(engine: Engine, now: int) -> bool:
    """Whether an attempt is counted at that second, and not sent away."""
    try:
        with database.writing(engine) as connection:
            brakes.count(connection, TERRITORY, [Tried(("one",), OWN)], now)
    except ServerError:
        return False
    return True


def test_a_clock_set_back_a_year_keeps_nobody_waiting(engine: Engine) -> None:
    now = int(NOW.timestamp())
    assert [attempt(engine, now) for _ in range(LIMIT + 1)] == [True] * LIMIT + [False]
    assert attempt(engine, now - 365 * 24 * 3600)
    assert [attempt(engine, now) for _ in range(LIMIT)] == [True] * LIMIT


def test_what_failed_long_ago_leaves_no_row(engine: Engine) -> None:
    now = int(NOW.timestamp())
    with database.writing(engine) as connection:
        for number in range(50):
            brakes.count(connection, TERRITORY, [Tried(("n", str(number)), OWN)], now)
        brakes.count(connection, TERRITORY, [Tried(("later",), OWN)], now + brakes.A_DAY + 1)
        assert len(connection.execute(select(table(Attempts))).all()) == 1


def test_wrong_codes_from_elsewhere_make_no_tablet_wait_and_a_known_one_never(
    app: FastAPI, engine: Engine, clock: Clock, giromagny: Tablet
) -> None:
    link = TestClient(app, base_url="https://testserver")

    def enrol(code: str, address: str, headers: dict[str, str] = PROTOCOL) -> Any:
        come_from(link, address)
        return link.post("/devices/enrol", json={"code": code}, headers=headers)

    codes = [devices.create_code(engine, TERRITORY, "giromagny", int(clock().timestamp()), 60) for _ in range(3)]
    found = [enrol(f"WRONG{n}", ATTACKER).status_code for n in range(LIMIT + 2)]
    assert found == [403] * LIMIT + [429] * 2
    assert enrol(codes[0], OFFICE).status_code == 200
    for n in range(LIMIT + 2):
        enrol(f"WRONG{n}", OFFICE)
    assert enrol(codes[1], OFFICE, giromagny.headers).status_code == 200
    waited = wait_of(enrol(codes[2], OFFICE))
    assert waited <= 30
    clock.wait(seconds=waited)
    assert enrol(codes[2], OFFICE).status_code == 200
