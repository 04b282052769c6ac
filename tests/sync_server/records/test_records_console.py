"""The pages of Saisies and Orientations as the coordinator uses them: list, record, form, refusal, conflict."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.storage import audit_log, database
from tests.sync_server.records.test_records import give, held
from tests.sync_server.web.test_console import csrf
from tests.sync_server.world import ME, USUAL, encounter, follow_up, new_id, of_kind, pull, push

NEED, FOOD = "famille--garde-denfants", "equipement-et-alimentation--alimentation"


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the form of corrections: every field as it stands."""
    inside = page.split('action="/console/saisies/')[1].split("</form>")[0]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", inside):
        name, value = (re.search(rf'\b{word}="([^"]*)"', tag) for word in ("name", "value"))
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            sent[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select[^>]* name="([^"]*)".*?>(.*?)</select>', inside, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = html.unescape(chosen[1]) if chosen else ""
    return sent


def open_form(client: TestClient, record_id: str) -> dict[str, str]:
    return form_of(client.get(f"/console/saisies/{record_id}/corriger").text)


def send(client: TestClient, record_id: str, what: str, **data: Any) -> Any:
    data.setdefault("csrf", csrf(client, "/console/saisies/signalements"))
    return client.post(f"/console/saisies/{record_id}/{what}", data=data)


def acts(engine: Engine) -> list[str]:
    with database.reading(engine) as connection:
        return [entry.act for entry in audit_log.entries(connection, TERRITORY)]


def test_a_mere_talk_is_read_listed_and_corrected_but_not_beside_a_need(
    coordinator: TestClient, engine: Engine
) -> None:
    label, talk = "Pas de besoin, simple échange", encounter(no_need=True)
    push(engine, talk)
    assert "simple échange" in coordinator.get("/console/saisies").text
    assert re.search(rf"{label}.{{0,40}}oui", coordinator.get(f"/console/saisies/{talk['id']}").text, re.DOTALL)
    sent = open_form(coordinator, talk["id"])
    assert sent["no_need"] == "oui"
    refused = send(coordinator, talk["id"], "corriger", **sent | {"needs.0.theme": NEED})
    assert f"« {label} » est noté, et des besoins aussi" in html.unescape(refused.text)
    assert held(engine, talk["id"]).revision == 1
    del sent["no_need"]  # the box is emptied
    assert send(coordinator, talk["id"], "corriger", **sent | {"needs.0.theme": NEED}).status_code == 200
    assert held(engine, talk["id"]).fields["needs"] == [{"theme": NEED}]
    assert "no_need" not in held(engine, talk["id"]).fields


PAGES = ("/console/saisies", "/console/saisies/signalements", "/console/a-revoir", "/console/orientations",
         "/console/orientations.csv")  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_only_the_coordination_reads_records(administrator: TestClient, page: str) -> None:
    assert administrator.get(page).status_code == 403
    administrator.cookies.clear()
    assert administrator.get(page, follow_redirects=False).status_code == 303


@pytest.mark.parametrize("what", ["etat", "corriger", "supprimer", "retablir"])
def test_no_act_without_the_secret_of_the_session_or_from_another_site(
    coordinator: TestClient, engine: Engine, what: str
) -> None:
    met = encounter()
    push(engine, met)
    data = {"base": 1, "revision": 1, "nouvel_etat": "validee"}
    assert send(coordinator, met["id"], what, csrf="x", **data).status_code == 403
    token = csrf(coordinator, "/console/saisies")
    elsewhere = coordinator.post(
        f"/console/saisies/{met['id']}/{what}",
        data=data | {"csrf": token},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert elsewhere.status_code == 403
    assert (held(engine, met["id"]).revision, acts(engine)) == (1, [])


def test_every_page_has_one_title_and_nothing_inline(coordinator: TestClient, engine: Engine) -> None:
    met = encounter(day="2025-11-01", referrals=[{"id": new_id(), "service": "mobijob"}])
    push(engine, met, follow_up(met["fields"]["referrals"][0]["id"], "2026-03-09", "non-presentee"))
    one = f"/console/saisies/{met['id']}"
    for address in (*PAGES[:4], one, f"{one}/corriger", f"{one}/supprimer"):
        answer = coordinator.get(address)
        page = answer.text
        assert (answer.status_code, page.count("<h1")) == (200, 1), address
        assert not re.search(r"style=|<script|\bon[a-z]+=", page), address
        described = " ".join(re.findall(r'aria-describedby="([^"]*)"', page)).split()
        named = re.findall(r'(?:aria-labelledby|for)="([^"]*)"', page) + described
        ids = re.findall(r'\bid="([^"]*)"', page)
        assert set(named) <= set(ids), address
        assert len(ids) == len(set(ids)), address


def test_the_list_keeps_its_filters_from_page_to_page(coordinator: TestClient, engine: Engine) -> None:
    push(engine, *(encounter(day="2026-03-08") for _ in range(60)), encounter(commune="90033"))
    page = coordinator.get("/console/saisies?commune=90052&du=2026-03-01").text
    assert "60 saisies" in page
    following = html.unescape(re.findall(r'href="([^"]*apres=[^"]*)"', page)[0])
    assert "commune=90052" in following
    rest = coordinator.get(following).text
    assert rest.count('name="choisies"') == 10
    assert "Page suivante" not in rest


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("du=hier", 422),
        ("du=2026-03-02&au=2026-03-01", 422),
        ("apres=x", 422),
        ("apres=99999999999999999999", 422),
        ("etat=nul&type=%3Cscript%3E&signalement=rien", 200),
        ("indicateur=A4-02&ou=nulle:part", 422),
        ("indicateur=A4-02&ou=month:hier", 422),
        ("indicateur=nul", 200),
    ],
)
def test_an_address_that_says_nothing_sensible_breaks_nothing(
    coordinator: TestClient, query: str, status: int
) -> None:
    answer = coordinator.get(f"/console/saisies?{query}")
    assert answer.status_code == status
    assert "<script>" not in answer.text


def test_the_records_behind_a_figure(coordinator: TestClient, engine: Engine) -> None:
    wanted, other = encounter(), encounter(commune="90033")
    push(engine, wanted, other, encounter(day="2026-01-02"), of_kind("presence"))
    query = "indicateur=A4-02&du=2026-03-01&au=2026-03-31&arrete=2026-03-10"
    page = coordinator.get(f"/console/saisies?{query}").text
    assert "Derrière le chiffre A4-02" in page
    assert page.count('name="choisies"') == 2
    cell = coordinator.get(f"/console/saisies?{query}&ou=commune:90052").text
    assert "Commune : Giromagny" in cell
    assert wanted["id"] in cell
    assert other["id"] not in cell


def test_many_are_validated_at_once_and_what_changed_meanwhile_is_left(
    coordinator: TestClient, engine: Engine
) -> None:
    met, changed = encounter(), encounter()
    push(engine, met, changed)
    push(engine, encounter(changed["id"], 2, 1, gender="femme"))
    data = {
        "csrf": csrf(coordinator, "/console/saisies"),
        "nouvel_etat": "validee",
        "choisies": [f"{met['id']}:1", f"{changed['id']}:1"],
    }
    answer = coordinator.post("/console/saisies/etat?commune=90052", data=data)
    assert answer.url.params["commune"] == "90052"
    assert "1 saisie relue. 1 laissée de côté" in answer.text
    assert (held(engine, met["id"]).state, held(engine, changed["id"]).state) == ("validee", "recue")
    nothing = coordinator.post("/console/saisies/etat", data=data | {"choisies": []})
    assert "0 saisie relue" in nothing.text
    for wrong in ({"choisies": ["x"]}, {"nouvel_etat": "parfaite"}):
        assert coordinator.post("/console/saisies/etat", data=data | wrong).status_code == 422


def test_a_record_is_marked_with_a_note_that_names_nobody(coordinator: TestClient, engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    typed = "Rappeler le 06 12 34 56 78"
    refused = send(coordinator, met["id"], "etat", revision=1, nouvel_etat="a-revoir", note=typed)
    assert refused.status_code == 422
    assert "un numéro de téléphone" in refused.text
    assert typed in refused.text  # to be mended, not typed again
    assert held(engine, met["id"]).state == "recue"
    page = send(coordinator, met["id"], "etat", revision=1, nouvel_etat="a-revoir", note="Commune ?").text
    assert "Commune ?" in page
    assert held(engine, met["id"]).state == "a-revoir"
    late = send(coordinator, met["id"], "etat", revision=2, nouvel_etat="validee")
    assert "a changé entre-temps" in late.text
    assert held(engine, met["id"]).state == "a-revoir"


@pytest.mark.parametrize("kind", ["encounter", "presence", "group_session", "partner_contact", "service_report"])
def test_a_form_sent_back_as_it_is_changes_nothing(coordinator: TestClient, engine: Engine, kind: str) -> None:
    record = of_kind(kind)
    if kind == "encounter":
        record["fields"] |= {
            "needs": [{"theme": NEED}],
            "obstacles": [{"id": new_id(), "kind": "mobilite"}],
            "rights": [{"id": new_id(), "right": "rsa"}],
            "referrals": [{"id": new_id(), "service": "mobijob", "accepted": False, "coupon": "a" * 64}],
            "accompanied": True,
        }
    push(engine, record)
    sent = open_form(coordinator, record["id"])
    answer = send(coordinator, record["id"], "corriger", **sent)
    assert "Rien n’a changé" in answer.text
    assert held(engine, record["id"]).revision == 1


def test_a_follow_up_is_corrected_but_not_what_it_is_about(coordinator: TestClient, engine: Engine) -> None:
    referral = new_id()
    told = follow_up(referral, "2026-03-10", "honoree")
    push(engine, encounter(referrals=[{"id": referral, "service": "mobijob"}]), told)
    sent = open_form(coordinator, told["id"]) | {"outcome": "acces-effectif", "subject_id": new_id()}
    assert "correction est enregistrée" in send(coordinator, told["id"], "corriger", **sent).text
    fields = held(engine, told["id"]).fields
    assert (fields["subject_id"], fields["outcome"]) == (referral, "acces-effectif")


def test_parts_are_added_and_taken_out_without_a_script_and_nothing_typed_is_lost(
    coordinator: TestClient, engine: Engine
) -> None:
    met = encounter(
        needs=[{"theme": NEED}], referrals=[{"id": new_id(), "service": "mobijob", "coupon": "b" * 64}]
    )
    push(engine, met)
    sent = open_form(coordinator, met["id"]) | {"gender": "homme", "ajouter": "needs"}
    page = send(coordinator, met["id"], "corriger", **sent).text
    assert re.search(r'name="needs\.1\.theme"[^>]* autofocus', page)
    sent = form_of(page)
    assert sent["gender"] == "homme"
    sent |= {"needs.1.theme": FOOD, "retirer": "needs.0"}
    sent = form_of(send(coordinator, met["id"], "corriger", **sent).text)
    assert sent["needs.0.theme"] == FOOD
    assert "needs.1.theme" not in sent
    sent = form_of(send(coordinator, met["id"], "corriger", **sent, ajouter="obstacles").text)
    sent["obstacles.0.kind"] = "mobilite"
    assert held(engine, met["id"]).revision == 1  # nothing before it is saved
    send(coordinator, met["id"], "corriger", **sent, valider="oui")
    record = held(engine, met["id"])
    assert (record.revision, record.state, record.fields["gender"]) == (2, "validee", "homme")
    assert record.fields["needs"] == [{"theme": FOOD}]
    assert [part["kind"] for part in record.fields["obstacles"]] == ["mobilite"]
    assert record.fields["referrals"] == met["fields"]["referrals"]  # the slip still answers
    assert acts(engine) == ["Saisie corrigée"]


def test_a_refusal_stands_beside_its_field_and_keeps_the_rest(coordinator: TestClient, engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    sent = form_of(
        send(coordinator, met["id"], "corriger", **open_form(coordinator, met["id"]), ajouter="needs").text
    )
    sent |= {"day": "2026-05-01", "gender": "femme", "needs.0.theme": ""}
    answer = send(coordinator, met["id"], "corriger", **sent)
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert 'aria-describedby="f-needs-0-theme-erreur"' in page
    assert re.search(r'id="f-needs-0-theme-erreur">Besoin : à indiquer', page)
    assert 'href="#f-needs-0-theme"' in page
    assert form_of(answer.text)["gender"] == "femme"
    mended = form_of(answer.text) | {"needs.0.theme": NEED}
    future = send(coordinator, met["id"], "corriger", **mended)
    assert re.search(r'id="f-day-erreur">Jour : il est dans l’avenir', future.text)
    assert held(engine, met["id"]).revision == 1


def test_a_number_that_is_none_is_refused_in_french(coordinator: TestClient, engine: Engine) -> None:
    there = of_kind("presence")
    push(engine, there)
    for minutes, sentence in (
        ("beaucoup", "il faut un nombre entier"),
        ("", "à indiquer"),
        ("9999", "au plus 1440"),
    ):
        sent = open_form(coordinator, there["id"]) | {"minutes": minutes}
        assert sentence in send(coordinator, there["id"], "corriger", **sent).text


def test_a_tablet_that_was_faster_is_shown_field_by_field_and_asked_again(
    coordinator: TestClient, engine: Engine
) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    sent = open_form(coordinator, met["id"]) | {"gender": "homme", "age_band": "18-21"}
    push(engine, encounter(met["id"], 2, 1, gender="autre-ou-non-precise", rsa="oui"))
    answer = send(coordinator, met["id"], "corriger", **sent)
    assert answer.status_code == 409
    assert "Rien n’est perdu" in answer.text
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', answer.text)
    shown = {re.sub("<.*?>", "", label): (theirs, mine) for label, theirs, mine in rows}
    assert shown["Genre (changé des deux côtés)"] == ("Autre ou non précisé", "Homme")
    assert shown["RSA"] == ("Oui", "Inconnu")
    assert "Modifié des deux côtés" in answer.text
    again = form_of(answer.text)
    assert (again["base"], again["gender"], again["rsa"], again["age_band"]) == ("2", "homme", "oui", "18-21")
    send(coordinator, met["id"], "corriger", **again)
    fields = held(engine, met["id"]).fields
    assert (fields["gender"], fields["rsa"], fields["age_band"]) == ("homme", "oui", "18-21")
    [pulled] = [record for record in pull(engine, ME).records if record.id == met["id"]]
    assert pulled.fields == fields


def test_a_record_deleted_on_the_tablet_while_it_is_corrected(coordinator: TestClient, engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    sent = open_form(coordinator, met["id"]) | {"gender": "homme"}
    push(engine, {"id": met["id"], "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True})
    answer = send(coordinator, met["id"], "corriger", **sent)
    assert "Elle a été supprimée" in answer.text
    send(coordinator, met["id"], "corriger", **form_of(answer.text))
    assert held(engine, met["id"]).fields == USUAL["encounter"] | {"gender": "homme"}


def test_a_record_is_deleted_after_a_question_and_brought_back(coordinator: TestClient, engine: Engine) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    asked = coordinator.get(f"/console/saisies/{met['id']}/supprimer").text
    assert "Supprimer cette saisie" in asked
    assert held(engine, met["id"]).revision == 1
    page = send(coordinator, met["id"], "supprimer", base=1).text
    assert "La saisie est supprimée" in page
    for address in ("corriger", "supprimer"):  # nothing to correct in what is deleted
        back = coordinator.get(f"/console/saisies/{met['id']}/{address}", follow_redirects=False)
        assert back.headers["Location"] == f"/console/saisies/{met['id']}"
    assert met["id"] not in coordinator.get("/console/saisies").text
    assert met["id"] in coordinator.get("/console/saisies?etat=supprimee").text
    stale = send(coordinator, met["id"], "retablir", base=1, revision=1)
    assert "a changé entre-temps" in stale.text
    page = send(coordinator, met["id"], "retablir", base=2, revision=1).text
    assert "La version est rétablie" in page
    assert held(engine, met["id"]).fields == met["fields"]
    assert acts(engine) == ["Version rétablie", "Saisie supprimée"]


def test_a_past_version_the_rules_take_no_more_says_why(coordinator: TestClient, engine: Engine) -> None:
    met = encounter(referrals=[{"id": new_id(), "service": "mobijob"}])
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1))
    with database.writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM service WHERE id = 'mobijob'")
    answer = send(coordinator, met["id"], "retablir", base=2, revision=1)
    assert answer.status_code == 422
    assert "n’est pas dans l’annuaire" in answer.text


def test_a_service_gone_from_the_directory_stays_in_the_form(coordinator: TestClient, engine: Engine) -> None:
    met = encounter(referrals=[{"id": new_id(), "service": "mobijob"}])
    push(engine, met)
    with database.writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM service WHERE id = 'mobijob'")
    assert open_form(coordinator, met["id"])["referrals.0.service"] == "mobijob"


@pytest.mark.parametrize("address", ["", "/corriger", "/supprimer"])
def test_a_record_that_is_not_here_is_said_in_french(coordinator: TestClient, address: str) -> None:
    answer = coordinator.get(f"/console/saisies/{new_id()}{address}")
    assert answer.status_code == 404
    assert "n’est pas ici" in answer.text


def test_the_page_of_a_record_shows_its_history_and_points_at_what_is_odd(
    coordinator: TestClient, engine: Engine
) -> None:
    met = encounter(day="2025-11-01", gender="femme")
    push(engine, met)
    sent = open_form(coordinator, met["id"]) | {"gender": "homme"}
    page = send(coordinator, met["id"], "corriger", **sent).text
    assert "par : coordination" in page
    assert "par : tablette (première saisie)" in page
    assert "Jour ancien" in page
    assert str(ME.device_id) not in page
    assert not re.search(r"\d{1,2}:\d{2}", page)  # days, never times
    give(engine, "validee", (met["id"], 2))
    assert "Jour ancien" not in coordinator.get(f"/console/saisies/{met['id']}").text


def test_the_checks_lead_to_their_records(coordinator: TestClient, engine: Engine) -> None:
    old, fine = encounter(day="2025-11-01"), encounter()
    push(engine, old, fine)
    page = coordinator.get("/console/saisies/signalements").text
    address = html.unescape(re.findall(r'href="([^"]*signalement=jour-ancien)"', page)[0])
    found = coordinator.get(address).text
    assert old["id"] in found
    assert fine["id"] not in found
    assert "signalement=doublon" not in page  # none to see


def test_the_funnel_and_its_file_say_the_same(coordinator: TestClient, engine: Engine) -> None:
    referral = new_id()
    push(engine, encounter(referrals=[{"id": referral, "service": "mobijob"}]))
    push(engine, follow_up(referral, "2026-03-10", "honoree"))
    page = coordinator.get("/console/orientations?du=2026-03-01&au=2026-03-10").text
    assert '<option value="">Les deux actions</option>' in page
    assert "Mobijob (MIFE 90)" in page
    assert "100\u202f% (1 ÷ 1)" in page
    file = coordinator.get("/console/orientations.csv?du=2026-03-01&au=2026-03-10&action=trait-dunion")
    assert 'filename="orientations_2026-03-01_2026-03-10.csv"' in file.headers["Content-Disposition"]
    assert "Service;Mobijob (MIFE 90);1;0;1;0;0;0;0;1;1;;0" in file.text
    assert coordinator.get("/console/orientations?action=nulle&du=2026-01-01&au=2026-01-02").status_code == 200
    assert coordinator.get("/console/orientations?du=x").status_code == 422
