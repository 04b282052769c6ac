"""A tablet that asked for more than its quota is shown (2026-12-01)."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("device", sa.Column("limited_on", sa.Date(), nullable=True))
