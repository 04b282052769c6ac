"""A frozen report holds all that it prints: what changes in the territory since changes nothing in it."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared import choices, territory
from shared.territory import TERRITORY
from sync_server.figures import counts, declarations
from sync_server.files import charts, spreadsheets, tabular
from sync_server.reports import frozen, pact_changes, pact_docx, pact_layout, pact_report
from sync_server.reports.pact_report import Body
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from tests.sync_server.pact_world import LOGIN, built, fill
from tests.sync_server.world import TODAY

OLD = Path(__file__).parents[2] / "golden" / "report_form_2.json"
"""A body of the second shape, three indicators of a report that the version before froze."""
OLD_DIGESTS = {
    "csv": "6f6fbf4081706adde802843198b4c852acd83e5a8999506a20e335f44b97af7d",
    "xlsx": "303b7395cdd01254337b4fd52c50572bc2148cb59b720b55b60073a847359884",
    "ods": "5f61c6ce3033b916b73df6c3a7d938d45d180647fc0c70cfa83f93d4916d6216",
}
"""SHA-256 of the files that the version before wrote of it on 10 March 2026."""
LARGEST = "200069052"
OTHERS = {"249000241": "CC du Sud Territoire", "200069060": "CC des Vosges du Sud"}
TERRITORIES: dict[str, dict[str, str]] = {
    "renamed": {LARGEST: "Grand Belfort Métropole", "249000241": "CC du Sud", "200069060": "CC des Vosges"},
    "another number": {"999999999": "CA Grand Belfort", **OTHERS},
    "vanished": OTHERS,
    "in another order": {**OTHERS, LARGEST: "CA Grand Belfort"},
}


@pytest.fixture
def body(engine: Engine) -> Body:
    """A whole report, of which three indicators are kept: a rate with a target, a range, a mean."""
    fill(engine, 60)
    found = built(engine)
    for action in found["actions"]:
        action["indicators"] = [e for e in action["indicators"] if e["code"] in ("A3-09", "A4-01", "A4-06")]
    return found


def old() -> Body:
    found: Body = json.loads(OLD.read_text("utf-8"))
    return found


def files(body: Body) -> dict[str, bytes]:
    """Every form of a report, as bytes; the page by its tables and pictures."""
    book = pact_layout.build_book(body, TODAY)
    page = [(part.heading, part.table, charts.pictures(part.charts)) for part in pact_layout.list_parts(body)]
    return {
        "csv": tabular.to_csv(book),
        "xlsx": spreadsheets.to_xlsx(book),
        "ods": spreadsheets.to_ods(book),
        "docx": pact_docx.to_docx(body, TODAY),
        "page": repr(page).encode(),
    }


@contextmanager
def epcis_are(names: dict[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(territory, "epcis", lambda: names)
        yield


def nobody(*_: Any, **__: Any) -> Any:
    raise AssertionError("a frozen report asked for what is not in it")


@contextmanager
def nothing_live() -> Iterator[None]:
    """Nothing of today can be read: no territory, list, declaration or table."""
    with pytest.MonkeyPatch.context() as patch:
        for module, names in (
            (territory, ("epcis", "communes", "services")),
            (choices, ("load", "nationals", "ranks")),
            (declarations, ("load",)),
            (counts, ("compute", "service_names")),
            (database, ("reading", "snapshot", "writing")),
        ):
            for name in names:
                patch.setattr(module, name, nobody)
        yield


@pytest.mark.parametrize("of", ["this version", "the version before"])
def test_every_form_of_a_report_is_drawn_from_its_body_alone(body: Body, of: str) -> None:
    kept = old() if of == "the version before" else json.loads(frozen.canonical(body))
    before = files(kept)
    with nothing_live():
        assert files(kept) == before


@pytest.mark.parametrize("name", TERRITORIES)
def test_whatever_becomes_of_the_epci_a_report_reads_as_on_the_day_it_was_frozen(body: Body, name: str) -> None:
    for kept in (json.loads(frozen.canonical(body)), old()):
        before = files(kept)
        assert b"CA Grand Belfort" in before["csv"]
        with epcis_are(TERRITORIES[name]):
            assert files(kept) == before


def test_a_report_of_the_version_before_keeps_its_bytes() -> None:
    book = pact_layout.build_book(old(), date(2026, 3, 10))
    writers = {"csv": tabular.to_csv, "xlsx": spreadsheets.to_xlsx, "ods": spreadsheets.to_ods}
    assert {ending: hashlib.sha256(write(book)).hexdigest() for ending, write in writers.items()} == OLD_DIGESTS


def test_a_report_names_the_epci_in_their_order_of_that_day(body: Body) -> None:
    assert pact_report.epci_names(body) == territory.epcis()
    assert list(pact_report.epci_names(body)) == list(pact_report.epci_names(old())) == list(territory.epcis())


def test_an_epci_that_nobody_names_is_called_by_its_number() -> None:
    elsewhere = old() | {"territory": "25"}
    names = pact_report.epci_names(elsewhere)
    assert names == {code: code for code in sorted(pact_report.epci_names(old()))}
    assert files(elsewhere)


@pytest.mark.parametrize("name", TERRITORIES)
@pytest.mark.parametrize("shape", [2, 3])
def test_two_reports_are_compared_across_the_change(body: Body, name: str, shape: int) -> None:
    before = copy.deepcopy(body)
    if shape == 2:
        before |= {"form": 2}
        del before["epcis"]
    after = copy.deepcopy(body)
    after["epcis"] = [{"code": code, "name": said} for code, said in TERRITORIES[name].items()]
    moved = dict(zip(territory.epcis(), TERRITORIES[name], strict=False)) if name == "another number" else {}
    for action in after["actions"]:
        for entry in action["indicators"]:
            entry["epcis"] = {
                moved.get(code, code): figure
                for code, figure in entry["epcis"].items()
                if name != "vanished" or code in TERRITORIES[name]
            }
    there, back = pact_changes.compare(before, after), pact_changes.compare(after, before)
    assert there
    assert back
    assert all(one.before != one.after for one in there)
    told = [(one.what, one.before, one.after) for one in there if one.what.startswith("EPCI ")]
    expected = {
        "renamed": (f"EPCI {LARGEST}", "CA Grand Belfort", "Grand Belfort Métropole"),
        "another number": ("EPCI 999999999", "absent", "CA Grand Belfort"),
        "vanished": (f"EPCI {LARGEST}", "CA Grand Belfort", "absent"),
    }
    assert name not in expected or expected[name] in told


def test_only_the_shape_differs_between_the_same_report_before_and_since(body: Body) -> None:
    before = copy.deepcopy(body) | {"form": 2}
    del before["epcis"]
    assert [one.what for one in pact_changes.compare(before, body)] == ["Forme du document"]


def test_the_coordinator_opens_downloads_and_compares_them_whatever_became_of_the_epci(
    coordinator: TestClient, engine: Engine, body: Body
) -> None:
    with database.writing(engine) as connection:
        ids = [frozen.freeze(connection, Actor(TERRITORY, LOGIN, TODAY), one) for one in (old(), body)]
    endings = ("docx", "xlsx", "ods", "csv")
    there = [f"/console/rapports/{one}.{ending}" for one in ids for ending in endings]
    before = [coordinator.get(address).content for address in there]
    with epcis_are(TERRITORIES["another number"]):
        answers = [coordinator.get(address) for address in there]
        assert [answer.status_code for answer in answers] == [200] * len(there)
        assert [answer.content for answer in answers] == before
        for one in ids:
            assert "CA Grand Belfort" in coordinator.get(f"/console/rapports/{one}").text
        assert coordinator.get(f"/console/rapports/comparer?avant={ids[0]}&apres={ids[1]}").status_code == 200
