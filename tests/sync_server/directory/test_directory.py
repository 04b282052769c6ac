"""The directory on the coordinator's desk: found, edited, retired, verified, and what the field says of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from field_app.directory import Directory, Filters
from field_app.store.from_server import take_pulled
from shared import wire
from shared.models import ServiceFields
from shared.territory import TERRITORY
from sync_server.directory import services
from sync_server.storage import audit_log, database
from tests.sync_server.web.test_console import csrf
from tests.sync_server.world import TODAY, new_id, of_kind, pull, push, statuses

HOME = "/console/annuaire"
MOBIJOB = f"{HOME}/service/mobijob"
RIGHTS = "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits"
NEW = {
    "name": "Épicerie sociale de Delle",
    "themes": ["equipement-et-alimentation--alimentation"],
    "commune": "90033",
}


def post(client: TestClient, address: str, /, **values: Any) -> Any:
    data = {"csrf": csrf(client, HOME), **values}
    return client.post(address, data=data)


def held(engine: Engine, service_id: str = "mobijob") -> services.DirectoryEntry:
    with database.reading(engine) as connection:
        found = services.entry(connection, TERRITORY, service_id)
    assert found is not None
    return found


def typed(engine: Engine, service_id: str = "mobijob", **values: Any) -> dict[str, Any]:
    """The form as the page gives it, with what somebody changed in it."""
    entry = held(engine, service_id)
    raw = {k: "" if v is None else v for k, v in entry.fields.model_dump(mode="json").items()}
    return raw | {"revision": entry.revision} | values


def acts(engine: Engine) -> list[tuple[str, str]]:
    with database.reading(engine) as connection:
        return [(entry.act, entry.subject) for entry in audit_log.entries(connection, TERRITORY)]


def on_a_tablet(engine: Engine) -> Directory:
    """What a tablet makes of all it pulls."""
    return Directory(k for k in (take_pulled(record, None) for record in pull(engine).records) if k)


def names(page: str) -> list[str]:
    return re.findall(r'/console/annuaire/service/[^"]+">([^<]+)</a>', page)


def test_the_list_has_every_service_in_alphabetical_order(coordinator: TestClient) -> None:
    page = coordinator.get(HOME).text
    assert "35 services" in page
    assert names(page)[5:8] == [
        "Armée du Salut",
        "Assurance maladie (CPAM)",
        "Bureau information jeunesse (BIJ)",
    ]  # after the lines, from 115 to Alcool info


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("q=medecins", None, 0),
        ("q=MOBIJOB", "Mobijob (MIFE 90)", 1),
        ("reseau=france-service", "France Services Giromagny", 4),
        ("verifie=oui", None, 0),
        ("signale=1", None, 0),
        ("retires=1", None, 0),
        ("q=giromagny&reseau=france-service", "France Services Giromagny", 1),
        ("besoin=mobilite--preparer-un-permis", "Mobijob (MIFE 90)", None),
    ],
)
def test_the_list_is_searched_and_filtered(
    coordinator: TestClient, query: str, first: str | None, count: int | None
) -> None:
    found = names(coordinator.get(f"{HOME}?{query}").text)
    assert count is None or len(found) == count
    assert first is None or first in found


def test_a_long_list_comes_in_pages(coordinator: TestClient, engine: Engine) -> None:
    with database.writing(engine) as connection:
        many = {f"zz-{n:02}": ServiceFields(name=f"Zz {n:02}") for n in range(60)}
        services.publish(connection, TERRITORY, many, TODAY)
    page = coordinator.get(f"{HOME}?q=zz").text
    assert len(names(page)) == 50
    assert "q=zz&amp;page=2" in page
    assert names(coordinator.get(f"{HOME}?q=zz&page=2").text)[0] == "Zz 50"


def test_a_service_is_added_and_the_tablets_propose_it(coordinator: TestClient, engine: Engine) -> None:
    page = post(coordinator, f"{HOME}/nouveau", **NEW)
    assert page.url.path == f"{HOME}/service/epicerie-sociale-de-delle"
    assert "Service ajouté" in page.text
    assert acts(engine) == [("Service ajouté", NEW["name"])]
    found = on_a_tablet(engine).search(Filters("epicerie sociale"), None)
    assert [e.id for e in found] == ["epicerie-sociale-de-delle"]
    assert post(coordinator, f"{HOME}/nouveau", **NEW).url.path.endswith("epicerie-sociale-de-delle-2")


def test_an_edit_is_a_new_revision_that_tablets_pull_and_the_log_tells(
    coordinator: TestClient, engine: Engine
) -> None:
    cursor = pull(engine).cursor
    hours = "Mo-Fr 09:00-12:00"
    page = post(coordinator, MOBIJOB, **typed(engine, phone="03 84 90 90 90", opening_hours=hours))
    assert "Modifications enregistrées" in page.text
    (record,) = pull(engine, cursor=cursor).records
    assert (record.revision, record.fields["phone"], record.fields["opening_hours"]) == (
        2,
        "03 84 90 90 90",
        hours,
    )
    assert record.fields.keys() >= {"name", "themes", "source"}
    with database.reading(engine) as connection:
        (entry,) = audit_log.entries(connection, TERRITORY)
    assert (entry.login, entry.before) == ("coordinator", '{"opening_hours": null, "phone": null}')
    assert "03 84 90 90 90" in entry.after


def test_saving_without_a_change_makes_no_revision(coordinator: TestClient, engine: Engine) -> None:
    post(coordinator, MOBIJOB, **typed(engine))
    assert (held(engine).revision, acts(engine)) == (1, [])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "  "}, "Nom : écrivez le nom du service"),
        ({"name": "x" * 201}, "Nom : le texte est trop long : 200 caractères au plus"),
        ({"phone": "demander Mireille"}, "Téléphone : des chiffres seulement"),
        ({"latitude": "au nord"}, "Latitude : il faut un nombre"),
        ({"latitude": "47,6", "longitude": ""}, "Position : donnez la latitude et la longitude"),
        ({"latitude": "123", "longitude": "6"}, "Latitude : la valeur doit être au plus 90"),
        ({"latitude": "nan", "longitude": "6"}, "Latitude : "),
        ({"opening_hours": "le lundi matin"}, "Horaires d’ouverture : les tablettes ne les comprennent pas"),
        ({"verified_on": "2026-03-11"}, "Vérifié le : ce jour est dans l’avenir"),
        ({"verified_on": "hier"}, "Vérifié le : ce n’est pas une date valable"),
        ({"themes": ["magie"]}, "« magie » n’est pas dans la liste"),
        ({"publics": ["elfes"]}, "« elfes » n’est pas dans la liste"),
        ({"commune": "75056"}, "« 75056 » n’est pas une commune du territoire"),
        ({"network": "mafia"}, "« mafia » n’est pas dans la liste"),
        ({"presentation": "a\x00b"}, "Présentation : un caractère est illisible"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    coordinator: TestClient, engine: Engine, wrong: dict[str, Any], sentence: str
) -> None:
    mine = {"address": "12 rue de la Savoureuse", "themes": [RIGHTS]}
    answer = post(coordinator, MOBIJOB, **typed(engine, **(mine | wrong)))
    assert answer.status_code == 422
    (name,) = {"latitude"} if "latitude" in wrong else set(wrong)
    assert re.search(rf'id="{name}-erreur">[^<]*{re.escape(sentence)}', answer.text)
    assert re.search(rf'id="{name}"[^>]*aria-describedby="[^"]*{name}-erreur', answer.text)
    assert 'value="12 rue de la Savoureuse"' in answer.text
    assert ("themes" in wrong) or re.search(rf'value="{RIGHTS}" checked', answer.text)
    assert (held(engine).revision, acts(engine)) == (1, [])


def test_every_fault_of_a_form_is_said_at_once(coordinator: TestClient, engine: Engine) -> None:
    answer = post(coordinator, MOBIJOB, **typed(engine, name="", latitude="x", opening_hours="lundi", phone="?"))
    assert set(re.findall(r'id="(\w+)-erreur"', answer.text)) == {"name", "latitude", "opening_hours", "phone"}


def test_opening_hours_are_read_out_before_anything_is_saved(coordinator: TestClient, engine: Engine) -> None:
    values = typed(engine, opening_hours="Mo-Fr 09:00-12:00; PH off", lire="1", name="Mobijob 90")
    page = post(coordinator, MOBIJOB, **values).text
    assert "Lundi à vendredi : 9 h – 12 h" in page
    assert 'value="Mobijob 90"' in page
    assert held(engine).revision == 1


def test_hours_that_came_so_from_elsewhere_do_not_hold_back_another_edit(
    coordinator: TestClient, engine: Engine
) -> None:
    with database.writing(engine) as connection:
        odd = held(engine).fields.model_copy(update={"opening_hours": "sur rendez-vous"})
        services.publish(connection, TERRITORY, {"mobijob": odd}, TODAY)
    assert "Modifications enregistrées" in post(coordinator, MOBIJOB, **typed(engine, phone="3949")).text


def test_two_edits_at_once_are_laid_side_by_side_and_neither_is_lost(
    coordinator: TestClient, engine: Engine
) -> None:
    mine = typed(engine, phone="03 84 11 11 11")
    post(coordinator, MOBIJOB, **typed(engine, phone="03 84 22 22 22"))
    answer = post(coordinator, MOBIJOB, **mine)
    assert answer.status_code == 409
    assert "<td>03 84 11 11 11</td><td>03 84 22 22 22</td>" in answer.text
    assert re.search(r'name="phone"[^>]* value="03 84 11 11 11"', answer.text)
    assert held(engine).fields.phone == "03 84 22 22 22"
    seen = re.findall(r'name="revision" value="(\d+)"', answer.text)
    post(coordinator, MOBIJOB, **(mine | {"revision": seen[-1]}))  # read, and decided
    assert held(engine).fields.phone == "03 84 11 11 11"


def test_a_service_is_verified_today_with_one_button(coordinator: TestClient, engine: Engine) -> None:
    page = post(coordinator, f"{MOBIJOB}/verifier", revision=1)
    assert "Vérifié le 10/03/2026" in page.text
    assert held(engine).fields.verified_on == TODAY
    assert names(coordinator.get(f"{HOME}?verifie=oui").text) == ["Mobijob (MIFE 90)"]


def test_a_button_on_a_page_that_is_out_of_date_does_nothing_and_says_so(
    coordinator: TestClient, engine: Engine
) -> None:
    post(coordinator, MOBIJOB, **typed(engine, phone="3949"))
    for way in ("verifier", "retirer"):
        assert "la fiche a changé entre-temps" in post(coordinator, f"{MOBIJOB}/{way}", revision=1).text
    assert (held(engine).retired, held(engine).fields.verified_on) == (False, None)


def test_a_retired_service_is_proposed_no_more_and_keeps_its_name_and_its_referrals(
    coordinator: TestClient, engine: Engine
) -> None:
    page = post(coordinator, f"{MOBIJOB}/retirer", revision=1)
    assert "Service retiré" in page.text
    tablet = on_a_tablet(engine)
    assert tablet.search(Filters("mobijob"), None) == []
    assert tablet.name("mobijob") == "Mobijob (MIFE 90)"
    assert "Mobijob" not in coordinator.get(f"{HOME}?q=mobijob").text.split("<table>")[-1].split("status")[0]
    assert names(coordinator.get(f"{HOME}?retires=1").text) == ["Mobijob (MIFE 90)"]
    made_before = {
        "id": new_id(), "kind": "encounter", "revision": 1,
        "fields": {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "place_type": "mairie",
                   "referrals": [{"id": new_id(), "service": "mobijob"}]},
    }  # fmt: skip
    assert statuses(engine, made_before) == ["accepted"]  # it comes from a tablet that was offline
    post(coordinator, f"{MOBIJOB}/remettre", revision=2)
    assert on_a_tablet(engine).get("mobijob") is not None
    assert [act for act, _ in acts(engine)] == ["Service remis", "Service retiré"]


def test_what_the_field_reports_is_shown_with_the_service_until_it_is_handled(
    coordinator: TestClient, engine: Engine
) -> None:
    report = of_kind("service_report")
    push(engine, report, of_kind("service_report", problem="demenage"))
    assert "2 signalements du terrain à traiter" in coordinator.get(HOME).text
    assert names(coordinator.get(f"{HOME}?signale=1").text) == ["Mobijob (MIFE 90)"]
    assert "Téléphone faux, constaté le 09/03/2026" in coordinator.get(MOBIJOB).text
    page = post(coordinator, f"{MOBIJOB}/signalement/{report['id']}").text
    assert "Signalement marqué comme traité" in page
    assert "Téléphone faux" not in page
    assert "Déménagé" in page
    assert held(engine).reports == 1
    assert acts(engine) == [("Signalement traité", "Mobijob (MIFE 90)")]
    again = post(coordinator, f"{MOBIJOB}/signalement/{report['id']}").text
    assert "Rien n’a été fait" in again
    assert len(acts(engine)) == 1


def test_a_report_that_is_corrected_on_the_tablet_waits_again(coordinator: TestClient, engine: Engine) -> None:
    report = of_kind("service_report")
    push(engine, report)
    post(coordinator, f"{MOBIJOB}/signalement/{report['id']}")
    assert held(engine).reports == 0
    fields = report["fields"] | {"problem": "demenage"}
    push(engine, report | {"revision": 2, "base_revision": 1, "fields": fields})
    assert held(engine).reports == 1


@pytest.mark.parametrize("address", [f"{HOME}/service/nulle-part", f"{HOME}/nulle-part"])
def test_a_service_that_is_none_is_a_french_page(coordinator: TestClient, address: str) -> None:
    answer = coordinator.get(address)
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.text
    assert post(coordinator, f"{HOME}/service/nulle-part/verifier", revision=1).status_code == 404


def test_only_the_coordination_sees_and_edits_the_directory(administrator: TestClient) -> None:
    assert administrator.get(HOME).status_code == 403
    token = csrf(administrator, "/console/appareils")
    data = {"csrf": token, "revision": 1}
    assert administrator.post(f"{MOBIJOB}/retirer", data=data).status_code == 403


@pytest.mark.parametrize("way", ["", "/verifier", "/retirer", "/remettre", "/signalement/x"])
def test_a_form_of_the_directory_carries_the_secret_of_its_session(
    coordinator: TestClient, engine: Engine, way: str
) -> None:
    data = typed(engine, phone="3949") | {"csrf": "x"}
    assert coordinator.post(MOBIJOB + way, data=data).status_code == 403
    assert held(engine).revision == 1


def test_the_chain_of_the_log_holds_after_a_day_at_the_directory(coordinator: TestClient, engine: Engine) -> None:
    for number in range(1, 4):
        post(coordinator, MOBIJOB, **typed(engine, phone=f"03 84 00 00 0{number}"))
    with database.reading(engine) as connection:
        assert audit_log.broken_at(connection, TERRITORY) is None
    first = wire.digest("service", False, held(engine).fields.compact())
    with database.reading(engine) as connection:
        row = connection.exec_driver_sql("SELECT digest, revision FROM record WHERE id = 'mobijob'").one()
    assert tuple(row) == (first, 4)
