"""One table, three files: LibreOffice reads in each what was put into the table."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from sync_server.files import same_bytes, spreadsheets, tabular
from sync_server.files.tabular import Book, Column, Percent, Table
from tests import office

NASTY = ("=1+1", "+33", "-x", "@a", "\tb", "a\nb", "<b> & « c »", "fin\x01\ud800")
BOOK = Book(
    "Essai",
    date(2026, 3, 10),
    (
        Table(
            "Fiche 3/4 [essai]",
            (
                Column("Nom", width=30),
                Column("Valeur", "number"),
                Column("Part", "percent"),
                Column("Jour", "date"),
            ),
            [
                *((text, 1, 0.5, date(2026, 3, 1)) for text in NASTY),
                ("Taux", Percent(0.3025), None, None),
                ("Total", 1234.5, 0.0, None),
            ],
            before=("=document interne",),
            notes=("@note",),
            strong=frozenset({len(NASTY) + 1}),
        ),
        Table("Deux", (Column("Code INSEE"),), [("01004",)]),
    ),
)
WRITERS = {"csv": tabular.to_csv, "xlsx": spreadsheets.to_xlsx, "ods": spreadsheets.to_ods}


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_an_office_suite_reads_texts_numbers_percentages_and_days(ending: str, tmp_path: Path) -> None:
    found = office.sheets(tmp_path, f"essai.{ending}", WRITERS[ending](BOOK))
    assert list(found) == ["Deux", "Fiche 34 essai"]
    assert found["Deux"][3] == ["01004"]
    rows = found["Fiche 34 essai"][4:]
    assert [row[0] for row in rows[: len(NASTY)]] == [*NASTY[:-1], "fin"]
    assert rows[0][1:] == ["1", "50%", "03/01/2026"]  # a percentage and a day, of the machine's own locale
    assert (rows[len(NASTY)][0], rows[len(NASTY)][1]) == ("Taux", "30.25%")
    assert (rows[len(NASTY) + 1][0], office.number(rows[len(NASTY) + 1][1])) == ("Total", 1234.5)


def test_a_rate_among_counts_is_a_percentage_and_a_text_never_a_formula() -> None:
    sheet = load_workbook(io.BytesIO(spreadsheets.to_xlsx(BOOK))).worksheets[0]
    rate = next(row for row in sheet.iter_rows() if row[0].value == "Taux")
    assert (rate[1].value, rate[1].number_format) == (0.3025, "0.0%")
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_a_csv_quotes_what_a_spreadsheet_would_run() -> None:
    text = tabular.to_csv(BOOK).decode("utf-8-sig")
    assert "'=1+1;1;0,5;01/03/2026\r\n" in text
    assert "'=document interne" in text
    assert "'@note" in text
    assert tabular.FRACTIONS in text


@pytest.mark.parametrize("ending", WRITERS)
def test_the_same_table_gives_the_same_bytes(ending: str) -> None:
    made = WRITERS[ending](BOOK)
    if ending != "csv":
        with ZipFile(io.BytesIO(made)) as archive:
            assert {info.date_time for info in archive.infolist()} == {(2026, 3, 10, 0, 0, 0)}
            assert archive.infolist()[0].filename == "mimetype" or ending == "xlsx"
    assert WRITERS[ending](BOOK) == made


def test_the_dates_inside_the_properties_are_set_too() -> None:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("docProps/core.xml", '<a><dcterms:modified xsi:type="x">2020</dcterms:modified></a>')
        archive.writestr("other.xml", "<dc:date>2020</dc:date>")
    with ZipFile(io.BytesIO(same_bytes.with_fixed_dates(out.getvalue(), date(2026, 3, 10)))) as archive:
        assert b">2026-03-10T00:00:00Z<" in archive.read("docProps/core.xml")
        assert archive.read("other.xml") == b"<dc:date>2020</dc:date>"


def test_there_is_one_writer_of_csv() -> None:
    sources = Path(tabular.__file__).parents[1].rglob("*.py")
    assert [path.name for path in sources if "csv.writer(" in path.read_text("utf-8")] == ["tabular.py"]
