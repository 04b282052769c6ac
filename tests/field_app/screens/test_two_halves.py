"""A tablet that lies flat shows who was met beside what for, and each half scrolls by itself; upright, one is
below the other. The margins of any screen scroll too."""

from __future__ import annotations

from functools import partial

import flet as ft
import pytest
from flet.controls.base_page import PageResizeEvent

from field_app import app, theme
from field_app.ports.ports import Ports
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import PIN, Silent
from tests.flet_headless import Hand, Screen, as_typed, walk


def list_halves(home: Screen) -> list[str]:
    """What is written in each list that scrolls, as one text."""
    return [
        " | ".join(as_typed(text.value) for text in walk(listing) if isinstance(text, ft.Text))
        for listing in home.all(ft.ListView)
    ]


async def turn(home: Screen, width: int) -> None:
    """Hold the tablet the other way."""
    home.session.apply_page_patch({"width": width})
    event = PageResizeEvent("resize", home.page, width=width, height=2_080 - width)
    assert home.page.on_resize is not None
    home.page.on_resize(event)  # type: ignore[call-arg]  # flet lets a handler take its event or nothing
    await home.settle()


async def test_who_was_met_stays_while_the_needs_are_scrolled(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    who, needs = list_halves(home)
    assert "Tranche d’âge" in who
    assert "Besoins" not in who
    assert "Besoins" in needs
    assert "Tranche d’âge" not in needs


@pytest.mark.parametrize("width", [400, 800])
async def test_upright_the_needs_come_below(home: Screen, width: int) -> None:
    home.session.apply_page_patch({"width": width})
    await home.tap("Nouvelle rencontre")
    [whole] = list_halves(home)
    assert whole.index("Tranche d’âge") < whole.index("Besoins")


async def test_a_tablet_that_is_turned_draws_the_form_anew_with_all_that_was_entered(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("40-59 ans")
    await turn(home, 800)
    assert len(list_halves(home)) == 1
    assert home.chip("40-59 ans").selected
    await turn(home, 1_280)
    assert len(list_halves(home)) == 2
    assert home.chip("40-59 ans").selected
    await home.choose("Femme")
    assert home.chip("Femme").selected


async def test_a_tablet_that_was_started_upright_is_drawn_anew_when_it_is_laid_flat(home: Screen) -> None:
    hand = Hand()

    def started_upright(page: ft.Page) -> Ports:
        page.width = 800
        return Ports(storage=session_of(home)._ports.storage, transport=lambda: Silent(), monotonic=hand)

    session_of(home).close()
    upright = await Screen.open(partial(app.main, ports_of=started_upright), hand)
    await upright.type_in("Code PIN", PIN)
    await upright.tap("Nouvelle rencontre")
    assert len(list_halves(upright)) == 1
    await turn(upright, 1_280)
    assert len(list_halves(upright)) == 2
    upright.close()


@pytest.mark.parametrize("way", ["Journal des saisies", "Annuaire", "Suites", "Présence"])
async def test_the_margins_beside_a_narrow_screen_scroll_too(home: Screen, way: str) -> None:
    """The list is as wide as the tablet; what it shows is not."""
    await home.tap(way)
    [listing] = home.all(ft.ListView)
    assert listing.expand
    above = [c for c in walk(home.page) if isinstance(c, ft.Container) and c.width and listing in walk(c)]
    assert above == []
    inner = [c for c in walk(listing) if isinstance(c, ft.Container) and c.width == theme.WIDEST]
    assert inner
