"""The body of a report as tables and charts: the page, the document and the workbook are written from these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from shared import french
from sync_server.figures.counts import Figure, Period
from sync_server.files import charts
from sync_server.files.tabular import Book, Column, Percent, Ranged, Rate, Table, Value
from sync_server.reports import indicator_report, indicator_tables
from sync_server.reports.pact_report import Body, epci_names
from sync_server.steering import goals

_FIGURE = frozenset(field.name for field in fields(Figure))
CODE, LABEL, UNIT = Column("Code", width=10), Column("Indicateur", width=36), Column("Unité", width=19)
COMMENT = Column("Commentaire", width=24)
WAY = Column("Sens voulu", width=9)


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A piece of the report: a heading, a table, the charts that go with it. `section` opens a chapter."""

    heading: str
    table: Table
    charts: tuple[charts.Chart, ...] = ()
    section: str = ""


def subtitle(body: Body) -> str:
    """Return the days, in French."""
    period = Period(*(date.fromisoformat(body[name]) for name in ("first", "last", "cut_off")))
    return indicator_report.days(period).capitalize()


def warnings(body: Body, draft: str = "") -> tuple[str, ...]:
    """List what must be read before the figures; `draft` says that they are not frozen."""
    return tuple(
        filter(None, (draft, indicator_report.SYNTHETIC if body["synthetic"] else "", indicator_report.INTERNAL))
    )


def list_parts(body: Body) -> list[ReportPart]:
    """List the parts of the report in the order of DOMAIN; what nobody has filled in is left out."""
    found = []
    for action in body["actions"]:
        fiche = action["label"].split(" – ")[0]
        drawn = tuple(c for e in action["indicators"] if not (c := trajectory_of(body, e)).series[0].empty)
        found.append(ReportPart("Indicateurs", _indicators(body, action, fiche), drawn, action["label"]))
        if action["funding"]:
            found.append(ReportPart("Financement", _funding(action, fiche)))
        found.append(ReportPart("Ventilation par EPCI", _by_epci(action, fiche, epci_names(body))))
    if body["national"]:
        found.append(ReportPart("Indicateurs nationaux", _national(body), (), "Indicateurs nationaux"))
    if body["deadlines"]:
        found.append(ReportPart("Échéances", _deadlines(body), (), "Échéances"))
    found.append(ReportPart("Définitions", definitions(body), (), "Méthode"))
    return found


def build_book(body: Body, day: date, draft: str = "") -> Book:
    """Build the report as a workbook: the same tables, and each figure with all that it is made of."""
    above = (body["title"], subtitle(body), *warnings(body, draft))
    tables = [part.table for part in list_parts(body)]
    known = (*tables[:-1], _details(body), tables[-1])
    return Book(body["title"], day, tuple(_under(above, one, body["notes"]) for one in known))


def _under(above: tuple[str, ...], one: Table, notes: list[str]) -> Table:
    last = tuple(notes) if one.title == "Définitions" else ()
    return Table(one.title, one.columns, one.rows, above, last, one.strong)


def _value(entry: Body, value: float | None) -> Value:
    return Percent(value) if entry.get("rate") and value is not None else value


def _reached(entry: Body, figure: Body | None) -> Value:
    if figure is None or "value" not in figure:
        return None
    value, high = figure["value"], figure.get("high")
    if entry["rate"]:
        return Rate(value, _format_parts(figure))
    return value if high is None else Ranged(value, high)


def _format_parts(figure: Body) -> str:
    """Format what a figure is made of, as `format_rate_parts` does, from what was frozen."""
    label, known, _ = figure["remark"].partition(" : ")
    return indicator_report.format_parts(_figure(figure), label if known else "")


def _figure(figure: Body) -> Figure:
    numbers: dict[str, Any] = {"value": None} | {k: v for k, v in figure.items() if k in _FIGURE}
    return Figure(**numbers)


def _indicators(body: Body, action: Body, fiche: str) -> Table:
    years, reached = [str(y) for y in body["years"]], [str(y) for y in body["reached"]]
    columns = (
        CODE,
        LABEL,
        UNIT,
        WAY,
        Column("T0", "number", 9),
        *(Column(f"Cible {year}", "number", 10) for year in years),
        *(Column(f"Réalisé {year}", "number", 15) for year in reached),
        Column("Écart", "number", 9),
        Column("Atteinte", "percent", 12),
        COMMENT,
    )
    rows = [
        [
            entry["code"],
            entry["label"],
            entry["unit"],
            entry.get("direction", ""),  # not said in the first shape of a body
            _value(entry, entry["t0"]),
            *(_value(entry, entry["targets"].get(year)) for year in years),
            *(_reached(entry, entry["reached"].get(year)) for year in reached),
            _value(entry, entry["gap"]),
            entry["attainment"],
            entry["comment"],
        ]
        for entry in action["indicators"]
    ]
    return Table(f"{fiche} indicateurs", columns, rows)


def _funding(action: Body, fiche: str) -> Table:
    columns = (
        Column("Année", width=9),
        Column("Prévu (€)", "number"),
        Column("Exécuté (€)", "number"),
        Column("Écart (€)", "number"),
        Column("Taux d’exécution", "percent"),
        COMMENT,
    )
    money = action["funding"]
    rows = [[str(one["year"]), *_money(one["planned"], one["executed"]), one["comment"]] for one in money]
    rows.append(
        [
            indicator_tables.TOTAL,
            *_money(*(_sum(one[name] for one in money) for name in ("planned", "executed"))),
            "",
        ]
    )
    return Table(f"{fiche} financement", columns, rows, strong=frozenset({len(rows) - 1}))


def _sum(amounts: Iterable[int | None]) -> int | None:
    """Return the sum; None as long as a year is missing: it would pass for the whole."""
    known = list(amounts)
    return None if None in known else sum(amount or 0 for amount in known)


def _money(planned: int | None, executed: int | None) -> list[Value]:
    known = planned is not None and executed is not None
    gap = executed - planned if planned is not None and executed is not None else None
    return [planned, executed, gap, executed / planned if known and planned and executed is not None else None]


def _by_epci(action: Body, fiche: str, names: Mapping[str, str]) -> Table:
    columns = (
        CODE,
        LABEL,
        UNIT,
        *(Column(name, "number", 18) for name in names.values()),
        Column("Territoire", "number", 14),
        Column("À savoir", width=50),
    )
    rows = [
        [
            e["code"],
            e["label"],
            e["unit"],
            *(_reached(e, e["epcis"].get(epci)) for epci in names),
            _reached(e, e["period"]),
            " ; ".join(filter(None, (e["period"]["beside"], e["period"]["remark"]))),
        ]
        for e in action["indicators"]
    ]
    return Table(f"{fiche} par EPCI", columns, rows)


def _national(body: Body) -> Table:
    """Lay out the national indicators without their codes, which mean nothing to a reader: the coordinator typed
    names."""
    years = [str(year) for year in body["years"]]
    columns = (
        Column(LABEL.name, width=32),
        Column("Sous-axe", width=18),
        Column(UNIT.name, width=12),
        WAY,
        Column("T0", "number", 9),
        *(Column(f"Cible {year}", "number", 9) for year in years),
        *(Column(f"Valeur {year}", "number", 10) for year in years),
        Column("Atteinte", "percent", 12),
        Column("Source", width=18),
        COMMENT,
    )
    rows = [_national_row(one, years) for one in body["national"]]
    return Table("Indicateurs nationaux", columns, rows)


def _national_row(one: Body, years: list[str]) -> list[Value]:
    kind = {"rate": goals.national_input_type(one["unit"]) == "rate"}
    return [
        *(one[name] for name in ("label", "sub_axis", "unit")),
        one.get("direction", ""),
        _value(kind, one["t0"]),
        *(_value(kind, one["targets"].get(year)) for year in years),
        *(_value(kind, one["values"].get(year)) for year in years),
        one.get("attainment"),
        one["source"],
        one["comment"],
    ]


def _deadlines(body: Body) -> Table:
    columns = (Column("Échéance", width=50), Column("Jour", "date"), Column("Fait le", "date"))
    rows = [[d["label"], _day(d["day"]), _day(d["done_on"])] for d in body["deadlines"]]
    return Table("Échéances", columns, rows)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def definitions(body: Body) -> Table:
    """Describe what each indicator counts, and how."""
    names = ("code", "label", "unit", "definition", "rule", "source")
    rows = [[e[name] for name in names] for action in body["actions"] for e in action["indicators"]]
    return Table("Définitions", indicator_tables.DEFINITIONS, rows)


def _details(body: Body) -> Table:
    rows: list[list[Value]] = []
    names = epci_names(body)
    for entry in (e for action in body["actions"] for e in action["indicators"]):
        cells = [*entry["reached"].items(), *((names[code], f) for code, f in entry["epcis"].items())]
        for where, figure in (*cells, ("Période", entry["period"])):
            rows.append([entry["code"], entry["label"], where, *_measures(entry, figure)])
    return Table("Détail", (CODE, LABEL, Column("Année ou EPCI", width=22), *indicator_tables.MEASURES), rows)


def _measures(entry: Body, figure: Body) -> list[Value]:
    return indicator_tables.measures(
        _figure(figure), entry["unit"], entry["rate"], entry["mean"], figure["remark"]
    )


def trajectory_of(body: Body, entry: Body) -> charts.Chart:
    """Return the chart of an indicator: what was aimed at, what was reached."""
    rate = entry["rate"]

    def format_value(value: float | None) -> str:
        return french.format_percent(value) if rate else french.format_number(value, 1)

    start = None if entry["t0"] is None else charts.Point(charts.START, entry["t0"], format_value(entry["t0"]))
    targets, reached = entry["targets"], entry["reached"]
    years = [str(year) for year in body["years"]]
    aimed = [charts.Point(year, targets.get(year), format_value(targets.get(year))) for year in years]
    done = [
        charts.Point(year, reached[year].get("value"), reached[year]["shown"])
        if year in reached
        else charts.Point(year, None, format_value(None))
        for year in years
    ]
    return charts.trajectory(f"{entry['code']} · {entry['label']}", entry["unit"], start, aimed, done, rate)
