"""The log as the coordinator reads it: sentences, names and French labels, whatever was done in the console."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine

from shared import choices
from shared.territory import TERRITORY
from sync_server.directory import choice_lists, services
from sync_server.figures import declarations
from sync_server.figures.compiler import Period
from sync_server.records import corrections, reviews
from sync_server.reports import frozen, pact_report
from sync_server.steering import budget, changes, deprived_communes, goals
from sync_server.steering.changes import Editable
from sync_server.steering.forms import fingerprint
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from tests.sync_server.world import TODAY, USUAL, encounter, of_kind, push

ACTOR = Actor(TERRITORY, "coordination", TODAY)
DEADLINE = budget.DeadlineOf("12345678-0000-4000-8000-000000000000")
NATIONAL = goals.NationalOf("87654321-0000-4000-8000-000000000000")


def read(client: TestClient) -> list[tuple[str, list[str]]]:
    """The log from the latest: each sentence, and what changed, as a person reads them."""
    answer = client.get("/console/journal")
    assert answer.status_code == 200
    found = []
    for line in re.findall(r"<tr>\s*<td.*?</tr>", answer.text, re.DOTALL):
        [told] = re.findall(r'<th scope="row">(.*?)</th>', line)
        changes = [_words(one) for one in re.findall(r"<li>(.*?)</li>", line)]
        found.append((html.unescape(told), changes))
    return found


def _words(markup: str) -> str:
    shown = re.sub(r'<span class="sr">[^<]*</span>', "", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", shown)).split())


def act(engine: Engine, done: Callable[[Connection], Any]) -> None:
    with database.writing(engine) as connection:
        done(connection)


def save(engine: Engine, thing: Editable, **values: Any) -> None:
    """The thing as it is kept, with these values; taken out without any."""

    def change(connection: Connection) -> None:
        kept = thing.load(connection, TERRITORY)
        new = {f.name: None if f.input_type in ("whole", "number", "rate", "euros", "day") else ""
               for f in thing.fields(kept)} | dict(kept or {}) | values  # fmt: skip
        was = fingerprint(changes.read(connection, TERRITORY, thing))
        assert changes.save(connection, ACTOR, thing, was, new if values else None)

    act(engine, change)


def test_a_deadline_is_named_by_what_is_due_and_not_by_an_id(coordinator: TestClient, engine: Engine) -> None:
    save(engine, DEADLINE, label="Rapport annuel", day=date(2026, 6, 30))
    save(engine, DEADLINE, done_on=date(2026, 6, 12))
    save(engine, DEADLINE)
    gone, done, added = read(coordinator)
    assert added == (
        "Échéance ajoutée : Rapport annuel",
        ["Ce qui est attendu : Rapport annuel", "Pour le : 30/06/2026"],
    )
    assert done == ("Échéance modifiée : Rapport annuel", ["Fait le : (vide) → 12/06/2026"])
    assert gone[0] == "Échéance retirée : Rapport annuel"


def test_a_goal_is_named_by_the_code_and_the_label_of_its_indicator(
    coordinator: TestClient, engine: Engine
) -> None:
    first = goals.TRAJECTORY_KINDS[0][0]
    save(engine, goals.GoalOf(declarations.load()["A4-01"]), y2026=120, trajectory=first)
    save(engine, NATIONAL, label="Non-recours au RSA", unit="%", y2026=0.3, trajectory=first)
    save(engine, budget.FundingOf("trait-dunion"), planned2026=1000)
    funding, national, goal = [told for told, _ in read(coordinator)]
    assert goal == "Objectif ajouté : A4-01 · Personnes rencontrées"
    assert national == "Indicateur national ajouté : Non-recours au RSA"
    assert funding == "Financement ajouté : Trait d’union"


def test_a_frozen_report_is_told_by_its_title_and_its_days(coordinator: TestClient, engine: Engine) -> None:
    wanted = pact_report.ReportRequest("annuel", Period(date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 31)))

    def freeze(connection: Connection) -> None:
        body = pact_report.build(connection, TERRITORY, wanted)
        frozen.freeze(connection, ACTOR, body, "Envoi à l’État")

    act(engine, freeze)
    [(told, changes)] = read(coordinator)
    assert told == "Rapport figé : Rapport annuel 2025"
    *words, seal = changes
    assert words == [
        "Type de rapport : Rapport annuel", "Du : 01/01/2025", "Au : 31/12/2025", "Suites connues au : 31/01/2026",
        "Commentaire : Envoi à l’État",
    ]  # fmt: skip
    assert re.fullmatch(r"Empreinte \(début\) : [0-9a-f]{8}…", seal)


def test_a_service_is_told_with_the_labels_of_its_form(coordinator: TestClient, engine: Engine) -> None:
    with database.reading(engine) as connection:
        mobijob = services.entry(connection, TERRITORY, "mobijob")
    assert mobijob
    new = {"themes": ["mobilite--acceder-a-un-vehicule"], "opening_hours": "Mo-Fr 09:00-12:00", "latitude": 47.64}
    fields = mobijob.fields.model_copy(update=new)
    act(engine, lambda c: services.change(c, ACTOR, "mobijob", 1, fields))
    act(engine, lambda c: services.change(c, ACTOR, "mobijob", 2, retired=True, act="Service retiré"))
    (gone, why), (told, changes) = read(coordinator)
    assert (gone, why) == (f"Service retiré : {mobijob.fields.name}", ["Retiré de l’annuaire : non → oui"])
    assert told == f"Service modifié : {mobijob.fields.name}"
    theme = choices.load("theme").label_of("mobilite--acceder-a-un-vehicule")
    assert any(c.endswith(f"→ {theme}") for c in changes)
    assert any(c.startswith("Latitude : ") and c.endswith("→ 47,64") for c in changes)
    [opened] = [c for c in changes if c.startswith("Horaires d’ouverture")]
    assert "Mo-Fr" not in opened.split("→")[1]


def test_a_reported_error_that_was_handled_says_which(coordinator: TestClient, engine: Engine) -> None:
    wrong = of_kind("service_report")
    push(engine, wrong)
    act(engine, lambda c: services.handle(c, ACTOR, "mobijob", wrong["id"]))
    [(told, changes)] = read(coordinator)
    assert told.startswith("Signalement traité : ")
    problem = choices.load("service_problem").label_of("telephone-faux")
    assert changes == ["Jour : 09/03/2026", f"Erreur constatée : {problem}", "État : traité"]


def test_a_local_choice_is_told_with_its_list_and_what_it_counts_under(
    coordinator: TestClient, engine: Engine
) -> None:
    national = next(c for c in choices.load("theme").by_code.values() if c.national is None)
    codes: list[str] = []
    act(engine, lambda c: codes.append(choice_lists.add(c, ACTOR, "theme", "Fibre en panne", national.code)))
    act(engine, lambda c: choice_lists.retire(c, ACTOR, "theme", codes[0], TODAY))
    gone, (told, changes) = read(coordinator)
    assert told == "Choix local ajouté : « Fibre en panne », dans la liste « Besoin »"
    assert changes == ["Liste : Besoin", "Libellé : Fibre en panne", f"Compté avec : {national.label}"]
    assert gone[1] == ["Retiré le : (vide) → 10/03/2026"]


def test_the_communes_that_came_and_went_are_named(coordinator: TestClient, engine: Engine) -> None:
    act(engine, lambda c: deprived_communes.save_marks(c, ACTOR, 2026, ["90033"], []))
    act(engine, lambda c: deprived_communes.save_marks(c, ACTOR, 2026, ["90052"], ["90033"], True))
    told, changes = read(coordinator)[0]
    assert told == "Communes dépourvues d’action jeunesse modifiées : année 2026"
    assert changes == ["Communes cochées : 1 → 1", "Ajoutées : Giromagny", "Retirées : Delle"]


def test_a_record_is_named_by_the_reference_that_its_page_shows(coordinator: TestClient, engine: Engine) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    corrections.correct(engine, ACTOR, met["id"], 1, USUAL["encounter"] | {"gender": "homme"})
    word = reviews.Word(reviews.AGAIN, "Commune douteuse")
    act(engine, lambda c: reviews.give(c, ACTOR, word, [(met["id"], 2)]))
    reference = met["id"][-8:]
    (again, why), (told, changes) = read(coordinator)
    assert told == f"Saisie corrigée : rencontre de référence {reference}"
    assert changes == ["Révision : 1 → 2", "Champs changés : Genre"]
    assert again == f"Saisie à revoir : saisie de référence {reference}"
    assert {"État : À revoir", "Note : Commune douteuse"} <= set(why)
    assert f"référence {reference} dans le Journal" in coordinator.get(f"/console/saisies/{met['id']}").text


@pytest.mark.parametrize("key", ["problem_kind", "xyz"])
def test_a_key_nobody_named_is_never_shown_raw(coordinator: TestClient, engine: Engine, key: str) -> None:
    act(engine, lambda c: audit_log.note(c, ACTOR, Act("Essai", "chose"), None, {key: 1}))
    assert read(coordinator) == [("Essai : chose", ["Champ inconnu : 1"])]


def test_an_import_names_the_services_it_changed(coordinator: TestClient, engine: Engine) -> None:
    with database.reading(engine) as connection:
        mobijob = services.entry(connection, TERRITORY, "mobijob")
    assert mobijob
    content = {"new": ["gone-since"], "changed": ["mobijob"], "overwritten": []}
    done = Act("Annuaire importé", "data·inclusion, 2 services")
    act(engine, lambda c: audit_log.note(c, ACTOR, done, None, content))
    [(told, changes)] = read(coordinator)
    assert told == "Annuaire importé : data·inclusion, 2 services"
    assert changes == ["Services ajoutés : gone-since", f"Services mis à jour : {mobijob.fields.name}"]
