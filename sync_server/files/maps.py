"""The map of the 101 communes, drawn on the server as SVG: shades for a figure, patterns for what is marked.

Presentation attributes only, since a strict policy blocks inline styles. It reads in greyscale: five steps of one
shade, hatching for « dépourvue », dots where no team has been; the table beside the map says it all in words.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape, quoteattr  # nosec B406  # it writes XML, nothing is read

from shared import territory as territories

CREDIT = "Contours : IGN ADMIN EXPRESS 2021, Licence Ouverte 2.0"
WIDTH = 640
MARGIN = 8
SHADES = ("#ffffff", "#d5e5e8", "#a3c6cc", "#5f9aa4", "#0b5563")
"""From none to most: the lightness alone tells them apart."""
LINE, INK = "#5b6673", "#1c2430"
DEPRIVED, NEVER = "depourvue", "jamais"
_PATTERNS = (
    f'<pattern id="{DEPRIVED}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M1,0V7" stroke="#fff" stroke-width="4"/>'
    '<path d="M1,0V7" stroke="#7a3b00" stroke-width="2"/></pattern>'
    f'<pattern id="{NEVER}" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<circle cx="3.5" cy="3.5" r="2.2" fill="#fff"/><circle cx="3.5" cy="3.5" r="1.3" fill="#1c2430"/></pattern>'
)


@dataclass(frozen=True, slots=True)
class DrawnCommune:
    """A commune as it is drawn: its value, how that reads, and what is marked."""

    insee: str
    value: float | None
    shown: str
    deprived: bool = False
    never: bool = False

    @property
    def told(self) -> str:
        """The commune in words."""
        marks = [
            words for words, on in (("dépourvue", self.deprived), ("aucune présence notée", self.never)) if on
        ]
        return f"{territories.communes()[self.insee].name} : {', '.join([self.shown, *marks])}"


def steps(values: Collection[float]) -> list[float]:
    """Return the upper bound of each shade above none: as many communes under each, since one town outweighs the
    rest; fewer shades where few values differ."""
    known = sorted(value for value in values if value > 0)
    parts = len(SHADES) - 1
    return (
        sorted({known[math.ceil(len(known) * part / parts) - 1] for part in range(1, parts + 1)}) if known else []
    )


def shade(value: float | None, bounds: Sequence[float]) -> str:
    """Return the fill of a value: white for none, darker as it grows."""
    if value is None or value <= 0:
        return SHADES[0]
    return SHADES[1 + next((n for n, bound in enumerate(bounds) if value <= bound), len(SHADES) - 2)]


def svg(title: str, places: Sequence[DrawnCommune]) -> str:
    """Draw the map. Each commune has a title, which a pointer shows; the whole has a name for a reader of
    screens."""
    paths, height = _shapes()
    bounds = steps([p.value for p in places if p.value is not None])
    drawn = [_commune(place, paths[place.insee], bounds) for place in places]
    name = f"{title}. Les valeurs sont dans le tableau."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f"aria-label={quoteattr(name)}><title>{escape(name)}</title><defs>{_PATTERNS}</defs>"
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/><g stroke-linejoin="round">{"".join(drawn)}</g>'
        f'<text x="{MARGIN}" y="{height - 6}" font-family="sans-serif" font-size="11" fill="{INK}">{CREDIT}</text>'
        "</svg>"
    )


def _commune(place: DrawnCommune, path: str, bounds: Sequence[float]) -> str:
    outline = f'd="{path}" fill-rule="evenodd" stroke="{LINE}" stroke-width="0.7"'
    layers = [f'<path {outline} fill="{shade(place.value, bounds)}"/>']
    for on, pattern in ((place.deprived, DEPRIVED), (place.never, NEVER)):
        if on:
            layers.append(f'<path {outline} fill="url(#{pattern})"/>')
    return f"<g><title>{escape(place.told)}</title>{''.join(layers)}</g>"


def swatch(fill: str, pattern: str = "") -> str:
    """Draw a square of the legend."""
    over = f'<rect width="28" height="18" fill="url(#{pattern})"/>' if pattern else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="28" height="18" viewBox="0 0 28 18" aria-hidden="true">'
        f'<rect width="28" height="18" fill="{fill}" stroke="{LINE}"/>{over}</svg>'
    )


@cache
def _shapes() -> tuple[Mapping[str, str], int]:
    """Return the path of each commune and the height of the whole, in Mercator's projection: it keeps angles, and
    over 40 km the scale does not change to the eye."""
    outlines = {
        insee: [[_mercator(*point) for point in ring] for ring in rings]
        for insee, rings in territories.outlines().items()
    }
    xs, ys = zip(*(point for rings in outlines.values() for ring in rings for point in ring), strict=True)
    scale = (WIDTH - 2 * MARGIN) / (max(xs) - min(xs))
    left, top = min(xs), max(ys)

    def path(rings: Sequence[Sequence[tuple[float, float]]]) -> str:
        return "".join(
            "M"
            + "L".join(f"{MARGIN + (x - left) * scale:.1f},{MARGIN + (top - y) * scale:.1f}" for x, y in ring)
            + "Z"
            for ring in rings
        )

    height = round((top - min(ys)) * scale + 2 * MARGIN + 16)
    return {insee: path(rings) for insee, rings in outlines.items()}, height


def _mercator(longitude: float, latitude: float) -> tuple[float, float]:
    return math.radians(longitude), math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))
