"""What fails makes wait longer each time, by account and address; a browser that is known is counted apart
(2026-12-01)."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.drop_table("attempts")  # they counted a quarter of an hour
    op.create_table(
        "attempts",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "origin"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "known_browser",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "token_hash"),
        sqlite_with_rowid=False,
    )
