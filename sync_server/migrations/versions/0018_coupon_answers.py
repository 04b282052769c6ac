"""An answer to a slip is put down first, and looked up later (2026-12-01)."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "coupon_answer",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("slip_hash", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "slip_hash", "outcome"),
        sqlite_with_rowid=False,
    )
