"""The indicators as tables: what CSV, XLSX and ODS are written from, with the same numbers as the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sync_server.figures.counts import Figure
from sync_server.files.tabular import Book, Column, Percent, Table, Value
from sync_server.reports.comparison import Comparison
from sync_server.reports.indicator_report import (
    DIMENSION_LABELS,
    NOTES,
    Block,
    FigureLine,
    Report,
    Section,
    remark,
)

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
COMPARED = (
    Column("Période précédente", "number"),
    Column("Période précédente, haut de fourchette", "number"),
    Column("Écart", "number"),
    Column("Écart, haut de fourchette", "number"),
)
"""What stands after the value and its unit where the period before is asked for."""
SIGNED = "Écart : la valeur moins celle de la période précédente. L’écart de deux taux se lit en points."
BESIDE = 3
"""The measures before those columns: the value, its upper end, its unit."""
DEFINITIONS = (
    Column("Code", width=8),
    Column("Indicateur", width=44),
    Column("Unité"),
    Column("Définition", width=60),
    Column("Règle de comptage", width=80),
    Column("Source", width=26),
)
HEAD = (Column("Code", width=8), Column("Indicateur", width=44))
INSEE = Column("Code INSEE", width=10)
TOTAL = "Total"
NOT_APPLICABLE = "sans objet"
COMMUNE = DIMENSION_LABELS["commune"]


def build_book(report: Report, day: date, earlier: Comparison | None = None) -> Book:
    """Build a table of figures an action, beside the period before where there is `earlier`, and the
    definitions."""
    tables = (_figures(report, section, earlier) for section in report.sections)
    return Book("Indicateurs", day, (*tables, _build_definitions(report)))


def list_columns(report: Report, earlier: Comparison | None = None) -> tuple[Column, ...]:
    """List the columns of a table of figures; a commune stands with its INSEE code."""
    names = []
    for label in report.dimensions:
        names += [INSEE, Column(label, width=20)] if label == COMMUNE else [Column(label, width=20)]
    return (*HEAD, *names, *MEASURES[:BESIDE], *(COMPARED if earlier else ()), *MEASURES[BESIDE:])


def build_row(report: Report, block: Block, line: FigureLine, earlier: Comparison | None = None) -> list[Value]:
    """Build one line of the table as values: numbers stay numbers, what there is not is None."""
    indicator = block.indicator
    head = [indicator.code, indicator.label, *_where(report, block, line)]
    rate, mean = bool(indicator.rate_of), bool(indicator.mean_of)
    found = measures(line.figure, indicator.unit, rate, mean, remark(indicator, line.figure))
    compared = _compare(line.figure, earlier.figure(block, line), rate) if earlier else []
    return [*head, *found[:BESIDE], *compared, *found[BESIDE:]]


def _compare(now: Figure, then: Figure | None, rate: bool) -> list[Value]:
    """Return the values of `COMPARED`: the difference is that of the two values of the row."""
    before = (then.value, then.high) if then else (None, None)
    pairs = zip((now.value, now.high), before, strict=True)
    moves = [None if a is None or b is None else a - b for a, b in pairs]
    return [_share(value) if rate else value for value in (*before, *moves)]


def measures(figure: Figure, unit: str, rate: bool, mean: bool, told: str) -> list[Value]:
    """Return a figure as the values of `MEASURES`: `rate` when it is itself a ratio, `mean` when that is no
    share."""
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


def _where(report: Report, block: Block, line: FigureLine) -> Iterator[str | None]:
    for place, label in enumerate(report.dimensions):
        if label == COMMUNE:
            yield line.cell[place] if line.cell else None
        yield line.names[place] if line.names else TOTAL if block.dimensions else NOT_APPLICABLE


def _figures(report: Report, section: Section, earlier: Comparison | None) -> Table:
    lines = [(block, line) for block in section.blocks for line in block.lines]
    left_out = ", ".join(block.indicator.code for block in section.blocks if not block.lines)
    notes = [f"Sans objet avec ce filtre : {left_out}."] if left_out else []
    then = [earlier.told, SIGNED] if earlier else []
    return Table(
        section.label.split(" – ")[0],
        list_columns(report, earlier),
        [build_row(report, *line, earlier) for line in lines],
        before=(section.label, report.subtitle, *then, *report.warnings),
        notes=tuple(notes),
        strong=frozenset(n for n, (block, line) in enumerate(lines) if block.dimensions and line.total),
    )


def _build_definitions(report: Report) -> Table:
    found = [block.indicator for section in report.sections for block in section.blocks]
    rows = [[i.code, i.label, i.unit, i.definition, i.rule, i.sourced] for i in found]
    return Table("Définitions", DEFINITIONS, rows, notes=(*report.warnings, *NOTES))
