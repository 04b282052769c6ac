"""Write docs/wire.md from the OpenAPI and the wire itself (`make wire`). A test fails when it is stale."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared import choices, wire
from shared.models import KINDS
from shared.models.base import COMMUNES, LIST_KEY
from sync_server.errors import CATALOGUE, WAIT
from sync_server.settings import Settings
from sync_server.web.app import create_app
from sync_server.web.openapi import ANSWERS

Json = dict[str, Any]
PAGE = Path(__file__).resolve().parent.parent / "docs" / "wire.md"
HEADING = """# The wire, field by field

Written by `make wire` from what the server says of itself at `/openapi.json`. What the messages mean, and why, is
in [sync.md](sync.md). A client written from the OpenAPI alone is in `tests/foreign_client/`.
"""
EXAMPLE: Json = {
    "id": "09dc52a1-0b6e-8c3d-9e21-5f7a90c4d811",
    "kind": "encounter",
    "revision": 2,
    "base_revision": 1,
    "made_from": ["1.35c9b5ef22c3"],
    "fields": {
        "action": "trait-dunion",
        "day": "2026-11-28",
        "commune": "90052",
        "place_type": "mairie",
        "needs": [{"theme": "remobilisation--lien-social"}],
    },
}


def page() -> str:
    """Return the whole page."""
    document = create_app(Settings(database_url="sqlite://")).openapi()
    schemas = document["components"]["schemas"]
    parts = [HEADING, *_example(), *_calls(document), *_kinds(schemas), *_lists(schemas), *_errors()]
    return "\n".join(parts) + "\n"


def _example() -> Iterator[str]:
    record = wire.Record.model_validate(EXAMPLE)
    mark = wire.mark(record.revision, record.digest)
    [(part, fingerprint)] = wire.fingerprints({record.id: mark}).items()
    yield "## A record worked out\n"
    yield f"```json\n{json.dumps(EXAMPLE, indent=2, ensure_ascii=False)}\n```\n"
    yield f"- canonical JSON: `{wire.canonical(record.kind, record.deleted, record.fields)}`"
    yield f"- digest: `{record.digest}`"
    yield f"- mark: `{mark}`"
    yield f"- fingerprint of part `{part}`, if the client holds nothing else there: `{fingerprint}`\n"


def _calls(document: Json) -> Iterator[str]:
    yield "## Errors of each call\n"
    yield "| call | may answer |"
    yield "|---|---|"
    for (path, method), codes in ANSWERS.items():
        answers = ", ".join(f"{CATALOGUE[code].status} `{code}`" for code in codes)
        yield f"| `{method.upper()} {path}` | {answers} |"
    yield ""


def _kinds(schemas: Json) -> Iterator[str]:
    yield "## Kinds a client pushes\n"
    yield "A field that is left out has its default. A field that is not here refuses the record.\n"
    for kind, model in KINDS.items():
        yield f"### `{kind}`\n"
        yield from _fields(schemas, schemas[model.__name__])
    yield "## Parts\n"
    for name in (
        "NeedFields",
        "ObstacleFields",
        "RightFields",
        "ReferralFields",
        "AgeCountFields",
        "GenderCountFields",
    ):
        yield f"### {name}\n"
        yield from _fields(schemas, schemas[name])
    for kind, name in (("service", "ServiceFields"), ("choice", "ChoiceFields")):
        yield f"## Kind a client only pulls: `{kind}`\n"
        yield "Its id is a slug, not a UUID.\n"
        yield from _fields(schemas, schemas[name])


def _fields(schemas: Json, schema: Json) -> Iterator[str]:
    yield f"{schema['description'].splitlines()[0]}\n"
    yield "| field | what | when left out |"
    yield "|---|---|---|"
    for name, field in schema["properties"].items():
        left_out = "refused" if name in schema.get("required", ()) else f"`{json.dumps(field.get('default', []))}`"
        yield f"| `{name}` | {_type(field)} | {left_out} |"
    yield ""


def _type(field: Json) -> str:
    """Say the type of a field in a few words."""
    if options := field.get("anyOf"):
        return " or ".join(_type(option) for option in options)
    if name := field.get(LIST_KEY):
        return f"a code of [`{name}`](#{name})" if name != COMMUNES else "INSEE code of a commune of the territory"
    if (told := str(field.get("description", ""))).startswith("A code of the list"):
        return told
    if reference := field.get("$ref"):
        return f"{reference.rpartition('/')[2]}"
    if field["type"] == "array":
        return f"at most {field.get('maxItems')} × {_type(field['items'])}"
    bounds = {"minimum": "≥ {}", "maximum": "≤ {}", "maxLength": "at most {} characters", "pattern": "`{}`"}
    limits = [words.format(field[key]) for key, words in bounds.items() if key in field]
    return ", ".join([str(field.get("format", field["type"])), *limits])


def _lists(schemas: Json) -> Iterator[str]:
    yield "## Code lists\n"
    yield "A code never changes. The coordination of a territory may add its own: `/openapi.json` has them too.\n"
    for name in choices.names():
        if listed := schemas.get(f"List_{name}"):
            yield f"### {name}\n"
            yield (
                f"{listed['title']}: "
                + ", ".join(f"`{c}` {label}" for c, label in listed["x-labels"].items())
                + "\n"
            )


def _errors() -> Iterator[str]:
    yield "## Error codes\n"
    yield "| code | status | message | what to do |"
    yield "|---|---|---|---|"
    for code in sorted({code for codes in ANSWERS.values() for code in codes}):
        kind = CATALOGUE[code]
        yield f"| `{code}` | {kind.status} | {kind.message} | {kind.hint.replace(WAIT, '…')} |"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
