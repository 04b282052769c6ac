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
GAP = 8
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
        color_scheme_seed=SEED, color_scheme=scheme, use_material3=True, visual_density=ft.VisualDensity.STANDARD
    )


THEME, DARK_THEME = _look(LIGHT_SCHEME), _look(DARK_SCHEME)
FRENCH = ft.LocaleConfiguration(supported_locales=[ft.Locale("fr", "FR")], current_locale=ft.Locale("fr", "FR"))
ROUND = ft.RoundedRectangleBorder(radius=12)
BIG_TEXT = ft.TextStyle(size=18, weight=ft.FontWeight.W_600)
# Heights come from the padding, never from a number: a text twice as large must not be cut.
BIG_BUTTON = ft.ButtonStyle(
    padding=ft.Padding.symmetric(horizontal=16, vertical=20),
    shape=ROUND,
    text_style=BIG_TEXT,
)
BUTTON = ft.ButtonStyle(
    padding=ft.Padding.symmetric(horizontal=16, vertical=16),
    shape=ROUND,
    text_style=ft.TextStyle(size=16),
)
TILE = ft.ButtonStyle(padding=ft.Padding.symmetric(horizontal=12, vertical=36), shape=ROUND, text_style=BIG_TEXT)
