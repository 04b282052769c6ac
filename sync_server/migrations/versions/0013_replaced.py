"""Using a new token ends those of the same tablet before it (2026-11-29)."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("device", sa.Column("after", sa.String(length=36), nullable=True))
    op.add_column("device", sa.Column("replaced_on", sa.Date(), nullable=True))
    device = sa.table("device", sa.column("tablet"), sa.column("after"))
    op.execute(sa.update(device).values(after=device.c.tablet))  # which of several it showed is not known any more
