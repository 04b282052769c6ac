"""The report the pact asks for, counted once as plain data: every form of it, and what is frozen, is written from
this body and nothing else. Layout of DOMAIN: per action the indicators, the funding, the breakdown by EPCI."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from shared import choices, french
from shared import territory as territories
from sync_server.figures import counts, declarations
from sync_server.figures.counts import Figure, Figures, Period
from sync_server.figures.declarations import Indicator
from sync_server.intake import store
from sync_server.reports import indicator_report
from sync_server.steering import goals, trajectory
from sync_server.steering.trajectory import YEARS, Plan
from sync_server.storage.desk_tables import T0, Deadline, Funding, Goal, NationalIndicator, NationalValue, Target
from sync_server.storage.tables import table

Body = dict[str, Any]
"""JSON-ready. `form` is the version of its shape: a frozen one is read for as long as it is kept.
The second shape says which way each indicator gets better (`direction`), and how far the national ones are. The
third names the EPCI in their order (`epcis`): a later name, number or border of theirs changes no report."""
SCHEMA_VERSION = 3
BEFORE_VERSION_3 = {
    "90": {
        "200069052": "CA Grand Belfort",
        "249000241": "CC du Sud Territoire",
        "200069060": "CC des Vosges du Sud",
    }
}
"""By territory, the EPCI as every report of the first two shapes was drawn: those bodies do not name them, and
must read as they did on the day they were frozen."""
LIMITS = (
    "Le premier contact est déclaré par l’agent, sans clé de personne : la simulation donne 4 % en trop.",
    "Avec les « ne sait pas », la même simulation donne 9 % en trop.",
    "Sur plusieurs années, une personne peut être comptée une fois par année civile.",
    "L’écart est le réalisé moins la cible de l’année ; pour un taux, il est en points.",
    "L’atteinte est le réalisé sur la cible ; s’il s’agit de faire baisser, la part faite de la baisse voulue.",
    "À la baisse, sans T0 au-dessus de la cible, ou sans sens voulu, l’atteinte ne se calcule pas.",
    "Pour une fourchette, l’écart et l’atteinte portent sur le bas.",
    "Une cible laissée vide est prise sur la trajectoire : en ligne droite, ou par paliers.",
    "Tout ce qui est publié protège les petits effectifs ; ce document ne le fait pas (R7).",
    "Un rapport figé ne change plus ; la comparaison de deux rapports nomme chaque changement (R8).",
)
"""The method notes of a report, after the counting rules of `reports.NOTES`."""
REPORT_KINDS = {
    "annuel": "Rapport annuel",
    "mi-parcours": "Rapport d’exécution à mi-parcours",
    "final": "Évaluation finale",
    "periode": "Rapport de période",
}


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Which report: its kind, its days."""

    kind: str
    period: Period

    @property
    def title(self) -> str:
        """Its name for a person."""
        first, last = self.period.first, self.period.last
        if self.kind == "periode":
            return f"{REPORT_KINDS[self.kind]}, {french.format_period(first, last)}"
        return f"{REPORT_KINDS[self.kind]} {first.year}" + ("" if first.year == last.year else f"-{last.year}")


def days_of(kind: str, year: int) -> tuple[date, date]:
    """Return the first and the last day of a report of that kind; only the annual one depends on the year."""
    first, last = {"annuel": (year, year), "mi-parcours": YEARS[:2]}.get(kind, (YEARS[0], YEARS[-1]))
    return date(first, 1, 1), date(last, 12, 31)


def epci_names(body: Body) -> dict[str, str]:
    """Return the EPCI of a report by their code, in order: as it names them. One that does not is drawn as it was
    then; a code that nobody names is called by itself."""
    if "epcis" in body:
        names = {one["code"]: one.get("name", one["code"]) for one in body["epcis"] if "code" in one}
    else:
        names = dict(BEFORE_VERSION_3.get(body.get("territory", ""), {}))
    entries = (entry for action in body.get("actions", ()) for entry in action.get("indicators", ()))
    counted = sorted({code for entry in entries for code in entry.get("epcis", ())})
    return names | {code: code for code in counted if code not in names}


def build(connection: Connection, territory: str, wanted: ReportRequest) -> Body:
    """Return the whole report, counted now. Hand in a snapshot: it reads many times."""
    period = wanted.period
    years = [year for year in YEARS if year <= period.last.year]
    by_year = {y: counts.compute(connection, territory, _year(y, period)) for y in years}
    by_epci = counts.compute(connection, territory, period, ("epci",))
    aims = _Goals(connection, territory)
    found = declarations.load()
    entries = {code: _entry(i, aims, by_year, by_epci, period) for code, i in found.items()}
    return {
        "form": SCHEMA_VERSION,
        "kind": wanted.kind,
        "title": wanted.title,
        "territory": territory,
        "first": str(period.first),
        "last": str(period.last),
        "cut_off": str(period.cut_off),
        "synthetic": store.is_synthetic(connection, territory),
        "years": list(YEARS),
        "reached": years,
        "epcis": [{"code": code, "name": name} for code, name in territories.epcis().items()],
        "actions": [
            {
                "code": action.code,
                "label": f"Fiche {action.more['fiche']} – {action.label}",
                "indicators": [entries[code] for code, i in found.items() if i.section == action.code],
                "funding": _funding(connection, territory, action.code),
            }
            for action in choices.load("action").by_code.values()
        ],
        "national": _national(connection, territory, aims, years),
        "deadlines": _deadlines(connection, territory),
        "notes": [*indicator_report.NOTES, *LIMITS],
    }


def _year(year: int, period: Period) -> Period:
    return Period(date(year, 1, 1), min(date(year, 12, 31), period.last), period.cut_off)


class _Goals:
    """What the coordinator set for each indicator."""

    def __init__(self, connection: Connection, territory: str) -> None:
        goal, target = table(Goal), table(Target)
        found = connection.execute(select(goal).where(goal.c.territory == territory)).mappings()
        self.goals = {row["indicator"]: row for row in found}
        self.targets: dict[str, dict[int, float]] = defaultdict(dict)
        for row in connection.execute(select(target).where(target.c.territory == territory)).mappings():
            self.targets[row["indicator"]][row["year"]] = row["value"]

    def of(self, code: str, gathers: bool, lower: bool | None) -> tuple[Plan, dict[str, Any]]:
        """Return the trajectory, and what there is to say of it."""
        goal: Any = self.goals.get(code, {})
        targets = dict(self.targets.get(code, {}))
        start = targets.pop(T0, None)
        kind = goal.get("trajectory") or "progressive"
        plan = Plan(kind, start, targets, gathers, lower)
        aims = {str(year): trajectory.aim(plan, year) for year in YEARS}
        said = {"owner": goal.get("owner", ""), "comment": goal.get("comment", ""), "trajectory": kind}
        said["direction"] = goals.format_direction(plan.falls)
        return plan, {"t0": start, "targets": {y: v for y, v in aims.items() if v is not None}, **said}


def _entry(
    indicator: Indicator, aims: _Goals, by_year: dict[int, Figures], by_epci: Figures, period: Period
) -> Body:
    plan, set_by_hand = aims.of(indicator.code, not indicator.rate_of, indicator.lower_is_better)
    reached = {year: figures[indicator.code][()] for year, figures in by_year.items()}
    year = max(reached, default=period.last.year)
    value = reached[year].value if reached else None
    cells = by_epci[indicator.code]
    return {
        "code": indicator.code,
        "label": indicator.label,
        "unit": indicator.unit,
        "definition": indicator.definition,
        "rule": indicator.rule,
        "source": indicator.sourced,
        "rate": bool(indicator.rate_of),
        "mean": bool(indicator.mean_of),
        **set_by_hand,
        "reached": {str(y): _with_words(indicator, figure) for y, figure in reached.items()},
        "year": year,
        "gap": trajectory.gap(value, trajectory.aim(plan, year)),
        "attainment": trajectory.attainment(plan, value, year),
        "period": _with_words(indicator, cells[()]),
        "epcis": {
            epci: _with_words(indicator, cells[(epci,)]) for epci in territories.epcis() if (epci,) in cells
        },
    }


def _with_words(indicator: Indicator, figure: Figure) -> Body:
    """Return a figure with its words: a frozen report reads the same when the wording of the program has moved
    on."""
    numbers = {name: value for name, value in asdict(figure).items() if value is not None and value is not False}
    words = {
        "shown": indicator_report.format_figure(indicator, figure),
        "beside": indicator_report.format_rate_beside(indicator, figure),
        "remark": indicator_report.remark(indicator, figure),
    }
    return numbers | words


def _funding(connection: Connection, territory: str, action: str) -> list[Body]:
    money = table(Funding)
    mine = select(money).where(money.c.territory == territory, money.c.action == action).order_by(money.c.year)
    names = ("year", "planned", "executed", "comment")
    return [{name: row[name] for name in names} for row in connection.execute(mine).mappings()]


def _national(connection: Connection, territory: str, aims: _Goals, reached: list[int]) -> list[Body]:
    one, value = table(NationalIndicator), table(NationalValue)
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for row in connection.execute(select(value).where(value.c.territory == territory)).mappings():
        values[row["code"]][str(row["year"])] = row["value"]
    mine = select(one).where(one.c.territory == territory).order_by(one.c.sub_axis, one.c.label, one.c.code)
    return [
        _national_entry(row, aims, dict(sorted(values[row["code"]].items())), reached)
        for row in connection.execute(mine).mappings()
    ]


def _national_entry(row: Any, aims: _Goals, values: dict[str, float], reached: list[int]) -> Body:
    """Build the entry of a national indicator, with how far its latest value is, of the years the report covers:
    the source may be a year behind."""
    plan, set_by_hand = aims.of(row["code"], False, goals.LOWER.get(row["direction"]))
    names = ("code", "label", "unit", "sub_axis", "source")
    year = max((y for y in reached if str(y) in values), default=None)
    done = None if year is None else trajectory.attainment(plan, values[str(year)], year)
    return {name: row[name] for name in names} | set_by_hand | {"values": values, "year": year, "attainment": done}


def _deadlines(connection: Connection, territory: str) -> list[Body]:
    due = table(Deadline)
    found = connection.execute(select(due).where(due.c.territory == territory).order_by(due.c.day, due.c.label))
    return [
        {"label": row["label"], "day": str(row["day"]), "done_on": str(row["done_on"] or "")}
        for row in found.mappings()
    ]
