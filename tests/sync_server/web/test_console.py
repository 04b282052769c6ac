"""The console's doors: signing in and out, roles, forms that come from elsewhere, devices."""

from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, update

from shared.territory import TERRITORY
from sync_server.access import accounts, devices
from sync_server.directory import new_territory
from sync_server.storage import audit_log, database
from sync_server.storage.tables import Account, ConsoleSession, Device, table
from sync_server.web.context import COOKIE
from tests.sync_server.world import NOW, PASSWORD, PROTOCOL, Clock, enrolled

SHIPPED = accounts._HASHER
"""Read before the tests hash more quickly."""


def sign_in(client: TestClient, login: str, password: str) -> int:
    return client.post(
        "/console/connexion", data={"login": login, "password": password}, follow_redirects=False
    ).status_code


def csrf(client: TestClient, page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


def test_nobody_sees_a_figure_without_signing_in(client: TestClient) -> None:
    for page in ("/console", "/console/indicateurs", "/console/indicateurs.csv", "/console/appareils"):
        answer = client.get(page, follow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/console/connexion")


def test_the_coordinator_signs_in_and_out(coordinator: TestClient) -> None:
    page = coordinator.get("/console")
    assert page.status_code == 200
    assert page.url.path == "/console/tableau-de-bord"
    token = csrf(coordinator, "/console/indicateurs")
    coordinator.post("/console/deconnexion", data={"csrf": token})
    assert coordinator.get("/console", follow_redirects=False).status_code == 303


def test_the_session_cookie_is_out_of_reach_of_scripts_and_sites(coordinator: TestClient, engine: Engine) -> None:
    answer = coordinator.post(
        "/console/connexion", data={"login": "coordinator", "password": PASSWORD}, follow_redirects=False
    )
    cookie = answer.headers["Set-Cookie"].lower()
    assert cookie.startswith("__host-session=")
    assert all(word in cookie for word in ("httponly", "secure", "samesite=strict", "path=/"))
    with database.reading(engine) as connection:
        kept = connection.scalars(select(table(ConsoleSession).c.token_hash)).all()
    assert answer.cookies[COOKIE] not in kept


def test_a_wrong_password_and_an_unknown_login_look_the_same(coordinator: TestClient) -> None:
    pages = [
        coordinator.post("/console/connexion", data={"login": login, "password": "x" * 14})
        for login in ("coordinator", "nobody")
    ]
    assert [p.status_code for p in pages] == [401, 401]
    assert pages[0].text.replace("coordinator", "nobody") == pages[1].text
    assert "Identifiant, mot de passe ou code incorrect" in pages[0].text


def test_passwords_cannot_be_guessed_for_long(coordinator: TestClient, clock: Clock) -> None:
    for _ in range(20):  # ten of this browser, which is known, then ten as from any other
        assert sign_in(coordinator, "coordinator", "wrong") == 401
    assert sign_in(coordinator, "coordinator", PASSWORD) == 429
    clock.wait(minutes=15)
    assert sign_in(coordinator, "coordinator", PASSWORD) == 303


def test_a_session_ends_with_the_working_day(coordinator: TestClient, clock: Clock) -> None:
    clock.wait(hours=9)
    assert coordinator.get("/console", follow_redirects=False).headers["Location"] == "/console/connexion"


def test_a_new_password_ends_the_sessions_of_the_old(coordinator: TestClient, engine: Engine) -> None:
    accounts.create_account(engine, TERRITORY, "coordinator", "un autre mot de passe", "coordinator")
    assert coordinator.get("/console", follow_redirects=False).status_code == 303


def test_passwords_are_kept_by_owasp_s_profile(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_HASHER", SHIPPED)
    accounts.create_account(engine, TERRITORY, "coordination", PASSWORD, "coordinator")
    with database.reading(engine) as connection:
        kept = connection.scalars(select(table(Account).c.password_hash)).one()
    assert kept.startswith("$argon2id$v=19$m=7168,t=10,p=1$")


def test_a_password_kept_with_other_costs_is_kept_anew_once_typed(client: TestClient, engine: Engine) -> None:
    old = PasswordHasher(time_cost=3, memory_cost=8_192, parallelism=4).hash(PASSWORD)
    accounts.create_account(engine, TERRITORY, "coordination", PASSWORD, "coordinator")
    with database.writing(engine) as connection:
        connection.execute(update(table(Account)).values(password_hash=old))
    assert sign_in(client, "coordination", "faux") == 401
    for _ in range(2):
        assert sign_in(client, "coordination", PASSWORD) == 303
        with database.reading(engine) as connection:
            kept = connection.scalars(select(table(Account).c.password_hash)).one()
        assert not accounts._HASHER.check_needs_rehash(kept)


@pytest.mark.parametrize(("password", "role"), [("court", "coordinator"), ("une phrase assez longue", "king")])
def test_a_short_password_or_a_role_that_is_none_makes_no_account(
    engine: Engine, password: str, role: str
) -> None:
    with pytest.raises(ValueError, match=r"12 caractères|rôle n’existe pas"):
        accounts.create_account(engine, TERRITORY, "x", password, role)


def test_the_administrator_sees_devices_and_no_figure(administrator: TestClient) -> None:
    assert administrator.get("/console").url.path == "/console/appareils"
    refused = administrator.get("/console/indicateurs")
    assert refused.status_code == 403
    assert "Votre compte ne donne pas accès" in refused.text


def test_the_coordinator_handles_no_device(coordinator: TestClient) -> None:
    assert coordinator.get("/console/appareils").status_code == 403
    token = csrf(coordinator, "/console/indicateurs")
    assert coordinator.post("/console/appareils/code", data={"csrf": token, "team": "x"}).status_code == 403


def test_a_reader_sees_only_what_is_published(coordinator: TestClient, engine: Engine) -> None:
    with database.writing(engine) as connection:
        connection.execute(update(table(Account)).values(role="reader"))
    assert "Aucun chiffre" in coordinator.get("/console").text
    assert coordinator.get("/console/indicateurs").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_a_form_from_another_site_is_refused(administrator: TestClient, headers: dict[str, str]) -> None:
    data = {"csrf": csrf(administrator, "/console/appareils"), "team": "x"}
    assert administrator.post("/console/appareils/code", data=data, headers=headers).status_code == 403
    signing = administrator.post("/console/connexion", data={"login": "a", "password": "b"}, headers=headers)
    assert signing.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "https://testserver"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_of_ours_is_taken_as_browsers_send_it(administrator: TestClient, headers: dict[str, str]) -> None:
    answer = administrator.post(
        "/console/connexion",
        data={"login": "administrator", "password": PASSWORD},
        headers=headers,
        follow_redirects=False,
    )
    assert answer.status_code == 303


@pytest.mark.parametrize("token", ["", "x"])
def test_a_form_without_the_secret_of_the_session_is_refused(administrator: TestClient, token: str) -> None:
    answer = administrator.post("/console/appareils/code", data={"csrf": token, "team": "x"})
    assert answer.status_code == 403
    assert "expiré" in answer.text


def test_the_administrator_makes_a_code_that_enrols_a_tablet_then_revokes_it(
    administrator: TestClient, engine: Engine
) -> None:
    devices.create_team(engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
    data = {"csrf": csrf(administrator, "/console/appareils"), "team": "giromagny"}
    page = administrator.post("/console/appareils/code", data=data).text
    found = re.search(r'class="code">([A-Z0-9-]+)<', page)
    assert found
    assert found[1] not in administrator.get("/console/appareils").text  # shown once
    answer = administrator.post("/devices/enrol", json={"code": found[1]}, headers=PROTOCOL)
    assert (answer.status_code, answer.json()["team"]) == (200, "Giromagny")
    device = answer.json()["device_id"]
    assert device[:8] in administrator.get("/console/appareils").text
    revoked = administrator.post(f"/console/appareils/{device}/revoquer", data=data).text
    assert "Révoqué le 10/03/2026" in revoked
    administrator.post(f"/console/appareils/{device}/revoquer", data=data)  # a second time changes nothing
    administrator.post("/console/appareils/nobody/revoquer", data=data)
    with database.reading(engine) as connection:
        entries = audit_log.entries(connection, TERRITORY)
    assert [(e.login, e.act, e.subject) for e in reversed(entries)] == [
        ("administrator", "Code d’enrôlement créé", "équipe giromagny"),
        ("administrator", "Appareil révoqué", f"équipe giromagny, appareil {device}"),
    ]
    assert found[1] not in str(entries)


def test_a_code_for_a_team_that_is_none_says_so(administrator: TestClient) -> None:
    data = {"csrf": csrf(administrator, "/console/appareils"), "team": "atlantis"}
    answer = administrator.post("/console/appareils/code", data=data)
    assert answer.status_code == 404
    assert "Cette équipe n’existe pas" in answer.text


def test_invented_data_is_said_on_every_page(coordinator: TestClient, engine: Engine) -> None:
    assert "données fictives" not in coordinator.get("/console/indicateurs").text
    new_territory.mark_synthetic(engine, TERRITORY)
    for page in ("/console/indicateurs", "/console/connexion"):
        # In a landmark of its own: a reader of screens that goes from one to the next passes over nothing.
        assert re.search(
            r'<aside class="synthetic" aria-label="\w+">.*données fictives', coordinator.get(page).text
        )


def test_a_page_that_does_not_exist_is_a_french_page(coordinator: TestClient) -> None:
    answer = coordinator.get("/console/nulle-part")
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.text
    assert 'lang="fr"' in answer.text


def test_what_is_typed_comes_back_escaped(client: TestClient) -> None:
    answer = client.post("/console/connexion", data={"login": '"><script>alert(1)</script>', "password": "x"})
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    "query",
    ["du=hier", "du=2026-03-01&au=2026-02-01", "du=2000-01-01&au=2026-01-01", "arrete=x", "du=0000-00-00"],
)
def test_a_period_that_cannot_be_says_what_to_do(coordinator: TestClient, query: str) -> None:
    for ending in ("", ".csv", ".xlsx", ".ods"):
        answer = coordinator.get(f"/console/indicateurs{ending}?{query}")
        assert answer.status_code == 422
        assert "La période n’est pas valable" in answer.text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("du=2026-01-01&au=2026-12-31&arrete=2026-12-31", "Le jour d’arrêté est à venir"),
        ("arrete=2026-03-11", "Le jour d’arrêté est à venir"),
        ("du=2026-03-01&au=2026-03-09&arrete=2026-02-28", "Le jour d’arrêté précède le premier jour"),
        ("du=2026-03-11&au=2026-12-31", "Cette période n’a pas encore commencé"),
    ],
)
def test_a_cut_off_day_to_come_or_before_the_period_is_refused_wherever_figures_are_read(
    coordinator: TestClient, query: str, message: str
) -> None:
    for place in ("indicateurs", "indicateurs.csv", "carte", "carte.csv", "orientations", "saisies-detail.csv"):
        answer = coordinator.get(f"/console/{place}?{query}")
        assert (answer.status_code, message in answer.text) == (422, True), place
    assert message in coordinator.get(f"/console/saisies?indicateur=A4-12&{query}").text
    assert message in coordinator.get(f"/console/rapports/apercu?genre=periode&{_two_days(query)}").text


def _two_days(query: str) -> str:
    return query if "du=" in query else f"du=2026-01-01&au=2026-03-10&{query}"


def test_the_usual_cut_off_day_is_today_in_a_period_that_is_not_over_too(coordinator: TestClient) -> None:
    for query in ("", "du=2026-01-01&au=2026-12-31"):
        page = coordinator.get(f"/console/indicateurs?{query}").text
        assert "issues connues au 10/03/2026" in page
        assert re.search(r'name="arrete" type="date" value="2026-03-10" max="2026-03-10"', page)


def test_the_forms_of_the_figures_are_served(coordinator: TestClient) -> None:
    query = "du=2026-01-01&au=2026-03-31&par=mois&par=epci"
    page = coordinator.get(f"/console/indicateurs?{query}")
    assert page.status_code == 200
    assert "janvier 2026" in page.text
    csv = coordinator.get(f"/console/indicateurs.csv?{query}")
    assert csv.headers["Content-Type"].startswith("text/csv")
    assert 'filename="indicateurs_2026-01-01_2026-03-31.csv"' in csv.headers["Content-Disposition"]
    xlsx = coordinator.get(f"/console/indicateurs.xlsx?{query}")
    assert xlsx.content.startswith(b"PK")
    ods = coordinator.get(f"/console/indicateurs.ods?{query}")
    assert ods.headers["Content-Type"] == "application/vnd.oasis.opendocument.spreadsheet"
    assert ods.content.startswith(b"PK")


def test_devices_show_days_never_times(administrator: TestClient, engine: Engine) -> None:
    enrolled(administrator, engine)
    page = administrator.get("/console/appareils").text
    assert "10/03/2026" in page
    assert not re.search(r"\d{1,2}:\d{2}", page)
    with database.reading(engine) as connection:
        assert connection.scalars(select(table(Device).c.enrolled_on)).one() == NOW.date()
