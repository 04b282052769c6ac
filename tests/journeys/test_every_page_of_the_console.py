"""Every page of the console, empty and filled, in error and on paper: none can be forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Page

from sync_server import database
from sync_server.app import create_app
from sync_server.settings import Settings
from tests.browser import DESK, window
from tests.console import desk_page, faults, sign_in
from tests.journeys.conftest import World
from tests.journeys.filled import Places, fill

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
TODAY = date.today()  # noqa: DTZ011  # the server of a journey has the true clock
OTHERS = {
    "/console/connexion": "",
    "/console/publications": "lecture",
    "/console/appareils": "admin",
    "/coupon": "",
}
"""The pages that are not the coordination's, and whose they are: the others have no one signed in."""
STATES = {
    "/console/indicateurs": (
        "?par=genre&indicateur=A4-02",
        "?commune=90052&genre=femme&comparer=oui",
        "?par=mois&par=epci&par=genre&par=lieu",
        "?du=x",
    ),
    "/console/saisies": ("?indicateur=A4-02&ou=gender:femme", "?etat=supprimee", "?faites=2&laissees=1"),
    "/console/saisies/{record_id}": ("?fait=changee",),
    "/console/carte": ("?indicateur=A3-09",),
    "/console/objectifs": ("?fait=1",),
    "/console/annuaire": ("?q=introuvable",),
    "/console/listes": ("?liste=place_type&fait=ajoute",),
    "/console/listes/communes": (f"?comme={TODAY.year}",),
}
"""What a page looks like besides by itself."""


def routes() -> set[str]:
    """Every page a person may open, from the application: a new one is asked for here by itself."""
    app = create_app(Settings(database_url="sqlite://"))
    app.state.context.engine.dispose()
    gets = (path for path, acts in app.openapi()["paths"].items() if "get" in acts)
    return {path for path in gets if path.startswith(("/console/", "/coupon")) and "." not in path}


def addresses(route: str, places: Places) -> Iterator[str]:
    """Where the pages of that route are: one of each thing, and each state."""
    if route == "/console/rapports/comparer":
        old, new = places.get("report_id", ("", ""))
        yield f"{route}?avant={old}&apres={new}"
        return
    word = route.partition("{")[2].partition("}")[0]
    things = places.get("national" if "nationaux" in route else word, []) if word else [""]
    if route.endswith(("/corriger", "/supprimer", "{report_id}")):  # long, and alike: one will do
        things = things[:1]
    for thing in things:
        yield route.replace(f"{{{word}}}", thing)
    for state in STATES.get(route, ()) if places.get("record_id") else ():
        yield route.replace(f"{{{word}}}", things[0]) + state


def walk(page: Page, world: World, chosen: set[str], places: Places) -> dict[str, list[str]]:
    """What is wrong, by address; two routes with one title too."""
    found, titles = {}, defaultdict(set)
    for route in sorted(chosen):
        for address in addresses(route, places):
            page.goto(world.console.removesuffix("/console") + address)
            found[address] = faults(page)
            titles[page.title()].add(route)
    assert found
    return {a: f for a, f in found.items() if f} | {t: sorted(r) for t, r in titles.items() if len(r) > 1}


@pytest.mark.parametrize("state", ["before the first record", "after a year"])
def test_every_page_is_for_everybody(desk: World, database_url: str, state: str) -> None:
    places: Places = {"code": ["A4-02"]}
    if state == "after a year":
        engine = database.connect(database_url)
        places = fill(engine, TODAY)
        engine.dispose()
    with window(DESK) as browser:
        page, said = desk_page(browser)
        found = walk(page, desk, {path for path, login in OTHERS.items() if not login}, places)
        for path, login in OTHERS.items():
            if login:
                sign_in(page, desk, login)
                found |= walk(page, desk, {path}, places)
                page.context.clear_cookies()
        sign_in(page, desk)
        found |= walk(page, desk, routes() - OTHERS.keys(), places)
        assert found == {}
        assert said == []
        assert browser.strangers == set()
