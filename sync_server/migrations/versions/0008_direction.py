"""Which way a national indicator gets better, chosen by the coordinator (2026-11-26)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    column = sa.Column("direction", sa.String(length=10), nullable=False, server_default="deduit")
    op.add_column("national_indicator", column)
