"""Charts say in words what they draw, ask nothing of anybody, and come out the same each time."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from datetime import date
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared import choices
from shared.territory import TERRITORY
from sync_server.figures.compiler import Period
from sync_server.figures.declarations import load
from sync_server.files import charts
from sync_server.files.charts import Chart, Point, Series, trajectory
from sync_server.reports.indicator_charts import MOST_BARS, build_chart, describe_cut
from sync_server.storage import database
from tests.sync_server.world import encounter, push

SVG = "{http://www.w3.org/2000/svg}"
CONTACTS = trajectory(
    "A4-02 · Contacts <jeunes> & \x01autres",
    "contacts",
    Point(charts.START, 0, "0"),
    [Point("2024", 150, "150"), Point("2025", None, "—"), Point("2026", 450, "450"), Point("2027", 600, "600")],
    [Point("2024", 170, "170"), Point("2025", 280, "280"), Point("2026", None, "—"), Point("2027", None, "—")],
    percent=False,
)
RATE = trajectory("Taux", "%", None, [Point("2024", 0.3, "30 %")], [Point("2024", 0.25, "25 %")], percent=True)
BY_EPCI = Chart(
    "Contacts par EPCI",
    "contacts",
    (Series("Contacts", (Point("CA Grand Belfort", 1200, "1 200"), Point("CC du Sud Territoire", 0, "0"))),),
    "bars",
)
EVERY = pytest.mark.parametrize("chart", [CONTACTS, RATE, BY_EPCI], ids=["trajectory", "rate", "bars"])


def texts(svg: str) -> list[str]:
    return [(found.text or "").strip() for found in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@EVERY
def test_a_strict_policy_blocks_nothing_and_nothing_is_fetched(chart: Chart) -> None:
    drawn = charts.svg(chart)
    assert "style=" not in drawn
    assert not re.search(r"<(script|style|image|use|foreignObject)\b|@import|url\(http", drawn)
    assert set(re.findall(r"https?://[^\"]+", drawn)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


@EVERY
def test_the_drawing_has_a_name_that_says_every_value(chart: Chart) -> None:
    root = ElementTree.fromstring(charts.svg(chart))
    assert root.get("role") == "img"
    assert root.get("aria-label") == chart.told.replace("\x01", "")
    for point in (p for s in chart.series for p in s.points if p.value is not None):
        assert f"{point.place} {point.shown}" in chart.told
    assert "aria-roledescription" not in charts.svg(chart)


@EVERY
def test_every_value_and_every_name_stands_beside_its_mark(chart: Chart) -> None:
    drawn = texts(charts.svg(chart))
    for series in chart.series:
        assert {p.shown for p in series.points if p.value is not None} <= set(drawn)
        assert series.name in drawn or chart.form == "bars"


def test_what_is_aimed_at_is_dashed_so_that_greyscale_tells_it() -> None:
    drawn = charts.svg(CONTACTS)
    assert 'stroke-dasharray="6,4"' in drawn
    places = [t for t in texts(drawn) if re.fullmatch(r"\d{4}|Départ", t)]
    assert places == ["Départ", "2024", "2025", "2026", "2027"]


@EVERY
def test_the_same_figures_give_the_same_bytes(chart: Chart) -> None:
    assert charts.svg(chart) == charts.svg(chart)
    assert charts.png(chart) == charts.png(chart)
    assert charts.png(chart).startswith(b"\x89PNG")


def test_the_same_bytes_in_another_process() -> None:
    code = "from tests.sync_server.reports.test_charts import *; import hashlib; print(hashlib.sha256("
    code += "charts.svg(CONTACTS).encode() + charts.png(CONTACTS)).hexdigest())"
    seen = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)}
    assert len(seen) == 1
    assert len(seen.pop().strip()) == 64


def test_a_server_that_draws_nothing_does_not_load_the_drawing() -> None:
    code = "import sys, sync_server.web.app; print(sorted({'altair', 'vl_convert'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_a_chart_of_nothing_knows_it() -> None:
    nothing = trajectory("Rien", "", None, [Point("2024", None, "—")], [Point("2024", None, "—")], percent=False)
    assert nothing.empty
    assert not CONTACTS.empty


def test_no_line_strikes_a_value_through() -> None:
    drawn = charts.svg(CONTACTS)
    root = ElementTree.fromstring(drawn)
    edged = [t.text for t in root.iter(f"{SVG}text") if t.get("stroke") == "white"]
    values = {p.shown for s in CONTACTS.series for p in s.points if p.value is not None} | {"Cible", "Réalisé"}
    assert values <= set(edged)
    last_line = max(drawn.rfind('stroke-dasharray="6,4"'), drawn.rfind('stroke-dasharray="1,0"'))
    assert 0 < last_line < drawn.find('stroke="white"'), "every label is drawn over every line"


def test_a_chart_that_leaves_values_out_says_how_many_in_words_and_under_its_title(
    coordinator: TestClient, engine: Engine
) -> None:
    themes = list(choices.load("theme").by_code)[: MOST_BARS + 3]
    met = [encounter(needs=[{"theme": theme}]) for theme in [*themes, themes[-1]]]
    assert {receipt.status for receipt in push(engine, *met)} == {"accepted"}
    code = next(i.code for i in load().values() if "theme" in i.by and i.of == "fact_need")
    query = f"du=2026-01-01&au=2026-03-31&indicateur={code}&par=thematique"
    words = f"les {MOST_BARS} premières valeurs sur {MOST_BARS + 3}, de la plus grande à la plus petite"
    drawn = coordinator.get(f"/console/indicateurs/{code}.svg?{query}").text
    assert words in texts(drawn)
    name = ElementTree.fromstring(drawn).get("aria-label") or ""
    assert f"L{words[1:]}. " in name
    assert f"{choices.load('theme').label_of(themes[-1])} 2, " in name, "the greatest comes first"
    page = html.unescape(coordinator.get(f"/console/indicateurs?{query}").text)
    assert f"({words})" in page
    assert re.search(rf'alt="[^"]*, {words} : les valeurs sont dans le tableau', page)
    few = coordinator.get(f"/console/indicateurs?{query.replace('thematique', 'epci')}").text
    assert "premières valeurs" not in few


def test_every_month_of_the_whole_pact_is_drawn(engine: Engine) -> None:
    assert describe_cut("month", 48) == ""
    assert describe_cut("theme", MOST_BARS) == ""
    with database.reading(engine) as connection:
        pact = Period(date(2024, 1, 1), date(2027, 12, 31), date(2027, 12, 31))
        chart = build_chart(connection, TERRITORY, load()["A4-02"], pact, "month", {})
    assert (len(chart.series[0].points), chart.note) == (48, "")


def test_an_indicator_is_drawn_over_months_and_epci_with_the_figures_of_the_table(
    coordinator: TestClient, engine: Engine
) -> None:
    push(engine, encounter(), encounter(), encounter(day="2026-02-03", commune="90033"))
    query = "du=2026-01-01&au=2026-03-31"
    months = coordinator.get(f"/console/indicateurs/A4-02.svg?{query}&par=mois")
    assert months.headers["Content-Type"].startswith("image/svg+xml")
    assert "contacts : janvier 2026 0, février 2026 1, mars 2026 2." in months.text
    by_epci = coordinator.get(f"/console/indicateurs/A4-02.svg?{query}&par=epci").text
    assert "CA Grand Belfort 0, CC du Sud Territoire 1, CC des Vosges du Sud 2." in by_epci
    page = coordinator.get(f"/console/indicateurs?{query}&par=mois").text
    [there] = re.findall(r'src="(/console/indicateurs/A4-02.svg[^"]*)"', page)
    assert coordinator.get(html.unescape(there)).text == months.text
    for wrong in (f"A4-02.svg?{query}", f"A4-02.svg?{query}&par=mois&par=epci", f"A9-99.svg?{query}&par=mois"):
        assert coordinator.get(f"/console/indicateurs/{wrong}").status_code == 404
