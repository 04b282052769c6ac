"""The pages of the reports: looked at, frozen as looked at, compared, downloaded, by the coordinator alone."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server import database, frozen
from sync_server.reports import INTERNAL
from tests.sync_server import pact_world
from tests.sync_server.world import encounter, push

PREVIEW = "/console/rapports/apercu?genre=annuel&annee=2026&arrete=2026-03-10"
ENDINGS = ("docx", "xlsx", "ods", "csv")


def form(page: str) -> dict[str, str]:
    """What the page would send back when the coordinator freezes."""
    asked = page.split('action="/console/rapports/figer"')[1].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked))


def freeze(client: TestClient, preview: str = PREVIEW, **more: str) -> str:
    answer = client.post(
        "/console/rapports/figer", data=form(client.get(preview).text) | more, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


@pytest.fixture
def planned(engine: Engine) -> Engine:
    push(engine, encounter(first_contact_year="oui"), encounter())
    with database.writing(engine) as connection:
        pact_world.plan(connection)
    return engine


def test_what_was_looked_at_is_frozen_and_downloaded_the_same_twice(
    coordinator: TestClient, planned: Engine
) -> None:
    place = freeze(coordinator, comment="  Envoyé à l’État  ")
    page = coordinator.get(place).text
    assert "Envoyé à l’État." in page
    assert INTERNAL in page
    assert "Figer ce rapport" not in page
    for ending in ENDINGS:
        first = coordinator.get(f"{place}.{ending}")
        assert f'filename="rapport_2026-01-01_2026-12-31.{ending}"' in first.headers["Content-Disposition"]
        push(planned, encounter())
        assert coordinator.get(f"{place}.{ending}").content == first.content
    assert coordinator.get(place).text == page
    assert "Rapport annuel 2026" in coordinator.get("/console/rapports").text


def test_no_two_sections_of_a_report_have_the_same_name_for_a_reader_of_screens(
    coordinator: TestClient, planned: Engine
) -> None:
    page = coordinator.get(PREVIEW).text
    said = dict(re.findall(r'<h[23][^>]* id="([\w-]+)">([^<]*)</h[23]>', page))
    sections = re.findall(r'<section [^>]*aria-labelledby="([^"]+)"', page)
    names = [" ".join(said[place] for place in labels.split()) for labels in sections]
    names += re.findall(r'role="region" aria-label="([^"]+)"', page)
    assert len(sections) > 5
    assert "Fiche 4 – Trait d’union Financement" in names
    assert len(set(names)) == len(names), names


def test_figures_that_moved_since_the_preview_are_shown_again_not_frozen(
    coordinator: TestClient, planned: Engine
) -> None:
    seen = form(coordinator.get(PREVIEW).text)
    push(planned, encounter())
    answer = coordinator.post("/console/rapports/figer", data=seen | {"comment": "à garder"})
    assert answer.status_code == 409
    assert "Des chiffres ont changé depuis votre aperçu" in answer.text
    assert "à garder</textarea>" in answer.text
    with database.reading(planned) as connection:
        assert frozen.listed(connection, TERRITORY) == []
    again = coordinator.post("/console/rapports/figer", data=form(answer.text), follow_redirects=False)
    assert again.status_code == 303


def test_two_reports_are_compared_cell_by_cell(coordinator: TestClient, planned: Engine) -> None:
    old = freeze(coordinator).rpartition("/")[2]
    push(planned, encounter())
    new = freeze(coordinator).rpartition("/")[2]
    page = coordinator.get(f"/console/rapports/comparer?avant={old}&apres={new}").text
    assert "Fiche 4 indicateurs : A4-02 · Contacts" in page
    assert re.search(r"<td>Réalisé 2026</td><td class=\"number\">2</td><td class=\"number\">3</td>", page)
    same = coordinator.get(f"/console/rapports/comparer?avant={old}&apres={old}").text
    assert "disent la même chose" in same


def test_the_charts_are_in_the_page_and_ask_for_nothing(coordinator: TestClient, planned: Engine) -> None:
    page = coordinator.get(PREVIEW).text
    assert page.count('<img src="data:image/svg+xml;base64,') == 2
    assert 'alt="A4-02 · Contacts (contacts). Cible : Départ 0, 2024 40, 2025 90' in page
    assert "=Deux postes" in page


def test_a_comment_is_shown_as_text_and_never_run(coordinator: TestClient, planned: Engine) -> None:
    place = freeze(coordinator, comment="=HYPERLINK(1) <script>alert(1)</script>\x00")
    assert "&lt;script&gt;" in coordinator.get(place).text
    assert "<script>" not in coordinator.get(place).text


@pytest.mark.parametrize(
    "query",
    [
        "genre=x",
        "genre=annuel&annee=2019",
        "genre=periode",
        "genre=periode&du=2026-02-01&au=2026-01-01",
        "annee=abc",
    ],
)
def test_days_that_cannot_be_say_what_to_do(coordinator: TestClient, query: str) -> None:
    answer = coordinator.get(f"/console/rapports/apercu?{query}")
    assert answer.status_code == 422
    assert "La période n’est pas valable" in answer.text


def test_any_two_days_make_a_report(coordinator: TestClient) -> None:
    page = coordinator.get("/console/rapports/apercu?genre=periode&du=2025-11-05&au=2026-02-10").text
    assert "Rapport de période, du 05/11/2025 au 10/02/2026" in page


def test_a_form_of_another_site_or_session_freezes_nothing(coordinator: TestClient, planned: Engine) -> None:
    seen = form(coordinator.get(PREVIEW).text)
    wrong = coordinator.post("/console/rapports/figer", data=seen | {"csrf": "x"})
    other = coordinator.post("/console/rapports/figer", data=seen, headers={"Sec-Fetch-Site": "cross-site"})
    assert (wrong.status_code, other.status_code) == (403, 403)


def test_only_the_coordinator_sees_reports(administrator: TestClient) -> None:
    for address in ("", "/apercu", "/x", "/x.docx", "/comparer?avant=x&apres=y"):
        assert administrator.get(f"/console/rapports{address}").status_code == 403


def test_a_report_that_is_not_there_is_not_found(coordinator: TestClient) -> None:
    for address in ("/x", "/x.docx", "/x.csv", "/comparer?avant=x&apres=y"):
        assert coordinator.get(f"/console/rapports{address}").status_code == 404


def test_the_records_of_the_period_are_downloaded_with_their_warning(
    coordinator: TestClient, planned: Engine
) -> None:
    for ending in ("xlsx", "ods", "csv"):
        answer = coordinator.get(f"/console/saisies-detail.{ending}?du=2026-03-01&au=2026-03-31")
        assert answer.status_code == 200
        assert "saisies_interne_2026-03-01_2026-03-31" in answer.headers["Content-Disposition"]
    assert INTERNAL in answer.content.decode("utf-8-sig")
