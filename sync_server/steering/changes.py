"""Every change the coordinator makes to what the pact asks: one transaction, one entry in the audit log, and no
change made over another one that was not read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from sqlalchemy import Connection

from sync_server.inputs import Input
from sync_server.steering.forms import Texts, Values, fingerprint, format_text, texts_of
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor

LONGEST_TITLE = 120
"""Characters of a title in the subject of a log entry, which holds 200."""


class Editable(Protocol):
    """What a form of the console edits: a goal, a national indicator, the funding of an action, a deadline."""

    @property
    def key(self) -> str:
        """Key used in the audit log, at the end of each subject: « objectif A4-01 »."""

    def title(self, values: Values | None) -> str:
        """Return the name of this for a person."""

    def fields(self, values: Values | None) -> Sequence[Input]:
        """List the inputs. A national indicator's depend on its unit, kept or just typed."""

    def load(self, connection: Connection, territory: str) -> Values | None:
        """Read what is kept; None when there is nothing."""

    def keep(self, connection: Connection, territory: str, values: Values | None) -> None:
        """Put this in the place of what is kept; None takes it out."""


class OutdatedError(Exception):
    """Somebody changed it since it was read: `texts` is what is kept now, `by` who changed it, and `on` which day,
    where the log knows."""

    def __init__(self, texts: Texts, by: str, on: date | None) -> None:
        super().__init__("changed since it was read")
        self.texts = texts
        self.by = by
        self.on = on


def read(connection: Connection, territory: str, thing: Editable) -> Texts:
    """Read the form as it is kept; its `mark` goes with it and comes back with the change."""
    values = thing.load(connection, territory)
    return texts_of(thing.fields(values), values)


def save(connection: Connection, actor: Actor, thing: Editable, was_read: str, values: Values | None) -> bool:
    """Make the change, or take the thing out (None); return whether there was anything to change.

    Raises OutdatedError when what is kept is not what was read: the last one must not silently overwrite.
    """
    # One at a time, before looking: two coordinators who save at once are told apart here.
    database.lock_territory(connection, actor.territory)
    before = thing.load(connection, actor.territory)
    kept = texts_of(thing.fields(before), before)
    if fingerprint(kept) != was_read:
        last = audit_log.last_about(connection, actor.territory, thing.key)
        raise OutdatedError(kept, last.login if last else "", last.day if last else None)
    nothing_there = values is None and before is None
    if nothing_there or (values is not None and texts_of(thing.fields(values), values) == kept):
        return False
    thing.keep(connection, actor.territory, values)
    _note(connection, actor, thing, before, values)
    return True


def _note(
    connection: Connection, actor: Actor, thing: Editable, before: Values | None, values: Values | None
) -> None:
    """Write one entry in the audit log: of a change, the fields that changed alone."""
    old, new = _texts_by_label(thing, before), _texts_by_label(thing, values)
    changed = [label for label in {**old, **new} if old.get(label, "") != new.get(label, "")]
    act = "Ajout" if before is None else "Retrait" if values is None else "Modification"
    title = thing.title(values or before)[:LONGEST_TITLE]
    audit_log.note(
        connection,
        actor,
        Act(act, f"{title} · {thing.key}"),
        None if before is None else {label: old.get(label, "") for label in changed},
        None if values is None else {label: new.get(label, "") for label in changed},
    )


def _texts_by_label(thing: Editable, values: Values | None) -> dict[str, str]:
    if values is None:
        return {}
    fields = thing.fields(values)
    texts = texts_of(fields, values)
    return {f.label: format_text(f, texts[f.name]) for f in fields}
