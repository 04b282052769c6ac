"""One's own account: where it is signed in, and a password of one's own choice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from shared.territory import TERRITORY
from sync_server.access import accounts, forms, passwords, sessions
from sync_server.storage import audit_log, database, security_log
from sync_server.storage.tables import Account, SpentForm, table
from tests.sync_server.conftest import Console
from tests.sync_server.web.test_ended_sessions import hidden, secrets_of
from tests.sync_server.world import PASSWORD, Clock

PAGE, CHANGE, END = "/console/compte", "/console/compte/mot-de-passe", "/console/compte/fin"
NEW = "bleu menthe rivage"
Arrives = Callable[[str], TestClient]


@pytest.fixture
def arrives(app: FastAPI, engine: Engine) -> Iterator[Arrives]:
    """Signs somebody in from a computer of their own."""
    opened: list[TestClient] = []

    def arrive(login: str, password: str = PASSWORD) -> TestClient:
        client = Console(app, base_url="https://testserver", raise_server_exceptions=False).__enter__()
        opened.append(client)
        answer = client.post("/console/connexion", data={"login": login, "password": password})
        assert answer.status_code == 200
        return client

    for login in ("coordination", "remplacante"):
        accounts.create_account(engine, TERRITORY, login, PASSWORD, "coordinator")
    yield arrive
    for client in opened:
        client.__exit__(None, None, None)


def change(client: TestClient, current: str = PASSWORD, new: str = NEW, again: str = "") -> Any:
    page = client.get(PAGE).text
    typed = {"actuel": current, "nouveau": new, "encore": again or new}
    return client.post(CHANGE, data=typed | secrets_of(page, CHANGE))


def is_in(client: TestClient) -> bool:
    return client.get(PAGE, follow_redirects=False).status_code == 200


def others(client: TestClient) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]{64})"', client.get(PAGE).text)


def hash_of(engine: Engine, login: str = "coordination") -> str:
    c = table(Account).c
    with database.reading(engine) as connection:
        return str(connection.scalar(select(c.password_hash).where(c.login == login)))


def test_a_password_that_others_know_is_not_chosen_again(arrives: Arrives, engine: Engine) -> None:
    before = hash_of(engine)
    answer = change(arrives("coordination"), new=PASSWORD)
    assert answer.status_code == 422
    assert passwords.NOT_NEW in unescape(answer.text)
    assert hash_of(engine) == before


def test_a_session_left_open_at_the_mairie_is_ended_from_here(arrives: Arrives) -> None:
    mairie, here, other = arrives("coordination"), arrives("coordination"), arrives("remplacante")
    [session] = others(here)
    answer = here.post(END, data={"session": session} | secrets_of(here.get(PAGE).text, END))
    assert "Cette connexion a pris fin." in answer.text
    assert [is_in(one) for one in (mairie, here, other)] == [False, True, True]
    assert others(here) == []


def test_the_session_of_somebody_else_cannot_be_ended(arrives: Arrives) -> None:
    mine, also_mine, other = arrives("coordination"), arrives("coordination"), arrives("remplacante")
    arrives("remplacante")
    [theirs] = others(other)
    form = secrets_of(mine.get(PAGE).text, END)
    mine.post(END, data={"session": theirs} | form)
    assert len(others(other)) == 1
    assert is_in(also_mine)


def test_one_left_alone_is_not_listed(arrives: Arrives, clock: Clock) -> None:
    arrives("coordination")
    clock.wait(minutes=31)
    assert others(arrives("coordination")) == []


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    arrives: Arrives, engine: Engine, app: FastAPI
) -> None:
    mairie, here = arrives("coordination"), arrives("coordination")
    answer = change(here)
    assert "Le mot de passe est changé." in answer.text
    assert [is_in(mairie), is_in(here)] == [False, True]
    assert accounts.sign_in(engine, TERRITORY, "coordination", PASSWORD, 1) is None
    assert accounts.sign_in(engine, TERRITORY, "coordination", NEW, 1)
    with database.reading(engine) as connection:
        assert audit_log.entries(connection, TERRITORY)[0].act == "Mot de passe changé"
        assert NEW not in str(audit_log.entries(connection, TERRITORY))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"current": "une tout autre phrase"}, "actuel n’est pas le bon"),
        ({"again": "bleu menthe visage"}, "diffèrent"),
        ({"new": "court"}, "12 caractères ou plus"),
        ({"new": "coordination2026"}, "se devine"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    arrives: Arrives, engine: Engine, typed: dict[str, str], said: str
) -> None:
    here, kept = arrives("coordination"), hash_of(engine)
    answer = change(here, **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert not any(value in answer.text for value in (NEW, PASSWORD, *typed.values()))
    assert hash_of(engine) == kept


def test_whoever_finds_the_desk_unlocked_cannot_try_passwords_at_will(arrives: Arrives, app: FastAPI) -> None:
    here = arrives("coordination")
    answers = [change(here, current=f"essai numéro {number}").status_code for number in range(14)]
    assert set(answers) == {422, 429}
    assert answers.count(422) <= 11
    with database.reading(app.state.context.engine) as connection:
        noted = [e.who for e in security_log.read_all(connection, TERRITORY) if e.kind == "wrong-password"]
    assert noted == ["coordination"] * answers.count(422)


def test_a_form_of_another_session_changes_no_password(arrives: Arrives, engine: Engine) -> None:
    here, other, kept = arrives("coordination"), arrives("remplacante"), hash_of(engine)
    form = secrets_of(other.get(PAGE).text, CHANGE)
    typed = {"actuel": PASSWORD, "nouveau": NEW, "encore": NEW}
    assert here.post(CHANGE, data=typed | form).status_code == 403
    assert hash_of(engine) == kept


def type_passwords(client: TestClient) -> dict[str, str]:
    typed = {"actuel": PASSWORD, "nouveau": NEW, "encore": NEW}
    return typed | secrets_of(client.get(PAGE).text, CHANGE)


def test_passwords_typed_before_a_session_ended_are_shown_to_nobody(
    arrives: Arrives, clock: Clock, engine: Engine
) -> None:
    here, kept = arrives("coordination"), hash_of(engine)
    typed = type_passwords(here)
    clock.wait(minutes=31)
    asked = here.post(CHANGE, data=typed)
    assert hidden(asked.text, "kept") == ""
    back = here.post("/console/connexion", data={"login": "coordination", "password": PASSWORD})
    assert back.status_code == 200
    assert not any(secret in asked.text + back.text for secret in (NEW, PASSWORD))
    assert hash_of(engine) == kept


def test_passwords_sent_from_an_old_page_or_twice_are_not_written_into_the_answer(arrives: Arrives) -> None:
    here = arrives("coordination")
    old = type_passwords(here) | {"nonce": "d’avant"}
    assert change(here).status_code == 200
    sent = type_passwords(here) | {"actuel": NEW, "nouveau": PASSWORD, "encore": PASSWORD}
    here.post(CHANGE, data=sent)
    answers = [here.post(CHANGE, data=typed) for typed in (old, sent | {"nouveau": NEW, "encore": NEW})]
    for answer in answers:
        assert answer.status_code == 403
        assert "n’a changé aucun mot de passe" in answer.text
        assert not any(secret in answer.text for secret in (NEW, PASSWORD))


def test_whoever_steals_the_database_cannot_try_passwords_on_what_forms_left_there(
    arrives: Arrives, engine: Engine
) -> None:
    here = arrives("coordination")
    sent = type_passwords(here)
    here.post(CHANGE, data=sent)
    with database.reading(engine) as connection:
        [row] = connection.execute(select(table(SpentForm))).all()
    typed = [(name, value) for name, value in sent.items() if name not in ("csrf", "nonce")]
    assert row.content == forms.digest(sent["nonce"], typed)
    assert sent["nonce"] not in str(row)
    assert row.content not in [
        forms.digest(key, typed) for key in ("", row.nonce_hash, sent["csrf"])
    ]  # made by nothing that stands in the database
    assert row.content != sessions.hash_secret(json.dumps([list(pair) for pair in typed]))
