"""A data·inclusion file on the coordinator's desk: previewed, applied once, never over their own edits."""

from __future__ import annotations

import io
import json
import re
import tomllib
import tracemalloc
from importlib.resources import files
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.directory import import_fields, import_read, services
from sync_server.storage import audit_log, database
from tests.sync_server.directory.test_directory import held, post, typed
from tests.sync_server.web.test_console import csrf
from tests.sync_server.world import pull

PAGE = "/console/annuaire/import"
RIGHTS = "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits"
STRUCTURE = {
    "source": "dora", "id": "dora--1", "nom": "Centre social de Delle", "date_maj": "2025-02-14",
    "code_insee": "90033", "adresse": "1 rue de l’Allaine", "telephone": "+33384000000",
    "reseaux_porteurs": ["fcsf"],
}  # fmt: skip
SERVICE = {
    "source": "dora", "structure_id": "dora--1", "id": "dora--Aide:2024-1", "nom": "Aide aux démarches",
    "description": "Une aide pour remplir des dossiers.", "date_maj": "2025-02-14", "thematiques": [RIGHTS],
    "publics": ["jeunes"], "horaires_accueil": "Mo-Fr 09:00-12:00",
}  # fmt: skip
ID = import_read.our_id("dora", "dora--Aide:2024-1")


def file(*services: Any, structures: Any = (STRUCTURE,), **more: Any) -> bytes:
    content = {"structures": list(structures), "services": [SERVICE | s for s in services] or [SERVICE]} | more
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def upload(client: TestClient, *contents: bytes) -> Any:
    sent = [("fichiers", (f"{n}.json", content, "application/json")) for n, content in enumerate(contents)]
    return client.post(PAGE, data={"csrf": csrf(client, PAGE)}, files=sent)


def summary(page: str) -> dict[str, int]:
    found = re.findall(r"<li>(\w+)[^<]* : <strong>(\d+)</strong>", page)
    return {name.lower(): int(number) for name, number in found}


def apply(client: TestClient, preview: Any, **values: Any) -> Any:
    return client.post(preview.url.path, data={"csrf": csrf(client, "/console/annuaire"), **values})


def imported(client: TestClient, *services: Any) -> Any:
    return apply(client, upload(client, file(*services)))


def test_a_new_service_is_previewed_then_applied_and_the_tablets_pull_it(
    coordinator: TestClient, engine: Engine
) -> None:
    cursor = pull(engine).cursor
    preview = upload(coordinator, file())
    assert (summary(preview.text)["nouveaux"], summary(preview.text)["inchangés"]) == (1, 0)
    assert pull(engine, cursor=cursor).records == []
    assert "Nouveaux : 1" in apply(coordinator, preview).text
    (record,) = pull(engine, cursor=cursor).records
    assert record.id == ID
    fields = held(engine, ID).fields
    assert fields.name == "Aide aux démarches – Centre social de Delle"
    assert (fields.commune, fields.phone, fields.network) == ("90033", "+33384000000", "fcsf")
    assert (fields.themes, fields.publics, fields.opening_hours) == ([RIGHTS], ["jeunes"], "Mo-Fr 09:00-12:00")
    assert (fields.address, fields.verified_on) == ("1 rue de l’Allaine", None)


def test_a_whole_import_is_one_entry_of_the_log(coordinator: TestClient, engine: Engine) -> None:
    imported(coordinator, {}, {"id": "dora--2"})
    with database.reading(engine) as connection:
        (entry,) = audit_log.entries(connection, TERRITORY)
    assert (entry.act, entry.subject) == ("Annuaire importé", "data·inclusion, 2 services")
    assert ID in entry.after


def test_importing_twice_changes_nothing(coordinator: TestClient, engine: Engine) -> None:
    imported(coordinator)
    cursor = pull(engine).cursor
    preview = upload(coordinator, file())
    assert summary(preview.text)["inchangés"] == 1
    assert "Le fichier ne change rien" in preview.text
    apply(coordinator, preview)
    assert pull(engine, cursor=cursor).records == []
    with database.reading(engine) as connection:
        assert len(audit_log.entries(connection, TERRITORY)) == 1


def test_what_only_the_file_changed_is_taken_and_what_only_the_coordinator_changed_stays(
    coordinator: TestClient, engine: Engine
) -> None:
    imported(coordinator)
    address = f"/console/annuaire/service/{ID}"
    post(coordinator, address, **typed(engine, ID, phone="03 84 90 90 90"))
    post(coordinator, f"{address}/verifier", revision=2)
    preview = upload(coordinator, file({"horaires_accueil": "Mo 09:00-12:00"}))
    assert (summary(preview.text)["modifiés"], summary(preview.text)["conflits"]) == (1, 0)
    apply(coordinator, preview)
    fields = held(engine, ID).fields
    assert (fields.phone, fields.opening_hours) == ("03 84 90 90 90", "Mo 09:00-12:00")
    assert fields.verified_on is not None


@pytest.mark.parametrize(("chosen", "phone"), [(False, "03 84 90 90 90"), (True, "+33384111111")])
def test_what_both_changed_stays_the_coordinators_unless_the_file_is_chosen(
    coordinator: TestClient, engine: Engine, chosen: bool, phone: str
) -> None:
    imported(coordinator)
    post(coordinator, f"/console/annuaire/service/{ID}", **typed(engine, ID, phone="03 84 90 90 90"))
    preview = upload(coordinator, file({"telephone": "+33384111111"}))
    assert summary(preview.text)["conflits"] == 1
    assert "<td>03 84 90 90 90</td><td>+33384111111</td>" in preview.text
    apply(coordinator, preview, **({"remplacer": ID} if chosen else {}))
    assert held(engine, ID).fields.phone == phone
    again = upload(coordinator, file({"telephone": "+33384111111"}))
    assert summary(again.text)["conflits"] == (0 if chosen else 1)  # asked again until it is decided


def test_an_edit_made_after_the_preview_is_not_overwritten(coordinator: TestClient, engine: Engine) -> None:
    imported(coordinator)
    preview = upload(coordinator, file({"telephone": "+33384111111"}))
    post(coordinator, f"/console/annuaire/service/{ID}", **typed(engine, ID, phone="3949"))
    assert "Conflits où votre version reste : 1" in apply(coordinator, preview).text
    assert held(engine, ID).fields.phone == "3949"


def test_a_service_the_coordinator_retired_stays_so_unless_chosen(coordinator: TestClient, engine: Engine) -> None:
    imported(coordinator)
    post(coordinator, f"/console/annuaire/service/{ID}/retirer", revision=1)
    assert summary(upload(coordinator, file()).text)["inchangés"] == 1
    changed = file({"telephone": "+33384111111"})
    preview = upload(coordinator, changed)
    assert "d’où vous l’avez retiré" in preview.text
    apply(coordinator, preview)
    assert held(engine, ID).retired
    apply(coordinator, upload(coordinator, changed), remplacer=ID)
    assert not held(engine, ID).retired


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        ({"nom": "x"}, "nom : texte trop court"),
        ({"date_maj": "hier"}, "date_maj : date mal écrite"),
        ({"description": None}, "description : ce n’est pas un texte"),
        ({"code_insee": "9"}, "code_insee"),
        ({"publics": ["tous-publics", "jeunes"]}, "publics : valeur refusée par le schéma"),
        ({"nom": "a\x00b c"}, "un caractère est illisible"),
        ({"nom": "a\ud800b c"}, "un caractère est illisible"),
    ],
)
def test_what_the_schema_refuses_is_told_with_its_line(
    coordinator: TestClient, service: dict[str, Any], reason: str
) -> None:
    content = {"structures": [STRUCTURE], "services": [SERVICE, SERVICE | {"id": "dora--9"} | service]}
    text = json.dumps(content, indent=1)
    page = upload(coordinator, text.encode()).text
    assert (summary(page)["nouveaux"], summary(page)["refusés"]) == (1, 1)
    assert reason in page
    line = text[: text.rindex('{\n   "source"')].count("\n") + 1
    assert f'<td class="number">{line}</td>' in page


def test_an_entry_given_twice_in_a_file_is_told(coordinator: TestClient) -> None:
    page = upload(coordinator, file({}, {})).text
    assert (summary(page)["nouveaux"], summary(page)["refusés"]) == (1, 1)
    assert import_read.TWICE in page


def test_codes_that_mean_nothing_here_are_told_and_the_service_is_taken_without_them(
    coordinator: TestClient, engine: Engine
) -> None:
    preview = upload(coordinator, file({"thematiques": ["magie--noire", RIGHTS], "publics": ["elfes"]}))
    assert "<code>magie--noire</code> : 1 fois" in preview.text
    assert "<code>elfes</code> : 1 fois" in preview.text
    apply(coordinator, preview)
    assert held(engine, ID).fields.themes == [RIGHTS]


@pytest.mark.parametrize(
    ("place", "here"),
    [
        ({"code_insee": "25056"}, False),
        ({"code_postal": "90100"}, True),
        ({"code_postal": "25000"}, False),
        ({"code_insee": "90010"}, True),
        ({}, True),  # where its structure is
    ],
)
def test_only_the_services_of_the_departement_are_taken(
    coordinator: TestClient, place: dict[str, str], here: bool
) -> None:
    found = summary(upload(coordinator, file(place)).text)
    assert (found["nouveaux"], found["ailleurs"]) == ((1, 0) if here else (0, 1))


@pytest.mark.parametrize(
    ("place", "commune"),
    [
        ({"code_insee": "90073"}, "90068"),  # Moval, in Meroux-Moval since 2019
        ({"code_postal": "90110", "commune": "ST GERMAIN LE CHATELET"}, "90091"),
        ({"code_postal": "90020", "commune": "BELFORT CEDEX"}, "90010"),
        ({"code_postal": "90150", "commune": "Fontaine"}, "90047"),
        ({"code_postal": "90100"}, None),
    ],
)
def test_a_commune_is_known_however_the_file_writes_it(
    coordinator: TestClient, engine: Engine, place: dict[str, str], commune: str | None
) -> None:
    imported(coordinator, place)
    assert held(engine, ID).fields.commune == commune


def test_two_files_and_bare_lists_are_read_together(coordinator: TestClient, engine: Engine) -> None:
    preview = upload(
        coordinator, json.dumps([SERVICE]).encode(), b"\xef\xbb\xbf" + json.dumps([STRUCTURE]).encode()
    )
    apply(coordinator, preview)
    assert held(engine, ID).fields.network == "fcsf"


@pytest.mark.parametrize(
    ("networks", "kept"),
    [
        (["france-service", "ccas-cias"], "france-service"),
        (["ccas-cias", "france-service"], "france-service"),
        (["fcsf", "ccas-cias", "aci"], "ccas-cias"),
        (["fcsf", "aci"], "aci"),
        ([], None),
    ],
)
def test_of_several_networks_the_one_that_indicators_count_is_kept(
    coordinator: TestClient, engine: Engine, networks: list[str], kept: str | None
) -> None:
    apply(coordinator, upload(coordinator, file(structures=[STRUCTURE | {"reseaux_porteurs": networks}])))
    assert held(engine, ID).fields.network == kept


def test_every_network_that_a_figure_counts_comes_first() -> None:
    facts = (files("sync_server.figures") / "facts.sql").read_text("utf-8")
    declared = tomllib.loads((files("sync_server.figures") / "indicators.toml").read_text("utf-8"))
    named = {code for one in declared.values() for code in one.get("where", {}).get("network", ())}
    named |= set(re.findall(r"network = '([a-z-]+)'", facts))
    assert named == set(import_fields.COUNTED)


def test_a_structure_without_a_service_is_counted_and_left_aside(coordinator: TestClient) -> None:
    preview = upload(coordinator, file(structures=[STRUCTURE, STRUCTURE | {"id": "dora--3"}]))
    assert summary(preview.text)["structures"] == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choisissez un fichier"),
        (b"{", "pas du JSON entier (ligne 1)"),
        (b'{"services": [\n{"id": 1},\n', "pas du JSON entier (ligne"),
        (b"[1, 2", "pas du JSON entier"),
        (b'{"services": []} trop', "pas du JSON entier"),
        (b"[{}]\n trop", "pas du JSON entier (ligne 2)"),
        (b"[{},]", "pas du JSON entier"),
        (b"[" * 100_000, "pas du JSON entier"),
        (b"\xff\xfe", "pas du texte en UTF-8"),
        (b"{}", "ni liste"),
        (b"12", "ni liste"),
        (b'{"services": {}}', "ni liste"),
    ],
)
def test_a_file_that_is_none_says_what_to_do(coordinator: TestClient, content: bytes, sentence: str) -> None:
    answer = upload(coordinator, content)
    assert answer.status_code == 422
    assert re.search(rf'id="erreur-fichiers" role="alert">[^<]*{re.escape(sentence)}', answer.text)


def test_a_file_above_the_bound_is_refused_and_one_above_a_push_is_not(coordinator: TestClient) -> None:
    assert upload(coordinator, file() + b" " * 3_000_000).status_code == 200
    answer = upload(coordinator, b" " * 20_000_001)
    assert answer.status_code == 413
    assert "dépasse 20 Mo" in answer.text
    assert "seules entrées du département 90" in answer.text


def test_a_preview_serves_once_and_only_to_who_made_it(coordinator: TestClient, engine: Engine) -> None:
    preview = upload(coordinator, file())
    apply(coordinator, preview)
    again = apply(coordinator, preview)
    assert again.status_code == 422
    assert "Cet aperçu n’existe plus" in again.text
    assert held(engine, ID).revision == 1


def test_an_empty_list_of_services_within_a_structure_loses_no_service(coordinator: TestClient) -> None:
    page = upload(coordinator, file({}, {"id": "dora--2"}, structures=[STRUCTURE | {"services": []}])).text
    assert (summary(page)["nouveaux"], summary(page)["refusés"]) == (2, 0)


@pytest.mark.parametrize("number", ["9" * 5_000, "1e999", "NaN"])
def test_a_number_that_is_none_refuses_its_entry_alone(coordinator: TestClient, number: str) -> None:
    content = file({}, {"id": "dora--2", "latitude": 1234}).replace(b"1234", number.encode())
    answer = upload(coordinator, content)
    assert answer.status_code == 200
    assert (summary(answer.text)["nouveaux"], summary(answer.text)["refusés"]) == (1, 1)
    assert "un nombre n’en est pas un, ou n’en finit pas" in answer.text


def test_services_before_their_structures_are_read_the_same(coordinator: TestClient, engine: Engine) -> None:
    content = json.dumps({"services": [SERVICE], "structures": [STRUCTURE]}).encode()
    apply(coordinator, upload(coordinator, content))
    assert held(engine, ID).fields.name == "Aide aux démarches – Centre social de Delle"


def test_a_service_of_here_keeps_the_name_of_a_structure_of_elsewhere(
    coordinator: TestClient, engine: Engine
) -> None:
    away = STRUCTURE | {"code_insee": "25056", "nom": "Association de Besançon"}
    unread = STRUCTURE | {"source": ["dora"]}
    preview = upload(coordinator, file({"code_insee": "90010"}, structures=[unread, away]))
    assert (summary(preview.text)["refusés"], summary(preview.text)["structures"]) == (1, 0)
    apply(coordinator, preview)
    assert held(engine, ID).fields.name == "Aide aux démarches – Association de Besançon"


def test_refusals_and_unknown_codes_beyond_what_is_kept_are_counted(
    coordinator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_read, "MOST_TOLD", 2)
    codes = [f"inconnu-{n}" for n in range(5)]
    page = upload(coordinator, file({"thematiques": [*codes, codes[0]]}, *[{"nom": "x", "id": "y"}] * 5)).text
    assert summary(page)["refusés"] == 5
    assert "Et 3 de plus." not in page  # two are kept, and both are shown
    assert "<code>inconnu-0</code> : 2 fois" in page
    assert "D’autres codes encore, 3 fois en tout." in page


def test_more_services_of_here_than_memory_bears_are_refused_with_what_to_do(
    coordinator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_read, "MOST_SERVICES", 2)
    content = file(*({"id": f"dora--{n}"} for n in range(3)))
    answer = upload(coordinator, content)
    assert answer.status_code == 422
    assert "Partagez-le en deux fichiers" in answer.text
    elsewhere = ({"id": f"dora--{n}", "code_insee": "25056"} for n in range(3))
    assert upload(coordinator, file({}, *elsewhere)).status_code == 200


def test_a_file_of_other_departements_weighs_its_text_in_memory_and_not_its_entries() -> None:
    usual = SERVICE | {"code_insee": "25056", "description": "x" * 1_900}
    away = [usual | {"id": f"dora--{n}"} for n in range(2_000)]
    content = io.BytesIO(json.dumps({"services": [*away, SERVICE | {"code_insee": "90010"}]}).encode())
    import_read.read([content], "90")  # what is loaded once is loaded
    tracemalloc.start()
    found = import_read.read([content], "90")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.elsewhere, len(found.candidates)) == (2_000, 1)
    assert 4_000_000 < len(content.getvalue()) < peak < 3 * len(content.getvalue())  # as bytes and as text


def test_a_place_off_the_map_is_left_out(coordinator: TestClient, engine: Engine) -> None:
    imported(coordinator, {"latitude": 47.6, "longitude": 1000.0, "code_insee": "90010"})
    fields = held(engine, ID).fields
    assert (fields.latitude, fields.longitude) == (None, None)


def test_two_entries_never_share_an_id() -> None:
    pairs = [("a", "b--c"), ("a--b", "c"), ("a", "B--c"), ("a", "b-c"), ("a", "b:c"), ("é", "x" * 300)]
    found = [import_read.our_id(*pair) for pair in pairs]
    assert len(set(found)) == len(pairs)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,98}[a-z0-9]", one) for one in found)


def test_only_the_coordination_imports(administrator: TestClient) -> None:
    assert administrator.get(PAGE).status_code == 403
    data = {"csrf": csrf(administrator, "/console/appareils")}
    assert administrator.post(PAGE, data=data, files={"fichiers": b"{}"}).status_code == 403


def test_a_thousand_services_come_in_at_once(coordinator: TestClient, engine: Engine) -> None:
    imported(coordinator, *({"id": f"dora--{n}"} for n in range(1_000)))
    with database.reading(engine) as connection:
        assert len(services.entries(connection, TERRITORY)) == 1_035
