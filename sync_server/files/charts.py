"""Charts, drawn on the server: SVG for a page, PNG for a document, with words that say the same.

Altair and vl-convert cost 0.7 s and 110 MB once, so the first chart imports them. Marks differ by dash, shape and
label, never by colour alone: they read in greyscale. The same figures give the same bytes.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr  # nosec B406  # it writes XML, nothing is read

from sync_server.files.tabular import clean

INK, MUTED, BRAND = "#1c2430", "#5b6673", "#0b5563"
FONT = "Liberation Sans, Arial, sans-serif"
START = "Départ"
"""What stands under the value of the year T0."""
WIDTH, HEIGHT = 560, 220
_ROOM = 1.18
"""How far above the highest mark the axis goes, for its label."""
ROOM = {"left": 18, "top": 5, "right": 5, "bottom": 5}
"""Around the drawing, in pixels: a browser without our font writes the names at the left wider."""
_INLINE = re.compile(r' (?:style|role|aria-[a-z]+)="[^"]*"')
"""What vl-convert writes that a strict policy blocks, or that a reader of screens hears in English."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a place of the axis, and the value as a person reads it. None where there is nothing to show."""

    place: str
    value: float | None
    shown: str


@dataclass(frozen=True, slots=True)
class Series:
    """Points under one name; `dashed` when they are aimed at rather than reached."""

    name: str
    points: tuple[Point, ...]
    dashed: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return all(p.value is None for p in self.points)

    @property
    def told(self) -> str:
        """The series in words."""
        return f"{self.name} : " + ", ".join(f"{p.place} {p.shown}" for p in self.points if p.value is not None)


@dataclass(frozen=True, slots=True)
class Chart:
    """What is to be drawn: `form` is `lines` over an axis of time, or `bars` of which each is labelled; `note`
    stands under the title."""

    title: str
    unit: str
    series: tuple[Series, ...]
    form: str = "lines"
    percent: bool = False
    note: str = ""

    @property
    def told(self) -> str:
        """The text alternative: everything the drawing says."""
        note = f"{self.note[0].upper()}{self.note[1:]}. " if self.note else ""
        return f"{self.title} ({self.unit}). {note}" + " ; ".join(s.told for s in self.series if not s.empty) + "."

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return all(s.empty for s in self.series)


def trajectory(
    title: str, unit: str, start: Point | None, targets: Sequence[Point], reached: Sequence[Point], percent: bool
) -> Chart:
    """Draw what was aimed at each year from the start, and what was reached."""
    first = (Point(START, start.value, start.shown),) if start else ()
    aimed, done = Series("Cible", (*first, *targets), dashed=True), Series("Réalisé", tuple(reached))
    return Chart(title, unit, (aimed, done), percent=percent)


def svg(chart: Chart) -> str:
    """Draw the chart for a page: no inline style, no script, no font or address from elsewhere; labelled for a
    reader of screens. Serve it at an address of its own, or in a `data:` image."""
    drawn: str = _converter().vegalite_to_svg(_spec(chart), format_locale="fr-FR")
    head, rest = _INLINE.sub("", drawn).split(">", 1)
    label = f"<title>{escape(clean(chart.told))}</title>"
    return f'{head} role="img" aria-label={quoteattr(clean(chart.told))}>{label}{rest}'


def pictures(drawn: Sequence[Chart]) -> list[str]:
    """Return the drawings inside a page: the strict policy allows `data:` images, and nothing more is asked
    for."""
    return ["data:image/svg+xml;base64," + base64.b64encode(svg(chart).encode()).decode() for chart in drawn]


def png(chart: Chart, scale: float = 2) -> bytes:
    """Draw the chart for a document."""
    drawn: bytes = _converter().vegalite_to_png(_spec(chart), scale=scale, format_locale="fr-FR")
    return drawn


@cache
def _converter() -> Any:
    import vl_convert

    return vl_convert


def _spec(chart: Chart) -> dict[str, Any]:
    import altair as alt

    drawn = _bars(alt, chart) if chart.form == "bars" else _lines(alt, chart)
    made: dict[str, Any] = (
        drawn.properties(title=_title(alt, chart))
        .configure(font=FONT, background="white", padding=ROOM)
        .configure_view(stroke=None)
        .configure_axis(labelColor=INK, titleColor=INK, labelFontSize=12, titleFontSize=12, gridColor="#d9dee4")
        .to_dict()
    )
    return made


def _title(alt: Any, chart: Chart) -> Any:
    under = {"subtitle": clean(chart.note), "subtitleColor": MUTED, "subtitleFontSize": 12} if chart.note else {}
    return alt.TitleParams(clean(chart.title), anchor="start", fontSize=14, color=INK, **under)


def _rows(series: Series) -> list[dict[str, Any]]:
    return [
        {"place": clean(p.place), "value": p.value, "shown": p.shown} for p in series.points if p.value is not None
    ]


def _scale(alt: Any, chart: Chart) -> Any:
    values = [p.value for s in chart.series for p in s.points if p.value is not None]
    return alt.Scale(domain=[min(0.0, *values, 0.0), (max([*values, 0.0]) or 1.0) * _ROOM], nice=False)


def _value_axis(chart: Chart) -> dict[str, Any]:
    return {"title": chart.unit, "axis": {"format": "~%" if chart.percent else ",.2~f", "tickCount": 5}}


def _lines(alt: Any, chart: Chart) -> Any:
    """Return one line a series: dashed with diamonds, or whole with dots; each is named at its last point."""
    order = list(dict.fromkeys(clean(p.place) for s in chart.series for p in s.points))
    x = alt.X("place:O", sort=order, title=None, scale=alt.Scale(domain=order), axis={"labelAngle": 0})
    y = alt.Y("value:Q", scale=_scale(alt, chart), **_value_axis(chart))
    lines, marks, words = [], [], []
    for series in (s for s in chart.series if _rows(s)):
        color = MUTED if series.dashed else BRAND
        base = alt.Chart(alt.Data(values=_rows(series))).encode(x=x, y=y)
        lines.append(base.mark_line(color=color, strokeWidth=2, strokeDash=[6, 4] if series.dashed else [1, 0]))
        shape = {"shape": "diamond", "fill": "white"} if series.dashed else {"shape": "circle", "fill": color}
        marks.append(base.mark_point(size=70, stroke=color, strokeWidth=2, opacity=1, **shape))
        words += _labels(alt, chart, series, x, y, color)
        last = alt.Chart(alt.Data(values=_rows(series)[-1:])).encode(x=x, y=y, text=alt.value(series.name))
        words += _words(last, color, fontWeight="bold", dx=28, align="left")
    return alt.layer(*lines, *marks, *words).properties(width=WIDTH, height=HEIGHT)


def _words(base: Any, color: str, **how: Any) -> list[Any]:
    """Return a text over everything, with a white edge: a line that passes behind does not strike it through."""
    edge = base.mark_text(fontSize=12, stroke="white", strokeWidth=4, strokeJoin="round", color="white", **how)
    return [edge, base.mark_text(fontSize=12, color=color, **how)]


def _labels(alt: Any, chart: Chart, series: Series, x: Any, y: Any, color: str) -> list[Any]:
    """Return each value beside its point: the higher of two above, the lower below, all above near the axis."""
    others = {clean(p.place): p.value for s in chart.series if s is not series for p in s.points}
    top = max((p.value or 0 for s in chart.series for p in s.points), default=0)
    sides: dict[int, list[dict[str, Any]]] = {-13: [], 16: []}
    for row in _rows(series):
        other = others.get(row["place"])
        above = other is None or row["value"] > other or (series.dashed and row["value"] == other)
        sides[-13 if above or row["value"] < top / 10 else 16].append(row)
    return [
        layer
        for dy, rows in sides.items()
        if rows
        for layer in _words(
            alt.Chart(alt.Data(values=rows)).encode(x=x, y=y, text="shown:N"), color, align="center", dy=dy
        )
    ]


def _bars(alt: Any, chart: Chart) -> Any:
    """Draw bars of one series, lying down, each with its value at its end."""
    [series] = chart.series
    rows = _rows(series)
    y = alt.Y("place:N", sort=[row["place"] for row in rows], title=None, axis={"labelLimit": 260})
    x = alt.X("value:Q", scale=_scale(alt, chart), **_value_axis(chart))
    base = alt.Chart(alt.Data(values=rows)).encode(y=y, x=x)
    labels = base.mark_text(align="left", dx=5, color=INK, fontSize=12).encode(text="shown:N")
    return alt.layer(base.mark_bar(color=BRAND, height={"band": 0.65}), labels).properties(
        width=WIDTH, height=max(60, 30 * len(rows))
    )
