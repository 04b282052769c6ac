"""Codes of the territory’s own: added on the desk, taken and proposed everywhere, counted under a national one."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from field_app import local_codes as on_the_tablet
from field_app.store.from_server import take_pulled
from field_app.store.kept import Kept
from shared import choices, rules
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.storage import audit_log, database, local_codes
from tests.frozen import protocol_1
from tests.sync_server.web.test_console import csrf
from tests.sync_server.world import NOW, TODAY, encounter, pull, statuses

PAGE = "/console/listes"
ENERGY = "logement-hebergement--se-maintenir-dans-le-logement"
CODE = "logement-hebergement--local-coupure-d-electricite"
LABEL = "Coupure d’électricité"


def post(client: TestClient, address: str = PAGE, /, **values: Any) -> Any:
    return client.post(address, data={"csrf": csrf(client, PAGE), **values})


def add(client: TestClient, **values: Any) -> Any:
    return post(client, **{"liste": "theme", "label": LABEL, "national": ENERGY} | values)


def tablet_pulls(engine: Engine) -> None:
    choices.adopt(())
    on_the_tablet.adopt(k for k in (take_pulled(record, None) for record in pull(engine).records) if k)


def test_a_code_is_added_with_its_family_and_told_in_the_log(coordinator: TestClient, engine: Engine) -> None:
    page = add(coordinator)
    assert "Choix ajouté" in page.text
    assert f'<th scope="row">{LABEL}</th>' in page.text
    assert choices.load("theme")[CODE].group == "logement-hebergement"
    with database.reading(engine) as connection:
        (entry,) = audit_log.entries(connection, TERRITORY)
    assert (entry.act, entry.subject) == ("Choix local ajouté", f"Besoin : {LABEL}")


def test_the_server_takes_records_with_it_whichever_server_added_it(
    coordinator: TestClient, engine: Engine
) -> None:
    need = encounter(needs=[{"theme": CODE}])
    assert statuses(engine, need) == ["refused"]
    add(coordinator)
    choices.adopt(())  # as another process, which never heard of it
    assert statuses(engine, need) == ["accepted"]


def test_a_tablet_proposes_it_after_its_pull_and_judges_by_it(coordinator: TestClient, engine: Engine) -> None:
    add(coordinator)
    tablet_pulls(engine)
    assert CODE in [theme.code for theme in choices.load("theme").on(TODAY)]
    verdict = rules.judge("encounter", encounter(needs=[{"theme": CODE}])["fields"], rules.Evidence(TODAY))
    assert verdict.refusals == []
    assert choices.load("theme").label_of(CODE) == LABEL


def test_a_retired_code_is_proposed_no_more_and_stays_valid_and_counted(
    coordinator: TestClient, engine: Engine
) -> None:
    add(coordinator)
    page = post(coordinator, f"{PAGE}/retirer", liste="theme", code=CODE)
    assert "Retiré le 10/03/2026" in page.text
    tablet_pulls(engine)
    found = choices.load("theme")
    assert CODE not in [c.code for c in found.on(TODAY)]
    assert CODE in [c.code for c in found.on(date(2026, 3, 9))]  # backdated to when it was proposed
    assert statuses(engine, encounter(needs=[{"theme": CODE}])) == ["accepted"]
    assert choices.nationals("theme")[CODE] == ENERGY
    assert "Choix remis" in post(coordinator, f"{PAGE}/retirer", liste="theme", code=CODE, remettre="1").text
    tablet_pulls(engine)
    assert CODE in [c.code for c in choices.load("theme").on(TODAY)]


def rename(client: TestClient, label: str, seen: str = LABEL, code: str = CODE) -> Any:
    return post(client, f"{PAGE}/renommer", liste="theme", code=code, lu=seen, nouveau=label)


def test_a_renamed_choice_keeps_its_code_and_reaches_the_tablets(coordinator: TestClient, engine: Engine) -> None:
    add(coordinator)
    tablet_pulls(engine)
    page = rename(coordinator, "  Électricité   coupée ")
    assert "Choix renommé" in page.text
    assert '<th scope="row">Électricité coupée</th>' in page.text
    assert LABEL not in page.text
    tablet_pulls(engine)
    assert choices.load("theme").label_of(CODE) == "Électricité coupée"
    assert choices.load("theme")[CODE].national == ENERGY
    assert statuses(engine, encounter(needs=[{"theme": CODE}])) == ["accepted"]
    with database.reading(engine) as connection:
        entry, _ = audit_log.entries(connection, TERRITORY)
    assert (entry.act, entry.subject) == ("Choix local renommé", "Besoin : Électricité coupée")
    assert (entry.before, entry.after) == (f'{{"label": "{LABEL}"}}', '{"label": "Électricité coupée"}')
    assert f"{LABEL} <span" in coordinator.get("/console/journal").text


def test_a_retired_choice_is_renamed_and_stays_retired(coordinator: TestClient, engine: Engine) -> None:
    add(coordinator)
    post(coordinator, f"{PAGE}/retirer", liste="theme", code=CODE)
    rename(coordinator, "Électricité coupée")
    tablet_pulls(engine)
    assert choices.load("theme")[CODE].retired_on == TODAY


@pytest.mark.parametrize(
    ("label", "sentence"),
    [(" ", "écrivez-le"), ("x" * 101, "100 caractères"), ("Lien social", "la liste a déjà ce choix")],
)
def test_a_label_that_cannot_be_is_said_beside_it_and_stays_typed(
    coordinator: TestClient, engine: Engine, label: str, sentence: str
) -> None:
    add(coordinator)
    answer = rename(coordinator, label)
    assert answer.status_code == 422
    assert re.search(rf'id="erreur-{CODE}" role="alert">[^<]*{sentence}', answer.text)
    assert f'name="nouveau" maxlength="100" required value="{label}"' in answer.text
    with database.reading(engine) as connection:
        [(_, kept)] = local_codes.list_codes(connection, TERRITORY)
        assert (kept.label, len(audit_log.entries(connection, TERRITORY))) == (LABEL, 1)


def test_two_coordinators_who_rename_at_once_are_told(coordinator: TestClient, engine: Engine) -> None:
    add(coordinator)
    rename(coordinator, "Électricité coupée")
    answer = rename(coordinator, "Compteur coupé")  # the page still showed the first label
    assert answer.status_code == 422
    assert "changé entre-temps en « Électricité coupée »" in html.unescape(answer.text)


def test_a_label_saved_as_it_was_or_of_a_national_code_changes_nothing(
    coordinator: TestClient, engine: Engine
) -> None:
    add(coordinator)
    assert rename(coordinator, LABEL).status_code == 200
    assert rename(coordinator, "Autre", code=ENERGY).status_code == 404
    with database.reading(engine) as connection:
        assert len(audit_log.entries(connection, TERRITORY)) == 1


def test_a_tablet_of_before_is_not_troubled(coordinator: TestClient, engine: Engine) -> None:
    add(coordinator)
    devices.create_team(engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
    tablet = protocol_1.Tablet(coordinator)
    tablet.enrol(devices.create_code(engine, TERRITORY, "giromagny", int(NOW.timestamp()), 15))
    tablet.save(encounter()["id"], encounter()["fields"])
    tablet.sync()
    assert len(tablet.sent) == 1
    assert tablet.received[f"choice-theme-{CODE}"]["kind"] == "choice"


def test_codes_are_counted_under_their_national_one_added_or_shipped(coordinator: TestClient) -> None:
    add(coordinator)
    under = {code for code, national in choices.nationals("theme").items() if national == ENERGY}
    assert under == {CODE, "logement-hebergement--local-precarite-energetique"}
    assert choices.nationals("slot") == {}


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"label": " "}, "label", "écrivez-le"),
        ({"label": "x" * 101}, "label", "100 caractères"),
        ({"label": "a\x00b"}, "label", "écrivez-le"),
        ({"label": "Lien social"}, "label", "la liste a déjà ce choix"),
        ({"label": "LIEN  sociál"}, "label", "la liste a déjà ce choix"),
        ({"national": ""}, "national", "choisissez un code national"),
        ({"national": "magie"}, "national", "choisissez un code national"),
        ({"national": "remobilisation--local-decrochage-scolaire"}, "national", "choisissez un code national"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_added(
    coordinator: TestClient, engine: Engine, wrong: dict[str, str], field: str, sentence: str
) -> None:
    answer = add(coordinator, **wrong)
    assert answer.status_code == 422
    assert f'id="erreur-{field}" role="alert">' in answer.text
    assert sentence in answer.text
    with database.reading(engine) as connection:
        assert local_codes.list_codes(connection, TERRITORY) == []


@pytest.mark.parametrize("liste", ["age_band", "outcome_referral", "action", "nulle-part"])
def test_a_list_that_rules_depend_on_takes_no_local_code(coordinator: TestClient, liste: str) -> None:
    answer = add(coordinator, liste=liste)
    assert answer.status_code == 422
    assert "choisissez une liste" in answer.text


def test_two_labels_that_look_alike_have_two_codes(coordinator: TestClient, engine: Engine) -> None:
    for label in ("Cabane au fond du très grand jardin public", "Cabane au fond du très grand jardin privé"):
        add(coordinator, liste="place_type", national="espace-public", label=label)
    with database.reading(engine) as connection:
        codes = [c.code for _, c in local_codes.list_codes(connection, TERRITORY)]
    assert len(set(codes)) == 2
    assert statuses(engine, *(encounter(place_type=code) for code in codes)) == ["accepted"] * 2


def test_what_shipped_with_the_app_cannot_be_retired_here(coordinator: TestClient) -> None:
    answer = post(coordinator, f"{PAGE}/retirer", liste="theme", code="remobilisation--local-decrochage-scolaire")
    assert answer.status_code == 404


def test_a_code_this_tablet_does_not_understand_is_left_out() -> None:
    odd: tuple[dict[str, Any], ...] = (
        {},
        {"list": "theme"},
        {"list": "lunes", "code": "x", "label": "X", "order": 1, "national": "y"},
    )
    on_the_tablet.adopt(Kept(f"choice-{n}", "choice", fields, "received") for n, fields in enumerate(odd))
    assert "x" not in choices.load("theme")


def test_only_the_coordination_adds_codes_with_a_form_of_its_own(administrator: TestClient) -> None:
    assert administrator.get(PAGE).status_code == 403
    token = csrf(administrator, "/console/appareils")
    assert administrator.post(PAGE, data={"csrf": token, "liste": "theme"}).status_code == 403
    assert administrator.post(PAGE, data={"csrf": "x"}).status_code == 403
