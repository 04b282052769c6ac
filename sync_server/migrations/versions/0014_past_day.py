"""The history keeps the day of each version: which of them tablets may hold (2026-11-29)."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("past_revision", sa.Column("day", sa.Date(), nullable=True))  # empty: it may have been pulled
