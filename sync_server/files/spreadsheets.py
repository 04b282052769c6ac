"""Workbooks: XLSX, and ODS, the public sector's own format. Numbers, percentages and dates are real ones."""

from __future__ import annotations

import io
from datetime import date
from typing import Any
from xml.sax.saxutils import escape, quoteattr  # nosec B406  # it writes XML, nothing is read

from odfdo import Document
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from sync_server.files import same_bytes
from sync_server.files.tabular import Book, Column, Kind, Table, Value, clean

AUTHOR = "Trait d’union"
_TAB = str.maketrans("", "", "[]:*?/\\'")
"""What the name of a sheet may not hold."""
LONGEST_TAB = 31
XLSX_FORMATS: dict[Kind, str] = {"text": "General", "number": "#,##0.##", "percent": "0.0%", "date": "dd/mm/yyyy"}
XLSX_INTEGER = "#,##0"


def tab(title: str) -> str:
    """Return the title as the name of a sheet."""
    return clean(title).translate(_TAB)[:LONGEST_TAB]


def to_xlsx(book: Book) -> bytes:
    """Write one sheet a table. Written as it goes: a year of records does not stand twice in memory."""
    made = Workbook(write_only=True)
    made.properties.creator = AUTHOR
    made.properties.title = book.title
    made.properties.language = "fr-FR"
    for table in book.tables:
        _xlsx_sheet(made, table)
    out = io.BytesIO()
    made.save(out)
    return same_bytes.with_fixed_dates(out.getvalue(), book.day)


def _xlsx_sheet(made: Any, table: Table) -> None:
    sheet = made.create_sheet(tab(table.title))
    for place, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    top = len(table.before) + 3
    sheet.freeze_panes = f"A{top + 1}"
    sheet.print_title_rows = f"{top}:{top}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    title = _xlsx_cell(sheet, "text", table.title)
    title.font = Font(bold=True, size=14)
    sheet.append([title])
    for sentence in table.before:
        sheet.append([_xlsx_cell(sheet, "text", clean(sentence))])
    sheet.append([])
    sheet.append([_xlsx_cell(sheet, "text", column.name, strong=True, wrap=True) for column in table.columns])
    for number, cells in enumerate(table.cells()):
        sheet.append([_xlsx_cell(sheet, *cell, strong=number in table.strong) for cell in cells])
    sheet.append([])
    for note in table.notes:
        sheet.append([_xlsx_cell(sheet, "text", clean(note))])


def _whole(kind: Kind, value: Value) -> bool:
    """Tell whether it is shown without decimals: a format with optional ones leaves a lone comma behind « 12,
    »."""
    return kind == "number" and isinstance(value, int | float) and float(value).is_integer()


def _xlsx_cell(sheet: Any, kind: Kind, value: Any, strong: bool = False, wrap: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula, whatever it begins with
        cell.quotePrefix = True
    else:
        cell.number_format = XLSX_INTEGER if _whole(kind, value) else XLSX_FORMATS[kind]
    if strong:
        cell.font = Font(bold=True)
    if wrap:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in {"office": "office", "table": "table", "text": "text", "style": "style",
                        "number": "datastyle", "fo": "xsl-fo-compatible"}.items()
)  # fmt: skip
_ODS_DATA = """
<number:number-style style:name="N1"><number:number number:decimal-places="0" number:min-decimal-places="0"
 number:min-integer-digits="1" number:grouping="true"/></number:number-style>
<number:number-style style:name="N2"><number:number number:decimal-places="2" number:min-decimal-places="0"
 number:min-integer-digits="1" number:grouping="true"/></number:number-style>
<number:percentage-style style:name="N3"><number:number number:decimal-places="1" number:min-decimal-places="1"
 number:min-integer-digits="1"/><number:text> %</number:text></number:percentage-style>
<number:date-style style:name="N4"><number:day number:style="long"/><number:text>/</number:text>
<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/>
</number:date-style>
"""
_DATA_STYLES = {"text": "", "integer": "N1", "number": "N2", "percent": "N3", "date": "N4"}


def to_ods(book: Book) -> bytes:
    """Write the same sheets as OpenDocument. odfdo makes the file around them; the sheets are written at once,
    since moving 5,000 rows into its tree takes a minute."""
    made = Document("spreadsheet")
    made.meta.title = clean(book.title)
    made.meta.creator = AUTHOR
    made.meta.language = "fr-FR"
    made.meta.set_generator(AUTHOR)
    parts = made.container
    assert parts is not None  # noqa: S101  # nosec B101  # a new document has one
    parts.del_part("Thumbnails/thumbnail.png")
    parts.set_part("content.xml", _ods_content(book).encode())
    out = io.BytesIO()
    made.save(out)
    return same_bytes.with_fixed_dates(out.getvalue(), book.day)


def _ods_content(book: Book) -> str:
    widths = sorted({column.width for table in book.tables for column in table.columns})
    styles = [_ods_width(width) for width in widths]
    for strong, suffix in (("", ""), ('<style:text-properties fo:font-weight="bold"/>', "-strong")):
        for kind, data in _DATA_STYLES.items():
            named = f' style:data-style-name="{data}"' if data else ""
            styles.append(
                f'<style:style style:name="{kind}{suffix}" style:family="table-cell"{named}>{strong}</style:style>'
            )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMES} office:version="1.3">'
        f"<office:automatic-styles>{_ODS_DATA}{''.join(styles)}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{''.join(map(_ods_sheet, book.tables))}</office:spreadsheet>"
        "</office:body></office:document-content>"
    )


def _ods_width(width: int) -> str:
    return (
        f'<style:style style:name="width-{width}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * 0.2:.1f}cm"/></style:style>'
    )


def _ods_sheet(table: Table) -> str:
    head = _ods_row([("text", column.name) for column in table.columns], strong=True)
    rows = [_ods_row([("text", table.title)], strong=True)]
    rows += [_ods_row([("text", clean(sentence))]) for sentence in (*table.before, "")]
    rows.append(f"<table:table-header-rows>{head}</table:table-header-rows>")
    rows += [_ods_row(cells, number in table.strong) for number, cells in enumerate(table.cells())]
    rows += [_ods_row([("text", clean(note))]) for note in ("", *table.notes)]
    name = quoteattr(tab(table.title))
    return f"<table:table table:name={name}>{_ods_columns(table.columns)}{''.join(rows)}</table:table>"


def _ods_columns(columns: tuple[Column, ...]) -> str:
    return "".join(f'<table:table-column table:style-name="width-{column.width}"/>' for column in columns)


def _ods_row(cells: list[tuple[Kind, Value]], strong: bool = False) -> str:
    return f"<table:table-row>{''.join(_ods_cell(kind, value, strong) for kind, value in cells)}</table:table-row>"


def _ods_cell(kind: Kind, value: Value, strong: bool) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    style = "integer" if _whole(kind, value) else kind
    named = f' table:style-name="{style}{"-strong" if strong else ""}"'
    if isinstance(value, str):
        words = escape(value).replace("\n", "</text:p><text:p>")
        return f'<table:table-cell{named} office:value-type="string"><text:p>{words}</text:p></table:table-cell>'
    if isinstance(value, date):
        return f'<table:table-cell{named} office:value-type="date" office:date-value="{value}"/>'
    typed = "percentage" if kind == "percent" else "float"
    return f'<table:table-cell{named} office:value-type="{typed}" office:value="{value!r}"/>'
