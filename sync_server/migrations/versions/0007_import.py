"""The data·inclusion import: what each service was when it last came, and a file that waits (2026-11-24)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "imported_service",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("source_id", sa.String(length=300), nullable=False),
        sa.Column("imported_on", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending_import",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "login"),
        sqlite_with_rowid=False,
    )
