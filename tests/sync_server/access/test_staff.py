"""The administration keeps the accounts: who comes, who changes jobs, who leaves, who lost a telephone."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.access import accounts, passwords
from sync_server.access.staff import managing
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Actor
from sync_server.web.context import PROOF_LASTS
from tests.sync_server.access.authenticator import FACTOR, Authenticator, turn_on
from tests.sync_server.conftest import signed_in
from tests.sync_server.posting import Forms, form, opened, send
from tests.sync_server.world import PASSWORD, TODAY, Clock

PAGE = "/console/comptes"
OWN = "bleu menthe rivage"
ADMIN = Actor(TERRITORY, "administrator", TODAY)


def send_form(client: TestClient, act: str, login: str, **typed: str) -> Any:
    """The form of that act that stands beside that account."""
    page = client.get(PAGE).text
    to, data = next(one for one in Forms(page).found if one[0] == f"{PAGE}/{act}" and one[1]["login"] == login)
    return send(client, to, data | typed)


def opened_for(client: TestClient, login: str, role: str = "reader", service: str = "") -> str:
    """The first password of a new account, as it is read from the page."""
    to, data = opened(client, PAGE, PAGE)
    answer = send(client, to, data | {"login": login, "role": role, "service": service})
    assert answer.status_code == 200, answer.text
    return secret_of(answer.text)


def secret_of(page: str) -> str:
    found = re.search(r'class="code">([^<]+)<', page)
    assert found, page
    return found[1]


def enter(client: TestClient, login: str, password: str) -> int:
    client.cookies.clear()
    return int(send(client, "/console/connexion", {"login": login, "password": password}).status_code)


def choose(client: TestClient, first: str) -> None:
    """The owner changes the password that was given."""
    to, data = opened(client, "/console/compte", "/console/compte/mot-de-passe")
    answer = send(client, to, data | {"actuel": first, "nouveau": OWN, "encore": OWN})
    assert answer.headers["location"] == "/console/compte?fait=change"


def acts(engine: Engine) -> list[tuple[str, str]]:
    with database.reading(engine) as connection:
        return [(entry.act, entry.subject) for entry in audit_log.entries(connection, TERRITORY, 10)]


def test_a_colleague_who_comes_signs_in_with_the_password_shown_once(
    administrator: TestClient, engine: Engine
) -> None:
    password = opened_for(administrator, "Élodie B.")
    passwords.check_new(password, "Élodie B.")
    assert password not in administrator.get(PAGE).text
    assert acts(engine)[0] == ("Compte créé", "Élodie B.")
    assert enter(administrator, "Élodie B.", password) == 303
    choose(administrator, password)
    assert administrator.get("/console/publications").status_code == 200
    assert enter(administrator, "Élodie B.", OWN) == 303
    assert enter(administrator, "Élodie B.", password) == 401


def test_the_first_password_opens_nothing_but_the_page_where_it_is_changed(administrator: TestClient) -> None:
    password = opened_for(administrator, "claire", "coordinator")
    assert enter(administrator, "claire", password) == 303
    for path in ("/console/saisies", "/console/tableau-de-bord", "/console/publications"):
        answer = administrator.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/compte")
    assert "Choisissez d’abord votre mot de passe" in html.unescape(administrator.get("/console/compte").text)


@pytest.mark.parametrize("how", ["first", "renewed"])
def test_a_first_password_found_on_a_note_weeks_later_opens_nothing(
    administrator: TestClient, engine: Engine, clock: Clock, how: str
) -> None:
    password = opened_for(administrator, "claire")
    if how == "renewed":
        password = secret_of(send_form(administrator, "mot-de-passe", "claire").text)
    clock.wait(seconds=managing.FIRST_LASTS)
    assert enter(administrator, "claire", password) == 401


def test_a_partner_is_of_a_service_of_the_directory(administrator: TestClient) -> None:
    password = opened_for(administrator, "accueil", "partner", "mobijob")
    assert "service partenaire" in administrator.get(PAGE).text.lower()
    assert enter(administrator, "accueil", password) == 303
    choose(administrator, password)
    assert administrator.get("/console/coupons").status_code == 200


@pytest.mark.parametrize(
    ("login", "role", "service", "told"),
    [
        ("", "reader", "", "L’identifiant"), (" x", "reader", "", "L’identifiant"),
        ("a\u202eb", "reader", "", "L’identifiant"), ("administrator", "reader", "", "existe déjà"),
        ("x", "roi", "", "Ce rôle n’existe pas"), ("x", "partner", "", "nomme son service"),
        ("x", "reader", "mobijob", "nomme son service"), ("x", "partner", "rien", "n’est pas dans l’annuaire"),
    ],
)  # fmt: skip
def test_what_is_typed_wrong_is_told_and_makes_no_account(
    administrator: TestClient, engine: Engine, login: str, role: str, service: str, told: str
) -> None:
    to, data = opened(administrator, PAGE, PAGE)
    answer = send(administrator, to, data | {"login": login, "role": role, "service": service})
    assert answer.status_code == 422
    assert told in html.unescape(answer.text)
    with database.reading(engine) as connection:
        assert [one.login for one in managing.list_accounts(connection, TERRITORY)] == ["administrator"]


def test_who_changes_jobs_has_the_pages_of_the_new_one_and_none_of_the_old(
    administrator: TestClient, engine: Engine
) -> None:
    accounts.create_account(engine, TERRITORY, "claire", PASSWORD, "coordinator")
    answer = send_form(administrator, "role", "claire", role="reader")
    assert answer.headers["location"] == f"{PAGE}?fait=role"
    assert acts(engine)[0] == ("Rôle changé", "claire")
    assert enter(administrator, "claire", PASSWORD) == 303
    assert administrator.get("/console/saisies").status_code == 403


@pytest.mark.parametrize("act", ["role", "mot-de-passe", "fermer", "double"])
def test_a_session_that_is_open_ends_with_the_change(
    administrator: TestClient, engine: Engine, clock: Clock, database_url: str, act: str
) -> None:
    signed_in(administrator, database_url, "coordinator")
    turn_on(administrator, clock)
    theirs = dict(administrator.cookies)
    signed_in(administrator, database_url, "administrator")
    assert send_form(administrator, act, "coordinator", role="reader").status_code in (200, 303)
    administrator.cookies.clear()
    for name, value in theirs.items():
        administrator.cookies.set(name, value, domain="testserver.local", path="/")
    answer = administrator.get("/console/saisies", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/connexion")


def test_a_new_password_ends_the_old_one_and_keeps_the_second_factor(
    administrator: TestClient, engine: Engine, clock: Clock, database_url: str
) -> None:
    signed_in(administrator, database_url, "coordinator")
    turn_on(administrator, clock)
    signed_in(administrator, database_url, "administrator")
    password = secret_of(send_form(administrator, "mot-de-passe", "coordinator").text)
    assert enter(administrator, "coordinator", PASSWORD) == 401
    assert enter(administrator, "coordinator", password) == 401  # and the code


def test_who_left_signs_in_no_more_and_may_come_back_under_the_same_name(
    administrator: TestClient, engine: Engine
) -> None:
    accounts.create_account(engine, TERRITORY, "claire", PASSWORD, "coordinator")
    assert send_form(administrator, "fermer", "claire").status_code == 303
    assert acts(engine)[0] == ("Compte fermé", "claire")
    opened_for(administrator, "claire")
    assert enter(administrator, "claire", PASSWORD) == 401


@pytest.mark.parametrize("act", ["role", "mot-de-passe", "fermer", "double"])
def test_nobody_shuts_themselves_out(administrator: TestClient, engine: Engine, act: str) -> None:
    accounts.create_account(engine, TERRITORY, "claire", PASSWORD, "coordinator")
    page = administrator.get(PAGE).text
    assert not any(data.get("login") == "administrator" for _, data in Forms(page).found)
    if act == "double":
        return  # its button stands beside accounts that have one
    to, data = next(one for one in Forms(page).found if one[0] == f"{PAGE}/{act}")
    answer = send(administrator, to, data | {"login": "administrator", "role": "reader"})
    assert answer.status_code == 422
    assert "votre propre compte" in html.unescape(answer.text)
    assert enter(administrator, "administrator", PASSWORD) == 303


def test_an_account_closed_meanwhile_is_told(administrator: TestClient, engine: Engine) -> None:
    accounts.create_account(engine, TERRITORY, "claire", PASSWORD, "coordinator")
    page = administrator.get(PAGE).text
    managing.close_account(engine, ADMIN, "claire")
    to, data = form(page, f"{PAGE}/role")
    answer = send(administrator, to, data)
    assert answer.status_code == 422
    assert "Ce compte n’existe plus" in html.unescape(answer.text)


def test_accounts_are_touched_with_a_code_of_the_last_minutes_and_nothing_typed_is_lost(
    administrator: TestClient, engine: Engine, clock: Clock
) -> None:
    phone, _ = turn_on(administrator, clock)
    administrator.cookies.clear()
    typed = {"login": "administrator", "password": PASSWORD, "code": phone.next()}
    assert send(administrator, "/console/connexion", typed).status_code == 303
    to, data = opened(administrator, PAGE, PAGE)
    clock.wait(seconds=PROOF_LASTS + 1)
    asked = administrator.get(PAGE, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"].startswith(FACTOR)) == (303, True)
    clock.wait(seconds=PROOF_LASTS)
    stopped = send(administrator, to, data | {"login": "claire", "role": "reader"})
    assert stopped.status_code == 403
    assert "claire" in html.unescape(stopped.text)
    prove(administrator, phone)
    to, data = form(stopped.text, PAGE)
    assert secret_of(send(administrator, to, data).text)
    with database.reading(engine) as connection:
        assert "claire" in [one.login for one in managing.list_accounts(connection, TERRITORY)]


def prove(client: TestClient, phone: Authenticator) -> None:
    to, data = opened(client, FACTOR, f"{FACTOR}/verifier")
    assert send(client, to, data | {"code": phone.next()}).status_code == 303
