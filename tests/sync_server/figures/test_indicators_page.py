"""The page of the indicators as the coordinator uses it: filters, the period before, the records behind."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from sync_server.figures import dimensions
from sync_server.figures.compiler import Period
from sync_server.figures.counts import Figure
from sync_server.figures.declarations import load
from sync_server.figures.vocabulary import VIEWS
from sync_server.reports import comparison
from sync_server.reports.indicator_report import Block, FigureLine, Report, Section
from sync_server.storage import database
from sync_server.storage.desk_tables import StaleTally
from sync_server.storage.tables import table
from sync_server.web import drawing
from sync_server.web.filters.figure_filters import BREAKDOWNS, FILTERS, presets
from tests.sync_server.world import encounter, new_id, of_kind, push

DELLE = "90033"
MARCH = "du=2026-03-01&au=2026-03-31&arrete=2026-03-10"


def page(client: TestClient, query: str, status: int = 200) -> str:
    answer = client.get(f"/console/indicateurs?{query}")
    assert answer.status_code == status
    return html.unescape(answer.text)


def row(text: str, words: str) -> str:
    """What a person reads of the first line that has these words, markup taken out."""
    [found, *_] = [line for line in re.findall(r"<tr.*?</tr>", text, re.DOTALL) if words in line]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_the_usual_periods_end_today_and_keep_the_filters(coordinator: TestClient) -> None:
    days = {words: (first, last) for words, first, last in presets(date(2026, 3, 10))}
    assert days["Ce mois"] == (date(2026, 3, 1), date(2026, 3, 10))
    assert days["Ce trimestre"] == (date(2026, 1, 1), date(2026, 3, 10))
    assert days["Année passée"] == (date(2025, 1, 1), date(2025, 12, 31))
    assert days["Pacte entier"] == (date(2024, 1, 1), date(2026, 3, 10))
    text = page(coordinator, "par=epci&genre=femme&comparer=oui")
    assert 'du=2026-03-01&au=2026-03-10&par=epci&genre=femme&comparer=oui">Ce mois' in text
    assert 'aria-current="true">Cette année' in text


def test_a_filter_narrows_every_figure_and_says_which_it_cannot(coordinator: TestClient, engine: Engine) -> None:
    push(engine, encounter(gender="femme"), encounter(gender="homme"), encounter(gender="femme", commune=DELLE))
    push(engine, of_kind("presence"))
    assert "3 contacts" in row(page(coordinator, MARCH), "A4-02")
    text = page(coordinator, f"{MARCH}&genre=femme&commune=90052")
    assert "1 contact" in row(text, "A4-02")
    assert "Sans objet avec ce filtre." in row(text, "A4-05")
    assert "Commune « Giromagny », Genre « Femme » seulement" in text
    assert '<option value="femme" selected>' in text
    csv = coordinator.get(f"/console/indicateurs.csv?{MARCH}&genre=femme&commune=90052").content.decode()
    assert "A4-02;Contacts;1;" in csv
    assert "Genre « Femme » seulement" in csv
    assert "Sans objet avec ce filtre : A3-" in csv


@pytest.mark.parametrize(
    "query", ["genre=x", "commune=75056", "epci=1", "indicateur=A9-99", "service=inconnu", "thematique=x"]
)
def test_a_filter_that_does_not_exist_says_what_to_do(coordinator: TestClient, query: str) -> None:
    assert "Ce filtre ou cet indicateur n’existe pas" in page(coordinator, query, 422)


def test_too_many_breakdowns_are_refused_above_the_form_as_it_was_sent(coordinator: TestClient) -> None:
    text = page(coordinator, "par=mois&par=epci&par=age&par=genre", 422)
    assert "Trois ventilations au plus" in text
    assert text.count(" checked>") == 4
    assert "Télécharger" not in text
    assert coordinator.get("/console/indicateurs.csv?par=mois&par=epci&par=age&par=genre").status_code == 422
    long = "du=2024-01-01&par=mois&par=commune&par=age"
    assert "trop de lignes" in page(coordinator, long, 422)


def test_every_breakdown_is_proposed_and_two_cross(coordinator: TestClient, engine: Engine) -> None:
    push(engine, encounter(gender="femme", needs=[{"theme": "famille--garde-denfants"}]))
    text = page(coordinator, f"{MARCH}&par=genre&par=lieu&indicateur=A4-02")
    assert text.count('name="par"') == len(dimensions.LABELS)
    assert "1 contact" in row(text, '<th scope="row">Femme</th><th scope="row">Mairie')


def test_no_dimension_of_the_vocabulary_is_forgotten(coordinator: TestClient) -> None:
    """What an indicator may be broken down by can be asked for, and filtered by unless the period says it."""
    declared = {name for view in VIEWS.values() for name in view.dimensions}
    assert set(BREAKDOWNS.values()) == declared == set(dimensions.LABELS)
    assert {BREAKDOWNS[name] for name in FILTERS} == declared - {"month", "quarter"}
    text = page(coordinator, MARCH)
    for name in BREAKDOWNS:
        assert f'name="par" value="{name}"' in text
    for name in FILTERS:
        assert f'<select id="{name}" name="{name}">' in text


def counts(client: TestClient, query: str, code: str) -> str:
    """What the CSV says of that indicator, filtered: the value alone."""
    text = client.get(f"/console/indicateurs.csv?{MARCH}&{query}").content.decode("utf-8-sig")
    [line, *_] = [line for line in text.splitlines() if line.startswith(f"{code};")]
    return line.split(";")[2]


NARROWED = [
    ("A4-02", "contact=presence-de-rue", "Mode de contact « "),
    ("A4-02", "famille=seul-avec-enfant-s", "Situation familiale « "),
    ("A4-02", "logement=heberge-chez-un-tiers", "Situation de logement « "),
    ("A4-02", "activite=retraite", "Situation d’activité « "),
    ("A4-02", "rsa=oui", "RSA « "),
    ("A4-06", "thematique=sante--acces-aux-soins", "Thématique « "),
    ("A4-06", "kilometre=social", "Dernier kilomètre « Social »"),
    ("A4-06", "kilometre=non-precise", "Dernier kilomètre « Non précisé »"),
    ("A4-09", "service=mobijob", "Service « Mobijob"),
    ("A4-07", "droit=rsa", "Droit « "),
    ("A4-04", "creneau=soiree", "Créneau « Soirée »"),
    ("A4-15", "partenaire=equipe-municipale", "Type de partenaire « Équipe municipale »"),
]
"""Of what was met in `two_of_each`, one counts under each of these."""


def two_of_each(engine: Engine) -> None:
    """Two encounters, presences and partners that nothing but the commune and the day are common to."""
    needs = [{"theme": "sante--acces-aux-soins", "last_mile": "social"}, {"theme": "famille--garde-denfants"}]
    one: dict[str, Any] = {
        "contact_mode": "presence-de-rue", "household": "seul-avec-enfant-s", "activity": "retraite", "rsa": "oui",
        "housing": "heberge-chez-un-tiers",
        "needs": needs, "referrals": [{"id": new_id(), "service": "mobijob"}],
        "rights": [{"id": new_id(), "right": "rsa"}], "first_contact_year": "oui",
    }  # fmt: skip
    other: dict[str, Any] = {
        "needs": [{"theme": "famille--garde-denfants", "last_mile": "numerique"}],
        "referrals": [{"id": new_id(), "service": "france-services-giromagny"}],
        "rights": [{"id": new_id(), "right": "aspa"}], "first_contact_year": "oui",
    }  # fmt: skip
    receipts = push(
        engine, encounter(**one), encounter(**other), of_kind("presence", slot="soiree", commune=DELLE),
        of_kind("presence", slot="matin"), of_kind("partner_contact", partner_type="association"),
        of_kind("partner_contact", structure="Mairie", partner_type="equipe-municipale"),
    )  # fmt: skip
    assert {r.status for r in receipts} == {"accepted"}


def test_each_dimension_narrows_the_page_the_files_and_the_records(
    coordinator: TestClient, engine: Engine
) -> None:
    two_of_each(engine)
    for code, query, said in NARROWED:
        text = page(coordinator, f"{MARCH}&{query}&indicateur={code}")
        assert f"Filtre : {said}" in text
        assert "<details open>\n      <summary>Autres filtres" in text
        assert counts(coordinator, query, code) == "1", query
        [there] = re.findall(r'class="behind" href="([^"]+)"', text)
        listed = html.unescape(coordinator.get(there).text)
        assert len(re.findall(r'<th scope="row"><a href="/console/saisies/', listed)) == 1, query
        assert said.split(" « ")[0] + " : " in listed
        drawn = coordinator.get(f"/console/indicateurs/{code}.svg?{MARCH}&{query}&par=epci")
        assert drawn.status_code == 200


def test_a_service_is_named_in_the_filter_and_behind_the_figure(coordinator: TestClient, engine: Engine) -> None:
    push(engine, encounter(referrals=[{"id": new_id(), "service": "mobijob"}]))
    text = page(coordinator, f"{MARCH}&service=mobijob&indicateur=A4-09")
    assert '<option value="mobijob" selected>Mobijob (MIFE 90)</option>' in text
    [there] = re.findall(r'class="behind" href="([^"]+)"', text)
    assert "Service : Mobijob (MIFE 90)" in html.unescape(coordinator.get(there).text)


@pytest.mark.parametrize("path", ["indicateurs", "indicateurs.csv", "carte", "orientations", "saisies-detail.csv"])
def test_a_breakdown_that_does_not_exist_is_refused_and_not_ignored(coordinator: TestClient, path: str) -> None:
    answer = coordinator.get(f"/console/{path}?par=epci&par=contact_mode")
    assert answer.status_code == 422
    assert "Cette ventilation n’existe pas" in html.unescape(answer.text)


def test_the_period_before_stands_beside_with_the_difference(coordinator: TestClient, engine: Engine) -> None:
    push(engine, encounter(), encounter(), encounter(day="2026-02-27"))
    text = page(coordinator, f"{MARCH}&comparer=oui")
    assert "Période précédente : du 01/02/2026 au 28/02/2026, issues connues au 07/02/2026" in text
    assert re.search(r"2 contacts voir les saisies : Contacts 1 \+1", row(text, "A4-02"))
    by_month = page(coordinator, f"{MARCH}&comparer=oui&par=mois&indicateur=A4-02")
    assert "seul le total est comparé" in by_month
    assert row(by_month, ">mars 2026<").endswith("— —")
    assert row(by_month, ">Total<").endswith("1 +1")


@pytest.mark.parametrize(
    ("first", "last", "cut_off", "before"),
    [
        ("2026-03-01", "2026-03-31", "2026-04-10", ("2026-02-01", "2026-02-28", "2026-03-10")),
        ("2026-01-01", "2026-03-31", "2026-03-31", ("2025-10-01", "2025-12-31", "2025-12-31")),
        ("2024-01-01", "2024-12-31", "2024-12-31", ("2023-01-01", "2023-12-31", "2023-12-31")),
        ("2026-01-01", "2026-11-29", "2026-11-29", ("2025-01-01", "2025-11-29", "2025-11-29")),  # this year
        ("2026-01-01", "2026-11-30", "2026-11-30", ("2025-01-01", "2025-11-30", "2025-11-30")),
        ("2026-01-01", "2026-06-30", "2026-08-31", ("2025-01-01", "2025-06-30", "2025-08-31")),
        ("2028-01-01", "2028-12-31", "2029-01-31", ("2027-01-01", "2027-12-31", "2028-01-31")),  # a leap year
        ("2028-02-01", "2028-02-29", "2028-02-29", ("2028-01-01", "2028-01-31", "2028-01-31")),
        ("2024-01-01", "2025-12-31", "2025-12-31", ("2022-01-01", "2023-12-31", "2023-12-31")),
        ("2024-01-01", "2026-11-29", "2026-11-29", ("2021-01-01", "2023-11-29", "2023-11-29")),  # the pact so far
        ("2026-10-01", "2026-11-29", "2026-11-29", ("2026-07-01", "2026-08-29", "2026-08-29")),  # this quarter
        ("2026-10-01", "2026-11-30", "2026-11-30", ("2026-07-01", "2026-08-31", "2026-08-31")),
        ("2026-03-01", "2026-03-10", "2026-03-10", ("2026-02-01", "2026-02-10", "2026-02-10")),  # this month
        ("2026-03-01", "2026-03-30", "2026-03-30", ("2026-02-01", "2026-02-28", "2026-02-28")),
        ("2026-02-02", "2026-12-31", "2026-12-31", ("2025-03-06", "2026-02-01", "2026-02-01")),  # any two days
        ("2026-02-01", "2026-04-30", "2026-04-30", ("2025-11-01", "2026-01-31", "2026-01-31")),
        ("2026-02-01", "2026-04-15", "2026-04-15", ("2025-11-19", "2026-01-31", "2026-01-31")),
        ("2026-03-05", "2026-03-05", "2026-03-05", ("2026-03-04", "2026-03-04", "2026-03-04")),
        ("2026-03-01", "2026-03-31", "2026-03-02", ("2026-02-01", "2026-02-28", "2026-02-01")),
    ],
)
def test_the_period_before_is_of_the_same_kind_or_of_the_same_length(
    first: str, last: str, cut_off: str, before: tuple[str, str, str]
) -> None:
    asked = Period(*(date.fromisoformat(day) for day in (first, last, cut_off)))
    assert comparison.period_before(asked) == Period(*(date.fromisoformat(day) for day in before))


DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))


@given(DAYS, st.integers(0, 1_460), st.integers(0, 400))
def test_the_period_before_ends_before_and_is_as_long_but_for_the_days_of_a_month(
    first: date, length: int, later: int
) -> None:
    period = Period(first, first + timedelta(length), first + timedelta(later))
    earlier = comparison.period_before(period)
    assert earlier.first <= earlier.last < period.first
    assert earlier.first <= earlier.cut_off <= period.cut_off
    assert abs((earlier.last - earlier.first).days - length) <= 3
    if first.day != 1:
        assert ((earlier.last - earlier.first).days, earlier.last) == (length, first - timedelta(1))


@given(DAYS)
def test_each_usual_period_stands_beside_the_same_part_of_the_one_before(today: date) -> None:
    """On any day of the calendar: this month, this quarter, this year."""
    for words, first, last in presets(today)[:3]:
        earlier = comparison.period_before(Period(first, last, last))
        assert earlier.first.day == 1, words
        assert (earlier.last.day == last.day) or comparison._ends_month(earlier.last), words
    year = comparison.period_before(Period(date(today.year, 1, 1), today, today))
    if today.month > 3:
        assert (year.first, year.last.month, year.last.year) == (
            date(today.year - 1, 1, 1),
            today.month,
            today.year - 1,
        )


@pytest.mark.parametrize(
    ("code", "now", "then", "move"),
    [
        ("A4-02", Figure(3), Figure(5), ("5", "−2", "down")),
        ("A4-02", Figure(5), Figure(5), ("5", "=", "same")),
        ("A4-01", Figure(3, 6), Figure(1, 2), ("1 à 2", "+2 ; haut de fourchette +4", "up")),
        ("A3-09", Figure(0.5), Figure(0.25), ("25\u202f%", "+25\u202fpoints", "up")),
        ("A3-09", Figure(0.5), Figure(None), ("—", "—", "")),
        ("A4-05", Figure(1.5), Figure(0.5), ("0,5", "+1", "up")),
    ],
)
def test_a_difference_is_that_of_the_two_figures_shown(
    code: str, now: Figure, then: Figure, move: tuple[str, str, str]
) -> None:
    block = Block(load()[code], (), (FigureLine((), then),))
    earlier = Report(Period(*[date(2026, 1, 1)] * 3), (), False, (Section("", (block,)),))
    found = comparison.Comparison(earlier).move(block, FigureLine((), now))
    assert found == comparison.Move(*move)


def test_each_figure_leads_to_the_records_it_counts(coordinator: TestClient, engine: Engine) -> None:
    mine = encounter(gender="femme", commune=DELLE)
    push(engine, mine, encounter(gender="homme", commune=DELLE), encounter(gender="femme"))
    text = page(coordinator, f"{MARCH}&genre=femme&par=commune&par=mois&indicateur=A4-02")
    links = re.findall(r'class="behind" href="([^"]+)"', text)
    assert len(links) == 3  # two communes and the total: nothing stands behind a zero
    [there] = [link for link in links if DELLE in link]
    assert "genre" not in there
    listed = coordinator.get(there).text
    assert re.findall(r'<th scope="row"><a href="/console/saisies/([^"]+)"', listed) == [mine["id"]]
    assert "Commune : Delle" in listed


def test_one_indicator_by_one_dimension_is_drawn_as_it_is_filtered(
    coordinator: TestClient, engine: Engine
) -> None:
    push(engine, encounter(gender="femme"), encounter(), encounter(commune=DELLE))
    text = page(coordinator, f"{MARCH}&par=genre&indicateur=A4-02")
    [there] = re.findall(r'src="(/console/indicateurs/A4-02.svg[^"]*)"', text)
    assert "A4-01 ·" not in text.split("</form>")[-1]
    assert "Femme 1" in coordinator.get(html.unescape(there)).text
    only = coordinator.get(html.unescape(there) + "&commune=" + DELLE).text
    assert "Femme 1" not in only
    for none in ("par=genre&par=mois&indicateur=A4-02", "indicateur=A4-02"):
        assert ".svg?" not in page(coordinator, f"{MARCH}&{none}")


@pytest.mark.parametrize("path", ["indicateurs", "indicateurs.csv", "tableau-de-bord", "carte", "rapports/apercu"])
def test_what_is_stale_is_counted_anew_before_the_first_figures_of_a_server_are_shown(
    coordinator: TestClient, engine: Engine, path: str
) -> None:
    drawing.stop()  # the next worker has recounted nothing yet; then once a minute
    push(engine, encounter())
    stale = select(func.count()).select_from(table(StaleTally))
    with database.reading(engine) as connection:
        assert connection.scalar(stale)
    assert coordinator.get(f"/console/{path}").status_code == 200
    with database.reading(engine) as connection:
        assert connection.scalar(stale) == 0
