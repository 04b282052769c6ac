"""The auditor's page: who came in, was refused, read or took away what; and whether the log still holds."""

from __future__ import annotations

import html

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from sync_server.storage import database
from tests.sync_server.conftest import signed_in

PAGE = "/console/journal-de-securite"


def words(client: TestClient, query: str = "") -> str:
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def rows(page: str) -> int:
    return page.count('<th scope="row">')


def test_the_auditor_reads_what_others_did(client: TestClient, database_url: str) -> None:
    signed_in(client, database_url, "coordinator")
    client.get("/console/saisies")
    client.get("/console/orientations.csv?du=2026-01-01&au=2026-02-01")
    signed_in(client, database_url, "auditor")
    page = words(client)
    for said in ("Connexion", "Consultation de saisies", "/console/saisies", "Fichier téléchargé"):
        assert said in page
    assert "Accès refusé" not in page.split("</form>")[-1]
    assert client.get("/console/saisies").status_code == 403
    assert "Accès refusé" in words(client).split("</form>")[-1]


def test_the_auditor_looks_for_one_kind_and_one_account(client: TestClient, database_url: str) -> None:
    signed_in(client, database_url, "coordinator")
    client.get("/console/saisies")
    signed_in(client, database_url, "auditor")
    assert rows(words(client, "?fait=read&qui=coordinator")) == 1
    assert rows(words(client, "?fait=read&qui=auditor")) == 0
    assert "Aucune ligne ne correspond" in words(client, "?qui=personne")
    assert rows(words(client, "?fait=nonsense")) == rows(words(client))


def test_older_entries_follow_page_after_page(client: TestClient, database_url: str, engine: Engine) -> None:
    for _ in range(70):  # two entries each, the last ones of the same session
        signed_in(client, database_url, "auditor")
        client.post("/console/deconnexion")
    signed_in(client, database_url, "auditor")
    page = words(client, "?fait=signed-in")
    assert rows(page) <= 100
    with database.reading(engine) as connection:
        total = connection.exec_driver_sql("SELECT COUNT(*) FROM security_entry").scalar() or 0
    first = words(client)
    shown = rows(first)
    while "Lignes plus anciennes" in first:
        older = first.split(f'href="{PAGE}')[-1].split('"')[0]
        first = words(client, html.unescape(older))
        shown += rows(first)
    assert shown == total


def test_a_line_changed_in_the_database_is_told(client: TestClient, database_url: str, engine: Engine) -> None:
    signed_in(client, database_url, "coordinator")
    client.get("/console/saisies")
    signed_in(client, database_url, "auditor")
    assert "Le journal tient" in words(client, "?verifier=oui")
    with database.writing(engine) as connection:
        connection.exec_driver_sql("UPDATE security_entry SET who = 'personne' WHERE kind = 'read'")
    page = words(client, "?verifier=oui")
    assert "Le journal ne tient pas" in page
    assert "a été changée, ajoutée ou retirée" in page


def test_no_page_but_the_auditors_shows_the_log(coordinator: TestClient, database_url: str) -> None:
    assert coordinator.get(PAGE).status_code == 403
    signed_in(coordinator, database_url, "administrator")
    assert coordinator.get(PAGE).status_code == 403
