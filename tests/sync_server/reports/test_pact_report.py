"""The report of the pact: built, frozen, the same after 500 corrections, compared, and read by an office suite."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, update

from shared.territory import TERRITORY, epcis
from sync_server.errors import ServerError
from sync_server.figures import counts
from sync_server.figures.counts import Period
from sync_server.files import spreadsheets
from sync_server.files.tabular import Book, Column, Percent, Table, to_csv
from sync_server.intake import store
from sync_server.reports import frozen, pact_changes, pact_docx, pact_layout, pact_report
from sync_server.reports.indicator_report import INTERNAL, SYNTHETIC
from sync_server.reports.pact_report import Body, ReportRequest
from sync_server.steering import goals
from sync_server.storage import audit_log, database
from sync_server.storage.desk_tables import FrozenReport, Goal, Target
from sync_server.storage.tables import HeldRecord, table
from tests import office
from tests.sync_server.pact_world import built, fill, frozen_now, read
from tests.sync_server.world import ME, TODAY, push, referrals

N = "\u202f"
HELD = table(HeldRecord)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    fill(engine)
    return engine


def entry(body: Body, code: str) -> Body:
    [found] = [e for action in body["actions"] for e in action["indicators"] if e["code"] == code]
    return dict(found)


def reached(body: Body, code: str) -> float | None:
    value: float | None = entry(body, code)["reached"]["2025"].get("value")
    return value


def files(found: frozen.Frozen) -> dict[str, bytes]:
    day = found.heading["frozen_on"]
    book = pact_layout.build_book(found.body, day)
    return {
        "csv": to_csv(book),
        "xlsx": spreadsheets.to_xlsx(book),
        "ods": spreadsheets.to_ods(book),
        "docx": pact_docx.to_docx(found.body, day, found.heading["digest"]),
    }


def correct_everything(engine: Engine, most: int) -> int:
    """The coordinator gives every encounter another age and another first contact; how many were taken."""
    with database.reading(engine) as connection:
        held = connection.execute(
            select(HELD.c.id, HELD.c.revision, HELD.c.body).where(HELD.c.kind == "encounter").limit(most)
        ).all()
    records = []
    for one in held:
        fields = json.loads(one.body) | {"first_contact_year": "oui", "age_band": "22-25"}
        more = {"id": one.id, "kind": "encounter", "revision": one.revision + 1, "base_revision": one.revision}
        records.append(more | {"fields": fields})
    desk = store.Sender(TERRITORY, ME.team, None)
    receipts = [
        r for n in range(0, len(records), 200) for r in store.accept(engine, desk, records[n : n + 200], TODAY)
    ]
    return sum(receipt.status == "accepted" for receipt in receipts)


def test_the_figures_are_those_of_the_console_with_target_gap_and_attainment(filled: Engine) -> None:
    body = built(filled)
    year = Period(date(2025, 1, 1), date(2025, 12, 31), TODAY)
    with database.reading(filled) as connection:
        counted = counts.compute(connection, TERRITORY, year, ("epci",))
    for action in body["actions"]:
        for one in action["indicators"]:
            figure = counted[one["code"]][()]
            assert one["reached"]["2025"].get("value") == figure.value
            assert one["period"].get("value") == figure.value
            for epci, told in one["epcis"].items():
                assert told.get("value") == counted[one["code"]][(epci,)].value
    contacts = entry(body, "A4-02")
    value = contacts["reached"]["2025"]["value"]
    assert (contacts["t0"], contacts["targets"]) == (0, {"2024": 40, "2025": 90, "2026": 245, "2027": 400})
    assert (contacts["gap"], contacts["attainment"]) == (value - 90, value / 90)
    assert set(contacts["epcis"]) == set(epcis())
    assert entry(body, "A4-01")["attainment"] is None


def test_a_report_that_nobody_prepared_has_no_gap_and_invents_nothing(engine: Engine) -> None:
    body = built(engine)
    assert {e["gap"] for action in body["actions"] for e in action["indicators"]} == {None}
    assert (body["national"], body["deadlines"]) == ([], [])
    assert [part.heading for part in pact_layout.list_parts(body) if part.charts] == []
    assert "Financement" not in [part.heading for part in pact_layout.list_parts(body)]


def test_a_national_rate_reads_the_same_in_the_report_as_where_it_was_typed(engine: Engine) -> None:
    fill(engine, 5)
    with database.reading(engine) as connection:
        (line,) = (goals.build_national_line(*one) for one in goals.nationals(connection, TERRITORY).items())
    assert (line.start, line.reached[1]) == ("3\u202f%", "4,5\u202f%")
    (national,) = [
        part.table for part in pact_layout.list_parts(built(engine)) if part.heading.endswith("nationaux")
    ]
    told = dict(zip([c.name for c in national.columns], national.rows[0], strict=True))
    assert (frozen.format_value(told["T0"]), frozen.format_value(told["Valeur 2025"])) == (
        line.start,
        line.reached[1],
    )
    assert told["Valeur 2026"] is None


@pytest.mark.parametrize(
    ("kind", "days", "title"),
    [
        ("annuel", ("2026-01-01", "2026-12-31"), "Rapport annuel 2026"),
        ("mi-parcours", ("2024-01-01", "2025-12-31"), "Rapport d’exécution à mi-parcours 2024-2025"),
        ("final", ("2024-01-01", "2027-12-31"), "Évaluation finale 2024-2027"),
    ],
)
def test_each_kind_of_report_has_its_days_and_its_title(kind: str, days: tuple[str, str], title: str) -> None:
    first, last = pact_report.days_of(kind, 2026)
    assert (str(first), str(last)) == days
    assert ReportRequest(kind, Period(first, last, last)).title == title


def test_a_frozen_report_gives_the_same_bytes_after_500_corrections(engine: Engine) -> None:
    fill(engine, 1_600)
    report_id = frozen_now(engine, comment="Premier envoi")
    before = files(read(engine, report_id))
    assert correct_everything(engine, 500) == 500
    with database.writing(engine) as connection:
        connection.execute(update(table(Target)).values(value=1))
        connection.execute(update(table(Goal)).values(comment="autre"))
    assert frozen.digest(built(engine)) != read(engine, report_id).heading["digest"]
    after = files(read(engine, report_id))
    assert [ending for ending in before if before[ending] != after[ending]] == []


def test_the_comparison_names_each_change_and_no_other(filled: Engine) -> None:
    old = read(filled, frozen_now(filled)).body
    assert pact_changes.compare(old, old) == []
    with database.writing(filled) as connection:
        target = table(Target)
        connection.execute(
            update(target).where(target.c.indicator == "A4-02", target.c.year == 2025).values(value=100)
        )
        connection.execute(update(table(Goal)).values(comment="Trois postes"))
    new = read(filled, frozen_now(filled)).body
    value = entry(old, "A4-02")["reached"]["2025"]["value"]
    where = "Fiche 4 indicateurs : A4-02 · Contacts"
    found = {(c.where, c.what): (c.before, c.after) for c in pact_changes.compare(old, new)}
    assert found == {
        (where, "Cible 2025"): ("90", "100"),
        (where, "Cible 2026"): ("245", "250"),
        (where, "Écart"): (frozen.format_value(value - 90), frozen.format_value(value - 100)),
        (where, "Atteinte"): (
            frozen.format_value(value / 90, "percent"),
            frozen.format_value(value / 100, "percent"),
        ),
        (where, "Commentaire"): ("=Deux postes", "Trois postes"),
    }


def test_a_correction_shows_in_the_comparison_where_it_counts(filled: Engine) -> None:
    old = built(filled)
    correct_everything(filled, 40)
    new = built(filled)
    changes = pact_changes.compare(old, new)
    assert changes
    assert all(change.before != change.after for change in changes)
    moved = {change.where for change in changes if change.what == "Réalisé 2025"}
    expected = {
        f"Fiche {3 if code.startswith('A3') else 4} indicateurs : {code} · {entry(old, code)['label']}"
        for code in (e["code"] for action in old["actions"] for e in action["indicators"])
        if reached(old, code) != reached(new, code)
    }
    assert moved == expected


def test_freezing_leaves_an_entry_in_the_log(filled: Engine) -> None:
    report_id = frozen_now(filled, comment="Envoi à l’État")
    with database.reading(filled) as connection:
        [last, *_] = audit_log.entries(connection, TERRITORY)
        assert audit_log.broken_at(connection, TERRITORY) is None
        [listed] = frozen.list_frozen(connection, TERRITORY)
    assert (last.act, last.subject) == ("Rapport figé", "Rapport annuel 2025")
    assert read(filled, report_id).heading["digest"] in last.after
    assert (listed["id"], listed["comment"]) == (report_id, "Envoi à l’État")


def test_a_frozen_report_that_was_tampered_with_is_refused(filled: Engine) -> None:
    report_id = frozen_now(filled)
    with database.writing(filled) as connection:
        text = connection.scalar(select(table(FrozenReport).c.body))
        connection.execute(update(table(FrozenReport)).values(body=str(text).replace('"t0":0', '"t0":7')))
    with pytest.raises(ServerError, match="report_altered"):
        read(filled, report_id)


def test_an_office_suite_reads_the_figures_of_the_console_in_the_workbooks(filled: Engine, tmp_path: Path) -> None:
    found = read(filled, frozen_now(filled))
    made = files(found)
    for ending in ("xlsx", "ods"):
        sheets = office.sheets(tmp_path, f"rapport.{ending}", made[ending])
        tables = {t.title: t for t in pact_layout.build_book(found.body, TODAY).tables}
        assert set(sheets) == set(tables)
        for title, rows in sheets.items():
            top = len(tables[title].before) + 2
            assert rows[0][0] == title
            assert INTERNAL in [row[0] for row in rows[:top]]
            assert SYNTHETIC in [row[0] for row in rows[:top]]
            for row, values in zip(rows[top + 1 :], tables[title].rows, strict=False):
                for seen, value in zip(row, values, strict=True):
                    if isinstance(value, float | int):
                        assert office.number(seen) == pytest.approx(float(value), abs=1e-9)
                    elif not isinstance(value, date):
                        assert seen == (value or "")


def test_an_office_suite_reads_the_document_with_the_figures_of_the_console(
    filled: Engine, tmp_path: Path
) -> None:
    found = read(filled, frozen_now(filled))
    made = files(found)["docx"]
    [path] = office.convert(tmp_path, "rapport.docx", made, "txt:Text (encoded):UTF8")
    told = re.sub(r"\s+", " ", path.read_text("utf-8"))
    for part in pact_layout.list_parts(found.body):
        for row in part.table.rows:
            cells = zip(part.table.columns, row, strict=True)
            line = " ".join(frozen.format_value(value, column.kind) for column, value in cells)
            assert re.sub(r"\s+", " ", line).strip() in told, line
    for words in (INTERNAL, SYNTHETIC, "Rapport annuel 2025", found.heading["digest"], *found.body["notes"]):
        assert re.sub(r"\s+", " ", words) in told


def test_a_rate_in_the_document_says_what_it_is_made_of_by_year_and_by_epci(engine: Engine) -> None:
    push(engine, *referrals("honoree", "", ""))
    body = built(engine, ReportRequest("annuel", Period(date(2026, 1, 1), date(2026, 12, 31), TODAY)))
    made = Document(io.BytesIO(pact_docx.to_docx(body, TODAY)))
    rows = [[cell.text for cell in row.cells] for grid in made.tables for row in grid.rows]
    by_year, by_epci, _ = (row for row in rows if row[0] == "A4-10")
    said = f"33,3{N}% (1\u00a0sur\u00a03 ; issue inconnue 66,7{N}%)"
    assert said in by_year
    assert by_epci.count(said) == 2  # that of Giromagny, and the territory's
    figures = [t for t in pact_layout.build_book(body, TODAY).tables if t.title == "Fiche 4 par EPCI"]
    [kept] = [row for row in figures[0].rows if row[0] == "A4-10"]
    assert [v for v in kept if isinstance(v, float)] == pytest.approx(
        [1 / 3, 1 / 3]
    )  # a workbook computes with it


def test_the_document_is_accessible(filled: Engine) -> None:
    made = Document(io.BytesIO(files(read(filled, frozen_now(filled)))["docx"]))
    assert made.core_properties.language == "fr-FR"
    assert 'w:lang w:val="fr-FR"' in made.styles.element.xml
    assert all("w:tblHeader" in grid.rows[0]._tr.xml for grid in made.tables)
    drawn = made.element.xpath("//wp:docPr")
    assert [d.get("title") for d in drawn] == ["A3-09 · Taux d’orientations honorées (jeunes)", "A4-02 · Contacts"]
    assert all("Cible : Départ" in d.get("descr") and "Réalisé : 2024" in d.get("descr") for d in drawn)
    levels = [
        p.style.name for p in made.paragraphs if p.style is not None and str(p.style.name).startswith("Head")
    ]
    assert levels[:3] == ["Heading 1", "Heading 2", "Heading 2"]


def test_a_sum_of_which_a_year_is_missing_is_not_given(filled: Engine) -> None:
    body = built(filled)
    [money] = [p.table for p in pact_layout.list_parts(body) if p.heading == "Financement"]
    assert [list(row) for row in money.rows] == [
        ["2024", 60_000, 41_200, -18_800, 41_200 / 60_000, ""],
        ["2025", 80_000, None, None, None, ""],
        ["Total", 140_000, None, None, None, ""],
    ]


def test_a_gap_below_the_target_is_read_with_a_true_minus_and_computed_as_a_number() -> None:
    assert frozen.format_value(-3.5, "number") == "−3,5"
    assert frozen.format_value(Percent(-0.25), "number") == f"−25{N}%"
    table = Table("Écarts", (Column("Écart", "number"),), [(-3.5,)])
    assert "\r\n-3,5\r\n" in to_csv(Book("Essai", TODAY, (table,))).decode()


def test_the_share_of_the_referrals_is_written_as_french_does(coordinator: TestClient, engine: Engine) -> None:
    fill(engine)
    page = coordinator.get("/console/orientations?du=2025-01-01&au=2025-12-31").text
    assert re.search(f"[0-9]{N}% \\([0-9]+ ÷ [0-9]+\\)", page)
    assert not re.search("[0-9] %", page)
