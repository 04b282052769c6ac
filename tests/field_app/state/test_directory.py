"""The directory on the tablet: what shipped, what was pulled, what is near."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.directory import Directory, Filters, plain
from field_app.store.local_store import Kept
from shared import choices, territory

RIGHTS = "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits"


def pulled(service_id: str, **fields: object) -> Kept:
    return Kept(service_id, "service", {"name": "Nouveau", **fields}, "received")


def test_a_tablet_that_never_synced_has_the_services_that_shipped() -> None:
    directory = Directory()
    assert len(directory.ids) == 35
    assert directory.name("mobijob") == "Mobijob (MIFE 90)"


def test_what_the_server_sent_replaces_what_shipped_and_adds_to_it() -> None:
    directory = Directory([pulled("mobijob", name="Mobijob"), pulled("ludotheque")])
    assert directory.name("mobijob") == "Mobijob"
    assert len(directory.ids) == 36


def test_records_that_are_no_services_are_left_alone() -> None:
    assert len(Directory([Kept("x", "encounter", {"day": "2026-01-01"})]).ids) == 35


def test_a_service_this_tablet_does_not_know_yet_is_named_by_its_id() -> None:
    assert Directory().name("later") == "later"


@pytest.mark.parametrize(
    ("commune", "nearest"),
    [
        ("90052", "france-services-giromagny"),
        ("90099", "france-services-valdoie"),
        ("90053", "france-services-grandvillars"),
    ],
)
def test_the_nearest_france_services_comes_first(commune: str, nearest: str) -> None:
    entries = Directory().for_theme(RIGHTS, {"commune": commune})
    assert entries[0].id == nearest
    assert entries[0].km == pytest.approx(0, abs=0.01)


def test_distances_are_those_of_the_map() -> None:
    by_id = {entry.id: entry for entry in Directory().for_theme(RIGHTS, {"commune": "90052"})}
    assert by_id["france-services-valdoie"].km == pytest.approx(8.6, abs=0.3)  # Giromagny to Valdoie
    assert by_id["france-services-grandvillars"].km == pytest.approx(25.2, abs=0.5)


def test_a_service_without_a_place_comes_last_and_says_no_distance() -> None:
    entries = Directory().for_theme(RIGHTS, {"commune": "90052"})
    places = [entry.km is None for entry in entries]
    assert places == sorted(places)
    assert entries[-1].km is None


def test_without_a_commune_the_services_come_by_name() -> None:
    names = [entry.service.name for entry in Directory().for_theme(RIGHTS, {})]
    assert names == sorted(names)


def test_a_need_nobody_answers_proposes_nothing() -> None:
    answered = {theme for service in territory.services() for theme in service["themes"]}
    orphan = next(code for code in choices.load("theme").by_code if code not in answered)
    assert Directory().for_theme(orphan, {}) == []


@pytest.mark.parametrize(
    "unknown",
    [{"themes": [RIGHTS, "later--theme"]}, {"themes": [RIGHTS], "publics": ["later"]},
     {"themes": [RIGHTS], "network": "later"}],
)  # fmt: skip
def test_a_service_with_a_code_of_a_newer_server_stays_without_that_code(unknown: dict[str, object]) -> None:
    service = Directory([pulled("ludotheque", **unknown)]).get("ludotheque")
    assert service is not None
    assert (service.themes, service.publics, service.network) == ([RIGHTS], [], None)


def test_a_service_of_which_a_newer_server_tells_more_is_shown_as_far_as_it_is_known() -> None:
    told = pulled("ludotheque", phone="03 84 29 00 00", lift=True, spoken=["tr", "ar"])
    service = Directory([told]).get("ludotheque")
    assert service is not None
    assert (service.name, service.phone) == ("Nouveau", "03 84 29 00 00")


def test_a_service_without_a_name_is_left_out_and_the_others_stay() -> None:
    assert len(Directory([pulled("ludotheque", name="")]).ids) == 35


WRITTEN = (str, str.upper, str.lower, str.title, lambda w: normalize("NFD", w), lambda w: plain(w).strip())


@given(st.data())
def test_a_service_is_found_by_any_word_of_its_name_however_written(data: st.DataObject) -> None:
    shipped = data.draw(st.sampled_from(territory.services()))
    word = data.draw(st.sampled_from(shipped["name"].split()))
    written = data.draw(st.sampled_from(WRITTEN))(word)
    assert shipped["id"] in {e.id for e in Directory().search(Filters(written), None)}


@given(st.text(min_size=1, max_size=30).filter(lambda t: plain(t).strip()))
def test_whatever_its_name_a_service_pulled_is_found_by_it(name: str) -> None:
    directory = Directory([pulled("ludotheque", name="x" + name)])
    for written in ("x" + name, normalize("NFD", "x" + name), normalize("NFC", "x" + name)):
        assert "ludotheque" in {e.id for e in directory.search(Filters(written), None)}


@given(st.sampled_from(list(territory.communes())))
def test_the_list_goes_from_the_nearest_to_those_without_a_place(commune: str) -> None:
    found = Directory().search(Filters(), commune)
    keys = [(e.is_line, e.km is None, e.km or 0.0, e.service.name) for e in found]
    assert len(found) == 35
    assert keys == sorted(keys)


def test_every_word_must_be_found() -> None:
    assert [e.id for e in Directory().search(Filters("GIROMAGNY francé"), None)] == ["france-services-giromagny"]
    assert Directory().search(Filters("giromagny zzz"), None) == []


def test_a_service_is_found_by_its_address_its_commune_and_its_need() -> None:
    directory = Directory([pulled("ludotheque", address="3 rue de l’Église", commune="90052", themes=[RIGHTS])])
    for words in ("eglise", "ludo giro", "droits rue", "EGLISE nouveau"):
        found = {e.id for e in directory.search(Filters(words), None)}
        assert ("ludotheque" in found) == ("ludo" not in words), words


def test_the_filters_keep_the_family_the_theme_and_the_public() -> None:
    public = next(iter(choices.load("public").by_code))
    directory = Directory([pulled("ludotheque", themes=[RIGHTS], publics=[public])])
    group = choices.load("theme")[RIGHTS].group or ""
    assert [e.id for e in directory.search(Filters(public=public), None)] == ["ludotheque"]
    by_theme = directory.search(Filters(theme=RIGHTS), None)
    assert {e.id for e in by_theme} <= {e.id for e in directory.search(Filters(group=group), None)}
    assert all(RIGHTS in e.service.themes for e in by_theme)
    assert [e.id for e in by_theme] == [e.id for e in directory.for_theme(RIGHTS, {})]


@pytest.mark.parametrize("sent", [{"name": "Mobijob 90"}, {}])
def test_a_retired_service_is_proposed_no_more_and_old_referrals_keep_its_name(sent: dict[str, object]) -> None:
    """A server of before sent a deletion without its fields: what shipped still has the name."""
    directory = Directory([Kept("mobijob", "service", sent, "received", deleted=True)])
    assert "mobijob" not in [entry.id for entry in directory.search(Filters(), None)]
    assert directory.get("mobijob") is None
    assert directory.name("mobijob") == sent.get("name", "Mobijob (MIFE 90)")
    assert "mobijob" in directory.ids  # an encounter of before may still be corrected


CARE, WORK = "sante--acces-aux-soins", "preparer-sa-candidature--organiser-ses-demarches-de-recherche-demploi"


@pytest.mark.parametrize(
    ("theme", "service", "age", "last"),
    [
        (CARE, "maison-de-l-adolescence-aire-urbaine", "60-74", True),
        (CARE, "maison-de-l-adolescence-aire-urbaine", "16-17", False),
        (WORK, "information-jeunesse", "75-et-plus", True),
        (WORK, "information-jeunesse", "22-25", False),
        (WORK, "information-jeunesse", "inconnu", False),
        (WORK, "france-travail", "75-et-plus", False),
    ],
)
def test_what_is_for_another_age_comes_last_and_is_never_hidden(
    theme: str, service: str, age: str, last: bool
) -> None:
    directory = Directory([pulled("centre-de-sante", themes=[CARE])])
    found = [e.id for e in directory.for_theme(theme, {"commune": "90010", "age_band": age})]
    assert sorted(found) == sorted(e.id for e in directory.for_theme(theme, {}))
    others = directory.search(Filters(theme=theme, public="jeunes"), None)
    assert (found.index(service) >= len(found) - len(others)) == last


@pytest.mark.parametrize(
    ("publics", "fits"),
    [
        ([], True), (["tous-publics"], True), (["jeunes", "familles"], True), (["familles"], True),
        (["jeunes", "seniors"], True), (["jeunes"], False), (["etudiants", "jeunes"], False),
    ],
)  # fmt: skip
def test_only_a_public_that_names_other_ages_alone_puts_a_service_behind(publics: list[str], fits: bool) -> None:
    directory = Directory(
        [pulled("ici", themes=[CARE], publics=publics, commune="90052", latitude=47.74184, longitude=6.82541)]
    )
    found = [e.id for e in directory.for_theme(CARE, {"commune": "90052", "age_band": "75-et-plus"})]
    assert (found[0] == "ici") == fits
