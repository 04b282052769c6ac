"""The pages of the reports: looked at, frozen as looked at, compared, downloaded, by the coordinator alone."""

from __future__ import annotations

import html
import io
import re
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.reports import frozen
from sync_server.reports.indicator_report import INTERNAL
from sync_server.storage import database
from tests.sync_server import pact_world
from tests.sync_server.world import encounter, new_id, push

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
    page = coordinator.get(place).text.split("<main")[1]
    assert "Envoyé à l’État." in page
    assert INTERNAL in page
    assert "Figer ce rapport" not in page
    for ending in ENDINGS:
        first = coordinator.get(f"{place}.{ending}")
        assert f'filename="rapport_2026-01-01_2026-12-31.{ending}"' in first.headers["Content-Disposition"]
        push(planned, encounter())
        assert coordinator.get(f"{place}.{ending}").content == first.content
    assert coordinator.get(place).text.split("<main")[1] == page
    assert "Rapport annuel 2026" in coordinator.get("/console/rapports").text


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_preview_is_downloaded_and_says_inside_that_it_is_provisional(
    coordinator: TestClient, planned: Engine, ending: str
) -> None:
    page = html.unescape(coordinator.get(PREVIEW).text)
    [there] = re.findall(rf'href="(/console/rapports/apercu\.{ending}[^"]*)"', page)
    answer = coordinator.get(there)
    assert answer.status_code == 200
    assert f"rapport_provisoire_2026-01-01_2026-12-31.{ending}" in answer.headers["Content-Disposition"]
    words = "Provisoire : aperçu du 10/03/2026, non figé ; les chiffres peuvent encore changer."
    told = said_in(answer.content, ending)
    assert words in told
    assert "Empreinte" not in told
    with database.reading(planned) as connection:
        assert frozen.list_frozen(connection, TERRITORY) == []
    kept = coordinator.get(f"{freeze(coordinator)}.{ending}").content
    assert "Provisoire" not in said_in(kept, ending)


def said_in(content: bytes, ending: str) -> str:
    """The text of a file, markup aside; of a DOCX, what stands on every page too."""
    if ending == "csv":
        return content.decode("utf-8-sig")
    with ZipFile(io.BytesIO(content)) as packed:
        parts = [packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml")]
    return html.unescape(re.sub(r"<[^>]+>", "", "".join(parts)))


def test_a_preview_of_two_days_is_downloaded_over_the_same_days(coordinator: TestClient) -> None:
    page = html.unescape(
        coordinator.get("/console/rapports/apercu?genre=periode&du=2025-11-05&au=2026-02-10").text
    )
    [there] = re.findall(r'href="(/console/rapports/apercu\.csv[^"]*)"', page)
    assert "Rapport de période, du 05/11/2025 au 10/02/2026" in coordinator.get(there).content.decode()
    assert coordinator.get("/console/rapports/apercu.csv?genre=x").status_code == 422


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
        assert frozen.list_frozen(connection, TERRITORY) == []
    again = coordinator.post("/console/rapports/figer", data=form(answer.text), follow_redirects=False)
    assert again.status_code == 303


def typed_national(client: TestClient, **typed: str) -> str:
    """A national indicator, as the coordinator types it; its code."""
    new = client.get("/console/objectifs/nationaux/nouveau").text
    [place] = re.findall(r'action="(/console/objectifs/nationaux/[0-9a-f-]{36})"', new)
    secrets = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', new.split(place)[1]))
    asked = secrets | {"trajectory": "progressive"} | typed
    assert client.post(place, data=asked, follow_redirects=False).status_code == 303
    return str(place).rpartition("/")[2]


def test_a_national_rate_typed_in_percent_reads_in_percent_with_its_comment_and_no_code(
    coordinator: TestClient,
) -> None:
    code = typed_national(
        coordinator, label="Taux de pauvreté", unit="%", sub_axis="Axe 1", source="Insee", t0="12,5",
        v2024="11,9", y2027="11,2", comment="Publié en septembre",
    )  # fmt: skip
    typed_national(coordinator, label="Délai moyen", unit="jours", v2024="11,9")
    place = freeze(coordinator)
    for page in (coordinator.get(PREVIEW).text, coordinator.get(place).text):
        shown = page.split('aria-label="Indicateurs nationaux"')[1].split("</table>")[0]
        cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", shown.split("<tbody>")[1])
        days, rate = cells[: len(cells) // 2], cells[len(cells) // 2 :]
        assert rate[:3] == ["Taux de pauvreté", "Axe 1", "%"]
        assert rate[3] == "à la baisse"
        assert [rate[4], rate[8], rate[9]] == [f"{said}\u202f%" for said in ("12,5", "11,2", "11,9")]
        assert rate[-3:] == ["184,6\u202f%", "Insee", "Publié en septembre"]  # 0,6 of the 0,325 wanted in 2024
        assert (days[0], days[3], days[9]) == ("Délai moyen", "à préciser", "11,9")
        assert code not in shown
    told = coordinator.get(f"{place}.csv").content.decode("utf-8-sig")
    assert "Taux de pauvreté;Axe 1;%;à la baisse;0,125;" in told
    assert code not in told


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


def test_the_report_of_a_year_that_is_not_over_reads_the_outcomes_of_today(
    coordinator: TestClient, engine: Engine
) -> None:
    """On 10 March, a referral of 2 February is not one without news for 60 days, as it would be on 31 December."""
    for day in ("2026-01-05", "2026-02-02"):
        theme = "mobilite--acceder-a-un-vehicule"
        referral = {"id": new_id(), "service": "mobijob", "theme": theme}
        push(engine, encounter(day=day, needs=[{"theme": theme}], referrals=[referral]))
    place = freeze(coordinator, "/console/rapports/apercu?genre=annuel&annee=2026")
    page = coordinator.get(place).text
    assert "Du 01/01/2026 au 31/12/2026, issues connues au 10/03/2026" in page
    with database.reading(engine) as connection:
        body = frozen.read_frozen(connection, TERRITORY, place.rpartition("/")[2]).body
    [silent] = [e for action in body["actions"] for e in action["indicators"] if e["code"] == "A4-12"]
    assert (silent["period"]["numerator"], silent["period"]["denominator"]) == (1, 1)


def test_a_year_to_come_is_not_proposed_and_says_that_it_has_not_begun(coordinator: TestClient) -> None:
    page = coordinator.get("/console/rapports").text
    assert "<option selected>2026</option>" in page
    assert "<option>2027</option>" not in page
    answer = coordinator.get("/console/rapports/apercu?genre=annuel&annee=2027")
    assert (answer.status_code, "n’a pas encore commencé" in answer.text) == (422, True)


def test_any_two_days_make_a_report(coordinator: TestClient) -> None:
    page = coordinator.get("/console/rapports/apercu?genre=periode&du=2025-11-05&au=2026-02-10").text
    assert "Rapport de période, du 05/11/2025 au 10/02/2026" in page


def test_a_form_of_another_site_or_session_freezes_nothing(coordinator: TestClient, planned: Engine) -> None:
    seen = form(coordinator.get(PREVIEW).text)
    wrong = coordinator.post("/console/rapports/figer", data=seen | {"csrf": "x"})
    other = coordinator.post("/console/rapports/figer", data=seen, headers={"Sec-Fetch-Site": "cross-site"})
    assert (wrong.status_code, other.status_code) == (403, 403)


def test_only_the_coordinator_sees_reports(administrator: TestClient) -> None:
    for address in ("", "/apercu", "/apercu.csv", "/x", "/x.docx", "/comparer?avant=x&apres=y"):
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
