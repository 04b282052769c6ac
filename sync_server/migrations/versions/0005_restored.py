"""After a restore, what comes from the backup is told from what was written since (2026-11-24)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("record", sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("territory", sa.Column("restored_seq", sa.BigInteger(), nullable=False, server_default="0"))
