"""The communes, their EPCI and the services of the territory, as data (sources in README.md beside this)."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

TERRITORY = "90"
"""The code of the territory this build is for: the département's number. Every server key leads with it."""
AVAILABLE = (TERRITORY,)
"""The territories whose communes, outlines and services are here. Another one is refused: it would get these."""


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of the territory. `latitude` and `longitude` are those of its town hall (WGS 84, degrees)."""

    insee: str
    name: str
    post_code: str
    epci: str
    epci_name: str
    population: int
    latitude: float
    longitude: float


@cache
def communes() -> Mapping[str, Commune]:
    """Return the 101 communes by INSEE code, in alphabetical order of their names."""
    text = (files(__name__) / "communes_90.csv").read_text("utf-8")
    return {
        row["insee"]: Commune(
            insee=row["insee"],
            name=row["nom"],
            post_code=row["code_postal"],
            epci=row["epci_siren"],
            epci_name=row["epci_nom"],
            population=int(row["population"]),
            latitude=float(row["mairie_lat"] or row["lat"]),
            longitude=float(row["mairie_lon"] or row["lon"]),
        )
        for row in sorted(csv.DictReader(text.splitlines()), key=lambda r: r["nom"])
    }


def at(latitude: float, longitude: float) -> Commune | None:
    """Return the commune whose outline holds that point (WGS 84, degrees), or None outside the territory.

    A ray to the east crosses an outline an odd number of times from within. The outlines are simplified: within
    some 100 m of a border the neighbour may come out, so the answer is a proposal.
    """
    for insee, rings in outlines().items():
        if sum(_crossings(ring, latitude, longitude) for ring in rings) % 2:
            return communes()[insee]
    return None


def _crossings(ring: Sequence[Sequence[float]], latitude: float, longitude: float) -> int:
    crossed = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > latitude) != (y2 > latitude):
            crossed += longitude < x1 + (latitude - y1) / (y2 - y1) * (x2 - x1)
    return crossed


@cache
def outlines() -> Mapping[str, list[Any]]:
    """Return the rings of each commune, holes and islands alike, as lists of (longitude, latitude) of WGS 84."""
    features = json.loads((files(__name__) / "communes_90.geojson").read_text("utf-8"))["features"]
    found: dict[str, list[Any]] = {}
    for feature in features:
        shape = feature["geometry"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        found[feature["properties"]["insee"]] = [ring for part in parts for ring in part]
    return found


@cache
def epcis() -> Mapping[str, str]:
    """Map SIREN to name of the three EPCI, largest first."""
    people: dict[tuple[str, str], int] = {}
    for c in communes().values():
        people[c.epci, c.epci_name] = people.get((c.epci, c.epci_name), 0) + c.population
    return dict(sorted(people, key=lambda key: -people[key]))


@cache
def services() -> tuple[Mapping[str, Any], ...]:
    """Return the services known at build time, as raw records `{id, **ServiceFields}`."""
    raw = json.loads((files(__name__) / "services_90.json").read_text("utf-8"))
    return tuple(raw["services"])


@cache
def lines() -> frozenset[str]:
    """Return the ids of the services that have a telephone and no place: they answer the whole territory."""
    return frozenset(s["id"] for s in services() if s.get("phone") and not s["commune"])
