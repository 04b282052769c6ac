"""The client of protocol 1 (2026-11-23), frozen: it knows nothing of what the project has become.

It imports nothing of the project. Plain JSON, nothing packed, no reconciliation; it asks again from the start
where the server says « refetch ». Do not mend it: a tablet in the field cannot be mended either.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

HEADERS = {"Protocol-Version": "1"}


class Tablet:
    """What a tablet of that day does; `queue` waits, `sent` was acknowledged, `received` came from others."""

    def __init__(self, link: Any) -> None:
        self.link = link
        self.headers = dict(HEADERS)
        self.queue: dict[str, dict[str, Any]] = {}
        self.sent: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self.received: dict[str, dict[str, Any]] = {}
        self.cursor: str | None = None

    def enrol(self, code: str) -> None:
        answer = self.link.post("/devices/enrol", json={"code": code}, headers=self.headers)
        answer.raise_for_status()
        self.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    def save(self, record_id: str, fields: dict[str, Any]) -> None:
        last = self.queue.get(record_id) or self.sent.get(record_id)
        record: dict[str, Any] = {"id": record_id, "kind": "encounter", "revision": 1, "fields": fields}
        if last:
            record |= {"revision": last["revision"] + 1, "base_revision": last["revision"]}
        self.queue[record_id] = record

    def delete(self, record_id: str) -> None:
        self.save(record_id, {})
        self.queue[record_id]["deleted"] = True
        del self.queue[record_id]["fields"]

    def sync(self) -> None:
        self.push()
        self.pull()

    def push(self) -> None:
        if not self.queue:
            return
        body = {"records": list(self.queue.values())}
        answer = self.link.post("/sync/push", json=body, headers=self.headers).raise_for_status().json()
        assert len(answer["receipts"]) == len(self.queue)
        for receipt in answer["receipts"]:
            assert set(receipt) >= {"id", "revision", "status", "digest", "reasons", "server"}
            record = self.queue.pop(receipt["id"])
            assert receipt["revision"] == record["revision"]
            if receipt["status"] in ("accepted", "duplicate"):
                assert receipt["digest"] == digest(record)
                self.sent[record["id"]] = record
            else:
                assert receipt["status"] in ("conflict", "refused")
                self.asked[record["id"]] = receipt

    def pull(self) -> None:
        while True:
            query = {"limit": "200"} | ({"cursor": self.cursor} if self.cursor else {})
            page = self.link.get("/sync/pull", params=query, headers=self.headers).raise_for_status().json()
            assert set(page) >= {"records", "cursor", "more", "refetch", "epoch", "synthetic"}
            if page["refetch"]:
                assert self.cursor is not None
                self.cursor = None
                continue
            for record in page["records"]:
                assert set(record) >= {"id", "kind", "revision", "deleted", "fields"}
                self.received[record["id"]] = record
                if record["deleted"]:
                    del self.received[record["id"]]
            self.cursor = page["cursor"]
            if not page["more"]:
                return


def digest(record: dict[str, Any]) -> str:
    """32 hexadecimal digits over the canonical JSON of kind, deletion and fields."""
    content = [record["kind"], record.get("deleted", False), record.get("fields", {})]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
