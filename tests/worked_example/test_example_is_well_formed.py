"""The worked example itself: its records pass the one door, and its figures agree with one another.

Nothing here counts records: the figures are checked by hand, and against the server elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

import pytest

from shared import choices, ids, rules, territory, wire
from tests import worked_example
from tests.worked_example import Cell

SENT = worked_example.records()
CELLS = worked_example.expected()
LIVE = [r for r in SENT if not r.get("deleted")]
INDICATORS = {
    *("A3-01", "A3-02", "A3-03", "A3-08", "A3-09"),
    *("A4-01", "A4-02", "A4-04", "A4-05", "A4-06", "A4-09", "A4-10", "A4-14"),
}
OF_PRESENCE = {"A4-04", "A4-05"}
OF_OUTCOMES = {"A3-08", "A3-09", "A4-09", "A4-10", "A4-14"}
COUNTED_ONE_BY_ONE = INDICATORS - {"A4-05", "A4-06"}
"""Where `who` names as many records (of A4-04: groups of them) as the figure says."""

MONTHS = ("2026-01", "2026-02", "2026-03")
EPCIS = tuple(worked_example.EPCI.values())


def handle(record_id: str) -> str:
    return record_id[-12:].lstrip("0")


def parts(record: dict[str, Any]) -> list[str]:
    return [handle(r["id"]) for r in record["fields"].get("referrals", [])]


def subject_days() -> dict[str, date]:
    return {
        referral["id"]: date.fromisoformat(record["fields"]["day"])
        for record in LIVE
        for referral in record["fields"].get("referrals", [])
    }


def of(indicator: str, breakdown: str, period: str = "quarter") -> dict[tuple[str, ...], Cell]:
    return {c.key: c for c in CELLS if (c.indicator, c.breakdown, c.period) == (indicator, breakdown, period)}


def numbers(cell: Cell) -> list[float]:
    values = (cell.low, cell.high, cell.denominator_low, cell.denominator_high, cell.unknown, cell.apart)
    return [v or 0 for v in values]


def added(cells: dict[tuple[str, ...], Cell]) -> list[float]:
    return [sum(column) for column in zip(*(numbers(c) for c in cells.values()), strict=True)]


def groups(cell: Cell) -> list[list[str]]:
    return [group.split() for group in cell.who.split("|")]


# The records


@pytest.mark.parametrize("record", LIVE, ids=[f"{handle(r['id'])}-{r['revision']}" for r in LIVE])
def test_every_record_passes_the_one_door(record: dict[str, Any]) -> None:
    services = [s["id"] for s in territory.services()]
    evidence = rules.Evidence(worked_example.TODAY, services, subject_days())
    verdict = rules.judge(record["kind"], record["fields"], evidence)
    assert verdict.refusals == []
    outside = record["fields"].get("age_band") in ("26-39", "moins-de-16")
    warned = ["age_outside_action"] if outside and record["fields"]["action"] == "jeunes" else []
    assert [p.code for p in verdict.problems] == warned


def test_every_record_reads_as_one_of_the_wire() -> None:
    for record in SENT:
        assert wire.Record.model_validate(record).model_dump(exclude_unset=True) == record


def test_only_the_repeat_the_edit_and_the_tombstone_share_an_id() -> None:
    sent = Counter(handle(r["id"]) for r in SENT)
    assert {h for h, times in sent.items() if times > 1} == {"e05", "e14", "e20"}
    first, again = (r for r in SENT if handle(r["id"]) == "e05")
    assert first == again
    for edited in ("e14", "e20"):
        one, two = (r for r in SENT if handle(r["id"]) == edited)
        assert (one["revision"], two["revision"], two["base_revision"]) == (1, 2, 1)
        assert one["kind"] == two["kind"]
    assert [handle(r["id"]) for r in SENT if r.get("deleted")] == ["e20"]


def test_every_id_has_the_form_of_an_id_and_stands_once() -> None:
    latest = {r["id"]: r for r in LIVE}
    found = [*latest, *(worked_example.id_of(h) for r in latest.values() for h in parts(r))]
    assert len(found) == len(set(found))
    assert all(re.fullmatch(ids.PATTERN, i) for i in found)


def test_every_follow_up_is_about_a_referral_of_the_example() -> None:
    subjects = [r["fields"]["subject_id"] for r in SENT if r["kind"] == "follow_up"]
    assert set(subjects) <= set(subject_days())
    assert {handle(s) for s, times in Counter(subjects).items() if times > 1} == {"d01a", "d02a", "d13a"}


def test_every_record_says_what_it_proves() -> None:
    assert all(worked_example.proves().values())
    assert len(worked_example.proves()) == len(SENT) - 1


# The figures


def test_every_cell_is_written_once() -> None:
    places = Counter((c.indicator, c.period, c.breakdown, c.key) for c in CELLS)
    assert {c.indicator for c in CELLS} == INDICATORS
    assert [p for p, times in places.items() if times > 1] == []


@pytest.mark.parametrize("indicator", sorted(INDICATORS))
def test_every_breakdown_is_whole(indicator: str) -> None:
    assert list(of(indicator, "total")) == [()]
    assert set(of(indicator, "epci")) == {(e,) for e in EPCIS}
    assert set(of(indicator, "month")) == {(m,) for m in MONTHS}
    assert set(of(indicator, "epci_month")) == {(e, m) for e in EPCIS for m in MONTHS}
    assert {band for (band,) in of(indicator, "age_band")} <= set(choices.load("age_band").by_code)
    assert bool(of(indicator, "age_band")) == (indicator not in OF_PRESENCE)
    assert list(of(indicator, "total", "february")) == [()]
    assert bool(of(indicator, "total", "february_at_once")) == (indicator in OF_OUTCOMES)


@pytest.mark.parametrize("indicator", sorted(INDICATORS - {"A4-04"}))
@pytest.mark.parametrize("breakdown", ["epci", "month", "epci_month", "age_band"])
def test_the_parts_make_the_whole(indicator: str, breakdown: str) -> None:
    cells = of(indicator, breakdown)
    if cells:
        total = numbers(of(indicator, "total")[()])
        assert added(cells)[:5] == total[:5]
        assert breakdown == "age_band" or added(cells) == total


@pytest.mark.parametrize("indicator", sorted(INDICATORS))
def test_february_alone_is_the_february_of_the_quarter(indicator: str) -> None:
    assert numbers(of(indicator, "total", "february")[()]) == numbers(of(indicator, "month")["2026-02",])


def test_communes_are_distinct_within_the_quarter_so_its_months_make_more() -> None:
    assert added(of("A4-04", "epci"))[0] == of("A4-04", "total")[()].low == 6
    assert added(of("A4-04", "month"))[0] == 7


def test_a_share_divides_by_the_figure_it_is_a_share_of() -> None:
    for share, whole in (("A3-03", "A3-01"), ("A3-09", "A3-08"), ("A4-06", "A4-01"), ("A4-10", "A4-09")):
        for cell in (c for c in CELLS if c.indicator == share):
            base = of(whole, cell.breakdown, cell.period)[cell.key]
            assert (cell.denominator_low, cell.denominator_high) == (base.low, base.high)


@pytest.mark.parametrize("indicator", sorted(INDICATORS))
def test_a_cell_names_as_many_records_as_it_says(indicator: str) -> None:
    known = {handle(r["id"]) for r in SENT} | {h for r in LIVE for h in parts(r)}
    for cell in (c for c in CELLS if c.indicator == indicator):
        named = [h for group in groups(cell) for h in group]
        assert len(named) == len(set(named)), cell
        assert set(named) <= known, cell
        sizes = [len(group) for group in groups(cell)]
        if indicator == "A4-04":
            assert cell.low == len([s for s in sizes if s]), cell
        elif indicator in COUNTED_ONE_BY_ONE:
            assert sizes == _sizes(cell), cell


def _sizes(cell: Cell) -> list[float | None]:
    """How many each group of `who` must name."""
    if cell.indicator in ("A3-09", "A4-10"):
        assert cell.denominator_low is not None
        assert cell.unknown is not None
        return [cell.low, cell.unknown, cell.denominator_low - cell.low - cell.unknown]
    if cell.indicator == "A3-02":
        return [cell.low, cell.apart or 0]
    if cell.indicator in ("A3-01", "A3-03", "A4-01"):
        return [cell.low, cell.high - cell.low]
    return [cell.low]
