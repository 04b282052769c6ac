"""The tables of the security log. What they say is about accounts and devices, never about a record or a person
met."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field

from shared.models.tables import Row, keyed


class SecurityEntry(Row, table=True):
    """One thing that happened: `kind` is one of `security_log.KINDS`, `at` in seconds since 1970, `about` a route
    as it is declared or the name of what was handled, `count` rows or times. `digest` is an HMAC over the entry
    and the one before, with a key that is not in the database; `key_id` tells which."""

    __tablename__ = "security_entry"
    __table_args__ = keyed("territory", "number")

    number: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    kind: str = Field(max_length=20)
    who: str = Field(max_length=100)
    about: str = Field(max_length=200)
    count: int = Field(sa_type=BigInteger)
    key_id: str = Field(max_length=16)
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)


class SecurityEnd(Row, table=True):
    """The number and the digest of the last entry; whoever writes the next one holds this row."""

    __tablename__ = "security_end"
    __table_args__ = keyed("territory")

    number: int = Field(sa_type=BigInteger)
    digest: str = Field(max_length=64)
