"""A session that ends while somebody types: nothing typed is lost, and nobody else reads it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from shared.models.tables import Service
from shared.territory import TERRITORY
from sync_server.access import accounts, kept_forms
from sync_server.access.kept_forms import KeptForm
from sync_server.access.sessions import SignedIn
from sync_server.storage import database
from sync_server.storage.tables import ConsoleSession, table
from sync_server.web.context import COOKIE
from tests.sync_server.world import PASSWORD, Clock

NEW = "/console/annuaire/nouveau"
TYPED = {
    "name": "Épicerie « Chez l’Aînée » & cie", "themes": "equipement-et-alimentation--alimentation",
    "commune": "90033", "access": "Sonner deux fois,\r\nau fond de la cour <b>",
}  # fmt: skip
IDLE, ENDED = {"minutes": 31}, {"hours": 9}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return unescape(found[1]) if found else ""


def secrets_of(page: str, action: str) -> dict[str, str]:
    """What the form that is sent there must bring back."""
    form = page[page.index(f'action="{action}"') :]
    return {name: hidden(form, name) for name in ("csrf", "nonce")}


def fill_in(client: TestClient) -> dict[str, str]:
    """A page of that session, filled in and not sent yet."""
    return TYPED | secrets_of(client.get(NEW).text, NEW)


def left_alone(client: TestClient, clock: Clock) -> str:
    """The form as the page that asks to sign in carries it, sent after half an hour without a word."""
    form = fill_in(client)
    clock.wait(**IDLE)
    return hidden(client.post(NEW, data=form).text, "kept")


def sign_in(client: TestClient, kept: str, login: str = "coordinator", password: str = PASSWORD) -> Any:
    data = {"login": login, "password": password, "kept": kept}
    return client.post("/console/connexion", data=data, follow_redirects=False)


def names(engine: Engine) -> list[str]:
    with database.reading(engine) as connection:
        c = table(Service).c
        return list(connection.scalars(select(c.name).where(c.name == TYPED["name"])))


@pytest.mark.parametrize("gone", [IDLE, ENDED])
def test_a_service_typed_over_a_long_call_comes_back_filled_and_is_saved(
    coordinator: TestClient, clock: Clock, engine: Engine, gone: dict[str, float]
) -> None:
    form = fill_in(coordinator)
    clock.wait(**gone)
    asked = coordinator.post(NEW, data=form)
    assert asked.status_code == 401
    assert "Votre session a pris fin" in asked.text
    assert 'value="coordinator"' in asked.text
    assert TYPED["name"] not in unescape(asked.text)
    back = sign_in(coordinator, hidden(asked.text, "kept"))
    assert back.status_code == 200
    assert names(engine) == []  # it is never sent by itself
    shown = {name: hidden(back.text, name) for name in TYPED}
    assert shown == TYPED
    fresh = shown | secrets_of(back.text, NEW)
    assert coordinator.post(NEW, data=fresh, follow_redirects=False).status_code == 303
    assert names(engine) == [TYPED["name"]]


def test_signed_out_in_another_tab_loses_nothing_either(coordinator: TestClient, engine: Engine) -> None:
    form = fill_in(coordinator)
    cookie = coordinator.cookies[COOKIE]
    coordinator.post("/console/deconnexion", data={"csrf": form["csrf"]})
    coordinator.cookies.set(COOKIE, cookie, domain="testserver.local", path="/")
    asked = coordinator.post(NEW, data=form)
    assert sign_in(coordinator, hidden(asked.text, "kept")).text.count(TYPED["commune"]) >= 1


def test_a_new_password_ends_the_session_and_keeps_what_was_typed(coordinator: TestClient, engine: Engine) -> None:
    form = fill_in(coordinator)
    other = "une tout autre phrase"
    accounts.create_account(engine, TERRITORY, "coordinator", other, "coordinator")
    asked = coordinator.post(NEW, data=form)
    back = sign_in(coordinator, hidden(asked.text, "kept"), password=other)
    assert hidden(back.text, "name") == TYPED["name"]


def test_another_account_at_the_same_computer_is_shown_nothing(
    coordinator: TestClient, clock: Clock, engine: Engine
) -> None:
    accounts.create_account(engine, TERRITORY, "remplacante", PASSWORD, "coordinator")
    kept = left_alone(coordinator, clock)
    answer = sign_in(coordinator, kept, "remplacante")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert TYPED["name"] not in unescape(answer.text)


def test_two_tabs_that_ask_to_sign_in_lose_neither_form(coordinator: TestClient, clock: Clock) -> None:
    forms = fill_in(coordinator), fill_in(coordinator) | {"name": "Accueil de jour"}
    clock.wait(**IDLE)
    kept = [hidden(coordinator.post(NEW, data=form).text, "kept") for form in forms]
    assert [hidden(sign_in(coordinator, one).text, "name") for one in kept] == [TYPED["name"], "Accueil de jour"]


def test_the_page_loaded_again_after_signing_in_still_has_what_was_typed(
    coordinator: TestClient, clock: Clock
) -> None:
    kept = left_alone(coordinator, clock)
    assert [hidden(sign_in(coordinator, kept).text, "name") for _ in range(2)] == [TYPED["name"]] * 2


def test_another_account_in_the_second_tab_is_shown_nothing(
    coordinator: TestClient, clock: Clock, engine: Engine
) -> None:
    accounts.create_account(engine, TERRITORY, "remplacante", PASSWORD, "coordinator")
    kept = left_alone(coordinator, clock)
    sign_in(coordinator, kept)
    answer = sign_in(coordinator, kept, "remplacante")
    assert answer.status_code == 303
    assert TYPED["name"] not in unescape(answer.text)


def test_a_stolen_session_ends_when_its_owner_signs_in_again(coordinator: TestClient, engine: Engine) -> None:
    stolen = coordinator.cookies[COOKIE]
    sign_in(coordinator, "")
    assert coordinator.cookies[COOKIE] != stolen
    coordinator.cookies.set(COOKIE, stolen, domain="testserver.local", path="/")
    answer = coordinator.get("/console/annuaire", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/connexion")


def test_a_wrong_password_and_a_wait_lose_nothing(coordinator: TestClient, clock: Clock) -> None:
    kept = left_alone(coordinator, clock)
    statuses = []
    for _ in range(24):  # ten as the known browser that it is, ten more as any other
        answer = sign_in(coordinator, kept, password="une autre phrase")
        statuses.append(answer.status_code)
        kept = hidden(answer.text, "kept")
    assert set(statuses) == {401, 429}
    assert answer.headers["Retry-After"]
    clock.wait(minutes=20)
    assert hidden(sign_in(coordinator, kept).text, "name") == TYPED["name"]


@pytest.mark.parametrize("wrong", ["csrf", "nonce"])
def test_a_form_that_another_site_wrote_is_not_carried(coordinator: TestClient, clock: Clock, wrong: str) -> None:
    form = fill_in(coordinator) | {wrong: "x"}
    clock.wait(**IDLE)
    answer = coordinator.post(NEW, data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/connexion")


def test_a_form_that_had_acted_is_not_brought_back(coordinator: TestClient, clock: Clock, engine: Engine) -> None:
    form = fill_in(coordinator)
    coordinator.post(NEW, data=form)
    clock.wait(**IDLE)
    assert coordinator.post(NEW, data=form, follow_redirects=False).status_code == 303
    assert names(engine) == [TYPED["name"]]


def test_without_any_session_one_is_asked_to_sign_in(client: TestClient) -> None:
    answer = client.post(NEW, data=TYPED | {"csrf": "x", "nonce": "y.z"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/connexion")


def test_a_day_after_its_end_a_session_is_known_no_more(coordinator: TestClient, clock: Clock) -> None:
    form = fill_in(coordinator)
    clock.wait(hours=8 + 25)
    assert coordinator.post(NEW, data=form, follow_redirects=False).status_code == 303


def test_a_file_is_chosen_again_and_the_page_says_so(coordinator: TestClient, clock: Clock) -> None:
    page = coordinator.get("/console/annuaire/import").text
    form = secrets_of(page, "/console/annuaire/import")
    field = re.search(r'<input[^>]*name="(\w+)"[^>]*type="file"|type="file"[^>]*name="(\w+)"', page)
    assert field
    name = field[1] or field[2]
    clock.wait(**IDLE)
    asked = coordinator.post("/console/annuaire/import", data=form, files={name: ("a.json", b"{}")})
    back = sign_in(coordinator, hidden(asked.text, "kept"))
    assert "Fichier, à choisir de nouveau" in back.text
    assert f'name="{name}" type="file"' in back.text


def test_half_an_hour_without_a_word_ends_the_session_and_reading_goes_on_keeps_it(
    coordinator: TestClient, clock: Clock
) -> None:
    for _ in range(5):
        clock.wait(minutes=29)
        assert coordinator.get("/console/journal", follow_redirects=False).status_code == 200
    clock.wait(minutes=30)
    assert coordinator.get("/console/journal", follow_redirects=False).status_code == 303


def test_eight_hours_end_it_however_busy_one_is(coordinator: TestClient, clock: Clock) -> None:
    for _ in range(24):
        clock.wait(minutes=20)
        last = coordinator.get("/console/journal", follow_redirects=False).status_code
    assert last == 303


def test_what_is_asked_in_one_minute_is_noted_once(coordinator: TestClient, clock: Clock, engine: Engine) -> None:
    seen = set()
    for _ in range(4):
        clock.wait(seconds=20)
        coordinator.get("/console/journal")
        with database.reading(engine) as connection:
            seen.add(connection.scalar(select(table(ConsoleSession).c.seen_at)))
    assert len(seen) == 2


ENDED_SESSION = SignedIn("coordinator", "coordinator", "secret")
FORM = KeptForm("/console/listes?liste=theme", [("label", "Été"), ("label", "Hiver")], ["file"])


@given(st.lists(st.tuples(st.text(max_size=9), st.text()), max_size=6))
def test_whatever_was_typed_comes_back_as_it_was(typed: list[tuple[str, str]]) -> None:
    form = KeptForm("/console", typed, [])
    assert kept_forms.unseal(kept_forms.seal(form, ENDED_SESSION), ENDED_SESSION) == form


@pytest.mark.parametrize(
    "other", [SignedIn("autre", "coordinator", "secret"), SignedIn("coordinator", "coordinator", "autre")]
)
def test_nobody_else_opens_it(other: SignedIn) -> None:
    assert kept_forms.unseal(kept_forms.seal(FORM, ENDED_SESSION), other) is None


@pytest.mark.parametrize("text", ["", "x", "é", "AAAA", "A" * 400, "\0"])
def test_what_is_not_a_kept_form_is_nothing(text: str) -> None:
    assert kept_forms.unseal(text, ENDED_SESSION) is None


def test_a_form_too_long_for_a_page_is_not_carried() -> None:
    drawn = "".join(chr(0x4E00 + i * 7_919 % 20_000) for i in range(600_000))
    assert kept_forms.seal(KeptForm("/console", [("note", drawn)], []), ENDED_SESSION) == ""


def test_a_form_packed_to_unpack_without_end_is_not_brought_back(
    coordinator: TestClient, clock: Clock, engine: Engine
) -> None:
    form = fill_in(coordinator) | dict.fromkeys(
        ("access", "name"), "\x01" * 950_000
    )  # six times as long where it is kept
    clock.wait(**IDLE)
    sent = {name: (None, value) for name, value in form.items()}
    kept = hidden(coordinator.post(NEW, files=sent).text, "kept")
    assert sign_in(coordinator, kept).status_code in (200, 303)
