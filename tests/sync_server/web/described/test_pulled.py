"""What a tablet pulls follows the description, whatever its kind: a local choice too."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from sqlalchemy import Engine

from shared.models.choice import ChoiceFields
from shared.territory import TERRITORY
from sync_server.directory import choice_lists
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from tests.sync_server.world import TODAY, encounter, enrolled


def pulled_as_described(app: FastAPI) -> Draft202012Validator:
    described = app.openapi()
    return Draft202012Validator({"$ref": "#/components/schemas/Pulled", "components": described["components"]})


def add_skate_park(engine: Engine) -> None:
    with database.writing(engine) as connection:
        choice_lists.add(
            connection, Actor(TERRITORY, "coordination", TODAY), "place_type", "Skate-park", "equipement-sportif"
        )


def pull(client: TestClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = client.get("/sync/pull?limit=500", headers=headers).json()["records"]
    return records


def test_a_local_choice_that_the_coordination_added_is_pulled_as_it_is_described(
    app: FastAPI, client: TestClient, engine: Engine
) -> None:
    colleague, headers = enrolled(client, engine), enrolled(client, engine)
    pushed = client.post("/sync/push", json={"records": [encounter()]}, headers=colleague)
    assert pushed.json()["receipts"][0]["status"] == "accepted"
    add_skate_park(engine)
    held = pull(client, headers)
    assert {"encounter", "service", "choice"} <= {one["kind"] for one in held}
    for one in held:
        pulled_as_described(app).validate(one)
    [park] = [one["fields"] for one in held if one["kind"] == "choice"]
    assert ChoiceFields.model_validate(park).national == "equipement-sportif"


def test_a_local_choice_with_a_field_that_is_not_described_would_be_noticed(
    app: FastAPI, client: TestClient, engine: Engine
) -> None:
    headers = enrolled(client, engine)
    add_skate_park(engine)
    [park] = [one for one in pull(client, headers) if one["kind"] == "choice"]
    park["fields"]["colour"] = "rouge"
    assert not pulled_as_described(app).is_valid(park)
    assert not pulled_as_described(app).is_valid(park | {"kind": "choices"})
