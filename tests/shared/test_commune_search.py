"""Communes as they are typed in the field and written in others' files."""

from __future__ import annotations

import re
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import territory
from shared.search_text import plain
from shared.territory.search import MOST, find, identify

COMMUNES = list(territory.communes().values())
LONG_NAMED = [c for c in COMMUNES if len(plain(c.name).replace(" ", "")) >= 6]
SAINTS = [c for c in COMMUNES if c.name.startswith("Saint")]


def names(typed: str) -> list[str]:
    return [found.label for found in find(typed)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("st germain", "Saint-Germain-le-Châtelet"),
        ("ste germain", "Saint-Germain-le-Châtelet"),
        ("ST GERMAIN LE CHATELET", "Saint-Germain-le-Châtelet"),
        ("st-germain-le-chatelet", "Saint-Germain-le-Châtelet"),
        ("germain", "Saint-Germain-le-Châtelet"),
        ("dizier", "Saint-Dizier-l'Évêque"),
        ("St Dizier l’Évêque", "Saint-Dizier-l'Évêque"),
        ("feche leglise", "Fêche-l'Église"),
        ("fêche l’église", "Fêche-l'Église"),
        ("bel", "Belfort"),
        ("belfort cedex", "Belfort"),
        ("90020 BELFORT CEDEX", "Belfort"),
        ("BELFORT CEDEX 9", "Belfort"),
        ("Belfort (90)", "Belfort"),
        ("90000 Belfort", "Belfort"),
        ("90000", "Belfort"),
        ("90850", "Essert"),
        ("90073", "Meroux-Moval"),
        ("90092", "Évette-Salbert"),
        ("commune de delle", "Delle"),
        ("la chapelle", "Lachapelle-sous-Chaux"),
        ("la chapelle sous rougemont", "Lachapelle-sous-Rougemont"),
        ("rougemont chapelle", "Lachapelle-sous-Rougemont"),
        ("la riviere", "Larivière"),
        ("bourg s/ chatelet", "Bourg-sous-Châtelet"),
        ("romagny s/s rougemont", "Romagny-sous-Rougemont"),
        ("etueffont", "Étueffont"),
        ("ETUEFFONT", "Étueffont"),
        ("les forges", "Châtenois-les-Forges"),
        ("villars sec", "Villars-le-Sec"),
        ("val des anges", "Lamadeleine-Val-des-Anges"),
        ("giromagni", "Giromagny"),
        ("giromgany", "Giromagny"),
        ("jiromagny", "Giromagny"),
        ("chatenoi les forge", "Châtenois-les-Forges"),
        ("beaucour", "Beaucourt"),
        ("danjoutain", "Danjoutin"),
        ("grandvilars", "Grandvillars"),
        ("valdois", "Valdoie"),
        ("ofemont", "Offemont"),
        ("cravenche", "Cravanche"),
        ("bavillier", "Bavilliers"),
        ("rougemont le chato", "Rougemont-le-Château"),
        ("lepuix", "Lepuix"),
        ("lepuix neuf", "Lepuix-Neuf"),
        ("lepuix 90100", "Lepuix-Neuf"),
        ("90200 valdoie", "Valdoie"),
        ("dele", "Delle"),
        ("deney", "Denney"),
        ("esert", "Essert"),
        ("etufon", "Étueffont"),
        ("valdoua", "Valdoie"),
        ("dangoutain", "Danjoutin"),
        ("Belfort nord", "Belfort"),
        ("90000 belfort nord", "Belfort"),
        ("gare de Belfort TGV", "Belfort"),
        ("belfor nord", "Belfort"),
        ("delle centre", "Delle"),
        ("giromagny gare", "Giromagny"),
        ("chatenois gare", "Châtenois-les-Forges"),
        ("saint germain bourg", "Saint-Germain-le-Châtelet"),
        ("offemon centre", "Offemont"),
        ("rue de la fontaine", "Fontaine"),
        ("moval gare", "Meroux-Moval"),
    ],
)
def test_what_a_hurried_thumb_types_finds_the_commune(typed: str, first: str) -> None:
    assert names(typed)[:1] == [first]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("moval", "Meroux-Moval"),
        ("Meroux", "Meroux-Moval"),  # today's name holds it: its former one says no more
        ("salbert", "Évette-Salbert"),
        ("eschene", "Autrechêne (anciennement Eschêne-Autrage)"),
        ("autrage", "Autrechêne (anciennement Eschêne-Autrage)"),
        ("rechotte", "Autrechêne (anciennement Rechotte)"),
        ("rechote", "Autrechêne (anciennement Rechotte)"),
        ("etueffont haut", "Étueffont (anciennement Étueffont-Haut)"),
        ("trétudans", "Trévenans (anciennement Trétudans)"),
        ("vourvenans", "Trévenans (anciennement Vourvenans)"),
        ("lepuix-gy", "Lepuix (dite aussi Lepuix-Gy)"),
        ("meroux-moval", "Meroux-Moval"),
        ("evette-salbert", "Évette-Salbert"),
        ("evette", "Évette-Salbert"),
        ("étueffont bas", "Étueffont (anciennement Étueffont-Bas)"),
    ],
)
def test_a_commune_found_by_another_name_says_so(typed: str, first: str) -> None:
    assert names(typed)[:1] == [first]


@pytest.mark.parametrize(
    "typed",
    [
        *("", "  ", "zz", "paris", "mulhouse", "75001", "—", "besançon", "montbéliard", "audincourt", "sochaux"),
        *(
            "vesoul",
            "colmar",
            "lure",
            "dole",
            "bâle",
            "Grand-Charmont",
            "Saint-Louis",
            "Petit-Landau",
            "paris nord",
        ),
        *("gare tgv", "les résidences"),
    ],
)
def test_what_is_not_of_the_territory_finds_nothing(typed: str) -> None:
    assert find(typed) == []


def test_the_best_comes_first_and_the_order_is_that_of_the_names() -> None:
    assert names("chaux") == ["Chaux", "Lachapelle-sous-Chaux"]
    assert names("rougemont") == ["Rougemont-le-Château", "Lachapelle-sous-Rougemont", "Romagny-sous-Rougemont"]
    assert names("ét")[0] == "Étueffont"
    assert names("auxelles") == ["Auxelles-Bas", "Auxelles-Haut"]
    assert names("roppe") == ["Roppe"]  # whole: Reppe was not meant
    assert names("dele") == ["Delle", "Lamadeleine-Val-des-Anges"]  # a typo before a part
    assert names("fontaine") == ["Fontaine", "Petitefontaine", "Froidefontaine"]  # today's names hold it
    assert len(find("e")) == MOST
    assert len(find("e", most=3)) == 3


def test_a_post_code_typed_whole_shows_all_its_communes() -> None:
    for code in {c.post_code for c in COMMUNES}:
        found = [f.commune for f in find(code)]
        assert {c.insee for c in found} == {c.insee for c in COMMUNES if c.post_code == code}
        assert found == sorted(found, key=lambda c: plain(c.name))
    assert len(find("901")) == MOST


@pytest.mark.parametrize("commune", COMMUNES, ids=lambda c: c.name)
def test_each_commune_is_found_by_its_name_its_words_and_its_code(commune: territory.Commune) -> None:
    bare = plain(commune.name).upper()
    for written in (commune.name, bare, bare.replace(" ", ""), f"{commune.post_code} {bare}", f"{bare} CEDEX"):
        assert find(written)[0].commune == commune, written
        assert identify(written) == commune.insee, written
    words = plain(commune.name).split()
    assert commune in [f.commune for f in find(max(words, key=len))]
    assert commune in [f.commune for f in find(commune.post_code)]
    for word in words:
        assert commune in [f.commune for f in find(word.upper(), most=101)], word


@pytest.mark.parametrize("commune", SAINTS, ids=lambda c: c.name)
@pytest.mark.parametrize("short", ["st", "St.", "STE", "sainte", "saint"])
def test_a_saint_is_found_however_short_it_is_written(commune: territory.Commune, short: str) -> None:
    written = re.sub("^Saint-", f"{short} ", commune.name)
    assert find(written)[0].commune == commune
    assert identify(written) == commune.insee


def slips(name: str) -> set[str]:
    """Every way to mistype one letter of a name: left out, doubled or added, changed, swapped with the next."""
    found = set()
    for i in range(len(name)):
        found.add(name[:i] + name[i + 1 :])
        found.add(name[:i] + name[i + 1 : i + 2] + name[i] + name[i + 2 :])
        found |= {name[:i] + other + name[i + 1 :] for other in ascii_lowercase}
        found |= {name[:i] + other + name[i:] for other in ascii_lowercase}
    return found


@given(st.sampled_from(LONG_NAMED), st.data())
def test_a_name_of_six_letters_is_found_with_any_one_typo(commune: territory.Commune, data: st.DataObject) -> None:
    typed = data.draw(st.sampled_from(sorted(slips(plain(commune.name)))))
    assert commune in [f.commune for f in find(typed)], typed


@given(st.text(max_size=60))
def test_whatever_is_typed_a_few_distinct_communes_come(typed: str) -> None:
    found = [f.commune.insee for f in find(typed)]
    assert len(found) == len(set(found)) <= 19
    assert found == [f.commune.insee for f in find(typed)]


@pytest.mark.parametrize(
    ("name", "post_code", "insee", "expected"),
    [
        ("ST GERMAIN LE CHATELET", "90110", "", "90091"),
        ("Belfort cedex", "90020", "", "90010"),
        ("", "", "90073", "90068"),
        ("Moval", "", "90073", "90068"),
        ("Moval", "90400", "", "90068"),
        ("", "90000", "", "90010"),
        ("", "90100", "", None),  # nineteen communes have it
        ("Saint-Germain", "90110", "", None),  # a part of a name is no name in a file
        ("Giromany", "90200", "", None),  # nor is a typo
        ("Delle", "", "25388", None),  # its code says that it is elsewhere
        ("Montbéliard", "25200", "", None),
        ("Fontaine", "38600", "", None),  # of the Isère
        ("Fontaine", "90150", "", "90047"),
        ("", "", "", None),
    ],
)
def test_an_address_names_a_commune_or_none(name: str, post_code: str, insee: str, expected: str | None) -> None:
    assert identify(name, post_code, insee) == expected
