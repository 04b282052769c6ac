"""A tablet enrolled again is known for the one it was (2026-11-29)."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("device", sa.Column("tablet", sa.String(length=36), nullable=True))
