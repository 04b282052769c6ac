"""Describe the API for whoever writes another client: `/openapi.json` alone must be enough.

FastAPI describes what its routes declare. Added here: the fields of each kind of record, the code lists as this
server accepts them now, the device's token, the `Protocol-Version` header, and the errors each call answers. The
pages for people are described in `described_pages`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from shared import choices, wire
from shared.models import KINDS, FollowUpFields, ServiceFields
from shared.models.base import COMMUNES, LIST_KEY
from shared.models.choice import ChoiceFields
from shared.models.follow_up import OUTCOME_LIST
from shared.territory import communes
from sync_server.errors import CATALOGUE
from sync_server.web.described_pages import SESSION, describe_page

REF = "#/components/schemas/{model}"
_ALWAYS = ("protocol_too_old", "other_territory", "malformed", "unavailable", "no_room", "broken")
_DEVICE = ("unknown_device", "pending_device", "declined_device", *_ALWAYS)
ANSWERS: dict[tuple[str, str], tuple[str, ...]] = {
    ("/healthz", "get"): ("broken",),
    ("/readyz", "get"): ("unavailable", "no_room", "broken"),
    ("/sync/territory", "get"): _ALWAYS,
    ("/devices/enrol", "post"): ("bad_code", "too_large", "too_many_attempts", *_ALWAYS),
    ("/sync/push", "post"): ("too_large", "quota_reached", *_DEVICE),
    ("/sync/pull", "get"): ("revoked_device", "quota_reached", *_DEVICE),
    ("/sync/reconcile", "get"): ("revoked_device", "quota_reached", *_DEVICE),
    ("/sync/reconcile", "post"): ("revoked_device", "too_large", "quota_reached", *_DEVICE),
}
"""The codes of `errors.CATALOGUE` that each call of a tablet may answer."""
BODIES: dict[tuple[str, str], type[BaseModel]] = {
    ("/devices/enrol", "post"): wire.Enrol,
    ("/sync/push", "post"): wire.Batch,
    ("/sync/reconcile", "post"): wire.Claim,
}
"""What each call takes, whether FastAPI parses it or the route does."""
PROBES = ("/healthz", "/readyz")
"""The calls of whoever watches over the server: no client's."""
WITHOUT_TOKEN = (*PROBES, "/devices/enrol", "/sync/territory")
"""The calls that need no token."""
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "The `token` that `POST /devices/enrol` answered, shown once.",
}
_VERSION = {
    "name": wire.PROTOCOL_HEADER,
    "in": "header",
    "required": True,
    "description": "The protocol the client speaks. Below the minimum: 426, and the client keeps its records.",
    "schema": {
        "type": "integer", "minimum": wire.OLDEST_PROTOCOL, "default": wire.PROTOCOL, "example": wire.PROTOCOL,
    },
}  # fmt: skip
_TERRITORY = {
    "name": wire.TERRITORY_HEADER,
    "in": "header",
    "required": False,
    "description": "The territory the client enrolled in. A server of another answers 409 and reads nothing.",
    "schema": {"type": "string"},
}
_INTRODUCTION = f"""
Records made offline are pushed in batches, one receipt a record; a client pulls what its team and the console
wrote since its cursor; both sides compare what they hold. The whole protocol, with its reasons: `docs/sync.md`.

* **Id** of a record and of each part that has one: a UUIDv8 in lower case. Bits 0-15 are the number of days from
  2020-01-01 to the day of recording; bits 48-51 are `8`, bits 64-65 are `10`; the other 106 bits are random.
* **Canonical JSON** of a record: the array `[kind, deleted, fields]`, keys sorted by code point at every depth, no
  blank (separators `,` and `:`), characters outside ASCII as they are, in UTF-8.
* **Digest**: the first 32 hexadecimal digits of SHA-256 over the canonical JSON.
* **Mark** of a version: `<revision>.<first 12 digits of its digest>`.
* **Fingerprints** of what a client holds: its ids grouped by their last character; for each group, the first 16
  hexadecimal digits of SHA-256 over the strings `<id>.<mark>`, sorted and joined by one blank.
* **Revisions**: the first is 1; each edit adds one, names the server's revision it was made from in
  `base_revision`, and in `made_from` the marks of that version and of those sent since without a receipt (at most
  {wire.MOST_MARKS}). An edit that names no version it saw is a `conflict`.
* **A lost record** is one that `POST /sync/reconcile` answers in `ids`: push the version last acknowledged again,
  with `base_revision` equal to `revision` and `made_from` naming its own mark; what came from a colleague names
  that mark alone. The other way: `GET /sync/reconcile?parts=` lists what the server holds of this device, and
  `wanted` asks it back.
* A **revoked** device may push what it never sent, and what it wrote last itself and names; the rest is `refused`
  with the reason code `{wire.REVOKED}`, and waits for another enrolment.
* A body may be packed by gzip (`Content-Encoding: gzip`); it has at most {wire.MOST_BYTES:,} bytes unpacked.
* Every error is a `Failure`: a stable code, a French sentence, and what to do next.
""".strip()


class DescribedApp(FastAPI):
    """The application with its whole description; its codes are read anew: the coordination adds its own."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 description, with the codes this server accepts now."""
        if self.openapi_schema is None:
            self.openapi_schema = _describe(self)
        fixed = self.openapi_schema
        parts = fixed["components"]
        lists = {_list_schema(name): _describe_list(name) for name in sorted(set(_name_lists(parts["schemas"])))}
        return {**fixed, "components": {**parts, "schemas": {**parts["schemas"], **lists}}}


def _describe(app: FastAPI) -> dict[str, Any]:
    """Describe all that does not change while the server runs."""
    found = get_openapi(title=app.title, version=app.version, description=_INTRODUCTION, routes=app.routes)
    schemas = found["components"]["schemas"]
    schemas |= _record_schemas()
    for name in ("HTTPValidationError", "ValidationError"):  # what this server never answers
        schemas.pop(name, None)
    found["components"]["securitySchemes"] = {"device": _TOKEN, "session": SESSION}
    for (path, method), codes in ANSWERS.items():
        _complete(found["paths"][path][method], path, method, codes)
    for path, calls in found["paths"].items():
        for method, call in calls.items():
            if (path, method) not in ANSWERS:
                describe_page(path, method, call)
    return found


def _complete(call: dict[str, Any], path: str, method: str, codes: tuple[str, ...]) -> None:
    """Add to one call its header, its security, its body, and the errors it answers."""
    if path not in PROBES:
        call.setdefault("parameters", []).extend((_VERSION, _TERRITORY))
    call["security"] = [] if path in WITHOUT_TOKEN else [{"device": []}]
    if body := BODIES.get((path, method)):
        call["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body.__name__)}}}
    answers = {status: a for status, a in call["responses"].items() if status < "300"}
    for status in sorted({CATALOGUE[code].status for code in codes}):
        answers[str(status)] = _failure([c for c in codes if CATALOGUE[c].status == status], status)
    call["responses"] = answers


def _failure(codes: list[str], status: int) -> dict[str, Any]:
    """Describe the errors of one status: `code` is one of these."""
    one_of = {"properties": {"code": {"enum": codes}}}
    answer: dict[str, Any] = {
        "description": " · ".join(f"`{code}`: {CATALOGUE[code].message}" for code in codes),
        "content": {"application/json": {"schema": {"allOf": [_ref("Failure"), one_of]}}},
    }
    number = {"type": "string", "pattern": "^[0-9a-f]{8}$"}
    answer["headers"] = {"X-Request-Id": {"description": "What the server's log calls it.", "schema": number}}
    if status in (429, 503):
        seconds = {"type": "integer", "minimum": 1, "maximum": 3600}
        answer["headers"]["Retry-After"] = {"description": "Seconds to wait.", "schema": seconds}
    return answer


def _record_schemas() -> dict[str, Any]:
    """Describe the record that is pushed and the one that is pulled, by kind, with the fields of each."""
    pulled = KINDS | {"service": ServiceFields, "choice": ChoiceFields}
    models: list[type[BaseModel]] = [*pulled.values(), *BODIES.values(), wire.Failure]
    _, made = models_json_schema([(model, "validation") for model in models], ref_template=REF)
    schemas: dict[str, Any] = made["$defs"]
    followed = schemas["FollowUpFields"]
    followed["properties"]["outcome"]["description"] = "A code of the list of its `subject_kind`."
    followed["allOf"] = [_outcome_of(kind, name) for kind, name in OUTCOME_LIST.items()]
    schemas["Batch"]["properties"]["records"]["items"] = _ref("Record")
    envelopes = TypeAdapter(wire.Record).json_schema(ref_template=REF), TypeAdapter(wire.Pulled).json_schema()
    for envelope, kinds in zip(envelopes, (KINDS, pulled), strict=True):
        envelope["properties"]["kind"]["enum"] = list(kinds)
        envelope["allOf"] = [_fields_of(kind, model.__name__) for kind, model in kinds.items()]
        schemas[envelope["title"]] = envelope
    _point_to_lists(schemas)
    return schemas


def _fields_of(kind: str, model: str) -> dict[str, Any]:
    """Describe a record: one of that kind has those fields, a tombstone none."""
    gone = {"properties": {"deleted": {"const": True}}, "required": ["deleted"]}
    return {
        "if": {"properties": {"kind": {"const": kind}}},
        "then": {
            "if": gone,
            "then": {"properties": {"fields": {"maxProperties": 0}}},
            "else": {"properties": {"fields": _ref(model)}, "required": ["fields"]},
        },
    }


def _outcome_of(subject_kind: str, name: str) -> dict[str, Any]:
    """Return a follow-up about that kind of subject takes its outcome from that list."""
    default = FollowUpFields.model_fields["subject_kind"].default
    told = {
        "properties": {"subject_kind": {"const": subject_kind}},
        "required": [] if subject_kind == default else ["subject_kind"],
    }
    return {"if": told, "then": {"properties": {"outcome": {LIST_KEY: name}}}}


def _point_to_lists(schema: Any) -> None:
    """Replace the name of a list in a schema by a reference to its codes."""
    if isinstance(schema, list):
        for part in schema:
            _point_to_lists(part)
    elif isinstance(schema, dict):
        if name := schema.get(LIST_KEY):
            schema["$ref"] = REF.format(model=_list_schema(name))
        for part in schema.values():
            _point_to_lists(part)


def _name_lists(schema: Any) -> Iterator[str]:
    """Give the name of every code list that a schema names."""
    if isinstance(schema, list):
        for part in schema:
            yield from _name_lists(part)
    elif isinstance(schema, dict):
        if name := schema.get(LIST_KEY):
            yield str(name)
        for part in schema.values():
            yield from _name_lists(part)


def _list_schema(name: str) -> str:
    return f"List_{name}"


def _describe_list(name: str) -> dict[str, Any]:
    """Describe one code list: its codes, and in `x-labels` the French label of each."""
    if name == COMMUNES:
        found, label = {c.insee: c.name for c in communes().values()}, "Commune (code INSEE)"
    else:
        listed = choices.load(name)
        found, label = {c.code: c.label for c in listed.by_code.values()}, listed.label
    return {"type": "string", "title": label, "enum": list(found), "x-labels": found}


def _ref(model: str) -> dict[str, str]:
    return {"$ref": REF.format(model=model)}
