"""A service says which languages are spoken there and how a person gets in (2026-11-30)."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    # Of the services that stand there nobody has told: unknown, never « no ».
    op.add_column("service", sa.Column("languages", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("service", sa.Column("access", sa.String(200), nullable=True))
    op.add_column("service", sa.Column("wheelchair", sa.String(10), nullable=True))
