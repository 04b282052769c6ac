"""Contrast, by day and by night (WCAG 2.2, 1.4.3: 4.5 for a text)."""

from __future__ import annotations

import flet as ft
import pytest

from field_app import theme

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
