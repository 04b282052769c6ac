"""One look: calm, high contrast, made for one hand and for the sun. Sizes in logical pixels."""

from __future__ import annotations

import flet as ft

SEED = "#0b5563"
WARN, WARN_GROUND = "#7a3b00", "#fff1dc"
GOOD, GOOD_GROUND = "#12593c", "#e3f3ec"
BAD, BAD_GROUND = "#8c1d18", "#fdecea"
MUTED = "#4d5866"
LINE = "#c9d1da"
TOUCH = 52
"""Height of a control: above the 48 that a finger needs."""
GAP = 8
WIDEST = 900
"""Beyond this a form is not wider: the eye would lose the line."""

# Flutter packs controls closer on a desktop browser: 39 pixels where a finger needs 48.
THEME = ft.Theme(color_scheme_seed=SEED, use_material3=True, visual_density=ft.VisualDensity.STANDARD)
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
