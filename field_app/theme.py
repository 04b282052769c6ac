"""One look: calm, high contrast, made for one hand and for the sun. Sizes in logical pixels."""

from __future__ import annotations

import flet as ft

SEED = "#0b5563"
# Roles of the scheme, so that each screen is right by day and by night. Flutter's own controls use no « fixed »
# role: ours for what warns and what went well.
WARN, WARN_GROUND = ft.Colors.ON_SECONDARY_FIXED, ft.Colors.SECONDARY_FIXED
GOOD, GOOD_GROUND = ft.Colors.ON_TERTIARY_FIXED, ft.Colors.TERTIARY_FIXED
BAD, BAD_GROUND = ft.Colors.ERROR, ft.Colors.ERROR_CONTAINER
MUTED = ft.Colors.ON_SURFACE_VARIANT
LINE = ft.Colors.OUTLINE_VARIANT
MAIN = ft.Colors.PRIMARY
TOUCH = 52
"""Height of a control: above the 48 that a finger needs."""
FINGER = ft.BoxConstraints(min_width=TOUCH, min_height=TOUCH)
"""The least of a button that is an icon: as its icon grows with the text, so may the button."""

# The distances: every one on a screen is one of these.
TIGHT, GAP, ROOM, EDGE, APART, WIDE = 4, 8, 12, 16, 20, 24
"""Between the lines of one thing; between neighbours; from a card's line to what is in it; from the edge of the
screen; between the parts of a form; between its halves."""

# The sizes of a text, before what the tablet is set to.
FINE, PLAIN, LEAD, BIG, TITLE, FIGURE = 15, 16, 18, 20, 22, 28
"""What comes second; the usual; the heading of a part, the name on a card; a moment, a duration; the title of a
screen: twice as large, « Partenariat » still stands in one line of a phone; a number or a code."""

RADIUS = 12
"""Of every corner: cards, buttons, chips, fields, notices."""
ICON, BIG_ICON = 24, 32
"""Of an icon and of what turns while something is done; of one that is tapped without looking."""
# Nothing casts a shadow: what belongs together has a line around it, what is above or below in reach a line before
# it. Only what lies over the screen (a sheet, a question) is raised, as the platform does it.
WIDEST = 900
"""Beyond this a form is not wider: the eye would lose the line."""

WIDE_FORM = 1280
"""The same of a form in two halves beside each other."""

LIGHT_SCHEME = ft.ColorScheme(
    primary="#0b5563", on_primary="#ffffff", surface="#f8fbfc", on_surface="#14191c",
    on_surface_variant="#404a53", outline="#5f6b76", outline_variant="#b7c1ca",
    secondary_fixed="#fff1dc", on_secondary_fixed="#6b3400", tertiary_fixed="#e3f3ec", on_tertiary_fixed="#12593c",
    error="#8c1d18", on_error="#ffffff", error_container="#fdecea", on_error_container="#8c1d18",
)  # fmt: skip
DARK_SCHEME = ft.ColorScheme(
    primary="#8fd3e4", on_primary="#00363f", surface="#0f1417", on_surface="#e6ebee",
    on_surface_variant="#bcc7cf", outline="#8d99a3", outline_variant="#46525b",
    secondary_fixed="#4a2f06", on_secondary_fixed="#ffdcae", tertiary_fixed="#0d3b29", on_tertiary_fixed="#a9e5c8",
    error="#ffb4ab", on_error="#560d09", error_container="#561512", on_error_container="#ffdad5",
)  # fmt: skip
"""By day and in the sun; by night. Every pair of a text and its ground stands above 4.5 (a test counts them)."""


def _look(scheme: ft.ColorScheme) -> ft.Theme:
    # Flutter packs controls closer on a desktop browser: 39 pixels where a finger needs 48.
    return ft.Theme(
        color_scheme_seed=SEED,
        color_scheme=scheme,
        use_material3=True,
        visual_density=ft.VisualDensity.STANDARD,
    )


THEME, DARK_THEME = _look(LIGHT_SCHEME), _look(DARK_SCHEME)
GROWING = ft.Theme(icon_theme=ft.IconTheme(apply_text_scaling=True))
"""Of what holds a screen: an icon keeps its size unless told otherwise, a speck beside letters twice as large. Not
of the page itself: in the platform's calendar larger arrows would push the year out. By night Flet looks at
`dark_theme` alone."""
FRENCH = ft.LocaleConfiguration(supported_locales=[ft.Locale("fr", "FR")], current_locale=ft.Locale("fr", "FR"))
ROUND = ft.RoundedRectangleBorder(radius=RADIUS)
FIELD = ft.OutlineInputBorder(border_radius=RADIUS)
BIG_TEXT = ft.TextStyle(size=LEAD, weight=ft.FontWeight.W_600)
# Heights come from the padding, never from a number: a text twice as large must not be cut.
BIG_BUTTON = ft.ButtonStyle(
    padding=ft.Padding.symmetric(horizontal=EDGE, vertical=APART),
    shape=ROUND,
    text_style=BIG_TEXT,
)
BUTTON = ft.ButtonStyle(
    padding=ft.Padding.symmetric(horizontal=EDGE, vertical=EDGE),
    shape=ROUND,
    text_style=ft.TextStyle(size=PLAIN),
)
TILE = ft.ButtonStyle(padding=ft.Padding.symmetric(horizontal=ROOM, vertical=36), shape=ROUND, text_style=BIG_TEXT)
