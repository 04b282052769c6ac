"""A client of another hand: it knows the address of a server, and reads all the rest in its `/openapi.json`.

Run alone, so that nothing of this project can be imported: `python -I client.py ADDRESS CODE CODE`.
Two tablets of one team push, pull, edit, delete and reconcile; every message is held against the description, both
ways. Prints one line of JSON: what was done. Any surprise ends it with a traceback.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from jsonschema import Draft202012Validator

Json = dict[str, Any]
TODAY = datetime.now(UTC).date()


class Described:
    """The description, and what it asks of a message."""

    def __init__(self, document: Json) -> None:
        self.document = document

    def resolve(self, schema: Json) -> Json:
        """The schema itself, where a reference stands."""
        while "$ref" in schema:
            found: Any = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def schema(self, name: str) -> Json:
        return self.resolve({"$ref": f"#/components/schemas/{name}"})

    def check(self, value: Any, schema: Json) -> None:
        """Raises when the value is not what the schema says."""
        whole = {**schema, "components": self.document["components"]}
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)

    def call(self, method: str, path: str) -> Json:
        found: Json = self.document["paths"][path][method]
        return found


class Tablet:
    """One device: it keeps what it wrote, what it received, and where it stands."""

    def __init__(self, address: str, described: Described, code: str) -> None:
        self.described = described
        [version] = [
            p for p in described.call("post", "/sync/push")["parameters"] if p["name"] == "Protocol-Version"
        ]
        self.link = httpx.Client(
            base_url=address, headers={version["name"]: str(version["schema"]["default"])}, timeout=60
        )
        token = self.ask("post", "/devices/enrol", body={"code": code})["token"]
        [scheme] = described.call("post", "/sync/push")["security"][0]
        assert described.document["components"]["securitySchemes"][scheme]["scheme"] == "bearer"
        self.link.headers["Authorization"] = f"Bearer {token}"
        self.wrote: dict[str, Json] = {}
        self.held: dict[str, Json] = {}
        self.cursor: str | None = None

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        status: int = 200,
        headers: Json | None = None,
        wrong: bool = False,
        query: Json | None = None,
    ) -> Any:
        """One call: what is sent, unless it is `wrong` on purpose, and what is answered are as described."""
        call = self.described.call(method, path)
        if body is not None and not wrong:
            self.described.check(body, call["requestBody"]["content"]["application/json"]["schema"])
        answer = self.link.request(method, path, json=body, params=query, headers=headers)
        assert answer.status_code == status, answer.text
        told = call["responses"][str(status)]["content"]["application/json"]["schema"]
        self.described.check(answer.json(), told)
        return answer.json()

    def push(self, *records: Json) -> list[Json]:
        receipts: list[Json] = self.ask("post", "/sync/push", body={"records": list(records)})["receipts"]
        for record, receipt in zip(records, receipts, strict=True):
            assert receipt["id"] == record["id"]
            if receipt["status"] in ("accepted", "duplicate"):
                assert receipt["digest"] == digest(record), "the digest is not that of the description"
                self.wrote[record["id"]] = self.held[record["id"]] = record
        return receipts

    def pull(self) -> None:
        more = True
        while more:
            query = {"limit": 100} | ({"cursor": self.cursor} if self.cursor else {})
            page = self.ask("get", "/sync/pull", query=query)
            for record in page["records"]:
                self.described.check(record, self.described.schema("Pulled"))
                self.held[record["id"]] = record
            self.cursor, more = page["cursor"], page["more"] or page["refetch"]

    def edit(self, record_id: str, **fields: Any) -> Json:
        """The next revision, made from the one that is held."""
        seen = self.held[record_id]
        return {
            "id": record_id,
            "kind": seen["kind"],
            "revision": seen["revision"] + 1,
            "base_revision": seen["revision"],
            "made_from": [mark(seen)],
            "fields": seen["fields"] | fields,
        }

    def delete(self, record_id: str) -> Json:
        gone = self.edit(record_id) | {"deleted": True}
        del gone["fields"]
        return gone

    def fingerprints(self) -> dict[str, str]:
        groups: dict[str, list[str]] = {}
        for record_id in self.wrote:
            groups.setdefault(record_id[-1], []).append(f"{record_id}.{mark(self.held[record_id])}")
        joined = {last: " ".join(sorted(found)) for last, found in groups.items()}
        return {last: hashlib.sha256(text.encode()).hexdigest()[:16] for last, text in joined.items()}


def digest(record: Json) -> str:
    content = [record["kind"], record.get("deleted", False), record.get("fields", {})]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def mark(record: Json) -> str:
    return f"{record['revision']}.{digest(record)[:12]}"


def new_id() -> str:
    """The day in the first 16 bits, version 8, variant 10, the rest random."""
    value = (TODAY - date(2020, 1, 1)).days << 112 | secrets.randbits(112)
    value = value & ~(0xF << 76) | 0x8 << 76
    return str(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


class Maker:
    """Makes records from the schemas alone."""

    def __init__(self, described: Described, service: str) -> None:
        self.described, self.service = described, service

    def record(self, kind: str, **more: Any) -> Json:
        """The least that the description asks of that kind, with more of its fields where wanted."""
        [schema] = [
            part["then"]["else"]["properties"]["fields"]
            for part in self.described.schema("Record")["allOf"]
            if part["if"]["properties"]["kind"]["const"] == kind
        ]
        return {"id": new_id(), "kind": kind, "revision": 1, "fields": self.value(schema) | more}

    def value(self, schema: Json, name: str = "") -> Any:
        """The simplest value of that schema."""
        found = self.described.resolve(schema)
        if "enum" in found:
            return found["enum"][0]
        if found.get("format") == "date":
            return str(TODAY - timedelta(days=1))
        if found["type"] == "object":
            return self.members(found)
        if found["type"] == "integer":
            return found["minimum"]
        return self.service if name == "service" else new_id()

    def members(self, schema: Json) -> Json:
        """The members that an object must have, those that depend on others last."""
        wanted = schema.get("required", [])
        made = {key: self.value(part, key) for key, part in schema["properties"].items() if key in wanted}
        for rule in schema.get("allOf", []):
            if Draft202012Validator(rule["if"]).is_valid(made):
                made |= {key: self.value(part, key) for key, part in rule["then"]["properties"].items()}
        return made

    def part(self, kind: str, name: str) -> Json:
        """One entry of a list inside a record: a need, a referral."""
        fields: Json = self.value(self.described.resolve(self.described.schema(kind)["properties"][name]["items"]))
        return fields


def sent(tablet: Tablet, record: Json) -> Json:
    """Pushes it; what is refused for a missing field gets that field, as its reasons say, and goes again."""
    [receipt] = tablet.push(record)
    for reason in receipt["reasons"]:
        assert (reason["code"], receipt["status"]) == ("missing", "refused"), receipt
        record["fields"][reason["field"]] = "Collège Simone-Signoret"
    if receipt["reasons"]:
        [receipt] = tablet.push(record)
    assert receipt["status"] == "accepted", receipt
    return record


def main(address: str, *codes: str) -> Json:
    described = Described(httpx.get(f"{address}/openapi.json", timeout=60).raise_for_status().json())
    Draft202012Validator.check_schema(described.schema("Record"))
    first, second = (Tablet(address, described, code) for code in codes)
    first.pull()
    service = next(r["id"] for r in first.held.values() if r["kind"] == "service")
    maker = Maker(described, service)
    kinds = described.schema("Record")["properties"]["kind"]["enum"]
    made = {kind: sent(first, maker.record(kind)) for kind in kinds}
    parts = {name: [maker.part("EncounterFields", name)] for name in ("needs", "obstacles", "rights", "referrals")}
    rich = sent(first, maker.record("encounter", **parts))
    referral = rich["fields"]["referrals"][0]["id"]
    sent(first, maker.record("follow_up", subject_id=referral))
    assert [r["status"] for r in first.push(rich, *made.values())] == ["duplicate"] * (len(made) + 1)

    second.pull()
    for record in first.wrote.values():
        assert digest(second.held[record["id"]]) == digest(record)
    told = two_hands(first, second, rich["id"])
    [gone] = first.push(first.delete(made["encounter"]["id"]))
    second.pull()
    assert gone["status"] == "accepted"
    assert second.held[made["encounter"]["id"]]["deleted"]
    lost = agree(first)
    errors(first, described)
    return {"kinds": kinds, "written": len(first.wrote), "conflict": told, "lost": lost}


def two_hands(first: Tablet, second: Tablet, record_id: str) -> str:
    """Both edit one record: the second to arrive is told, takes what is held, and goes on from there."""
    mine, theirs = first.edit(record_id, accompanied=True), second.edit(record_id, slot="soiree")
    [taken] = second.push(theirs)
    [told] = first.push(mine)
    assert (taken["status"], told["status"]) == ("accepted", "conflict")
    assert told["server"]["fields"] == theirs["fields"]
    first.held[record_id] = told["server"]
    [merged] = first.push(first.edit(record_id, accompanied=True))
    assert merged["status"] == "accepted"
    second.pull()
    assert second.held[record_id]["fields"]["accompanied"] is True
    assert second.held[record_id]["fields"]["slot"] == "soiree"
    return str(told["status"])


def agree(tablet: Tablet) -> list[str]:
    """Both sides hold the same; what the server does not hold is named, and goes again."""
    held = tablet.ask("get", "/sync/reconcile")
    assert held["count"] == len(tablet.wrote)
    assert held["digests"] == tablet.fingerprints()
    known = {record_id: mark(tablet.held[record_id]) for record_id in tablet.wrote}
    assert tablet.ask("post", "/sync/reconcile", body={"held": known})["ids"] == []
    vanished = new_id()
    answer = tablet.ask("post", "/sync/reconcile", body={"held": {vanished: "1.0123456789ab"}})
    assert answer["ids"] == [vanished]
    return ["one that never was"]


def errors(tablet: Tablet, described: Described) -> None:
    """Every error is one that the description names."""
    tablet.ask("get", "/sync/pull", status=401, headers={"Authorization": "Bearer nothing"})
    tablet.ask("get", "/sync/reconcile", status=426, headers={"Protocol-Version": "0"})
    tablet.ask("post", "/sync/push", body={"nothing": 1}, status=422, wrong=True)
    tablet.ask("post", "/devices/enrol", body={"code": "AAAA-AAAA-AA"}, status=403)
    too_many = described.schema("Batch")["properties"]["records"]["maxItems"] + 1
    tablet.ask("post", "/sync/push", body={"records": [{}] * too_many}, status=422, wrong=True)
    tablet.ask("post", "/sync/push", body={"records": ["x" * 3_000_000]}, status=413, wrong=True)
    assert tablet.ask("get", "/sync/pull", query={"cursor": "of another server"})["refetch"]
    nothing = {"id": "x", "kind": "encounter", "revision": 1, "fields": {}}
    [refused] = tablet.ask("post", "/sync/push", body={"records": [nothing]}, wrong=True)["receipts"]
    assert (refused["status"], bool(refused["reasons"])) == ("refused", True)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
