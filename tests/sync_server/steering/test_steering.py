"""The coordinator types what the pact asks: targets, national indicators, funding, deadlines; the log keeps it."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, select, update

from shared.territory import TERRITORY
from sync_server.figures import declarations
from sync_server.steering import budget, changes, goals
from sync_server.steering.changes import OutdatedError
from sync_server.steering.forms import fingerprint
from sync_server.storage import audit_log, database, desk_tables
from sync_server.storage.audit_log import Actor
from sync_server.storage.tables import Account, table
from tests.sync_server.world import TODAY

PEOPLE, RATE = "/console/objectifs/A4-01", "/console/objectifs/A4-10"
PAGES = [
    "/console/objectifs",
    PEOPLE,
    "/console/objectifs/financements",
    "/console/objectifs/echeances",
    "/console/objectifs/nationaux/nouveau",
    "/console/journal",
]


def form(page: str, action: str = "") -> dict[str, str]:
    """The fields of the form with that action, or of the first that is not the sign-out, as a browser has them."""
    found = next(
        body
        for target, body in re.findall(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', page, re.S)
        if target != "/console/deconnexion" and action in target
    )
    fields = {}
    for tag in re.findall(r"<input[^>]*>", found):
        name = re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name:
            fields[name[1]] = html.unescape(value[1]) if value else ""
    for name, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>(.*?)</textarea>', found, re.S):
        fields[name] = html.unescape(text)
    for name, body in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', found, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        fields[name] = chosen[1] if chosen else ""
    return fields


def fill(client: TestClient, page: str, typed: dict[str, str], to: str = "") -> Response:
    return client.post(to or page, data=form(client.get(page).text, to) | typed)


def stored(engine: Engine, code: str) -> dict[int, float]:
    rows = table(desk_tables.Target)
    with database.reading(engine) as connection:
        found = connection.execute(select(rows.c.year, rows.c.value).where(rows.c.indicator == code)).all()
    return {year: value for year, value in found}  # noqa: C416  # rows are no pairs to mypy


def entries(engine: Engine) -> list[tuple[str, str, str, str]]:
    with database.reading(engine) as connection:
        assert audit_log.broken_at(connection, TERRITORY) is None
        found = audit_log.entries(connection, TERRITORY)
    return [(e.login, f"{e.act} : {e.subject}", e.before, e.after) for e in found]


def test_the_coordinator_sets_t0_and_the_targets_of_the_four_years(
    coordinator: TestClient, engine: Engine
) -> None:
    typed = {"t0": "0", "y2024": "150", "y2026": "1 300", "y2027": "400", "owner": "CCAS", "trajectory": "paliers"}
    page = fill(coordinator, PEOPLE, typed)
    assert page.url.path == "/console/objectifs"
    assert "C’est enregistré" in page.text
    assert "1\u202f300" in page.text
    assert '<em class="muted">150</em>' in page.text  # 2025, left empty, keeps the step
    assert "Par paliers" in page.text
    assert stored(engine, "A4-01") == {0: 0, 2024: 150, 2026: 1300, 2027: 400}
    back = form(coordinator.get(PEOPLE).text)
    assert {name: back[name] for name in typed} == typed | {"y2026": "1\u202f300"}


def test_a_rate_is_typed_in_percent_with_a_comma_and_kept_as_a_fraction(
    coordinator: TestClient, engine: Engine
) -> None:
    page = fill(coordinator, RATE, {"t0": "12,5", "y2026": "33.3 %"})
    assert stored(engine, "A4-10") == {0: 0.125, 2026: 0.333}
    assert "33,3\u202f%" in page.text
    assert form(coordinator.get(RATE).text)["y2026"] == "33,3"


def test_one_change_is_one_entry_with_what_it_was_before(coordinator: TestClient, engine: Engine) -> None:
    fill(coordinator, PEOPLE, {"y2026": "120", "comment": "Vu en comité"})
    fill(coordinator, PEOPLE, {"y2026": "150"})
    fill(coordinator, PEOPLE, {})  # saved again as it was: nothing changed, nothing to tell
    latest, first = entries(engine)
    subject = "Personnes rencontrées · objectif A4-01"
    assert latest == (
        "coordinator", f"Modification : {subject}", '{"Cible 2026": "120"}', '{"Cible 2026": "150"}'
    )  # fmt: skip
    assert first[1:3] == (f"Ajout : {subject}", "")
    log = coordinator.get("/console/journal").text
    assert "Le journal est intact" in log
    assert "120 <span" in log
    assert "<strong>150</strong>" in log


def test_what_cannot_be_read_stands_beside_its_field_and_nothing_typed_is_lost(
    coordinator: TestClient, engine: Engine
) -> None:
    answer = fill(coordinator, PEOPLE, {"y2026": "cent vingt", "y2027": "200", "comment": "À confirmer <vite>"})
    assert answer.status_code == 422
    assert 'id="y2026-erreur">« cent vingt » n’est pas un nombre' in answer.text
    assert re.search(r'id="y2026"[^>]*aria-describedby="y2026-erreur"[^>]*aria-invalid="true"', answer.text)
    back = form(answer.text)
    assert (back["y2026"], back["y2027"], back["comment"]) == ("cent vingt", "200", "À confirmer <vite>")
    assert (stored(engine, "A4-01"), entries(engine)) == ({}, [])
    mended = coordinator.post(PEOPLE, data=back | {"y2026": "120"})
    assert mended.url.path == "/console/objectifs"
    assert stored(engine, "A4-01") == {2026: 120, 2027: 200}


def test_two_coordinators_on_one_goal_the_second_sees_what_the_first_wrote(
    coordinator: TestClient, engine: Engine
) -> None:
    opened = form(coordinator.get(PEOPLE).text)
    fill(coordinator, PEOPLE, {"y2026": "120"})
    answer = coordinator.post(PEOPLE, data=opened | {"y2026": "180", "comment": "Ma remarque"})
    assert answer.status_code == 409
    assert "« coordinator » a changé cette fiche le 10/03/2026" in answer.text
    assert re.search(r'id="y2026-entretemps">Enregistré entre-temps : <strong>120</strong>', answer.text)
    assert stored(engine, "A4-01") == {2026: 120}
    again = form(answer.text)
    assert (again["y2026"], again["comment"]) == ("180", "Ma remarque")
    coordinator.post(PEOPLE, data=again)  # now that it was seen
    assert stored(engine, "A4-01") == {2026: 180}
    assert entries(engine)[0][2:] == (
        '{"Cible 2026": "120", "Commentaire": ""}', '{"Cible 2026": "180", "Commentaire": "Ma remarque"}'
    )  # fmt: skip


def test_of_eight_who_save_at_the_same_moment_one_alone_is_taken(engine: Engine) -> None:
    thing = goals.GoalOf(declarations.load()["A4-01"])
    with database.reading(engine) as connection:
        was_read = fingerprint(changes.read(connection, TERRITORY, thing))
    values = {f.name: None for f in thing.fields(None)} | {"trajectory": "libre", "owner": "", "comment": ""}

    def save(number: int) -> bool:
        try:
            with database.writing(engine) as connection:
                actor = Actor(TERRITORY, f"c{number}", TODAY)
                return changes.save(connection, actor, thing, was_read, values | {"y2026": number + 1})
        except OutdatedError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(save, range(8))).count(True) == 1
    assert len(entries(engine)) == 1


def test_a_national_indicator_is_typed_with_its_source_its_values_and_its_targets(
    coordinator: TestClient, engine: Engine
) -> None:
    new = "/console/objectifs/nationaux/nouveau"
    typed = {"label": "Taux de non-recours au RSA", "unit": "%", "sub_axis": "Accès aux droits", "source": "DREES",
             "t0": "34", "y2027": "25", "v2024": "33,5", "trajectory": "progressive"}  # fmt: skip
    to = re.findall(r'action="(/console/objectifs/nationaux/[0-9a-f-]{36})"', first := coordinator.get(new).text)[
        0
    ]
    refused = coordinator.post(to, data=form(first, to) | typed | {"label": " "})
    assert refused.status_code == 422
    assert "À remplir" in refused.text
    page = coordinator.post(to, data=form(refused.text, to) | typed).text
    for text in ("Taux de non-recours au RSA", "33,5\u202f%", "25\u202f%"):
        assert text in page
    with database.reading(engine) as connection:
        ((code, kept),) = goals.nationals(connection, TERRITORY).items()
    assert (kept["v2024"], kept["y2027"], kept["source"]) == (0.335, 0.25, "DREES")
    assert goals.plan_of(kept, gathers=False).falls
    removal = f"/console/objectifs/nationaux/{code}"
    left = fill(coordinator, removal, {}, to=f"{removal}/retirer").text
    assert "Aucun pour l’instant" in left
    assert stored(engine, code) == {}
    assert entries(engine)[0][1].startswith("Retrait : Taux de non-recours au RSA")
    assert coordinator.get(removal).status_code == 404


@pytest.mark.parametrize(
    ("chosen", "t0", "said"),
    [("baisse", "", "à la baisse"), ("hausse", "34", "à la hausse"), ("deduit", "34", "à la baisse"),
     ("deduit", "", "à préciser"), ("deduit", "25", "à préciser")],
)  # fmt: skip
def test_the_coordinator_says_which_way_a_national_indicator_gets_better_or_it_is_deduced(
    coordinator: TestClient, engine: Engine, chosen: str, t0: str, said: str
) -> None:
    new = coordinator.get("/console/objectifs/nationaux/nouveau").text
    to = re.findall(r'action="(/console/objectifs/nationaux/[0-9a-f-]{36})"', new)[0]
    typed = {"label": "Non-recours", "unit": "%", "t0": t0, "y2027": "25", "direction": chosen}
    assert f"sens voulu : {said}" in coordinator.post(to, data=form(new, to) | typed).text
    assert f'value="{chosen}" selected' in coordinator.get(to).text
    assert "Sens voulu" in str(entries(engine)[0])


def test_the_goal_of_referrals_without_news_says_that_less_is_better(coordinator: TestClient) -> None:
    assert "Sens voulu : à la baisse" in coordinator.get("/console/objectifs/A4-12").text
    assert "Sens voulu : à la hausse" in coordinator.get("/console/objectifs/A4-10").text
    page = coordinator.get("/console/objectifs").text
    assert page.count("%, à la baisse</span>") == 1


def test_a_national_value_in_days_is_not_taken_for_a_rate(coordinator: TestClient, engine: Engine) -> None:
    new = coordinator.get("/console/objectifs/nationaux/nouveau").text
    to = re.findall(r'action="(/console/objectifs/nationaux/[0-9a-f-]{36})"', new)[0]
    coordinator.post(to, data=form(new, to) | {"label": "Délai moyen", "unit": "jours", "v2025": "142,5"})
    with database.reading(engine) as connection:
        (kept,) = goals.nationals(connection, TERRITORY).values()
    assert kept["v2025"] == 142.5


def test_the_funding_of_an_action_is_planned_and_executed_by_year(coordinator: TestClient, engine: Engine) -> None:
    page, to = "/console/objectifs/financements", "/console/objectifs/financements/trait-dunion"
    typed = {"planned2025": "38 500 €", "executed2025": "36200", "comment2025": "Poste vacant en mai"}
    assert fill(coordinator, page, typed, to).status_code == 200
    with database.reading(engine) as connection:
        found = budget.funding(connection, TERRITORY)
    assert found["trait-dunion"]["planned2025"] == 38_500
    assert "planned2024" not in found["trait-dunion"]
    assert list(found) == ["trait-dunion"]
    refused = fill(coordinator, page, {"planned2026": "12,50"}, to)
    assert refused.status_code == 422
    assert 'id="trait-dunion-planned2026-erreur">En euros, sans centimes' in refused.text
    assert form(refused.text, to)["executed2025"] == "36\u202f200"
    assert entries(engine)[0][1] == "Ajout : Trait d’union · financement trait-dunion"
    elsewhere = {name: value for name, value in form(refused.text, to).items() if name != "nonce"}
    assert coordinator.post("/console/objectifs/financements/lune", data=elsewhere).status_code == 404


def test_a_deadline_is_added_moved_done_and_taken_out(coordinator: TestClient, engine: Engine) -> None:
    page = "/console/objectifs/echeances"
    new = coordinator.get(page).text
    to = re.findall(rf'action="({page}/[0-9a-f-]+)"', new)[0]
    bad = coordinator.post(to, data=form(new, to) | {"label": "Rapport à mi-parcours", "day": "bientôt"})
    assert "n’est pas une date" in bad.text
    assert form(bad.text, to)["label"] == "Rapport à mi-parcours"
    listed = coordinator.post(to, data=form(bad.text, to) | {"day": "15/04/2026"}).text
    assert "Dans 36 j" in listed
    moved = fill(coordinator, to, {"day": "2026-03-01"}, to).text
    assert "En retard de 9 j" in moved
    one = coordinator.get(to).text
    assert "C’est fait aujourd’hui" in one
    done = coordinator.post(to, data=form(one, to) | {"done_on": "2026-03-10"}).text
    assert "Fait le 10/03/2026" in done
    assert "Aucune échéance" in fill(coordinator, to, {}, f"{to}/retirer").text
    assert [e[1].split(" :")[0] for e in entries(engine)] == ["Retrait", "Modification", "Modification", "Ajout"]


def test_a_deadline_taken_out_while_another_moves_it_is_told(coordinator: TestClient, engine: Engine) -> None:
    with database.writing(engine) as connection:
        thing = budget.DeadlineOf("0" * 36)
        thing.keep(connection, TERRITORY, {"label": "Bilan", "day": date(2026, 6, 30), "done_on": None})
    to = f"/console/objectifs/echeances/{thing.id}"
    opened = form(coordinator.get(to).text, to)
    fill(coordinator, to, {}, f"{to}/retirer")
    answer = coordinator.post(to, data=opened | {"day": "2026-07-31"})
    assert answer.status_code == 409
    assert "Enregistré entre-temps : <strong>vide</strong>" in answer.text


def test_a_log_changed_behind_the_console_is_denounced(coordinator: TestClient, engine: Engine) -> None:
    fill(coordinator, PEOPLE, {"y2026": "120"})
    with database.writing(engine) as connection:
        connection.execute(update(table(desk_tables.AuditEntry)).values(login="quelqu’un d’autre"))
    assert "la chaîne se rompt à la ligne 1" in coordinator.get("/console/journal").text


def test_a_long_log_is_read_page_by_page(coordinator: TestClient, engine: Engine) -> None:
    with database.writing(engine) as connection:
        for number in range(1, 106):
            act = audit_log.Act("Modification", f"Numéro {number:03}")
            audit_log.note(
                connection, Actor(TERRITORY, "coordinator", TODAY), act, {"x": None, "y": 1}, {"x": True, "y": [1]}
            )
    first = coordinator.get("/console/journal").text
    assert "Numéro 105" in first
    assert "Numéro 005" not in first
    older = coordinator.get("/console/journal?avant=6").text
    assert "Numéro 005" in older
    assert 'href="/console/journal?avant=6"' in first
    assert "Lignes plus anciennes" not in older


@pytest.mark.parametrize("path", PAGES)
def test_nobody_but_the_coordinator_steers(administrator: TestClient, engine: Engine, path: str) -> None:
    assert administrator.get(path).status_code == 403
    with database.writing(engine) as connection:
        connection.execute(update(table(Account)).values(role="reader"))
    assert administrator.get(path).status_code == 403


def test_a_form_without_the_secret_of_the_session_changes_nothing(coordinator: TestClient, engine: Engine) -> None:
    opened = form(coordinator.get(PEOPLE).text)
    for wrong in ({"csrf": ""}, {"csrf": "x"}):
        assert coordinator.post(PEOPLE, data=opened | {"y2026": "1"} | wrong).status_code == 403
    elsewhere = coordinator.post(PEOPLE, data=opened, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert stored(engine, "A4-01") == {}


@pytest.mark.parametrize("path", ["/console/objectifs/Z9", "/console/objectifs/echeances/" + "0" * 36])
def test_what_does_not_exist_is_a_french_page(coordinator: TestClient, path: str) -> None:
    answer = coordinator.get(path)
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.text
