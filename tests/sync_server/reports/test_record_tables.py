"""The sheets of records: everything of the period, coded and labelled, nothing that was typed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shared import choices
from shared.territory import TERRITORY
from sync_server.directory import choice_lists
from sync_server.errors import ServerError
from sync_server.figures.counts import Period
from sync_server.files import spreadsheets
from sync_server.files.tabular import Book, to_csv
from sync_server.operations import synthetic
from sync_server.reports import data_dictionary, record_sheets
from sync_server.reports.indicator_report import INTERNAL
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from tests import office
from tests.sync_server.world import ME, TODAY, encounter, follow_up, new_id, push

THEMES = list(choices.load("theme").by_code)[:2]
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 31))


def book(engine: Engine, period: Period = MARCH) -> Book:
    with database.reading(engine) as connection:
        return record_sheets.build_book(connection, TERRITORY, period)


def rows(found: Book, title: str) -> list[dict[str, object]]:
    [table] = [t for t in found.tables if t.title == title]
    return [dict(zip([c.name for c in table.columns], row, strict=True)) for row in table.rows]


def test_an_encounter_with_needs_and_a_referral_fills_the_three_sheets(engine: Engine) -> None:
    referral = new_id()
    met = encounter(
        age_band="18-21",
        needs=[{"theme": theme} for theme in THEMES],
        referrals=[{"id": referral, "service": "mobijob"}],
    )
    receipts = push(engine, met, follow_up(referral, "2026-03-09", "honoree"), encounter(day="2026-02-27"))
    assert {r.status for r in receipts} == {"accepted"}, receipts
    found = book(engine)
    [seen] = rows(found, "Rencontres")
    assert seen["Rencontre"] == met["id"]
    assert (seen["Code INSEE"], seen["Commune"]) == ("90052", "Giromagny")
    assert (seen["Tranche d’âge (code)"], seen["Tranche d’âge"]) == ("18-21", "18-21 ans")
    assert seen["Jour"] == date(2026, 3, 9)
    assert len(rows(found, "Besoins")) == 2
    [sent] = rows(found, "Orientations")
    assert (sent["Code du service"], sent["Code de l’issue"]) == ("mobijob", "honoree")
    assert sent["Orientation acceptée"] == "oui"


def test_who_needed_nothing_is_told_from_who_was_not_asked(engine: Engine) -> None:
    push(engine, encounter(day="2026-03-01", no_need=True), encounter(day="2026-03-02"))
    found = book(engine)
    told = [row["Pas de besoin, simple échange"] for row in rows(found, "Rencontres")]
    assert told == ["oui", "non"]
    [said] = [r for r in rows(found, "Définitions") if r["Colonne"] == "Pas de besoin, simple échange"]
    assert (said["Feuille"], said["Unité"]) == ("Rencontres", "oui ou non")


def test_a_local_code_stands_with_its_label_and_the_national_code_it_counts_under(engine: Engine) -> None:
    national = next(c.code for c in choices.load("place_type").by_code.values() if c.national is None)
    actor = Actor(TERRITORY, "coordination", TODAY)
    with database.writing(engine) as connection:
        code = choice_lists.add(connection, actor, "place_type", "Cabane du jardin", national)
    push(engine, encounter(place_type=code, needs=[{"theme": THEMES[0]}]))
    choices.adopt(())  # the server that writes the file is not the one where it was added
    [seen] = rows(book(engine), "Rencontres")
    assert (seen["Lieu (code)"], seen["Lieu"], seen["Lieu (code national)"]) == (
        code,
        "Cabane du jardin",
        national,
    )
    [need] = rows(book(engine), "Besoins")
    assert need["Besoin (code national)"] == need["Besoin (code)"] == THEMES[0]
    assert "Genre (code national)" not in seen


def test_an_outcome_after_the_cut_off_is_not_known_yet(engine: Engine) -> None:
    known, refused = new_id(), new_id()
    push(
        engine,
        encounter(day="2026-03-02", referrals=[{"id": known, "service": "mobijob"}]),
        encounter(day="2026-03-03", referrals=[{"id": refused, "service": "mobijob", "accepted": False}]),
        follow_up(known, "2026-03-08", "honoree"),
    )
    early = book(engine, Period(MARCH.first, MARCH.last, date(2026, 3, 7)))
    assert [r["Code de l’issue"] for r in rows(early, "Orientations")] == ["proposee", "refusee-par-la-personne"]


def test_the_outcome_of_a_line_is_the_furthest_as_in_the_figures(engine: Engine) -> None:
    sent, before = new_id(), new_id()
    push(
        engine,
        encounter(day="2026-03-02", referrals=[{"id": sent, "service": "mobijob"}]),
        encounter(day="2026-02-27", referrals=[{"id": before, "service": "mobijob"}]),
        follow_up(sent, "2026-03-03", "honoree"),
        follow_up(sent, "2026-03-09", "sans-nouvelle"),
        follow_up(before, "2026-03-09", "sans-suite"),
    )
    assert [r["Code de l’issue"] for r in rows(book(engine), "Orientations")] == ["honoree"]


def test_every_column_is_defined_with_its_codes_and_its_unit(engine: Engine) -> None:
    """By hand, not from the code: whoever opens the file in a year finds each column and each code explained."""
    push(engine, encounter(age_band="18-21", needs=[{"theme": THEMES[0]}]))
    found = book(engine)
    records, (definitions, codes, communes) = found.tables[:3], found.tables[3:]
    assert [t.title for t in found.tables] == [
        "Rencontres", "Besoins", "Orientations", "Définitions", "Codes", "Communes",
    ]  # fmt: skip
    told = {(row[0], row[1]): row for row in definitions.rows}
    assert list(told) == [(t.title, c.name) for t in records for c in t.columns]
    assert all(row[2] and row[4] for row in definitions.rows)
    assert [told["Rencontres", name][3:] for name in ("Tranche d’âge (code)", "Code INSEE", "Jour")] == [
        ["Tranche d’âge", "code"], ["Communes", "code"], ["", "date"],
    ]  # fmt: skip
    known = {(row[0], row[1]): row[2] for row in codes.rows}
    assert known["Tranche d’âge", "18-21"] == "18-21 ans"
    assert known["Premier contact", "ne-sait-pas"] == "Ne sait pas"
    assert {row[3] for row in definitions.rows} - {"", "Communes", "Annuaire"} == {row[0] for row in codes.rows}
    assert len(communes.rows) == 101
    assert list(communes.rows[0][:3]) == ["90001", "Andelnans", "200069052"]
    assert sum(int(str(row[4])) for row in communes.rows) == 140_255


def test_every_code_that_stands_in_a_record_is_in_the_list_of_codes(engine: Engine) -> None:
    synthetic.load(engine, ME, 120, TODAY)
    found = book(engine, Period(date(2024, 1, 1), TODAY, TODAY))
    known = {(row[0], row[1]) for row in found.tables[4].rows}
    listed = {(row[0], row[1]): row[3] for row in found.tables[3].rows}
    held = set()
    for sheet in found.tables[:3]:
        for place, column in enumerate(sheet.columns):
            name = listed[sheet.title, column.name]
            if column.name.endswith("(code)") or column.name in ("Code de l’action", "Code de l’issue"):
                held |= {(name, row[place]) for row in sheet.rows if row[place] is not None}
    assert len({name for name, _ in held}) > 12
    assert held <= known


def test_a_column_that_nobody_has_defined_is_refused() -> None:
    with pytest.raises(KeyError):
        data_dictionary.meaning("Humeur")


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_an_office_suite_opens_the_definitions_beside_the_records(
    engine: Engine, tmp_path: Path, ending: str
) -> None:
    push(engine, encounter())
    written = {"xlsx": spreadsheets.to_xlsx, "ods": spreadsheets.to_ods}[ending](book(engine))
    sheets = office.sheets(tmp_path, f"saisies.{ending}", written)
    assert ["Rencontres", "Code INSEE"] in [row[:2] for row in sheets["Définitions"]]
    assert ["90052", "Giromagny"] in [row[:2] for row in sheets["Communes"]]


def test_a_csv_ends_with_the_definitions_and_the_codes(engine: Engine) -> None:
    push(engine, encounter())
    text = to_csv(book(engine)).decode("utf-8-sig")
    assert text.index("Rencontres") < text.index("Définitions") < text.index("90001;Andelnans")
    assert "Besoins;Expression du besoin (code);" in text


def test_every_sheet_says_that_it_is_internal(engine: Engine) -> None:
    assert all(INTERNAL in table.before for table in book(engine).tables)
    assert spreadsheets.to_ods(book(engine)) == spreadsheets.to_ods(book(engine))


def test_too_much_for_one_file_is_refused_with_what_to_do(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    push(engine, encounter(), encounter())
    monkeypatch.setattr(record_sheets, "MOST_ROWS", 1)
    with pytest.raises(ServerError, match="too_many_rows"):
        book(engine)
