"""What was just noted stands below the list, which must stay in reach: on a phone, with letters twice as large."""

from __future__ import annotations

import flet as ft
import pytest

from field_app import theme
from tests.field_app.screens.test_screens import SERVICE, record, referred
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.flet_headless import Screen, as_typed, walk

REASONS = "Motif"


async def note_failure(home: Screen, width: int) -> ft.Row:
    """Note a referral that failed, on a screen that wide; the row of the reasons."""
    await referred(home)
    home.session.apply_page_patch({"width": width})
    await home.tap("Suites")
    await home.tap("Non présentée")
    [asked] = [c for c in walk(home.page) if isinstance(c, ft.Semantics) and c.label == REASONS]
    assert isinstance(asked.content, ft.Row)
    return asked.content


@pytest.mark.parametrize(("width", "sideways"), [(400, True), (800, True), (1280, False)])
async def test_the_reasons_stand_in_one_line_where_they_would_cover_the_list(
    home: Screen, width: int, sideways: bool
) -> None:
    row = await note_failure(home, width)
    assert (row.scroll is ft.ScrollMode.AUTO) is sideways
    assert row.wrap is not sideways
    assert len(row.controls) == 9


def said_beside_the_way_back(home: Screen) -> set[str]:
    """What stands in the line of « Annuler »."""
    lines = [c for c in walk(home.page) if isinstance(c, ft.Row) and home.button("Annuler") in walk(c)]
    return {as_typed(t.value) for line in lines for t in walk(line) if isinstance(t, ft.Text)}


@pytest.mark.parametrize(
    ("width", "beside"), [(400, "Pourquoi ? (si vous le savez)"), (1280, f"Noté : Non présentée · {SERVICE}")]
)
async def test_what_was_noted_has_the_whole_width_of_a_narrow_screen(
    home: Screen, width: int, beside: str
) -> None:
    await note_failure(home, width)
    assert home.says(f"Noté : Non présentée · {SERVICE}")
    assert said_beside_the_way_back(home) == {beside}


async def test_a_record_that_was_saved_says_so_and_its_correction_too(home: Screen) -> None:
    await record(home)
    assert home.says("Rencontre enregistrée sans détail")
    await home.tap("Journal des saisies")
    await home.tap("Modifier")
    await home.tap("Enregistrer")
    assert home.says("Correction enregistrée")  # in the bar below the list that is looked at


async def test_why_a_tap_noted_nothing_is_said_in_reach_of_it(home: Screen) -> None:
    await referred(home)
    await home.tap("Suites")
    state = session_of(home).follow_ups
    state.message = "Le jour est après aujourd’hui."
    await home.settle()
    [listing] = [c for c in walk(home.page) if isinstance(c, ft.ListView)]
    assert home.says(state.message)
    assert state.message not in [t.value for t in walk(listing) if isinstance(t, ft.Text)]


async def test_what_shows_nothing_leaves_no_gap_on_the_home_screen(home: Screen) -> None:
    """Each place of the page is a distance from the next: one that is empty would make two of it."""
    empty = [c for c in walk(home.page) if isinstance(c, ft.Column) and not c.controls]
    apart = [c for c in walk(home.page) if isinstance(c, ft.Column) and c.spacing == theme.APART]
    assert empty  # no banner, no draft, nothing deleted
    places = [place.content for column in apart for place in column.controls if isinstance(place, ft.Semantics)]
    assert all(drawn(place) for place in places)


async def test_the_ways_to_the_forms_share_a_line_on_a_wide_screen_only(home: Screen) -> None:
    [tile] = [
        c for c in walk(home.page) if isinstance(c, ft.Container) and c.content is home.button("Partenariat")
    ]
    assert tile.col == {"xs": 12, "lg": 4}  # a tablet held upright has 800 pixels, « lg » begins at 992


def drawn(place: object) -> bool:
    """Whether anything of it is seen."""
    seen = ft.Text | ft.Image | ft.Icon | ft.OutlinedButton | ft.FilledButton
    return isinstance(place, ft.Control) and any(isinstance(c, seen) for c in walk(place))
