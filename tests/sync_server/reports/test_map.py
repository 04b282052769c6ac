"""The map: every commune once, where it is, with its value; marks by pattern and in words."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

from shared import territory as territories
from shared.territory import TERRITORY
from sync_server.figures.counts import Period
from sync_server.files import maps
from sync_server.files.maps import DrawnCommune
from sync_server.reports import commune_map
from sync_server.storage import database
from sync_server.storage.desk_tables import CommuneYear
from sync_server.storage.tables import table
from tests.sync_server.world import encounter, of_kind, push, referrals

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 31))
SVG = "{http://www.w3.org/2000/svg}"
GIROMAGNY, DELLE, BELFORT = "90052", "90033", "90010"


def found(engine: Engine, code: str = "A4-02", period: Period = MARCH) -> dict[str, DrawnCommune]:
    with database.reading(engine) as connection:
        return {p.insee: p for p in commune_map.coverage(connection, TERRITORY, code, period).places}


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", path)]


def test_each_commune_is_drawn_once_where_it_is() -> None:
    places = [DrawnCommune(insee, 1.0, "1") for insee in territories.communes()]
    root = ElementTree.fromstring(maps.svg("Carte", places))
    drawn = {g.findtext(f"{SVG}title"): g.find(f"{SVG}path") for g in root.findall(f"{SVG}g/{SVG}g")}
    assert len(drawn) == 101
    centres = {}
    width, height = (float(side) for side in str(root.get("viewBox")).split()[2:])
    for title, path in drawn.items():
        assert path is not None
        where = points(str(path.get("d")))
        assert all(0 <= x <= width and 0 <= y <= height for x, y in where)
        xs, ys = [x for x, _ in where], [y for _, y in where]
        centres[str(title).split(" : ")[0]] = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    by_name = {c.name: c for c in territories.communes().values()}
    for one, other in (("Giromagny", "Belfort"), ("Belfort", "Delle"), ("Lepuix", "Beaucourt")):
        assert centres[one][1] < centres[other][1], "the north is above"
        west, east = sorted((one, other), key=lambda name: by_name[name].longitude)
        assert centres[west][0] < centres[east][0]


def test_a_commune_says_its_value_and_its_marks(engine: Engine) -> None:
    push(engine, encounter(), encounter(), encounter(commune=DELLE), of_kind("presence"))
    with database.writing(engine) as connection:
        marks = [{"territory": TERRITORY, "insee": DELLE, "year": y} for y in (2026, 2024)]
        connection.execute(insert(table(CommuneYear)), [*marks, marks[0] | {"insee": BELFORT, "year": 2025}])
    seen = found(engine)
    assert (seen[GIROMAGNY].value, seen[GIROMAGNY].shown) == (2, "2 contacts")
    assert (seen[GIROMAGNY].deprived, seen[GIROMAGNY].never) == (False, False)
    assert seen[DELLE].told == "Delle : 1 contact, dépourvue, aucune présence notée"
    assert (seen[BELFORT].deprived, seen[BELFORT].never) == (False, True)
    earlier = found(engine, period=Period(date(2026, 3, 1), date(2026, 3, 8), date(2026, 3, 8)))
    assert earlier[GIROMAGNY].never, "the presence is of the ninth"


def test_patterns_mark_what_words_say(engine: Engine) -> None:
    places = [
        DrawnCommune(GIROMAGNY, 5, "5", deprived=True),
        DrawnCommune(DELLE, None, "—", never=True),
        DrawnCommune(BELFORT, 0, "0"),
    ]
    drawn = maps.svg("Carte", places)
    assert drawn.count(f'fill="url(#{maps.DEPRIVED})"') == drawn.count(f'fill="url(#{maps.NEVER})"') == 1
    assert "style=" not in drawn
    assert maps.CREDIT in drawn
    assert drawn == maps.svg("Carte", places)


@pytest.mark.parametrize(
    ("values", "bounds"),
    [([], []), ([0, 0], []), ([3], [3]), ([1, 2, 3, 4, 186, 0], [2, 3, 4, 186]), ([1, 1, 1, 1, 9], [1, 9])],
)
def test_the_shades_follow_the_communes_not_the_largest_town(values: list[float], bounds: list[float]) -> None:
    assert maps.steps(values) == bounds
    assert [maps.shade(value, bounds) for value in (0, None)] == [maps.SHADES[0]] * 2
    for value in values:
        assert (maps.shade(value, bounds) == maps.SHADES[0]) == (value == 0)


def test_every_indicator_with_communes_can_be_mapped(engine: Engine) -> None:
    codes = [i.code for i in commune_map.list_mappable()]
    assert {"A4-01", "A4-02", "A3-01"} <= set(codes)
    for code in codes:
        assert len(found(engine, code)) == 101


def test_the_page_the_drawing_and_the_files_are_served(coordinator: TestClient, engine: Engine) -> None:
    push(engine, encounter(), of_kind("presence"))
    page = coordinator.get("/console/carte?du=2026-03-01&au=2026-03-31&indicateur=A4-02")
    assert page.status_code == 200
    assert page.text.count('<th scope="row">') == 102
    assert maps.CREDIT in page.text
    assert "points : aucune présence notée jusqu’au 31/03/2026 (100)" in page.text
    assert "jamais couverte" not in page.text.lower()
    drawn = coordinator.get("/console/carte.svg?indicateur=A4-02")
    assert drawn.headers["Content-Type"].startswith("image/svg+xml")
    for ending in ("csv", "xlsx", "ods"):
        assert coordinator.get(f"/console/carte.{ending}?indicateur=A4-10").status_code == 200
    assert coordinator.get("/console/carte?indicateur=A9-99").status_code == 404


def test_a_rate_on_the_map_says_what_it_is_made_of_what_is_not_known_and_the_cut_off_day(
    coordinator: TestClient, engine: Engine
) -> None:
    push(engine, *referrals("honoree", ""))
    said = "50\u202f% (1\u00a0sur\u00a02 ; issue inconnue 50\u202f%)"
    query = "indicateur=A4-10&du=2026-03-01&au=2026-03-10&arrete=2026-03-09"
    page = coordinator.get(f"/console/carte?{query}").text
    assert f"Giromagny : {said}" in page  # under the pointer
    assert page.count(f'<td class="number">{said}</td>') == 2  # the commune, the territory
    assert 'name="arrete" type="date" value="2026-03-09"' in page
    days = "du 01/03/2026 au 10/03/2026, issues connues au 09/03/2026"
    drawing = coordinator.get(f"/console/carte.svg?{query}").text
    for told in (page, drawing):
        assert days in told
        assert said in told
    lines = coordinator.get(f"/console/carte.csv?{query}").content.decode("utf-8-sig").splitlines()
    assert days.capitalize() in lines
    [head] = [line for line in lines if line.startswith("Code INSEE")]
    [here] = [line for line in lines if line.startswith(GIROMAGNY)]
    cells = dict(zip(head.split(";"), here.split(";"), strict=False))
    assert [cells[name] for name in ("Valeur", "Numérateur", "Dénominateur", "Inconnu", "Part d’inconnu")] == [
        "0,5", "1", "2", "1", "0,5",
    ]  # fmt: skip
    [elsewhere] = [line for line in lines if line.startswith(DELLE)]
    assert ";—;" in elsewhere  # nothing to divide: no rate, and no « 0 sur 0 »


def test_only_the_coordinator_sees_the_map(administrator: TestClient) -> None:
    for address in ("/console/carte", "/console/carte.svg", "/console/carte.csv", "/console/saisies-detail.csv"):
        assert administrator.get(address).status_code == 403
