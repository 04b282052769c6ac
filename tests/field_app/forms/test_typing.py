"""A line that comes or goes takes nothing from the field being typed in, nor from what was opened."""

from __future__ import annotations

import ast
from pathlib import Path

import flet as ft
import pytest

from field_app import screens, theme
from field_app.ports import device
from tests.field_app.screens.test_screens import SERVICE, record, referred
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.flet_headless import Screen, as_typed, walk

SOURCES = sorted(Path(screens.__file__).parent.rglob("*.py"))
BARE = ("Column", "Row", "ListView", "ResponsiveRow", "Stack", "TextField")
"""What the screens draw through `widgets`, which keys the children and guards what is typed."""
PLACES = ("stack", "row", "grid", "group", "page_of")
FORMS = ("Nouvelle rencontre", "Présence", "Séance collective", "Partenariat")
NO_POSITION = "La position n’est pas disponible"


@pytest.fixture
def locate() -> device.Locate:
    """A tablet that may say where it is, and cannot."""

    async def find() -> tuple[float, float]:
        raise device.NoPositionError

    return find


def fields(screen: Screen) -> dict[str, int]:
    """The fields of text, by name, with what the client knows each one by."""
    return {as_typed(box.label): box._i for box in screen.all(ft.TextField)}


async def open_everything(home: Screen, form: str) -> None:
    """The form, with every field of text that it can show."""
    await home.tap(form)
    if form == "Nouvelle rencontre":
        await home.choose("Giromagny")
        await home.choose("Lien social")
        await home.choose(f"{SERVICE} · 0 km")
        await home.tap("Autres services")
        await home.tap("Repère")


@pytest.mark.parametrize("form", FORMS)
async def test_the_field_stays_the_one_through_a_refusal_and_a_notice(home: Screen, form: str) -> None:
    await open_everything(home, form)
    before = fields(home)
    assert before
    await home.tap("Enregistrer")
    assert home.says("Pas encore enregistré")
    assert fields(home) == before
    await home.tap("Ma commune")
    assert home.says(NO_POSITION)
    for name in before:
        await home.type_in(name, "12")
        assert fields(home) == before, name
        await home.tap("Ma commune")


async def test_a_line_in_the_group_of_the_field_leaves_the_field(home: Screen) -> None:
    await home.tap("Partenariat")
    before = fields(home)
    for name, words, said in (
        ("Autre commune", "zz", "Aucune commune du territoire"),
        ("Structure", "06 12 34 56 78", "C’est un numéro de téléphone"),
    ):
        await home.type_in(name, words)
        assert home.says(said)
        assert fields(home) == before


@pytest.mark.parametrize("name", ["Changer", "Autres lieux", "Ajouter un frein"])
async def test_what_was_opened_stays_open_when_a_notice_comes_and_goes(home: Screen, name: str) -> None:
    await record(home)
    await home.tap("Nouvelle rencontre")
    await home.tap("Changer")
    if name != "Changer":
        await home.tap(name)
    shown = {str(chip.key) for chip in home.all(ft.Chip)}
    await home.tap("Ma commune")
    assert home.says(NO_POSITION)
    assert {str(chip.key) for chip in home.all(ft.Chip)} == shown
    await home.choose("Femme")
    assert not home.says(NO_POSITION)
    assert {str(chip.key) for chip in home.all(ft.Chip)} == shown


async def test_what_a_refusal_opened_stays_open_while_it_is_mended(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    await home.tap("Abandonner")
    await home.tap("Nouvelle rencontre")
    await home.tap("Enregistrer")
    await home.choose("Giromagny")
    await home.tap("Autres lieux")
    await home.choose("Mairie")
    assert not home.says("À indiquer avant d’enregistrer")
    assert home.chip("Mairie").selected


async def test_a_failed_position_is_a_warning(home: Screen) -> None:
    await home.tap("Partenariat")
    await home.tap("Ma commune")
    said = next(text for text in home.all(ft.Text) if NO_POSITION in str(text.value))
    assert said.color == theme.WARN


async def test_letters_typed_before_the_first_was_heard_are_not_taken_back(home: Screen) -> None:
    await home.tap("Partenariat")
    box = next(b for b in home.all(ft.TextField) if b.label == "Structure")
    home.session.apply_patch(box._i, {"value": "Mai"})  # three letters stand there, the first is heard
    for heard in ("M", "Ma", "Mai"):
        await home.session.dispatch_event(box._i, "change", heard)
        await home.settle()
        [shown] = [b.value for b in home.all(ft.TextField) if b.label == "Structure"]
        assert shown == "Mai"
    await home.choose("Giromagny")
    await home.tap("Abandonner")
    await home.tap("Annuler la suppression")
    await home.tap("1 brouillon à terminer")
    await home.tap("Reprendre")
    assert "Mai" in [b.value for b in home.all(ft.TextField)]


async def test_what_the_screen_changes_itself_is_shown(home: Screen) -> None:
    await home.tap("Séance collective")
    await home.type_in("Nombre", "12")
    await home.tap("+5")
    assert "17" in [b.value for b in home.all(ft.TextField)]
    await home.type_in("Nombre", "")  # to write another: nothing comes back by itself
    assert "" in [b.value for b in home.all(ft.TextField) if b.label == "Nombre"]
    await home.type_in("Autre commune", "lepuix")
    await home.choose("Lepuix")
    assert [b.value for b in home.all(ft.TextField) if b.label == "Autre commune"] == [""]


def keyless(screen: Screen) -> list[str]:
    """The children of a list that have no key, or the key of a sibling."""
    found = []
    for control in walk(screen.page):
        children = getattr(control, "controls", None)
        if not isinstance(children, list) or isinstance(control, ft.View):
            continue
        keys = [getattr(child, "key", None) for child in children]
        if None in keys or len(set(keys)) < len(keys):
            found.append(f"{control}: {keys}")
    return found


def shifting(screen: Screen) -> list[str]:
    """The fields, and what remembers, in a list that draws its children only when they come near."""
    rows = [row for listed in screen.all(ft.ListView) for row in listed.controls[1:]]
    return [str(c) for row in rows for c in walk(row) if isinstance(c, ft.TextField | ft.Component)]


async def test_every_child_of_every_screen_has_a_key_of_its_own(home: Screen) -> None:
    for form in FORMS:
        await open_everything(home, form)
        assert (keyless(home), shifting(home)) == ([], []), form
        await home.tap("Enregistrer")
        assert (keyless(home), shifting(home)) == ([], []), form
        await home.tap("Abandonner")
    await referred(home)
    for name in ("Annuaire", "Journal des saisies", "Mes chiffres", "Réglages", "Suites"):
        await home.tap(name)
        assert (keyless(home), shifting(home)) == ([], []), name
        await home.tap("Retour à l’accueil")
    assert keyless(home) == []


@pytest.mark.parametrize("source", SOURCES, ids=[source.stem for source in SOURCES])
def test_a_screen_gives_every_line_a_place(source: Path) -> None:
    """Written otherwise, a line could be forgotten: an absent one is None, never a shorter list."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = ast.unparse(node.func)
        assert name not in [f"ft.{bare}" for bare in BARE], f"{source.name}:{node.lineno}: {name}"
        if name in [f"widgets.{place}" for place in PLACES]:
            spread = [a for a in node.args if isinstance(a, ast.Starred) and ast.unparse(a) != "*fields(draft)"]
            assert not spread, f"{source.name}:{node.lineno}: {name} with a list spread out"
