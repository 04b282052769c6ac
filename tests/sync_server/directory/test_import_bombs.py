"""Files that are small to send and long to read: entries that the schema takes, and that would keep the server."""

from __future__ import annotations

import io
import time
from typing import Any

from sync_server.directory import import_read
from tests.sync_server.directory.test_import import RIGHTS, SERVICE, STRUCTURE, file

BOUND = 5.0
"""Seconds of this process. What is tried took minutes, or hours."""


def read(*services: Any, structure: Any = STRUCTURE) -> tuple[import_read.Read, float]:
    content, begun = file(*services, structures=[structure]), time.process_time()
    return import_read.read([io.BytesIO(content)], "90"), time.process_time() - begun


def test_codes_known_and_unknown_by_the_hundred_thousand_in_one_entry_take_seconds() -> None:
    found, took = read({"thematiques": [RIGHTS] * 150_000 + ["inconnu"] * 150_000})
    assert (found.unknown["inconnu"], len(found.candidates)) == (150_000, 1)
    assert took < BOUND


def test_a_place_whose_name_is_a_megabyte_given_to_many_services_takes_seconds() -> None:
    nameless = {name: value for name, value in STRUCTURE.items() if name != "code_insee"}
    long = nameless | {"commune": "é x" * 300_000, "code_postal": "90100", "adresse": "é x" * 300_000}
    found, took = read(*({"id": f"dora--{n}"} for n in range(1_500)), structure=long)
    assert len(found.candidates) == 1_500
    assert {one.fields.commune for one in found.candidates} == {None}
    assert took < BOUND


def test_a_long_address_and_a_real_commune_are_read_as_before() -> None:
    street = "1 rue " + "très " * 30 + "longue"
    place = {name: value for name, value in STRUCTURE.items() if name != "code_insee"}
    found, _ = read(SERVICE, structure=place | {"commune": "Delle", "code_postal": "90100", "adresse": street})
    (candidate,) = found.candidates
    assert (candidate.fields.commune, candidate.fields.address) == ("90033", street)
