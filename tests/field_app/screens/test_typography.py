"""French as it is printed: what every screen draws has its no-break spaces, its apostrophes and no English."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import flet as ft
import pytest
from flet.controls.base_control import BaseControl
from hypothesis import given
from hypothesis import strategies as st

from shared.french import NBSP, typeset
from tests.field_app.screens.test_screens import SERVICE, record
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.flet_headless import Screen, walk

ROOT = Path(__file__).parent.parent.parent.parent
PARTED = re.compile(r" [:;?!»%](?:\W|$)|« ")
"""A sign that a line could begin with, or quotation marks that it could end with."""
STRAIGHT = re.compile(r"[^\W\d_]'[^\W\d_]")
ENGLISH = re.compile(
    r"\b(the|and|of|your|with|please|error|loading|sync|offline|online|save|cancel|token|back|next|delete|search|"
    r"settings|close|open|submit|retry|login|logout|unknown|none|true|false|null|undefined)\b", re.IGNORECASE
)  # fmt: skip


def drawn(control: BaseControl) -> Iterator[str]:
    """Every word that a control shows or lets a screen reader say."""
    for each in walk(control):
        for name in ("value", "label", "hint_text", "tooltip", "content", "text", "semantics_label", "title"):
            said = getattr(each, name, None)
            if isinstance(said, str) and not (name == "value" and isinstance(each, ft.TextField)):
                yield said


def seen(control: BaseControl) -> Iterator[str]:
    """What stands on the screen: texts, buttons, the names of fields."""
    for each in walk(control):
        said = each.value if isinstance(each, ft.Text) else getattr(each, "content", None)
        if isinstance(each, ft.TextField):
            yield str(each.label)
        elif isinstance(said, str):
            yield said


def is_english(said: str) -> bool:
    """Whether a word of it is none of ours; « open » and the like inside an address are."""
    return bool(ENGLISH.search(re.sub(r"\S*(://|@)\S*", "", said)))


async def every_screen(home: Screen) -> None:
    """Walk through what a worker may open, and hold each screen against the rules."""

    async def look() -> None:
        said = list(seen(home.page))
        assert len(said) > 3, said
        assert [words for words in said if PARTED.search(words)] == []
        assert [words for words in drawn(home.page) if STRAIGHT.search(words) or is_english(words)] == []

    async def through(*names: str) -> None:
        for name in names:
            await home.tap(name)
            await look()

    await look()
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Lien social", f"{SERVICE} · 0 km", "Elle accepte"):
        await home.choose(name)
        await look()
    await through("Compléter le profil", "Préciser les besoins", "Autres besoins", "Fermer", "Enregistrer")
    await through("Présence", "Enregistrer", "Retour à l’accueil", "Séance collective", "Retour à l’accueil")
    await through("Partenariat", "Enregistrer", "Retour à l’accueil", "Journal des saisies", "Modifier")
    await through("Retour au journal", "Retour à l’accueil", "Suites", "Autre suite", "Non présentée", "Coupon")


async def test_no_screen_parts_a_sign_from_its_word_nor_speaks_english(home: Screen) -> None:
    await every_screen(home)


@pytest.mark.parametrize("way", ["Annuaire", "Mes chiffres", "Réglages"])
async def test_the_other_screens_are_set_alike(home: Screen, way: str) -> None:
    await record(home)
    await home.tap(way)
    assert [words for words in seen(home.page) if PARTED.search(words)] == []
    assert [words for words in drawn(home.page) if STRAIGHT.search(words) or is_english(words)] == []


async def test_the_first_screens_are_set_alike(screen: Screen) -> None:
    said = list(seen(screen.page))
    await screen.tap("Activer la tablette")
    said += seen(screen.page)
    assert len(said) > 6
    assert [words for words in said if PARTED.search(words) or is_english(words)] == []


def constants() -> Iterator[tuple[str, str]]:
    """Every string of the code that may reach a reader, and where it stands; no docstring, nor what the wire says
    to those who write a client."""
    for folder in ("field_app", "shared", "sync_server"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name == "openapi.py":
                continue
            tree = ast.parse(path.read_text())
            aside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in aside:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def lists() -> Iterator[tuple[str, str]]:
    """Every text of the lists that a worker reads."""
    for path in sorted((ROOT / "shared/choices").glob("*.toml")):
        for choice in tomllib.loads(path.read_text()).get("choice", []):
            for value in choice.values():
                yield path.name, value if isinstance(value, str) else ""


def test_no_apostrophe_is_a_straight_one() -> None:
    found = [(where, said) for where, said in (*constants(), *lists()) if STRAIGHT.search(said)]
    assert found == []


def test_every_text_is_drawn_by_what_sets_it() -> None:
    drawing = [p for p in (ROOT / "field_app").rglob("*.py") if re.search(r"ft\.Text\(", p.read_text())]
    assert [p.name for p in drawing] == ["writing.py"]


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Aujourd’hui : 2 rencontres", "Aujourd’hui_: 2 rencontres"),
        ("Prêt ? « Oui », « Non »", "Prêt_? «_Oui_», «_Non_»"),
        ("45 min, 2 km, 30 jours, 12 Mo", "45_min, 2_km, 30_jours, 12_Mo"),
        ("9 h 00, 14 h 30", "9_h_00, 14_h_30"),
        ("Équipe n° 3 ; 20 %", "Équipe n°_3_; 20_%"),
        ("12:30 http://a.b :c", "12:30 http://a.b :c"),
        ("2 maisons, 3 mots", "2 maisons, 3 mots"),
    ],
)
def test_a_line_never_begins_with_a_sign_nor_leaves_its_number(typed: str, set_: str) -> None:
    assert typeset(typed) == set_.replace("_", NBSP)


@given(st.text())
def test_to_set_a_text_changes_nothing_but_spaces_and_only_once(text: str) -> None:
    done = typeset(text)
    assert done.replace(NBSP, " ") == text.replace(NBSP, " ")
    assert typeset(done) == done
