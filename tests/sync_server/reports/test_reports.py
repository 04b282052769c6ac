"""One report, three forms: the page, the CSV and the workbook say the same numbers."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from fastapi import Request
from markupsafe import Markup
from openpyxl import load_workbook
from sqlalchemy import Engine

from shared.french import format_number, format_percent
from shared.territory import TERRITORY
from sync_server.directory import new_territory
from sync_server.figures.counts import Figure, Period
from sync_server.figures.declarations import load
from sync_server.files import spreadsheets, tabular
from sync_server.files.tabular import harmless
from sync_server.operations import synthetic
from sync_server.reports import indicator_report, indicator_tables
from sync_server.reports.indicator_report import (
    INTERNAL,
    SOURCED,
    SYNTHETIC,
    Report,
    format_figure,
    format_rate_beside,
    remark,
    unit,
)
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.web import showing
from sync_server.web.context import Context
from sync_server.web.filters.figure_filters import BREAKDOWNS, FILTERS, USUAL, Filtered
from sync_server.web.pages import page
from sync_server.web.writing import Question
from tests.sync_server.world import ME, TODAY, Clock

YEAR = Period(date(2025, 7, 1), date(2025, 12, 31), date(2026, 3, 10))
N = "\u202f"


@pytest.fixture
def filled(engine: Engine) -> Engine:
    synthetic.load(engine, ME, 250, TODAY)
    return engine


def report(engine: Engine, *by: str, period: Period = YEAR) -> Report:
    with database.reading(engine) as connection:
        return indicator_report.indicator_report(connection, TERRITORY, period, by)


def csv_of(found: Report) -> bytes:
    return tabular.to_csv(indicator_tables.build_book(found, TODAY))


def xlsx_of(found: Report) -> bytes:
    return spreadsheets.to_xlsx(indicator_tables.build_book(found, TODAY))


def csv_rows(found: Report) -> list[list[str]]:
    text = csv_of(found).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    codes = load()
    head = len(indicator_tables.list_columns(found))
    return [row for row in rows if row[:1] and row[0] in codes and len(row) == head]


def xlsx_rows(found: Report) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(xlsx_of(found)))
    rows = []
    for sheet in book.worksheets[:-1]:
        rows += [list(line) for line in sheet.iter_rows(values_only=True) if line[0] in load()]
    return rows


def html(found: Report) -> str:
    p = found.period
    ctx = Context(database.connect("sqlite://"), Settings(), Clock())
    nothing_more = Request({"type": "http", "query_string": b""})
    asked = Filtered(ctx, nothing_more, str(p.first), str(p.last), str(p.cut_off))
    asked.services = {}
    question = Question(found.period, None, asked.by, asked.only, "")
    answer = page(
        "indicators.html",
        who=None,
        synthetic=found.synthetic,
        here="",
        title="Indicateurs",
        report=Markup(showing.write_report(found, None, question, asked.query)),
        error=None,
        asked=asked,
        labels=indicator_report.DIMENSION_LABELS,
        breakdowns=BREAKDOWNS,
        filters=FILTERS[:USUAL],
        other_filters=FILTERS[USUAL:],
        indicators=load().values(),
    )
    return bytes(answer.body).decode()


@pytest.mark.parametrize("by", [(), ("month",), ("epci",), ("age_band",), ("month", "epci")])
def test_the_csv_and_the_workbook_carry_the_same_numbers_as_the_page(filled: Engine, by: tuple[str, ...]) -> None:
    found = report(filled, *by)
    text, sheet, shown_page = csv_rows(found), xlsx_rows(found), html(found)
    lines = [(b, line) for s in found.sections for b in s.blocks for line in b.lines]
    assert len(text) == len(sheet) == len(lines) == shown_page.count('<td class="number">')
    for (block, line), of_csv, of_xlsx in zip(lines, text, sheet, strict=True):
        values = indicator_tables.build_row(found, block, line)
        for value, in_csv, in_xlsx in zip(values, of_csv, of_xlsx, strict=True):
            if isinstance(value, int | float):
                assert in_xlsx == pytest.approx(value)
                assert float(in_csv.replace(",", ".")) == pytest.approx(value, abs=1e-6)
            else:
                assert (in_xlsx or "", in_csv) == (value or "", value or "")
        assert format_figure(block.indicator, line.figure) in shown_page


def test_every_form_tells_the_period_the_cut_off_and_that_it_is_internal(filled: Engine) -> None:
    found = report(filled)
    assert found.subtitle == "Du 01/07/2025 au 31/12/2025, issues connues au 10/03/2026"
    book = load_workbook(io.BytesIO(xlsx_of(found)))
    of_xlsx = "\n".join(str(cell.value) for row in book.worksheets[0]["A1:A6"] for cell in row)
    for text in (html(found), csv_of(found).decode("utf-8-sig"), of_xlsx):
        assert found.subtitle in text
        assert INTERNAL in text
        assert SYNTHETIC in text


def test_true_data_is_not_called_invented(engine: Engine) -> None:
    assert SYNTHETIC not in html(report(engine))
    new_territory.mark_synthetic(engine, TERRITORY)
    assert SYNTHETIC in html(report(engine))


def test_the_definition_stands_beside_each_figure(engine: Engine) -> None:
    for text in (html(report(engine)), html(report(engine, "month"))):
        for indicator in load().values():
            assert indicator.label in text
            assert indicator.definition in text
            assert f"Source : {indicator.sourced}." in text
        assert text.count(SOURCED) == 1
    book = load_workbook(io.BytesIO(xlsx_of(report(engine))))
    told = {row[0]: row[3] for row in book["Définitions"].iter_rows(values_only=True)}
    assert all(told[i.code] == i.definition for i in load().values())


def test_the_cells_are_named_in_french(engine: Engine) -> None:
    names = [line.names for line in report(engine, "month", "epci").sections[0].blocks[0].lines]
    assert names[0] == ("juillet 2025", "CA Grand Belfort")
    assert names[-2] == ("décembre 2025", "CC des Vosges du Sud")
    assert names[-1] == ()
    assert len(names) == 6 * 3 + 1


def test_an_indicator_without_ages_says_so_and_gives_its_total(engine: Engine) -> None:
    found = report(engine, "age_band")
    [hours] = [b for s in found.sections for b in s.blocks if b.indicator.code == "A4-05"]
    assert (hours.dimensions, len(hours.lines)) == ((), 1)
    assert "Ventilation sans objet" in html(found)
    assert "sans objet" in csv_of(found).decode()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234567, f"1{N}234{N}567"), (2.0, "2"), (2.25, "2"), (None, "—"), (-3, "−3"), (-0.4, "0")],
)
def test_numbers_are_written_as_french_does(value: float | None, text: str) -> None:
    assert format_number(value) == text


def test_decimals_and_percentages_too() -> None:
    assert (format_number(25.75, 1), format_number(4.0, 1), format_number(1234.5, 1)) == (
        "25,8",
        "4",
        f"1{N}234,5",
    )
    assert tuple(map(format_percent, (0.3025, 1, 0, None))) == (
        f"30,2{N}%",
        f"100{N}%",
        f"0{N}%",
        "—",
    )


def test_a_range_a_rate_and_a_mean_read_as_a_person_would_say_them() -> None:
    found = load()
    assert format_figure(found["A3-01"], Figure(12, 15)) == "12 à 15"
    assert format_figure(found["A3-01"], Figure(12, 12)) == "12"
    rate = Figure(0.5, None, 4, 8, None, 3)
    assert format_figure(found["A3-09"], rate) == f"50{N}%"
    assert format_rate_beside(found["A3-09"], rate) == "4 ÷ 8"
    assert remark(found["A3-09"], rate) == f"issue inconnue : 3, soit 37,5{N}%"
    assert format_rate_beside(found["A4-06"], Figure(11, None, 11, 5, 7)) == "1,6 à 2,2 par personne (11 ÷ 5 à 7)"
    assert (
        format_rate_beside(found["A3-03"], Figure(2, 4, 2, 4, 6))
        == f"50{N}% ; haut de fourchette 66,7{N}% (2 à 4 ÷ 4 à 6)"
    )
    assert remark(found["A3-02"], Figure(7, apart=3)) == "hors 16-25 ans ou âge inconnu : 3"
    assert remark(found["A4-13"], Figure(7, apart=3, apart_high=4)) == (
        "personnes (premiers contacts de l’année) : 3 à 4"
    )
    ranged = Figure(0.5, 0.6, 1, 2, 5, 2, numerator_high=3, unknown_aside=True)
    assert format_figure(found["A4-03"], ranged) == f"50{N}%"
    assert format_rate_beside(found["A4-03"], ranged) == f"1 à 3 ÷ 2 à 5 ; haut de fourchette 60{N}%"
    assert remark(found["A4-03"], ranged) == f"suivi inconnu : 2, soit 50{N}%"
    assert format_rate_beside(found["A3-11"], Figure(2, numerator=2)) == ""


@pytest.mark.parametrize(
    ("code", "figure", "words"),
    [
        ("A4-02", Figure(0), "contact"),
        ("A4-02", Figure(1), "contact"),
        ("A4-02", Figure(2), "contacts"),
        ("A4-01", Figure(0, 3), "personnes"),
        ("A4-05", Figure(1.5), "heure-agent"),
        ("A4-05", Figure(2.0), "heures-agent"),
        ("A4-10", Figure(0.5), ""),
    ],
)
def test_units_agree_with_their_number(code: str, figure: Figure, words: str) -> None:
    assert unit(load()[code], figure) == words


def test_a_rate_over_nothing_is_a_dash_never_zero(engine: Engine) -> None:
    found = load()
    nothing = Figure(None, None, 0, 0, None, 0)
    assert format_figure(found["A3-09"], nothing) == "—"
    assert remark(found["A3-09"], nothing) == "issue inconnue : 0, soit —"
    assert format_rate_beside(found["A4-06"], Figure(0, None, 0, 0, 0)).startswith("— par personne")
    assert "None" not in html(report(engine))


def test_a_spreadsheet_runs_no_text_as_a_formula() -> None:
    assert [harmless(t) for t in ("=1+1", "+33", "-x", "@a", "\tb", "Mairie")] == [
        "'=1+1", "'+33", "'-x", "'@a", "'\tb", "Mairie"
    ]  # fmt: skip


def test_the_csv_opens_right_by_a_double_click(engine: Engine) -> None:
    content = csv_of(report(engine))
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    assert ";" in content.decode("utf-8-sig")
