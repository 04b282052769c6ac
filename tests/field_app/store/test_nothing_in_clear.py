"""A tablet is stolen: nothing that was entered, typed or received can be read from its storage."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from field_app.store.local_store import LocalStore
from shared import choices, territory
from tests.field_app.screens.test_screens import SERVICE, home, screen
from tests.field_app.world import PIN, URL
from tests.flet_headless import Screen

__all__ = ["home", "screen"]  # the fixtures: the whole app, enrolled at the real server

CHOSEN = {
    "age_band": "18-21", "gender": "femme", "household": "seul-avec-enfant-s", "housing": "logement-menace",
    "activity": "en-formation",
    "rsa": "oui", "already_followed": "non", "contact_mode": "presence-de-rue", "duration_band": "de-10-a-30-min",
}  # fmt: skip
MEMO, STRUCTURE = "manteau rouge, marché", "Amicale des pêcheurs de l’Étang"
PLANTED = {
    # codes of what was chosen, and their French labels
    *CHOSEN.values(), "remobilisation--lien-social", "trait-dunion", "espace-public", "mobilite",
    "association", "action-commune", "equipe-municipale", "90052", "90033", "rendez-vous-pris", "2026-03-10",
    *(choices.load(name).label_of(code) for name, code in CHOSEN.items()),
    "Lien social", "Association", "Action commune", "Partenariat", "Espace public", "Giromagny", "Delle",
    "Rendez-vous pris", "Mobilité",
    # names of fields, of services and structures, what was typed (the id of a service is in clear on its own row:
    # every tablet holds the whole public directory, so it tells nothing of what was done)
    "first_contact_year", "referrals", "obstacles", "subject_id", "accepted", "partner_type", "purpose", "needs",
    SERVICE, MEMO, "manteau", STRUCTURE, "pêcheurs",
    # of the tablet and its server
    PIN, URL, "server.test", "token", "enrolment",
}  # fmt: skip
PLANTED -= {"oui", "non", "Oui", "Non", "token", "enrolment"}  # too short, or the name of a note


async def enter_everything(home: Screen) -> str:
    """A day's work: an encounter with all its parts, a slip, follow-ups, a session, a partner; the slip's code."""
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Espace public", "Lien social", f"{SERVICE} · 0 km"):
        await home.choose(name)
    await home.tap("Compléter le profil")
    for name, code in CHOSEN.items():
        if code not in ("oui", "non"):
            await home.choose(choices.load(name).label_of(code))
    await home.tap("Ajouter un frein")
    await home.choose("Mobilité")
    await home.tap("Repère")
    await home.type_in("Repère", MEMO)
    await home.tap("Coupon")
    slip = next(t for t in home.texts if t.count("-") == 2 and len(t) == 11)
    await home.tap("Fermer le coupon")
    await home.tap("Enregistrer")
    await home.tap("Suites")
    await home.tap("Rendez-vous pris")
    await home.tap("Retour à l’accueil")
    await home.tap("Partenariat")
    for name in ("Delle", "Association", "Action commune"):
        await home.choose(name)
    await home.type_in("Structure", STRUCTURE)
    await home.tap("Enregistrer")
    return slip


def storage(tmp_path: Path) -> dict[str, bytes]:
    """Every file the app wrote."""
    folder = tmp_path / "tablet"
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


async def test_fifty_planted_values_are_nowhere_in_what_the_app_wrote(home: Screen, tmp_path: Path) -> None:
    slip = await enter_everything(home)
    assert home.says("Contact partenaire enregistré")
    files = storage(tmp_path)
    assert {"tablet.db", "tablet.db-wal", "device.secret"} <= set(files)
    planted = PLANTED | {slip, slip.replace("-", "")}
    assert len(planted) >= 50
    found = [
        (name, value)
        for name, content in files.items()
        for value in planted
        for encoding in ("utf-8", "utf-16-le")
        if value.encode(encoding) in content
    ]
    assert found == []


async def test_the_search_itself_finds_what_is_in_clear(home: Screen, tmp_path: Path) -> None:
    await enter_everything(home)
    (tmp_path / "tablet" / "oubli.json").write_text('{"commune": "90052"}', "utf-8")
    assert [name for name, content in storage(tmp_path).items() if b"90052" in content] == ["oubli.json"]


async def test_the_token_of_the_server_is_sealed_too(home: Screen, tmp_path: Path, server_engine: Engine) -> None:
    with server_engine.connect() as connection:
        [device] = connection.exec_driver_sql("SELECT id FROM device").scalars()
    assert home.says("Giromagny")
    assert not [name for name, content in storage(tmp_path).items() if str(device).encode() in content]


@pytest.mark.parametrize("table", ["sealed", "private", "meta"])
async def test_no_table_has_a_column_in_clear_but_ids_kinds_and_states(store: LocalStore, table: str) -> None:
    columns = {row[1] for row in store._connection.execute(f"PRAGMA table_info({table})")}
    assert (
        columns
        == {
            "sealed": {"id", "kind", "revision", "base_revision", "state", "ciphertext"},
            "private": {"subject", "ciphertext"},
            "meta": {"name", "value"},
        }[table]
    )


def test_what_is_planted_is_what_the_lists_hold() -> None:
    for name, code in CHOSEN.items():
        assert code in choices.load(name)
    assert {territory.communes()[i].name for i in ("90052", "90033")} == {"Giromagny", "Delle"}
