"""An encounter says whether the person expressed no need, and where the person lives (2026-11-30)."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    # What came before does not tell: nobody said whether there was no need, nor where the person lives.
    op.add_column("encounter", sa.Column("no_need", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("encounter", sa.Column("housing", sa.String(40), nullable=False, server_default="inconnu"))
