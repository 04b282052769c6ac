"""The wire: every message between a tablet and the server, and the only place that knows them.

A client tells its version in the header `Protocol-Version`; the server answers this one and the one before.

- Since 2026-11-29, without another number, for who knows of it: a client names its territory (`Territory`) and
  every answer says the server's; `GET /sync/territory`; the proof that both sides agree goes both ways
  (`Held.marks`, `Claim.wanted`, `Lost.records`).
- Protocol 2 (2026-11-23): bodies may be packed by gzip; both sides prove that they agree (`Held`, `Claim`,
  `Lost`); a deletion older than the days a tablet keeps is pulled too.
- Protocol 1 (2026-11-23): enrolment by one-time code; push with one receipt per record; pull with an opaque
  cursor in commit order.

A record's *digest* is computed by both sides from the same canonical JSON, so that "the same id and revision
with another content" is seen, and so that either side can prove what it holds.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared import ids

PROTOCOL = 2
OLDEST_PROTOCOL = 1
"""The oldest client the server still answers; an older one is told so and keeps its data."""

PROTOCOL_HEADER = "Protocol-Version"
TERRITORY_HEADER = "Territory"
"""The territory a client is of: a server of another refuses the request, whatever it asks."""
REVOKED = "revoked_device"
"""The code of the error, and of the reason for what a revoked tablet may not change: it keeps it, to be sent once
it is enrolled again."""
MOST_RECORDS = 500
"""Most records in one batch or page. Batches of 100 are the measured optimum (SYNC); 500 is a bound."""
MOST_MARKS = 40
"""Most versions a record says it was made from: the last ones, of an afternoon of edits without network."""
MOST_STEPS = 1_000
"""How far beyond what the server holds a revision may be: each save adds one."""
MOST_SENT_AGAIN = 1_000_000
"""The highest revision a tablet brings back of a record that the server lost."""
MOST_REVISION = 1_000_000_000
"""The highest revision a tablet may write: far below `LAST_REVISION`, so that a coordinator can always correct."""
LAST_REVISION = 2**31 - 1
"""What a column holds."""
MOST_BYTES = 2_000_000
"""Largest body of a push, in bytes: 500 encounters of 4 KB."""

Status = Literal["accepted", "duplicate", "conflict", "refused"]


class Record(BaseModel):
    """One revision of one record, or its tombstone (`deleted`, then `fields` is empty).

    `base_revision` is the server's revision this one was made from, none for a new record. `made_from` has the
    marks of that one, of those before it, and of those the sender sent since without hearing what became of them:
    over what is held goes only who names a version it saw. What is sent again because the server lost it names
    itself too; somebody else's, itself alone.
    """

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=ids.PATTERN)
    kind: str = Field(max_length=40)
    revision: int = Field(ge=1, le=LAST_REVISION)
    base_revision: int | None = Field(default=None, ge=1, le=LAST_REVISION)
    made_from: list[str] = Field(default_factory=list, max_length=MOST_MARKS)
    deleted: bool = False
    fields: dict[str, Any] = Field(default_factory=dict)

    @property
    def digest(self) -> str:
        """32 hexadecimal digits of SHA-256 over the canonical JSON of kind, deletion and fields."""
        return digest(self.kind, self.deleted, self.fields)


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def canonical(kind: str, deleted: bool, fields: dict[str, Any]) -> str:
    """Return what is digested. Keys are sorted, so the order of entry changes nothing."""
    return _ENCODER.encode([kind, deleted, fields])


def digest(kind: str, deleted: bool, fields: dict[str, Any]) -> str:
    """See `Record.digest`."""
    return digest_of(canonical(kind, deleted, fields))


def digest_of(canonical: str) -> str:
    """Return the digest of what `canonical` gave."""
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


class Batch(BaseModel):
    """The body of a push. The records are judged one by one: a malformed one never blocks the others."""

    records: list[Any] = Field(max_length=MOST_RECORDS)


class Reason(BaseModel):
    """Why a record was refused, in French; `field` is the path of the field, `needs.0.theme`."""

    field: str
    code: str
    message: str


class Pulled(BaseModel):
    """A record as the server holds it. Kinds: those a tablet pushes; `service` and `choice`, with slugs as ids."""

    id: str
    kind: str
    revision: int
    deleted: bool = False
    fields: dict[str, Any] = Field(default_factory=dict)

    @property
    def digest(self) -> str:
        """See `Record.digest`: of the content that travels, by which whoever pulls it knows it."""
        return digest(self.kind, self.deleted, self.fields)


class Receipt(BaseModel):
    """What became of one pushed record, in the order of the batch.

    `accepted` and `duplicate`: the server holds this revision, durably. `conflict`: it holds another one, given as
    `server`, and nothing was written; `base` has the fields of the last version both were made from, when it is
    known. `refused`: `reasons` say why. `id` is empty when it could not be read.
    """

    id: str
    revision: int
    status: Status
    digest: str = ""
    reasons: list[Reason] = Field(default_factory=list)
    server: Pulled | None = None
    base: dict[str, Any] | None = None


class Receipts(BaseModel):
    """The answer to a push."""

    receipts: list[Receipt]
    territory: str = ""


class Land(BaseModel):
    """Whose server this is. Asked before anything is told; empty: a server that does not say."""

    territory: str = ""


class Page(BaseModel):
    """The answer to a pull. `refetch` means: the cursor is foreign or too old: start again from `cursor`, without
    one where it is null, and delete nothing on the device. `synthetic`: the server holds invented data: the screen
    must say so.
    """

    records: list[Pulled]
    cursor: str | None
    more: bool = False
    refetch: bool = False
    epoch: str
    synthetic: bool = False
    territory: str = ""


class Held(BaseModel):
    """The answer to a reconciliation: what the server holds of all that this device ever wrote, deletions too:
    how many, and their digests (`fingerprints`).

    Where parts were asked for (`parts`, the last digits of the ids), `marks` has each id of them with its mark, in
    the order of the ids, from the one asked for in `after`; `more`: go on after the last of them.
    """

    count: int
    digests: dict[str, str]
    marks: dict[str, str] = Field(default_factory=dict)
    more: bool = False
    territory: str = ""


class Claim(BaseModel):
    """« You said you hold these »: ids, each with the `mark` of what was acknowledged; and `wanted`, the ids of
    what this device wrote and no longer has."""

    held: dict[str, str] = Field(max_length=MOST_RECORDS)
    wanted: list[str] = Field(default_factory=list, max_length=MOST_RECORDS)


class Lost(BaseModel):
    """The answer to a claim: the ids of what the server does not hold, and never held before what it holds now;
    the records that were wanted and are this device's own, deleted ones too."""

    ids: list[str]
    records: list[Pulled] = Field(default_factory=list)
    territory: str = ""


def mark(revision: int, digest: str) -> str:
    """Return a revision and its content, in few characters."""
    return f"{revision}.{digest[:12]}"


def fingerprints(held: Mapping[str, str]) -> dict[str, str]:
    """Hash ids with their marks, in sixteen parts by the last digit of the id: where two sides differ, only that
    part has to be looked at. 16 hexadecimal digits each; a part without ids has none."""
    parts: dict[str, list[str]] = defaultdict(list)
    for record_id, held_mark in held.items():
        parts[record_id[-1]].append(f"{record_id}.{held_mark}")
    return {
        digit: hashlib.sha256(" ".join(sorted(found)).encode()).hexdigest()[:16] for digit, found in parts.items()
    }


class Enrol(BaseModel):
    """A device presents its one-time code."""

    code: str = Field(min_length=4, max_length=40)


class Enrolled(BaseModel):
    """The server's answer: the token is shown once and stored hashed on the server."""

    device_id: str
    token: str
    territory: str
    team: str
    action: str
    epoch: str
    synthetic: bool = False


class Failure(BaseModel):
    """Every error of the server's API: a stable code, a French sentence, what to do next, and what the server's
    log calls this request."""

    code: str
    message: str
    hint: str
    reference: str = ""
