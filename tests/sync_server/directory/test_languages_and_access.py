"""What the coordination knows of the languages of a service and of the way in: typed, saved, sent to tablets."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from field_app.directory import Filters
from shared import choices
from shared.models import ServiceFields
from shared.territory import TERRITORY
from sync_server.directory import services
from sync_server.operations import backup
from sync_server.storage import audit_log, database
from tests.sync_server.directory.test_directory import HOME, MOBIJOB, held, names, on_a_tablet, post, typed
from tests.sync_server.directory.test_import import ID, apply, file, imported, summary, upload
from tests.sync_server.world import TODAY, of_kind, pull, statuses

BUS = "Bus 1, arrêt Mairie ; sonner à l’entrée"
TOLD: dict[str, Any] = {"languages": ["fr", "tr", "lsf", "interprete"], "access": BUS, "wheelchair": "oui"}


def known(engine: Engine, service_id: str = "mobijob") -> dict[str, Any]:
    fields = held(engine, service_id).fields.model_dump(mode="json")
    return {name: fields[name] for name in TOLD}


def publish(engine: Engine, **told: Any) -> None:
    with database.writing(engine) as connection:
        fields = {"mobijob": ServiceFields.model_validate(held(engine).fields.model_dump() | told)}
        services.publish(connection, TERRITORY, fields, TODAY)


def ticked(page: str) -> list[str]:
    return re.findall(r'name="languages" value="(\w+)" checked', page)


def test_nothing_is_known_of_a_service_until_somebody_asked(coordinator: TestClient, engine: Engine) -> None:
    assert known(engine) == {"languages": [], "access": None, "wheelchair": None}
    page = coordinator.get(MOBIJOB).text
    assert ticked(page) == []
    assert '<option value="" selected>Inconnu</option>' in page
    (record,) = [r for r in pull(engine).records if r.id == "mobijob"]
    assert not TOLD.keys() & record.fields.keys()  # what says nothing is not sent


def test_the_form_offers_every_language_of_the_slip_signs_and_interpreters(coordinator: TestClient) -> None:
    page = coordinator.get(f"{HOME}/nouveau").text
    offered = re.findall(r'name="languages" value="(\w+)"[^>]*> ([^<]+)</label>', page)
    assert offered == [(c.code, c.label) for c in choices.load("language").by_code.values()]
    labels = {label for _, label in offered}
    assert {"Dari", "Langue des signes française (LSF)", "Interprète sur demande"} <= labels


def test_what_is_typed_is_saved_pulled_and_told_in_the_log_in_words(
    coordinator: TestClient, engine: Engine
) -> None:
    cursor = pull(engine).cursor
    answer = post(coordinator, MOBIJOB, **typed(engine, **TOLD))
    assert "Modifications enregistrées" in answer.text
    assert ticked(answer.text) == TOLD["languages"]
    assert known(engine) == TOLD
    (record,) = pull(engine, cursor=cursor).records
    assert {name: record.fields[name] for name in TOLD} == TOLD
    log = coordinator.get("/console/journal").text
    for said in ("Langues parlées", "Turc, Langue des signes française", BUS, "Accessible en fauteuil roulant"):
        assert said in log
    with database.reading(engine) as connection:
        (entry,) = audit_log.entries(connection, TERRITORY)
    assert entry.before == '{"access": null, "languages": [], "wheelchair": null}'


def test_a_new_service_is_added_with_what_is_known_of_it(coordinator: TestClient, engine: Engine) -> None:
    post(coordinator, f"{HOME}/nouveau", name="Point d’accueil de Delle", **TOLD)
    assert known(engine, "point-d-accueil-de-delle") == TOLD
    found = on_a_tablet(engine).search(Filters("parle turc"), None)
    assert [e.id for e in found] == ["point-d-accueil-de-delle"]


def test_what_turned_out_wrong_is_unknown_again(coordinator: TestClient, engine: Engine) -> None:
    publish(engine, **TOLD)
    post(coordinator, MOBIJOB, **typed(engine, languages=[], access="", wheelchair=""))
    assert known(engine) == {"languages": [], "access": None, "wheelchair": None}


def test_a_service_verified_or_retired_keeps_its_languages(coordinator: TestClient, engine: Engine) -> None:
    publish(engine, **TOLD)
    for way in ("verifier", "retirer", "remettre"):
        post(coordinator, f"{MOBIJOB}/{way}", revision=held(engine).revision)
    assert known(engine) == TOLD
    assert held(engine).fields.verified_on == TODAY


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"languages": ["klingon"]}, "« klingon » n’est pas dans la liste « Langue parlée »"),
        ({"wheelchair": "peut-etre"}, "« peut-etre » n’est pas dans la liste « Fauteuil roulant »"),
        ({"access": "x" * 201}, "Accès : le texte est trop long : 200 caractères au plus"),
        ({"access": "a\x00b"}, "Accès : un caractère est illisible"),
    ],
)
def test_what_is_wrong_is_said_beside_its_box_and_the_languages_stay_ticked(
    coordinator: TestClient, engine: Engine, wrong: dict[str, Any], sentence: str
) -> None:
    answer = post(coordinator, MOBIJOB, **typed(engine, **(TOLD | wrong)))
    assert answer.status_code == 422
    (name,) = wrong
    assert re.search(rf'id="{name}-erreur">[^<]*{re.escape(sentence)}', answer.text)
    assert ("languages" in wrong) or ticked(answer.text) == TOLD["languages"]
    assert held(engine).revision == 1


def test_two_coordinators_who_tell_other_languages_see_both_in_words(
    coordinator: TestClient, engine: Engine
) -> None:
    mine = typed(engine, languages=["ar"], wheelchair="non")
    post(coordinator, MOBIJOB, **typed(engine, languages=["uk", "ru"]))
    answer = post(coordinator, MOBIJOB, **mine)
    assert answer.status_code == 409
    assert "<td>Arabe</td><td>Ukrainien, Russe</td>" in answer.text
    assert "<td>Pas accessible en fauteuil roulant</td><td>—</td>" in answer.text


@pytest.mark.parametrize("words", ["albanais", "ALBANAIS mobijob", "arrêt mairie"])
def test_the_coordination_finds_a_service_by_its_language_or_its_bus(
    coordinator: TestClient, engine: Engine, words: str
) -> None:
    assert names(coordinator.get(f"{HOME}?q={words}").text) == []
    publish(engine, languages=["sq"], access=BUS)
    assert names(coordinator.get(f"{HOME}?q={words}").text) == ["Mobijob (MIFE 90)"]


def test_a_backup_brings_the_languages_back(engine: Engine, tmp_path: Any) -> None:
    publish(engine, **TOLD)
    backup.save(engine, tmp_path / "lundi")
    other = database.connect(f"sqlite:///{tmp_path / 'other.db'}")
    backup.restore(other, tmp_path / "lundi")
    assert known(other) == TOLD
    other.dispose()


def test_a_worker_who_finds_the_languages_wrong_is_heard(coordinator: TestClient, engine: Engine) -> None:
    report = of_kind("service_report", problem="langues-ou-acces-faux")
    assert statuses(engine, report) == ["accepted"]
    assert "Langues ou accès faux, constaté le 09/03/2026" in coordinator.get(MOBIJOB).text


PROFESSIONALS, USERS = ["professionnels"], ["usagers", "professionnels"]


@pytest.mark.parametrize(
    ("given", "access"),
    [
        ({}, None),
        ({"modes_accueil": ["en-presentiel"]}, None),
        ({"modes_accueil": ["a-distance", "en-presentiel"]}, None),
        ({"modes_accueil": ["a-distance"]}, "À distance, par téléphone ou internet"),
        ({"modes_mobilisation": ["telephoner", "se-presenter"]}, "Se présenter sur place ou téléphoner"),
        ({"modes_mobilisation": ["utiliser-lien-mobilisation"]}, None),
        ({"modes_mobilisation": ["telephoner"], "mobilisable_par": USERS}, "Téléphoner"),
        ({"mobilisable_par": PROFESSIONALS}, "Sur demande d’un professionnel"),
        (
            {"modes_mobilisation": ["envoyer-un-courriel", "telephoner"], "mobilisable_par": PROFESSIONALS},
            "Sur demande d’un professionnel : téléphoner, écrire un courriel",
        ),
        (
            {"modes_accueil": ["a-distance"], "modes_mobilisation": ["telephoner"]},
            "À distance, par téléphone ou internet ; téléphoner",
        ),
    ],
)
def test_a_file_tells_how_one_gets_in_and_nothing_is_guessed(
    coordinator: TestClient, engine: Engine, given: dict[str, Any], access: str | None
) -> None:
    imported(coordinator, given)
    assert known(engine, ID) == {"languages": [], "access": access, "wheelchair": None}


def test_whom_a_service_is_for_never_comes_by_a_file_onto_the_slip(
    coordinator: TestClient, engine: Engine
) -> None:
    imported(coordinator, {"conditions_acces": "Femmes victimes de violences", "modes_accueil": ["a-distance"]})
    assert known(engine, ID)["access"] == "À distance, par téléphone ou internet"


def test_a_link_to_acceslibre_is_no_answer_about_the_wheelchair(coordinator: TestClient, engine: Engine) -> None:
    page = "https://acceslibre.beta.gouv.fr/app/90-delle/a/centre-social/erp/centre-social/"
    structure = {
        "source": "dora", "id": "dora--1", "nom": "Centre social de Delle", "date_maj": "2025-02-14",
        "code_insee": "90033", "accessibilite_lieu": page,
    }  # fmt: skip
    apply(coordinator, upload(coordinator, file(structures=[structure])))
    assert known(engine, ID)["wheelchair"] is None


def test_the_next_file_leaves_what_the_coordination_found_out(coordinator: TestClient, engine: Engine) -> None:
    imported(coordinator, {"modes_mobilisation": ["telephoner"]})
    post(coordinator, f"{HOME}/service/{ID}", **typed(engine, ID, **TOLD))
    again = upload(coordinator, file({"modes_mobilisation": ["telephoner"], "telephone": "+33384111111"}))
    assert (summary(again.text)["modifiés"], summary(again.text)["conflits"]) == (1, 0)
    apply(coordinator, again)
    assert known(engine, ID) == TOLD
    assert held(engine, ID).fields.phone == "+33384111111"


def test_what_an_import_of_before_the_languages_gave_is_no_answer_against_the_coordination(
    coordinator: TestClient, engine: Engine
) -> None:
    imported(coordinator, {})
    with database.writing(engine) as connection:  # as the server of then wrote it
        (body,) = connection.exec_driver_sql("SELECT body FROM imported_service").one()
        older = body.replace('"languages": [], ', "").replace('"access": null, ', "")
        older = older.replace('"wheelchair": null, ', "")
        assert not [name for name in TOLD if name in older]
        connection.exec_driver_sql("UPDATE imported_service SET body = '" + older.replace("'", "''") + "'")
    post(coordinator, f"{HOME}/service/{ID}", **typed(engine, ID, **TOLD))
    again = upload(coordinator, file({}))
    assert (summary(again.text)["inchangés"], summary(again.text)["conflits"]) == (1, 0)
    assert known(engine, ID) == TOLD


def test_the_preview_says_in_words_what_a_file_changes_of_the_way_in(
    coordinator: TestClient, engine: Engine
) -> None:
    imported(coordinator, {})
    page = upload(coordinator, file({"modes_mobilisation": ["telephoner"]})).text
    assert "<td>Accès</td><td>—</td><td>Téléphoner</td>" in page
