"""One hand on every screen: contrast by day and by night (WCAG 2.2, 1.4.3: 4.5 for a text), distances, sizes."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import flet as ft
import pytest

from field_app import theme, widgets
from field_app.widgets import sheet

FIELD_APP = Path(theme.__file__).parent
OWN = ("slip_paper.py",)

PAIRS = [
    ("on_primary", "primary"), ("primary", "surface"), ("on_surface", "surface"),
    ("on_surface_variant", "surface"),
    ("error", "surface"), ("error", "error_container"), ("on_error_container", "error_container"),
    ("on_secondary_fixed", "secondary_fixed"), ("on_tertiary_fixed", "tertiary_fixed"),
]  # fmt: skip


def luminance(colour: object) -> float:
    channels = [int(str(colour)[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [theme.LIGHT_SCHEME, theme.DARK_SCHEME], ids=["day", "night"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_every_text_stands_out_from_its_ground(scheme: ft.ColorScheme, text: str, ground: str) -> None:
    light, dark = sorted((luminance(getattr(scheme, text)), luminance(getattr(scheme, ground))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


DISTANCES = {"spacing", "run_spacing", "padding", "border_radius", "radius"}
LOOKS = DISTANCES | {"size", "text_size"}


def stray(source: str) -> list[str]:
    """What a screen says in numbers of its own about a distance, a corner or the size of a text; 0 is none."""
    said = [k for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Call) for k in each.keywords]
    return [
        f"line {each.value.lineno}: {each.arg}={each.value.value!r}"
        for each in said
        if each.arg in LOOKS and isinstance(each.value, ast.Constant) and each.value.value not in (0, None)
    ]


def test_a_stray_number_is_found() -> None:
    assert stray("row(spacing=10, size=theme.FINE)") == ["line 1: spacing=10"]


def test_every_distance_corner_and_size_of_a_text_is_one_of_the_theme() -> None:
    # The paper of a slip has sizes of its own: it is read at arm's length, and printed.
    drawing = [p for folder in ("screens", "widgets") for p in (FIELD_APP / folder).rglob("*.py")]
    found = {p.name: wrong for p in drawing if p.name not in OWN and (wrong := stray(p.read_text()))}
    assert found == {}


def test_distances_and_sizes_are_steps_that_the_eye_tells_apart() -> None:
    distances = [theme.TIGHT, theme.GAP, theme.ROOM, theme.EDGE, theme.APART, theme.WIDE]
    assert all(b - a >= 4 for a, b in pairwise(distances))
    sizes = [theme.FINE, theme.PLAIN, theme.LEAD, theme.BIG, theme.TITLE, theme.FIGURE]
    assert sizes == sorted(set(sizes))
    assert theme.FINE >= 15  # read in the sun, by eyes of any age


def grows(control: ft.Control) -> bool:
    """Whether the icons below it grow with the text."""
    icons = control.theme.icon_theme if isinstance(control, ft.Container) and control.theme else None
    return bool(icons and icons.apply_text_scaling)


def test_on_every_screen_and_sheet_the_icons_grow_with_the_text() -> None:
    screen = widgets.page_of(None, widgets.heading("Journal"))
    over = sheet.content_of("Urgence", lambda: None, None)
    for shown in (screen, over):
        assert isinstance(shown, ft.SafeArea)
        assert grows(shown.content)


def test_cards_buttons_chips_fields_and_notices_have_the_same_corners() -> None:
    chip = widgets.chip("Mairie", False, lambda: None)
    card = widgets.framed(widgets.heading("Mairie", 2))
    notice = widgets.notice("Enregistré").content  # type: ignore[attr-defined]  # a Semantics
    shapes = [theme.BUTTON.shape, theme.BIG_BUTTON.shape, theme.TILE.shape, chip.shape]  # type: ignore[attr-defined]  # a Chip
    assert {shape.radius for shape in shapes} == {theme.RADIUS}
    assert (card.border_radius, notice.border_radius) == (theme.RADIUS, theme.RADIUS)  # type: ignore[attr-defined]  # a Container
    assert theme.FIELD.border_radius == theme.RADIUS


def test_the_picture_of_the_introduction_leaves_the_screen_to_its_title_in_large_print() -> None:
    drawing = (FIELD_APP / "screens" / "introduction.py").read_text()
    icons = [each for each in ast.walk(ast.parse(drawing)) if isinstance(each, ast.Call)]
    looks = [
        {k.arg: ast.unparse(k.value) for k in each.keywords} for each in icons if "ft.Icon(" in ast.unparse(each)
    ]
    assert {"size": "PICTURE", "color": "theme.MAIN", "apply_text_scaling": "False"} in looks
