"""The report as files: CSV and XLSX, with the same numbers as the page, one row a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from sync_server.reports import NOTES, Block, Line, Report, Section, remark

MEASURES = (
    "Valeur",
    "Haut de fourchette",
    "Unité",
    "Part, taux ou moyenne",
    "Part ou moyenne, haut de fourchette",
    "Numérateur",
    "Numérateur du taux, haut de fourchette",
    "Dénominateur",
    "Dénominateur, haut de fourchette",
    "Inconnu",
    "Part d’inconnu",
    "À part",
    "À part, haut de fourchette",
    "À savoir",
)
"""The columns after the indicator and its breakdown. Rates and shares are fractions: 0,25 is 25 %."""
TOTAL = "Total"
NOT_APPLICABLE = "sans objet"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so would be run as a formula by a spreadsheet."""


def header(report: Report) -> list[str]:
    """The names of the columns."""
    return ["Code", "Indicateur", *report.dimensions, *MEASURES]


def row(report: Report, block: Block, line: Line) -> list[Any]:
    """One line as values: numbers stay numbers, what there is not is None."""
    f, indicator = line.figure, block.indicator
    if not report.dimensions or line.names:
        names: list[str] = list(line.names)
    else:
        names = [TOTAL if block.dimensions else NOT_APPLICABLE for _ in report.dimensions]
    return [
        indicator.code,
        indicator.label,
        *names,
        f.value,
        f.high,
        indicator.unit if not indicator.rate_of else "fraction",
        f.ratio,
        f.ratio_high,
        f.numerator,
        f.numerator_high if indicator.rate_of else None,
        f.denominator,
        f.denominator_high,
        f.unknown,
        f.unknown_share,
        f.apart,
        f.apart_high,
        remark(indicator, f) or None,
    ]


def rows(report: Report, section: Section) -> Iterator[list[Any]]:
    """Every line of a section, in order."""
    for block in section.blocks:
        for line in block.lines:
            yield row(report, block, line)


def to_csv(report: Report) -> bytes:
    """UTF-8 with a mark, `;` and decimal commas: a French spreadsheet opens it right by a double click."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for sentence in ("Indicateurs", report.subtitle, *report.warnings):
        writer.writerow([sentence])
    writer.writerow([])
    writer.writerow(["Action", *header(report)])
    for section in report.sections:
        for values in rows(report, section):
            writer.writerow([section.label, *map(_text, values)])
    writer.writerow([])
    for note in NOTES:
        writer.writerow([note])
    return out.getvalue().encode("utf-8-sig")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    return harmless(str(value))


def harmless(text: str) -> str:
    """The text, quoted when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def to_xlsx(report: Report) -> bytes:
    """A workbook: a sheet of figures an action, and the definitions."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for section in report.sections:
        _figures(book.create_sheet(section.label.split(" – ")[0]), report, section)
    _definitions(book.create_sheet("Définitions"), report)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _figures(sheet: Worksheet, report: Report, section: Section) -> None:
    for sentence in (section.label, report.subtitle, *report.warnings):
        sheet.append([sentence])
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.append([])
    sheet.append(header(report))
    top = sheet.max_row
    _bold(sheet, top)
    for values in rows(report, section):
        sheet.append([harmless(v) if isinstance(v, str) else v for v in values])
        if values[2 : 2 + len(report.dimensions)] == [TOTAL] * len(report.dimensions) != []:
            _bold(sheet, sheet.max_row)
    sheet.freeze_panes = f"C{top + 1}"
    widths = [8, 44, *[20] * len(report.dimensions), *[14] * len(MEASURES)]
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    shares = [header(report).index(name) + 1 for name in ("Part, taux ou moyenne", "Part d’inconnu")]
    for line in sheet.iter_rows(min_row=top + 1):
        for share in shares:
            line[share - 1].number_format = "0.000"


def _bold(sheet: Worksheet, line: int) -> None:
    for cell in next(sheet.iter_rows(min_row=line, max_row=line)):
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _definitions(sheet: Worksheet, report: Report) -> None:
    sheet.append(["Code", "Indicateur", "Unité", "Définition", "Règle de comptage", "Source (pacte)"])
    _bold(sheet, 1)
    for section in report.sections:
        for block in section.blocks:
            i = block.indicator
            sheet.append([i.code, i.label, i.unit, i.definition, i.rule, i.source])
    sheet.append([])
    for note in (*report.warnings, *NOTES):
        sheet.append([note])
    for letter, width in zip("ABCDEF", (8, 44, 14, 60, 80, 16), strict=True):
        sheet.column_dimensions[letter].width = width
