"""A service where a language is spoken, and the way in: found, told on the card, unknown where nobody told."""

from __future__ import annotations

from typing import Any

import flet as ft
import pytest

from field_app.directory import Directory, Filters
from field_app.state import services as states
from field_app.state.desk import Desk
from field_app.state.services import Services
from field_app.store.kept import Kept
from shared import choices, slip_words
from shared.models import ServiceFields
from tests.field_app.screens.test_screens import home, screen  # noqa: F401  # the fixtures of the screens
from tests.field_app.state.test_services import pulled
from tests.field_app.store.test_full_memory import session_of
from tests.flet_headless import Screen

RIGHTS = "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits"
BUS = "Bus 1, arrêt Mairie ; sans rendez-vous"
TOLD: dict[str, Any] = {"languages": ["fr", "ar", "lsf", "interprete"], "access": BUS, "wheelchair": "oui"}


def ids(directory: Directory, words: str = "", language: str = "") -> set[str]:
    return {e.id for e in directory.search(Filters(words, language=language), None)}


@pytest.mark.parametrize("words", ["arabe", "parle arabe", "on parle ARABE", "langue des signes", "interprete"])
def test_a_worker_types_a_language_and_finds_where_it_is_spoken(words: str) -> None:
    directory = Directory([pulled("relais", **TOLD), pulled("mairie", languages=["tr"]), pulled("gare")])
    assert ids(directory, words) == {"relais"}


@pytest.mark.parametrize("language", slip_words.LANGUAGES)
def test_each_language_of_the_slip_is_found_by_the_name_the_worker_gives_it(language: str) -> None:
    others = [code for code in slip_words.LANGUAGES if code != language]
    directory = Directory([pulled("relais", languages=[language]), pulled("gare", languages=others)])
    assert ids(directory, f"on y parle {slip_words.load(language).in_french}") == {"relais"}


def test_a_bus_and_a_wheelchair_are_looked_for_by_their_words() -> None:
    found = [pulled("plain-pied", **TOLD), pulled("escalier", access="3e étage", wheelchair="non")]
    directory = Directory(found)
    assert ids(directory, BUS) == {"plain-pied"}
    assert ids(directory, "fauteuil") == {"plain-pied"}  # one that cannot be entered is no answer
    assert ids(directory, "3e etage") == {"escalier"}


def test_the_filter_keeps_the_language_and_proposes_only_those_somebody_speaks() -> None:
    assert Directory().languages == []
    directory = Directory([pulled("relais", **TOLD), pulled("mairie", languages=["tr", "ar"])])
    assert [c.code for c in directory.languages] == ["fr", "ar", "tr", "lsf", "interprete"]
    assert ids(directory, language="ar") == {"relais", "mairie"}
    assert ids(directory, language="tr") == {"mairie"}
    retired = Kept("mairie", "service", {"name": "Mairie", "languages": ["tr"]}, "received", deleted=True)
    assert "tr" not in {c.code for c in Directory([pulled("relais", **TOLD), retired]).languages}


@pytest.mark.parametrize(
    ("sent", "languages", "wheelchair"),
    [
        ({}, [], None),  # a server of before
        ({"languages": ["tr", "later"], "wheelchair": "later"}, ["tr"], None),  # a server of later
        ({"languages": [], "wheelchair": None, "access": None}, [], None),
    ],
)
def test_a_service_of_another_version_of_the_server_is_shown_as_far_as_it_is_known(
    sent: dict[str, Any], languages: list[str], wheelchair: str | None
) -> None:
    service = Directory([pulled("relais", themes=[RIGHTS], **sent)]).get("relais")
    assert service is not None
    assert (service.languages, service.wheelchair, service.access) == (languages, wheelchair, None)
    assert service.themes == [RIGHTS]


def test_what_is_said_of_the_languages_and_of_the_way_in() -> None:
    told = ServiceFields(name="Relais", **TOLD)
    assert (
        states.spoken(told)
        == "Langues : français, arabe, langue des signes française (LSF), interprète sur demande"
    )
    assert states.ways_in(told) == [f"Accès : {BUS}", "Accessible en fauteuil roulant"]
    upstairs = ServiceFields(name="Étage", wheelchair="non")
    assert states.ways_in(upstairs) == ["Pas accessible en fauteuil roulant"]
    bare = ServiceFields(name="Sans rien")
    assert (states.spoken(bare), states.ways_in(bare)) == ("", [])


async def test_a_language_leaves_out_the_services_nobody_asked_and_says_how_many(desk: Desk) -> None:
    found = [pulled("relais", **TOLD), pulled("mairie", languages=["tr"]), pulled("zinzolin")]
    desk.directory = Directory(found)
    services = Services(_desk=desk)
    await services.take(found)
    assert (services.without_languages, len(services.entries)) == (0, 38)
    services.look_for(Filters(language="tr"), open_now=False)
    assert [e.id for e in services.entries] == ["mairie"]
    assert services.without_languages == 36  # the 35 that shipped, and one more
    services.look_for(Filters("zinzolin", language="tr"), open_now=False)
    assert (services.entries, services.without_languages) == ([], 1)
    services.look_for(Filters("zinzolin"), open_now=False)
    assert services.without_languages == 0


async def test_another_family_of_needs_keeps_the_language_that_was_asked(desk: Desk) -> None:
    services = Services(_desk=desk)
    need = choices.load("theme")[RIGHTS]
    other = next(c for c in choices.load("theme_group").by_code if c != need.group)
    services.look_for(Filters("x", other, RIGHTS, "jeunes", "tr"), open_now=False)
    assert services.filters == Filters("x", other, "", "jeunes", "tr")


async def keep(home: Screen, service_id: str, **fields: Any) -> None:  # noqa: F811  # the fixture
    raw = {"name": service_id.title(), **fields}
    await session_of(home)._opened.store.keep(Kept(service_id, "service", raw, "received"))


def lines_of(home: Screen, *names: str) -> list[str]:  # noqa: F811  # the fixture
    return [said for said in home.texts if said.startswith(names)]


async def test_the_card_tells_the_languages_and_the_details_the_way_in(home: Screen) -> None:  # noqa: F811  # fixture
    await keep(home, "relais", **TOLD)
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "parle arabe")
    assert home.says("1 service")
    assert lines_of(home, "Langues", "Accès") == [states.spoken(ServiceFields(name="Relais", **TOLD))]
    await home.tap("Voir Relais")
    assert len(lines_of(home, "Langues")) == 1
    assert home.says(f"Accès : {BUS}")
    assert home.says("Accessible en fauteuil roulant")


async def test_a_service_of_which_nobody_told_says_nothing_about_it(home: Screen) -> None:  # noqa: F811  # the fixture
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "mobijob")
    await home.tap("Voir Mobijob (MIFE 90)")
    assert home.says("Téléphone")
    assert lines_of(home, "Langues", "Accès", "Accessible", "Pas accessible") == []


async def test_no_list_of_languages_is_offered_until_a_service_has_one(home: Screen) -> None:  # noqa: F811  # fixture
    await home.tap("Annuaire")
    await home.choose("Filtres")
    assert "Langue parlée" not in [c.label for c in home.all(ft.Dropdown)]
    await home.tap("Retour à l’accueil")
    await keep(home, "relais", **TOLD)
    await keep(home, "mairie", languages=["uk"])
    await home.tap("Annuaire")
    await home.choose("Filtres")
    box = next(c for c in home.all(ft.Dropdown) if c.label == "Langue parlée")
    assert [str(o.text) for o in box.options][:3] == ["Toutes", "Français", "Arabe"]
    await home.event(box, "select", value="uk")
    assert home.says("1 service")
    assert home.says("Langues inconnues pour 35 autres")
    assert home.chip("Filtres (1)").selected
    await home.event(next(c for c in home.all(ft.Dropdown) if c.label == "Langue parlée"), "select", value="tous")
    assert not home.says("Langues inconnues")


async def test_the_form_tells_the_languages_before_the_person_is_sent_there(home: Screen) -> None:  # noqa: F811
    await home.tap("Nouvelle rencontre")
    services = session_of(home)._opened.directory._services
    told = services["france-services-giromagny"].model_copy(update=TOLD)
    services["france-services-giromagny"] = told
    for name in ("Giromagny", "Mairie", "Papiers, démarches"):
        await home.choose(name)
    await home.tap("Détails des services")
    for said in (states.spoken(told), f"Accès : {BUS}", "Accessible en fauteuil roulant"):
        assert home.says(said)


async def test_a_wrong_language_is_reported_with_a_tap(home: Screen) -> None:  # noqa: F811  # the fixture
    await keep(home, "relais", **TOLD)
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "relais")
    await home.tap("Voir Relais")
    await home.tap("Langues ou accès faux")
    assert home.says("Signalé : langues ou accès faux.")
