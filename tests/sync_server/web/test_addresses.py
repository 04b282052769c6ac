"""Any address a person may type: a page in French that says what to do, never a broken one, on both databases."""

from __future__ import annotations

import html
from datetime import date

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from sync_server.errors import ServerError
from sync_server.web.app import ROUTERS
from sync_server.web.context import readable_form
from sync_server.web.filters.days import EARLIEST, LATEST, day
from tests.sync_server.web.test_console import csrf
from tests.sync_server.world import encounter, enrolled, push

FAR = (
    "indicateurs?du={0}-01-01&au={0}-12-31&comparer=oui",
    "indicateurs?arrete={0}-01-01",
    "indicateurs.csv?du={0}-01-01&au={0}-12-31",
    "indicateurs/A4-02.svg?par=mois&arrete={0}-01-01",
    "carte?du={0}-01-01&au={0}-12-31",
    "carte?arrete={0}-01-01",
    "orientations?du={0}-01-01&au={0}-12-31",
    "saisies-detail.csv?du={0}-01-01&au={0}-01-02",
    "rapports/apercu?genre=periode&du={0}-01-01&au={0}-12-31",
    "rapports/apercu?genre=annuel&annee=2026&arrete={0}-01-01",
    "saisies?du={0}-01-01",
    "saisies?indicateur=A4-12&arrete={0}-12-31",
    "saisies/signalements?du={0}-01-01&au={0}-12-31",
    "saisies/signalements?au={0}-12-31",
)


def refused(client: TestClient, address: str, *statuses: int) -> str:
    """What the page says, refused with one of those statuses."""
    answer = client.get(f"/console/{address}")
    assert answer.status_code in statuses, (address, answer.status_code)
    return html.unescape(answer.text)


def test_a_day_at_the_end_of_the_calendar_is_refused_with_what_to_choose(coordinator: TestClient) -> None:
    for address in FAR:
        for year in ("0001", "9999"):
            assert "Choisissez des jours entre le 01/01/2000 et" in refused(coordinator, address.format(year), 422)


@pytest.mark.parametrize("year", ["0001", "9999", "-5", "x", "²"])
def test_a_report_of_a_year_that_is_none_of_the_pact_is_refused(coordinator: TestClient, year: str) -> None:
    assert "La période n’est pas valable" in refused(
        coordinator, f"rapports/apercu?genre=annuel&annee={year}", 422
    )


def test_a_day_is_read_within_bounds_that_leave_room_for_what_is_counted_from_it() -> None:
    assert (day(""), day("2026-03-09"), day("2000-01-01")) == (None, date(2026, 3, 9), EARLIEST)
    assert LATEST.year < date.max.year - 4
    for text, code in (("1999-12-31", "bad_day"), ("2101-01-01", "bad_day"), ("demain", "bad_period")):
        with pytest.raises(ServerError) as error:
            day(text)
        assert error.value.code == code


PAGES = ("indicateurs?comparer=oui&", "carte?", "saisies/signalements?", "orientations?", "saisies?")


@pytest.mark.parametrize("page", PAGES)
def test_the_first_and_the_last_day_that_are_taken_break_no_page(coordinator: TestClient, page: str) -> None:
    assert coordinator.get(f"/console/{page}du=2000-01-01&au=2000-12-31").status_code == 200
    answer = coordinator.get(f"/console/{page}du=2100-01-01&au=2100-12-31")
    assert answer.status_code in (200, 422)  # the records of days to come can be looked for, not their figures
    assert (answer.status_code == 422) == ("pas encore commencé" in answer.text)


NUL = (
    "saisies?equipe=%00", "saisies?type=%00", "saisies?action=%00", "saisies?commune=%00", "saisies?etat=a%00b",
    "saisies?indicateur=A4-02&ou=place_type:%00", "saisies?%00=1", "saisies/%00", "saisies/%00/corriger",
    "saisies/signalements?equipe=%00", "indicateurs?lieu=%00", "annuaire/service/%00", "annuaire/import/%00",
    "rapports/%00", "rapports/%00.csv", "rapports/comparer?avant=%00&apres=%00", "objectifs/%00",
    "listes?liste=%00",
)  # fmt: skip


def test_a_nul_in_an_address_is_refused_on_every_page(coordinator: TestClient) -> None:
    for address in NUL:
        text = refused(coordinator, address, 400, 404)
        assert "caractère illisible" in text or "n’existe pas" in text, address


def test_a_tablet_whose_cursor_was_damaged_still_starts_afresh(client: TestClient, engine: Engine) -> None:
    answer = client.get("/sync/pull?cursor=%00", headers=enrolled(client, engine))
    assert answer.status_code == 200
    assert answer.json()["refetch"]


def test_a_nul_in_a_note_is_told_beside_it_and_nothing_is_kept(coordinator: TestClient, engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    page = f"/console/saisies/{met['id']}"
    data = {"csrf": csrf(coordinator, page), "revision": 1, "nouvel_etat": "validee", "note": "vu\x00"}
    answer = coordinator.post(f"{page}/etat", data=data)
    assert answer.status_code == 422
    assert "La note contient un caractère illisible" in html.unescape(answer.text)
    many = {"csrf": data["csrf"], "nouvel_etat": "validee", "choisies": ["\x00:1"]}
    assert coordinator.post("/console/saisies/etat", data=many).status_code == 400


def test_a_nul_in_the_name_of_a_team_is_refused(administrator: TestClient) -> None:
    page = "/console/appareils"
    answer = administrator.post(f"{page}/code", data={"csrf": csrf(administrator, page), "team": "\x00"})
    assert answer.status_code == 400
    assert "caractère illisible" in html.unescape(answer.text)


def test_the_forms_that_look_up_what_they_are_given_ask_for_readable_text() -> None:
    routes = [r for part in ROUTERS for r in part.router.routes if isinstance(r, APIRoute)]
    asked = {r.path for r in routes if readable_form in [d.call for d in r.dependant.dependencies]}
    assert asked == {
        "/console/saisies/etat", "/console/appareils/code", "/console/appareils/{device_id}/revoquer",
        "/console/appareils/comptes/lever", "/console/compte/fin", "/console/compte/mot-de-passe",
        *(f"/console/compte/double/{act}" for act in ("activer", "codes", "retirer", "verifier")),
        "/console/comptes", *(f"/console/comptes/{act}" for act in ("double", "fermer", "mot-de-passe", "role")),
    }  # fmt: skip
