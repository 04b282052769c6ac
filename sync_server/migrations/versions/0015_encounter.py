"""An encounter says whether the person expressed no need (2026-11-30)."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    # What came before does not tell: no need was noted, and nobody said whether there was none.
    op.add_column("encounter", sa.Column("no_need", sa.Boolean(), nullable=False, server_default=sa.false()))
