"""A log that went back is noticed; the views that are ours are told from the others (2026-11-29)."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("territory", sa.Column("cursor_secret", sa.String(length=64), nullable=False, server_default=""))
    marks = op.create_table(
        "sequence_mark",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("territory", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fact_view",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    land = sa.table("territory", sa.column("code"), sa.column("seq"), sa.column("cursor_secret"))
    here = op.get_bind()
    for code, seq in here.execute(sa.select(land.c.code, land.c.seq)).all():
        secret = secrets.token_urlsafe(32)
        here.execute(sa.update(land).where(land.c.code == code).values(cursor_secret=secret))
        here.execute(sa.insert(marks).values(territory=code, seq=seq, nonce=secrets.token_hex(4)))
