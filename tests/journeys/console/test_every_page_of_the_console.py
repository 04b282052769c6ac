"""Every page of the console, empty and filled, in error and on paper: none can be forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.web.app import create_app
from sync_server.web.context import paris_now
from tests.browser import DESK, window
from tests.console import desk_page, faults, sign_in
from tests.journeys.conftest import World
from tests.journeys.filled import Places, fill

pytestmark = pytest.mark.journey
sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TODAY = paris_now().date()  # the server's day, whatever this machine's zone
OTHERS = {
    "/console/connexion": "",
    "/console/publications": "lecture",
    "/console/appareils": "admin",
    "/console/comptes": "admin",
    "/console/coupons": "mobijob",
    "/console/journal-de-securite": "controle",
    "/coupon": "",
}
"""The pages that are not the coordination's, and whose they are: the others have no one signed in."""
STATES = {
    "/console/compte": ("", "?fait=change"),
    "/console/comptes": ("", "?fait=role"),
    "/console/coupons": ("", "?fait=oui"),
    "/console/tablettes": ("", "?fait=confirmee"),
    "/console/journal-de-securite": ("", "?verifier=oui", "?qui=personne"),
    "/console/indicateurs": (
        "",
        "?par=genre&indicateur=A4-02",
        "?commune=90052&genre=femme&comparer=oui",
        "?par=mois&par=epci&par=genre&par=lieu",
        "?du=x",
    ),
    "/console/saisies": ("?faites=2&laissees=1", "?indicateur=A4-02&ou=gender:femme"),
    "/console/saisies/{record_id}": ("", "?fait=changee"),
    "/console/objectifs": ("?fait=1",),
    "/console/annuaire": ("", "?q=introuvable"),
    "/console/listes": ("?liste=place_type&fait=ajoute",),
    "/console/listes/communes": (f"?comme={TODAY.year}",),
}
"""What a page says besides, once there is something to say."""


def routes() -> set[str]:
    """Every page a person may open, from the application: a new one is asked for here by itself."""
    app = create_app(Settings(database_url="sqlite://"))
    app.state.context.engine.dispose()
    gets = (path for path, acts in app.openapi()["paths"].items() if "get" in acts)
    return {path for path in gets if path.startswith(("/console/", "/coupon")) and "." not in path}


def addresses(route: str, places: Places) -> Iterator[str]:
    """Where the pages of that route are: one of each thing, and each state of the first."""
    if route == "/console/rapports/comparer":
        old, new = places.get("report_id", ("", ""))
        yield f"{route}?avant={old}&apres={new}"
        return
    word = route.partition("{")[2].partition("}")[0]
    things = places.get("national" if "nationaux" in route else word, []) if word else [""]
    if route.endswith(("/corriger", "/supprimer", "{report_id}")):  # long, and alike: one will do
        things = things[:1]
    first, *others = [route.replace(f"{{{word}}}", thing) for thing in things] or [""]
    if first:
        yield from (first + state for state in (STATES.get(route, ("",)) if "record_id" in places else ("",)))
    yield from others


def walk(page: Page, world: World, chosen: set[str], places: Places) -> dict[str, list[str]]:
    """What is wrong, by address; two routes with one title too, and a route of which no page was opened."""
    found, titles, opened = {}, defaultdict(set), set()
    for route in sorted(chosen):
        for address in addresses(route, places):
            answer = page.goto(world.console.removesuffix("/console") + address)
            assert answer
            assert urlsplit(page.url).path == urlsplit(address).path  # nobody was sent elsewhere
            found[address] = faults(page)
            titles[page.title()].add(route)
            opened |= {route} if answer.ok else set()
    if "record_id" in places:
        found |= {route: ["not one page of it"] for route in chosen - opened}
    return {a: f for a, f in found.items() if f} | {t: sorted(r) for t, r in titles.items() if len(r) > 1}


@sqlite_alone
@pytest.mark.parametrize("state", ["before the first record", "after a year"])
def test_every_page_is_for_everybody(world: World, database_url: str, state: str) -> None:
    places: Places = {"code": ["A4-02"]}
    if state == "after a year":
        engine = database.connect(database_url)
        places = fill(engine, TODAY)
        engine.dispose()
    with window(DESK) as browser:
        page, said = desk_page(browser)
        found = walk(page, world, {path for path, login in OTHERS.items() if not login}, places)
        for path, login in OTHERS.items():
            if login:
                sign_in(page, world, login)
                found |= walk(page, world, {path}, places)
                page.context.clear_cookies()
        sign_in(page, world)
        found |= walk(page, world, routes() - OTHERS.keys(), places)
        assert found == {}
        assert said == []
        assert browser.strangers == set()


Wrong = tuple[str, dict[str, str], str]
"""Where a form stands, what is put in it by the name of the field, hidden ones too, and the button."""
FORMS: list[Wrong] = [
    ("/console/objectifs/A4-02", {"t0": "mille", f"y{TODAY.year}": "-1"}, "Enregistrer"),
    ("/console/objectifs/A4-02", {"lu": "ancien", "owner": "Autre"}, "Enregistrer"),
    ("/console/objectifs/financements", {f"planned{TODAY.year}": "x"}, "Enregistrer"),
    ("/console/objectifs/echeances", {"label": ""}, "Ajouter"),
    ("/console/objectifs/echeances/{deadline}", {"label": ""}, "Enregistrer"),
    ("/console/objectifs/nationaux/{national}", {"label": "", f"v{TODAY.year}": "x"}, "Enregistrer"),
    ("/console/saisies/{record_id}", {"note": "rappeler au 06 12 34 56 78"}, "Marquer à revoir"),
    ("/console/saisies/{record_id}/corriger", {"commune": ""}, "Enregistrer la correction"),
    ("/console/saisies/{record_id}/corriger", {"base": "1", "rsa": "oui"}, "Enregistrer la correction"),
    ("/console/annuaire/nouveau", {"name": "", "phone": "12"}, "Enregistrer"),
    ("/console/annuaire/service/{service_id}", {"revision": "99", "name": "Autre nom"}, "Enregistrer"),
    ("/console/annuaire/import", {}, "Voir ce qui changerait"),
    ("/console/listes", {"label": "", "national": ""}, "Ajouter"),
    ("/console/listes/communes", {"vues": "90001"}, "Enregistrer les communes"),
    ("/console/rapports/apercu", {"seen": "x"}, "Figer ce rapport"),
    ("/console/compte", {"actuel": "x", "nouveau": "court", "encore": "court"}, "Changer de mot de passe"),
    ("/console/compte/double/preparer", {"code": "1", "actuel": "x"}, "Activer"),
    ("/console/compte/double", {"code": "1"}, "Continuer"),
    ("/coupon", {"code": "ABC-DEF-GHX"}, "Envoyer"),
]
FILL = """values => {
  for (const form of document.forms) form.noValidate = true;
  for (const [name, value] of Object.entries(values))
    for (const field of document.querySelectorAll(`form[method=post] [name="${name}"]`)) field.value = value;
}"""
"""Past what the browser itself would have held back."""


@sqlite_alone
def test_a_form_sent_wrong_says_so_to_everybody(world: World, database_url: str) -> None:
    engine = database.connect(database_url)
    places = {word: things[0] for word, things in fill(engine, TODAY).items()}
    engine.dispose()
    with window(DESK) as browser:
        page, said = desk_page(browser)
        page.goto(f"{world.console}/connexion")
        page.get_by_label("Identifiant").fill("coordination")
        page.get_by_label("Mot de passe").fill("une autre phrase")
        page.get_by_role("button", name="Se connecter").click()
        expect(page.get_by_role("alert")).to_be_visible()
        found = {"connexion": faults(page)}
        sign_in(page, world)
        for place, values, button in FORMS:
            page.goto(world.console.removesuffix("/console") + place.format(**places))
            page.evaluate(FILL, values)
            page.get_by_role("button", name=button).last.click()
            expect(page.get_by_role("alert").first).to_be_visible()
            found[f"{place} {values}"] = faults(page)
        assert {form: wrong for form, wrong in found.items() if wrong} == {}
        assert said == []
        assert browser.strangers == set()


@sqlite_alone
def test_the_link_and_the_square_of_a_new_code_are_for_everybody(world: World) -> None:
    with window(DESK) as browser:
        page, said = desk_page(browser)
        sign_in(page, world, "admin")
        page.get_by_role("button", name="Créer un code").click()
        square = page.get_by_role("img", name="Carré à scanner")
        expect(square).to_be_visible()
        expect(page.get_by_text(f"{world.app}#code=")).to_be_visible()
        assert faults(page) == []
        box = square.bounding_box()
        assert box
        assert box["width"] >= 200  # read by a tablet held at arm's length
        assert said == []
        assert browser.strangers == set()


SPOILT = """<html lang="en"><title>Sans nom</title><body><nav style="display: block">Menu</nav><main>
<div style="overflow: auto; width: 90px"><table style="width: 2000px">
<tr><th>Âge<td style="color: #ccc">18</table></div>
<img src="data:," width="1500">
</main></body></html>"""


def test_the_judge_of_the_pages_sees_what_is_wrong() -> None:
    with window(DESK) as browser:
        page, _ = desk_page(browser)
        page.goto("about:blank")
        page.set_content(SPOILT)
        found = "\n".join(faults(page))
    for wrong in ("color-contrast", "image-alt", "the language", "the title", "first level: 0", "without a name",
                  "a header of nothing", "a table without a name", "a table without headers", "in 1440", "in 720",
                  "out of the reach of the keyboard", "printed: <nav", "cut at", "cut by"):  # fmt: skip
        assert wrong in found, wrong
