"""One form, one act: each form of the console carries a nonce made with its page, good for one act.

Making a nonce asks nothing of the database: it carries a proof of the session and of the form's action. What was
done with it is kept until the session has ended. Only its hash is kept, so what a page shows once (the code of a
tablet) can be kept sealed with it: who sends the form twice reads it twice, who reads the database does not.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from sync_server.access import sealed_text
from sync_server.access.sessions import hash_secret, same
from sync_server.storage import database
from sync_server.storage.tables import SpentForm, table

SPENT = table(SpentForm)
LONGEST_WAIT = 10.0
"""Seconds for which a second submit waits for the end of the first."""
ABANDONED = 120
"""Seconds after which an act that never ended is taken for cut short: the server stopped in the middle."""
LOOK_EVERY = 0.05
"""Seconds between two looks."""
_TOLD = "told"
"""What a nonce seals: what was shown once."""


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form that came: its nonce, and the digest of all that was typed."""

    territory: str
    nonce: str
    content: str

    @property
    def key(self) -> ColumnElement[bool]:
        """Its row."""
        return (SPENT.c.territory == self.territory) & (SPENT.c.nonce_hash == hash_secret(self.nonce))


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the first submit of a form did: where it led (empty while it is under way), what was shown once, and
    whether the same was typed."""

    location: str
    told: str
    same: bool


def mint(csrf: str, action: str) -> str:
    """Return a new nonce for the form of that session which is sent to the path `action`."""
    drawn = secrets.token_urlsafe(16)
    return f"{drawn}.{_proof(csrf, action, drawn)}"


def is_genuine(csrf: str, action: str, nonce: str) -> bool:
    """Tell whether the nonce was made for this session and this action."""
    drawn, _, proof = nonce.partition(".")
    return same(proof, _proof(csrf, action, drawn))


def _proof(csrf: str, action: str, drawn: str) -> str:
    said = json.dumps([action, drawn]).encode()
    return hmac.new(csrf.encode(), said, hashlib.sha256).hexdigest()[:32]


def digest(nonce: str, typed: Sequence[tuple[str, str]]) -> str:
    """Return the digest of what was typed, field by field. Its key is the nonce, of which the hash alone is kept:
    whoever reads the database cannot try out what a form, say of a new password, held."""
    return hmac.new(nonce.encode(), json.dumps(list(typed)).encode(), hashlib.sha256).hexdigest()


def claim(engine: Engine, form: SentForm, now: int, expires_at: int) -> Earlier | None:
    """Take the one act of the form: None when it is ours to do, else what the earlier submit did, in whichever
    process it runs. Ask again while that one is under way: where it fails, this one acts."""
    return None if _take(engine, form, now, expires_at) else _read(engine, form)


def is_spent(engine: Engine, form: SentForm) -> bool:
    """Tell whether the form acted, or acts."""
    with database.reading(engine) as connection:
        return connection.execute(select(SPENT.c.began_at).where(form.key)).first() is not None


def _take(engine: Engine, form: SentForm, now: int, expires_at: int) -> bool:
    """Try to write the row of the form: the primary key lets one of any number through. Clear the expired ones."""
    mine = {"territory": form.territory, "nonce_hash": hash_secret(form.nonce), "content": form.content}
    with database.reading(engine) as connection:
        there = connection.execute(select(SPENT.c.began_at, SPENT.c.location).where(form.key)).first()
    if there is not None and (there.location or there.began_at > now - ABANDONED):
        return False  # without a lock: who waits looks here again and again
    try:
        with database.writing(engine) as connection:
            expired = (SPENT.c.territory == form.territory) & (SPENT.c.expires_at <= now)
            connection.execute(delete(SPENT).where(expired))
            cut_short = (SPENT.c.location == "") & (SPENT.c.began_at <= now - ABANDONED)
            connection.execute(delete(SPENT).where(form.key & cut_short))
            made = mine | {"began_at": now, "expires_at": expires_at, "location": "", "told": ""}
            connection.execute(insert(SPENT).values(made))
    except IntegrityError:  # the other one was first
        return False
    return True


def _read(engine: Engine, form: SentForm) -> Earlier:
    with database.reading(engine) as connection:
        row = connection.execute(select(SPENT).where(form.key)).first()
    if row is None:  # given back a moment ago
        return Earlier("", "", same=True)
    return Earlier(row.location, _unseal(form.nonce, row.told), row.content == form.content)


def settle(engine: Engine, form: SentForm, location: str, told: str = "") -> None:
    """Keep where the act led, for whoever sends the form again, and what was shown once, sealed."""
    with database.writing(engine) as connection:
        kept = {"location": location, "told": _seal(form.nonce, told)}
        connection.execute(update(SPENT).where(form.key).values(kept))


def release(engine: Engine, form: SentForm) -> None:
    """Give the act back: it failed, or the form was only shown again."""
    with database.writing(engine) as connection:
        connection.execute(delete(SPENT).where(form.key))


def _seal(nonce: str, told: str) -> str:
    return sealed_text.seal(_TOLD, nonce, told.encode()) if told else ""


def _unseal(nonce: str, told: str) -> str:
    return sealed_text.unseal(_TOLD, nonce, told).decode() if told else ""
