"""Trajectories: where an indicator should stand on a day, from its T0 and its yearly targets; how far it is.
Numbers only: no database, no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

YEARS = (2024, 2025, 2026, 2027)
"""The years of the pact. The T0 stands at the end of the year before."""
BEFORE = YEARS[0] - 1
NEAR = 0.8
"""From this share of what is expected, an indicator is to be watched; below, it is late."""


class Progress(Enum):
    """Where an indicator stands, in the words a person reads; a colour only repeats them."""

    REACHED = "Cible atteinte"
    ON_COURSE = "En bonne voie"
    WATCH = "À surveiller"
    LATE = "En retard"
    FREE = "Trajectoire libre"
    NO_WAY = "Sens à préciser"
    NO_TARGET = "Sans cible"
    NO_VALUE = "Pas de valeur"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is aimed at. `kind` is a code of the `trajectory` list; `gathers` says that the value grows from zero
    in each year (a count), where a rate has its level on any day. `lower` says whether less is better; None where
    nobody has said so."""

    kind: str = "progressive"
    start: float | None = None
    targets: Mapping[int, float] = field(default_factory=dict)
    gathers: bool = True
    lower: bool | None = None

    @property
    def falls(self) -> bool | None:
        """Whether less is better: as it was said; or else whether the last target is below the start. None where
        neither tells: a figure over its target would pass for reached."""
        if self.lower is not None or self.start is None or not self.targets:
            return self.lower
        last = self.targets[max(self.targets)]
        return None if last == self.start else last < self.start


def aim(plan: Plan, year: int) -> float | None:
    """Return the target of that year: the one typed; of a year left empty, what the kind of trajectory says."""
    if year in plan.targets:
        return plan.targets[year]
    if year < YEARS[0] or plan.kind == "libre":
        return None
    if plan.kind == "paliers":
        earlier = [y for y in plan.targets if y < year]
        return plan.targets[max(earlier)] if earlier else None
    points = dict(plan.targets) | ({} if plan.start is None else {BEFORE: plan.start})
    sides = [y for y in points if y < year], [y for y in points if y > year]
    if not all(sides):
        return None
    low, high = max(sides[0]), min(sides[1])
    return _between(points[low], points[high], (year - low) / (high - low))


def expected(plan: Plan, day: date) -> float | None:
    """Compute what the trajectory asks for by the end of that day; None where it asks for nothing."""
    target = aim(plan, day.year)
    part = _part_of_year(day)
    if target is None or (plan.kind == "libre" and part < 1):
        return None
    if plan.gathers:
        return target * part
    before = plan.start if day.year == YEARS[0] else aim(plan, day.year - 1)
    return target if plan.kind != "progressive" or before is None else _between(before, target, part)


def gap(value: float | None, target: float | None) -> float | None:
    """Return the value less the target; None without either."""
    return None if value is None or target is None else value - target


def attainment(plan: Plan, value: float | None, year: int) -> float | None:
    """Return the value as a share of the year's target; where less is better, the share of the wanted fall that is
    done. None without a target or over zero, where nobody knows which way is better, and where there is no fall:
    less is better, and the start is unknown or not above the target."""
    target = aim(plan, year)
    if value is None or target is None or plan.falls is None:
        return None
    if plan.falls:
        start = plan.start
        return None if start is None or start <= target else (start - value) / (start - target)
    return value / target if target else None


def find_progress(plan: Plan, value: float | None, day: date) -> Progress:
    """Tell where the value stands on that day, against the trajectory."""
    target = aim(plan, day.year)
    if target is None or value is None:
        return Progress.NO_TARGET if target is None else Progress.NO_VALUE
    if plan.falls is None:
        return Progress.NO_WAY
    growing = plan.falls and plan.gathers and _part_of_year(day) < 1  # low today says nothing of December
    if not growing and (value <= target if plan.falls else value >= target):
        return Progress.REACHED
    due = expected(plan, day)
    if due is None:
        return Progress.FREE
    have, wanted = (due, value) if plan.falls else (value, due)
    if have >= wanted:
        return Progress.ON_COURSE
    return Progress.WATCH if have >= NEAR * wanted else Progress.LATE


def _between(low: float, high: float, part: float) -> float:
    return low * (1 - part) + high * part


def _part_of_year(day: date) -> float:
    first = date(day.year, 1, 1)
    return ((day - first).days + 1) / (date(day.year + 1, 1, 1) - first).days
