"""The indicators as tables: what CSV, XLSX and ODS are written from, with the same numbers as the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sync_server.indicators import Figure
from sync_server.reports import DIMENSION_LABELS, NOTES, Block, Line, Report, Section, remark
from sync_server.tabular import Book, Column, Percent, Table, Value

MEASURES = (
    Column("Valeur", "number"),
    Column("Haut de fourchette", "number"),
    Column("Unité"),
    Column("Part, taux ou moyenne", "number"),
    Column("Part ou moyenne, haut de fourchette", "number"),
    Column("Numérateur", "number"),
    Column("Numérateur du taux, haut de fourchette", "number"),
    Column("Dénominateur", "number"),
    Column("Dénominateur, haut de fourchette", "number"),
    Column("Inconnu", "number"),
    Column("Part d’inconnu", "percent"),
    Column("À part", "number"),
    Column("À part, haut de fourchette", "number"),
    Column("À savoir", width=60),
)
"""The columns after the indicator and its breakdown."""
DEFINITIONS = (
    Column("Code", width=8),
    Column("Indicateur", width=44),
    Column("Unité"),
    Column("Définition", width=60),
    Column("Règle de comptage", width=80),
    Column("Source (pacte)", width=16),
)
HEAD = (Column("Code", width=8), Column("Indicateur", width=44))
INSEE = Column("Code INSEE", width=10)
TOTAL = "Total"
NOT_APPLICABLE = "sans objet"
COMMUNE = DIMENSION_LABELS["commune"]


def book(report: Report, day: date) -> Book:
    """A table of figures an action, and the definitions."""
    return Book("Indicateurs", day, (*(_figures(report, section) for section in report.sections), _told(report)))


def columns(report: Report) -> tuple[Column, ...]:
    """The columns of a table of figures; a commune stands with its INSEE code."""
    names = []
    for label in report.dimensions:
        names += [INSEE, Column(label, width=20)] if label == COMMUNE else [Column(label, width=20)]
    return (*HEAD, *names, *MEASURES)


def row(report: Report, block: Block, line: Line) -> list[Value]:
    """One line as values: numbers stay numbers, what there is not is None."""
    indicator = block.indicator
    head = [indicator.code, indicator.label, *_where(report, block, line)]
    rate, mean = bool(indicator.rate_of), bool(indicator.mean_of)
    return [*head, *measures(line.figure, indicator.unit, rate, mean, remark(indicator, line.figure))]


def measures(figure: Figure, unit: str, rate: bool, mean: bool, told: str) -> list[Value]:
    """A figure as the values of `MEASURES`: `rate` when it is itself a ratio, `mean` when that is no share."""
    f = figure
    return [
        _share(f.value) if rate else f.value,
        _share(f.high) if rate else f.high,
        unit,
        f.ratio if mean else _share(f.ratio),
        f.ratio_high if mean else _share(f.ratio_high),
        f.numerator,
        f.numerator_high if rate else None,
        f.denominator,
        f.denominator_high,
        f.unknown,
        f.unknown_share,
        f.apart,
        f.apart_high,
        told or None,
    ]


def _share(value: float | None) -> Percent | None:
    return None if value is None else Percent(value)


def _where(report: Report, block: Block, line: Line) -> Iterator[str | None]:
    for place, label in enumerate(report.dimensions):
        if label == COMMUNE:
            yield line.cell[place] if line.cell else None
        yield line.names[place] if line.names else TOTAL if block.dimensions else NOT_APPLICABLE


def _figures(report: Report, section: Section) -> Table:
    lines = [(block, line) for block in section.blocks for line in block.lines]
    left_out = ", ".join(block.indicator.code for block in section.blocks if not block.lines)
    return Table(
        section.label.split(" – ")[0],
        columns(report),
        [row(report, *line) for line in lines],
        before=(section.label, report.subtitle, *report.warnings),
        notes=(f"Sans objet avec ce filtre : {left_out}.",) if left_out else (),
        strong=frozenset(n for n, (block, line) in enumerate(lines) if block.dimensions and line.total),
    )


def _told(report: Report) -> Table:
    found = [block.indicator for section in report.sections for block in section.blocks]
    rows = [[i.code, i.label, i.unit, i.definition, i.rule, i.source] for i in found]
    return Table("Définitions", DEFINITIONS, rows, notes=(*report.warnings, *NOTES))
