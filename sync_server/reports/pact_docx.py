"""The report as a DOCX: headings, tables whose header comes back on each page, charts with words, in French."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from sync_server.files import charts, same_bytes
from sync_server.files.spreadsheets import AUTHOR
from sync_server.files.tabular import Table, clean
from sync_server.reports import pact_layout
from sync_server.reports.frozen import format_value
from sync_server.reports.pact_report import Body

LANGUAGE = "fr-FR"
FONT = "Liberation Sans"
PAGE_CM = (29.7, 21.0)
MARGIN = 1.5
"""A4 on its side, in centimetres: the layout has up to fourteen columns."""
CHART = 12.4
"""Width of a chart: two stand beside each other."""
BODY, SMALL = 10, 8


def to_docx(body: Body, day: date, foot: str = "", draft: str = "") -> bytes:
    """Return the report; `foot` closes it (the digest of a frozen one), `draft` heads it and stands on every page
    while it is not frozen. The same body and day give the same bytes."""
    made = Document()
    warnings = pact_layout.warnings(body, draft)
    _dress(made, body, day, warnings)
    made.add_heading(clean(body["title"]), 0)
    made.add_paragraph(pact_layout.subtitle(body))
    for warning in warnings:
        run = made.add_paragraph().add_run(warning)
        run.bold = True
    for part in pact_layout.list_parts(body):
        if part.section:
            made.add_heading(clean(part.section), 1)
        made.add_heading(part.heading, 2)
        _table(made, part.table)
        _charts(made, part.charts)
    made.add_heading("Comment lire ces chiffres", 2)
    for note in body["notes"]:
        made.add_paragraph(note, style="List Bullet")
    if foot:
        made.add_paragraph(foot)
    out = io.BytesIO()
    made.save(out)
    return same_bytes.with_fixed_dates(out.getvalue(), day)


def _dress(made: Any, body: Body, day: date, warnings: tuple[str, ...]) -> None:
    """Set the page, language, fonts and properties."""
    section = made.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (Cm(side) for side in PAGE_CM)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN)
    foot = section.footer.paragraphs[0]
    foot.text = f"{clean(body['title'])} · {' '.join(warnings)}"
    foot.runs[0].font.size = Pt(SMALL)
    for language in made.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), LANGUAGE)
    for style in made.styles:
        fonts = getattr(style, "font", None)
        if fonts is not None and style.name in ("Normal", "Title", "Heading 1", "Heading 2"):
            fonts.name = FONT
            fonts.color.rgb = RGBColor(0x1C, 0x24, 0x30)
            properties = style.element.get_or_add_rPr().get_or_add_rFonts()
            for name in [n for n in properties.attrib if "Theme" in n]:
                del properties.attrib[name]
    made.styles["Normal"].font.size = Pt(BODY)
    known = made.core_properties
    known.author = known.last_modified_by = AUTHOR
    known.title, known.language, known.comments = clean(body["title"]), LANGUAGE, ""
    known.created = known.modified = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a day, no hour
    known.revision = 1


def _table(made: Any, table: Table) -> None:
    """Write one row a line; numbers to the right; the header on every page."""
    grid = made.add_table(rows=1, cols=len(table.columns), style="Table Grid")
    grid.autofit = False
    total = sum(column.width for column in table.columns)
    widths = [Cm((PAGE_CM[0] - 2 * MARGIN) * column.width / total) for column in table.columns]
    for place, width in enumerate(widths):
        grid.columns[place].width = width
    rows = [[column.name for column in table.columns]]
    rows += [
        [format_value(value, column.kind) for column, value in zip(table.columns, row, strict=True)]
        for row in table.rows
    ]
    for number, values in enumerate(rows):
        cells = grid.rows[0].cells if number == 0 else grid.add_row().cells
        strong = number == 0 or number - 1 in table.strong
        for place, value in enumerate(values):
            cells[place].width = widths[place]
            _write(cells[place], value, table.columns[place].kind != "text", strong)
    _mark(grid.rows[0], "w:tblHeader")
    for row in grid.rows:
        _mark(row, "w:cantSplit")


def _write(cell: Any, value: str, right: bool, strong: bool) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(clean(value))
    run.font.size, run.bold = Pt(SMALL), strong
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _charts(made: Any, drawn: tuple[charts.Chart, ...]) -> None:
    """Write two charts on a line, each with its text alternative."""
    if not drawn:
        return
    paragraph = made.add_paragraph()
    for chart in drawn:
        shape = paragraph.add_run().add_picture(io.BytesIO(charts.png(chart)), width=Cm(CHART))
        shape._inline.docPr.set("descr", clean(chart.told))
        shape._inline.docPr.set("title", clean(chart.title))
        paragraph.add_run(" ")
